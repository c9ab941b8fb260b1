"""Evaluation of a model on real texts first: figures, comparison, card, plots."""
