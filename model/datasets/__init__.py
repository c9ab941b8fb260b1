"""Readers of labelled collections, each in its published format."""
