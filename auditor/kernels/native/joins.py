"""Kernels of sets that share elements."""
