"""The catalogue's file: SQLite, so that several processes can read and write it at once and a million images stay fast."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from types import TracebackType

from reconstruct.base.catalogue.keys import Entry
from reconstruct.errors import UnreadableError
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.base.model import Claim
    from reconstruct.image import Image

# Distinguishes the file from other SQLite files: "RCat".
APPLICATION_ID = 0x52436174
VERSION = 1
_BUSY_SECONDS = 60.0
_RETRY_SECONDS = 0.01
# Images written per transaction; other writers get their turn in between.
_BATCH = 2000
# A writer's cache in KiB: the indexes of a million images.
_CACHE = 131072
# Pages of the log that are moved into the file at once; keys are spread all over it.
_CHECKPOINT = 16384
# Keys per query; SQLite always allows 999 parameters.
_KEYS = 900
# Limits on images with the same history: those used, the newest of those compared.
_MOST_ALIKE = 64
_MOST_COMPARED = 2000

_SCHEMA = f"""
CREATE TABLE image (
    id INTEGER PRIMARY KEY,
    history_key BLOB NOT NULL,
    entries INTEGER NOT NULL,
    layers_key BLOB NOT NULL,
    layers INTEGER,
    times_key BLOB NOT NULL,
    created TEXT,
    platform TEXT NOT NULL,
    image_id TEXT,
    digest TEXT,
    UNIQUE (history_key, layers_key, times_key)
);
CREATE INDEX image_by_layers ON image (layers_key) WHERE layers_key <> x'';
CREATE TABLE name (
    id INTEGER PRIMARY KEY,
    image INTEGER NOT NULL REFERENCES image (id),
    name TEXT NOT NULL,
    UNIQUE (image, name)
);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {VERSION};
"""
_FIELDS = "history_key, entries, layers_key, layers, times_key, created, platform, image_id, digest"
_INSERT = f"INSERT OR IGNORE INTO image ({_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


class Catalogue:
    """An open catalogue. `create`: for writing, created if missing; otherwise read-only.

    Every method raises UnreadableError, in one line, if the file isn't a catalogue or is damaged.
    """

    def __init__(self, path: str | os.PathLike[str], *, create: bool = False) -> None:
        self.path = os.fspath(path)
        with self._explained():
            self._connection = self._opened(create)
            self._check(create)

    def _opened(self, create: bool) -> sqlite3.Connection:
        if create:
            os.makedirs(os.path.dirname(os.path.abspath(self.path)), exist_ok=True)
            return sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
        if not os.path.exists(self.path):
            raise UnreadableError(f"{self.path}: no such catalogue")
        uri = "file:" + _quoted(os.path.abspath(self.path))
        connection = sqlite3.connect(f"{uri}?mode=ro", uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
        try:
            connection.execute("PRAGMA schema_version")
        except sqlite3.OperationalError as error:
            connection.close()
            if "locked" in str(error):
                raise
            # A read-only directory: nobody else writes there either.
            connection = sqlite3.connect(f"{uri}?mode=ro&immutable=1", uri=True, isolation_level=None)
        return connection

    def _check(self, create: bool) -> None:
        if create and not self._one("SELECT count(*) FROM sqlite_master"):
            with self._writing():
                # Another writer may have been first.
                if not self._one("SELECT count(*) FROM sqlite_master"):
                    for statement in _SCHEMA.split(";\n"):
                        self._connection.execute(statement)
        if self._one("PRAGMA application_id") != APPLICATION_ID:
            raise UnreadableError(f"{self.path}: not a catalogue")
        if self._one("PRAGMA user_version") != VERSION:
            raise UnreadableError(f"{self.path}: a catalogue of another version of reconstruct")
        if create:
            # Only once it is known to be a catalogue, because this writes to the file.
            self._write_ahead()
            for setting in ("synchronous = NORMAL", f"cache_size = -{_CACHE}", f"wal_autocheckpoint = {_CHECKPOINT}"):
                self._connection.execute(f"PRAGMA {setting}")

    def _write_ahead(self) -> None:
        """Sets the journal mode, once per file.

        SQLite doesn't wait for other writers here, whatever the time-out: it fails with "locked" at once.
        """
        last = time.monotonic() + _BUSY_SECONDS
        while True:
            try:
                self._connection.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > last:
                    raise
            time.sleep(_RETRY_SECONDS)

    def _one(self, query: str) -> object:
        return self._connection.execute(query).fetchone()[0]

    def close(self) -> None:
        """Closes the database; the catalogue can't be used after that."""
        self._connection.close()

    def __enter__(self) -> Catalogue:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """SQLite's errors as our one-line errors."""
        try:
            yield
        except sqlite3.OperationalError as error:
            raise UnreadableError(f"{self.path}: can't be used: {error}") from error
        except sqlite3.DatabaseError as error:
            raise UnreadableError(f"{self.path}: not a catalogue, or damaged: {error}") from error
        except OSError as error:
            raise UnreadableError(f"{self.path}: can't be used: {error.strerror}") from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """A transaction that waits for its turn before it reads anything."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    # -- writing -------------------------------------------------------------------------------------------------------

    def add(self, entries: Iterable[Entry]) -> tuple[int, int]:
        """Adds images; returns (number of new ones, number of known ones, which may have got more names)."""
        new = seen = 0
        waiting = iter(entries)
        while batch := list(islice(waiting, _BATCH)):
            with self._explained(), self._writing():
                added = sum(self._add(entry) for entry in batch)
            new, seen = new + added, seen + len(batch) - added
        return new, seen

    def _add(self, entry: Entry) -> bool:
        cursor = self._connection.execute(
            _INSERT,
            (
                entry.history_key, entry.entries, entry.layers_key, entry.layers, entry.times_key,
                entry.created, entry.platform, entry.image_id, entry.digest,
            ),
        )  # fmt: skip
        new = cursor.rowcount == 1
        row = cursor.lastrowid if new else self._row(entry)
        self._connection.executemany(
            "INSERT OR IGNORE INTO name (image, name) VALUES (?, ?)", [(row, _storable(name)) for name in entry.names]
        )
        return new

    def _row(self, entry: Entry) -> int:
        """The row of an image that exists already, completed with facts that only this form has."""
        query = "SELECT id FROM image WHERE history_key = ? AND layers_key = ? AND times_key = ?"
        key = (entry.history_key, entry.layers_key, entry.times_key)
        row: int = self._connection.execute(query, key).fetchone()[0]
        self._connection.execute(
            "UPDATE image SET image_id = coalesce(image_id, ?), digest = coalesce(digest, ?) WHERE id = ?",
            (entry.image_id, entry.digest, row),
        )
        return row

    def remove(self, name: str) -> int:
        """Removes a name or, for an image ID or a digest, the image; images without a name are removed. Returns their number."""
        with self._explained(), self._writing():
            run = self._connection.execute
            if name.startswith("sha256:"):
                rows = run("SELECT id FROM image WHERE image_id = ? OR digest = ?", (name, name)).fetchall()
                for (row,) in rows:
                    run("DELETE FROM name WHERE image = ?", (row,))
            else:
                rows = run("SELECT image FROM name WHERE name = ?", (name,)).fetchall()
                run("DELETE FROM name WHERE name = ?", (name,))
            for (row,) in rows:
                run("DELETE FROM image WHERE id = ? AND NOT EXISTS (SELECT 1 FROM name WHERE image = ?)", (row, row))
            return len(rows)

    # -- reading -------------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        with self._explained():
            count = self._one("SELECT count(*) FROM image")
        return count if isinstance(count, int) else 0

    def entries(self, pattern: str | None = None) -> Iterator[Entry]:
        """Every image in the order of adding; with `pattern` (`*` and `?` as in file names), those with a matching name."""
        query = f"SELECT id, {_FIELDS} FROM image"
        values: tuple[str, ...] = ()
        if pattern is not None:
            query += " WHERE id IN (SELECT image FROM name WHERE name GLOB ?)"
            values = (pattern,)
        with self._explained():
            for row in self._connection.execute(f"{query} ORDER BY id", values):
                yield self._entry(row)

    def _entry(self, row: Sequence[object]) -> Entry:
        names = self._connection.execute("SELECT name FROM name WHERE image = ? ORDER BY id", (row[0],))
        return Entry(tuple(name for (name,) in names), *row[1:])  # type: ignore[arg-type]

    def with_history(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of the history keys that some image has."""
        return self._existing("history_key", keys)

    def with_layers(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of the layer keys that some image has."""
        return self._existing("layers_key", keys)

    def _existing(self, column: str, keys: Sequence[bytes]) -> set[bytes]:
        found: set[bytes] = set()
        with self._explained():
            for start in range(0, len(keys), _KEYS):
                part = keys[start : start + _KEYS]
                marks = ", ".join("?" * len(part))
                query = f"SELECT DISTINCT {column} FROM image WHERE {column} <> x'' AND {column} IN ({marks})"
                found.update(key for (key,) in self._connection.execute(query, part))
        return found

    def alike(self, history_key: bytes, layers_key: bytes, times_key: bytes) -> list[Entry]:
        """Images with that history: those that have the layers too or, if none do, those with the same times first, then the
        newest."""
        exact = f"SELECT id, {_FIELDS} FROM image WHERE history_key = ? AND layers_key = ? LIMIT ?"
        others = (
            f"SELECT id, {_FIELDS} FROM (SELECT * FROM image WHERE history_key = ? LIMIT ?) "
            "ORDER BY times_key IS NOT ?, created DESC, id LIMIT ?"
        )
        with self._explained():
            run = self._connection.execute
            rows = run(exact, (history_key, layers_key, _MOST_ALIKE)).fetchall() if layers_key else []
            rows = rows or run(others, (history_key, _MOST_COMPARED, times_key, _MOST_ALIKE)).fetchall()
            return [self._entry(row) for row in rows]

    def of_layers(self, layers_key: bytes) -> list[Entry]:
        """Images with those layers."""
        query = f"SELECT id, {_FIELDS} FROM image WHERE layers_key <> x'' AND layers_key = ? ORDER BY id LIMIT ?"
        with self._explained():
            rows = self._connection.execute(query, (layers_key, _MOST_ALIKE)).fetchall()
            return [self._entry(row) for row in rows]

    def claims(self, image: Image) -> list[Claim]:
        """The catalogue's claims on the bases of `image`."""
        from reconstruct.base.catalogue.match import claims

        return claims(self, image)


def _quoted(path: str) -> str:
    if os.name != "nt":
        # What means something in a URI.
        return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    from urllib.parse import quote

    return quote(path)


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
