"""Referral packages: cases that two people agree on, as files for partners."""
