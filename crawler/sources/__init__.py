"""Source cards: keys, reading, and the scope that a crawl keeps to."""
