"""Reads ads and gives reasons: evidence, scores, explanations. No database, no web."""
