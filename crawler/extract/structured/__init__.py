"""Ads in JSON-LD, microdata and page state."""
