"""Pages as trees, texts, links and selectors."""
