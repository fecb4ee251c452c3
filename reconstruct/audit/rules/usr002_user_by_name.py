"""USR002: USER names a user instead of an ID."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, docker
from reconstruct.golang import is_digits
from reconstruct.syntax import User


def check(context: Context) -> Iterator[Hit]:
    """Fires if the last USER is a name other than root, with no variable left in it; not on Windows."""
    last = context.last(User)
    if last is None or context.image.windows:
        return
    position, instruction = last
    name = context.resolve(instruction.user, position).partition(":")[0]
    if name and not is_digits(name) and name != "root" and "$" not in name:
        yield Hit(position, f"USER {context.show(name, 60)} is a name: its ID is in the image's files alone")


rule = Rule(
    id="USR002",
    name="user-without-id",
    family=Family.RUNNING,
    severity=Severity.INFO,
    summary="USER names a user instead of an ID",
    why=(
        "An orchestrator that must not run images as root (Kubernetes' `runAsNonRoot`) can't tell "
        "whose ID a name is without the image's files, and refuses to start it. Another base may give "
        "the name another ID."
    ),
    fix="Make the user with a fixed ID and write it: `USER 10001`.",
    references=(docker("USER", BEST_PRACTICES + "#user"),),
    check=check,
)
