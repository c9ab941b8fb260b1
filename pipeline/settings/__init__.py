"""Settings of an installation, and messages in the languages of the page."""
