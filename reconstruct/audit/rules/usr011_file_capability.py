"""USR011: A program is given file capabilities."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cis, cwe


def check(context: Context) -> Iterator[Hit]:
    """Fires for a step's first `setcap` that gives capabilities; MEDIUM if one is equivalent to root."""
    done = -1
    for position, command in context.calls("setcap"):
        if position == done or command.has("-r"):
            continue
        done = position
        capabilities = next((word for word in command.operands() if _IS_SET.fullmatch(word)), "")
        strong = _STRONG.match(capabilities)
        yield Hit(
            position,
            f"setcap {context.show(capabilities, 80) or 'gives a file capabilities'}",
            severity=Severity.MEDIUM if strong else None,
            subject=(capabilities,),
        )


_IS_SET = lazy.compile(r"(?i)(?:all|=|cap_[\w,]*)[\w=+,-]*(?:\s.*)?")
_STRONG = lazy.compile(
    r"(?i)all|=|.*cap_(?:sys_admin|setuid|setgid|dac_override|dac_read_search|sys_ptrace|sys_module|fowner|chown|sys_rawio|setfcap|bpf)"
)


rule = Rule(
    id="USR011",
    name="privileged-capability",
    family=Family.RUNNING,
    severity=Severity.LOW,
    summary="A program is given file capabilities",
    why=(
        "Capabilities on a file give part of root's privileges to whoever runs it. `cap_sys_admin`, `cap_setuid`, "
        "`cap_dac_override` and the like are equivalent to root."
    ),
    fix=(
        "Grant only what is needed (`cap_net_bind_service` for a privileged port), or add the capability to the "
        "container with `--cap-add`."
    ),
    references=(
        cwe(250, "Execution with Unnecessary Privileges"),
        cis("4.8", "Ensure setuid and setgid permissions are removed"),
    ),
    check=check,
)
