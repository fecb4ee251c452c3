"""Histories that nobody would write: nothing may take more than time linear in what is read."""

from __future__ import annotations

import time

import pytest

import reconstruct
from reconstruct.image import HistoryEntry, Image

BUILDKIT = "buildkit.dockerfile.v0"
NOP = "/bin/sh -c #(nop)  "
MANY = 20_000
SECONDS = 12.0


def seconds(image: Image) -> float:
    start = time.process_time()
    reconstruct.dockerfile(image)
    return time.process_time() - start


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "text",
    [
        "/bin/sh -c #(nop) COPY " + "-" * 60 + "x in /y ",
        "/bin/sh -c #(nop) COPY " + "--a " * MANY + " in /y ",
        "VOLUME [" + "/a " * MANY + "]",
        "EXPOSE [" + " ".join(map(str, range(60000, 60000 - 5000, -1))) + "]",
        "COPY " + "a b\\ " * MANY + " C:\\x # buildkit",
        "ENV " + "K=v " * MANY,
        NOP + "LABEL " + "a b=c " * MANY,
        "ARG " + "A=b C " * MANY,
        "RUN |3 " + "A=b " * MANY + "/bin/sh -c x # buildkit",
        "CMD [" + '"\\"" ' * MANY + "]",
        "HEALTHCHECK {Test:[" + "a] Interval:5s " * MANY + "}",
        "HEALTHCHECK &{[" + '"\\"" ' * MANY + "] '",
        "/bin/sh -c " + "#(nop) x " * MANY,
        "/bin/sh -c " + "'\"" * MANY + " <<EOF",
        "RUN /bin/sh -c " + "<<A " * MANY + "\n # buildkit",
        "SHELL [" + "-c " * MANY + "]",
        "ONBUILD " + "x" * MANY,
    ],
)
@pytest.mark.parametrize("label", [{}, {"io.buildah.version": "1", "a b": "c"}])
@pytest.mark.parametrize("os", ["linux", "windows"])
def test_long_texts(text: str, label: dict[str, str], os: str) -> None:
    config = {"Labels": label, "Env": ["K=v"], "Volumes": {"/a /a": {}}}
    assert seconds(Image(config=config, history=(HistoryEntry(created_by=text),), os=os)) < SECONDS


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

    seconds(made(50))
    few, many = seconds(made(500)), seconds(made(4000))
    assert many < 8 * max(few, 0.1) * 3


@pytest.mark.no_cover
def test_arguments_that_only_the_first_run_explains() -> None:
    texts = [f"ARG A{number}=1" for number in range(3000)] + ["RUN |1 A0=1 /bin/sh -c x # buildkit"] * 3000
    assert seconds(Image(history=tuple(HistoryEntry(created_by=text) for text in texts))) < SECONDS
