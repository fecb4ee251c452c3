"""The text in formats for people: facts of the image, cells of a step, groups of notes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from reconstruct import times
from reconstruct.report.model import Measure, Report, Row, Total, size_of
from reconstruct.show import moments, units
from reconstruct.show.text import cell, one_line
from reconstruct.syntax import Certainty, Dialect

NO_LAYER = "–"
UNKNOWN = "unknown"
NO_STEP = "(no history entry for this layer)"

MARKS = {Certainty.EXACT: "", Certainty.INFERRED: "~", Certainty.LOST: "!"}


def facts(report: Report) -> list[tuple[str, str]]:
    """(name, value) of what identifies the image, and of its sizes; unknown values are left out."""
    image = report.image
    created = times.parse(image.created)
    version = f", version {image.os_version}" if image.os_version else ""
    found = [
        ("Image", ", ".join(image.tags) or image.source),
        ("Platform", image.platform + version),
        ("Digest", image.digest),
        ("Image ID", image.image_id),
        ("Created", f"{moments.plain(created)} UTC" if created else image.created),
        ("Author", image.author),
        ("Builder", builder(report)),
        ("Base", base(report)),
        ("Steps", str(len(report.steps))),
        ("Layers", layers(report)),
    ]
    return [(name, one_line(value)) for name, value in found if value]


def builder(report: Report) -> str:
    """The builders that wrote the history, in order of appearance, with Docker's version if the config has it."""
    found = dict.fromkeys(row.step.dialect for row in report.rows if row.step and row.step.entry)
    if len(found) > 1:
        found.pop(Dialect.OTHER, None)
    version = f"Docker {report.image.docker_version}" if report.image.docker_version else ""
    return ", ".join(filter(None, (*found, version)))


def base(report: Report) -> str:
    """`debian:bookworm-20250101 (steps 1-2: 48.7 MB transfer), from debuerreotype's stamp`."""
    found = report.base
    if found.scratch:
        return found.reason
    name = found.name + (f"@{found.digest}" if found.digest else "")
    part = _part(report.base_rows, [report.base_total(measure) for measure in measures(report)])
    return f"{name}{f' ({part})' if part else ''}, {found.reason}"


def border(report: Report) -> str:
    """`── above: the base, python:3.12 (steps 1-9: 48.7 MB transfer); below: steps 10-12: 1.2 MB transfer`, for the place
    between the two; empty if there is none."""
    if report.base.scratch or not report.base_rows or not report.own_rows:
        return ""
    theirs = _part(report.base_rows, [report.base_total(measure) for measure in measures(report)])
    own = _part(report.own_rows, [report.own_total(measure) for measure in measures(report)])
    return one_line(f"── above: the base, {report.base.name} ({theirs}); below: the image's own ({own})")


def _part(rows: Iterable[Row], sums: Iterable[Total]) -> str:
    """`steps 1-9: 48.7 MB transfer, 120.1 MB uncompressed`; unknown sizes are left out."""
    numbers = [row.number for row in rows if row.step]
    weights = [
        f"{'' if one.complete else 'at least '}{units.human(one.size)} {one.measure}" for one in sums if one.known
    ]
    return ": ".join(filter(None, (steps(numbers) if numbers else "", ", ".join(weights))))


def layers(report: Report) -> str:
    """`11: 5.8 GB transfer (5815453471 bytes), uncompressed unknown`: each kind of size separately."""
    sums = ", ".join(total(one) for one in (report.transfer, report.uncompressed))
    return f"{len(report.image.layers)}: {sums}" if report.image.layers else sums


def total(one: Total) -> str:
    """`5.8 GB transfer (5815453471 bytes)`, with `at least` if some layers' sizes are unknown."""
    if not one.told or not one.layers:
        return f"{one.measure} {UNKNOWN}"
    least = "" if one.complete else "at least "
    missing = "" if one.complete else f", {one.layers - one.known} of {one.layers} unknown"
    return f"{least}{units.human(one.size)} {one.measure} ({one.size} bytes{missing})"


def measures(report: Report) -> list[Measure]:
    """The kinds of size that are known for some layer."""
    return [one.measure for one in (report.transfer, report.uncompressed) if one.known]


def size(row: Row, measure: Measure, *, exact: bool = False) -> str:
    """The size of a row's layer; `exact` in bytes. A step without a layer has none; an unknown one says
    so.
    """
    if row.layer is None:
        return NO_LAYER if row.layer_known else UNKNOWN
    found = size_of(row.layer, measure)
    if found is None:
        return UNKNOWN
    return str(found) if exact else units.human(found)


def bar(row: Row) -> str:
    """`██████▉`: the share, drawn."""
    return "" if row.share is None else units.bar(row.share).rstrip()


def share(row: Row) -> str:
    """`70.0 %`"""
    return "" if row.share is None else units.percent(row.share)


def layer(row: Row) -> str:
    """The layer's digest, else its diff ID, short."""
    if row.layer is None:
        return NO_LAYER if row.layer_known else UNKNOWN
    return one_line(units.short(row.layer.digest or row.layer.diff_id)) or UNKNOWN


def created(row: Row) -> str:
    """The time in UTC; as saved if it isn't a time."""
    if row.created is not None:
        return moments.plain(row.created)
    saved = row.step.entry.created if row.step and row.step.entry else None
    return one_line(saved or "")[:40]


def number(row: Row) -> str:
    """The step's number, from 1; empty for a layer without step."""
    return str(row.number) if row.step else ""


def lines(row: Row) -> str:
    """`3-5, 8`: the lines of the original Dockerfile."""
    return ", ".join(
        str(found.location.start)
        if found.location.start == found.location.end
        else f"{found.location.start}-{found.location.end}"
        for found in row.lines
    )


def instruction(row: Row) -> str:
    """The step for a table: on one line, with runs of blanks collapsed."""
    return cell(row.text) if row.step else NO_STEP


def mark(row: Row) -> str:
    """The mark of the step's certainty; empty for a layer without step."""
    return MARKS[row.certainty] if row.step else ""


def media_type(row: Row) -> str:
    """The media type without the words that all share: `docker foreign.diff.tar.gzip`, `oci
    layer.v1.tar+gzip`.
    """
    if row.layer is None or not row.layer.media_type:
        return ""
    kind = one_line(row.layer.media_type)
    kind = re.sub(r"^application/vnd\.docker\.image\.rootfs\.", "docker ", kind)
    return re.sub(r"^application/vnd\.oci\.image\.", "oci ", kind)


def notes(report: Report) -> list[tuple[Certainty, str, str]]:
    """(certainty, `steps 3-5, 8`, what is inferred or lost), equal notes merged, in order of the first
    step.
    """
    groups: dict[tuple[Certainty, str], list[int]] = {}
    for row in report.steps:
        for note in row.step.notes if row.step else ():
            groups.setdefault((note.certainty, note.text), []).append(row.number)
    return [(level, steps(numbers), one_line(text)) for (level, text), numbers in groups.items()]


def steps(numbers: Iterable[int]) -> str:
    """`step 3`, `steps 3-5, 8`."""
    runs: list[list[int]] = []
    for number in dict.fromkeys(numbers):
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    text = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
    return f"step{'' if text.isdigit() else 's'} {text}"
