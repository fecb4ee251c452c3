"""What is shown: text made safe for each kind of output, and whole commands over hostile images."""

from __future__ import annotations

import csv
import io
import json
import random
import tempfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

from reconstruct.show import grid
from reconstruct.show import text as show
from tests.fuzz import changing
from tests.fuzz.strategies import text
from tests.fuzz.target import target
from tests.fuzz.targets.inputs import configs
from tests.show.test_leaks import COMMAND, CONTROL, FIELDS, PAYLOADS, _checked, _rendered, _Saved
from tests.test_hostile_cli import all_commands, behaves

MARKUP = (
    "<",
    ">",
    "&",
    "<b>",
    "</td>",
    "<!--",
    "-->",
    "]]>",
    "|",
    "`",
    "```",
    "[a](b)",
    "![a](b)",
    "@a",
    "#1",
    "https://x",
    "::error::",
    "##[error]",
    "\n::",
    "=1+1",
    "+",
    "-",
    "@",
    "\t",
    "%0A",
    "\u202e",
    "\x9b",
    "\x07",
)


def hostile(rng: random.Random) -> str:
    """Text with what some output takes for markup."""
    return "".join(rng.choice(MARKUP) if rng.random() < 0.5 else text(rng, 1) for _ in range(rng.randint(0, 8)))


@target("escapes", "no control character, command, element, formula or second line gets through any output function")
def escapes(rng: random.Random) -> Iterator[str]:
    given = hostile(rng)
    line = show.one_line(given)
    if CONTROL.search(line) or "\n" in line or COMMAND.search(line):
        yield f"one_line: {line!r}"
    if CONTROL.search(show.visible(given).replace("\n", "").replace("\t", "")):
        yield f"visible: {given!r}"
    if json.loads(show.json_text({"a": given.encode("utf-8", "replace").decode()})) != {
        "a": given.encode("utf-8", "replace").decode()
    }:
        yield f"JSON: {given!r}"
    cell = show.csv_cell(given)
    out = io.StringIO()
    csv.writer(out).writerow([cell])
    (row,) = csv.reader(io.StringIO(out.getvalue(), newline=""))
    if row != [cell] or cell.startswith(("=", "+", "-", "@", "\t", "\r")):
        yield f"CSV: {cell!r}"
    element = ElementTree.Element("a", {"b": show.xml(given)})
    element.text = show.xml(given)
    if ElementTree.fromstring(ElementTree.tostring(element)).text != (element.text or None):
        yield f"XML: {given!r}"
    note = show.annotation(given, value=True)
    if "\n" in note or "::" in note:
        yield f"annotation: {note!r}"
    reader = _Reader()
    reader.feed(f"<p>{show.html(given)}</p>")
    if reader.seen != ["p"]:
        yield f"HTML: {reader.seen} of {given!r}"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.seen.append(tag)

    def handle_comment(self, data: str) -> None:
        self.seen.append("comment")


@target("grid", "text is wrapped and cut to a width; wrapping loses nothing")
def wrapped(rng: random.Random) -> Iterator[str]:
    given, width = show.one_line(hostile(rng)), rng.randint(2, 60)
    lines = grid.wrap(given, width)
    # A line that would begin as a command is changed, and grows.
    if "::" in given:
        return
    if "".join("".join(lines).split()) != "".join(given.split()):
        yield f"lost: {given!r} at {width}"
    if any(grid.cell_width(each) > width for each in [*lines, grid.cut(given, width)]):
        yield f"wider than {width}: {given!r}"


@target("leaks", "no payload in any field of an image gets through any format of report, audit, diff, base, verify")
def leaks(rng: random.Random) -> Iterator[str]:
    saved = _Saved()
    fields = rng.sample(sorted(FIELDS), 2)
    payload = rng.choice((*PAYLOADS.values(), hostile(rng)))
    payload = payload.encode("utf-8", "replace").decode()
    for field in fields:
        FIELDS[field](saved, payload)
    with tempfile.TemporaryDirectory() as folder:
        for command, form, out in _rendered(saved.write(Path(folder, "image"))):
            try:
                _checked(out, form, command)
            except AssertionError as error:
                yield f"{fields}, {payload!r}: {str(error)[:200]}"


@target(
    "commands", "every command on a mutated config: exit status 0, 1 or 2, errors in one line, no control characters"
)
def commands(rng: random.Random) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "image.json")
        path.write_bytes(changing.changed(rng, rng.choice(configs())))
        args = rng.choice(list(all_commands(str(path))))
        try:
            behaves(*args)
        except AssertionError as error:
            yield f"{args}: {str(error)[:300]}"
