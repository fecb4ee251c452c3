"""Indented JSON, to the byte what `json.dumps(value, indent=2)` gives, which is slow because the encoder in C doesn't indent."""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii as quote

from reconstruct.typed import Any


def indented(value: Any) -> str:
    """`value` as JSON, two blanks a level. Raises TypeError for a value that JSON has no form for."""
    try:
        return _text(value, "\n")
    except (TypeError, RecursionError):
        # A key that isn't text, or more levels than this has frames for.
        return json.dumps(value, indent=2)


def _text(value: Any, margin: str) -> str:
    """The value; its further lines begin with `margin`, which begins with the newline."""
    kind = type(value)
    if kind is str:
        return quote(value)
    if value is None:
        return "null"
    if kind is dict:
        inner = margin + "  "
        members = [
            f"{quote(key)}: {quote(each) if type(each) is str else 'null' if each is None else _text(each, inner)}"
            for key, each in value.items()
        ]
        return f"{{{inner}{f',{inner}'.join(members)}{margin}}}" if members else "{}"
    if kind is list:
        if not value:
            return "[]"
        inner = margin + "  "
        return f"[{inner}{f',{inner}'.join([_text(each, inner) for each in value])}{margin}]"
    if kind is bool:
        return "true" if value else "false"
    # A newline in JSON is never in a string.
    return repr(value) if kind is int else json.dumps(value, indent=2).replace("\n", margin)
