"""What every form is to the rest: a module that says whether it can read this, which images are held, and gives one.

A form module defines

    NAME: str                                         # as `reconstruct list` prints it
    def recognises(found: …) -> bool                  # by the content alone
    def images(found: …, reading: Reading) -> list[Candidate]

where `found` is a `Files` (folder or archive) or a `Document` (JSON values, or a text).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, BinaryIO

from reconstruct.errors import UnreadableError
from reconstruct.image import Image


@dataclass(slots=True)
class Reading:
    """One reading of an input: its name for messages, how strict it is, and the notes it gathers."""

    label: str
    strict: bool = False
    notes: list[str] = field(default_factory=list)
    opened: list[BinaryIO] = field(default_factory=list)

    def close(self) -> None:
        """Closes the files that were opened for this reading; images read from them stay whole."""
        for file in self.opened:
            file.close()

    def doubt(self, note: str) -> None:
        """Something is wrong that does not stop the reading: a note; with `strict`, an error."""
        if self.strict:
            raise UnreadableError(f"{self.label}: {note}")
        if note not in self.notes:
            self.notes.append(note)

    def note(self, note: str) -> None:
        if note not in self.notes:
            self.notes.append(note)


@dataclass(frozen=True, slots=True)
class Document:
    """What a text or JSON input holds: its JSON values in order, and the text that is no JSON (a printed table)."""

    label: str
    values: tuple[Any, ...] = ()
    text: str = ""
    folder: str | None = None
    data: bytes | None = None


@dataclass(frozen=True)
class Candidate:
    """One image that an input holds: what is known before it is read, to choose by; `read` gives the image.

    `saved` is the document where that is the image config itself.
    """

    read: Callable[[], Image]
    tags: tuple[str, ...] = ()
    os: str | None = None
    architecture: str | None = None
    variant: str | None = None
    os_version: str | None = None
    digest: str | None = None
    image_id: str | None = None
    index_digest: str | None = None
    saved: Document | None = None

    @cached_property
    def image(self) -> Image:
        """The image, read once, with the names that the input gives it."""
        image = self.read()
        return replace(image, tags=self.tags) if self.tags and image.tags != self.tags else image
