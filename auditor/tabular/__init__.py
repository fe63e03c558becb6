"""Leakage in tables: groups, times and ids that stand on both sides, and columns that give the label away."""
