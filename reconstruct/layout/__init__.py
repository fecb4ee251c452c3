"""Line layout: the one long line that history keeps of an instruction, broken where its author broke it.

Joining lines, a builder drops the continuation character and the newline, and keeps everything else: `a; \\⏎⇥b` becomes
`a; ⇥b`. So the author's breaks are still there, as wide white space, among the author's alignments and strings.
"""

from __future__ import annotations

from collections.abc import Sequence

_SHORT = 150
# Instructions whose text a shell reads; the others are words to the Dockerfile parser itself, quoted as in a shell.
_SHELL_KINDS = ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK")


def break_lines(
    text: str,
    *,
    shell: Sequence[str],
    escape: str = "\\",
    mode: str = "original",
    kind: str = "RUN",
) -> tuple[str, ...]:
    """The physical lines of an instruction's `text`, without their continuation characters.

    `text` is what stands behind the keyword, on one line; a text with newlines in it is given back as it is. `shell`
    is the SHELL in force, whose language tells strings from breaks; `escape` the Dockerfile's escape character;
    `kind` the instruction's keyword. Whoever prints the lines puts the escape character and a newline between them.

    `mode`:
        `original`: as the author broke the lines. `"".join(lines) == text`, always and to the byte.
        `pretty`: one command a line, four blanks, `&&` first. White space outside of strings may differ from `text`.
        `flat`: one line.

    No line but the first begins with `#`, none ends with the escape character, and the first is not empty, so that
    the parsers of BuildKit, the classic builder and imagebuilder join them as they are meant.
    """
    if mode == "flat" or "\n" in text or not (_has_gap(text) or len(text) > _SHORT or mode == "pretty"):
        return (text,)
    from reconstruct.layout import original, pretty
    from reconstruct.layout.gaps import Language, language

    spoken = language(shell) if kind in _SHELL_KINDS else Language.SHELL
    if mode == "pretty":
        return tuple(pretty.lines(text, spoken, escape))
    return tuple(original.lines(text, spoken, escape, infer=kind == "RUN"))


def _has_gap(text: str) -> bool:
    return "\t" in text or "  " in text
