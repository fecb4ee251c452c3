"""One module per format of the audit's report; each has `pieces(audits, …) -> Iterator[str]`, the report's text as it comes.

Only the HTML page keeps more than one image in memory: in other formats, text that must follow later text waits in a
`Spool`. The report of one image may be laid out differently from that of many, whose totals are only known at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib import import_module

from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.audit.finding import Audit

# The value of `--format` → module.
FORMATS = {
    "table": "table",
    "markdown": "markdown",
    "html": "html",
    "json": "json",
    "jsonl": "jsonl",
    "csv": "csv",
    "sarif": "sarif",
    "junit": "junit",
    "checkstyle": "checkstyle",
    "codeclimate": "codeclimate",
    "github": "github",
    "gnu": "gnu",
}


def pieces(
    audits: Iterable[Audit], format_: str, *, fail_on: str = "low", color: bool = False, width: int | None = None
) -> Iterator[str]:
    """The report of all audits in one format, piece by piece; each piece is made as soon as its audits are available.

    `fail_on` is the lowest severity that counts as a failure (JUnit). `color` and `width` (columns, None for no limit)
    only matter for the table.
    """
    module = import_module(f"reconstruct.audit.formats.{FORMATS[format_]}")
    if format_ == "table":
        found: Iterator[str] = module.pieces(audits, color=color, width=width)
    elif format_ == "junit":
        found = module.pieces(audits, fail_on=fail_on)
    else:
        found = module.pieces(audits)
    return found


def render(
    audits: Iterable[Audit], format_: str, *, fail_on: str = "low", color: bool = False, width: int | None = None
) -> str:
    """The whole report as one text."""
    return "".join(pieces(audits, format_, fail_on=fail_on, color=color, width=width))
