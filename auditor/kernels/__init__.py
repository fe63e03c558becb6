"""Text to shingles, sketches and joins: pure functions of arrays, and a readable reference beside them."""
