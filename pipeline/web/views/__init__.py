"""Pages of the review page, a module a topic."""
