"""The content of the report for all formats: rows, totals and remarks, computed once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from reconstruct import times
from reconstruct.base import Base, find_base
from reconstruct.image import Image, Layer, SourceLocation
from reconstruct.pairing import pairing_notes, unpaired_layers
from reconstruct.record import dataclass, replace
from reconstruct.syntax import Certainty, Step
from reconstruct.typed import Any
from reconstruct.writer import instruction_text


class Measure(StrEnum):
    """The two kinds of size, which are never added up: a blob's bytes, and the bytes of the tar in it."""

    TRANSFER = "transfer"
    UNCOMPRESSED = "uncompressed"


@dataclass(frozen=True)
class Total:
    """The sum of the sizes of one kind: `size` bytes over `known` of `layers` layers."""

    measure: Measure
    size: int
    known: int
    layers: int

    @property
    def complete(self) -> bool:
        """Whether every layer's size is in the sum."""
        return self.known == self.layers

    @property
    def told(self) -> bool:
        """Whether the sum means anything: it does for no layers at all, but not for layers of unknown sizes."""
        return self.known > 0 or self.layers == 0


@dataclass(frozen=True)
class SourceLines:
    """Lines of the original Dockerfile: their position, and their text if the provenance has it."""

    location: SourceLocation
    text: str | None


@dataclass(frozen=True)
class LargeFile:
    """One of the largest files of a layer: its absolute path and its bytes."""

    path: str
    size: int


@dataclass(frozen=True)
class Row:
    """One build step, or a layer without a step (`step` None, `number` 0).

    `text` is the step in Dockerfile terms. `share` is its part of the report's measure, 0 to 1, None if unknown.
    `in_base`: whether it belongs to the base image. `files` are the layer's largest, if layers were opened.
    """

    number: int
    step: Step | None
    layer: Layer | None
    layer_index: int | None
    text: str
    created: datetime | None
    share: float | None
    lines: tuple[SourceLines, ...] = ()
    in_base: bool = False
    files: tuple[LargeFile, ...] = ()

    @property
    def layer_known(self) -> bool:
        """Whether it is known which layer the step made, or that it made none."""
        return self.step is None or self.step.layer_known

    @property
    def certainty(self) -> Certainty:
        """The certainty of the step, or of a note on its layer, whichever is lower."""
        if self.step is None:
            return Certainty.LOST
        if not self.step.notes:
            return self.step.certainty
        found = {self.step.certainty, *(note.certainty for note in self.step.notes)}
        return next(level for level in reversed(Certainty) if level in found)


@dataclass(frozen=True)
class Report:
    """`measure` is the kind of size for shares: transfer if known for all layers, None if nothing
    is.
    """

    image: Image
    rows: tuple[Row, ...]
    transfer: Total
    uncompressed: Total
    measure: Measure | None
    remarks: tuple[str, ...]
    base: Base

    def __repr__(self) -> str:
        return f"<Report on {self.image!r}: {len(self.steps)} steps, base {self.base.name}>"

    def to_dict(self) -> dict[str, Any]:
        """What `reconstruct report --format json` prints; `reconstruct report --schema` describes it."""
        from reconstruct.report.json import document

        return document(self)

    @property
    def steps(self) -> tuple[Row, ...]:
        """The rows that are steps."""
        return tuple(row for row in self.rows if row.step is not None)

    @property
    def base_rows(self) -> tuple[Row, ...]:
        """The base image's rows."""
        return tuple(row for row in self.rows if row.in_base)

    @property
    def own_rows(self) -> tuple[Row, ...]:
        """The rows above the base's."""
        return tuple(row for row in self.rows if not row.in_base)

    def own_total(self, measure: Measure) -> Total:
        """What the image adds to its base."""
        return total_of(measure, [row.layer for row in self.own_rows if row.layer is not None])

    def base_total(self, measure: Measure) -> Total:
        """The base image's size."""
        return total_of(measure, [row.layer for row in self.base_rows if row.layer is not None])


def size_of(layer: Layer, measure: Measure) -> int | None:
    """The layer's size of that kind, in bytes, None if it is unknown."""
    return layer.compressed_size if measure is Measure.TRANSFER else layer.size


def build(
    image: Image,
    steps: Iterable[Step],
    base: Base | Image | str | None = None,
    remarks: tuple[str, ...] | None = None,
) -> Report:
    """The report on an image and its paired steps. `base`: the base image or its name; by default it is found from the
    image. `remarks`: those that pairing made, if it was just done. Raises NotFoundError for an invalid image name.
    """
    steps = tuple(steps)
    # Facts from pairing (a size that only the history has) are in the steps' layers.
    layers = dict(enumerate(image.layers))
    layers.update({step.layer_index: step.layer for step in steps if step.layer and step.layer_index is not None})
    sizes_alone = [step.layer for step in steps if step.layer is not None and step.layer_index is None]
    counted = [*layers.values(), *sizes_alone]
    totals = {measure: total_of(measure, counted) for measure in Measure}
    measure = _measure(totals.values())
    frame = _Frame(image, measure, totals[measure].size if measure else 0, _dockerfile(image))
    found = base if isinstance(base, Base) else find_base(image, steps, base)
    return Report(
        image=image,
        rows=_rows(steps, frame, found.entries),
        transfer=totals[Measure.TRANSFER],
        uncompressed=totals[Measure.UNCOMPRESSED],
        measure=measure,
        remarks=pairing_notes(steps, image) if remarks is None else remarks,
        base=found,
    )


def total_of(measure: Measure, layers: Sequence[Layer]) -> Total:
    """The sum of the layers' sizes of that kind."""
    sizes = [size for layer in layers if (size := size_of(layer, measure)) is not None]
    return Total(measure, sum(sizes), len(sizes), len(layers))


def _measure(totals: Iterable[Total]) -> Measure | None:
    """The kind known for most layers, transfer before uncompressed."""
    best = max(totals, key=lambda total: total.known)
    return best.measure if best.known else None


@dataclass(frozen=True)
class _Frame:
    """The context of all rows: the measure, its total in bytes, and the original Dockerfile's lines."""

    image: Image
    measure: Measure | None
    whole: int
    lines: tuple[str, ...]

    def share(self, layer: Layer | None) -> float | None:
        size = size_of(layer, self.measure) if layer is not None and self.measure is not None else None
        return size / self.whole if size is not None and self.whole else None

    def source(self, index: int | None, layer: Layer | None) -> tuple[SourceLines, ...]:
        """The Dockerfile's own lines that made a layer, if a provenance attestation has them."""
        provenance = self.image.provenance
        if layer is None or provenance is None:
            return ()
        if index is not None and index < len(provenance.layer_lines):
            found = provenance.layer_lines[index]
        else:
            places = provenance.layer_locations
            found = places.get(layer.digest or "") or places.get(layer.diff_id or "") or ()
        return tuple(
            SourceLines(place, "\n".join(self.lines[max(place.start - 1, 0) : place.end]) or None) for place in found
        )


def _rows(steps: Sequence[Step], frame: _Frame, entries: int) -> tuple[Row, ...]:
    """The steps in order, with each layer without a step before the step that made the next layer. In the base are those up to
    the last step of the first `entries` of the history."""
    orphans = list(reversed(unpaired_layers(steps, frame.image)))
    base_steps = max(
        (number for number, step in enumerate(steps, 1) if step.index is not None and step.index < entries), default=0
    )
    rows: list[Row] = []
    for number, step in enumerate(steps, 1):
        in_base = number <= base_steps
        while orphans and step.layer_index is not None and orphans[-1][0] < step.layer_index:
            rows.append(_orphan(orphans.pop(), frame, in_base))
        rows.append(_row(number, step, frame, in_base))
    rows.extend([_orphan(orphan, frame, False) for orphan in reversed(orphans)])
    return tuple(rows)


def _row(number: int, step: Step, frame: _Frame, in_base: bool) -> Row:
    return Row(
        number,
        step,
        step.layer,
        step.layer_index,
        step_text(step),
        times.parse(step.entry.created) if step.entry else None,
        frame.share(step.layer),
        frame.source(step.layer_index, step.layer),
        in_base,
    )


def _orphan(place: tuple[int, Layer], frame: _Frame, in_base: bool) -> Row:
    index, layer = place
    return Row(0, None, layer, index, "", None, frame.share(layer), frame.source(index, layer), in_base)


def _dockerfile(image: Image) -> tuple[str, ...]:
    """The lines of the Dockerfile in the provenance."""
    text = image.provenance.dockerfile if image.provenance else None
    # Invalid UTF-8 bytes are surrogates in the text, which can't be output.
    shown = (text or "").encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return tuple(shown.removesuffix("\n").split("\n"))


def step_text(step: Step) -> str:
    """The step as one line of a Dockerfile; if the writer has no such line, the history's text."""
    return instruction_text(step)


def with_files(report: Report, files: Mapping[int, tuple[LargeFile, ...]]) -> Report:
    """The report with the largest files of each layer, by the layer's position."""
    rows = tuple(
        replace(row, files=files.get(row.layer_index, ())) if row.layer_index is not None else row
        for row in report.rows
    )
    return replace(report, rows=rows)
