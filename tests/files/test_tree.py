"""What the layers add up to: whiteouts, replaced paths, links on the way, hard links."""

from __future__ import annotations

import tarfile

from reconstruct.files.changes import changes, rewritten
from reconstruct.files.reading import Contents, read
from reconstruct.sources import open_image
from tests.files.making import gone, image, layer, link, member


def contents(*layers: bytes) -> Contents:
    with open_image(image(layers)) as opened:
        return read(opened)


def paths(found: Contents) -> list[str]:
    return [found.tree.entry(row).path for row in found.tree.walk()]


def told(*layers: bytes, of: int = -1) -> list[tuple[str, str, tuple[str, ...]]]:
    with open_image(image(layers)) as opened:
        found = read(opened)
        last = range(len(layers))[of]
        return [(each.kind, each.entry.path, each.what) for each in changes(found, last, rewritten(found))]


def test_a_whiteout_removes_a_directory_with_its_contents() -> None:
    found = contents(layer(member("d/"), member("d/a", b"1"), member("e", b"2")), layer(gone("d")))

    assert paths(found) == ["/e"]


def test_what_a_layer_puts_beside_its_own_whiteout_stays_in_any_order() -> None:
    below = layer(member("d/"), member("d/old", b"1"))
    for above in (
        layer(gone("d"), member("d/"), member("d/new", b"2")),
        layer(member("d/"), member("d/new", b"2"), gone("d")),
    ):
        assert paths(contents(below, above)) == ["/d", "/d/new"]


def test_an_opaque_folder_hides_what_lower_layers_put_there() -> None:
    below = layer(member("d/"), member("d/old", b"1"), member("d/sub/"), member("d/sub/old", b"1"))
    above = layer(member("d/"), member("d/.wh..wh..opq", b""), member("d/new", b"2"))

    assert paths(contents(below, above)) == ["/d", "/d/new"]
    assert ("removed", "/d", ()) in told(below, above)


def test_a_file_that_replaces_a_directory_removes_its_contents() -> None:
    assert paths(contents(layer(member("d/"), member("d/a", b"1")), layer(member("d", b"file")))) == ["/d"]


def test_changes_say_what_changed() -> None:
    below = layer(member("a", b"1111"), member("b", b"2222"), member("c", b"3333"), member("e", b"5"), link("l", "a"))
    above = layer(
        member("a", b"1111", mode=0o600),
        member("b", b"9999"),
        member("c", b"3333", uid=7),
        member("e", b"5"),
        link("l", "b"),
    )

    assert told(below, above) == [
        ("changed", "/a", ("mode",)),
        ("changed", "/b", ("content",)),
        ("changed", "/c", ("owner",)),
        ("same", "/e", ()),
        ("changed", "/l", ("content",)),
    ]


def test_a_file_behind_a_link_is_where_the_link_leads() -> None:
    found = contents(layer(member("usr/"), member("usr/lib/"), link("lib", "usr/lib")), layer(member("lib/x", b"1")))

    assert "/usr/lib/x" in paths(found)
    assert found.tree.find("/lib/x") == found.tree.find("/usr/lib/x")


def test_circular_links_and_names_that_point_outside_are_skipped() -> None:
    found = contents(
        layer(
            link("a", "b"),
            link("b", "a"),
            member("a/x", b"1"),
            member("../out", b"2"),
            member("/abs", b"3"),
            member("x/../../y", b"4"),
        )
    )

    assert paths(found) == ["/a", "/abs", "/b"]
    assert [name for _, name in found.tree.odd] == ["a/x", "../out", "x/../../y"]


def test_a_link_that_climbs_over_the_root_stays_inside() -> None:
    found = contents(layer(link("up", "../../../../etc"), member("etc/"), member("up/passwd", b"1")))

    assert paths(found) == ["/etc", "/etc/passwd", "/up"]


def test_hard_links_share_what_the_first_name_has() -> None:
    tree = contents(layer(member("a", b"12345", mode=0o600), link("b", "a", hard=True), link("c", "b", hard=True))).tree
    rows = [tree.find(path) for path in ("/a", "/b", "/c")]

    assert all(row is not None and tree.size[tree.inode(row)] == 5 for row in rows)


def test_a_hard_link_into_itself_leaves_one_path() -> None:
    found = contents(layer(member("a/"), link("b", "b/a", hard=True)))

    assert paths(found) == ["/a", "/b"]
    assert len(found.tree.names) == 3


def test_names_with_blanks_newlines_and_bytes_come_through() -> None:
    odd = b"caf\xe9".decode("utf-8", "surrogateescape")
    info, data = member("x", b"1")
    info.name = odd
    raw = io_layer(info, data)

    assert paths(contents(layer(member("a b\nc", b"1")), raw)) == ["/a b\nc", "/" + odd]


def io_layer(info: tarfile.TarInfo, data: bytes | None) -> bytes:
    import io

    out = io.BytesIO()
    with tarfile.open(
        fileobj=out, mode="w", format=tarfile.GNU_FORMAT, errors="surrogateescape", encoding="utf-8"
    ) as archive:
        archive.addfile(info, io.BytesIO(data or b""))
    return out.getvalue()
