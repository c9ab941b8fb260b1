"""Licence claims of ads, looked up in imported registers. No ad is judged here."""
