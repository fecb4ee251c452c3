"""What becomes of steps: the hard cases of alignment, and what inside a step changed."""

from __future__ import annotations

import pytest

from reconstruct.diff import Difference, diff
from reconstruct.diff.model import BaseStatus, LayerStatus, Status
from tests.diff.made import BASE, built, of_history


def buildkit(*lines: str, **more: object) -> object:
    return of_history([f"{line} # buildkit" if line.startswith(("RUN", "COPY")) else line for line in lines], **more)  # type: ignore[arg-type]


def run(text: str) -> str:
    return f"RUN /bin/sh -c {text}"


def compare(old: list[str], new: list[str]) -> Difference:
    return diff(buildkit(*old), buildkit(*new))  # type: ignore[arg-type]


def rows(difference: Difference) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    return [(str(row.status), row.old, row.new) for row in difference.steps if row.status is not Status.SAME]


def test_an_image_is_the_same_as_itself() -> None:
    image = built("FROM x\nRUN a\nRUN a\nCOPY a /b\nENV A=1\n", "classic")

    difference = diff(image, image)

    assert not difference.different
    assert difference.cost == 0
    assert rows(difference) == []
    assert difference.base.status is BaseStatus.SAME


def test_a_step_inserted_before_ten_like_it() -> None:
    ten = [run(f"echo {number} >> /log && sync --now") for number in range(10)]

    assert rows(compare(ten, [run("echo new >> /log && sync --now"), *ten])) == [("added", (), (0,))]


def test_a_step_repeated_is_one_added() -> None:
    assert rows(compare([run("a")] * 3, [run("a")] * 4)) == [("added", (), (3,))]


def test_a_block_that_moved_is_one_block() -> None:
    block, rest = [run("one 1"), run("two 2")], [run("three 3"), run("four 4"), run("five 5")]

    difference = compare([*block, *rest], [*rest, *block])

    assert rows(difference) == [("moved", (0,), (3,)), ("moved", (1,), (4,))]
    assert [row.block for row in difference.steps if row.status is Status.MOVED] == [0, 0]


def test_two_similar_steps_that_swapped_are_moved_not_changed() -> None:
    first, second = run("apt-get install -y curl"), run("apt-get install -y wget")

    assert [status for status, _, _ in rows(compare([first, second], [second, first]))] == ["moved"]


def test_a_run_split_in_two_and_merged_again() -> None:
    one = run("apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*")
    parts = [run("apt-get update"), run("apt-get install -y curl && rm -rf /var/lib/apt/lists/*")]

    assert rows(compare([one], parts)) == [("split", (0,), (0, 1))]
    assert rows(compare(parts, [one])) == [("merged", (0, 1), (0,))]


def test_a_run_that_lost_its_end_is_changed_not_split() -> None:
    one = run("apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*")
    less = run("apt-get update && apt-get install -y curl")

    assert rows(compare([one], [less, run("true")])) == [("changed", (0,), (0,)), ("added", (), (1,))]


def test_of_two_near_identical_copies_the_right_one_changed() -> None:
    old = ["COPY a.conf /etc/a/", "COPY b.conf /etc/b/"]
    new = ["COPY a.conf /etc/a/", "COPY c.conf /etc/b/"]

    difference = compare(old, new)

    assert rows(difference) == [("changed", (1,), (1,))]
    assert [(change.field, change.old, change.new) for change in difference.steps[1].changes] == [
        ("source", "b.conf", "c.conf")
    ]


def test_of_two_copies_with_checksums_the_right_one_changed() -> None:
    def image(*sums: str) -> object:
        return of_history([f"/bin/sh -c #(nop) COPY file:{each * 64} in /x " for each in sums])

    assert rows(diff(image("a", "b"), image("c", "b"))) == [("changed", (0,), (0,))]  # type: ignore[arg-type]


def test_one_version_of_fifty_lines_is_what_changed() -> None:
    def image(version: str) -> object:
        lines = [f"package-{n}=1.{n}" for n in range(50)]
        lines[30] = f"package-30={version}"
        return buildkit(run("apt-get install -y \\t\\t".replace("\\t", "\t") + " \t\t".join(lines)))

    (row,) = diff(image("1.30"), image("1.31")).step_changes  # type: ignore[arg-type]
    (change,) = row.changes
    (edit,) = [edit for edit in change.lines if not edit.same]

    assert len(change.lines) >= 50
    assert [(word.op, word.text) for word in edit.words if word.op != "same"] == [
        ("removed", "1.30"),
        ("added", "1.31"),
    ]


def test_a_value_that_contains_the_changed_one_follows_from_it() -> None:
    old = built("FROM x\nENV HOME=/a\nENV BIN=$HOME/bin\nWORKDIR $HOME\nCOPY f $HOME/f\n", "buildkit")
    new = built("FROM x\nENV HOME=/b\nENV BIN=$HOME/bin\nWORKDIR $HOME\nCOPY f $HOME/f\n", "buildkit")

    changed = [row for row in diff(old, new).steps if row.status is Status.CHANGED]

    assert [row.follows for row in changed] == [None, 1, 1, 1]


def test_the_first_step_that_nothing_explains_is_where_the_cache_broke() -> None:
    text = "FROM x\nRUN one\nRUN two\nENV A=1\nRUN three\n"
    old, new = built(text, "buildkit"), built(text, "buildkit", layers={1: "other", 3: "other"})

    difference = diff(old, new)

    assert difference.different
    assert difference.layers.cache_broke == 2
    assert not difference.layers.explained
    assert difference.layers.rebuilt == (2, 4)
    assert difference.steps[1].layer is LayerStatus.SAME


def test_a_rebuild_after_a_changed_step_is_explained() -> None:
    old = built("FROM x\nRUN one\nRUN two\n", "buildkit")
    new = built("FROM x\nRUN other one\nRUN two\n", "buildkit", layers={1: "other"})

    assert diff(old, new).layers.explained


@pytest.mark.parametrize(("stamp", "status"), [("2025-02-01", BaseStatus.NEWER), ("2024-12-01", BaseStatus.OLDER)])
def test_a_base_of_another_day_is_not_a_step(stamp: str, status: BaseStatus) -> None:
    epoch = {"2025-02-01": 1738368000, "2024-12-01": 1733011200}[stamp]
    entry = {
        "created": f"{stamp}T00:00:00Z",
        "created_by": f"# debian.sh --arch 'amd64' out/ 'bookworm' '@{epoch}'",
        "comment": "debuerreotype 0.15",
    }
    other = {**BASE, "history": [entry], "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "2" * 64]}}
    text = "FROM x\nRUN one\n"

    difference = diff(built(text, "buildkit"), built(text, "buildkit", base=other))

    assert difference.base.status is status
    assert difference.step_changes == ()
    assert difference.layers.explained


def test_a_config_that_no_step_explains_is_reported() -> None:
    old = of_history(['CMD ["sh"]'], {"Env": ["A=1"], "Cmd": ["sh"]})
    new = of_history(['CMD ["sh"]'], {"Env": ["A=2"], "Cmd": ["sh"], "User": "app"})

    found = diff(old, new).config

    assert [(each.field, each.key, each.old, each.new, each.explained) for each in found] == [
        ("env", "A", "1", "2", "none"),
        ("user", None, None, "app", "none"),
    ]


def test_sizes_of_two_kinds_are_never_compared() -> None:
    import reconstruct

    config = {
        "os": "linux",
        "architecture": "amd64",
        "config": {},
        "history": [{"created_by": "RUN /bin/sh -c a # buildkit", "comment": "buildkit.dockerfile.v0"}],
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "a" * 64]},
    }
    manifest = {
        "schemaVersion": 2,
        "config": {"digest": "sha256:" + "0" * 64, "size": 1, "mediaType": "application/vnd.oci.image.config.v1+json"},
        "layers": [
            {"digest": "sha256:" + "b" * 64, "size": 10, "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip"}
        ],
    }

    def image(size: int) -> object:
        manifest["layers"][0]["size"] = size  # type: ignore[index]
        return reconstruct.load(config, manifest=dict(manifest))

    grown = diff(image(10), image(30)).sizes  # type: ignore[arg-type]
    assert (grown.kind, grown.old, grown.new) == ("compressed", 10, 30)
    assert diff(image(10), reconstruct.load(config)).sizes.kind is None  # type: ignore[arg-type]
