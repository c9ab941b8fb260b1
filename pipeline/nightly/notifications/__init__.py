"""Notifications of a night: channels, metrics, and a report as a page."""
