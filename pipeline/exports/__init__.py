"""Referral packages: cases that two people agree on, as files that partners take into their own systems."""
