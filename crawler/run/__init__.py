"""Running sources: runner, worker processes, item stages, monitors."""
