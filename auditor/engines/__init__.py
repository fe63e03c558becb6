"""Who carries the work: each engine brings jobs to where they run, and their answers back, in order."""
