"""Pages of the review desk, a module a topic."""
