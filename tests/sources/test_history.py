"""Printed histories: every form of `docker history`, the engine's API, podman and nerdctl."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconstruct import times
from reconstruct.errors import UnreadableError
from reconstruct.sources import history, load

IDENTITY = "sha256:" + "ab" * 32

ROWS: list[tuple[str, str, str, str]] = [
    ("2024-01-02T03:04:08Z", 'CMD ["sh" "-c" "a   5MB   b"]', "0B", "buildkit.dockerfile.v0"),
    ("2024-01-02T03:04:07Z", "RUN /bin/sh -c echo a &&     echo b # buildkit", "1.5kB", "buildkit.dockerfile.v0"),
    (
        "2024-01-02T03:04:06Z",
        "RUN /bin/sh -c set -e\necho first\n\techo second\n # buildkit",
        "0B",
        "buildkit.dockerfile.v0",
    ),
    ("2024-01-02T03:04:05Z", "/bin/sh -c #(nop)  ENV A=b  c   12kB   x", "0B", ""),
    ("2024-01-02T03:04:04Z", "/bin/sh -c #(nop) ADD file:aa in / ", "7.8MB", ""),
]
COMMANDS = [row[1] for row in reversed(ROWS)]
EMPTY = [False, True, False, False, True]


def _json_lines(rows: list[tuple[str, str, str, str]] = ROWS) -> str:
    lines = []
    for number, (created, command, size, comment) in enumerate(rows):
        identity = IDENTITY if number == 0 else "<missing>"
        lines.append(
            json.dumps(
                {
                    "Comment": comment,
                    "CreatedAt": created,
                    "CreatedBy": command,
                    "CreatedSince": "2 years ago",
                    "ID": identity,
                    "Size": size,
                }
            )
        )
    return "\n".join(lines) + "\n"


def _table(rows: list[tuple[str, str, str, str]] = ROWS, human: bool = True, identity: str = IDENTITY) -> str:
    """As Go's tabwriter aligns it: a line break in a command ends the block of aligned lines."""
    head = ("IMAGE", "CREATED" if human else "CREATED AT", "CREATED BY", "SIZE", "COMMENT")
    cells = [head]
    for number, (created, command, size, comment) in enumerate(rows):
        first = identity if number == 0 else "<missing>"
        cells.append((first, "2 years ago" if human else created, command.replace("\t", " "), size, comment))
    widths = [max(10, *(len(row[column].split("\n")[-1]) + 3 for row in cells)) for column in range(4)]
    lines = []
    for row in cells:
        line = ""
        for column, cell in enumerate(row):
            line += cell if column == 4 else cell + " " * (widths[column] - len(cell.split("\n")[-1]))
        lines.append(line)
    return "\n".join(lines) + "\n"


def test_json_lines() -> None:
    image = load(_json_lines().encode())
    assert [entry.created_by for entry in image.history] == COMMANDS
    assert [entry.empty_layer for entry in image.history] == EMPTY
    assert [entry.created for entry in image.history] == [row[0] for row in reversed(ROWS)]
    assert [layer.size for layer in image.layers] == [7_800_000, 0, 1500]
    assert image.image_id == IDENTITY
    assert not image.has_config
    assert "layer sizes are rounded, as printed" in image.notes


def test_reversed_json_lines() -> None:
    turned = "\n".join(reversed(_json_lines().splitlines()))
    assert [entry.created_by for entry in load(turned.encode()).history] == COMMANDS


def test_pretty_printed_json_and_an_array_of_the_same() -> None:
    items = [json.loads(line) for line in _json_lines().splitlines()]
    pretty = "\n".join(json.dumps(item, indent=2) for item in items)
    assert load(pretty.encode()).history == load(json.dumps(items).encode()).history == load(items).history


@pytest.mark.parametrize("human", [True, False])
def test_the_table_with_whole_text(human: bool) -> None:
    image = load(_table(human=human).encode())
    assert [entry.created_by for entry in image.history] == [text.replace("\t", " ") for text in COMMANDS]
    assert [entry.empty_layer for entry in image.history] == EMPTY
    assert [layer.size for layer in image.layers] == [7_800_000, 0, 1500]
    assert [entry.comment for entry in image.history] == [row[3] for row in reversed(ROWS)]
    assert image.history[-1].created == (None if human else "2024-01-02T03:04:08Z")


def test_the_table_as_powershell_writes_it_and_for_a_platform() -> None:
    data = b"\xff\xfe" + _table().replace("\n", "\r\n").encode("utf-16-le")
    image = load(data, platform="linux/amd64")
    assert [entry.created_by for entry in image.history] == [text.replace("\t", " ") for text in COMMANDS]


def test_line_separators_inside_a_command_end_no_row() -> None:
    rows = [("", "RUN printf '\x0b\x0c\x1c\u2028'", "3B", "")]
    assert load(_table(rows).encode()).history[0].created_by == rows[0][1]


def test_the_table_that_cuts_says_so() -> None:
    rows = [
        (created, command.replace("\n", " ")[:44] + "…", size, comment) for created, command, size, comment in ROWS[1:3]
    ]
    image = load(_table(rows, identity="abababababab").encode())
    assert "2 of 2 history entries truncated: print them with --no-trunc" in image.notes
    assert [entry.cut for entry in image.history] == [True, True]
    assert image.image_id is None


def test_sizes_in_bytes_are_not_rounded() -> None:
    rows = [
        (created, command, {"0B": "0", "1.5kB": "1503", "7.8MB": "7801234"}[size], comment)
        for created, command, size, comment in ROWS
    ]
    image = load(_table(rows, human=False).encode())
    assert [layer.size for layer in image.layers] == [7801234, 0, 1503]
    assert image.notes == ()


def test_podman_s_table_and_its_json() -> None:
    table = (
        "ID            CREATED        CREATED BY                                     SIZE        COMMENT\n"
        'abababababab  2 weeks ago    /bin/sh -c #(nop) CMD ["sh"]                   0 B         FROM docker.io/library/alpine:3\n'
        "<missing>     3 weeks ago    /bin/sh -c echo hi > /f                        3.58 kB     \n"
        "<missing>     3 weeks ago    /bin/sh -c #(nop) ADD file:aa in /             7.63 MB     \n"
    )
    items: list[dict[str, Any]] = [
        {
            "id": "ab" * 32,
            "created": "2024-01-02T03:04:05Z",
            "CreatedBy": '/bin/sh -c #(nop) CMD ["sh"]',
            "size": 0,
            "comment": "FROM docker.io/library/alpine:3",
            "tags": ["localhost/a:1"],
        },
        {"id": "<missing>", "created": "2024-01-02T03:04:04Z", "CreatedBy": "/bin/sh -c echo hi > /f", "size": 3584},
        {
            "id": "<missing>",
            "created": "2024-01-02T03:04:03Z",
            "CreatedBy": "/bin/sh -c #(nop) ADD file:aa in / ",
            "size": 7630000,
        },
    ]
    one, other = load(table.encode()), load(items)
    assert [entry.created_by for entry in one.history] == [entry.created_by for entry in other.history]
    assert [entry.empty_layer for entry in one.history] == [False, False, True]
    assert [layer.size for layer in one.layers] == [7_630_000, 3580]
    assert other.tags == ("localhost/a:1",)
    assert other.image_id == IDENTITY


@pytest.mark.parametrize(
    ("command", "system"),
    [
        ("cmd /S /C #(nop)  ENV A=1", "windows"),
        ("powershell -Command $x; dir", "windows"),
        ("Apply image 10.0.20348.643", "windows"),
        ("RUN cmd /S /C dir # buildkit", "windows"),
        ("/bin/sh -c echo cmd /S /C", "linux"),
    ],
)
def test_the_shell_shows_the_system(command: str, system: str) -> None:
    assert load([{"Id": "<missing>", "CreatedBy": command, "Size": 1}]).os == system


def test_the_engine_s_api() -> None:
    items = [
        {
            "Comment": "",
            "Created": 1409856216,
            "CreatedBy": "/bin/sh -c #(nop) CMD [/bin/bash]",
            "Id": IDENTITY,
            "Size": 0,
            "Tags": ["debian:7"],
        },
        {
            "Comment": "",
            "Created": 1409856213,
            "CreatedBy": "/bin/sh -c #(nop) ADD file:1e in /",
            "Id": "<missing>",
            "Size": 85178663,
            "Tags": None,
        },
        # The root of images before Docker 1.10 has no command at all.
        {"Created": 1371157430, "Id": "5" * 64},
    ]
    image = load(items)
    assert [entry.created for entry in image.history] == [
        "2013-06-13T21:03:50Z",
        "2014-09-04T18:43:33Z",
        "2014-09-04T18:43:36Z",
    ]
    assert [layer.size for layer in image.layers] == [85178663]
    assert image.tags == ("debian:7",)


def test_the_history_of_a_config_alone_is_oldest_first() -> None:
    items = [
        {"created_by": "ADD x /", "created": "2024-01-01T00:00:00Z"},
        {"created_by": 'CMD ["sh"]', "empty_layer": True},
    ]
    image = load(items)
    assert [entry.created_by for entry in image.history] == ["ADD x /", 'CMD ["sh"]']
    assert len(image.layers) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0B", 0),
        ("12B", 12),
        ("1.99MB", 1_990_000),
        ("1.5 kB", 1500),
        ("2GiB", 2 << 30),
        ("1503", 1503),
        ("", None),
        ("big", None),
        (7, 7),
        (-1, None),
        (True, None),
        (None, None),
    ],
)
def test_sizes(text: Any, expected: int | None) -> None:
    assert history.size(text) == expected


@pytest.mark.parametrize(
    ("seconds", "expected"), [(0, "1970-01-01T00:00:00Z"), (-62135596800, "0001-01-01T00:00:00Z"), (1 << 60, None)]
)
def test_times_of_the_api(seconds: int, expected: str | None) -> None:
    assert times.from_seconds(seconds) == expected


_TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\t"), max_size=60
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_TEXT, st.integers(0, 10**12)), min_size=1, max_size=6))
def test_any_command_comes_back_from_json(entries: list[tuple[str, int]]) -> None:
    items = [
        {"Id": "<missing>", "Created": 1, "CreatedBy": text, "Size": size, "Comment": "", "Tags": None}
        for text, size in entries
    ]
    image = load(items)
    assert [(entry.created_by, entry.size) for entry in image.history] == entries[::-1]


_WORDS = st.lists(
    st.sampled_from(["RUN", "a", "1B", "5MB", "<missing>", "2 days ago", "sha256:", "#(nop)", "&&", "…"]),
    min_size=1,
    max_size=8,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_WORDS, st.sampled_from([" ", "   ", "\n "])), min_size=1, max_size=5))
def test_a_table_never_loses_or_mixes_rows(rows: list[tuple[list[str], str]]) -> None:
    made = [("2024-01-02T03:04:05Z", gap.join(words), "3B", "") for words, gap in rows]
    image = load(_table(made).encode())
    assert [entry.created_by for entry in image.history] == [row[1] for row in reversed(made)]


def _nerdctl(rows: list[tuple[str, str, str, str]], cut: bool = False) -> str:
    """As `nerdctl history` prints it: newest first, a snapshot's name on each entry with a layer."""
    cells = [("SNAPSHOT", "CREATED", "CREATED BY", "SIZE", "COMMENT")]
    for identity, created, command, size in rows:
        if cut:
            identity = identity if len(identity) <= 45 else identity[:44] + "…"
            command = command if len(command) <= 45 else command[:44] + "…"
        cells.append((identity, created, command, size, ""))
    widths = [max(len(row[column]) for row in cells) + 4 for column in range(4)]
    return "\n".join("".join(cell.ljust(width) for cell, width in zip(row, (*widths, 0), strict=True)) for row in cells)


SNAPSHOTS = [
    ("<missing>", "3 years ago", '/bin/sh -c #(nop)  CMD ["/bin/sh"]', "0B"),
    ("sha256:" + "ab" * 32, "3 years ago", "/bin/sh -c true", "0B"),
    ("<missing>", "3 years ago", "/bin/sh -c echo this changed no file at all, and is long enough to be cut", "0B"),
    ("sha256:" + "cd" * 32, "3 years ago", "/bin/sh -c #(nop) ADD file:aa in / ", "5.947MB"),
]


@pytest.mark.parametrize("cut", [False, True])
def test_nerdctl_lists_the_newest_first_and_names_what_has_a_layer(cut: bool) -> None:
    image = load(_nerdctl(SNAPSHOTS, cut).encode())
    assert [entry.empty_layer for entry in image.history] == [False, True, False, True]
    assert [entry.created_by[:21] for entry in image.history] == [row[2][:21] for row in reversed(SNAPSHOTS)]
    assert [entry.cut for entry in image.history] == [False, cut, False, False]
    assert [layer.size for layer in image.layers] == [5947000, 0]
    assert image.image_id is None


def test_nerdctl_s_json_is_read_alike() -> None:
    lines = [
        json.dumps({"Snapshot": identity, "CreatedSince": created, "CreatedBy": command, "Size": size, "Comment": ""})
        for identity, created, command, size in SNAPSHOTS
    ]
    image = load("\n".join(lines).encode())
    assert [entry.created_by for entry in image.history] == [row[2] for row in reversed(SNAPSHOTS)]
    assert [entry.empty_layer for entry in image.history] == [False, True, False, True]


@pytest.mark.parametrize(
    "ages", [("2 weeks ago", "3 weeks ago", "4 months ago"), ("5 hours ago", "2 days ago", "a year ago")]
)
@pytest.mark.parametrize("turned", [False, True])
def test_times_show_a_reversed_listing(ages: tuple[str, str, str], turned: bool) -> None:
    rows = [("<missing>", age, f"/bin/sh -c step {3 - number}", "1B") for number, age in enumerate(ages)]
    image = load(_nerdctl(rows[::-1] if turned else rows).encode())
    assert [entry.created_by[-1] for entry in image.history] == ["1", "2", "3"]


def test_placeholder_times_and_unordered_times_show_nothing() -> None:
    for ages in (("56 years ago", "2 days ago"), ("3 days ago", "4 days ago", "2 days ago"), ("N/A", "N/A")):
        rows = [("<missing>", age, f"/bin/sh -c step {9 - number}", "1B") for number, age in enumerate(ages)]
        steps = [entry.created_by[-1] for entry in load(_nerdctl(rows).encode()).history]
        assert steps == sorted(steps)


@pytest.mark.parametrize("length", [4, 8, 12, 13, 64])
def test_ids_of_any_length_make_a_row(length: int) -> None:
    table = (
        f"{'IMAGE':<70}{'CREATED':<16}{'CREATED BY':<60}SIZE      COMMENT\n"
        f"{'a1' * (length // 2):<70}{'2 weeks ago':<16}{'/bin/sh -c #(nop)  CMD [x]':<60}0B\n"
        f"{'b2' * (length // 2):<70}{'2 weeks ago':<16}{'/bin/sh -c make':<60}8MB\n"
        f"{'<missing>':<70}{'7 weeks ago':<16}{'/bin/sh -c #(nop) ADD file:aa in /':<60}9MB\n"
    )
    image = load(table.encode())
    assert [entry.created_by for entry in image.history] == [
        "/bin/sh -c #(nop) ADD file:aa in / ",
        "/bin/sh -c make",
        "/bin/sh -c #(nop)  CMD [x]",
    ]


def _old(texts: list[str], identity: str = "ab" * 6) -> bytes:
    """As Docker before 1.10 printed it: cut to 45 characters, nothing put there."""
    width = max(len(text) for text in texts) + 3
    lines = [f"{'IMAGE':<20}{'CREATED':<20}{'CREATED BY':<{width}}SIZE                COMMENT"]
    lines += [f"{identity:<{max(20, len(identity) + 3)}}{'8 days ago':<20}{text:<{width}}1.2 MB" for text in texts]
    return "\n".join(lines).encode()


def test_text_truncated_without_a_mark_is_marked() -> None:
    texts = [
        "/bin/sh -c #(nop) ENV LC_ALL=C.UTF-8",
        "/bin/sh -c dpkg-reconfigure locales &&    loc",
        "/bin/sh -c apt-get update && apt-get install ",
        "/bin/sh -c apt-get update &&                 ",
        "/bin/sh -c make",
    ]
    image = load(_old(texts))
    assert [entry.cut for entry in reversed(image.history)] == [False, True, True, True, False]
    assert any("--no-trunc" in note for note in image.notes)


def test_a_text_as_long_as_the_column_is_complete_if_others_or_ids_are_longer() -> None:
    exact = "/bin/sh -c dpkg-reconfigure locales &&    loc"
    assert not any(entry.cut for entry in load(_old([exact, exact + "ale-gen"])).history)
    assert not any(entry.cut for entry in load(_old([exact], "ab" * 32)).history)
    assert [entry.cut for entry in load(_old([exact, exact[:44] + "…"])).history] == [True, False]


@pytest.mark.parametrize("size", ["9" * 5000 + "B", "9" * 5000, "1." + "9" * 5000 + "kB", "٣B", "²B"])
def test_a_size_of_any_digits_is_read_or_unknown(size: str) -> None:
    assert history.size(size) is None
    assert load([{"id": "x", "created": 1, "createdBy": "/bin/sh -c x", "size": size}]).history[0].size is None


@pytest.mark.parametrize("head", ["IMAGE CREATED CREATED BY SIZE COMMENT", "LAYER CREATED CREATED BY SIZE COMMENT"])
def test_a_table_without_rows_is_not_an_image(head: str) -> None:
    with pytest.raises(UnreadableError, match="without rows"):
        load(f"{head}\nsomething else\n".encode())


def test_a_byte_of_another_encoding_costs_one_character() -> None:
    image = load(_table().replace("echo a", "echo é").encode("latin-1"))
    assert [entry.created_by for entry in image.history][3] == "RUN /bin/sh -c echo \ufffd &&     echo b # buildkit"
    assert any("invalid UTF-8" in note for note in image.notes)
    with pytest.raises(UnreadableError, match="not valid UTF-8"):
        load("é".encode("latin-1") * 50)
