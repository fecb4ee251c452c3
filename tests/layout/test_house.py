"""What an image's RUNs have in common decides where one alone can be read two ways."""

from __future__ import annotations

import pytest

import reconstruct
from reconstruct.image import HistoryEntry, Image
from reconstruct.layout import break_lines, house
from reconstruct.layout.house import UNKNOWN, House

SH = ("/bin/sh", "-c")
LIST = (
    "apt-get update && apt-get install -y ",
    " git ",
    " curl ",
    " wget ",
    " make && ",
    " rm -rf /var/lib/apt/lists/*",
)
CHAIN = ("wget https://example.org/a.tgz && ", " tar -xf a.tgz")


@pytest.mark.parametrize(
    ("texts", "known"),
    [
        (["".join(LIST)], House(1, 3)),
        (["a    b    c"], House(3, 2)),
        (["a    b", "c    d"], House(3, 2)),
        (["a    b  c"], UNKNOWN),
        (["a &&  b"], UNKNOWN),
        (["a b", ""], UNKNOWN),
        ([], UNKNOWN),
    ],
)
def test_words_of_lists_show_the_column(texts: list[str], known: House) -> None:
    assert house.of(texts) == known


def test_a_list_indented_by_one_blank() -> None:
    assert break_lines("".join(LIST), shell=SH) == LIST


def test_one_odd_blank_leaves_it_a_list() -> None:
    lines = (*LIST[:2], " curl  ", *LIST[3:])
    found = break_lines("".join(lines), shell=SH)
    assert [line.strip() for line in found] == [line.strip() for line in lines]


def test_doubled_blanks_in_deeper_lines_are_no_list() -> None:
    lines = ("set -x && ", "    su  grid  -c  a && ", "    su  db  -c  b && ", "    su  web  -c  c")
    assert break_lines("".join(lines), shell=SH, house=House(1, 3)) == lines


def test_other_runs_tell_how_deep_a_chain_is() -> None:
    known = house.of(["".join(LIST), "".join(CHAIN)])
    assert break_lines("".join(CHAIN), shell=SH, house=known) == CHAIN


def test_the_writer_knows_the_house_of_the_image_s_own_steps() -> None:
    texts = [f"RUN /bin/sh -c {''.join(lines)} # buildkit" for lines in (LIST, CHAIN)]
    history = tuple(
        HistoryEntry(text, comment="buildkit.dockerfile.v0") for text in ("ADD a.tar.gz / # buildkit", *texts)
    )
    written = reconstruct.dockerfile(Image(history=history), base="none", comments=False)
    assert "RUN " + "\\\n".join(CHAIN) in written


def test_windows_shell_begins_lines_with_the_operator() -> None:
    parts = [f"copy C:\\\\build\\\\artifacts\\\\file{n}.dll C:\\\\windows\\\\system32\\\\drivers" for n in range(6)]
    assert break_lines(" && ".join(parts), shell=("cmd", "/S", "/C"))[1].startswith("&& copy")
    assert break_lines(" && ".join(parts), shell=SH)[1].startswith("copy")
