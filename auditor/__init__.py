"""auditor says, before anyone trains on a dataset, whether it leaks, whether it is sound and whether it may be used."""

__version__ = "0.1.0"
