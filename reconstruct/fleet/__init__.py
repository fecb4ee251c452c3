"""Many images: an index in open columnar files, and queries.

    sources → inputs.items → rows.rows_of (per process, or cluster worker) → index.build → parts in Parquet
    queries (query, find, shared, graph, drift) read only the parts

Needs the extra `fleet` (pyarrow, duckdb); `cluster` (dask, distributed, fsspec) for more than one machine.
"""
