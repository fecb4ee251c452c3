"""Inputs with something changed: JSON by its structure, all else byte by byte."""

from __future__ import annotations

import contextlib
import gzip
import json
import random
from collections.abc import Mapping
from typing import Any

from tests.fuzz.strategies import text

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1 << 70, 1e308, "", "x", "\ud800", "\x1b[31m", "../../etc/passwd", "sha256:" + "a" * 64),
    *([], {}, [None], [[]], {"a": {}}, {"": ""}, "2024-01-01T00:00:00Z", "9" * 400, ["a"] * 50),
)  # fmt: skip
PIECES = (
    b"\0",
    b"\xff",
    b"{",
    b"]",
    b'"',
    b"\x1f\x8b\x08",
    b"9" * 30,
    b"\n",
    b"\r\n",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
)


def bent(rng: random.Random, value: Any, depth: int) -> Any:
    """A JSON value with one of its parts gone, renamed, doubled, or of another type."""
    if depth and isinstance(value, dict) and value:
        key = rng.choice(list(value))
        if rng.random() < 0.1:
            return {other: inner for other, inner in value.items() if other != key}
        name = key.swapcase() if rng.random() < 0.05 else key
        return {**value, name: bent(rng, value[key], depth - 1)}
    if depth and isinstance(value, list) and value:
        at = rng.randrange(len(value))
        return [*value[:at], bent(rng, value[at], depth - 1), *value[at + rng.choice((0, 1, 1)) :]]
    if isinstance(value, str) and rng.random() < 0.5:
        at = rng.randrange(len(value) + 1)
        return value[:at] + text(rng, 2) + value[at:]
    return rng.choice(ODD)


def changed_json(rng: random.Random, value: Any) -> Any:
    """A JSON value with one to three changes."""
    for _ in range(rng.randint(1, 3)):
        value = bent(rng, value, rng.randint(1, 6))
    return value


def changed_bytes(rng: random.Random, data: bytes) -> bytes:
    """The bytes with pieces put in, taken out, written over."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        piece = rng.choice((*PIECES, bytes([rng.randrange(256)])))
        data = data[:at] + piece + data[at + rng.choice((0, 1, 1, 8, 512)) :]
    return data


def encoded(value: Any) -> bytes:
    """JSON in bytes, halves of surrogate pairs as Python spells them."""
    return json.dumps(value).encode("utf-8", "surrogatepass")


def changed(rng: random.Random, data: bytes) -> bytes:
    """A document or any bytes with something changed: by its structure where it is JSON, mostly."""
    if data[:1] in (b"{", b"[") and rng.random() < 0.7:
        with contextlib.suppress(ValueError):
            return encoded(changed_json(rng, json.loads(data)))
    return changed_bytes(rng, data)


def changed_files(rng: random.Random, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """An archive's or a folder's files: one changed, gone, renamed, or under a second name."""
    found = dict(files)
    for _ in range(rng.randint(0, 2)):
        name = rng.choice(list(found))
        way = rng.random()
        if way < 0.6:
            found[name] = changed(rng, found[name])
        elif way < 0.75:
            del found[name]
        elif way < 0.9:
            found[rng.choice((name.upper(), "../" + name, "/" + name, name + "/x", "a/" + name))] = found[name]
        else:
            found[name] = gzip.compress(found[name], mtime=0)
        if not found:
            return dict(files)
    return found
