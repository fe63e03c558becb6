"""Licences: from names to SPDX expressions, and what a dataset's documents say about them."""

from auditor.licenses.resolution import Resolution, resolve

__all__ = ["Resolution", "resolve"]
