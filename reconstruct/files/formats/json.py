"""The listing as one JSON document, written incrementally."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.files.formats import blocks, cells
from reconstruct.files.formats.jsonl import line, lines
from reconstruct.files.listing import Listing
from reconstruct.files.waste import Waste, waste
from reconstruct.show.text import json_line
from reconstruct.typed import Any

# Raised if a member changes its meaning or is removed; new members don't raise it.
VERSION = 1


def render(listing: Listing) -> Iterator[str]:
    """One JSON document in pieces, which join to a single line."""
    contents = listing.contents
    image = contents.image
    facts = {"version": VERSION, "image": {"id": image.image_id, "tags": list(image.tags), "platform": image.platform}}
    yield json_line(facts)[:-1] + ', "layers": ['
    first = True
    for section in listing.sections():
        head = {
            "step": section.number or None,
            "layer": section.layer,
            "diff_id": image.layers[section.layer].diff_id,
            "text": section.text,
            "present": section.present,
            "sums": vars(listing.sums(section)),
        }
        yield ("" if first else ", ") + json_line(head)[:-1] + ', "changes": ['
        first = False
        comma = ""
        for piece in blocks.pieces(listing, section, line, lines, ", "):
            yield comma + piece
            comma = ", "
        yield "]}"
    end = {"waste": waste_value(listing, waste(contents.tree)), "notes": cells.notes(listing)}
    yield "], " + json_line(end)[1:]


def waste_value(listing: Listing, found: Waste) -> dict[str, Any]:
    """The waste as plain values, all sizes in bytes."""
    return {
        "efficiency": found.efficiency,
        "wasted": found.wasted,
        "wasted_user_share": found.user_share,
        "total": found.total,
        "unseen": found.unseen,
        "paths": [{"path": path.path, "size": path.size, "layers": list(path.layers)} for path in found.paths],
    }
