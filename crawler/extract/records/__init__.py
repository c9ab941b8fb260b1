"""Ads in feeds, tables, channels and answers of hiring systems."""
