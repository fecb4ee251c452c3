"""Text from an image made safe to show: one function for each kind of output.

`visible` and `one_line` are for a terminal and for logs, `json_text` for JSON, `markdown` and `code_span` for markdown,
`html` for a page, `csv_cell` for a spreadsheet, `xml` for XML, `annotation` for the commands that CI systems read from a
log. Unsafe characters are spelled out (`\\x1b`), never dropped, so that the reader sees them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from reconstruct import pattern
from reconstruct.typed import Any

# C0 and C1 controls, and the characters that reorder or hide text (bidirectional controls, zero-width, line separators).
_CONTROLS = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\\ud800-\\udfff"
_CONTROL = pattern.compile(f"[{_CONTROLS}]")
_CONTROL_LINE = pattern.compile(f"[\n\t{_CONTROLS}]")
# Text that CI systems take for a command: `::error::` at the start of a line (GitHub), `##[error]`, `##vso[…]`,
# `##teamcity[…]` anywhere in one (GitHub's older form, Azure Pipelines, TeamCity).
_COMMAND_START = pattern.compile(r"^([^\S\n]*):(?=:)", re.MULTILINE)
_COMMAND = pattern.compile(r"##(?=[A-Za-z]{0,20}\[)")


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    named = {9: "\\t", 10: "\\n", 13: "\\r"}
    return named.get(code) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def disarmed(text: str) -> str:
    """`text` with one character of anything that a CI system would take for a command spelled out."""
    if "::" in text:
        text = _COMMAND_START.sub(r"\1\\x3a", text)
    return _COMMAND.sub(r"#\\x23", text) if "##" in text else text


def visible(text: str) -> str:
    """For a terminal or a log, multi-line: every control character except newline and tab spelled out (`\\x1b`)."""
    return disarmed(_CONTROL.sub(_escape, text))


def one_line(text: str) -> str:
    """For a terminal or a log, on one line: newlines and tabs are spelled out too."""
    # What Python calls printable has none of them, and is told in half the time.
    return disarmed(text if text.isprintable() else _CONTROL_LINE.sub(_escape, text))


def cell(text: str) -> str:
    """For a table cell: on one line, with runs of blanks and tabs collapsed and newlines spelled out."""
    return one_line(_BLANKS.sub(" ", text))


_BLANKS = pattern.compile(r"[ \t]{2,}|\t")


def json_text(value: Any) -> str:
    """For programs and people: indented JSON in ASCII, so that no control character reaches a terminal."""
    from reconstruct.show.indented import indented

    return _without_commands(indented(value)) + "\n"


def json_line(value: Any) -> str:
    """Like `json_text`, on one line without a newline."""
    import json

    return _without_commands(json.dumps(value))


def json_members(members: Mapping[str, Any], indent: int) -> str:
    """The members of an object in the layout of `json_text`, indented by `indent`, without its brackets."""
    text = json_text(members)[1:-2].strip()
    return text if indent == 2 else text.replace("\n", f"\n{' ' * (indent - 2)}")


def json_array(values: Iterable[Any], indent: int = 0) -> Iterator[str]:
    """An array in the layout of `json_text` whose first line is indented by `indent`, one piece per element; without a final newline."""
    inner = f"\n{' ' * (indent + 2)}"
    first = True
    for value in values:
        yield ("[" if first else ",") + inner + json_text(value)[:-1].replace("\n", inner)
        first = False
    yield "[]" if first else f"\n{' ' * indent}]"


def _without_commands(document: str) -> str:
    """Equivalent JSON in which a CI system finds no command; `#` occurs only in strings."""
    return _COMMAND.sub(r"#\\u0023", document) if "##" in document else document


# Markdown renderers find links, mentions and issue numbers in text after unescaping it; an empty comment
# between the two halves separates them reliably.
_PART = "<!-- -->"
_MARKUP = pattern.compile(r"([\\`*_\[\]#|~$])")
# Markup only at the start of a line: lists, and the line under a heading.
_LINE_MARKUP = pattern.compile(r"^(\s*(?:\d{1,9}(?=[.)]))?)([-+=.)])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ENTITY = pattern.compile("[&<>]")
_LINKED = pattern.compile(
    r"(?:@|\\#)(?=\w)|/(?=/)|(?<=[wW]{3})(?=\.)|(?<=[mM][aA][iI][lL][tT][oO]:)|(?<=[xX][mM][pP][pP]:)"
)


def markdown(text: str, *, inside: bool = False) -> str:
    """For a line of GitHub-flavoured markdown: shown literally, without markup, links, mentions or cell ends.

    `inside`: other text of ours precedes it on the line, so it can't start a list.
    """
    escaped = _MARKUP.sub(r"\\\1", _ENTITY.sub(lambda found: _ENTITIES[found.group()], one_line(text)))
    return _LINKED.sub(lambda found: found.group() + _PART, escaped if inside else _LINE_MARKUP.sub(r"\1\\\2", escaped))


def code_span(text: str, *, in_table: bool = True) -> str:
    """For markdown, as code, whatever the text contains (CommonMark 0.31, section 6.1); `|` is escaped for a table cell."""
    text = one_line(text)
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or not text.strip() else ""
    text = text.replace("|", "\\|") if in_table else text
    return f"{fence}{pad}{text}{pad}{fence}"


def code_block(lines: str, language: str = "") -> str:
    """For markdown, lines as a fenced code block that they can't end."""
    text = visible(lines)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text}\n{fence}"


def html(text: str) -> str:
    """For HTML, in an element or a quoted attribute."""
    from html import escape

    return escape(visible(text))


def csv_cell(text: str) -> str:
    """For a spreadsheet: on one line, and never taken for a formula (OWASP, CSV injection)."""
    line = one_line(text)
    return f"'{line}" if line.lstrip()[:1] in _FORMULA else line


_FORMULA = frozenset("=+-@＝＋－＠")
# Characters that XML 1.0 doesn't allow in text (section 2.2) and `visible` keeps.
_NOT_XML = pattern.compile("[\ufffe\uffff]")


def xml(text: str) -> str:
    """For XML's text and attributes: only characters that XML 1.0 allows. The caller escapes markup."""
    return _NOT_XML.sub(_escape, visible(text))


def annotation(text: str, *, value: bool = False) -> str:
    """For GitHub's workflow commands, `::error file=VALUE::text`: the message, or with `value` a parameter's value."""
    safe = one_line(text).replace("%", "%25")
    return safe.replace(":", "%3A").replace(",", "%2C") if value else safe
