"""Texts of which every gap breaks a line are told at once; what is said of them holds by the closer look, too."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from reconstruct.layout.gaps import Language, gaps
from reconstruct.layout.house import UNKNOWN
from reconstruct.layout.style import chosen, line_breaks

# Mostly tabs behind blanks, as only those are told at once.
spaces = st.sampled_from([" \t", " \t\t", "  \t", " \t ", " \t \t", "\t", "  ", " "])
words = st.sampled_from(
    ["a", "=", "&&", "||", "|", "|||", ";", ";;", "case x in", "x)", "fi", "then", "'", "\\", "if", "&"]
)


@given(st.lists(st.tuples(words, st.just(" \t") | spaces), max_size=12))
@example([("a", " \t"), ("=", " "), ("b", " \t")])
@example([("a", " \t"), ("&&", " \t"), ("b", " \t"), ("c", "")])
@example([("a", " \t \t "), ("||", " \t"), ("b", " \t"), ("c", "")])
@example([("a", " \t"), ("|", "  \t"), ("b", " \t"), ("c", "")])
def test_breaks_that_are_told_at_once(pieces: list[tuple[str, str]]) -> None:
    text = "".join(word + space for word, space in pieces)
    found = gaps(text, Language.SHELL)
    inner = [gap for gap in found if gap.start > 0 and gap.end < len(text)]
    assert line_breaks(text, found) == chosen(text, inner, UNKNOWN)
