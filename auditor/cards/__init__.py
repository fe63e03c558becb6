"""What is known of a dataset as a whole: who made it, when, where it is to be had; as the configuration and its documents say it."""
