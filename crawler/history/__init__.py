"""Crawl state of a source: the frontier of this run, and the state of addresses and ads after earlier runs."""
