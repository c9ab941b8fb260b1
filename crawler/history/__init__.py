"""Addresses of a source: those of this run, and what is known of them from earlier runs."""
