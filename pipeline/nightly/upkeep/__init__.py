"""What an installation needs beside its nights: identity, checks before a start, backups and their return."""
