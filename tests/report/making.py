"""Images and steps made by hand, for the reports."""

from __future__ import annotations

from typing import Any

from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.pairing import pair
from reconstruct.report.model import Report, build
from reconstruct.syntax import Certainty, Cmd, Copy, Dialect, Env, ExecForm, Note, Pair, Run, ShellForm, Step

GZIP = "application/vnd.docker.image.rootfs.diff.tar.gzip"
FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"


def digest(char: str) -> str:
    return "sha256:" + char * 64


LAYERS = (
    Layer(
        digest=digest("a"),
        diff_id=digest("1"),
        media_type=FOREIGN,
        compressed_size=3_000_000,
        urls=("https://x.example/a",),
    ),
    Layer(digest=digest("b"), diff_id=digest("2"), media_type=GZIP, compressed_size=1_000_000),
)


def image(**fields: Any) -> Image:
    """Three entries, two layers, transfer sizes only."""
    values: dict[str, Any] = {
        "history": (
            HistoryEntry("/bin/sh -c #(nop) COPY file:" + "c" * 64 + " in / ", created="2020-09-01T21:14:00.5+02:00"),
            HistoryEntry("/bin/sh -c #(nop)  ENV A=b c", created="2020-09-02T00:00:00Z", empty_layer=True),
            HistoryEntry("/bin/sh -c make \t  all", created="0001-01-01T00:00:00Z"),
        ),
        "layers": LAYERS,
        "tags": ("app:1",),
        "architecture": "amd64",
        "created": "2020-09-02T00:00:00Z",
        "docker_version": "19.03.5",
    }
    return Image(**{**values, **fields})


def steps(of: Image) -> tuple[Step, ...]:
    """The three steps of `image()`, unpaired."""
    made = (
        (Copy(checksum="file:" + "c" * 64, destination="/"), Certainty.LOST, "the sources' names"),
        (Env(pairs=(Pair("A", "b c"),)), Certainty.INFERRED, "the quotes"),
        (Run(command=ShellForm("make \t  all")), Certainty.EXACT, None),
        (Cmd(command=ExecForm(("x",))), Certainty.EXACT, None),
    )
    found = []
    for index, (instruction, level, text) in enumerate(made):
        entry = of.history[index] if index < len(of.history) else None
        notes = (Note(level, text),) if text else ()
        position = index if entry else None
        found.append(Step(instruction, entry, position, Dialect.CLASSIC, certainty=level, notes=notes))
    return tuple(found)


def report(**fields: Any) -> Report:
    of = image(**fields)
    return build(of, pair(steps(of), of))
