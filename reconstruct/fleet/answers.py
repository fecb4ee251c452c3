"""Query results for people and programs: table, JSON, JSON lines, CSV, and graphs as DOT and Mermaid."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime

from reconstruct.fleet.query import Answer
from reconstruct.show.text import json_line, one_line
from reconstruct.typed import Any

FORMATS = ("table", "json", "jsonl", "csv")


def rendered(answer: Answer, format_: str, *, width: int | None = None) -> Iterator[str]:
    """The result's text in pieces, as rows arrive; a table is collected first, because its columns are aligned."""
    if format_ == "table":
        return _table(answer, width)
    return _FORMS[format_](answer)


def _table(answer: Answer, width: int | None) -> Iterator[str]:
    from reconstruct.show.grid import grid

    values = list(answer.rows)
    right = {name for name, column in zip(answer.columns, zip(*values, strict=True), strict=False) if _numeric(column)}
    head = [one_line(name) for name in answer.columns]
    rows = [[_cell(value) for value in row] for row in values]
    for line in grid(head, rows, " ".join(right), width):
        yield line + "\n"
    yield f"\n{len(rows):,} {'row' if len(rows) == 1 else 'rows'}\n"


def _numeric(column: Iterable[Any]) -> bool:
    return all(value is None or (isinstance(value, (int, float)) and not isinstance(value, bool)) for value in column)


def _cell(value: Any) -> str:
    return "" if value is None else one_line(str(_plain(value)) if not isinstance(value, str) else value)


def _plain(value: Any) -> Any:
    """A value as JSON has it; times as RFC 3339, UTC."""
    if isinstance(value, datetime):
        shown = value.astimezone(UTC) if value.tzinfo else value
        return shown.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _objects(answer: Answer) -> Iterator[str]:
    for row in answer.rows:
        # ASCII only, so that no control or bidirectional character reaches a terminal.
        yield json_line(dict(zip(answer.columns, map(_plain, row), strict=True)))


def _json(answer: Answer) -> Iterator[str]:
    yield "["
    separator = "\n"
    for text in _objects(answer):
        yield separator + text
        separator = ",\n"
    yield "\n]\n"


def _jsonl(answer: Answer) -> Iterator[str]:
    for text in _objects(answer):
        yield text + "\n"


def _csv(answer: Answer) -> Iterator[str]:
    yield _csv_line(answer.columns)
    for row in answer.rows:
        yield _csv_line(_csv_cell(_plain(value)) for value in row)


def _csv_cell(value: Any) -> Any:
    from reconstruct.show.text import visible

    if isinstance(value, (dict, list)):
        return json_line(value)
    return visible(value) if isinstance(value, str) else value


def _csv_line(row: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(row)
    return text.getvalue()


def _dot(answer: Answer) -> Iterator[str]:
    yield "digraph bases {\n  rankdir=LR;\n"
    for below, above, images in answer.rows:
        yield f"  {_dot_name(below)} -> {_dot_name(above)} [label={int(images)}];\n"
    yield "}\n"


def _dot_name(text: Any) -> str:
    return '"' + one_line(str(text)).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _mermaid(answer: Answer) -> Iterator[str]:
    names: dict[str, str] = {}
    yield "graph LR\n"
    for below, above, images in answer.rows:
        ends = []
        for text in (str(below), str(above)):
            known = text in names
            name = names.setdefault(text, f"n{len(names)}")
            ends.append(name if known else f'{name}["{_mermaid_text(text)}"]')
        yield f"  {ends[0]} -->|{int(images)}| {ends[1]}\n"


def _mermaid_text(text: str) -> str:
    """Escapes anything but plain name characters as Mermaid's `#…;` entities."""
    return "".join(char if char.isalnum() or char in " ._:/@-" else f"#{ord(char)};" for char in one_line(text))


_FORMS: dict[str, Callable[[Answer], Iterator[str]]] = {
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
    "dot": _dot,
    "mermaid": _mermaid,
}
