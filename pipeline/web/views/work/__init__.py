"""Pages beside the queue: check an ad, what waits for me, practice, reading limits."""
