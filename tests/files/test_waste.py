"""dive's figures: the same definition, worked out by hand on small layers."""

from __future__ import annotations

import pytest

from reconstruct.files.reading import read
from reconstruct.files.waste import Waste, waste
from reconstruct.sources import open_image
from tests.files.making import gone, image, layer, member


def figures(*layers: bytes) -> Waste:
    with open_image(image(layers)) as opened:
        return waste(read(opened).tree)


def test_a_file_shipped_twice_is_wasted_twice() -> None:
    found = figures(layer(member("a", b"1" * 10), member("b", b"2" * 30)), layer(member("a", b"3" * 20)))

    # Paths: a with 10 and 20, b with 30. Least 10 + 30, all 60.
    assert (found.efficiency, found.wasted, found.total, found.unseen) == (40 / 60, 30, 60, 10)
    assert found.user_share == 30 / 20
    assert [(path.path, path.size, path.layers) for path in found.paths] == [("/a", 30, (0, 1))]


def test_a_removed_file_counts_0_and_a_removed_directory_its_contents() -> None:
    below = layer(member("d/"), member("d/a", b"1" * 10), member("d/b", b"2" * 20), member("f", b"3" * 5))

    # f: 5 and 0. d: a leaf only where it is removed, with 30.
    found = figures(below, layer(gone("d"), gone("f")))

    assert (found.efficiency, found.wasted, found.unseen) == ((10 + 20 + 30) / (10 + 20 + 30 + 5), 5, 35)
    assert [path.path for path in found.paths] == ["/f"]


def test_what_a_removed_folder_held_is_that_of_the_layers_below() -> None:
    first = layer(member("d/"), member("d/a", b"1" * 10))
    found = figures(first, layer(gone("d")), layer(member("d/"), member("d/c", b"2" * 7)), layer(gone("d")))

    # d: 10, then 7; d/a 10; d/c 7.
    assert (found.efficiency, found.wasted) == ((7 + 10 + 7) / (17 + 10 + 7), 17)


def test_removing_a_missing_path_ends_the_layer() -> None:
    first = layer(member("z", b"1" * 10))
    found = figures(first, layer(member("a", b"2" * 4), gone("nothing"), member("z", b"3" * 10)))

    # By name `.wh.nothing` comes first: neither a nor z of that layer counts.
    assert (found.efficiency, found.wasted) == (1.0, 0)


def test_empty_folders_are_leaves_and_opaque_ones_count_nothing() -> None:
    found = figures(layer(member("d/"), member("d/a", b"1" * 10)), layer(member("d/"), member("d/.wh..wh..opq", b"")))

    assert (found.efficiency, found.wasted, found.unseen) == (1.0, 0, 10)


@pytest.mark.parametrize("layers", [(), (layer(),), (layer(member("a", b"")),)])
def test_an_empty_image_is_fully_efficient(layers: tuple[bytes, ...]) -> None:
    assert figures(*layers).efficiency == 1.0
