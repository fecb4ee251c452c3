"""Text from an image made safe to show: no terminal codes, no line that was not meant to be one."""

from __future__ import annotations

import re

# C0 and C1 controls, and the characters that reorder or hide text (bidirectional controls, zero-width, line separators).
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_CONTROL_LINE = re.compile(_CONTROL.pattern[:-1] + "\n\t]")


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    named = {9: "\\t", 10: "\\n", 13: "\\r"}
    return named.get(code) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def visible(text: str) -> str:
    """`text` with every control character but newline and tab spelled out (`\\x1b`)."""
    return _CONTROL.sub(_escape, text)


def one_line(text: str) -> str:
    """`text` on one line: newlines and tabs are spelled out too."""
    return _CONTROL_LINE.sub(_escape, text)
