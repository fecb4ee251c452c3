"""`reconstruct list`: the images in an input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from reconstruct.cli import declare, many, options, sweep
from reconstruct.named import NamedTuple
from reconstruct.show import terminal
from reconstruct.show.text import one_line
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.fleet.inputs import Item
    from reconstruct.image import Image
    from reconstruct.sources.interface import Candidate, Reading

COLUMNS = ("platform", "id", "created (UTC)", "layers", "transfer size", "size", "attestations", "image")
# Columns with a higher worth are kept longer on a narrow terminal.
_WORTH = (6, 3, 2, 1, 5, 4, 0, None)


def _schema() -> str:
    from pathlib import Path

    return (Path(__file__).parent / "schema" / "list.schema.json").read_text(encoding="utf-8")


@declare.command("list")
@declare.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=options.PATH)
@options.format_option("table", "json")
@options.schema_option(_schema)
@options.output_option
@options.strict_option
@sweep.jobs_option
def command(images: tuple[str, ...], format_: str, output: str | None, strict: bool, jobs: int) -> None:
    """List the images in each IMAGE: names, platforms, IDs, times, sizes, attestations.

    Sizes are given as transferred (compressed) and on disk (uncompressed); a size that IMAGE lacks for any layer is
    unknown. With several inputs, one that can't be read is reported and skipped, and the exit status is 2. A directory means
    every input in it, a JSON lines file (.jsonl) one input per line, and - standard input: an image, or a list of paths.

    \b
    reconstruct list app.tar
    reconstruct list --format json builds/*.tar
    """
    if len(images) == 1 and not many.is_many(images[0]):
        found, notes = _listed(images[0], images[0], strict)
        for note in notes:
            options.say(note)
        if format_ == "json":
            from reconstruct.show.text import json_text

            options.write(json_text(found), output)
        else:
            options.show(table(found["form"], found["images"], None, _width(output)), output)
        return
    _list_many(images, format_, output, strict, jobs)


class _Listing(NamedTuple):
    """The result for one of several inputs: its images, notes, or why it can't be read."""

    name: str
    found: dict[str, Any] | None = None
    notes: tuple[str, ...] = ()
    error: str = ""


def _list_many(images: Sequence[str], format_: str, output: str | None, strict: bool, jobs: int) -> None:
    """Lists each input as it is read."""
    import sys

    from reconstruct.errors import ReconstructError
    from reconstruct.fleet import inputs

    lists = "-" in images and inputs.lists_paths()
    listings = sweep.over("listing", images, _work, strict, jobs=jobs, lost=_lost, streams=output is None, lists=lists)
    counts = [0, 0]
    found = _told(listings, counts)
    if format_ == "json":
        from reconstruct.show.text import json_array

        options.write_pieces(json_array(found), output)
    else:
        width = _width(output)
        tables = (table(each["form"], each["images"], each["input"], width) for each in found)
        text = (f"{'' if number == 0 else chr(10)}{block}\n" for number, block in enumerate(tables))
        options.write_pieces(text, output, for_people=True)
    if counts[1]:
        sys.exit(2)
    if not counts[0]:
        raise ReconstructError(f"{images[0]}: no image found")


def _told(listings: Iterator[_Listing], counts: list[int]) -> Iterator[dict[str, Any]]:
    """The listing of each readable input; errors go to standard error, and `counts` counts both."""
    for one in listings:
        for note in one.notes:
            options.say(note)
        counts[one.found is None] += 1
        if one.found is None:
            options.fail(one.error)
        else:
            yield one.found


def _work(batch: Sequence[Item], strict: bool) -> Iterator[_Listing | sweep.NoImage]:
    from reconstruct.errors import ReconstructError
    from reconstruct.fleet.reading import worth_telling

    for item in batch:
        if item.error:
            yield _Listing(item.label, error=item.error)
            continue
        try:
            yield _Listing(
                item.label, *(_listed(item.path, item.label, strict) if item.data is None else _line(item, strict))
            )
        except ReconstructError as error:
            yield _Listing(item.label, error=str(error)) if worth_telling(item) else sweep.NoImage(item.path)


def _line(item: Item, strict: bool) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Like `_listed`, for a line of JSON, which may have a config as `image`."""
    from reconstruct.errors import ReconstructError
    from reconstruct.fleet.reading import form_of, images

    found = []
    notes: tuple[str, ...] = ()
    for _, image in images(item, strict=strict):
        if isinstance(image, ReconstructError):
            raise image
        found.append(row(image))
        notes += image.notes
    return {"input": item.label, "form": form_of(item, strict), "images": found}, notes


def _lost(item: Item) -> _Listing:
    return _Listing(item.label, error=f"{item.label}: {sweep.LOST}")


def _width(output: str | None) -> int | None:
    return terminal.width() if output is None else None


def _listed(source: str, name: str, strict: bool) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The contents of one input: its name, its form, its images; and what was noted."""
    from reconstruct.sources import read

    candidates, reading, form = read(source, strict=strict)
    try:
        rows = list(rows_of(candidates, reading))
    finally:
        reading.close()
    return {"input": name, "form": form, "images": rows}, tuple(reading.notes)


def rows_of(candidates: Sequence[Candidate], reading: Reading) -> Iterator[dict[str, Any]]:
    """A row for each image, read one at a time. Unreadable ones are noted; if none can be read, the first error is
    raised.
    """
    from reconstruct.errors import ReconstructError

    some = False
    first: ReconstructError | None = None
    for candidate in candidates:
        try:
            image = candidate.image
            if reading.strict:
                from reconstruct.audit.agreement import require_agreement

                require_agreement(image, reading.label)
        except ReconstructError as error:
            first = first or error
            reading.note(str(error))
            continue
        some = True
        yield row(image)
    if first is not None and not some:
        raise first


def row(image: Image) -> dict[str, Any]:
    """The facts of one image; None if unknown. Sizes are the bytes of all layers together."""
    return {
        "tags": list(image.tags),
        "platform": image.platform if image.architecture else None,
        "os_version": image.os_version,
        "id": image.image_id,
        "digest": image.digest,
        "index_digest": image.index_digest,
        "media_type": image.media_type,
        "created": image.created,
        "history": len(image.history) if image.has_history else None,
        "layers": len(image.layers),
        "transfer_size": total([layer.compressed_size for layer in image.layers]),
        "size": total([layer.size for layer in image.layers]),
        "attestations": list(image.attestations),
        "provenance": image.provenance.mode or None if image.provenance else None,
    }


def total(sizes: Sequence[int | None]) -> int | None:
    """The sum; None if a size is unknown or there are none."""
    known = [size for size in sizes if size is not None]
    return sum(known) if known and len(known) == len(sizes) else None


def table(form: str, rows: Sequence[Mapping[str, Any]], name: str | None = None, width: int | None = None) -> str:
    """A table for people, headed by the input's name if there are several; columns without any known value are left out."""
    from reconstruct.show.grid import Column, fitted

    lines = [[one_line(cell) for cell in _cells(item)] for item in rows]
    shown = [number for number in range(len(COLUMNS)) if any(line[number] not in ("", "unknown") for line in lines)]
    count = "1 image" if len(rows) == 1 else f"{len(rows)} images"
    columns = [Column(COLUMNS[number], _WORTH[number]) for number in shown]
    made = fitted(columns, [[line[number] for number in shown] for line in lines], width, least=20)
    body = "\n".join([made.head, *(line for row in made.rows for line in row)])
    return f"{one_line(f'{name}: ' if name else '')}{form}: {count}\n\n{body}"


def _cells(item: Mapping[str, Any]) -> list[str]:
    from reconstruct import times
    from reconstruct.show import moments, units

    moment = times.parse(item["created"])
    platform = item["platform"] or "unknown"
    if item["os_version"]:
        platform += f" {item['os_version']}"
    return [
        platform,
        units.short(item["id"]) or "unknown",
        moments.plain(moment) if moment else "unknown",
        str(item["layers"]),
        _size(item["transfer_size"]),
        _size(item["size"]),
        ", ".join(_kind(name) for name in item["attestations"])
        + (f" ({item['provenance']})" if item["provenance"] else ""),
        ", ".join(item["tags"]) or "untagged",
    ]


def _kind(predicate: str) -> str:
    """`https://slsa.dev/provenance/v1` is shown as `provenance v1`, SPDX and CycloneDX as `SBOM`."""
    if predicate.startswith("https://slsa.dev/"):
        return predicate.removeprefix("https://slsa.dev/").replace("/", " ")
    return "SBOM" if "spdx" in predicate.lower() or "cyclonedx" in predicate.lower() else predicate


def _size(size: int | None) -> str:
    """`60.7 MB (60718909)`: a rounded unit, and the bytes."""
    from reconstruct.show import units

    if size is None:
        return "unknown"
    return units.human(size) if size < 1000 else f"{units.human(size)} ({size})"
