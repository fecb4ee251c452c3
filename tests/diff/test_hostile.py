"""Whatever two images hold, a diff comes back, in bounded time, and is shown."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reconstruct
from reconstruct.diff import diff
from reconstruct.diff.canonical import canonical
from reconstruct.diff.model import Status
from reconstruct.diff.render import FORMATS, render
from tests.diff.made import of_history
from tests.pace import is_linear, timed

LINES = st.sampled_from(
    [
        "RUN /bin/sh -c a && b # buildkit",
        "RUN |1 A=1 /bin/sh -c a # buildkit",
        "/bin/sh -c a",
        "/bin/sh -c #(nop) ARG A B",
        "/bin/sh -c #(nop) ENV A=$B ${C:-x} \"q",
        "/bin/sh -c #(nop) COPY file:" + "a" * 64 + " in ${X",
        "/bin/sh -c #(nop)  HEALTHCHECK &{[\"NONE\"] \"0s\" \"0s\" \"0s\" '\\x00'}",
        "ENV A=1 B=2",
        "EXPOSE map[1-70000/tcp:{} 80/tcp:{}]",
        "COPY <<EOT /x # buildkit",
        "WORKDIR ../..",
        "ONBUILD RUN x",
        "CMD [\"a",
        "",
        "#",
        "\x00\ud800",
    ]
)  # fmt: skip
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
CONFIGS = st.dictionaries(
    st.sampled_from(
        ["Env", "Labels", "Cmd", "Entrypoint", "ExposedPorts", "Volumes", "Healthcheck", "OnBuild", "Shell", "User"]
    ),
    VALUES,
    max_size=4,
)


@settings(max_examples=60)
@given(st.lists(LINES, max_size=8), st.lists(LINES, max_size=8), CONFIGS, CONFIGS)
def test_any_two_images_have_a_difference_that_can_be_shown(
    old: list[str], new: list[str], before: dict[str, Any], after: dict[str, Any]
) -> None:
    images = of_history(old, before), of_history(new, after)

    difference = diff(*images)

    assert not diff(images[0], images[0]).different
    for format_ in FORMATS:
        render(difference, format_)
    places = [i for row in difference.steps for i in row.old]
    assert len(set(places)) == len(places)
    assert set(places) <= set(range(len(difference.old.steps)))


def test_an_image_without_history_or_config() -> None:
    nothing = reconstruct.load({"os": "linux", "architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": []}})

    assert not diff(nothing, nothing).different
    one = diff(nothing, of_history(["RUN /bin/sh -c a # buildkit"]))
    assert (one.steps, one.untold) == ((), "not compared: the old image has no history")
    assert render(diff(nothing, nothing))


@pytest.mark.no_cover
def test_a_history_of_thousands_of_steps() -> None:
    def took(count: int) -> float:
        steps = [f"RUN /bin/sh -c echo {n} # buildkit" for n in range(count)]
        images = of_history(steps), of_history([*steps[:200], *steps[201:], steps[200]])

        difference, seconds = timed(lambda: diff(*images))

        assert [row.status for row in difference.step_changes] == [Status.MOVED]
        return seconds

    assert is_linear(took, 625, 5_000)


@pytest.mark.no_cover
def test_a_command_of_a_megabyte() -> None:
    def took(count: int) -> float:
        old, new = "a b " * count, "b a " * count
        images = of_history([f"RUN /bin/sh -c {old}c # buildkit"]), of_history([f"RUN /bin/sh -c {new}d # buildkit"])

        difference, seconds = timed(lambda: diff(*images))

        assert [row.status for row in difference.step_changes] == [Status.CHANGED]
        return seconds

    assert is_linear(took, 31_250, 250_000)


@pytest.mark.no_cover
def test_ports_named_by_the_million_are_not_spelled_out() -> None:
    ranges = " ".join(f"{n}-65535" for n in range(1, 2000))
    image = of_history([f"EXPOSE {ranges}"])

    difference, seconds = timed(lambda: diff(image, image))

    assert not difference.different
    assert seconds < 20


@pytest.mark.parametrize(
    "lines",
    [
        [f"ENV A{n}={n}" for n in range(3000)],
        [f"ARG A{n}={n}" for n in range(3000)],
        [f"ENV A{n}={n}" for n in range(1000)]
        + ["RUN |1000 " + " ".join(f"A{n}={n}" for n in range(1000)) + " /bin/sh -c x # buildkit"],
    ],
    ids=["ENV", "ARG", "ENV before RUN's arguments"],
)
def test_steps_hold_no_copies_of_all_that_was_set_before(lines: list[str]) -> None:
    image = of_history(lines)
    steps = reconstruct.steps(image)
    tracemalloc.start()
    try:
        assert len(canonical(image, steps)) == len(lines)
        assert tracemalloc.get_traced_memory()[1] < 15 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.no_cover
@pytest.mark.parametrize("keyword", ["ENV", "EXPOSE", "VOLUME"])
def test_a_config_of_thousands_of_keys(keyword: str) -> None:
    def took(count: int) -> float:
        config: dict[str, Any]
        if keyword == "ENV":
            line, config = " ".join(f"A{n}={n}" for n in range(count)), {"Env": [f"A{n}={n}" for n in range(count)]}
        elif keyword == "EXPOSE":
            line, config = (
                f"[{' '.join(f'{n}/tcp' for n in range(count))}]",
                {"ExposedPorts": {f"{n}/tcp": {} for n in range(count)}},
            )
        else:
            line, config = (
                f"[{' '.join(f'/v{n}' for n in range(count))}]",
                {"Volumes": {f"/v{n}": {} for n in range(count)}},
            )
        images = of_history(["RUN /bin/sh -c a # buildkit"]), of_history([f"{keyword} {line}"], config)
        found, seconds = timed(lambda: diff(*images))
        assert {change.step for change in found.config} == {0 if found.steps[0].keyword == keyword else 1}
        assert len(found.config) == count
        return seconds

    assert is_linear(took, 1_000, 8_000)
