"""A run of one source on disk: ads, ledger, summary, evidence, and how a run resumes."""
