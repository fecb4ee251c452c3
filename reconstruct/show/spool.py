"""Text that is printed after later text: kept in memory while it is short, then in an unnamed file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

from reconstruct.typed import Self

_IN_MEMORY = 1 << 20
_CHUNK = 1 << 16


class Spool:
    """Text in the order written, read once at the end; a context manager that removes it."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+b")  # noqa: SIM115 - closed by `__exit__`

    def write(self, text: str) -> None:
        """Adds `text`."""
        self._file.write(text.encode("utf-8", "surrogatepass"))

    def pieces(self) -> Iterator[str]:
        """All text written, in pieces that end at line ends, so that each can be shown on its own."""
        self._file.seek(0)
        while lines := self._file.readlines(_CHUNK):
            yield b"".join(lines).decode("utf-8", "surrogatepass")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
