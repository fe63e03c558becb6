"""Doors: one importer per heavy library or outside thing, opened only when needed."""
