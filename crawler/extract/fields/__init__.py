"""Dates, pay, contacts and countries in texts of the region's languages."""
