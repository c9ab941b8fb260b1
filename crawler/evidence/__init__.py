"""Evidence of ads: archived records, pages and WACZ extracts from batches."""
