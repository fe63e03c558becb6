"""What a first audit needs: what the columns seem to be for, and the files that `auditor init` writes."""
