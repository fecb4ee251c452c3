"""SQL on an index, with DuckDB: read-only, without access to files outside the index's directory."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconstruct import pattern
from reconstruct.errors import ReconstructError
from reconstruct.fleet import parts, schema
from reconstruct.fleet.needs import package
from reconstruct.typed import Any

# The bytes that a query may use: in memory, and in temporary files for what doesn't fit.
MEMORY = 4 << 30
ASIDE = 64 << 30


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
        if not _selects(connection, duckdb, sql):
            raise ReconstructError("only a single SELECT is allowed: an index is read-only")
        found = connection.execute(sql, list(parameters))
    except duckdb.Error as error:
        raise ReconstructError(f"query: {' '.join(str(error).split())}") from None
    return Answer(tuple(column[0] for column in found.description or ()), _rows(found, duckdb))


_EXPLAIN = pattern.compile(r"(?i)\s*EXPLAIN\s+(?:ANALYZE\s+)?")


def _selects(connection: Any, duckdb: Any, sql: str) -> bool:
    """Whether `sql` is one SELECT, or an EXPLAIN of one: EXPLAIN ANALYZE runs what it explains."""
    kinds = [statement.type for statement in connection.extract_statements(sql)]
    if kinds == [duckdb.StatementType.EXPLAIN] and (prefix := _EXPLAIN.match(sql)):
        kinds = [statement.type for statement in connection.extract_statements(sql[prefix.end() :])]
    return bool(kinds == [duckdb.StatementType.SELECT])


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
    # DuckDB would otherwise use four fifths of the memory, then the current directory. It creates and removes this one.
    aside = os.path.join(tempfile.gettempdir(), f"reconstruct-query-{secrets.token_hex(8)}")
    connection.execute(f"SET memory_limit = '{_memory() >> 20}MiB'")
    connection.execute(f"SET temp_directory = {_literal(aside)}")
    connection.execute(f"SET max_temp_directory_size = '{ASIDE >> 20}MiB'")
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


def _memory() -> int:
    """The bytes that a query may use: at most half of the machine's."""
    return min(MEMORY, os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
