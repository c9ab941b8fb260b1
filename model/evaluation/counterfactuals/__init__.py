"""Counterfactuals: the same offer of another place or person, in another language, in disguise. A score should hold."""
