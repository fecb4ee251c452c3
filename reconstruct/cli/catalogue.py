"""`reconstruct catalogue`: a catalogue of the user's own images, so that they are recognised as bases."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from reconstruct.cli import declare, options, verbosity
from reconstruct.errors import ReconstructError, UnreadableError
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.base.catalogue import Catalogue, Entry


@declare.group("catalogue")
def command() -> None:
    """Keep a catalogue of your own images, so that FROM can name private bases.

    It is one SQLite file: --catalogue, else $RECONSTRUCT_CATALOGUE, else catalogue.sqlite in the user's data directory.
    """


@contextmanager
def _open(path: str | None, *, create: bool = False) -> Iterator[Catalogue]:
    from reconstruct.base.catalogue import Catalogue, location

    with Catalogue(location(path), create=create) as found:
        yield found


@command.command("add")
@declare.argument("images", metavar="IMAGE...", nargs=-1, required=True)
@declare.option(
    "--name", "names", multiple=True, metavar="NAME", help="A name of IMAGE, in addition to those saved with it."
)
@options.source_options
@options.catalogue_option
def add(
    images: tuple[str, ...],
    names: tuple[str, ...],
    manifest: str | None,
    platform: str | None,
    tag: str | None,
    strict: bool,
    catalogue: str | None,
) -> None:
    """Add images: saved forms of every kind, repo-info pages, JSON lines files, and directories of these.

    A line is an image config, or an object that has one as `image` and its names as `name` and `tags`. Images without a
    name are skipped, unless --name gives one.
    """
    from reconstruct.base.names import is_name

    for name in names:
        if not is_name(name):
            raise ReconstructError(f"--name {name!r}: not a valid image name")
    skipped: list[str] = []
    found = _entries(images, names, skipped, manifest=manifest, platform=platform, tag=tag, strict=strict)
    with _open(catalogue, create=True) as store:
        new, seen = store.add(found)
    for note in skipped:
        options.say(f"{note}: skipped")
    verbosity.tell(f"{_count(new)} added, {seen} already there")
    if not new and not seen:
        raise ReconstructError("nothing to add: no image has both a name and a history")


def _count(number: int) -> str:
    return f"{number} image{'' if number == 1 else 's'}"


def _entries(
    paths: Sequence[str],
    names: Sequence[str],
    skipped: list[str],
    *,
    manifest: str | None,
    platform: str | None,
    tag: str | None,
    strict: bool,
) -> Iterator[Entry]:
    """The images of all inputs. Files of a directory that aren't images are skipped and reported; elsewhere it is an error."""
    from reconstruct.base.catalogue import entry_of
    from reconstruct.fleet import inputs
    from reconstruct.fleet.reading import images

    inputs.require(paths)
    if (names or manifest is not None) and (len(paths) > 1 or inputs.is_many(paths[0])):
        raise ReconstructError("--name and --manifest take a single IMAGE")
    passed_over = inputs.PassedOver()
    for source in inputs.items(paths, passed_over, whole=True, lists="-" in paths and inputs.lists_paths()):
        try:
            if _is_lines(source.path):
                yield from _lines(source.path, skipped)
                continue
            for name, image in images(source, manifest=manifest, platform=platform, tag=tag, strict=strict):
                if isinstance(image, ReconstructError):
                    raise image
                entry = entry_of(image, names)
                if entry is None:
                    skipped.append(f"{name}: no name or no history")
                else:
                    yield entry
        except ReconstructError as error:
            if source.named:
                raise
            skipped.append(str(error))
    skipped += passed_over.notes()


def _is_lines(path: str) -> bool:
    return path.lower().endswith((".jsonl", ".ndjson"))


def _lines(path: str, skipped: list[str]) -> Iterator[Entry]:
    from reconstruct.base.catalogue import lines

    if path == "-":
        yield from lines.entries(sys.stdin.buffer, "standard input", skipped)
        return
    try:
        with open(path, "rb") as file:
            yield from lines.entries(file, path, skipped)
    except OSError as error:
        raise UnreadableError(f"{path}: can't be read: {error.strerror}") from error


@command.command("list")
@declare.argument("pattern", required=False)
@options.catalogue_option
@options.format_option("table", "json")
@options.output_option
def list_(pattern: str | None, catalogue: str | None, format_: str, output: str | None) -> None:
    """List the images, or those whose name matches PATTERN (`*` and `?` as in file names)."""
    from reconstruct.base.catalogue import lines

    with _open(catalogue) as store:
        found = tuple(store.entries(pattern))
    if format_ == "json":
        options.write("[" + ",\n".join(lines.written(found)) + "]", output)
        return
    from reconstruct import times
    from reconstruct.show import grid, moments
    from reconstruct.show.text import one_line

    rows = []
    for entry in found:
        made = times.parse(entry.created)
        when = moments.plain(made) if made else "unknown"
        layers = "unknown" if entry.layers is None else str(entry.layers)
        rows.append([str(entry.entries), layers, when, one_line(entry.platform), one_line(", ".join(entry.names))])
    head = ["Entries", "Layers", "Created (UTC)", "Platform", "Names"]
    options.write("\n".join(grid.grid(head, rows, "Entries Layers", None)), output)


@command.command("remove")
@declare.argument("names", metavar="NAME...", nargs=-1, required=True)
@options.catalogue_option
def remove(names: tuple[str, ...], catalogue: str | None) -> None:
    """Remove names, and images by ID or digest (sha256:…). An image without any names left is removed.

    Exits with 1 if a name isn't in the catalogue.
    """
    # A missing catalogue isn't created just to be found empty.
    with _open(catalogue):
        pass
    with _open(catalogue, create=True) as store:
        absent = [name for name in names if not store.remove(name)]
    for name in absent:
        options.say(f"{name}: not in the catalogue")
    if absent:
        sys.exit(1)


@command.command("export")
@options.catalogue_option
@options.output_option
def export(catalogue: str | None, output: str | None) -> None:
    """Write the catalogue as JSON lines, for `import` elsewhere: only keys and names, no steps of any image."""
    from reconstruct.base.catalogue import lines

    with _open(catalogue) as store:
        if output is not None and output != "-":
            options.write("\n".join(lines.written(store.entries())), output)
            return
        import click

        for line in lines.written(store.entries()):
            click.echo(line)


@command.command("import")
@declare.argument("files", metavar="FILE...", nargs=-1, required=True)
@options.catalogue_option
def import_(files: tuple[str, ...], catalogue: str | None) -> None:
    """Add the output of `export`; `-` is standard input. Lines with image configs are accepted too (see `add`)."""
    skipped: list[str] = []
    with _open(catalogue, create=True) as store:
        new = seen = 0
        for path in files:
            added = store.add(_lines(path, skipped))
            new, seen = new + added[0], seen + added[1]
    for note in skipped:
        options.say(f"{note}: skipped")
    verbosity.tell(f"{_count(new)} added, {seen} already there")
