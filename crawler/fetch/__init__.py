"""Fetching: settings, middlewares, politeness, address guard, rendering, recorder."""
