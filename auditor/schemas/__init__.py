"""Rule files: what a user demands of the records, read, linted, and turned into what the engines judge; nothing in one is ever run."""
