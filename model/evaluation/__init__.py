"""Figures on real texts first: metrics, comparison, card, plots, counterfactuals."""
