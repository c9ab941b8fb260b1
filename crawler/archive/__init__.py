"""Web archives: WARC writer and reader, captures, single records."""
