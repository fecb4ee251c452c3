"""SQL on an index, with DuckDB: read-only, without access to files outside the index's directory."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reconstruct.errors import ReconstructError
from reconstruct.fleet import parts, schema
from reconstruct.fleet.needs import package


@dataclass(frozen=True, slots=True)
class Answer:
    """`columns` are the names; `rows` are fetched on demand."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Any, ...]]


def ask(folder: str, sql: str, parameters: Sequence[Any] = (), *, old: str | None = None) -> Answer:
    """The result of `sql`, one SELECT on the tables of `schema.TABLES`, for the index in `folder`.

    `old` is a second index, whose tables are called `old_images` and so on. Raises ReconstructError for SQL that DuckDB
    rejects, that has several statements, or that isn't a query; UnreadableError if the directory isn't an index.
    """
    folders = {"": folder} if old is None else {"": folder, "old_": old}
    for each in folders.values():
        parts.check(each)
    duckdb = package("duckdb", "fleet")
    connection = _connect(duckdb, folders)
    try:
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type not in (
            duckdb.StatementType.SELECT,
            duckdb.StatementType.EXPLAIN,
        ):
            raise ReconstructError("only a single SELECT is allowed: an index is read-only")
        found = connection.execute(statements[0].query, list(parameters))
    except duckdb.Error as error:
        raise ReconstructError(f"query: {' '.join(str(error).split())}") from None
    return Answer(tuple(column[0] for column in found.description or ()), _rows(found, duckdb))


def _rows(found: Any, duckdb: Any) -> Iterator[tuple[Any, ...]]:
    try:
        while some := found.fetchmany(1024):
            yield from some
    except duckdb.Error as error:
        raise ReconstructError(f"query: {' '.join(str(error).split())}") from None


def _connect(duckdb: Any, folders: Mapping[str, str]) -> Any:
    """An in-memory database with one view per table, without access to files other than the indexes', with locked settings."""
    connection = duckdb.connect(":memory:")
    inside = {prefix: os.path.realpath(os.path.join(folder, "parts")) for prefix, folder in folders.items()}
    finished = {
        prefix: [os.path.join(inside[prefix], os.path.basename(part)) for part in parts.parts(folder)]
        for prefix, folder in folders.items()
    }
    allowed = ", ".join(_literal(path + os.sep) for path in inside.values())
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET autoload_known_extensions = false")
    connection.execute(f"SET allowed_directories = [{allowed}]")
    connection.execute("SET enable_external_access = false")
    for prefix, found in finished.items():
        for table, kind in schema.types().items():
            files = [os.path.join(part, f"{table}.parquet") for part in found]
            if files:
                listed = ", ".join(map(_literal, files))
                rows = f"read_parquet([{listed}], union_by_name = true)"
                connection.execute(f"CREATE VIEW {prefix}{table} AS SELECT * FROM {rows}")
            else:
                connection.register(prefix + table, kind.empty_table())
    connection.execute("SET lock_configuration = true")
    return connection


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
