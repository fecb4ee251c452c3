"""Lines made hundreds at a time are the lines that are made one by one."""

from __future__ import annotations

from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconstruct.files.changes import changes, rewritten
from reconstruct.files.formats import blocks
from reconstruct.files.listing import Choice, Listing
from reconstruct.files.reading import read
from reconstruct.sources import open_image
from tests.files.making import gone, image, layer, link, member

NAMES = [
    "a",
    "b c",
    "d,e",
    'q"',
    "x::y",
    "::z",
    "##[error]",
    "é",
    "\x1b[1m",
    "new\nline",
    "\u202e",
    "=1+1",
    "n" * 90,
    "\udcff",
]
MAKE = {"csv": "_line", "jsonl": "line", "table": "_line"}


@st.composite
def layers(draw: st.DrawFn) -> bytes:
    members = []
    for _ in range(draw(st.integers(0, 12))):
        path = "/".join(draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2)))
        kind = draw(st.sampled_from(["file", "file", "file", "folder", "soft", "hard", "gone"]))
        facts = {"mode": draw(st.sampled_from([0o644, 0o4755, 0])), "uid": draw(st.sampled_from([0, 70_000]))}
        if kind == "file":
            members.append(
                member(path, draw(st.binary(max_size=3)), **facts, mtime=draw(st.sampled_from([0, 9, 2**33])))
            )
        elif kind == "folder":
            members.append(member(f"{path}/", **facts))
        elif kind == "gone":
            members.append(gone(path))
        else:
            members.append(link(path, draw(st.sampled_from(NAMES)), hard=kind == "hard"))
    return layer(*members)


@pytest.mark.parametrize("form", MAKE)
@settings(deadline=None, max_examples=40)
@given(found=st.lists(layers(), min_size=1, max_size=3), size=st.sampled_from([1, 2, 512]))
def test_both_ways_give_the_same_lines(form: str, found: list[bytes], size: int) -> None:
    module = import_module(f"reconstruct.files.formats.{form}")
    line = getattr(module, MAKE[form])
    with open_image(image(found)) as opened, pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "_ROWS", size)
        contents = read(opened)
        listing = Listing(contents, Choice(), rewritten(contents))
        for section in listing.sections():
            lines = getattr(module, "lines", None) or module._lines
            quick = "\n".join(blocks.pieces(listing, section, line, lines))
            every = changes(contents, section.layer, listing.rewritten)
            assert quick == "\n".join(line(section, change) for change in every)
