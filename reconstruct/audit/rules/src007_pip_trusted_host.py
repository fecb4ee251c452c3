"""SRC007: pip does not verify a host's certificate."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cwe
from reconstruct.syntax import Env

_SET = lazy.compile(r"(?i)trusted[-_]host\s*[= ]\s*(\S+)")


def check(context: Context) -> Iterator[Hit]:
    """Fires if PIP_TRUSTED_HOST is set, or a step names a trusted host for pip."""
    for position, env in context.of(Env):
        for pair in env.pairs:
            if pair.key == "PIP_TRUSTED_HOST" and pair.value:
                shown = context.show(pair.value, 80)
                message = f"pip trusts {shown} without checking its certificate, in every container"
                yield Hit(position, message, subject=(pair.key,))
    for position, text in context.texts_with("trusted-host", "trusted_host"):
        match = _SET.search(text)
        if match:
            host = match.group(1)
            message = f"pip trusts {context.show(host, 80)} without checking its certificate"
            yield Hit(position, message, subject=(host,))


rule = Rule(
    id="SRC007",
    name="pip-trusted-host",
    family=Family.SOURCES,
    severity=Severity.MEDIUM,
    summary="pip does not verify a host's certificate",
    why=(
        "`--trusted-host` (or its equivalent in pip.conf or `PIP_TRUSTED_HOST`) makes pip accept any certificate, "
        "or none, from that host, and Python packages can run code when they are installed."
    ),
    fix=(
        "Remove the option; pass the right CA with `--cert` if the index uses its own. Pin packages with hashes "
        "(`--require-hashes`)."
    ),
    references=(
        cwe(295, "Improper Certificate Validation"),
        cwe(494, "Download of Code Without Integrity Check"),
    ),
    check=check,
)
