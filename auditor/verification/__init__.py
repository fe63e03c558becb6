"""Recomputes what a report says of pairs of records, without the code that found them."""
