"""Upkeep of an installation: identity, checks, backups, retention and erasure."""
