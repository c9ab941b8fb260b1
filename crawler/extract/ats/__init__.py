"""Ads in the public answers of applicant tracking systems; what is each system's own stands in ``systems.toml``."""
