"""SRC013: A repository is cloned at whatever its branch holds."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cwe


def check(context: Context) -> Iterator[Hit]:
    for position, commands in context.runs():
        pinned = any(
            command.name == "git"
            and any(verb in command.words for verb in ("checkout", "reset", "switch", "fetch", "submodule"))
            for command in commands
        )
        for command in commands:
            if command.name != "git" or "clone" not in command.words or pinned:
                continue
            if command.has("-b", "--branch", "--revision") or any(word.startswith("-b") for word in command.arguments):
                continue
            url = next((word for word in command.operands() if "/" in word or ":" in word), "a repository")
            yield Hit(
                position,
                f"git clone {context.show(context.resolve(url, position), 120)} takes whatever its branch holds",
            )
            break


rule = Rule(
    id="SRC013",
    name="git-clone-unpinned",
    family=Family.SOURCES,
    severity=Severity.LOW,
    summary="A repository is cloned at whatever its branch holds",
    why=(
        "A clone without a tag or a commit takes the newest state, which differs from build to build, "
        "and nothing in the record tells which it was."
    ),
    fix=(
        "Clone a tag and check out a commit: `git clone … && git -C … checkout <commit>`, or `ADD "
        "--checksum`/`ADD …git#<commit>` with BuildKit."
    ),
    references=(cwe(829, "Inclusion of Functionality from Untrusted Control Sphere"),),
    check=check,
)
