"""The prevention brief of a month: its page, text and words."""
