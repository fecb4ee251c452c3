"""Histories in tables with named columns, and in numbered lists: spreadsheets, SQL shells, web pages, desktop programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import reconstruct
from reconstruct.errors import UnreadableError
from tests.sources.test_limits import limited

ROOT = "/bin/sh -c #(nop) ADD file:" + "ab" * 32 + " in / "
RUN = "RUN /bin/sh -c apk add git | tee log # buildkit"
# Oldest first: the command, its size.
STEPS = ((ROOT, "7.34MB"), ('CMD ["/bin/sh"]', "0B"), (RUN, "12.3MB"), ("COPY a b # buildkit", "2.05kB"))
NEWEST = STEPS[::-1]
WRITTEN = ["RUN apk add git | tee log", "COPY a b"]


def _csv(rows: Sequence[Sequence[str]], separator: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows(rows)
    return out.getvalue()


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) + 3 for column in zip(head, *rows, strict=True)]
    return "".join(
        "".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n"
        for row in (head, *rows)
    )


def _box(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    rule = "+" + "+".join("-" * (width + 2) for width in widths) + "+\n"
    lines = [
        "|" + "|".join(f" {c.ljust(w)} " for c, w in zip(row, widths, strict=True)) + "|\n" for row in (head, *rows)
    ]
    return rule + lines[0] + rule + "".join(lines[1:]) + rule


def _markdown() -> str:
    rows = "".join(f"| `{text.replace('|', chr(92) + '|')}` | {size} |\n" for text, size in NEWEST)
    return f"Its layers:\n\n| Created by | Size |\n| --- | ---: |\n{rows}\nThat is all.\n"


def _lazydocker() -> str:
    rows = [("<missing>", "", size, text.replace("/bin/sh -c #(nop) ", "").strip()) for text, size in NEWEST]
    return _aligned(("ID", "TAG", "SIZE", "COMMAND"), rows)


def _portainer() -> str:
    def shown(text: str) -> str:
        return text.replace("/bin/sh -c #(nop) ", "").replace("/bin/sh -c ", "RUN ").strip()

    return "Order\tSize\tLayer\n" + "".join(f"{n}\t{size}\t{shown(t)}\n" for n, (t, size) in enumerate(STEPS, 1))


FORMS: dict[str, Callable[[], str]] = {
    "CSV": lambda: _csv([("CreatedAt", "CreatedBy", "Size"), *(("2 weeks ago", t, s) for t, s in NEWEST)]),
    "CSV of one column": lambda: _csv([("created_by",), *((t,) for t, _ in NEWEST)]),
    "CSV of a config": lambda: _csv([("created_by", "empty_layer"), *((t, str(s == "0B").lower()) for t, s in STEPS)]),
    "semicolons": lambda: _csv([("Size", "Created By"), *((s, t) for t, s in NEWEST)], ";"),
    "TSV": lambda: "CREATED BY\tSIZE\n" + "".join(f"{t}\t{s}\n" for t, s in NEWEST),
    "Markdown": _markdown,
    "box": lambda: "osquery> select * from docker_image_history;\n" + _box(("created_by", "size"), NEWEST),
    "template": lambda: _aligned(("CREATED BY", "SIZE"), NEWEST),
    "template out of line": lambda: "SIZE  CREATED BY\n" + "".join(f"{s}   {t}\n" for t, s in NEWEST),
    "template out of line, the size last": lambda: "CREATED BY   SIZE\n" + "".join(f"{t}   {s}\n" for t, s in NEWEST),
    "template behind a prompt": lambda: "$ docker history app\n" + _aligned(("SIZE", "CREATED BY"), [r[::-1] for r in NEWEST]),
    "lazydocker": _lazydocker,
    "Portainer": _portainer,
    "Docker Desktop": lambda: "".join(f"{n}  {t.strip()}    {s}\n" for n, (t, s) in enumerate(STEPS)),
    "Docker Hub": lambda: "".join(f"{n}\n{t.strip()}\n{s}\n" for n, (t, s) in enumerate(STEPS, 1)),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_step_is_read_in_its_order(form: str) -> None:
    image = reconstruct.load(FORMS[form]().encode())
    assert [entry.empty_layer for entry in image.history] == [False, True, False, False]
    lines = reconstruct.dockerfile(image, base="none", comments=False).splitlines()
    assert [line for line in lines if line.startswith(("ADD", "CMD", "RUN", "COPY"))] == [
        "ADD file-abababababab.tar.gz /",
        'CMD ["/bin/sh"]',
        *WRITTEN,
    ]
    if form not in ("CSV of one column", "CSV of a config"):
        assert [entry.size for entry in image.history] == [7_340_000, 0, 12_300_000, 2_050]


def test_a_command_of_several_lines_stays_whole() -> None:
    text = "RUN /bin/sh -c <<EOF (a…)\none, two\nEOF # buildkit"
    assert reconstruct.load(_csv([("CreatedBy", "Size"), (text, "1B")]).encode()).history[0].created_by == text


def test_what_portainer_cut_is_no_instruction() -> None:
    text = f"Order\tSize\tLayer\n1\t1 MB\t{'RUN ' + 'x' * 126}...\n2\t0 B\tUSER 1\n"
    assert [entry.cut for entry in reconstruct.load(text.encode()).history] == [True, False]


def test_a_table_s_rows_without_its_header() -> None:
    rows = [("<missing>", "2 weeks ago", text, size, "") for text, size in NEWEST]
    text = "$ docker history app\n" + "".join(_aligned(("", "", "", "", ""), rows).splitlines(keepends=True)[1:])
    assert [entry.created_by for entry in reconstruct.load(text.encode()).history] == [text for text, _ in STEPS]


@pytest.mark.parametrize(
    "text",
    [
        "name,size\na,1\n",
        "command\nls\n",
        "CREATED BY\n",
        "layer,size\n",
        "1\nhello\n2\nthere\n",
        "1 RUN a\n3 RUN b\n",
        "order\tsize\tlayer\n",
        "| created_by | kind |\n|---|---|\n| a | b |\n",
    ],
)
def test_other_tables_are_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        reconstruct.load(text.encode())


LARGE = {
    "columns": "CREATED BY  " + "SIZE  " * 100_000 + "\n" + "a\n" * 300_000,
    "lines of a command": "CREATED BY  SIZE\nRUN x       1B\n" + f"{'a' * 60}\n" * 30_000,
    "blanks before a size": "1 RUN " + " " * 500_000 + "x",
    "an open quotation mark": 'created_by,size\n"' + "a\n" * 300_000,
    "bars": "| created by | size |\n" + "|" * 500_000,
    "escapes": "| created by | size |\n" + "\\" * 500_000 + "|1\n",
    "numbers": "1\n" * 300_000,
}


@pytest.mark.parametrize("name", LARGE)
def test_a_large_table_takes_little_memory_and_time(name: str, tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    path.write_text(LARGE[name])
    ended = limited(path)
    assert ended.returncode in (0, 2), ended.stderr
    assert "memory" not in ended.stderr


@pytest.mark.parametrize("order", ["1" * 5000, "²", "-1", ""])
def test_an_order_that_is_no_number_is_passed_over(order: str) -> None:
    image = reconstruct.load(f"order,created_by\n{order},RUN x # buildkit\n1,RUN y # buildkit\n".encode())
    assert [entry.created_by for entry in image.history] == ["RUN y # buildkit", "RUN x # buildkit"]


def test_the_limit_of_the_csv_module_is_left_alone() -> None:
    before = csv.field_size_limit()
    reconstruct.load(_csv([("created_by", "size"), *NEWEST]).encode())
    assert csv.field_size_limit() == before
