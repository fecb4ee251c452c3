"""Which builder wrote each entry of a mixed history."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconstruct.builders.recognise import dialects, signed, writer
from reconstruct.image import HistoryEntry, Image
from reconstruct.syntax import Dialect

ENTRIES = st.sampled_from(
    [
        HistoryEntry('/bin/sh -c #(nop)  CMD ["sh"]'),
        HistoryEntry("/bin/sh -c #(nop) USER me"),
        HistoryEntry("/bin/sh -c make"),
        HistoryEntry("RUN /bin/sh -c make # buildkit", comment="buildkit.dockerfile.v0"),
        HistoryEntry("COPY a b", author="kaniko"),
        HistoryEntry("/bin/sh -c #(nop) ENV a=b", comment="FROM docker.io/library/alpine:3.20"),
        HistoryEntry("/bin/sh -c make", comment="FROM "),
        HistoryEntry(),
    ]
)


@given(st.lists(ENTRIES, max_size=8))
def test_an_entry_that_shows_no_builder_follows_its_neighbours(history: list[HistoryEntry]) -> None:
    image = Image(history=tuple(history))
    buildah = signed(image)
    shown = [writer(entry, buildah) for entry in history]
    alike = [dialect if dialect in (Dialect.CLASSIC, Dialect.BUILDAH) else None for dialect in shown]
    for place, found in enumerate(dialects(image)):
        neighbours = [*alike[place:], *reversed(alike[:place]), Dialect.BUILDAH if buildah else Dialect.CLASSIC]
        assert found == (shown[place] or next(filter(None, neighbours)))
