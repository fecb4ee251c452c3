"""SHA-256 of small data. `hashlib` loads OpenSSL first, which takes longer than the hashing in a command."""

from __future__ import annotations

__all__ = ["sha256", "sha256_hex"]

try:
    from _sha2 import sha256  # type: ignore[import-not-found, unused-ignore]
except ImportError:
    try:
        # Its name in Python 3.11.
        from _sha256 import sha256  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        from hashlib import sha256


def sha256_hex(data: bytes) -> str:
    """The digest in hexadecimal, as in content addresses."""
    digest: str = sha256(data, usedforsecurity=False).hexdigest()
    return digest
