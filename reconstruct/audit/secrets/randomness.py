"""Whether a value looks drawn at random, as keys are."""

from __future__ import annotations

from collections import Counter
from math import log2

from reconstruct import pattern as lazy

# The fewest characters of a value that is taken for random.
SHORTEST_RANDOM = 32
_RANDOM = lazy.compile(
    r"(?=[A-Za-z0-9+/_-]*[a-z])(?=[A-Za-z0-9+/_-]*[A-Z])(?=[A-Za-z0-9+/_-]*\d)[A-Za-z0-9+/_-]{32,100}={0,2}"
)
_NO_SECRET = lazy.compile(
    r"(?i)sha|sum|digest|hash|fingerprint|integrity|version|commit|rev|build|publi|site|gpg|uuid|etag|path|url"
)


def is_random(value: str) -> bool:
    """Whether a value looks random: mixed case and digits, with the entropy per character of such text."""
    if not _RANDOM.fullmatch(value) or value.count("/") > 3 or value.count("-") > 3 or value.count("_") > 3:
        return False
    return _entropy(value) >= 4.3 and not _is_text(value)


def names_random(name: str) -> bool:
    """Whether a random value is expected under this name, which makes it no secret: a checksum, an ID."""
    return _NO_SECRET.search(name) is not None


def _entropy(value: str) -> float:
    """The entropy per character of `value` in bits, from character frequencies."""
    size = len(value)
    return -sum(count / size * log2(count / size) for count in Counter(value).values())


def _is_text(value: str) -> bool:
    """Whether a value is base64 of plain text."""
    import binascii

    try:
        data = binascii.a2b_base64(value + "=" * (-len(value) % 4))
    except ValueError:
        return False
    return all(32 <= byte < 127 or byte in b"\r\n\t" for byte in data)
