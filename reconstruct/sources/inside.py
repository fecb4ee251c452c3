"""JSON that has an image's description somewhere inside, as an object or as a text of JSON.

Registries and orchestrators wrap what others print: ECR's `batch-get-image` has each manifest as a text, `crictl inspecti`,
`nerdctl image inspect --mode=native` and `oc get image` have the config among other things. The outermost values that a
form recognises are read, and those that complete each other become one image.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from reconstruct.errors import UnreadableError
from reconstruct.image import Image
from reconstruct.sources import config as configs
from reconstruct.sources import document, forms, inspect, joining, manifest
from reconstruct.sources.interface import Candidate, Document, Reading
from reconstruct.sources.limits import MAX_JOINED, MAX_VALUES
from reconstruct.typed import Any

NAME = "JSON around an image"

# How deep, and in how many values, an image is looked for. The wrappings above have it on the fifth level at most.
_DEEPEST = 8
_MOST = 5_000
# A value, its path as jq writes it, and the object that holds it.
_Place = tuple[Any, str, Mapping[str, Any]]
_SETTINGS = frozenset({"config", "containerconfig", "container_config"})


def recognises(value: object) -> bool:
    """By an object with anything inside that another form recognises."""
    return isinstance(value, Mapping) and next(_parts(value, Reading("")), None) is not None


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """The images inside, in the order in which they stand there."""
    parts = list(_parts(document.mapping(value), reading))[:MAX_JOINED]
    candidates = [candidate for part in parts for candidate in part.candidates(found, reading)]
    reading.note("read from " + ", ".join(part.path for part in parts[:3]) + (", …" if len(parts) > 3 else ""))
    return joining.combine(candidates, reading) if len(parts) > 1 else candidates


class _Part:
    """One value inside that a form reads: the form, the value, its path as jq writes it, and the object that holds it."""

    def __init__(self, form: forms.ValueForm, value: Any, path: str, holder: Mapping[str, Any]) -> None:
        self.path = path
        self._form = form
        self._value = value
        self._holder = holder

    def candidates(self, found: Document, reading: Reading) -> list[Candidate]:
        layers = self._holder.get("layers")
        if configs.is_config(self._value) and isinstance(layers, list) and not manifest.is_manifest(self._holder):
            return [Candidate(self._with_layers)]
        tags = tuple(_names(self._holder))
        read = self._form.images(self._value, found, reading)
        return [_named(candidate, tags) for candidate in read] if tags else read

    def _with_layers(self) -> Image:
        """A config beside a list of its layers' descriptors (`oc image info -o json`)."""
        layers = manifest.layers(self._holder)
        count = len(document.sequence(document.mapping(self._value.get("rootfs")).get("diff_ids")))
        digest = document.optional_string(self._holder.get("digest"))
        return configs.to_image(self._value, layers if len(layers) == count else (), digest=digest)


def _names(holder: Mapping[str, Any]) -> Iterator[str]:
    """An image's name in ECR's answer."""
    tag = document.string(document.mapping(holder.get("imageId")).get("imageTag"))
    name = document.string(holder.get("repositoryName"))
    if tag and name:
        yield f"{name}:{tag}"


def _named(candidate: Candidate, tags: tuple[str, ...]) -> Candidate:
    candidate.tags = candidate.tags or tags
    return candidate


def _parts(top: Mapping[str, Any], reading: Reading) -> Iterator[_Part]:
    """The outermost values that a form recognises, breadth first."""
    looked_at = 0
    texts = _Texts(reading)
    level = list(itertools.islice(_within(top, ""), _MOST))
    for _ in range(_DEEPEST):
        below: list[_Place] = []
        for value, path, holder in level:
            looked_at += 1
            value = texts.parsed(value)
            form = _form(value, path) if isinstance(value, (Mapping, list)) else None
            if form is not None:
                yield _Part(form, value, path, holder)
                continue
            # Never more than will be looked at.
            room = max(_MOST - looked_at - len(below), 0)
            if isinstance(value, Mapping):
                below += itertools.islice(_within(value, path), room)
            elif isinstance(value, list):
                below += ((item, f"{path}[{number}]", holder) for number, item in enumerate(value[:room]))
        level = below[: max(_MOST - looked_at, 0)]


def _within(value: Mapping[str, Any], path: str) -> Iterator[_Place]:
    return ((item, f"{path}.{key[:60]}", value) for key, item in value.items())


class _Texts:
    """The JSON in texts: in all of them together as much as a document may hold."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        self._room = MAX_VALUES

    def parsed(self, value: Any) -> Any:
        """The JSON in a text, if it is an object or a list; anything else unchanged."""
        if not isinstance(value, str) or value[:100].lstrip()[:1] not in ("{", "["):
            return value
        self._room -= document.structure(value)
        if self._room < 0:
            return value
        try:
            return self._reading.documents.parse(value, self._reading.label)
        except UnreadableError:
            return value


def _form(value: Any, path: str) -> forms.ValueForm | None:
    """The form of a value inside: settings alone only where a config has them, since their keys are common elsewhere."""
    if not value or (inspect.is_settings(value) and path.rpartition(".")[2].lower() not in _SETTINGS):
        return None
    return next((form for form in _candidates() if form.recognises(value)), None)


def _candidates() -> Sequence[forms.ValueForm]:
    own = {NAME, "provenance"}
    return [form for form in forms.of_values() if form.NAME not in own]
