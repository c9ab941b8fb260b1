"""Notifications of a night: mail, webhook, command, dead-man ping, metrics, and a report as a page."""
