"""Figures of a model: real texts first, held out in two ways, the plain recipe beside it; comparison, card, plots."""
