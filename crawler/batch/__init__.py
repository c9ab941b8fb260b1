"""One run of a source on disk: ads, ledger, summary, evidence, and its resumption."""
