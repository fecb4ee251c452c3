"""`K=v K2=v v2`: ENV, LABEL and ARG as builders write them, without quotes; the config restores the boundaries."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence

from reconstruct import pattern
from reconstruct.syntax import Certainty, Pair

# Keys with blanks are tried at every word; no real image has more of them.
_MOST_SPACED = 64
# Limits on an ARG's words searched in RUNs, and on the positions of one word.
_MOST_WORDS = 20_000
_MOST_PLACES = 8
_KEY = pattern.compile(r"[^\s=]+(?==)")
_IDENTIFIER_KEY = pattern.compile(r"[A-Za-z_][A-Za-z0-9_.\-/]*(?==)")
_ARG_KEY = pattern.compile(r"[A-Za-z_][A-Za-z0-9_]*(?=[= ]|$)")
_BLANK = pattern.compile(r"\s")
_UPPER_NAME = pattern.compile(r"[A-Z][A-Z0-9_]*$")


def _key_at(text: str, position: int, spaced: Collection[str]) -> str | None:
    """The key that starts at `position`, if any; `spaced` are the known keys with blanks."""
    for key in spaced:
        if text.startswith(key + "=", position):
            return key
    match = _KEY.match(text, position)
    return match.group() if match else None


def spaced_keys(values: Mapping[str, str]) -> tuple[str, ...]:
    """The keys with blanks, longest first, as `split_pairs` tries them."""
    if not _BLANK.search("=".join(values)):
        return ()
    return tuple(sorted((key for key in values if _BLANK.search(key)), key=len, reverse=True)[:_MOST_SPACED])


def _borders(text: str, values: Mapping[str, str], spaced: Collection[str]) -> Iterator[tuple[int, str]]:
    """Every position of a known key after a blank: (position, key), in order."""
    return at_words(text, values, spaced) if spaced else at_equals(text, values)


def at_equals(text: str, values: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """The borders if no key has a blank: the words that have a `=`, up to their first one. Most words of a text have none."""
    position = 0
    while (equals := text.find("=", position)) >= 0:
        blank = text.rfind(" ", position, equals)
        if blank >= 0:
            position = blank + 1
        key = text[position:equals]
        if key and key in values and not _BLANK.search(key):
            yield position, key
        blank = text.find(" ", equals)
        if blank < 0:
            return
        position = blank + 1


def at_words(text: str, values: Mapping[str, str], spaced: Collection[str]) -> Iterator[tuple[int, str]]:
    """The borders, looked for at every word."""
    position = 0
    while position <= len(text):
        key = _key_at(text, position, spaced)
        if key is not None and key in values:
            yield position, key
        blank = text.find(" ", position)
        if blank < 0:
            return
        position = blank + 1


def split_pairs(
    text: str, values: Mapping[str, str], spaced: Collection[str] = (), *, complete: bool
) -> tuple[tuple[Pair, ...], Certainty]:
    """The pairs of ENV's or LABEL's text. `values` are the config's (`complete`: it has every key ever set), `spaced`
    its `spaced_keys`.

    A key of ENV or LABEL is never removed from the config, so a word that isn't a key there is part of a value. If a
    value contains what looks like another pair, the config's value in force decides.
    """
    if " " not in text and not spaced and (first := _KEY.match(text)):
        return (Pair(first.group(), text[first.end() + 1 :]),), Certainty.EXACT
    borders = list(_borders(text, values, spaced))
    if not complete or not borders or borders[0][0] != 0:
        return _split_by_looks(text, borders, values, complete)
    pairs: list[Pair] = []
    places = {place: index for index, (place, _) in enumerate(borders)}
    index = 0
    while index < len(borders):
        position, key = borders[index]
        start = position + len(key) + 1
        after = index + 1
        end = borders[after][0] - 1 if after < len(borders) else len(text)
        final = start + len(values[key])
        # The value in force, if it ends where another pair begins, or the text.
        if (final == len(text) or places.get(final + 1, 0) > index) and text.startswith(values[key], start):
            end, after = final, places.get(final + 1, len(borders))
        pairs.append(Pair(key, text[start:end]))
        index = after
    return tuple(pairs), Certainty.EXACT


def _split_by_looks(
    text: str, borders: list[tuple[int, str]], values: Mapping[str, str], complete: bool
) -> tuple[tuple[Pair, ...], Certainty]:
    """Without the config: the first key is the text before the first `=`; after it come known keys or, if none are known,
    whatever looks like one."""
    first = _KEY.match(text)
    if first is None:
        key, separator, value = text.partition("=")
        if not separator:
            key, _, value = text.partition(" ")
        return (Pair(key, value),), Certainty.INFERRED
    places = [0]
    known = {place for place, _ in borders}
    for match in re.finditer(r"(?<= )(?=\S)", text):
        place = match.start()
        if place in known or (not complete and _IDENTIFIER_KEY.match(text, place)):
            places.append(place)
    ends = [place - 1 for place in places[1:]] + [len(text)]
    pairs = []
    for place, end in zip(places, ends, strict=True):
        key, _, value = text[place:end].partition("=")
        pairs.append(Pair(key, value))
    return tuple(pairs), Certainty.EXACT if (complete and len(places) == 1) or " " not in text else Certainty.INFERRED


def split_args(
    text: str, seen: Collection[str], shown: Collection[str] = (), counts: Collection[int] = ()
) -> tuple[tuple[Pair, ...], Certainty]:
    """ARG's text, `A=1 NONE EMPTY=`: one pair per name.

    `seen` are the names that a later RUN's `|N` list may show, `shown` those RUNs' texts, `counts` how many of this
    line's names the next RUN can show. Almost every ARG declares one name; if it has several words, the RUN shows where
    a value ends, and if none does, `NAME=` and all-capital words are taken for names.
    """
    words = text.split(" ")
    if len(words) == 1:
        return (_pair(words),), Certainty.EXACT
    if len(words) > _MOST_WORDS:
        shown, counts = (), ()
    if counts:
        counted = _counted(words, seen, shown, counts)
        if counted is not None:
            return counted, Certainty.EXACT
    pairs: list[Pair] = []
    index = 0
    certain = True
    while index < len(words):
        name, separator, _ = words[index].partition("=")
        if not separator:
            pairs.append(Pair(name, None))
            index += 1
            continue
        end = _shown_end(words, index, shown)
        if end is None:
            end, certain = _likely_end(words, index, seen), False
        pairs.append(_pair(words[index:end]))
        index = end
    return tuple(pairs), Certainty.EXACT if certain else Certainty.INFERRED


def _pair(words: Sequence[str]) -> Pair:
    name, separator, value = " ".join(words).partition("=")
    return Pair(name, value if separator else None)


def _counted(
    words: Sequence[str], seen: Collection[str], shown: Collection[str], counts: Collection[int]
) -> tuple[Pair, ...] | None:
    """The words split at the names that the RUN shows, if their number matches; else None."""
    starts = [0]
    tokens = sorted({token for text in shown for token in text.split(" ")})
    names = {token.partition("=")[0] for token in tokens if "=" in token}
    for index, word in enumerate(words[1:], start=1):
        if not _ARG_KEY.match(word):
            continue
        place = bisect_left(tokens, word)
        if word in names if "=" not in word else place < len(tokens) and tokens[place].startswith(word):
            starts.append(index)
    if len(starts) not in counts:
        return None
    ends = [*starts[1:], len(words)]
    groups = [list(words[start:end]) for start, end in zip(starts, ends, strict=True)]
    # Words that a RUN doesn't show aren't part of a value: they are bare names, which the classic builder doesn't list.
    pairs: list[Pair] = []
    for group in groups:
        end = 0 if "=" not in group[0] else _shown_end(group, 0, shown) or _likely_end(group, 0, seen)
        pairs += [_pair(group[:end])] if end else []
        pairs += [Pair(word, None) for word in group[end:]]
    return tuple(pairs)


def _shown_end(words: Sequence[str], start: int, shown: Collection[str]) -> int | None:
    """The end of the value of the pair at `start`: the longest text that some RUN shows before a blank."""
    first = f" {words[start]} "
    for text in shown:
        end, at = None, text.find(first)
        # A value rarely occurs in a list more than once; a limit for artificial texts.
        for _ in range(_MOST_PLACES):
            if at < 0:
                break
            end = max(end or 0, _common_words(words, start, text, at + 1))
            at = text.find(first, at + 1)
        if end is not None:
            return end
    return None


def _common_words(words: Sequence[str], start: int, text: str, position: int) -> int:
    """The index after the last of the words that follow each other in `text` from `position` on, each before a blank."""
    index = start
    while index < len(words) and text.startswith(words[index] + " ", position):
        position += len(words[index]) + 1
        index += 1
    return index


def _likely_end(words: Sequence[str], start: int, seen: Collection[str]) -> int:
    for index in range(start + 1, len(words)):
        name = words[index].partition("=")[0]
        looks = bool(_ARG_KEY.match(words[index])) and ("=" in words[index] or bool(_UPPER_NAME.match(words[index])))
        if name in seen or (looks and ("=" not in words[index] or not seen)):
            return index
    return len(words)
