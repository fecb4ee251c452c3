"""What a table shows of the rows, and the sentence in front."""

from __future__ import annotations

import pytest

import reconstruct
from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.report import table
from reconstruct.report.sentence import gist, sentence
from reconstruct.report.view import Fold, View, chosen, left_out


def made(*entries: tuple[str, int | None]) -> Image:
    """An image of (created_by, bytes) entries; None makes no layer."""
    history = tuple(HistoryEntry(created_by=text, empty_layer=size is None) for text, size in entries)
    layers = tuple(
        Layer(digest=f"sha256:{index:064x}", compressed_size=size)
        for index, (_, size) in enumerate(entries)
        if size is not None
    )
    return Image(history=history, layers=layers, tags=("app:1",))


APP = made(
    ("ADD rootfs.tar / # buildkit", 2_000_000),
    ("ENV A=1", None),
    ("ENV B=2", None),
    ("LABEL c=3", None),
    ("RUN /bin/sh -c set -eux; apt-get update; apt-get install -y gcc # buildkit", 30_000_000),
    ("RUN /bin/sh -c pip install --no-cache-dir -r requirements.txt # buildkit", 60_000_000),
    ("USER 1000", None),
    ("COPY . /app # buildkit", 8_000_000),
)


def test_the_sentence_says_what_weighs_most() -> None:
    assert sentence(reconstruct.report(APP)) == (
        "60.0 % is step 6, pip install; 30.0 % step 5, apt-get install; 8.0 % step 8, COPY . /app."
    )


def test_the_sentence_where_no_size_is_known() -> None:
    found = sentence(reconstruct.report(Image(history=APP.history, layers=(Layer(digest="a"),) * 4)))
    assert found == "8 steps; sizes unknown."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RUN /bin/sh -c apk add --no-cache curl # buildkit", "apk add"),
        ("RUN /bin/sh -c set -eux; export A=1; ./configure && make # buildkit", "RUN ./configure"),
        ("RUN /bin/sh -c npm ci --omit=dev # buildkit", "npm ci"),
        ("COPY dist /srv/www # buildkit", "COPY dist /srv/www"),
        ("RUN /bin/sh -c " + "x" * 100 + " # buildkit", "RUN " + "x" * 35 + "…"),
    ],
)
def test_a_step_in_a_few_words(text: str, expected: str) -> None:
    assert gist(reconstruct.report(made((text, 5))).rows[0]) == expected


def test_steps_without_a_layer_fold() -> None:
    rows = chosen(reconstruct.report(APP), View(fold=True))
    folds = [row for row in rows if isinstance(row, Fold)]
    assert [fold.keywords for fold in folds] == ["ENV ×2, LABEL"]
    assert len(rows) == 6
    text = table.render(reconstruct.report(APP), width=80, view=View(fold=True))
    assert "2-4" in text
    assert "--all" in text
    assert "--all" not in table.render(reconstruct.report(APP), width=80)


def test_sorted_by_size_and_the_heaviest_alone() -> None:
    report = reconstruct.report(APP)
    assert [row.number for row in chosen(report, View(sort="size", top=2)) if not isinstance(row, Fold)] == [6, 5]
    assert [row.number for row in chosen(report, View(top=2)) if not isinstance(row, Fold)] == [5, 6]
    assert left_out(report, View(top=2)).startswith("6 more steps, 10.0 MB")
    assert left_out(report, View()) == ""


def test_in_a_pipe_a_row_is_a_line_and_nothing_is_cut() -> None:
    long = "RUN /bin/sh -c echo \t\t" + "word " * 300 + "# buildkit"
    text = table.render(reconstruct.report(made((long, 5))))
    line = next(line for line in text.splitlines() if line.startswith("1 "))
    assert "word word" in line
    assert line.count("word") == 300
    assert "\\t" not in text
