"""SRC016: pip uses an additional package index."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import is_pip
from reconstruct.audit.rule import Hit, Rule, cwe
from reconstruct.syntax import Env


def check(context: Context) -> Iterator[Hit]:
    """Fires if pip has `--extra-index-url`, or ENV sets PIP_EXTRA_INDEX_URL."""
    for position, _ in context.texts_with("extra-index-url"):
        if any(is_pip(command) and command.has("--extra-index-url") for command in context.commands(position)):
            yield Hit(position, "pip also takes packages from a second index", subject=("--extra-index-url",))
    for position, env in context.of(Env):
        if any(pair.key == "PIP_EXTRA_INDEX_URL" and pair.value for pair in env.pairs):
            message = "PIP_EXTRA_INDEX_URL: pip also takes packages from a second index"
            yield Hit(position, message, subject=("PIP_EXTRA_INDEX_URL",))


rule = Rule(
    id="SRC016",
    name="extra-package-index",
    family=Family.SOURCES,
    severity=Severity.LOW,
    summary="pip uses an additional package index",
    why=(
        "With `--extra-index-url`, pip installs the highest version that either index offers: whoever registers a "
        "private package's name in the public index gets their code installed (dependency confusion)."
    ),
    fix="Use a single index (`--index-url`) that proxies the other, or pin packages with hashes.",
    references=(cwe(427, "Uncontrolled Search Path Element"),),
    check=check,
)
