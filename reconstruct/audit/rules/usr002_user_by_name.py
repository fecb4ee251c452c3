"""USR002: USER is a name, not a numeric UID."""

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
        yield Hit(position, f"USER {context.show(name, 60)} is a name: its UID is only in the image's files")


rule = Rule(
    id="USR002",
    name="user-without-id",
    family=Family.RUNNING,
    severity=Severity.INFO,
    summary="USER is a name, not a numeric UID",
    why=(
        "An orchestrator that must not run images as root (Kubernetes' `runAsNonRoot`) cannot resolve a name to a "
        "UID without the image's files, and refuses to start the container. On another base, the same name may "
        "have another UID."
    ),
    fix="Create the user with a fixed UID and use that: `USER 10001`.",
    references=(docker("USER", BEST_PRACTICES + "#user"),),
    check=check,
)
