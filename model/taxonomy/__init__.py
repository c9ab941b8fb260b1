"""The data of data/taxonomy: loading, pattern language, checks, coverage."""
