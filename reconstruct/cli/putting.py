"""Destinations for the results of many images: a file each, one stream for programs, or text with headings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from reconstruct.cli import folder
from reconstruct.typed import Protocol

# At most this many images are named in the summary.
MOST_NAMED = 10


class Sink(Protocol):
    """Takes each image's result; `end` comes when there are no more."""

    def put(self, name: str, text: bytes, status: int) -> None:
        """Takes the command's output for the image of that name, and its exit status."""

    def end(self, failed: int) -> None:
        """Prints closing remarks, when `failed` images gave an error instead."""


def sink(output_dir: str | None, ending: str, format_: str | None) -> Sink:
    """The destination: a directory, or else standard output in the manner of the format."""
    if output_dir is not None:
        return _Files(output_dir, ending)
    kinds = {"json": _Documents, "jsonl": _Lines, "csv": _Rows}
    return kinds.get(ending if ending == "json" else format_ or "", _Headed)()


class _Files:
    """One file per image."""

    def __init__(self, output_dir: str, ending: str) -> None:
        self._folder = folder.Folder(output_dir, ending)

    def put(self, name: str, text: bytes, status: int) -> None:
        self._folder.write(name, text)

    def end(self, failed: int) -> None:
        self._folder.tell()


class Folders:
    """One directory per image, written by the command itself; what it prints (`--dry-run`) goes to standard output."""

    def __init__(self, output_dir: str) -> None:
        self._path = output_dir
        self._written = 0

    def put(self, name: str, text: bytes, status: int) -> None:
        from reconstruct.cli import output

        output.write(text, None)
        self._written += not text

    def end(self, failed: int) -> None:
        from reconstruct.cli import options

        if self._written:
            options.write(f"{self._path}: {self._written:,} written")


class _Stream:
    """Standard output, image by image."""

    def __init__(self) -> None:
        self.first = True

    def put(self, name: str, text: bytes, status: int) -> None:
        from reconstruct.cli import output

        output.write(b"".join(self.lines(name, text)), None)
        self.first = False

    def end(self, failed: int) -> None:
        pass

    def lines(self, name: str, text: bytes) -> Iterator[bytes]:
        """The lines to write for an image."""
        raise NotImplementedError


class _Headed(_Stream):
    """Text below the image's name."""

    def lines(self, name: str, text: bytes) -> Iterator[bytes]:
        from reconstruct.show.text import one_line

        yield f"{'' if self.first else chr(10)}==> {one_line(name)} <==\n".encode("utf-8", "backslashreplace")
        yield text


class _Documents(_Stream):
    """One document per line, so that readers needn't wait for the last; newlines in JSON are only indentation."""

    def lines(self, name: str, text: bytes) -> Iterator[bytes]:
        yield from (line.strip() for line in text.splitlines())
        yield b"\n"


class _Lines(_Stream):
    """JSON lines; each object starts with the image's name."""

    def lines(self, name: str, text: bytes) -> Iterator[bytes]:
        from reconstruct.show.text import json_line

        head = f'{{"image": {json_line(name)}, '.encode()
        yield from (head + line[1:] for line in text.splitlines(keepends=True))


class _Rows(_Stream):
    """Comma-separated values under one header; the first column is the image's name."""

    def lines(self, name: str, text: bytes) -> Iterator[bytes]:
        import csv
        import io

        from reconstruct.show.text import csv_cell

        target = io.StringIO()
        csv.writer(target, lineterminator="").writerow([csv_cell(name)])
        cell = target.getvalue().encode("utf-8", "backslashreplace")
        # Our cells never contain a newline (`csv_cell`).
        head, *rows = text.splitlines(keepends=True) or [b""]
        if self.first:
            yield b"image," + head
        yield from (cell + b"," + row for row in rows)


class Verdicts:
    """Many verdicts as text: the number of each, the first names, then each image's text."""

    def __init__(self, verdicts: Sequence[tuple[str, str]]) -> None:
        """`verdicts` has, by exit status, the word for one image and for several."""
        from reconstruct.show.spool import Spool

        self._words = verdicts
        self._names: list[list[str]] = [[] for _ in verdicts]
        self._counts = [0] * len(verdicts)
        self._texts = Spool()

    def put(self, name: str, text: bytes, status: int) -> None:
        self._counts[status] += 1
        if len(self._names[status]) < MOST_NAMED:
            self._names[status].append(name)
        if text:
            self._texts.write("\n" + text.decode("utf-8", "replace"))

    def end(self, failed: int) -> None:
        from reconstruct.cli import options

        with self._texts:
            options.write_pieces(chain(self._summary(failed), self._texts.pieces()))

    def _summary(self, failed: int) -> Iterator[str]:
        from reconstruct.show.text import one_line

        found = [
            f"{count:,} {words[count != 1]}" for count, words in zip(self._counts, self._words, strict=True) if count
        ]
        found += [f"{failed:,} could not be read"] if failed else []
        total = sum(self._counts) + failed
        yield f"{total:,} image{'s' if total != 1 else ''}: {', '.join(found)}\n"
        for words, names, count in zip(self._words[1:], self._names[1:], self._counts[1:], strict=True):
            for name in names:
                yield f"  {words[0]}: {one_line(name)}\n"
            if count > len(names):
                yield f"  {words[0]}: {count - len(names):,} more, below\n"
