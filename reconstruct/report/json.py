"""The report as JSON; `schema/report.schema.json` describes it."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct import times
from reconstruct.base import Base
from reconstruct.report import values
from reconstruct.report.model import Measure, Report, Row, Total, total_of
from reconstruct.show.text import json_text
from reconstruct.typed import Any

# Raised if a member changes its meaning or is removed; new members don't raise it.
VERSION = 1


def render(report: Report) -> str:
    """The report as an indented JSON document."""
    return json_text(document(report))


def schema(name: str = "report") -> str:
    """The JSON Schema (2020-12) of `report` or `ast`."""
    from pathlib import Path

    return (Path(__file__).parent / "schema" / f"{name}.schema.json").read_text(encoding="utf-8")


def document(report: Report) -> dict[str, Any]:
    """The report as plain JSON values."""
    return {
        "version": VERSION,
        "image": values.image(report.image),
        "base": {**_named(report.base), **_part(report.base_rows)},
        "own": _part(report.own_rows),
        "totals": {
            "steps": len(report.steps),
            "layers": len(report.image.layers),
            "transfer": _total(report.transfer),
            "uncompressed": _total(report.uncompressed),
        },
        "share_of": report.measure.value if report.measure else None,
        "steps": [_step(row) for row in report.rows if row.step],
        "unpaired_layers": [_unpaired(row) for row in report.rows if not row.step],
        "notes": list(report.remarks),
    }


def _named(base: Base) -> dict[str, Any]:
    return {
        "name": None if base.scratch else base.name,
        "names": list(base.names),
        "digest": base.digest,
        "source": base.source.value,
        "certainty": None if base.scratch else base.certainty.value,
        "reason": base.reason,
    }


def _part(rows: Sequence[Row]) -> dict[str, Any]:
    layers = [row.layer for row in rows if row.layer is not None]
    return {
        "steps": sum(1 for row in rows if row.step),
        "transfer": _total(total_of(Measure.TRANSFER, layers)),
        "uncompressed": _total(total_of(Measure.UNCOMPRESSED, layers)),
    }


def _total(total: Total) -> dict[str, Any]:
    """`bytes` is null if no size of the kind is known, and a lower bound if `complete` is false."""
    return {
        "bytes": total.size if total.told else None,
        "complete": total.complete,
        "known_layers": total.known,
    }


def _step(row: Row) -> dict[str, Any]:
    step = row.step
    assert step is not None
    entry = step.entry
    return {
        "number": row.number,
        "history_index": step.index,
        "keyword": step.instruction.keyword or None,
        "text": row.text,
        "created": times.rfc3339(row.created) if row.created else entry and entry.created,
        "builder": str(step.dialect),
        "certainty": str(step.certainty),
        "notes": values.notes(step.notes),
        "raw": step.raw,
        "comment": entry.comment if entry else "",
        "layer": values.layer(row.layer, row.layer_index),
        "layer_known": row.layer_known,
        "share": _share(row),
        "in_base": row.in_base,
        "dockerfile_lines": _lines(row),
    } | _files(row)


def _files(row: Row) -> dict[str, Any]:
    """`largest_files`, if layers were opened."""
    return {"largest_files": [{"path": file.path, "size": file.size} for file in row.files]} if row.files else {}


def _unpaired(row: Row) -> dict[str, Any]:
    return {
        "layer": values.layer(row.layer, row.layer_index),
        "share": _share(row),
        "in_base": row.in_base,
        "dockerfile_lines": _lines(row),
        **_files(row),
    }


def _share(row: Row) -> float | None:
    return round(row.share, 6) if row.share is not None else None


def _lines(row: Row) -> list[dict[str, Any]]:
    return [{"start": found.location.start, "end": found.location.end, "text": found.text} for found in row.lines]
