"""The night and its stages; upkeep of an installation: checks, backups, retention."""
