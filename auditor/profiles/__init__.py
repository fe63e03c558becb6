"""What is known of every column of every split, made of accumulators, for checks, the report and the inference of rules."""
