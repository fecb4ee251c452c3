"""Properties of the chain of any history."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reconstruct
from reconstruct.base import find_base, find_chain
from reconstruct.base.evidence import Case, looks
from reconstruct.base.names import is_name
from reconstruct.dockerfile.parser import parse
from reconstruct.image import HistoryEntry, Image, Layer, Provenance
from reconstruct.syntax import Certainty, Instruction
from tests.base.making import BUILDKIT, DEBIAN, NOP, ROOT

LABEL = "org.opencontainers.image.base.name"
NAMES = st.sampled_from(
    ["corp/a:1", "debian:bookworm", "ubuntu", "python:3.12-slim", "x\nRUN evil", "", "a b", "\x1b[1m"]
)
TEXTS = st.one_of(
    st.sampled_from(
        [
            DEBIAN,
            ROOT,
            "ADD alpine-minirootfs-3.20.3-x86_64.tar.gz / # buildkit",
            'CMD ["/bin/sh"]',
            NOP + 'CMD ["bash"]',
            "RUN /bin/sh -c apt-get install -y x # buildkit",
            "ENV PYTHON_VERSION=3.12.1",
            "USER root",
            "WORKDIR /a",
            "ARG RELEASE",
            "Apply image 10.0.20348.643",
            'ENTRYPOINT ["x"]',
            f"LABEL {LABEL}=corp/a:1",
            "",
            "/bin/sh",
        ]
    ),
    st.text(max_size=30),
)
TIMES = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "1970-01-01T00:00:00Z",
            "0001-01-01T00:00:00Z",
            "yesterday",
            "2024-01-01T00:00:00+25:00",
            "9999-12-31T23:59:59Z",
        ]
    ),
    st.datetimes().map(lambda moment: moment.isoformat() + "Z"),
)
COMMENTS = st.sampled_from(
    ["", BUILDKIT, "FROM debian:12", "FROM 0123456789ab", "FROM x y", "FROM \x1b", "Imported from -"]
)
ENTRIES = st.builds(
    HistoryEntry,
    created_by=TEXTS,
    created=TIMES,
    comment=COMMENTS,
    empty_layer=st.booleans(),
    author=st.sampled_from(["", "a", "kaniko"]),
)
IMAGES = st.builds(
    Image,
    history=st.lists(ENTRIES, max_size=14).map(tuple),
    layers=st.lists(st.builds(Layer, diff_id=st.sampled_from([None, "sha256:" + "a" * 64, "x"])), max_size=8).map(
        tuple
    ),
    config=st.fixed_dictionaries(
        {}, optional={"Labels": st.dictionaries(st.just(LABEL), NAMES), "Cmd": st.just(["x"])}
    ),
    annotations=st.dictionaries(st.just(LABEL), NAMES),
    os=st.sampled_from(["linux", "windows"]),
    provenance=st.none()
    | st.builds(Provenance, base_images=st.lists(st.tuples(NAMES, st.just("")), max_size=2).map(tuple)),
)
BASES = st.one_of(st.none(), st.just("none"), NAMES.filter(is_name), IMAGES)


@settings(max_examples=300)
@given(IMAGES, BASES)
def test_the_parts_cover_the_history_once(image: Image, base: Any) -> None:
    found = find_chain(image, reconstruct.steps(image), base)
    parts = (*found.images, found.own)
    assert [part.first for part in parts] == [0, *(part.entries for part in parts[:-1])]
    assert parts[-1].entries == len(image.history)
    assert all(part.first <= part.entries for part in parts)
    assert 0 <= found.base.entries <= len(image.history)
    for part in found.images:
        assert part.name is None or is_name(part.name)
        assert part.reasons
        if part.certainty is Certainty.EXACT:
            assert part.source.rank <= 4, part
    layers = [part.layers for part in parts]
    assert None in layers or sum(layers) >= len(image.layers)  # type: ignore[arg-type]


@settings(max_examples=100)
@given(IMAGES, BASES)
def test_the_base_alone_is_the_chains(image: Image, base: Any) -> None:
    steps = reconstruct.steps(image)
    assert find_base(image, steps, base) == find_chain(image, steps, base).base


@settings(max_examples=150)
@given(IMAGES, BASES)
def test_the_dockerfile_has_the_own_steps_on_one_from(image: Image, base: Any) -> None:
    text = reconstruct.dockerfile(image, base=base)
    read = parse(text)
    assert read.stages
    assert not any(made.keyword == "RUN" and "evil" in made.text for made in read.instructions)
    assert "\x1b" not in text


@settings(max_examples=100)
@given(IMAGES)
def test_naming_the_found_base_finds_it_again(image: Image) -> None:
    steps = reconstruct.steps(image)
    found = find_chain(image, steps).base
    if not found.scratch and found.entries and found.image is None:
        again = find_chain(image, steps, found.name).base
        assert (again.name, again.entries) == (found.name, found.entries)


@settings(max_examples=100)
@given(IMAGES)
def test_a_boundary_tells_every_sign(image: Image) -> None:
    """Signs in words aren't looked for where they could not mark an end by themselves; none that may is left out."""
    steps = reconstruct.steps(image)
    with pytest.MonkeyPatch.context() as patch:
        asked = list(looks.claims(Case(image, steps)))
        patch.setattr(looks, "_ALONE", (Instruction,))
        assert list(looks.claims(Case(image, steps))) == asked
