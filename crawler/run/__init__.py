"""Running sources: runner, worker processes, health of batches, item pipeline."""
