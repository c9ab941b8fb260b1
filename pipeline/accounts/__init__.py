"""Analysts, rights, sign-in, audit log."""
