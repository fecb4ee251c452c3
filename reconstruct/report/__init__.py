"""The report that pairs each step with its layer and size; one module per output format, imported on demand."""

from __future__ import annotations

from importlib import import_module

from reconstruct.room import callable_room
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.report.model import Report
    from reconstruct.report.view import View

# `repo-info` is a page for all images of an index, written by `repo_info.render`.
FORMATS = ("table", "wide", "markdown", "json", "csv", "html", "repo-info")

callable_room(__name__)


def render(
    report: Report, form: str, *, width: int | None = None, color: bool = False, view: View | None = None
) -> str:
    """The report in one of FORMATS. `width` (terminal columns, None to cut nothing), `color` and `view` (which rows, in
    which order; default: all) apply to the tables."""
    if form == "repo-info":
        from reconstruct.report import repo_info

        return repo_info.render([report.image])
    module = import_module(f"reconstruct.report.{form}")
    if form in ("table", "wide"):
        from reconstruct.report.view import View

        return str(module.render(report, width=width, color=color, view=view or View()))
    return str(module.render(report))
