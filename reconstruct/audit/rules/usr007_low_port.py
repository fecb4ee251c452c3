"""USR007: A port below 1024 is exposed."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cis, cwe
from reconstruct.golang import is_digits
from reconstruct.syntax import Expose


def check(context: Context) -> Iterator[Hit]:
    """Fires for each EXPOSE with ports below 1024, variables resolved."""
    for position, expose in context.of(Expose):
        low = [port for port in expose.ports if _number(context.resolve(port, position)) in range(1, 1024)]
        if low:
            message = f"EXPOSE {context.show(', '.join(low), 80)}: below 1024"
            yield Hit(position, message, subject=tuple(low))


def _number(port: str) -> int:
    digits = port.split("/")[0].split("-")[0].split(":")[-1]
    return int(digits) if is_digits(digits) and len(digits) < 6 else 0


rule = Rule(
    id="USR007",
    name="port-below-1024",
    family=Family.RUNNING,
    severity=Severity.LOW,
    summary="A port below 1024 is exposed",
    why=(
        "On many hosts and orchestrators, only root or a process with CAP_NET_BIND_SERVICE can bind such a port, "
        "so the container keeps running as root. Docker itself has allowed it since 20.10."
    ),
    fix="Listen on a port above 1023, and map it when starting the container.",
    references=(
        cis("5.8", "Ensure privileged ports are not mapped within containers"),
        cwe(250, "Execution with Unnecessary Privileges"),
    ),
    check=check,
)
