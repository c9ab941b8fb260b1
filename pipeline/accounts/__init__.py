"""Analysts, rights, credentials, sign-in by a provider, reading limits, audit log."""
