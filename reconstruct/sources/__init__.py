"""From every saved form to an Image. Forms are detected by content; a form's module is imported when it is needed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from os import PathLike

from reconstruct.errors import ReconstructError, UnreadableError
from reconstruct.image import Image
from reconstruct.record import replace
from reconstruct.sources.interface import Candidate, Document, Reading
from reconstruct.sources.limits import MAX_STEPS
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.sources.files import Files
    from reconstruct.sources.layers import Opened, Stored


def load(
    source: Any,
    *,
    manifest: Any = None,
    platform: str | None = None,
    tag: str | None = None,
    strict: bool = False,
) -> Image:
    """Reads one image from any saved form.

    `source`: a path (`-` is standard input), bytes, a binary file, parsed JSON; or a list of such, of which each tells
    something of the same image (`docker history` and `docker image inspect`), and which are joined. `manifest` is one
    more of these. `platform` and `tag` (a name, a tag, the start of an ID) choose if there are several images.
    `strict` makes doubts (a digest that doesn't fit) errors.

    Raises UnreadableError if it isn't an image, NotFoundError if nothing matches the choice.
    """
    image, _, reading = _joined(source, manifest, platform, tag, strict, contents=False)
    reading.close()
    return image


def open_image(
    source: Any,
    *,
    manifest: Any = None,
    platform: str | None = None,
    tag: str | None = None,
    strict: bool = False,
) -> Opened:
    """Reads one image like `load`, and keeps the saved form open for its layers; a context manager.

    Raises NotFoundError if the input has no layer of the image.
    """
    from reconstruct.sources.layers import Opened

    image, stored, reading = _joined(source, manifest, platform, tag, strict, contents=True)
    try:
        return Opened(image, layers_of(image, stored, reading.label, strict), reading)
    except Exception:
        reading.close()
        raise


def layers_of(
    image: Image, stored: Callable[[], tuple[Stored | None, ...]] | None, label: str, strict: bool = False
) -> tuple[Stored | None, ...]:
    """The image's stored layers, from its candidate's `stored`. Raises NotFoundError if there are none, or not
    as many as the image has; with `strict`, UnreadableError for one with another digest than the config's."""
    from reconstruct.errors import NotFoundError

    layers = stored() if stored is not None else ()
    if len(layers) == len(image.layers) and (not layers or any(layers)):
        if strict:
            from reconstruct.sources.layers import check_digests

            check_digests(image, layers, label)
        return layers
    if layers and any(layers):
        raise NotFoundError(f"{label}: {len(layers)} layers found, but the image's config lists {len(image.layers)}")
    raise NotFoundError(f"{label}: it contains no layers; use an archive, an OCI layout or an engine's store")


def _joined(
    source: Any, manifest: Any, platform: str | None, tag: str | None, strict: bool, contents: bool
) -> tuple[Image, Callable[[], tuple[Stored | None, ...]] | None, Reading]:
    """The image, its stored layers, and the reading of the first input, still open."""
    parts = [*source] if is_list_of_parts(source) else [source]
    if manifest is not None:
        parts.append(manifest)
    candidate, reading = _chosen(parts[0], platform, tag, strict, contents)
    stored = candidate.stored
    try:
        for part in parts[1:]:
            candidate = _completed(candidate, reading, part, platform or _platform(candidate.image), strict)
        return image_of(candidate, reading), stored, reading
    except Exception:
        reading.close()
        raise


def image_of(candidate: Candidate, reading: Reading) -> Image:
    """The image of one candidate, with the remarks on the input and on the image.

    Raises UnreadableError if it can't be read, or has more entries or layers than any real image.
    """
    image = candidate.image
    if (image.has_history and len(image.history) > MAX_STEPS) or len(image.layers) > MAX_STEPS:
        raise UnreadableError(f"{reading.label}: more than {MAX_STEPS:,} history entries or layers")
    notes = tuple(dict.fromkeys((*reading.notes, *image.notes, *_unknown(image))))
    return replace(image, source=image.source or reading.label, notes=notes)


def is_list_of_parts(source: Any) -> bool:
    """Whether a list holds inputs, and isn't itself parsed JSON (a list of objects)."""
    return (
        isinstance(source, (list, tuple))
        and bool(source)
        and all(isinstance(part, (str, bytes, PathLike)) or hasattr(part, "read") for part in source)
    )


def read(source: Any, *, strict: bool = False, contents: bool = False) -> tuple[list[Candidate], Reading, str]:
    """Every image in an input, unread if possible; the reading with its notes; the form's name.

    `contents`: layers will be opened, so an input that can be read only once is kept.
    """
    from reconstruct.sources.opening import label_of, open_source

    reading = Reading(label_of(source), strict, contents)
    try:
        found = open_source(source, reading)
        if isinstance(found, Document):
            reading.close()
            candidates, form = _from_document(found, reading)
        else:
            candidates, form = _from_files(found, reading)
        if not candidates:
            raise UnreadableError(f"{reading.label}: it contains no image")
        for candidate in (*candidates, *reading.attached):
            candidate.reading = reading
    except Exception as error:
        reading.close()
        reading.explain(error)
        raise
    return candidates, reading, form


def holds_image(source: Any) -> bool:
    """Whether `source` is a saved form that claims to hold an image; its images aren't read."""
    try:
        _, reading, _ = read(source)
    except ReconstructError:
        return False
    reading.close()
    return True


def is_saved_form(folder: str) -> bool:
    """Whether a directory is itself a saved form, even a broken one: its error is more useful than walking its blobs."""
    marks = ("oci-layout", "index.json", "manifest.json")
    return holds_image(folder) or any(os.path.isfile(os.path.join(folder, name)) for name in marks)


def _chosen(
    source: Any, platform: str | None, tag: str | None, strict: bool, contents: bool = False
) -> tuple[Candidate, Reading]:
    candidates, reading, _ = read(source, strict=strict, contents=contents)
    if len(candidates) == 1 and platform is None and tag is None:
        return candidates[0], reading
    from reconstruct.sources.selection import choose

    return choose(candidates, platform, tag, reading), reading


def _completed(candidate: Candidate, reading: Reading, part: Any, platform: str | None, strict: bool) -> Candidate:
    """The candidate, completed by another input of the same image."""
    from reconstruct.errors import NotFoundError
    from reconstruct.sources.joining import require_one

    try:
        further, more = _chosen(part, platform, None, strict)
    except NotFoundError:
        further, more = _chosen(part, None, None, strict)
    for note in more.notes:
        reading.note(note)
    return require_one(candidate, further, reading.label, more.label)


def _platform(image: Image) -> str | None:
    return image.platform if image.architecture else None


def _unknown(image: Image) -> Sequence[str]:
    """Notes on what the input doesn't provide at all."""
    notes = []
    if not image.has_history and image.has_config:
        notes.append(
            "no history: the config is known, but not the steps that set it; "
            "add the output of `docker history --no-trunc --format json IMAGE`"
        )
    elif not image.has_history:
        notes.append(
            "neither history nor config: only the layers are known; "
            "add the output of `skopeo inspect --config docker://IMAGE` (or crane config)"
        )
    return notes


def _from_files(files: Files, reading: Reading) -> tuple[list[Candidate], str]:
    from reconstruct.sources import forms
    from reconstruct.sources.files import Archive, Inside

    sets = [files]
    if isinstance(files, Archive) and len(top := files.listing("")) == 1:
        sets.append(Inside(files, top[0]))
    for found in sets:
        for form in forms.of_files():
            if form.recognises_files(found):
                for oddity in found.oddities:
                    reading.note(oddity)
                return form.images_of_files(found, reading), form.NAME
    from reconstruct.sources import mistakes

    what = (
        mistakes.files(sets[0])
        or mistakes.files(sets[-1])
        or "not a saved image: it has neither manifest.json nor index.json"
    )
    raise UnreadableError(f"{reading.label}: {what}")


def _from_document(found: Document, reading: Reading) -> tuple[list[Candidate], str]:
    from reconstruct.sources import config

    # The commonest form needs nothing of the others.
    if len(found.values) == 1 and config.is_config(found.values[0]):
        return config.images(found.values[0], found, reading), config.NAME
    from reconstruct.sources import documents

    return documents.images(found, reading), documents.name_of(found)
