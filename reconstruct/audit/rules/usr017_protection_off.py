"""USR017: An operating system protection is disabled."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cwe

# Pattern → what is off.
_SWITCHES = (
    (lazy.compile(r"(?i)\bSet-MpPreference\b[^;|\n]{0,200}?-Disable\w+\s+(?:\$true|1)"), "Windows Defender"),
    (
        lazy.compile(
            r"(?i)\bnetsh\s+(?:advfirewall\s+set\s+\w+\s+state|firewall\s+set\s+opmode\s+\S*)\W*(?:off|disable)"
        ),
        "the firewall",
    ),
    (lazy.compile(r"(?i)\bSet-NetFirewallProfile\b[^;|\n]{0,200}?-Enabled\s+(?:False|\$false)"), "the firewall"),
    (lazy.compile(r"(?i)\bEnableLUA\b[^;&|\n]{0,80}?\b0\b"), "user account control"),
    (lazy.compile(r"(?i)\bsetenforce\s+(?:0|permissive)|\bSELINUX=(?:disabled|permissive)"), "SELinux"),
    (
        lazy.compile(
            r"(?i)\bufw\s+disable|\biptables\s+-F\b|systemctl\s+(?:disable|mask|stop)\s+(?:--now\s+)?firewalld"
        ),
        "the firewall",
    ),
    (lazy.compile(r"(?i)kernel\.randomize_va_space\s*=\s*[01]\b"), "address space randomisation"),
    (
        lazy.compile(r"(?i)kernel\.(?:yama\.ptrace_scope|kptr_restrict|dmesg_restrict)\s*=\s*0\b"),
        "a kernel protection",
    ),
    (
        lazy.compile(
            r"(?i)\b(?:systemctl\s+(?:disable|mask|stop)|service)\s+(?:--now\s+)?(?:auditd|apparmor)\b|\baa-teardown\b"
        ),
        "auditing or AppArmor",
    ),
)
_WORDS = (
    "mppreference", "netsh", "netfirewall", "enablelua", "setenforce", "selinux", "ufw", "iptables", "firewalld", "randomize_va", "ptrace_scope", "kptr_restrict",
    "dmesg_restrict", "auditd", "apparmor", "aa-teardown",
)  # fmt: skip


def check(context: Context) -> Iterator[Hit]:
    """Fires if a RUN switches off Defender, a firewall, UAC, SELinux, AppArmor, auditing or a setting of the kernel."""
    for position, text in context.texts_with(*_WORDS):
        for pattern, what in _SWITCHES:
            if found := pattern.search(text[:50_000]):
                command = found.group()
                yield Hit(position, f"{what} is disabled: {context.show(command, 100)}", subject=(command,))
                break


rule = Rule(
    id="USR017",
    name="protection-off",
    family=Family.RUNNING,
    severity=Severity.LOW,
    summary="An operating system protection is disabled",
    why=(
        "On Windows the setting stays in the image, and malware in a container goes unnoticed. On Linux most of these belong "
        "to the host: a build cannot change them, but a container with enough privileges that runs the same script can."
    ),
    fix="Remove the command. If the program needs an exception, add a specific rule or exclusion for it.",
    references=(cwe(693, "Protection Mechanism Failure"),),
    check=check,
)
