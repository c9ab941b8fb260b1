"""From a page, feed or API answer to raw fields: pure functions, no network."""
