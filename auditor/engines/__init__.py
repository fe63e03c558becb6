"""Who carries the work: run a function over shards, join a keyed table with itself; nothing else."""
