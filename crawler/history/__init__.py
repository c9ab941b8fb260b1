"""Crawl state of a source: this run's frontier, and states after earlier runs."""
