"""Pages as text, links and selectors."""
