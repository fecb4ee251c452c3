"""ENV names the variable that its value continues, where it does; whatever is written, the same values come out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import reconstruct
from reconstruct.builders.predicting import predict
from reconstruct.image import HistoryEntry, Image
from reconstruct.record import replace
from reconstruct.syntax import Env, Pair, Step
from reconstruct.writer.variables import own_values
from tests.pace import is_linear, timed

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NOP = "/bin/sh -c #(nop)  "
DIGEST = "a" * 64


def image(*texts: str, builder: str = "buildkit", env: tuple[str, ...] = (), os: str = "linux") -> Image:
    entries = []
    for text in texts:
        classic = f"{'/bin/sh -c ' if text.startswith('RUN') else NOP}{text.removeprefix('RUN ')}"
        comment = "buildkit.dockerfile.v0" if builder == "buildkit" else ""
        entries.append(HistoryEntry(text if builder == "buildkit" else classic, comment=comment, empty_layer=True))
    return Image(config={"Env": list(env)}, history=tuple(entries), os=os)


def envs(made: Image, base: Image | None = None) -> list[str]:
    text = reconstruct.dockerfile(made, base=base or "none", comments=False)
    return [line for line in text.splitlines() if line.startswith("ENV")]


@pytest.mark.parametrize("builder", ["buildkit", "classic"])
@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([f"ENV PATH=/opt/app/bin:{PATH}"], ["ENV PATH=/opt/app/bin:$PATH"]),
        ([f"ENV PATH={PATH}:/opt/app/bin"], ["ENV PATH=$PATH:/opt/app/bin"]),
        ([f"ENV PATH=/a:{PATH}:/b"], ["ENV PATH=/a:$PATH:/b"]),
        (["ENV PATH=/only/mine:/bin"], ["ENV PATH=/only/mine:/bin"]),
        ([f"ENV PATH={PATH}"], [f"ENV PATH={PATH}"]),
        ([f"ENV PATH=/a:{PATH}", f"ENV PATH=/b:/a:{PATH}"], ["ENV PATH=/a:$PATH", "ENV PATH=/b:$PATH"]),
        ([f"ENV PATH=/a:{PATH}", f"ENV PATH=/b:{PATH}"], ["ENV PATH=/a:$PATH", f"ENV PATH=/b:{PATH}"]),
        (["ENV LIBS=/a", "ENV LIBS=/b:/a"], ["ENV LIBS=/a", "ENV LIBS=/b:$LIBS"]),
        (["ENV LIBS=/a", "ENV LIBS=/b/a"], ["ENV LIBS=/a", "ENV LIBS=/b/a"]),
        (
            ["ENV JAVA_HOME=/opt/java", f"ENV PATH=/opt/java/bin:{PATH}"],
            ["ENV JAVA_HOME=/opt/java", "ENV PATH=$JAVA_HOME/bin:$PATH"],
        ),
        (["ENV JAVA_HOME=/opt/java", "ENV PATH=/opt/java/bin"], ["ENV JAVA_HOME=/opt/java", "ENV PATH=/opt/java/bin"]),
        (
            ["ENV CACHE=/opt/java", f"ENV PATH=/opt/java/bin:{PATH}"],
            ["ENV CACHE=/opt/java", "ENV PATH=/opt/java/bin:$PATH"],
        ),
        (["ENV HOME=/", f"ENV PATH=/bin:{PATH}"], ["ENV HOME=/", "ENV PATH=/bin:$PATH"]),
        (["ENV A=1", "ENV A=1"], ["ENV A=1", "ENV A=1"]),
        (["ARG VERSION=1.2", "ENV VERSION=1.2"], ["ENV VERSION=$VERSION"]),
        (["ARG VERSION=1.2", "ENV VERSION=1.2.3"], ["ENV VERSION=1.2.3"]),
        (["ENV VERSION=1", "ARG VERSION=1.2", "ENV VERSION=1.2"], ["ENV VERSION=1", "ENV VERSION=1.2"]),
        (["ARG VERSION", "ENV VERSION="], ["ENV VERSION="]),
        ([f"ENV PATH=/with blank:{PATH}"], [f'ENV PATH="/with blank:{PATH}"']),
        ([f"ENV PATH=/$x:{PATH}"], [f"ENV PATH='/$x:{PATH}'"]),
    ],
)
def test_a_value_that_continues_its_variable_names_it(builder: str, texts: list[str], expected: list[str]) -> None:
    assert envs(image(*texts, builder=builder)) == expected


@pytest.mark.parametrize("value", ["", "a b", "/other", "$x", "/opt/java/", "//"])
def test_a_home_that_is_set_again_is_another(value: str) -> None:
    texts = ["ENV JAVA_HOME=/opt/java", f"ENV JAVA_HOME={value}", f"ENV PATH=/opt/java/bin:{PATH}"]
    made = image(*texts, env=(f"JAVA_HOME={value}", f"PATH=/opt/java/bin:{PATH}"))
    assert envs(made)[-1] == "ENV PATH=/opt/java/bin:$PATH"


def test_the_root_is_no_home() -> None:
    texts = ["ENV A_HOME=//", f"ENV PATH=/bin:/opt/bin:{PATH}"]
    assert envs(image(*texts))[-1] == "ENV PATH=/bin:/opt/bin:$PATH"


def test_of_two_homes_in_one_place_the_last_one_set_counts() -> None:
    texts = ["ENV A_HOME=/opt", "ENV B_HOME=/opt", "ENV A_HOME=/other", f"ENV PATH=/opt/bin:{PATH}"]
    assert envs(image(*texts))[-1] == "ENV PATH=$B_HOME/bin:$PATH"


def _many_homes(count: int) -> float:
    homes = [Step(Env(pairs=(Pair(f"A{number}_HOME", f"/opt/{number}"),))) for number in range(count)]
    paths = [Step(Env(pairs=(Pair("PATH", f"/a:{PATH}" if number % 2 else PATH),))) for number in range(count)]
    return timed(lambda: own_values([*homes, *paths], {"PATH": PATH}, (), (), dict))[1]


def test_homes_are_not_gone_through_for_each_path() -> None:
    assert is_linear(_many_homes, 200, 2000)


def test_a_given_base_gives_the_path() -> None:
    below = image("ADD rootfs.tar / # buildkit", env=("PATH=/base/bin", "LIBS=/x"))
    made = image("ADD rootfs.tar / # buildkit", "ENV PATH=/a:/base/bin", "ENV LIBS=/y:/x", f"ENV PATH=/b:{PATH}")
    assert envs(made, below) == ["ENV PATH=/a:$PATH", "ENV LIBS=/y:$LIBS", f"ENV PATH=/b:{PATH}"]


def test_a_path_that_was_not_set() -> None:
    made = image("ENV LD_LIBRARY_PATH=/usr/local/lib:", "ENV PYTHONPATH=:/srv", "ENV X=a:")
    assert envs(made) == [
        "ENV LD_LIBRARY_PATH=/usr/local/lib:$LD_LIBRARY_PATH",
        "ENV PYTHONPATH=$PYTHONPATH:/srv",
        "ENV X=a:",
    ]


def test_an_argument_that_buildkit_gives_has_no_default() -> None:
    made = replace(
        image(
            "ARG TARGETARCH=amd64",
            "ARG TARGETOS=windows",
            "ARG EMPTY=",
            "RUN |3 TARGETARCH=amd64 TARGETOS=windows EMPTY= /bin/sh -c true # buildkit",
        ),
        architecture="amd64",
    )
    text = reconstruct.dockerfile(made, base="none", comments=False)
    assert text.splitlines()[1:] == ["ARG TARGETARCH", "ARG TARGETOS=windows", 'ARG EMPTY=""', "RUN true"]
    old = replace(made, raw_config={"config": {"OnBuild": None, "Env": []}})
    assert "ARG TARGETARCH=amd64\n" in reconstruct.dockerfile(old, base="none", comments=False)
    classic = replace(image("ARG TARGETARCH=amd64", builder="classic"), architecture="amd64")
    assert "ARG TARGETARCH=amd64\n" in reconstruct.dockerfile(classic, base="none", comments=False)


@pytest.mark.parametrize(("indent", "shown"), [("  ", "  "), ("    ", "    "), ("\t", "    ")])
def test_pairs_are_indented_as_the_runs_by_two_blanks(indent: str, shown: str) -> None:
    pairs = "LANG=C.UTF-8 PATH_OF_THE_APPLICATION=/srv/application"
    made = image(
        f"ENV {pairs}",
        f"RUN /bin/sh -c apt-get update && {indent}apt-get upgrade -y && {indent}true # buildkit",
        env=tuple(pairs.split()),
    )
    text = reconstruct.dockerfile(made, base="none", comments=False)
    assert f"ENV LANG=C.UTF-8 \\\n{shown}PATH_OF" in text
    assert f"&& \\\n{indent}apt-get upgrade" in text


def test_windows_has_no_path_of_its_own() -> None:
    assert envs(image(f"ENV PATH=/a:{PATH}", os="windows")) == [f"ENV PATH=/a:{PATH}"]


def test_the_lines_of_a_value_come_back() -> None:
    text = reconstruct.dockerfile(image("ENV DEPS=autoconf \t\tfile \t\tg++"), base="none", comments=False)
    assert 'ENV DEPS="autoconf \\\n\t\tfile \\\n\t\tg++"\n' in text
    flat = reconstruct.dockerfile(
        image("ENV DEPS=autoconf \t\tfile \t\tg++"), base="none", comments=False, layout="flat"
    )
    assert 'ENV DEPS="autoconf \t\tfile \t\tg++"\n' in flat


def _declares_once(lines: list[str]) -> bool:
    """An argument declared twice is read as two stages' (tests/writer/test_stages.py)."""
    names = [line[4:].partition("=")[0] for line in lines if line.startswith("ARG ")]
    return len(names) == len(set(names))


NAMES = st.sampled_from(["PATH", "LIBS", "V", "A_HOME"])
VALUES = st.one_of(
    st.sampled_from(["$PATH", "/a:$PATH", "$PATH:/b", "/a:$LIBS", "$LIBS:$PATH", "$V", "1.2", "/h", "/h/", "//", "/h/bin:$PATH:/h/sbin", "$A_HOME/bin:$PATH", "/c d:$PATH", "'$PATH':$PATH", "${V}x"]),
    st.text(st.sampled_from(list("ab:/$ \"'#,")), max_size=12).filter(lambda text: text.count('"') % 2 == text.count("'") % 2 == 0),
)  # fmt: skip
LINES = st.one_of(
    st.builds(lambda name, value: f'ENV {name}="{value}"', NAMES, VALUES.filter(lambda value: '"' not in value)),
    st.builds(lambda name, value: f"ARG {name}={value}", NAMES, st.sampled_from(["1.2", "/a", "b"])),
    st.builds(lambda name: f"ARG {name}", NAMES),
    st.just("RUN true"),
    st.sampled_from(
        [
            "ARG TARGETARCH",
            "ARG TARGETPLATFORM",
            "ARG TARGETVARIANT",
            "ARG TARGETARCH=amd64",
            'LABEL a="" b=c',
            "ARG E=",
        ]
    ),
    st.builds(lambda first, second: f'ENV V="{first}" LIBS="{second}"', *[VALUES.filter(lambda v: '"' not in v)] * 2),
)


@pytest.mark.parametrize("builder", ["buildkit", "buildkit-0.8", "classic"])
@given(lines=st.lists(LINES, min_size=1, max_size=8).filter(_declares_once))
def test_the_same_history_and_config_come_out(builder: str, lines: list[str]) -> None:
    below = image("ADD rootfs.tar / # buildkit", env=(f"PATH={PATH}",))
    first = predict("\n".join(["FROM base", *lines]), builder=builder, base=below)
    made = Image(
        architecture="amd64",
        config=first.config,
        # What Docker 20.10 saved, by which its history is known to be the Dockerfile's own text.
        raw_config={"config": {"OnBuild": None}} if builder == "buildkit-0.8" else {},
        history=below.history
        + tuple(
            HistoryEntry(entry.created_by, comment=entry.comment or "", empty_layer=bool(entry.empty_layer))
            for entry in first.own
        ),
    )
    second = predict(reconstruct.dockerfile(made, base=below), builder=builder, base=below)
    assert [entry.created_by for entry in second.own] == [entry.created_by for entry in first.own]
    assert second.config == first.config


@pytest.mark.parametrize(
    ("texts", "base"),
    [
        (["ARG LD_LIBRARY_PATH=0", "ENV LD_LIBRARY_PATH=:/opt/lib"], ()),
        (["ARG LD_LIBRARY_PATH=0", "ENV LD_LIBRARY_PATH=/opt/lib:"], ()),
        (["ENV LIBS=/a", "ARG LIBS=/c", "ENV LIBS=/b:/a"], ()),
        (["ARG LIBS=/c", "ENV LIBS=/b:/a"], ("LIBS=/a",)),
        ([f"ARG PATH=/c:{PATH}", f"ENV PATH=/b:{PATH}"], ()),
    ],
)
def test_a_variable_that_may_stand_for_an_argument_is_not_named(texts: list[str], base: tuple[str, ...]) -> None:
    """BuildKit 0.8 takes ENV's value, a current one that of whichever is the later (`dispatchArg` in convert.go)."""
    env = dict(entry.split("=") for entry in (f"PATH={PATH}", *base))
    assert own_values(reconstruct.steps(image(*texts)), env, (), (), dict) == {}


def test_a_directory_is_not_named_by_what_may_stand_for_an_argument() -> None:
    made = image("ENV JAVA_HOME=/opt/java", "ARG JAVA_HOME=/opt/jre", f"ENV PATH=/opt/java/bin:{PATH}")
    assert envs(made)[-1] == "ENV PATH=/opt/java/bin:$PATH"


def test_a_variable_set_after_the_argument_is_named_again() -> None:
    made = image("ARG LIBS=/c", "ENV LIBS=/a", "ENV LIBS=/b:/a")
    assert envs(made) == ["ENV LIBS=/a", "ENV LIBS=/b:$LIBS"]
