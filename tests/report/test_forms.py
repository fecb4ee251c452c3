"""The forms of the report: what each shows, and that nothing in an image can break out of it."""

from __future__ import annotations

import csv as csv_module
import io
import json as json_module
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reconstruct
from reconstruct import report as reports
from reconstruct.image import HistoryEntry, Image, Layer, Provenance, SourceLocation
from reconstruct.pairing import pair
from reconstruct.report import cells, csv, json, markdown, table, wide
from reconstruct.report.model import build
from reconstruct.show import grid
from reconstruct.show.text import code_span
from reconstruct.syntax import Certainty, Foreign, Note, Step
from tests.report.making import digest, image, report

HOSTILE = "\x1b[31mred\x1b[0m\r\nRUN evil\u202e | `a` ``b`` <b>x</b> \x00 =cmd()"


def hostile() -> Image:
    """An image with HOSTILE in every text."""
    return Image(
        history=(HistoryEntry(HOSTILE, created=HOSTILE, author=HOSTILE, comment=HOSTILE),) * 2,
        layers=(Layer(digest=HOSTILE, diff_id=HOSTILE, media_type=HOSTILE, urls=(HOSTILE,), last_modified=HOSTILE),),
        os=HOSTILE,
        os_version=HOSTILE,
        created=HOSTILE,
        author=HOSTILE,
        docker_version=HOSTILE,
        image_id=HOSTILE,
        digest=HOSTILE,
        media_type=HOSTILE,
        index_digest=HOSTILE,
        index_media_type=HOSTILE,
        tags=(HOSTILE,),
        annotations={HOSTILE: HOSTILE},
        config={"Cmd": (HOSTILE,), "Entrypoint": (HOSTILE,), "Shell": (HOSTILE,)},
        source=HOSTILE,
        provenance=Provenance(dockerfile=HOSTILE, layer_locations={HOSTILE: (SourceLocation(1, 2),)}),
    )


def test_the_table_shows_each_step_with_its_layer_and_what_is_not_certain() -> None:
    text = table.render(report())
    assert re.search(r"^Layers +2: 4\.0 MB transfer \(4000000 bytes\), uncompressed unknown$", text, re.MULTILINE)
    assert re.search(r"^1  2020-09-01 19:14:00 +3\.0 MB  ███████▌ +75\.0 %  aaaaaaaaaaaa  ! +COPY ", text, re.MULTILINE)
    assert re.search(r'^2  2020-09-02 00:00:00 +– +–  +~ +ENV A="b c"$', text, re.MULTILINE)
    assert re.search(r"^3  0001-01-01 00:00:00 +1\.0 MB .* 25\.0 %  bbbbbbbbbbbb +RUN make all$", text, re.MULTILINE)
    assert "! step 1: the sources' names" in text
    assert "~ step 2: the quotes" in text
    assert "Uncompressed  " not in text


def test_the_table_is_cut_to_the_width_and_whole_without_one() -> None:
    whole = table.render(report())
    assert grid.cell_width(max(whole.splitlines(), key=grid.cell_width)) > 90
    for width in (1, 20, 60, 100):
        narrow = table.render(report(), width=width)
        assert all(grid.cell_width(line) <= width for line in narrow.splitlines())
    assert "Created (UTC)" not in table.render(report(), width=60)
    assert "Created (UTC)" in table.render(report(), width=200)


def test_wide_characters_count_twice() -> None:
    assert grid.cut("漢字漢字", 6) == "漢字…"
    assert grid.cut("漢字", 4) == "漢字"
    assert grid.cell_width("e\u0301") == 1


def test_colour_only_where_requested() -> None:
    assert "\x1b[" not in table.render(report())
    assert "\x1b[31m" in table.render(report(), color=True)
    plain = re.sub(r"\x1b\[\d*m", "", wide.render(report(), color=True, width=150))
    assert plain == wide.render(report(), width=150)


def test_the_wide_form_has_bytes_media_types_and_the_addresses_of_foreign_layers() -> None:
    text = wide.render(report())
    assert re.search(r"classic +3000000 .* docker foreign\.diff\.tar\.gzip  foreign ", text)
    assert "aaaaaaaaaaaa  https://x.example/a" in text
    assert "111111111111" in text


def test_unknown_is_reported() -> None:
    text = table.render(report(layers=(Layer(), Layer(compressed_size=5))))
    assert "at least 5 B transfer (5 bytes, 1 of 2 unknown)" in text
    assert re.search(r"^1 .* unknown ", text, re.MULTILINE)


def test_steps_are_named_in_runs() -> None:
    assert cells.steps([3]) == "step 3"
    assert cells.steps([1, 2, 3, 7, 9, 10]) == "steps 1-3, 7, 9-10"


def test_markdown_cells_keep_to_themselves() -> None:
    assert code_span("a|b") == "`a\\|b`"
    assert code_span("`x`") == "`` `x` ``"
    assert code_span("") == "`  `"


def test_markdown_shows_the_dockerfiles_own_lines() -> None:
    provenance = Provenance(dockerfile="FROM x\nRUN ```\n", layer_locations={digest("2"): (SourceLocation(2, 2),)})
    text = markdown.render(report(provenance=provenance))
    assert "Step 3, lines 2:\n\n````dockerfile\nRUN ```\n````" in text


def test_csv_is_read_back() -> None:
    rows = list(csv_module.DictReader(io.StringIO(csv.render(report()))))
    assert [row["transfer_bytes"] for row in rows] == ["3000000", "", "1000000", ""]
    assert rows[0]["created"] == "2020-09-01T19:14:00.500000Z"
    assert rows[0]["foreign"] == "yes"
    assert rows[1]["certainty"] == "inferred"


def test_csv_has_no_formula() -> None:
    of = Image(history=(HistoryEntry("=1"),), layers=(Layer(digest="@SUM(1)", media_type="-1", compressed_size=-0),))
    found = build(of, pair([Step(Foreign(text="=1"), of.history[0], 0)], of))
    for row in list(csv_module.reader(io.StringIO(csv.render(found))))[1:]:
        assert not [cell for cell in row if cell[:1] in ("=", "+", "-", "@")]


def test_json_keeps_unknown_apart_from_nothing() -> None:
    found = json_module.loads(json.render(report(layers=(Layer(digest="a"), Layer(digest="b", compressed_size=0)))))
    assert found["totals"]["transfer"] == {"bytes": 0, "complete": False, "known_layers": 1}
    assert found["totals"]["uncompressed"]["bytes"] is None
    assert [step["layer"] and step["layer"]["transfer_size"] for step in found["steps"]] == [None, None, 0, None]
    assert found["steps"][2]["raw"] == "/bin/sh -c make \t  all"


@pytest.mark.parametrize("form", reports.FORMATS)
def test_hostile_text_breaks_out_of_no_form(form: str) -> None:
    text = reports.render(reconstruct.report(hostile()), form)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", text)
    assert not re.search(r"^RUN evil", text, re.MULTILINE) or form in ("repo-info", "markdown", "html")


@pytest.mark.parametrize("form", reports.FORMATS)
def test_an_image_without_any_evidence(form: str) -> None:
    assert reports.render(reconstruct.report(Image(has_history=False, has_config=False)), form)


@pytest.mark.parametrize("form", reports.FORMATS)
def test_a_long_image_takes_linear_time(form: str) -> None:
    entries = tuple(HistoryEntry(f"/bin/sh -c echo {number}", created="2020-01-01T00:00:00Z") for number in range(2000))
    of = Image(history=entries, layers=tuple(Layer(digest=digest("a"), compressed_size=1) for _ in entries))
    assert len(reports.render(reconstruct.report(of), form).splitlines()) > 2000


def test_equal_notes_are_shown_once() -> None:
    of = image(history=(), layers=())
    note = Note(Certainty.LOST, "gone")
    found = build(of, [Step(Foreign(), notes=(note,)), Step(Foreign()), Step(Foreign(), notes=(note,))])
    assert cells.notes(found) == [(Certainty.LOST, "steps 1, 3", "gone")]


TEXT = st.text(max_size=30) | st.sampled_from(["\x1b[2J", "```", "# ", "|", "sha256:", HOSTILE])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(TEXT, TEXT, st.booleans(), st.none() | st.integers(0, 10**18)), max_size=4),
    st.lists(st.tuples(TEXT, TEXT, st.none() | st.integers(0, 10**18)), max_size=4),
    st.sampled_from(["linux", "windows", "\x9b"]),
    TEXT,
    st.sampled_from(reports.FORMATS),
)
def test_no_image_makes_a_form_fail_or_reach_the_terminal(
    entries: list[tuple[str, str, bool, int | None]],
    layers: list[tuple[str, str, int | None]],
    os: str,
    name: str,
    form: str,
) -> None:
    of = Image(
        history=tuple(
            HistoryEntry(text, created=time, empty_layer=empty, size=size) for text, time, empty, size in entries
        ),
        layers=tuple(Layer(digest=one, media_type=two, compressed_size=size, urls=(two,)) for one, two, size in layers),
        os=os,
        tags=(name,),
        config={"Cmd": (name,)},
    )
    shown = reports.render(reconstruct.report(of), form, width=40)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown)
    shown.encode("utf-8")


def test_markdown_keeps_the_readings_notes_which_a_terminal_has_on_standard_error() -> None:
    assert "- `sizes are rounded`" in markdown.render(report(notes=("sizes are rounded",)))
