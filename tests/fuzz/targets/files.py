"""Layers, and files that a user names: nothing outside of them is read or written."""

from __future__ import annotations

import os
import random
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import astuple
from functools import cache
from pathlib import Path

from reconstruct.audit import settings
from reconstruct.base.catalogue import lines
from reconstruct.errors import ReconstructError
from tests.files import making
from tests.files.test_hostile import PIECES, STEPS, check
from tests.fuzz import changing
from tests.fuzz.strategies import text
from tests.fuzz.target import several_lines, target
from tests.fuzz.targets.inputs import configs

KINDS = (
    tarfile.REGTYPE,
    tarfile.REGTYPE,
    tarfile.DIRTYPE,
    tarfile.SYMTYPE,
    tarfile.LNKTYPE,
    tarfile.FIFOTYPE,
    tarfile.CHRTYPE,
)


def layer(rng: random.Random) -> bytes:
    """A layer of names that climb, links that lead out, whiteouts of what is not there; its bytes changed at times."""
    members = []
    for _ in range(rng.randint(0, 10)):
        name, target_name = ("/".join(rng.choice(PIECES) for _ in range(rng.randint(1, 4))) for _ in range(2))
        kind = rng.choice(KINDS)
        data = rng.choice((b"", b"1", b"22")) if kind == tarfile.REGTYPE else None
        info, content = making.member(name.rstrip("/") or ".", data, type=kind, linkname=target_name)
        info.mode = rng.choice((0, 0o644, 0o755, 0o4755))
        members.append((info, content))
    data = making.layer(*members)
    return changing.changed_bytes(rng, data) if rng.random() < 0.2 else data


@target("layers", "files and export of any layers: nothing outside the target directory, and nothing harmful in it")
def layers(rng: random.Random) -> Iterator[str]:
    count = rng.randint(1, 3)
    archive = making.image([layer(rng) for _ in range(count)], [rng.choice(STEPS) for _ in range(count)])
    with tempfile.TemporaryDirectory() as folder:
        try:
            check(archive, Path(folder))
        except ReconstructError as error:
            yield from several_lines(error)
        except AssertionError as error:
            yield f"{str(error)[:300]}"


@target("catalogue-lines", "lines are images, or skipped with a note, or rejected; written lines are read back")
def catalogue(rng: random.Random) -> Iterator[str]:
    made = []
    for _ in range(rng.randint(1, 3)):
        config = rng.choice(configs())
        made.append(
            rng.choice((config.replace(b"\n", b" "), b'{"name":"a:1","image":' + config.replace(b"\n", b" ") + b"}"))
        )
    if rng.random() < 0.7:
        made = [changing.changed(rng, line).replace(b"\n", b" ") for line in made]
    skipped: list[str] = []
    try:
        found = list(lines.entries(made, "x", skipped))
    except ReconstructError as error:
        yield from several_lines(error)
        return
    if len(found) + len(skipped) != sum(bool(line.strip()) for line in made):
        yield f"{len(found)} images and {len(skipped)} left out of {len(made)} lines"
    again = list(lines.entries([line.encode() for line in lines.written(found)], "x", []))
    # Another's line is cut where it is long: what images are found by stays.
    if [each[:6] for each in map(astuple, again)] != [each[:6] for each in map(astuple, found)]:
        yield "what is written is read otherwise"


SETTINGS = b'ignore = ["SRC001", "USR"]\nfail-on = "high"\nbase-age = 30\nhadolint = false\nbaseline = "b.json"\n[severity]\nSRC001 = "low"\n[[ignores]]\nrule = "SEC001"\nstep = "RUN x"\nreason = "y"\n'


@target("settings", "any .reconstruct.toml is read, or rejected in one line")
def toml(rng: random.Random) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, rng.choice((".reconstruct.toml", "pyproject.toml")))
        head = b"[tool.reconstruct]\n" if path.name == "pyproject.toml" else b""
        data = head + SETTINGS
        for _ in range(rng.randint(0, 3)):
            at = rng.randrange(len(data) + 1)
            piece = rng.choice(
                (
                    b"[[",
                    b"]",
                    b"=",
                    b'"',
                    b"{",
                    b"1e400",
                    b"nan",
                    b"1979-05-27",
                    text(rng, 1).encode("utf-8", "replace"),
                )
            )
            data = data[:at] + piece + data[at + rng.choice((0, 1, 9)) :]
        path.write_bytes(data)
        try:
            settings.load(str(path))
        except ReconstructError as error:
            yield from several_lines(error)


@cache
def index() -> tuple[str, str]:
    """An index of two images, and a file next to it that no query may read."""
    from reconstruct.fleet import build, inputs
    from reconstruct.fleet.rows import Wanted
    from tests.fleet.making import folder_of

    folder = tempfile.TemporaryDirectory(prefix="reconstruct-fuzz-")
    _FOLDERS.append(folder)
    below = Path(folder.name)
    build.build(inputs.items([str(folder_of(below / "configs", 2))]), str(below / "index"), Wanted())
    (below / "secret.csv").write_text("a,b\nhunter2,hunter2\n")
    return str(below / "index"), str(below / "secret.csv")


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []
SQL = (
    *("SELECT", "*", "FROM", "images", "steps", "read_csv(", "read_text(", "read_blob(", "glob(", "read_parquet(", "COPY", "TO", "ATTACH", "AS x", "INSTALL"),
    *("LOAD", "SET", "enable_external_access", "= true", "lock_configuration", "PRAGMA", "CALL", "EXPORT DATABASE", "IMPORT DATABASE", ";", "--", "/*", "*/"),
    *("(", ")", "'", ",", "UNION ALL", "WITH", "sniff_csv(", "getenv('HOME')", "query(", "CREATE TABLE t", "CREATE SECRET", "duckdb_secrets()", "VALUES (1)", "LIMIT 1"),
)  # fmt: skip


@target("query", "no SQL reads a file outside the index, writes one, or runs for long; errors in one line")
def query(rng: random.Random) -> Iterator[str]:
    from reconstruct.fleet.query import ask

    folder, secret = index()
    quoted = (
        f"'{secret}'",
        f"'{folder}/../secret.csv'",
        f"'{folder}/parts/../../secret.csv'",
        f"'{folder}/leak'",
        "'/etc/passwd'",
    )
    head = rng.choice(
        (
            "",
            f"SELECT * FROM {rng.choice(('read_csv', 'read_text', 'read_blob', 'glob', 'query', ''))}({rng.choice(quoted)})",
            f"COPY images TO {rng.choice(quoted)}",
        )
    )
    sql = " ".join([head, *(rng.choice((*SQL, *quoted)) for _ in range(rng.randint(0, 8)))])
    before = sorted(os.listdir(folder))
    try:
        shown = str([row for row, _ in zip(ask(folder, sql).rows, range(50), strict=False)])
    except ReconstructError as error:
        yield from several_lines(error)
        shown = ""
    if "hunter2" in shown or "root:" in shown:
        yield f"a file was read: {sql}"
    if sorted(os.listdir(folder)) != before:
        yield f"a file was written: {sql}"
