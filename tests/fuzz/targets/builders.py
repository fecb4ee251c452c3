"""Builders: what each would write of a Dockerfile, read back, written and built again, is the same; any text is read."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import reconstruct
from reconstruct.builders.predicting import predict
from reconstruct.builders.prediction import Prediction
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.image import HistoryEntry, Image
from tests.fuzz.strategies import DIALECTS, created_by, text
from tests.fuzz.target import several_lines, target

VALUES = (
    "a",
    "b c",
    "$A",
    "${A:-x y}",
    "'q r'",
    '"$A s"',
    "/x",
    "C:\\\\a",
    "é",
    "a=b",
    "#c",
    "<b>",
    "1",
    "a;b",
    "`",
    "\\$",
)
COMMANDS = (
    "echo a",
    "echo  b   c",
    "set -e;     apt-get update     && apt-get install a",
    "[ -f a ] && b",
    "echo $A",
    "echo '  x' \"y \"",
    "true # no",
    "a | b",
)
BASE = Image(config={"Env": ["PATH=/bin"]}, history=(HistoryEntry(comment="Imported from -"),))


QUOTED = ('"a b"', "'$A'", "x", '"$A"', "a\\ b", '"q\\"r"')
# What each instruction holds; `%` is a value in quotes, `@` a bare one.
BODIES = {
    "RUN": (*COMMANDS, '["a", "b c"]', '["a", "$A", "é"]', "echo @"),
    "ENV": ("K0=% L=%", "K1=%", "K @", "PATH=/x:$PATH"),
    "LABEL": ("k0=%", "k1=% k2=%"),
    "ARG": ("A=%", "A", "B=@"),
    "WORKDIR": ("/a", "b", "/c d", "$K", "../x"),
    "USER": ("1000", "a:b", "$K"),
    "EXPOSE": ("80", "81/udp", "90-92", "80 443", "443 80"),
    "VOLUME": ("/a", "/a /b", '["/c d"]'),
    "CMD": ("a b", '["a", "b c"]', "a $A", "@"),
    "ENTRYPOINT": ("a b", '["a"]', "[]"),
    "HEALTHCHECK": ("NONE", "CMD a b", '--interval=1m30s --retries=3 CMD ["a"]', "--timeout=1500ms CMD @"),
    "STOPSIGNAL": ("SIGTERM", "9"),
    "ONBUILD": ("RUN a", "COPY a /b", "ENV A=b"),
    "SHELL": ('["/bin/bash", "-c"]', '["/bin/sh", "-c"]'),
    "MAINTAINER": ("a b <c@d>",),
}


def dockerfile(rng: random.Random) -> str:
    """A Dockerfile that a builder takes, mostly: odd values in every instruction."""
    made = ["FROM base"]
    for _ in range(rng.randint(1, 8)):
        keyword = rng.choice(list(BODIES))
        body = rng.choice(BODIES[keyword])
        made.append(f"{keyword} {body}".replace("%", rng.choice(QUOTED)).replace("@", rng.choice(VALUES)))
    return "\n".join(made) + "\n"


def image_of(built: Prediction, builder: str) -> Image:
    """The image that a builder would make, saved."""
    comment = "buildkit.dockerfile.v0" if builder == "buildkit" else ""
    own = (HistoryEntry(each.created_by, comment=comment, empty_layer=bool(each.empty_layer)) for each in built.own)
    return Image(config=dict(built.config), history=(*BASE.history, *own), os="linux", architecture="amd64")


def again(builder: str) -> Callable[[random.Random], Iterator[str]]:
    """The check of a builder: Dockerfile → image → our Dockerfile → image, and both images say the same."""

    def check(rng: random.Random) -> Iterator[str]:
        source = dockerfile(rng)
        if builder == "classic" and "RUN [" in source:
            # Its history doesn't distinguish an exec form from another tool's text.
            return
        try:
            first = predict(source, builder=builder, base=BASE)
        except DockerfileError as error:
            yield from several_lines(error)
            return
        made = image_of(first, builder)
        written = reconstruct.dockerfile(made, base=BASE, layout=rng.choice(("original", "flat")))
        second = predict(written, builder=builder, base=BASE)
        texts = [[entry.created_by for entry in each.own] for each in (first, second)]
        if texts[0] != texts[1]:
            odd = next((pair for pair in zip(*texts, strict=False) if pair[0] != pair[1]), texts)
            yield f"history: {odd} of {source!r}"
        if first.config != second.config:
            keys = [key for key in {**first.config, **second.config} if first.config.get(key) != second.config.get(key)]
            yield f"config: {keys} of {source!r}"

    return check


for name in ("buildkit", "classic"):
    target(
        f"again-{name}", f"the reconstructed Dockerfile gives the same history and config as the original, with {name}"
    )(again(name))


def reads(dialect: str) -> Callable[[random.Random], Iterator[str]]:
    """The check of a builder's reader: any text gives a step that keeps the text, and one line to show."""

    def check(rng: random.Random) -> Iterator[str]:
        from reconstruct.writer import instruction_text

        line = created_by(rng, dialect, rng.random() < 0.3) if rng.random() < 0.8 else text(rng, 6)
        comment = {"buildah": "FROM x:1", "kaniko": ""}.get(
            dialect, "buildkit.dockerfile.v0" if "kit" in dialect else ""
        )
        entry = HistoryEntry(created_by=line, comment=comment, author="kaniko" if dialect == "kaniko" else "")
        (step,) = reconstruct.steps(Image(history=(entry,)))
        if step.raw != line:
            yield f"the text is not kept: {line!r}"
        if "\n" in instruction_text(step):
            yield f"several lines: {line!r}"

    return check


for name in DIALECTS:
    target(f"reader-{name}", f"any text as an entry of {name} gives a step that keeps it, and one displayed line")(
        reads(name)
    )
