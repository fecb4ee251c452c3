"""The index's directory: finished Parquet parts, and the keys in them.

DIR/index.json                    {"format": "reconstruct index", "version": 2}
DIR/parts/000001/images.parquet   one directory per part, one file per table
DIR/unfinished-<pid>/             a part being written; renamed into parts/ when it is complete

A part appears with one rename, so readers never see half of one, even if the writer was killed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from reconstruct.errors import ReconstructError, UnreadableError
from reconstruct.fleet import schema
from reconstruct.fleet.needs import package
from reconstruct.stopping import cleanly
from reconstruct.typed import Any

_FORMAT = "reconstruct index"
_UNFINISHED = "unfinished-"
# What is there of an index whose `index.json` isn't there yet.
_BEGUN = ".index.json."


def create(folder: str) -> None:
    """Makes the directory an index, or checks that it is one.

    Raises UnreadableError if the directory has other contents, ReconstructError if it can't be written.
    """
    try:
        os.makedirs(folder, exist_ok=True)
        if any(not name.startswith(_BEGUN) for name in os.listdir(folder)):
            check(folder)
            os.makedirs(os.path.join(folder, "parts"), exist_ok=True)
            return
        temporary = os.path.join(folder, f"{_BEGUN}{os.getpid()}")
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump({"format": _FORMAT, "version": schema.VERSION}, file)
            file.write("\n")
        os.replace(temporary, os.path.join(folder, "index.json"))
        os.makedirs(os.path.join(folder, "parts"), exist_ok=True)
    except OSError as error:
        raise ReconstructError(f"{folder}: can't be written: {error.strerror or error}") from None


def check(folder: str) -> None:
    """Raises UnreadableError if `folder` isn't an index that this version reads."""
    try:
        with open(os.path.join(folder, "index.json"), encoding="utf-8") as file:
            told = json.loads(file.read(4096))
    except (OSError, ValueError):
        told = None
    if not isinstance(told, dict) or told.get("format") != _FORMAT:
        raise UnreadableError(f"{folder}: no index; create one with `reconstruct index SOURCE --output {folder}`")
    if told.get("version") != schema.VERSION:
        raise UnreadableError(
            f"{folder}: an index of version {told.get('version')}, not {schema.VERSION}; create it again"
        )


def parts(folder: str) -> list[str]:
    """The folders of the finished parts, oldest first."""
    inside = os.path.join(folder, "parts")
    return [
        os.path.join(inside, name)
        for name in (sorted(os.listdir(inside)) if os.path.isdir(inside) else ())
        if name.isdigit() and os.path.exists(os.path.join(inside, name, "images.parquet"))
    ]


def known(folder: str) -> set[str]:
    """The keys of the images in the index. Raises UnreadableError for a damaged part."""
    parquet = package("pyarrow.parquet", "fleet")
    found: set[str] = set()
    for part in parts(folder):
        path = os.path.join(part, "images.parquet")
        try:
            found.update(parquet.read_table(path, columns=["image"]).column("image").to_pylist())
        except (OSError, ValueError) as error:
            raise UnreadableError(f"{path}: damaged ({str(error).splitlines()[0][:100]}); remove {part}") from None
    return found


def add(folder: str, tables: dict[str, Any]) -> str:
    """Writes a part and publishes it with one rename; returns its directory."""
    parquet = package("pyarrow.parquet", "fleet")
    temporary = os.path.join(folder, f"{_UNFINISHED}{os.getpid()}")
    with cleanly():
        try:
            shutil.rmtree(temporary, ignore_errors=True)
            os.mkdir(temporary)
            for table, rows in tables.items():
                path = os.path.join(temporary, f"{table}.parquet")
                parquet.write_table(rows, path, compression="zstd")
                _to_disk(path)
            return _named(folder, temporary)
        except OSError as error:
            raise ReconstructError(f"{folder}: can't be written: {error.strerror or error}") from None
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _named(folder: str, temporary: str) -> str:
    """Renames the part to the number after the last: the lock keeps other writers away."""
    last = max((int(os.path.basename(part)) for part in parts(folder)), default=0)
    target = os.path.join(folder, "parts", f"{last + 1:06d}")
    os.rename(temporary, target)
    _to_disk(os.path.dirname(target))
    return target


def _to_disk(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(folder: str) -> Iterator[None]:
    """One writer at a time, because a second one would add the same images. The lock ends with the process."""
    import fcntl

    with open(os.path.join(folder, ".lock"), "w", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ReconstructError(f"{folder}: another process is writing this index") from None
        _sweep(folder)
        yield


def _sweep(folder: str) -> None:
    """Removes the leftovers of a killed writer: what was never renamed."""
    for name in os.listdir(folder):
        if name.startswith(_UNFINISHED):
            shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
        elif name.startswith(_BEGUN):
            with suppress(OSError):
                os.unlink(os.path.join(folder, name))
