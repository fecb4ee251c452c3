"""Every result of the public API for artificial images: no other exceptions than ours, and no contradictions."""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Iterator
from dataclasses import replace

import reconstruct
from reconstruct.builders.predicting import predict
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.image import HistoryEntry, Image, Layer
from tests.fuzz.strategies import DIALECTS, image, text
from tests.fuzz.target import several_lines, target
from tests.fuzz.targets.builders import BASE, dockerfile, image_of

DAYS = ("2024-01-01T00:00:{:02}Z", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "x{}", "2024-13-41")
BUILDERS = ("buildkit", "buildkit-0.8", "classic", "buildah", "kaniko")


def layered(rng: random.Random) -> Image:
    """An image with layers: as many as entries that made one, or not; with times in order, equal, back, or none."""
    made = image(rng, rng.choice(DIALECTS), rng.random() < 0.5)
    count = sum(not entry.empty_layer for entry in made.history) + rng.choice((0, 0, 0, 1, -1, 5))
    layers = tuple(
        Layer(
            diff_id=f"sha256:{rng.randrange(1 << 128):064x}" if rng.random() < 0.9 else None,
            size=rng.choice((None, 0, 1, 10**9, 1 << 70)),
        )
        for _ in range(max(count, 0))
    )
    day = rng.choice(DAYS)
    history = tuple(
        replace(entry, created=day.format(min(index, 59)) if rng.random() < 0.9 else None)
        for index, entry in enumerate(made.history)
    )
    return replace(made, layers=layers, history=history, created=day.format(1))


def printed(value: object) -> str:
    """A result as it is printed: JSON in ASCII."""
    return json.dumps(value, default=str)


@target("report", "each entry is in at most one row, in order; sizes add up; the output is JSON")
def report(rng: random.Random) -> Iterator[str]:
    made = layered(rng)
    found = reconstruct.report(made)
    printed(found.to_dict())
    steps = reconstruct.steps(made)
    layers = [step.layer_index for step in steps if step.layer_index is not None]
    if layers != sorted(set(layers)):
        yield f"a layer stands twice, or out of order: {layers}"
    if [step.entry for step in steps if step.entry is not None] != list(made.history):
        yield "other entries than the history's"


@target("base", "boundaries between images ascend within the history; FROM has a valid name")
def base(rng: random.Random) -> Iterator[str]:
    made = layered(rng)
    labels = {
        "org.opencontainers.image.base.name": rng.choice(("debian:12", text(rng, 2))),
        "org.opencontainers.image.base.digest": rng.choice(("sha256:" + "a" * 64, text(rng, 1))),
    }
    made = replace(made, config={**made.config, "Labels": {**made.config.get("Labels", {}), **labels}})
    found = reconstruct.base(made).to_dict()
    printed(found)
    borders = [each["entries"] for each in found.get("images", ()) if isinstance(each.get("entries"), int)]
    if borders != sorted(borders) or any(not 0 <= border <= len(made.history) for border in borders):
        yield f"borders: {borders} of {len(made.history)}"


@target("audit", "every finding names an existing step; the same image gives the same findings")
def audit(rng: random.Random) -> Iterator[str]:
    made = layered(rng)
    found = reconstruct.audit(made, hadolint=False)
    if printed(found.to_dict()) != printed(reconstruct.audit(made, hadolint=False).to_dict()):
        yield "two audits of one image differ"
    for finding in found.findings:
        if finding.step is not None and not 0 <= finding.step < max(len(made.history), 1):
            yield f"no such step: {finding.step}"


SECRETS = ("ghp_" + "a1B2c3D4" * 4 + "e5F6", "AKIAIOSFODNN7EXAMPLQ", "xoxb-123456789012-abcdefGHIJKL")


@target("secrets", "a token planted in any instruction appears in no report, audit, diff or verdict")
def secrets(rng: random.Random) -> Iterator[str]:
    secret = rng.choice(SECRETS)
    line = rng.choice(
        (
            f"ENV TOKEN={secret}",
            f"RUN /bin/sh -c curl -H 'Authorization: Bearer {secret}' https://x.example # buildkit",
            f"RUN |1 TOKEN={secret} /bin/sh -c make # buildkit",
            f"LABEL token={secret}",
            f'CMD ["a" "--token={secret}"]',
            f"ARG TOKEN={secret}",
        )
    )
    made = layered(rng)
    entry = HistoryEntry(line, comment="buildkit.dockerfile.v0", empty_layer=not line.startswith("RUN"))
    at = rng.randrange(len(made.history) + 1)
    made = replace(made, history=(*made.history[:at], entry, *made.history[at:]))
    other = layered(rng)
    for name, result in (
        ("report", reconstruct.report(made)),
        ("audit", reconstruct.audit(made, hadolint=False)),
        ("diff", reconstruct.diff(made, other)),
        ("verify", reconstruct.verify(made, b"FROM x\nRUN a\n")),
    ):
        if secret in printed(result.to_dict()):
            yield f"{name} shows {secret}: {line}"


@target("diff", "an image doesn't differ from itself; each step of both sides is in one row")
def diff(rng: random.Random) -> Iterator[str]:
    old = layered(rng)
    new = (
        replace(old, history=old.history[: rng.randrange(len(old.history) + 1)]) if rng.random() < 0.3 else layered(rng)
    )
    found = reconstruct.diff(old, new)
    printed(found.to_dict())
    for side, places in (
        ("old", [i for row in found.steps for i in row.old]),
        ("new", [j for row in found.steps for j in row.new]),
    ):
        if len(places) != len(set(places)):
            yield f"a step of the {side} image stands in two rows"
    if reconstruct.diff(old, old).different:
        yield "an image differs from itself"


@target("verify", "a reconstructed Dockerfile gets a verdict; the image predicted for a Dockerfile matches it")
def verify(rng: random.Random) -> Iterator[str]:
    made = layered(rng)
    written = reconstruct.dockerfile(made, base="none").encode("utf-8", "surrogatepass")
    # A builder older than BuildKit may refuse what BuildKit takes.
    with contextlib.suppress(DockerfileError):
        printed(reconstruct.verify(made, written).to_dict())
    source = dockerfile(rng)
    builder = rng.choice(("buildkit", "classic"))
    try:
        built = predict(source, builder=builder, base=BASE)
    except DockerfileError as error:
        yield from several_lines(error)
        return
    verdict = reconstruct.verify(image_of(built, builder), source.encode(), base=BASE)
    if verdict.verdict == "differs":
        yield f"{builder}: differs from its own Dockerfile: {source!r}"
