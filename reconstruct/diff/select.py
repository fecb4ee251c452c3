"""`--ignore` and `--only`: leave aspects or kinds of steps out of a comparison and its verdict."""

from __future__ import annotations

from collections.abc import Collection

from reconstruct.diff.config import SETTERS
from reconstruct.diff.model import BaseDifference, BaseStatus, Difference, Layers, Sizes, StepDifference, Times
from reconstruct.record import replace

ASPECTS = ("base", "steps", "arguments", "config", "layers", "sizes", "times", "notes")
KEYWORDS = (
    "run", "copy", "add", "env", "label", "arg", "cmd", "entrypoint", "workdir", "user", "expose", "volume",
    "shell", "healthcheck", "stopsignal", "onbuild", "maintainer",
)  # fmt: skip
NAMES = ASPECTS + KEYWORDS


def select(difference: Difference, ignore: Collection[str] = (), only: Collection[str] = ()) -> Difference:
    """The comparison without what is ignored, or not in `only`. Names are from NAMES: an aspect, or
    an instruction for its steps and the config that it sets. Rows left out stay in place (`hidden`)."""
    if not ignore and not only:
        return difference

    def wanted(*names: str) -> bool:
        return not any(name in ignore for name in names) and (not only or any(name in only for name in names))

    rows = tuple(_hidden(row, wanted("steps", row.keyword.lower())) for row in difference.steps)
    config = tuple(
        each
        for each in difference.config
        if wanted("config", *(keyword.lower() for keyword in SETTERS.get(each.field.partition("-")[0], ())[:1]))
    )
    unknown = BaseDifference(BaseStatus.UNKNOWN, detail="ignored")
    return replace(
        difference,
        steps=rows,
        config=config,
        base=difference.base if wanted("base") else unknown,
        arguments=difference.arguments if wanted("arguments", "arg") else (),
        layers=difference.layers if wanted("layers") else Layers(),
        sizes=difference.sizes if wanted("sizes") else Sizes(),
        times=difference.times if wanted("times") else Times(),
        notes=difference.notes if wanted("notes") or only else (),
        partial=True,
    )


def _hidden(row: StepDifference, wanted: bool) -> StepDifference:
    return row if wanted else replace(row, hidden=True)
