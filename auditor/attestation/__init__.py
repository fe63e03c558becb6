"""Signed statements of what an audit found of which files: in-toto statements in DSSE envelopes, checked without a network."""
