"""SRC015: A download is verified only with MD5 or SHA-1."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.downloads import checks
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cwe

_WEAK = frozenset({"md5sum", "sha1sum"})


def check(context: Context) -> Iterator[Hit]:
    """Fires if every check of a step's downloads is by MD5 or SHA-1."""
    for position, _ in context.run_with(*_WEAK):
        made = checks(context, position)
        weak = [command for command in made if command.name in _WEAK and command.has("-c", "--check", "-sc", "-cs")]
        if weak and len(weak) == len(made):
            name = weak[0].name
            yield Hit(position, f"{name} is the only check of what the step downloads", subject=(name,))


rule = Rule(
    id="SRC015",
    name="weak-checksum",
    family=Family.SOURCES,
    severity=Severity.LOW,
    summary="A download is verified only with MD5 or SHA-1",
    why=(
        "MD5 and SHA-1 collisions can be generated, so the check catches a corrupted transfer but not an attacker "
        "who prepared both files."
    ),
    fix="Use SHA-256 or better.",
    references=(cwe(328, "Use of Weak Hash"),),
    check=check,
)
