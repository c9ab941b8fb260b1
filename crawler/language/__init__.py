"""Which language an ad is in, and its stretches in several."""
