"""Two texts compared by lines, and changed lines by words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from reconstruct import pattern
from reconstruct.diff.model import LineEdit, Words

# A version (`1.25.1-2`, `3.0~rc1`), a name (`lib-foo`) or a path's part is one word; blanks and punctuation are separate.
_TOKEN = pattern.compile(r"\s+|[\w.+~-]+|.", re.DOTALL)

# difflib takes the product of the lengths, or worse; beyond this a stretch counts as one replacement.
_LIMIT = 250_000


def opcodes(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """difflib's opcodes, in bounded time: equal heads and tails first; a middle that is too long is one `replace`."""
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    end_old, end_new = len(old) - tail, len(new) - tail
    result = [("equal", 0, head, 0, head)] if head else []
    if (end_old - head) * (end_new - head) > _LIMIT:
        result.append(("replace", head, end_old, head, end_new))
    else:
        matcher = SequenceMatcher(None, old[head:end_old], new[head:end_new], autojunk=False)
        result += [(tag, i1 + head, i2 + head, j1 + head, j2 + head) for tag, i1, i2, j1, j2 in matcher.get_opcodes()]
    if tail:
        result.append(("equal", end_old, len(old), end_new, len(new)))
    return result


def word_edits(old: str, new: str) -> tuple[Words, ...]:
    """The changes of one line's words, in order: removed before added."""
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    result = []
    for tag, i1, i2, j1, j2 in opcodes(before, after):
        if tag == "equal":
            result.append(Words("same", "".join(before[i1:i2])))
            continue
        if i2 > i1:
            result.append(Words("removed", "".join(before[i1:i2])))
        if j2 > j1:
            result.append(Words("added", "".join(after[j1:j2])))
    return tuple(result)


def line_edits(old: Sequence[str], new: Sequence[str]) -> tuple[LineEdit, ...]:
    """The change of each line. Lines are equal if their words are, whatever is around and between them."""
    before = [" ".join(line.split()) for line in old]
    after = [" ".join(line.split()) for line in new]
    result: list[LineEdit] = []
    for tag, i1, i2, j1, j2 in opcodes(before, after):
        if tag == "equal":
            result += [LineEdit(old[i1 + k], new[j1 + k]) for k in range(i2 - i1)]
        else:
            result += _changed(old[i1:i2], new[j1:j2])
    return tuple(result)


def _changed(old: Sequence[str], new: Sequence[str]) -> list[LineEdit]:
    """Differing lines, paired in order if they are similar."""
    result: list[LineEdit] = []
    rest = list(new)
    for line in old:
        partner = next((k for k, other in enumerate(rest[:8]) if _alike(line, other)), None)
        if partner is None:
            result.append(LineEdit(line, None))
            continue
        result += [LineEdit(None, other) for other in rest[:partner]]
        result.append(LineEdit(line, rest[partner], word_edits(line, rest[partner])))
        del rest[: partner + 1]
    return result + [LineEdit(None, line) for line in rest]


def _alike(old: str, new: str) -> bool:
    before, after = set(_TOKEN.findall(old)), set(_TOKEN.findall(new))
    before = {word for word in before if word.strip() and word != "\\"}
    after = {word for word in after if word.strip() and word != "\\"}
    return 2 * len(before & after) >= max(1, min(len(before), len(after)))


# The layout reads tokens; a text longer than this is broken at every wide gap.
_LONGEST = 100_000


def command_lines(text: str, shell: Sequence[str], windows: bool) -> list[str]:
    """The lines of a shell's text as the author laid them out, without continuation characters."""
    if len(text) > _LONGEST:
        return re.split(r"\n|\s{2,}|(?<=;)\s", text)
    from reconstruct.layout import break_lines

    escape = "`" if windows else "\\"
    lines = break_lines(text, shell=tuple(shell), escape=escape)
    return [line.rstrip().removesuffix(escape).rstrip() for line in lines]
