"""Decisions and their use: trends, recall, brief, labels, the model in service."""
