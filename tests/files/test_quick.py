"""The quick reading of common members gives what the whole reading gives."""

from __future__ import annotations

import io
import tarfile
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from reconstruct.errors import ReconstructError
from reconstruct.files.members import Members
from reconstruct.files.quick import scan
from reconstruct.files.tree import Tree
from reconstruct.sources.layers import LayerStream

PARTS = ["a", "b", "dir", "..", ".", ".wh.a", ".wh..wh..opq", "é", "n" * 70, "x y"]
KINDS = [
    tarfile.REGTYPE,
    tarfile.REGTYPE,
    tarfile.REGTYPE,
    tarfile.DIRTYPE,
    tarfile.SYMTYPE,
    tarfile.LNKTYPE,
    tarfile.AREGTYPE,
]
FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]


class Held:
    label = "held"

    def __init__(self, data: bytes) -> None:
        self.data = data

    def open(self) -> io.BytesIO:
        return io.BytesIO(self.data)


@st.composite
def layers(draw: st.DrawFn) -> bytes:
    out = io.BytesIO()
    form = draw(st.sampled_from(FORMATS))
    for _ in range(draw(st.integers(0, 25))):
        info = tarfile.TarInfo("/".join(draw(st.lists(st.sampled_from(PARTS), min_size=1, max_size=3))))
        info.type = draw(st.sampled_from(KINDS))
        info.linkname = draw(st.sampled_from(["a", "dir", "../b"])) if info.type in b"12" else ""
        info.size = draw(st.sampled_from([0, 1, 511, 512, 513, 300_000])) if info.type in b"0\0" else 0
        info.mode, info.uid, info.mtime = draw(
            st.tuples(st.integers(0, 0o7777), st.sampled_from([0, 3_000_000]), st.sampled_from([0, 9]))
        )
        form_here = tarfile.PAX_FORMAT if info.uid and form == tarfile.USTAR_FORMAT else form
        out.write(info.tobuf(form_here) + bytes(-(-info.size // 512) * 512))
    data = out.getvalue() + bytes(1024)
    return data[: draw(st.sampled_from([len(data), len(data) - 700, len(data) // 2]))] if draw(st.booleans()) else data


def columns(layers: list[bytes], quick: bool) -> Any:
    """Everything in the tree, or the error."""
    tree = Tree()
    try:
        for data in layers:
            tree.begin()
            with LayerStream(Held(data)) as stream:
                if quick:
                    scan(stream, tree)
                    continue
                for member in Members(stream):
                    tree.add(member)
    except ReconstructError as error:
        return str(error)
    return {
        name: value
        for name, value in vars(tree).items()
        if name not in ("known", "_last_parent", "_last_path", "live", "dead")
    } | {
        "live": {node: inside for node, inside in tree.live.items() if inside},
        "dead": {node: inside for node, inside in tree.dead.items() if inside},
    }


@settings(deadline=None, max_examples=150)
@given(st.lists(layers(), min_size=1, max_size=3))
def test_both_readings_give_the_same_tree(found: list[bytes]) -> None:
    assert columns(found, quick=True) == columns(found, quick=False)
