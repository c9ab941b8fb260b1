"""Fetching: settings, politeness, address guard, middlewares, recorder, rendering."""
