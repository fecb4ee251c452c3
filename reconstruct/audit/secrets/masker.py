"""Masks the secrets of a build record in other output: the report, a comparison, a verdict."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reconstruct.audit.masking import Masker
from reconstruct.audit.secrets.suspicion import suspicious, texts_of
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.audit.shell import Command
    from reconstruct.image import Image
    from reconstruct.syntax import Step


def masker_of(*builds: tuple[Image, Sequence[Step] | Callable[[], Sequence[Step]] | None]) -> Masker:
    """Hides the secrets of these images as the audit finds them; false where there are none. Each image comes with its
    steps, with what gives them, or with None: then they are read where one of them can hold a secret."""
    masker = Masker()
    # The images that are compared have much in common, which is searched once.
    clean: set[str] = set()
    split: dict[tuple[str, str], tuple[Command, ...]] = {}
    for image, known in builds:
        texts = texts_of(image)
        found = suspicious(["" if text in clean else text for text in texts] if clean else texts)
        for place, entry in enumerate(image.history, 1):
            if place not in found:
                # The same entry without its comment as well: a predicted one often has none.
                clean.update((texts[place], f"{entry.created_by}\n"))
        if not found:
            continue
        from reconstruct.audit.context import Context
        from reconstruct.audit.secrets.scan import scan
        from reconstruct.builders.reading import parse

        steps = tuple(parse(image) if known is None else known() if callable(known) else known)
        # Findings are registered with the masker.
        scan(Context(image, steps, masker=masker, split_texts=split), found)
    return masker
