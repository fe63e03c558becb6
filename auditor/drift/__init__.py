"""How far the columns of two splits, or of two versions of one, are apart."""
