"""The Dockerfile language: read as BuildKit's parser reads it, and by hand as by its grammars."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import NamedTuple
from unittest import mock

import dockerfile as official

from reconstruct.dockerfile import expand, parser, words
from reconstruct.dockerfile.dialect import BUILDAH, BUILDKIT, BUILDKIT_0_8, CLASSIC
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.expand import Expander
from reconstruct.dockerfile.model import Instruction
from reconstruct.dockerfile.ports import parse_ports
from tests.fuzz import judge
from tests.fuzz.strategies import KEYWORDS, text
from tests.fuzz.target import several_lines, target
from tests.fuzz.targets.writing import COMPARED

ENVIRONMENT = {"A": "a b", "x": "", "E": "80", "EOF": "y"}


def lines(rng: random.Random, marks: float = 0.2) -> str:
    """An artificial Dockerfile."""
    made = [rng.choice(("FROM x", "FROM x AS y", "# escape=`\nFROM x", "ARG A=1\nFROM x"))]
    for _ in range(rng.randint(1, 6)):
        body = text(rng, 5)
        if rng.random() < marks:
            body += rng.choice((" <<EOF\na\nEOF", " <<-'EOF' <<B\n\ta\n\tEOF\nb\nB", " <<EOF\n", "<<A B\nA"))
        made.append(
            rng.choice((*KEYWORDS, "ONBUILD RUN", "ONBUILD COPY", "run", "FROM x\nRUN", "#"))
            + rng.choice((" ", " ", "\t", "\\\n"))
            + body
        )
    return rng.choice(("\n", "\n", "\n", "\r\n")).join(made)


@target(
    "dockerfile",
    "any Dockerfile is parsed like BuildKit parses it: instructions, lines, words, flags, here-documents",
)
def dockerfile(rng: random.Random) -> Iterator[str]:
    yield from compared(lines(rng))


@target("here-documents", "the same with here-documents in most instructions")
def heredocs(rng: random.Random) -> Iterator[str]:
    yield from compared(lines(rng, marks=0.9))


def compared(source: str) -> Iterator[str]:
    """What our reader reads unlike BuildKit's own parser, or the older one in the official bindings where that has no judge."""
    if "\0" in source or any("\ud800" <= char <= "\udfff" for char in source):
        return
    try:
        theirs = _judged(source) if judge.present() else _official(source)
    except _OlderError:
        return
    try:
        read = parser.parse(source).instructions
    except DockerfileError as error:
        yield from several_lines(error)
        if theirs is not None and theirs[0].keyword in ("FROM", "ARG") and not _later(error):
            yield f"only ours refuses it: {error}: {source!r}"
        return
    if theirs is None:
        yield f"only theirs refuses it: {source!r}"
        return
    mine = [_of(i) for i in read]
    if mine != theirs:
        yield f"{next((p for p in zip(theirs, mine, strict=False) if p[0] != p[1]), (len(theirs), len(mine)))}: {source!r}"


class _OlderError(Exception):
    """Text that BuildKit before 0.13 reads in another way, or that the bindings can't hand over."""


class _Read(NamedTuple):
    keyword: str
    start: int
    end: int
    json: bool
    flags: tuple[str, ...]
    words: tuple[str, ...] | None
    documents: tuple[str, ...] | None


def _of(read: Instruction) -> _Read:
    return _Read(
        read.keyword,
        read.start,
        read.end,
        (read.trigger or read).json,
        read.flags,
        read.args if read.keyword in COMPARED else None,
        None if read.keyword == "ONBUILD" else tuple(heredoc.content for heredoc in read.heredocs),
    )


def _judged(source: str) -> list[_Read] | None:
    found = judge.read(source)
    if found is None or found["Err"]:
        return None
    return [
        _Read(
            each["Keyword"].upper(),
            each["Start"],
            each["End"],
            each["Json"],
            tuple(each["Flags"] or ()),
            tuple(each["Args"] or ()) if each["Keyword"].upper() in COMPARED else None,
            None if each["Keyword"].upper() == "ONBUILD" else tuple(h["Content"] for h in each["Heredocs"] or ()),
        )
        for each in found["Ins"]
    ]


# Markers with spaces, substitutions, Unicode white space before JSON, text after it.
_OLDER = re.compile(r"<<-?\s|\$\{(?!\w+\})|[^\x00-\x7f]|\][^\n]")


def _official(source: str) -> list[_Read] | None:
    # It also ignored a custom escape character in flags.
    if _OLDER.search(source) or ("escape=`" in source and "--" in source):
        raise _OlderError
    try:
        found = official.parse_string(source)
    except official.GoParseError:
        return None
    if None in (each.cmd for each in found):
        raise _OlderError
    return [
        _Read(
            each.cmd.upper(),
            each.start_line,
            each.end_line,
            each.json,
            each.flags,
            each.value if each.cmd.upper() in COMPARED else None,
            None if each.cmd.upper() == "ONBUILD" else tuple(h.content for h in each.heredocs),
        )
        for each in found
    ]


def _later(error: DockerfileError) -> bool:
    """Whether it is a later stage of the build, and not the parser itself, that refuses it."""
    return "FROM" in error.reason or "stage" in error.reason


@target("grammar", "the fast path parses a Dockerfile like its grammar, for each dialect")
def by_grammar(rng: random.Random) -> Iterator[str]:
    source = lines(rng, marks=0.05)
    for dialect in (BUILDKIT, BUILDKIT_0_8, CLASSIC, BUILDAH):
        found = []
        for reading in (parser._read, parser._by_grammar):
            with mock.patch.object(parser, "_read", reading):
                try:
                    found.append(parser.parse(source, dialect))
                except DockerfileError as error:
                    found.append(str(error))
        if found[0] != found[1]:
            yield f"{dialect.name}: {source!r}"


@target("expansion", "the fast path expands variables and quotes like the grammar; no other exceptions")
def expansion(rng: random.Random) -> Iterator[str]:
    source = text(rng, 6)
    dialect, escape = rng.choice((BUILDKIT, BUILDKIT_0_8, CLASSIC, BUILDAH)), rng.choice("\\`")
    kept = {name: rng.random() < 0.5 for name in ("keep_unset", "keep_quotes", "keep_escapes", "quotes")}
    expander = Expander(dialect, escape, **kept)
    plain = _expanded(expander, source)
    with mock.patch.object(expand, "_plain_nodes", return_value=None):
        if _expanded(expander, source) != plain:
            yield f"{dialect.name} {escape} {kept}: {source!r}"


def _expanded(expander: Expander, source: str) -> object:
    try:
        return expander.word(source, ENVIRONMENT), expander.words(source, ENVIRONMENT)
    except DockerfileError as error:
        return str(error)


@target("words", "split words join to the text; a quoted value is unquoted to itself")
def parted(rng: random.Random) -> Iterator[str]:
    from reconstruct.dockerfile import quoting

    source, escape = text(rng, 6), rng.choice("\\`")
    found = words.split(source, escape)
    # An escape character at the end is skipped.
    if "".join("".join(found).split()).replace(escape, "") != "".join(source.split()).replace(escape, ""):
        yield f"split: {source!r}: {found}"
    value = quoting.printable(source)
    if value and words.value(quoting.quote(value, escape), escape) != value:
        yield f"quote: {value!r} with {escape}"


@target("ports", "ports are numbers in range, and unchanged when parsed again")
def ports(rng: random.Random) -> Iterator[str]:
    given = [rng.choice(("80", "1-3", "443/udp", "8000-8003:1-4", "127.0.0.1::9", text(rng, 1))) for _ in range(3)]
    try:
        found = parse_ports(given)
    except DockerfileError as error:
        yield from several_lines(error)
        return
    if parse_ports(found) != found or any(not 0 <= int(port.split("/")[0]) <= 65535 for port in found):
        yield f"{given}: {found}"
