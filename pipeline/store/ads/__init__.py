"""Ads in the database: their texts, changes and assessments, and their removal."""
