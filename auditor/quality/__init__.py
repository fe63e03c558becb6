"""What is wrong with columns and labels, as far as records alone can tell."""
