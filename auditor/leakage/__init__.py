"""What the leakage check observes of records, and what it says of pairs of them."""
