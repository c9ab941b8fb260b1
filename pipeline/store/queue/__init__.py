"""The queue in the database: filters, search, pages in order."""
