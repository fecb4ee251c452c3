"""What all forms show: rows, totals, shares."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reconstruct.errors import NotFoundError
from reconstruct.image import HistoryEntry, Image, Layer, Provenance, SourceLocation
from reconstruct.pairing import pair
from reconstruct.report.model import Measure, build
from reconstruct.syntax import Certainty, Run, ShellForm, Step
from tests.report.making import LAYERS, digest, image, report, steps


def test_each_step_has_its_share_of_the_transfer_size() -> None:
    found = report()
    assert found.measure is Measure.TRANSFER
    assert [row.share for row in found.rows] == [0.75, None, 0.25, None]
    assert (found.transfer.size, found.transfer.complete) == (4_000_000, True)
    assert (found.uncompressed.known, found.uncompressed.told) == (0, False)


def test_the_kinds_of_size_are_never_added_up() -> None:
    layers = (replace(LAYERS[0], size=9_000_000), replace(LAYERS[1], compressed_size=None, size=2_000_000))
    found = report(layers=layers)
    assert (found.transfer.size, found.transfer.complete) == (3_000_000, False)
    assert (found.uncompressed.size, found.uncompressed.complete) == (11_000_000, True)
    assert found.measure is Measure.UNCOMPRESSED
    assert found.rows[0].share == pytest.approx(9 / 11)


def test_unknown_is_not_nothing() -> None:
    found = report(layers=(Layer(digest="a"), Layer(digest="b")))
    assert found.measure is None
    assert not found.transfer.told
    assert [row.share for row in found.rows] == [None] * 4


def test_empty_layers_have_no_share() -> None:
    found = report(layers=(Layer(compressed_size=0), Layer(compressed_size=0)))
    assert found.transfer.size == 0
    assert found.transfer.told
    assert [row.share for row in found.rows] == [None] * 4


def test_layers_without_a_step_are_before_the_later_steps() -> None:
    layers = (Layer(digest="base0"), Layer(digest="base1"), *LAYERS)
    found = report(layers=layers)
    # The first entry brings the root file system, so the layers without an entry are taken as the last ones.
    assert [row.layer.digest if row.layer else None for row in found.rows] == [
        "base0",
        None,
        "base1",
        None,
        digest("a"),
        digest("b"),
    ]
    history = tuple(replace(entry, created_by="/bin/sh -c x", empty_layer=False) for entry in image().history[:2])
    of = image(layers=layers, history=history)
    made = [Step(Run(command=ShellForm("x")), entry, index) for index, entry in enumerate(history)]
    found = build(of, pair(made, of))
    assert [(row.number, row.layer_index) for row in found.rows] == [(0, 0), (0, 1), (1, 2), (2, 3)]


def test_sizes_without_layers_are_counted() -> None:
    history = (HistoryEntry("a", size=3), HistoryEntry("b", size=1))
    of = Image(history=history)
    found = build(of, pair([Step(Run(), entry, index) for index, entry in enumerate(history)], of))
    assert found.uncompressed.size == 4
    assert [row.share for row in found.rows] == [0.75, 0.25]


def test_a_row_is_as_certain_as_its_least_certain_note() -> None:
    assert [row.certainty for row in report().rows] == [
        Certainty.LOST,
        Certainty.INFERRED,
        Certainty.EXACT,
        Certainty.EXACT,
    ]


def test_the_dockerfiles_own_lines_come_from_the_provenance() -> None:
    provenance = Provenance(
        dockerfile="FROM x\nRUN make \\\n  all\n",
        layer_locations={digest("2"): (SourceLocation(2, 3),), digest("a"): (SourceLocation(1, 900),)},
    )
    rows = report(provenance=provenance).rows
    assert rows[2].lines[0].text == "RUN make \\\n  all"
    assert rows[0].lines[0].text == "FROM x\nRUN make \\\n  all"
    assert rows[1].lines == ()


def test_lines_that_do_not_exist_have_no_text() -> None:
    provenance = Provenance(
        dockerfile="FROM x\n", layer_locations={digest("a"): (SourceLocation(7, 9), SourceLocation(0, 0))}
    )
    assert [found.text for found in report(provenance=provenance).rows[0].lines] == [None, None]


def test_the_base_given_by_an_image_is_weighed_by_itself() -> None:
    of = image()
    base = image(history=of.history[:2], layers=of.layers[:1], tags=("base:1",))
    found = build(of, pair(steps(of), of), base)
    assert found.base.name == "base:1"
    assert [row.in_base for row in found.rows] == [True, True, False, False]
    assert found.base_total(Measure.TRANSFER).size == 3_000_000


def test_a_base_with_an_invalid_image_name() -> None:
    of = image()
    with pytest.raises(NotFoundError):
        build(of, pair(steps(of), of), "no name")


def test_lines_by_position_win_over_those_by_digest() -> None:
    provenance = Provenance(
        dockerfile="FROM x\nRUN a\nRUN b \udcff\x0b\n",
        layer_locations={digest("a"): (SourceLocation(1, 1),)},
        layer_lines=((SourceLocation(2, 2),), (SourceLocation(3, 3),)),
    )
    found = [row.lines[0].text if row.lines else None for row in report(provenance=provenance).rows]
    assert found == ["RUN a", None, "RUN b \ufffd\x0b", None]
