"""The interface of all forms: a module that says whether it can read an input, lists its images, and reads them.

A form module defines

    NAME: str                                         # as `reconstruct list` prints it
    def recognises(found: …) -> bool                  # by the content alone
    def images(found: …, reading: Reading) -> list[Candidate]

where `found` is a `Files` (folder or archive) or a `Document` (JSON values, or a text).
"""

from __future__ import annotations

from collections.abc import Callable

from reconstruct.errors import UnreadableError
from reconstruct.record import dataclass
from reconstruct.sources.limits import MAX_ALL_STEPS, OverLimitError
from reconstruct.typed import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from reconstruct.image import Image
    from reconstruct.sources.layers import Stored
    from reconstruct.sources.parsed import Documents


class Remarks:
    """Remarks on one image while it is read: notes for people; doubts, which are notes too unless `silent`."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.doubts: list[str] = []

    def note(self, note: str) -> None:
        """Adds a note, once."""
        if note not in self.notes:
            self.notes.append(note)

    def doubt(self, doubt: str, silent: bool = False) -> None:
        """`silent`: a later stage reports it anyway (a report, if counts differ)."""
        if doubt not in self.doubts:
            self.doubts.append(doubt)
        if not silent:
            self.note(doubt)


class Reading:
    """One reading of an input: its name for messages, whether it is strict, and the notes it collects.

    `contents`: the layers will be opened, so inputs that can be read only once are kept.
    """

    def __init__(self, label: str, strict: bool = False, contents: bool = False) -> None:
        self.label = label
        self.contents = contents
        self.strict = strict
        self.notes: list[str] = []
        self._noted: set[str] = set()
        self.opened: list[BinaryIO] = []
        self._documents: Documents | None = None
        self._latest: Candidate | None = None
        self._steps = 0
        # What an index lists besides images (attestations), which only a page about the whole index shows.
        self.attached: list[Candidate] = []
        # The text of an input that is a repo-info page itself.
        self.page: str | None = None

    @property
    def documents(self) -> Documents:
        """The JSON documents of this reading, each parsed once."""
        if self._documents is None:
            from reconstruct.sources.parsed import Documents

            self._documents = Documents(self.label)
        return self._documents

    def check_steps(self) -> None:
        """Raises UnreadableError if the images read so far have more steps than a reading may take time for."""
        if self._steps > MAX_ALL_STEPS:
            raise UnreadableError(f"{self.label}: its images have more than {MAX_ALL_STEPS:,} steps in all")

    def latest(self, candidate: Candidate, steps: int) -> None:
        """Only the image read last is kept, so that inputs with thousands of images are processed one by one."""
        self._steps += steps
        if self._latest is not None and self._latest is not candidate:
            self._latest.forget()
        self._latest = candidate

    def close(self) -> None:
        """Closes the files opened for this reading; images read from them stay usable."""
        for file in self.opened:
            file.close()
        # It knows this reading: a circle, which would hold the whole input until the next search for garbage.
        self._latest = None

    def doubt(self, note: str) -> None:
        """Reports a fault that doesn't stop the reading: a note; with `strict`, an error."""
        if self.strict:
            raise UnreadableError(f"{self.label}: {note}")
        self.note(note)

    def note(self, note: str) -> None:
        """Adds a note on the whole input, once."""
        if note not in self._noted:
            self._noted.add(note)
            self.notes.append(note)

    def explain(self, error: Exception) -> None:
        """Adds the notes so far to an error that ends the reading (PEP 678)."""
        for note in self.notes:
            if note not in getattr(error, "__notes__", ()):
                error.add_note(note)


@dataclass(frozen=True)
class Document:
    """A text or JSON input: its JSON values in order, and the text that isn't JSON (a printed table).

    `folder` is the file's directory and `data` its bytes, if it was a file.
    """

    label: str
    values: tuple[Any, ...] = ()
    text: str = ""
    folder: str | None = None
    data: bytes | None = None


class Candidate:
    """One image in an input: what is known before it is read, for choosing; `read` gives the image.

    `order` is its position in an index's list. `saved` is the document if it is the image config itself. `stored` has the
    image's stored layers in order, None for absent ones. `covered`: the image is part of a long line of images, of which only
    those at its end are processed. Unknown values are None or empty.
    """

    def __init__(
        self,
        read: Callable[[], Image],
        *,
        tags: tuple[str, ...] = (),
        os: str | None = None,
        architecture: str | None = None,
        variant: str | None = None,
        os_version: str | None = None,
        digest: str | None = None,
        image_id: str | None = None,
        index_digest: str | None = None,
        saved: Document | None = None,
        stored: Callable[[], tuple[Stored | None, ...]] | None = None,
        covered: Callable[[], bool] | None = None,
        order: int = 0,
    ) -> None:
        self.tags = tags
        self.os = os
        self.architecture = architecture
        self.variant = variant
        self.os_version = os_version
        self.digest = digest
        self.image_id = image_id
        self.index_digest = index_digest
        self.saved = saved
        self.stored = stored
        self.covered = covered
        self.order = order
        self._read = read
        self._image: Image | None = None
        self.reading: Reading | None = None

    @property
    def image(self) -> Image:
        """The image, read once, with its names in the input and the notes of the reading.

        Raises UnreadableError if the reading is strict and something about the image is in doubt.
        """
        if self._image is None:
            before = len(self.reading.notes) if self.reading else 0
            if self.reading is not None:
                self.reading.check_steps()
            try:
                image = self._read()
            except OverLimitError as error:
                label = f"{self.reading.label}: " if self.reading is not None else ""
                raise UnreadableError(f"{label}{error}") from None
            except Exception as error:
                if self.reading is not None:
                    self.reading.explain(error)
                raise
            notes = image.notes
            if self.reading is not None:
                for doubt in image.doubts if self.reading.strict else ():
                    self.reading.doubt(doubt)
                notes = tuple(dict.fromkeys((*image.notes, *self.reading.notes[before:])))
            tags = self.tags or image.tags
            if (tags, notes) != (image.tags, image.notes):
                from reconstruct.record import replace

                image = replace(image, tags=tags, notes=notes)
            self._image = image
            if self.reading is not None:
                self.reading.latest(self, len(image.history) + len(image.layers))
        return self._image

    def forget(self) -> None:
        """Drops the image; it is read again on the next access."""
        self._image = None
