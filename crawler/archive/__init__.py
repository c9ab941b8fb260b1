"""Page archives as evidence: WARC, WACZ and single records."""
