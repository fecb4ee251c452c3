"""One image out of several inputs: `docker history` and `docker inspect`, a config and its manifest or provenance."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from reconstruct.digest import sha256_hex
from reconstruct.errors import UnreadableError
from reconstruct.image import Image, Layer
from reconstruct.record import replace
from reconstruct.sources.interface import Candidate, Document, Reading
from reconstruct.sources.limits import MAX_JOINED
from reconstruct.typed import Any

# Fields for which the first input that has them wins.
_SCALARS = (
    "created",
    "author",
    "docker_version",
    "image_id",
    "digest",
    "media_type",
    "index_digest",
    "index_media_type",
    "tags",
    "provenance",
    "annotations",
    "raw_config",
)


def kinds(image: Image) -> frozenset[str]:
    """The kinds of facts in an image's input: inputs with different kinds may belong to one image."""
    known = {"history"} if image.has_history else set()
    if image.has_config:
        known.add("config")
    if not known and image.layers:
        known.add("manifest")
    if not known and image.provenance:
        known.add("provenance")
    return frozenset(known)


def combine(candidates: Sequence[Candidate], reading: Reading) -> list[Candidate]:
    """The candidates of one input's documents, merged where they complete each other, in the order of the first."""
    if len(candidates) > MAX_JOINED:
        reading.note(f"{len(candidates):,} documents: over {MAX_JOINED}, the parts of one image are not merged")
        return list(candidates)
    found: list[Candidate] = []
    for candidate in candidates:
        for number, known in enumerate(found):
            if _completes(known.image, candidate.image) and conflict(known, candidate) is None:
                found[number] = joined(known, candidate)
                break
        else:
            found.append(candidate)
    return found


def _completes(one: Image, other: Image) -> bool:
    """Whether two inputs have different kinds of facts, or a printed history has the sizes that a history lacks."""
    shared = kinds(one) & kinds(other)
    if not shared:
        return True
    printed = frozenset({"history"})
    return (
        shared == printed
        and printed in (kinds(one), kinds(other))
        and [entry.created_by for entry in one.history] == [entry.created_by for entry in other.history]
    )


def joined(first: Candidate, second: Candidate) -> Candidate:
    """One candidate for two inputs of one image; reads both."""
    image = join(first.image, second.image)
    return Candidate(
        lambda: image,
        tags=image.tags,
        digest=image.digest,
        image_id=image.image_id,
        saved=first.saved or second.saved,
    )


def conflict(first: Candidate, second: Candidate) -> str | None:
    """Why two inputs can't describe one image; None if nothing contradicts it."""
    one, other = first.image, second.image
    for config, manifest in ((first, other), (second, one)):
        bare = not (manifest.has_config or manifest.has_history)
        saved, identity = config.saved, manifest.image_id
        if bare and saved is not None and identity and saved_as(saved, identity) is False:
            return f"that manifest is for another config, {identity}"
    certain = [image for image in (one, other) if image.layers and not _guessed(image)]
    if len(certain) == 2:
        if len(one.layers) != len(other.layers):
            return f"{len(other.layers)} layers there, {len(one.layers)} here"
        if any(_differ(a, b) for a, b in zip(one.layers, other.layers, strict=True)):
            return "the layers differ"
    if one.image_id and other.image_id and one.image_id != other.image_id and kinds(other) <= {"history"}:
        return f"its ID is {other.image_id}"
    return None


def _differ(one: Layer, other: Layer) -> bool:
    pairs = ((one.diff_id, other.diff_id), (one.digest, other.digest))
    return any(a is not None and b is not None and a != b for a, b in pairs)


def _guessed(image: Image) -> bool:
    """Whether the layers are only guessed from a printed history."""
    return (
        image.has_history
        and not image.has_config
        and all(layer.digest is None and layer.diff_id is None for layer in image.layers)
    )


def join(first: Image, second: Image) -> Image:
    """The image that both inputs describe: the first one's facts, completed by the second."""
    if _guessed(first) and not _guessed(second):
        first = _aligned(first, second)
    elif _guessed(second) and not _guessed(first):
        second = _aligned(second, first)
    config = first if first.has_config or not (second.has_config or second.config) else second
    history = first if first.has_history or not second.has_history else second
    other = second if history is first else first
    known = {name: getattr(first, name) or getattr(second, name) for name in _SCALARS}
    layers = _layers(first, second)
    if known["provenance"] is not None:
        from reconstruct.sources.provenance import with_lines

        known["provenance"] = with_lines(known["provenance"], layers)
    platform = config if config.architecture else first if first.architecture else second
    # A config's time has nanoseconds, a printed one only seconds.
    known["created"] = config.created or known["created"]
    return replace(
        first,
        **known,
        config=config.config,
        history=_with_sizes(history, other),
        layers=layers,
        os=platform.os,
        os_version=platform.os_version,
        architecture=platform.architecture,
        variant=platform.variant,
        notes=tuple(dict.fromkeys((*first.notes, *second.notes))),
        doubts=tuple(dict.fromkeys((*first.doubts, *second.doubts))),
        attestations=tuple(dict.fromkeys((*first.attestations, *second.attestations))),
        has_history=first.has_history or second.has_history,
        has_config=first.has_config or second.has_config,
    )


def _aligned(guessed: Image, certain: Image) -> Image:
    """A printed history whose empty layers are marked again, now that the number of layers is known."""
    from reconstruct.sources.history import with_layers

    if certain.has_history and len(certain.history) == len(guessed.history):
        pairs = zip(guessed.history, certain.history, strict=True)
        history = tuple(replace(entry, empty_layer=known.empty_layer) for entry, known in pairs)
        layers = tuple(Layer(size=entry.size) for entry in history if not entry.empty_layer)
        return replace(guessed, history=history, layers=layers)
    if certain.has_history or not certain.layers:
        return guessed
    if not guessed.history or len(guessed.layers) == len(certain.layers):
        return guessed
    if any(layer.digest or layer.diff_id for layer in guessed.layers):
        return guessed
    if all(entry.size is None for entry in guessed.history):
        return guessed
    return with_layers(guessed, len(certain.layers))


def _with_sizes(image: Image, other: Image) -> tuple[Any, ...]:
    """The history, with the sizes that the other input's entries have."""
    if len(image.history) != len(other.history):
        return image.history
    return tuple(
        replace(entry, size=entry.size if entry.size is not None else more.size)
        for entry, more in zip(image.history, other.history, strict=True)
    )


def _layers(first: Image, second: Image) -> tuple[Layer, ...]:
    if not first.layers or not second.layers:
        return first.layers or second.layers
    if len(first.layers) != len(second.layers):
        return second.layers if _guessed(first) else first.layers
    return tuple(_layer(a, b) for a, b in zip(first.layers, second.layers, strict=True))


def _layer(one: Layer, other: Layer) -> Layer:
    digest = one.digest or other.digest
    diff_id = one.diff_id or other.diff_id
    compressed = one.compressed_size if one.compressed_size is not None else other.compressed_size
    size = one.size if one.size is not None else other.size
    # A blob named by its diff ID is the tar itself.
    if size is None and digest is not None and digest == diff_id:
        size = compressed
    return Layer(
        digest=digest,
        diff_id=diff_id,
        media_type=one.media_type or other.media_type,
        compressed_size=compressed,
        size=size,
        urls=one.urls or other.urls,
        annotations=one.annotations or other.annotations,
        last_modified=one.last_modified or other.last_modified,
    )


def saved_as(saved: Document, digest: str) -> bool | None:
    """Whether a config document has this digest; None if it was rewritten, so that it can't be checked."""
    algorithm, _, value = digest.partition(":")
    if algorithm != "sha256" or not saved.values:
        return None
    forms = [_as_go_writes(saved.values[0])]
    if saved.data is not None:
        forms += [saved.data, saved.data.strip()]
    if any(sha256_hex(data) == value for data in forms):
        return True
    as_saved = saved.data is not None and b"\n" not in saved.data.strip()
    return False if as_saved else None


def _as_go_writes(value: Mapping[str, Any]) -> bytes:
    """Compact JSON with Go's escapes, which is how engines and builders write configs; `jq` and the like undo it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text = re.sub("[<>&\u2028\u2029]", lambda match: f"\\u{ord(match.group()):04x}", text)
    return text.encode("utf-8", "surrogatepass")


def require_one(first: Candidate, second: Candidate, label: str, other_label: str) -> Candidate:
    """The two merged. Raises UnreadableError if they don't describe one image."""
    if reason := conflict(first, second):
        raise UnreadableError(f"{other_label}: not part of the image in {label}: {reason}")
    return joined(first, second)
