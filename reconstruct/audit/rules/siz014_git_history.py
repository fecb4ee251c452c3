"""SIZ014: A repository is cloned with its full history."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.files import cleaned
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, docker

_SHALLOW = ("--depth", "--shallow-since", "--filter", "--revision")


def check(context: Context) -> Iterator[Hit]:
    """Fires for a `git clone` without a shallow option whose step deletes neither `.git` nor the clone."""
    done = -1
    for position, command in context.calls("git"):
        if position == done or "clone" not in command.words or command.has(*_SHALLOW):
            continue
        words = [word for word in command.operands() if word != "clone"]
        url = next((word for word in words if "/" in word or ":" in word), "")
        folder = (words[-1] if words and words[-1] != url else url).rstrip("/").rsplit("/", 1)[-1].removesuffix(".git")
        if url and not cleaned(context, position, rf"\.git\b|{_escaped(folder)}(?:/?\s|/?$|/\*)"):
            done = position
            url = context.resolve(url, position)
            message = f"git clone {context.show(url, 100)} fetches the repository's whole history"
            yield Hit(position, message, bytes=context.layer_bytes(position), subject=(url,))


def _escaped(folder: str) -> str:
    import re

    return re.escape(folder) if folder and "$" not in folder else r"\$\w+"


rule = Rule(
    id="SIZ014",
    name="git-history-cloned",
    family=Family.WEIGHT,
    severity=Severity.LOW,
    summary="A repository is cloned with its full history",
    why=(
        "A clone without `--depth` holds every version of every file, often many times the size of the files "
        "themselves, and the image then contains whatever was once deleted there (secrets included)."
    ),
    fix=(
        "Clone with `--depth 1`, or delete the directory in the same RUN after building; with BuildKit, use `ADD "
        "<repository>#<commit>`."
    ),
    references=(docker("ADD: Git repositories", "reference/dockerfile/#adding-files-from-a-git-repository"),),
    check=check,
)
