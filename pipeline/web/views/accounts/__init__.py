"""Views of one's own account, its second factor, and the accounts of all."""
