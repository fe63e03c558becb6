"""Mutation fuzzing of everything that reads what strangers wrote: readers, documents, licence names, rule files, the text kernel."""
