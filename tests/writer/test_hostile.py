"""Values that Go and Python read differently, and values of unrealistic size."""

from __future__ import annotations

import pytest

import reconstruct
from reconstruct.image import HistoryEntry, Image
from tests.pace import timed

BUILDKIT = "buildkit.dockerfile.v0"
NOP = "/bin/sh -c #(nop) "


def lines(*entries: HistoryEntry) -> list[str]:
    text = reconstruct.dockerfile(Image(history=entries), comments=False)
    text.encode()
    return [line for line in text.splitlines()[1:] if line]


def buildkit(text: str) -> HistoryEntry:
    return HistoryEntry(created_by=text, comment=BUILDKIT)


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (buildkit(f"EXPOSE [{'1' * 5000}/tcp 80/tcp]"), []),
        (buildkit("EXPOSE [\u00b2/tcp]"), []),
        (buildkit("EXPOSE [\u0663/tcp]"), []),
        (
            buildkit(
                f"HEALTHCHECK {{Test:[CMD-SHELL x] Interval:{'1' * 5000}s Timeout:0s StartPeriod:0s Retries:{'1' * 5000}}}"
            ),
            None,
        ),
        (HistoryEntry(created_by="RUN --\ud800x b", author="kaniko"), None),
        (HistoryEntry(created_by="/bin/sh -c --a\ud800b c", comment="FROM x"), None),
        (HistoryEntry(created_by=NOP + "ENV\u00a0A B", comment="FROM x"), []),
        (HistoryEntry(created_by=NOP + "VOLUME /a\\ b", comment="FROM x"), ["VOLUME /a\\ b"]),
        (buildkit("USER --x"), ['USER "--x"']),
        (buildkit("WORKDIR --x"), ['WORKDIR "--x"']),
        (buildkit("MAINTAINER --x"), ["MAINTAINER -- --x"]),
        (buildkit("ENV --x=y"), ['ENV "--x"=y']),
        (buildkit("LABEL --x=y"), ['LABEL "--x"=y']),
        (buildkit("ENV A=\ufeffx"), ['ENV A="\ufeffx"']),
        (buildkit("RUN /bin/sh -c [] && true # buildkit"), ['RUN ["/bin/sh", "-c", "[] && true"]']),
        (buildkit("VOLUME [/a 'b' ]"), ["VOLUME /a \\'b\\'"]),
    ],
)
def test_one_entry(entry: HistoryEntry, expected: list[str] | None) -> None:
    user = buildkit("USER 1000")
    found = lines(entry, user)
    assert found[-1] == "USER 1000"
    if expected is not None:
        assert found[:-1] == expected


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "text",
    [
        "ENV A=" + "$abcdefgh" * 4000 + "`",
        "ENV A=" + "${x:-" * 4000 + "}" * 4000,
        "ENV A=" + "\"'" * 8000,
        "ENV A=" + "\\" * 16000,
        "EXPOSE " + " ".join(str(port) for port in range(20_000, 1, -1)),
    ],
)
def test_time_is_linear(text: str) -> None:
    entries = HistoryEntry(created_by=NOP + text, comment="FROM x"), buildkit("USER 1")
    assert timed(lambda: lines(*entries))[1] < 5


def test_a_line_too_long_for_a_builder_is_continued() -> None:
    official = pytest.importorskip("dockerfile")
    command = "echo " + "a b # \\\\ " * 20_000
    text = reconstruct.dockerfile(
        Image(history=(buildkit(f"RUN /bin/sh -c {command}x # buildkit"), buildkit("USER 1")))
    )
    assert max(len(line) for line in text.splitlines()) < 65_536
    run, user = official.parse_string(text)[1:]
    assert run.value == (command + "x",)
    assert user.cmd == "USER"


@pytest.mark.parametrize(
    "entry",
    [
        buildkit("USER map[" + "A" * 70_000 + "]\nx"),
        buildkit("EXPOSE [" + "A" * 70_000 + "]"),
        HistoryEntry(created_by="bazel build " + "A" * 70_000),
        HistoryEntry(created_by="ADD file:" + "é" * 70_000),
    ],
)
def test_a_remark_too_long_for_a_builder_s_line_goes_on_in_the_next(entry: HistoryEntry) -> None:
    official = pytest.importorskip("dockerfile")
    text = reconstruct.dockerfile(Image(history=(entry, buildkit("USER 1"))))
    assert max(len(line.encode()) for line in text.splitlines()) < 65_536
    assert [command.cmd.upper() for command in official.parse_string(text)][-1] == "USER"
    assert sum(line.count("A") + line.count("é") for line in text.splitlines()) >= 70_000
    assert all(
        line.startswith(("# lost: ", "# unknown: ", "# … ", "# note: ", "# inferred: "))
        for line in text.splitlines()
        if line[:1] == "#"
    )
