"""Headers put together by hand are those of the standard library."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconstruct.files.export import archive
from reconstruct.files.members import FILE, FOLDER, SYMLINK
from reconstruct.files.tree import Entry


@given(
    st.sampled_from([FILE, FOLDER, SYMLINK]),
    st.text("ab/.é", min_size=1, max_size=110).map(lambda path: path.strip("/") or "a"),
    st.tuples(st.integers(0, 0o7777), st.integers(0, 2**32 - 1), st.integers(0, 2**22)),
    st.integers(0, 2**34),
    st.integers(-(10**9), 2**63),
    st.text("ab/", min_size=1, max_size=110),
)
def test_both_ways_give_the_same_header(
    kind: bytes, path: str, owner: tuple[int, int, int], size: int, mtime: int, link: str
) -> None:
    for time in (mtime, mtime // 10**9 * 10**9):
        target = link if kind == SYMLINK else ""
        entry = Entry(0, "/" + path, kind, *owner, size, time, target, {}, (0, 0), 0, 0, -1, -1)
        quick = archive.quick_header(entry, entry.path)
        if quick is not None:
            assert quick == archive._header(archive._info(entry, entry.path))
