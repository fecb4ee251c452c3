"""Line layout: breaks the single long line that history keeps of an instruction where its author broke it.

When a builder joins lines, it drops the continuation character and the newline, and keeps the rest: `a; \\⏎⇥b` becomes
`a; ⇥b`. So the author's breaks are still visible as wide white space, among the author's alignment and strings.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.layout.house import House

_SHORT = 150
# Instructions whose text is for a shell; the others are words for the Dockerfile parser, with a shell's quoting.
_SHELL_KINDS = ("RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK")


def break_lines(
    text: str,
    *,
    shell: Sequence[str],
    escape: str = "\\",
    mode: str = "original",
    kind: str = "RUN",
    house: House | None = None,
) -> tuple[str, ...]:
    """The physical lines of an instruction's `text`, without their continuation characters.

    `text` is the text after the keyword, on one line; a text with newlines is returned unchanged. `shell` is the
    SHELL in force, whose language distinguishes strings from breaks; `escape` the Dockerfile's escape character;
    `kind` the instruction's keyword; `house` what the Dockerfile's RUNs do (`house.py`), by itself what this text does. The caller puts the escape character and a newline between the lines.

    `mode`:
        `original`: as the author broke the lines. `"".join(lines) == text`, always and to the byte.
        `pretty`: one command per line, indented by four spaces, `&&` first. White space outside strings may differ from `text`.
        `flat`: one line.

    No line except the first begins with `#`, none ends with the escape character, and the first is not empty, so
    the parsers of BuildKit, the classic builder and imagebuilder join them as intended.
    """
    if mode == "flat" or "\n" in text or not (_has_gap(text) or len(text) > _SHORT or mode == "pretty"):
        return (text,)
    from reconstruct.layout.gaps import Language, language

    spoken = language(shell) if kind in _SHELL_KINDS else Language.SHELL
    if mode == "pretty":
        from reconstruct.layout import pretty

        return tuple(pretty.lines(text, spoken, escape))
    from reconstruct.layout import original
    from reconstruct.layout.house import of

    return tuple(original.lines(text, spoken, escape, house or of((text,)), infer=kind == "RUN"))


def _has_gap(text: str) -> bool:
    return "\t" in text or "  " in text
