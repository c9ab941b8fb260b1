"""Fetching under rules: middlewares, politeness, address guard, browser, recorder."""
