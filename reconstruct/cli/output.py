"""Writes results: to standard output, or to a file that is replaced as a whole and is never one of the inputs."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from collections.abc import Iterable, Iterator

from reconstruct import pattern
from reconstruct.errors import ReconstructError
from reconstruct.stopping import cleanly

# File names of the process's own streams: written to, never replaced.
_STREAM = pattern.compile(r"(?:/dev|/proc/self)/fd/(\d{1,4})")
_STREAM_NAMES = {"/dev/stdout": 1, "/dev/stderr": 2}


def write(data: bytes, output: str | None) -> None:
    """Writes `data` like `write_pieces`."""
    write_pieces((data,), output)


def write_pieces(data: Iterable[bytes], output: str | None, *, as_it_comes: bool = False) -> None:
    """Writes `data`, piece by piece, to the file `output`, or to standard output if it is None or `-`.

    With `as_it_comes`, standard output is flushed after each piece. A file appears whole or not at all: the data goes to a
        temporary file next to it, which is then renamed. A link at `output` is replaced, not followed. Raises ReconstructError
        if it can't be written.
    """
    if output is None or output == "-":
        if sys.stdout is None:
            raise ReconstructError("standard output is closed")
        for piece in data:
            sys.stdout.buffer.write(piece)
            if as_it_comes:
                sys.stdout.buffer.flush()
        sys.stdout.buffer.flush()
        return
    try:
        if (stream := _stream(output)) is not None:
            with os.fdopen(os.dup(stream), "wb") as file:
                file.writelines(data)
        elif (status := _status(output)) is not None and not stat.S_ISREG(status.st_mode):
            _write_special(data, output, status)
        else:
            _replace(data, output, status)
    except OSError as error:
        raise ReconstructError(f"{output}: can't be written: {error.strerror}") from error
    except ValueError as error:
        raise ReconstructError(f"{output!r}: not a valid file name ({error})") from error


def _stream(output: str) -> int | None:
    match = _STREAM.fullmatch(output)
    return int(match[1]) if match else _STREAM_NAMES.get(output)


def _status(path: str) -> os.stat_result | None:
    try:
        return os.lstat(path)
    except FileNotFoundError:
        return None


def _write_special(data: Iterable[bytes], output: str, status: os.stat_result) -> None:
    """Replaces a link; writes to a device or pipe that the user named (`/dev/null`), which can't be replaced."""
    if stat.S_ISLNK(status.st_mode):
        _replace(data, output, None)
        return
    with open(output, "wb", buffering=0) as file:
        file.writelines(data)


def _replace(data: Iterable[bytes], output: str, status: os.stat_result | None) -> None:
    folder, name = os.path.split(output)
    temporary = os.path.join(folder, f".{name[:100]}.{os.urandom(6).hex()}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with cleanly():
        try:
            with os.fdopen(os.open(temporary, flags, 0o666), "wb") as file:
                if status is not None:
                    os.chmod(temporary, stat.S_IMODE(status.st_mode))
                file.writelines(data)
            os.replace(temporary, output)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise


def refuse_inputs(output: str | None, inputs: Iterable[str]) -> None:
    """Raises ReconstructError if writing to `output` would overwrite one of the inputs, or a part of one.

    `inputs` are paths as given by the user (`-` is standard input); those that aren't files are skipped.
    """
    if output is None or output == "-":
        return
    try:
        target = os.stat(output)
    except (OSError, ValueError):
        return
    if not stat.S_ISREG(target.st_mode):
        return
    for path, status in _statuses(inputs):
        if os.path.samestat(status, target):
            raise ReconstructError(f"--output {output}: this is an input; write the result elsewhere")
        if stat.S_ISDIR(status.st_mode) and _inside(output, path) and _is_saved(path, output):
            raise ReconstructError(f"--output {output}: this is part of the input {path}; write the result elsewhere")


def _statuses(inputs: Iterable[str]) -> Iterator[tuple[str, os.stat_result]]:
    for path in inputs:
        with contextlib.suppress(OSError, ValueError, AttributeError):
            yield path, (os.fstat(sys.stdin.fileno()) if path == "-" else os.stat(path))


def _inside(path: str, folder: str) -> bool:
    above = os.path.realpath(folder)
    return os.path.commonpath([above, os.path.realpath(path)]) == above


def _is_saved(folder: str, path: str) -> bool:
    """Whether a file in an input directory is part of an image saved there, not an earlier result next to it."""
    from reconstruct.sources import holds_image

    return holds_image(folder) or holds_image(path)
