"""Many images: an index of them in open columnar files, and questions to it.

    sources → inputs.items → rows.rows_of (a process, or a cluster's worker, at a time) → index.build → parts of Parquet
    questions (query, find, shared, graph, drift) read the parts alone

Needs the extra `fleet` (pyarrow, duckdb); `cluster` (dask, distributed, fsspec) for more than one machine.
"""
