"""Finds an image's bases in a catalogue: by the chain of diff IDs and the history, else by the history only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from reconstruct.base.catalogue.keys import Entry, history_keys, layer_keys, times_key
from reconstruct.base.model import Claim, Source
from reconstruct.image import Image
from reconstruct.syntax import Certainty
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.base.catalogue.store import Catalogue

_LAYERS_AND_HISTORY = "in the catalogue, by its layers and history"
_HISTORY = "in the catalogue, by its history; its layers are unknown"
_OTHER_BUILD = "in the catalogue, by its history; its layers are from another build"
_LAYERS = "in the catalogue, by its layers; its history differs"


def claims(catalogue: Catalogue, image: Image) -> list[Claim]:
    """A claim for every position where an image of the catalogue ends in the history of `image`."""
    of_history, of_layers = history_keys(image.history), layer_keys(image)
    made = _layers_made(image)
    found = list(_by_history(catalogue, image, of_history, of_layers, made))
    told = {claim.entries for claim in found}
    found += [claim for claim in _by_layers(catalogue, of_layers, made) if claim.entries not in told]
    return found


def _layers_made(image: Image) -> list[int]:
    """The number of layers that the first n entries made, for n from 0."""
    counts = [0]
    for entry in image.history:
        counts.append(counts[-1] + (not entry.empty_layer))
    return counts


def _by_history(
    catalogue: Catalogue, image: Image, keys: Sequence[bytes], layers: Sequence[bytes], made: Sequence[int]
) -> Iterator[Claim]:
    known = catalogue.with_history(keys)
    for end, key in enumerate(keys, 1):
        if key in known:
            count = made[end]
            mine = layers[count - 1] if 0 < count <= len(layers) else b""
            alike = catalogue.alike(key, mine, times_key(image.history[:end]))
            yield _claim(alike, end, mine, times_key(image.history[:end]))


def _claim(alike: Sequence[Entry], end: int, layers: bytes, times: bytes) -> Claim:
    """The claim for images with one history; only for those that share the layers or the times too, if any do."""
    exact = [entry for entry in alike if layers and entry.layers_key == layers]
    best = exact or [entry for entry in alike if entry.times_key == times] or list(alike)
    names = tuple(dict.fromkeys(name for entry in best for name in entry.names))
    if exact:
        reason, certainty = _LAYERS_AND_HISTORY, Certainty.EXACT
    else:
        compared = bool(layers and best[0].layers_key)
        reason, certainty = _OTHER_BUILD if compared else _HISTORY, Certainty.INFERRED
    digest = best[0].digest if exact and len(best) == 1 else None
    return Claim(Source.CATALOGUE, reason, names[0], end, certainty, names, digest)


def _by_layers(catalogue: Catalogue, keys: Sequence[bytes], made: Sequence[int]) -> Iterator[Claim]:
    """For images known only by their layers: they end with the entry that made the last of these."""
    known = catalogue.with_layers(keys)
    for count, key in enumerate(keys, 1):
        if key in known and count in made:
            first = made.index(count)
            last = len(made) - 1 - made[::-1].index(count)
            for entry in catalogue.of_layers(key):
                end = entry.entries if first <= entry.entries <= last else first
                yield Claim(Source.CATALOGUE, _LAYERS, entry.names[0], end, Certainty.INFERRED, entry.names)
