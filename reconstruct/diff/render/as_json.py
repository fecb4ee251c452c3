"""The comparison as JSON; `schema/diff.schema.json` describes it."""

from __future__ import annotations

from datetime import datetime

from reconstruct.diff.layers import growth_of
from reconstruct.diff.model import Change, ConfigChange, Difference, LineEdit, Side, StepDifference
from reconstruct.diff.render import phrases
from reconstruct.show.text import json_text
from reconstruct.times import rfc3339
from reconstruct.typed import Any

# Raised if a member changes its meaning or is removed; new members don't raise it.
VERSION = 1


def render(difference: Difference) -> str:
    """The difference of two images as one JSON document."""
    return json_text(document(difference))


def schema() -> str:
    """The JSON Schema (2020-12) of the document."""
    from pathlib import Path

    return (Path(__file__).parent / "schema" / "diff.schema.json").read_text(encoding="utf-8")


def document(difference: Difference) -> dict[str, Any]:
    """The comparison as plain JSON values. Positions count from 0; `step` and `follows` are positions in `steps`."""
    found = difference
    return {
        "version": VERSION,
        "different": found.different,
        "partial": found.partial,
        "untold": found.untold,
        "old": _side(found.old),
        "new": _side(found.new),
        "base": {
            "status": found.base.status,
            "detail": found.base.detail,
            "old": {
                "name": found.base.old_name,
                "digest": found.base.old_digest,
                "created": _time(found.base.old_date),
            },
            "new": {
                "name": found.base.new_name,
                "digest": found.base.new_digest,
                "created": _time(found.base.new_date),
            },
            "shared_layers": found.base.shared_layers,
        },
        "steps": [_row(found, row) for row in found.steps],
        "build_arguments": [_change(each) for each in found.arguments],
        "config": [_config(each) for each in found.config],
        "layers": {
            "shared": found.layers.shared,
            "old": found.layers.old,
            "new": found.layers.new,
            "first_rebuilt": found.layers.cache_broke,
            "explained": found.layers.explained,
            "rebuilt": list(found.layers.rebuilt),
        },
        "sizes": {
            "kind": found.sizes.kind,
            "old": found.sizes.old,
            "new": found.sizes.new,
            "largest": list(found.sizes.largest),
        },
        "times": {
            "old_seconds": found.times.old,
            "new_seconds": found.times.new,
            "gaps": [{"step": i, "old_seconds": old, "new_seconds": new} for i, old, new in found.times.gaps],
        },
        "notes": list(found.notes),
        "cost": found.cost,
    }


def _time(moment: datetime | None) -> str | None:
    return rfc3339(moment) if moment else None


def _side(side: Side) -> dict[str, Any]:
    image = side.image
    return {
        "name": side.name,
        "image_id": image.image_id,
        "digest": image.digest,
        "tags": list(image.tags),
        "builder": side.builder,
        "platform": side.platform,
        "created": _time(side.created),
        "steps": len(side.steps),
        "layers": len(image.layers),
    }


def _row(difference: Difference, row: StepDifference) -> dict[str, Any]:
    return {
        "status": row.status,
        "keyword": row.keyword,
        "old": list(row.old),
        "new": list(row.new),
        "old_text": [phrases.step_text(difference.old.steps[i]) for i in row.old],
        "new_text": [phrases.step_text(difference.new.steps[j]) for j in row.new],
        "changes": [_change(change) for change in row.changes],
        "layer": row.layer,
        "base": row.base,
        "ignored": row.hidden,
        "follows": row.follows,
        "block": row.block,
        "size": {"old": row.size[0], "new": row.size[1], "growth": growth_of(row)},
    }


def _change(change: Change) -> dict[str, Any]:
    found: dict[str, Any] = {"field": change.field, "key": change.key, "old": change.old, "new": change.new}
    if change.lines:
        found["lines"] = [_line(edit) for edit in change.lines if not edit.same]
    return found


def _line(edit: LineEdit) -> dict[str, Any]:
    return {"old": edit.old, "new": edit.new, "words": [{"op": word.op, "text": word.text} for word in edit.words]}


def _config(each: ConfigChange) -> dict[str, Any]:
    return {
        "field": each.field,
        "key": each.key,
        "old": each.old,
        "new": each.new,
        "explained": each.explained,
        "step": each.step,
    }
