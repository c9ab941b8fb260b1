"""Splits without leaks, fitting, simulation, label errors."""
