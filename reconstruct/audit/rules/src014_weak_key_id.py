"""SRC014: A signing key is fetched by its short ID."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cwe

_LONG = lazy.compile(r"(?:0x)?[0-9A-Fa-f]{16}")
_SHORT = lazy.compile(r"(?:0x)?[0-9A-Fa-f]{8}")


def check(context: Context) -> Iterator[Hit]:
    """Fires if gpg or apt-key receives a key by eight hex digits."""
    done = -1
    for position, command in context.calls("gpg", "gpg2", "apt-key"):
        if position == done or not command.has("--recv-keys", "--recv-key", "--recv", "--receive-keys"):
            continue
        short = [word for word in command.arguments if _SHORT.fullmatch(context.resolve(word, position))]
        long = [word for word in command.arguments if _LONG.fullmatch(context.resolve(word, position))]
        if long and not short:
            done = position
            message = f"{command.name} fetches the key {long[0]}, not a fingerprint"
            yield Hit(position, message, severity=Severity.LOW, subject=(long[0],))
        if short:
            done = position
            yield Hit(position, f"{command.name} fetches the key {short[0]}, a short ID", subject=(short[0],))


rule = Rule(
    id="SRC014",
    name="short-key-id",
    family=Family.SOURCES,
    severity=Severity.MEDIUM,
    summary="A signing key is fetched by its short ID",
    why=(
        "Eight hex digits do not identify a key: a key with any chosen short ID can be generated in seconds, and "
        "a key server returns whichever it has."
    ),
    fix="Use the full fingerprint (40 hex digits), or put the key into the build context.",
    references=(cwe(347, "Improper Verification of Cryptographic Signature"),),
    check=check,
)
