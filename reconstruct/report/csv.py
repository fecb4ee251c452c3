"""The report as comma-separated values (RFC 4180), one line per step, sizes in bytes, for a spreadsheet."""

from __future__ import annotations

import csv
import io

from reconstruct import times
from reconstruct.report.model import Report, Row
from reconstruct.show.text import csv_cell

HEAD = (
    "number",
    "created",
    "builder",
    "keyword",
    "instruction",
    "certainty",
    "layer_digest",
    "diff_id",
    "media_type",
    "foreign",
    "urls",
    "transfer_bytes",
    "uncompressed_bytes",
    "share",
    "lines",
    "in_base",
    "notes",
)


def render(report: Report) -> str:
    """Unknown values are empty cells; so are the sizes of steps that made no layer (their digest is empty
    too).
    """
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows([csv_cell(cell) if isinstance(cell, str) else cell for cell in _cells(row)] for row in report.rows)
    return target.getvalue()


def _cells(row: Row) -> list[object]:
    from reconstruct.report.cells import lines

    step, layer = row.step, row.layer
    return [
        row.number or None,
        times.rfc3339(row.created) if row.created else None,
        step.dialect.value if step and step.entry else None,
        step.instruction.keyword if step else None,
        row.text,
        row.certainty.value if step else None,
        layer.digest if layer else None,
        layer.diff_id if layer else None,
        layer.media_type if layer else None,
        ("yes" if layer.foreign else "no") if layer else None,
        " ".join(layer.urls) if layer else None,
        layer.compressed_size if layer else None,
        layer.size if layer else None,
        f"{row.share:.6f}" if row.share is not None else None,
        lines(row),
        "yes" if row.in_base else "no",
        "; ".join(f"{note.certainty}: {note.text}" for note in step.notes) if step else None,
    ]
