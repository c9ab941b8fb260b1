"""Evidence, scores and explanations of ads. No database, no web."""
