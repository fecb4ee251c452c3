"""Masks the secrets of a build record in other output: the report, a comparison, a verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from reconstruct.audit.masking import Masker
from reconstruct.audit.secrets.suspicion import suspicious

if TYPE_CHECKING:
    from reconstruct.audit.shell import Command
    from reconstruct.image import HistoryEntry, Image
    from reconstruct.syntax import Step


def masker_of(*builds: tuple[Image, Sequence[Step] | Callable[[], Sequence[Step]] | None]) -> Masker:
    """Hides the secrets of these images as the audit finds them; false where there are none. Each image comes with its
    steps, with what gives them, or with None: then they are read where one of them can hold a secret."""
    masker = Masker()
    # The images that are compared have much in common, which is searched once.
    clean: set[str] = set()
    split: dict[tuple[str, str], tuple[Command, ...]] = {}
    for image, known in builds:
        settings = "\n".join([text for value in image.config.values() if value for text in _strings(value)])
        texts = [settings, *[_whole(entry) for entry in image.history]]
        found = suspicious(["" if text in clean else text for text in texts] if clean else texts)
        for place, entry in enumerate(image.history, 1):
            if place not in found:
                clean.update((texts[place], f"{entry.created_by}\n"))
        if not found:
            continue
        from reconstruct.audit.context import Context
        from reconstruct.audit.secrets.scan import scan
        from reconstruct.builders.reading import parse

        steps = tuple(parse(image) if known is None else known() if callable(known) else known)
        # Secrets in no entry are in the config.
        places = [at for at, step in enumerate(steps) if (0 if step.index is None else step.index + 1) in found]
        # Findings are registered with the masker.
        scan(Context(image, steps, masker=masker, split_texts=split), places)
    return masker


def _whole(entry: HistoryEntry) -> str:
    return f"{entry.created_by}\n{entry.comment}"


def _strings(value: object) -> list[str]:
    """The texts in a value of the config, those of a mapping with their keys, as LABEL sets them."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        found = [f"LABEL {key}={inner}" if isinstance(inner, str) else str(key) for key, inner in value.items()]
        return found + [text for inner in value.values() if inner for text in _strings(inner)]
    if isinstance(value, list | tuple):
        return [text for inner in value if inner for text in _strings(inner)]
    return []
