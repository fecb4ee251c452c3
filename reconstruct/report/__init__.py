"""The report that pairs each step with its layer and size, one module an output. Imported when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.base import Base
    from reconstruct.image import Image

FORMATS = ("table", "wide", "markdown", "json", "csv", "repo-info")


def render(
    image: Image, form: str, *, base: Base | Image | str | None = None, width: int | None = None, color: bool = False
) -> str:
    """The report on one image in one of FORMATS. `base` is the base image or its name, where it is known, or
    what `reconstruct.base.find_base` found. `width`
    (terminal columns) and `color` are for the tables. Raises NotFoundError for a base's name that no image can have.

    A repo-info page of several images is `repo_info.render`.
    """
    if form == "repo-info":
        return render_page([image])
    from reconstruct import steps
    from reconstruct.report.model import build

    report = build(image, steps(image), base)
    module = import_module(f"reconstruct.report.{form}")
    if form in ("table", "wide"):
        return str(module.render(report, width=width, color=color))
    return str(module.render(report))


def render_page(images: Sequence[Image]) -> str:
    """The repo-info page of the images of one index, or of one image."""
    from reconstruct.report import repo_info

    return repo_info.render(images)
