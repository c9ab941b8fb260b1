"""Signing in by an organisation's OpenID provider: who comes back from there, as far as the desk can be sure of it."""
