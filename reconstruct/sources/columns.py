"""Histories as tables with a line of column names, whoever printed them: CSV, TSV, Markdown, the boxes of SQL shells, and
columns aligned by blanks (a template of `docker history`, lazydocker, Portainer).

The rows become those of `docker history`: newest first, or as an `order` column or an `empty_layer` column says.
"""

from __future__ import annotations

import csv
import itertools
import re
from collections.abc import Iterator, Sequence

from reconstruct import entries, pattern
from reconstruct.errors import UnreadableError
from reconstruct.image import Image, Layer
from reconstruct.record import replace
from reconstruct.sources import history, pasted
from reconstruct.sources.interface import Candidate, Reading
from reconstruct.sources.limits import MAX_DOCUMENT
from reconstruct.typed import Any

NAME = "history in columns"

# A column's name, in lower case and without blanks and underscores, and what `docker history` calls it.
_NAMES = {
    "createdby": "createdby",
    "command": "createdby",
    "instruction": "createdby",
    "layer": "createdby",
    "size": "size",
    "layersize": "size",
    "sizebytes": "size",
    "id": "id",
    "image": "id",
    "imageid": "id",
    "layerid": "id",
    "snapshot": "id",
    "created": "createdat",
    "createdat": "createdat",
    "createdsince": "createdat",
    "comment": "comment",
    "emptylayer": "emptylayer",
    "order": "order",
    "index": "order",
    "layerorder": "order",
    "#": "order",
    "no": "order",
    "tag": "tag",
    "tags": "tag",
    "author": "author",
}
_ALIGNED = pattern.compile(
    r"(?:CREATED (?:BY|AT|SINCE)|[A-Za-z#]{1,16}(?:[ _][A-Za-z]{1,16})?)(?:(?: +|\t)(?:CREATED (?:BY|AT|SINCE)|[A-Z]{2,16}))*\s*"
)
_HEADS = pattern.compile(r"CREATED (?:BY|AT|SINCE)|\S+(?: \S+)*?(?=  |\s*$| [A-Z])")
_WIDE = pattern.compile(r" {2,}|\t+")
_RULE = pattern.compile(r"[|+:\s-]*")
# Portainer replaces the first `/bin/sh -c ` by RUN, also BuildKit's behind its own RUN.
_RUN_TWICE = pattern.compile(r"RUN (\|.*? )?RUN (.*# buildkit)", re.DOTALL)
_ORDER = pattern.compile(r"[0-9]{1,9}")
# How far down the names are looked for.
_LOOKED_AT = 40

_Row = dict[str, str]


def recognises_text(text: str) -> bool:
    """By a line of known names, one of them the command's."""
    return _table(text) is not None


def images_of_text(text: str, reading: Reading) -> list[Candidate]:
    """The one image of the table. UnreadableError if it has no row."""
    rows = list(itertools.chain(_table(text) or ()))
    if not rows:
        raise UnreadableError(f"{reading.label}: a history table without rows")
    image = _image(rows)
    return [Candidate(lambda: image)]


def _image(rows: list[_Row]) -> Image:
    if all(_ORDER.fullmatch(row.get("order", "")) for row in rows):
        rows = sorted(rows, key=lambda row: -int(row["order"]))
    elif any("emptylayer" in row for row in rows):
        rows = rows[::-1]
    found = history.from_rows([_printed(row) for row in rows])
    if not all(row.get("emptylayer") for row in rows):
        return found
    marks = [row["emptylayer"].lower() in ("true", "1", "yes", "t") for row in reversed(rows)]
    known = tuple(replace(entry, empty_layer=mark) for entry, mark in zip(found.history, marks, strict=True))
    return replace(found, history=known, layers=tuple(Layer(size=e.size) for e in known if not e.empty_layer))


def _printed(row: _Row) -> dict[str, Any]:
    """A row as `docker history` prints it: with the shell that lazydocker and Portainer leave out."""
    text = row["createdby"]
    if "order" in row and (twice := _RUN_TWICE.fullmatch(text)):
        text = f"RUN {twice[1] or ''}/bin/sh -c {twice[2]}"
    elif "order" in row and text.startswith("RUN ") and not text.endswith(entries.BUILDKIT_MARK):
        text = f"/bin/sh -c {text.removeprefix('RUN ')}"
    return {**row, "createdby": entries.with_last_blank(entries.with_frame(text)), "cut": text.endswith(("...", "…"))}


def _table(text: str) -> Iterator[_Row] | None:
    """The rows under the first line of names."""
    lines = pasted.plain_lines(text)
    for number, line in enumerate(itertools.islice(lines, _LOOKED_AT)):
        for split in (_by_bars, _by_tabs, _by_commas, _by_blanks):
            rows = split(line, lines[number + 1 :])
            if rows is not None:
                return rows
    return None


def _fields(cells: Sequence[str]) -> list[str] | None:
    """The fields of a line of names; None if it is not one: every name is known, and one is the command's."""
    plain = [re.sub(r"[\s_*`\"]", "", cell).lower() for cell in cells]
    fields = [_NAMES.get(name, "") for name in plain]
    if "" in fields or fields.count("createdby") != 1 or (len(fields) == 1 and plain[0] != "createdby"):
        return None
    # `layer` and `command` are words of other tables too.
    return fields if "createdby" in plain or "size" in fields else None


def _rows(cells: Iterator[list[str]], fields: list[str]) -> Iterator[_Row]:
    for row in cells:
        if len(row) == len(fields):
            yield dict(zip(fields, row, strict=True))


def _by_bars(head: str, lines: list[str]) -> Iterator[_Row] | None:
    """Markdown, and the boxes of psql, mysql, osquery and DuckDB."""
    if "|" not in head.replace("│", "|"):
        return None
    fields = _fields(_cells(head))
    return None if fields is None else _rows(_barred(lines, fields), fields)


def _cells(line: str) -> list[str]:
    bare = line.replace("│", "|").strip()
    bare = bare.removeprefix("|").removesuffix("|")
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", bare)]


def _barred(lines: list[str], fields: list[str]) -> Iterator[list[str]]:
    where = fields.index("createdby")
    for line in lines:
        if "|" not in line.replace("│", "|"):
            if line.strip() and not _RULE.fullmatch(line) and line[:1] not in "├└┌":
                return
            continue
        if _RULE.fullmatch(line):
            continue
        cells = _cells(line)
        more = len(cells) - len(fields)
        if more > 0:
            # A command's own bars, which a box doesn't escape.
            cells[where : where + more + 1] = [" | ".join(cells[where : where + more + 1])]
        cells[where] = cells[where].strip("`") if cells[where].count("`") == 2 else cells[where]
        yield cells


def _by_tabs(head: str, lines: list[str]) -> Iterator[_Row] | None:
    if "\t" not in head:
        return None
    fields = _fields([cell.strip() for cell in head.split("\t")])
    return None if fields is None else _rows(_separated(lines, "\t"), fields)


def _by_commas(head: str, lines: list[str]) -> Iterator[_Row] | None:
    for separator in ",;":
        if separator in head or head.strip(' "').lower().replace("_", "") == "createdby":
            fields = _fields([cell.strip(' "') for cell in head.split(separator)])
            if fields is not None:
                return _rows(_separated(lines, separator), fields)
    return None


def _separated(lines: list[str], separator: str) -> Iterator[list[str]]:
    quoted = separator != "\t" or any(line.startswith('"') or '\t"' in line for line in lines[:_LOOKED_AT])
    reader = csv.reader(
        (line + "\n" for line in lines),
        delimiter=separator,
        quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE,
    )
    # A cell may be as long as a document; the limit is the whole process's.
    before = csv.field_size_limit(MAX_DOCUMENT)
    try:
        rows = list(reader)
    except csv.Error:
        rows = []
    finally:
        csv.field_size_limit(before)
    return ([cell.strip() for cell in row] for row in rows)


def _by_blanks(head: str, lines: list[str]) -> Iterator[_Row] | None:
    """Columns that begin where their names do."""
    if not _ALIGNED.fullmatch(head.strip()):
        return None
    starts, names = _heads(head)
    fields = _fields(names)
    if fields is None:
        return None
    return _rows(_aligned(lines, starts, fields), fields)


def _heads(head: str) -> tuple[list[int], list[str]]:
    found = list(_HEADS.finditer(head))
    return [match.start() for match in found], [match.group() for match in found]


def _aligned(lines: list[str], starts: list[int], fields: list[str]) -> Iterator[list[str]]:
    """The cells of every row; a line that is none continues the command above."""
    command = fields.index("createdby")
    row: list[str] | None = None
    more: list[str] = []
    for line in itertools.takewhile(lambda line: not pasted.is_prompt(line), lines):
        cells = _in_columns(line, starts) if _is_row(line, starts) else _apart(line, fields)
        if cells is not None:
            if row is not None:
                yield _continued(row, command, more)
            row, more = cells, []
        elif line.strip():
            more.append(line)
    if row is not None:
        yield _continued(row, command, more)


def _in_columns(line: str, starts: list[int]) -> list[str]:
    return [line[a:b].strip() for a, b in itertools.pairwise([*starts, len(line) + 1])]


def _apart(line: str, fields: list[str]) -> list[str] | None:
    """The cells of a row out of line, told apart by wide blanks, the command's own aside; None if none is a size."""
    command, gaps = fields.index("createdby"), list(_WIDE.finditer(line.rstrip()))
    before, after = gaps[:command], gaps[len(gaps) - (len(fields) - 1 - command) :]
    if "size" not in fields or len(gaps) < len(fields) - 1:
        return None
    between = [*before, *after]
    edges = [0, *(end for gap in between for end in gap.span()), len(line)]
    cells = [line[a:b].strip() for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return cells if history.size(cells[fields.index("size")]) is not None else None


def _continued(row: list[str], command: int, more: list[str]) -> list[str]:
    row[command] = "\n".join([row[command], *more])
    return row


def _is_row(line: str, starts: list[int]) -> bool:
    """Whether a blank stands before every column and something in the last or the first."""
    return (
        len(line) > starts[-1]
        and not line[starts[-1]].isspace()
        and all(line[start - 1] == " " for start in starts[1:])
        and bool(line.strip())
    )
