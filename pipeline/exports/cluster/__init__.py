"""Corpora and archives on a Dask cluster: partitions of any fsspec address in, Parquet out. Needs the extra cluster."""
