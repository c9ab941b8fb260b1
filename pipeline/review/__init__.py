"""Decisions and what is drawn from them: trends, recall, brief, labels."""
