"""Carries ads to the people who decide, and their decisions back."""
