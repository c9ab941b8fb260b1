"""Decisions and what is drawn from them: trends, recall, brief, labels, the model in service."""
