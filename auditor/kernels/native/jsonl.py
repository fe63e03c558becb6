"""Kernels of lines of JSON."""
