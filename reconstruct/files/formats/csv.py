"""The listing as CSV: one change per line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from reconstruct.files.formats.jsonl import value
from reconstruct.files.listing import Listing
from reconstruct.show.text import csv_cell

COLUMNS = ("step", "layer", "change", "what", "type", "mode", "uid", "gid", "size", "mtime", "path", "link")


def render(listing: Listing) -> Iterator[str]:
    """Lines without line ends: the column names, then one per change."""
    yield ",".join(COLUMNS)
    for section in listing.sections():
        for change in listing.changes(section):
            found = value(section, change)
            found["what"] = " ".join(found.get("what", ()))
            yield _row([csv_cell(str("" if found.get(name) is None else found[name])) for name in COLUMNS])


def _row(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()
