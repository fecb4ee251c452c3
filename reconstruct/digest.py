"""SHA-256 of small things. `hashlib` loads OpenSSL first, which takes longer than what a command hashes."""

from __future__ import annotations

try:
    from _sha2 import sha256  # type: ignore[import-not-found, unused-ignore]
except ImportError:
    try:
        # As Python 3.11 names it.
        from _sha256 import sha256  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        from hashlib import sha256


def sha256_hex(data: bytes) -> str:
    """The digest in hexadecimal digits, as what names content has it."""
    digest: str = sha256(data, usedforsecurity=False).hexdigest()
    return digest
