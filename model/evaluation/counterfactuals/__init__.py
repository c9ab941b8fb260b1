"""Counterfactuals: one offer with another place, person, language or disguise."""
