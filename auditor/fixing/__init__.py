"""A dataset without what leaks: which records go, files written anew with the rest, and the proof that nothing is lost."""
