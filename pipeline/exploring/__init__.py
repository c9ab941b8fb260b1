"""The explorer: what may be seen of the store, in Datasette, and nothing else."""
