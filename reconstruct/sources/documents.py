"""JSON and text inputs: each value is read by the form that recognises it, and values that complete each other are merged."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.errors import UnreadableError
from reconstruct.sources import forms, history, joining, manifest
from reconstruct.sources.interface import Candidate, Document, Reading
from reconstruct.typed import Any


def images(found: Document, reading: Reading) -> list[Candidate]:
    """Every image that a document describes. UnreadableError if no form recognises it."""
    candidates: list[Candidate] = []
    if found.text.strip():
        candidates += _from_text(found, reading)
    for value in _grouped(found.values):
        candidates += _from_value(value, found, reading)
    if len(candidates) > 1 and len(found.values) + bool(found.text.strip()) > 1:
        return joining.combine(candidates, reading)
    return candidates


def name_of(found: Document) -> str:
    """The name of a document's form for `reconstruct list`."""
    if found.text.strip():
        known = next((form.NAME for form in forms.of_texts() if form.recognises_text(found.text)), None)
        if known is not None:
            return known
        from reconstruct.sources import wrapped

        found = Document(found.label, wrapped.values(found.text, found.label))
    names = [_name(value) for value in _grouped(found.values)]
    return " and ".join(dict.fromkeys(names)) or "text"


def _name(value: Any) -> str:
    return next((form.NAME for form in forms.of_values() if form.recognises(value)), "JSON")


def _grouped(values: Sequence[Any]) -> list[Any]:
    """The values, with a history printed as JSON lines gathered into one list."""
    grouped: list[Any] = []
    lines: list[Any] | None = None
    for value in values:
        if history.is_entry(value):
            if lines is None:
                lines = []
                grouped.append(lines)
            lines.append(value)
        else:
            lines = None
            grouped.append(value)
    return grouped


def _from_value(value: Any, found: Document, reading: Reading) -> list[Candidate]:
    for spelt in (value, manifest.normal(value)):
        for form in forms.of_values():
            if form.recognises(spelt):
                return form.images(spelt, found, reading)
    if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        # An array of documents, e.g. what `jq -s` gathers.
        return [candidate for item in value for candidate in _from_value(item, found, reading)]
    from reconstruct.sources import mistakes

    what = mistakes.value(value)
    raise UnreadableError(f"{reading.label}: {what or f'JSON, but not an image: {_described(value)}'}")


def _described(value: Any) -> str:
    if isinstance(value, dict):
        keys = ", ".join(repr(key[:40]) for key in list(value)[:4])
        return f"an object with {keys}" if keys else "an empty object"
    if isinstance(value, list):
        return f"a list of {len(value)}" if value else "an empty list"
    return f"a {type(value).__name__}"


def _from_text(found: Document, reading: Reading) -> list[Candidate]:
    for form in forms.of_texts():
        if form.recognises_text(found.text):
            return form.images_of_text(found.text, reading)
    from reconstruct.sources import mistakes, wrapped

    told = None
    if values := wrapped.values(found.text, reading.label):
        try:
            return images(Document(found.label, values, folder=found.folder), reading)
        except UnreadableError as error:
            told = error
    what = mistakes.text(found.text)
    if what is None and told is not None:
        raise told
    what = what or "unknown format: not an archive, not JSON, and no known text form"
    raise UnreadableError(f"{reading.label}: {what}")
