"""Collects public job ads from their sources; knows Scrapy, knows nothing of risk."""
