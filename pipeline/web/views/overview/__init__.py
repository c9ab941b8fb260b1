"""The overview: its page, panels and trends."""
