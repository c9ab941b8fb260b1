"""Ads in what a page shows, without markup."""
