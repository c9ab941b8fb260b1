"""Running sources: runner, worker processes, item pipelines, monitors."""
