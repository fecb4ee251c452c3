"""SRC013: A git clone is not pinned to a commit or tag."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cwe
from reconstruct.audit.shell import Command

_MOVING = frozenset(
    {"master", "main", "develop", "development", "dev", "trunk", "HEAD", "latest", "stable", "staging", "next"}
)


def _names_tag(command: Command) -> bool:
    """Whether `-b` or `--branch` names something that doesn't move, judging by its name."""
    for word, following in itertools.pairwise((*command.arguments, "")):
        if word in ("-b", "--branch"):
            return following not in _MOVING
        if word.startswith("--branch="):
            return word.partition("=")[2] not in _MOVING
        if word.startswith("-b"):
            return word[2:] not in _MOVING
    return False


def _pins(command: Command) -> bool:
    """Whether a `git checkout`, `reset` or `fetch` names a commit or a tag, judging by its name."""
    words = command.arguments
    verb = next((word for word in words if word in ("checkout", "reset", "switch", "fetch")), "")
    if not verb:
        return False
    named = [
        word
        for word in words[words.index(verb) + 1 :]
        if not word.startswith("-") and word not in ("origin", "FETCH_HEAD")
    ]
    return any(word.removeprefix("origin/") not in _MOVING for word in named)


def check(context: Context) -> Iterator[Hit]:
    """Fires for a `git clone` without tag or revision, where no git command of the step checks out a commit or tag."""
    for position, commands in context.run_with("git"):
        pinned = any(command.name == "git" and _pins(command) for command in commands)
        for command in commands:
            if command.name != "git" or "clone" not in command.words or pinned:
                continue
            if command.has("--revision") or _names_tag(command):
                continue
            url = next((word for word in command.operands() if "/" in word or ":" in word), "a repository")
            url = context.resolve(url, position)
            message = f"git clone {context.show(url, 120)} takes whatever its branch holds"
            yield Hit(position, message, subject=(url,))
            break


rule = Rule(
    id="SRC013",
    name="git-clone-unpinned",
    family=Family.SOURCES,
    severity=Severity.LOW,
    summary="A git clone is not pinned to a commit or tag",
    why=(
        "A clone without a tag or commit takes the tip of the branch, which differs from build to build, and the "
        "record does not say which commit it was."
    ),
    fix=(
        "Clone a tag and check out a commit: `git clone … && git -C … checkout <commit>`, or use `ADD "
        "--checksum`/`ADD …git#<commit>` with BuildKit."
    ),
    references=(cwe(829, "Inclusion of Functionality from Untrusted Control Sphere"),),
    check=check,
)
