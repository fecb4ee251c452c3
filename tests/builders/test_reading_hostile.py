"""Artificial histories: everything takes time linear in the input."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import reconstruct
from reconstruct.image import HistoryEntry, Image
from tests.pace import is_linear, timed

BUILDKIT = "buildkit.dockerfile.v0"
NOP = "/bin/sh -c #(nop)  "


def seconds(image: Image) -> float:
    return timed(lambda: reconstruct.dockerfile(image))[1]


LONG: dict[str, Callable[[int], str]] = {
    "dashes": lambda size: "/bin/sh -c #(nop) COPY " + "-" * size + "x in /y ",
    "flags": lambda size: "/bin/sh -c #(nop) COPY " + "--a " * size + " in /y ",
    "volumes": lambda size: "VOLUME [" + "/a " * size + "]",
    "ports": lambda size: "EXPOSE [" + " ".join(map(str, range(60000, 60000 - size, -1))) + "]",
    "sources": lambda size: "COPY " + "a b\\ " * size + " C:\\x # buildkit",
    "variables": lambda size: "ENV " + "K=v " * size,
    "labels": lambda size: NOP + "LABEL " + "a b=c " * size,
    "arguments": lambda size: "ARG " + "A=b C " * size,
    "build arguments": lambda size: "RUN |3 " + "A=b " * size + "/bin/sh -c x # buildkit",
    "quotes": lambda size: "CMD [" + '"\\"" ' * size + "]",
    "health checks": lambda size: "HEALTHCHECK {Test:[" + "a] Interval:5s " * size + "}",
    "words of a health check": lambda size: "HEALTHCHECK &{[" + '"\\"" ' * size + "] '",
    "marks": lambda size: "/bin/sh -c " + "#(nop) x " * size,
    "quotes without end": lambda size: "/bin/sh -c " + "'\"" * size + " <<EOF",
    "here-documents": lambda size: "RUN /bin/sh -c " + "<<A " * size + "\n # buildkit",
    "shell": lambda size: "SHELL [" + "-c " * size + "]",
    "trigger": lambda size: "ONBUILD " + "x" * size,
}


@pytest.mark.no_cover
@pytest.mark.parametrize("kind", LONG)
@pytest.mark.parametrize("label", [{}, {"io.buildah.version": "1", "a b": "c"}])
@pytest.mark.parametrize("os", ["linux", "windows"])
def test_long_texts(kind: str, label: dict[str, str], os: str) -> None:
    config = {"Labels": label, "Env": ["K=v"], "Volumes": {"/a /a": {}}}

    def took(size: int) -> float:
        return seconds(Image(config=config, history=(HistoryEntry(created_by=LONG[kind](size)),), os=os))

    assert is_linear(took, 2_500, 20_000)


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "texts",
    [
        ["ARG A=1", "RUN |1 A=1 /bin/sh -c x # buildkit"],
        ["ARG A=1 B", "RUN |1 A=1 /bin/sh -c x # buildkit"],
        [NOP + "ARG A=1", "|1 A=1 /bin/sh -c x"],
        ["/bin/sh -c #(nop) ARG A B", "/bin/sh -c #(nop) ENV X=$A", "|1 A=1 /bin/sh -c x"],
        ['CMD ["a"]', 'ENTRYPOINT ["b"]'],
        ["RUN /bin/sh -c a;  \tb # buildkit"],
    ],
)
@pytest.mark.parametrize("label", [{}, {"io.buildah.version": "1"}])
def test_many_entries_take_linear_time(texts: list[str], label: dict[str, str]) -> None:
    def made(count: int) -> Image:
        entries = [HistoryEntry(created_by=text, comment=BUILDKIT if "nop" not in text else "") for text in texts]
        return Image(config={"Labels": label}, history=tuple(entries * (count // len(entries))))

    assert is_linear(lambda count: seconds(made(count)), 500, 4000)


@pytest.mark.no_cover
def test_arguments_that_only_the_first_run_explains() -> None:
    def took(count: int) -> float:
        arguments = [f"ARG A{number}=1" for number in range(count)]
        texts = arguments + ["RUN |1 A0=1 /bin/sh -c x # buildkit"] * count
        return seconds(Image(history=tuple(HistoryEntry(created_by=text) for text in texts)))

    assert is_linear(took, 375, 3000)
