"""Fetching under rules: settings, middlewares, politeness, address guard, browser, recorder."""
