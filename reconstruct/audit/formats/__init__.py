"""One module a form of the audit's report; each has `render(audits, …) -> str`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.audit.finding import Audit

# What `--format` takes → module.
FORMATS = {
    "table": "table",
    "markdown": "markdown",
    "html": "html",
    "json": "json",
    "sarif": "sarif",
    "junit": "junit",
    "checkstyle": "checkstyle",
    "codeclimate": "codeclimate",
    "github": "github",
    "gnu": "gnu",
}


def render(
    audits: Sequence[Audit], format_: str, *, fail_on: str = "low", color: bool = False, width: int | None = None
) -> str:
    """The report of all audits in one form.

    `fail_on` is the least severity that counts as a failure (JUnit). `color` and `width` (columns, None for no cut)
    matter to the table alone.
    """
    module = import_module(f"reconstruct.audit.formats.{FORMATS[format_]}")
    if format_ == "table":
        text: str = module.render(audits, color=color, width=width)
    elif format_ == "junit":
        text = module.render(audits, fail_on=fail_on)
    else:
        text = module.render(audits)
    return text
