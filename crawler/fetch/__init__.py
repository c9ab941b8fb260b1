"""Fetching under rules: settings, middlewares, politeness, address guard, rendering, recorder."""
