"""USR010: A volume exposes host directories or the engine's socket."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cis, cwe
from reconstruct.syntax import Volume, Workdir

_PATHS = lazy.compile(
    r"(?:/var)?/run/(?:docker|containerd/containerd|podman/podman)\.sock|/|/etc|/proc|/sys|/boot|/dev|/root(?:/\.(?:ssh|aws|kube|docker|gnupg))?|/host(?:fs)?|/rootfs|/sys/fs/cgroup|/lib/modules"
)


# File systems that are mounted into every container.
_KERNEL = lazy.compile(r"/(?:proc|sys|dev|boot)(?:/.*)?")


def check(context: Context) -> Iterator[Hit]:
    """Fires for a VOLUME on the engine's socket or the host's folders; LOW for a WORKDIR in /proc, /sys, /dev or /boot."""
    for position, workdir in context.of(Workdir):
        if _KERNEL.fullmatch(workdir.path):
            message = f"WORKDIR {context.show(workdir.path, 80)} is a kernel file system"
            yield Hit(position, message, severity=Severity.LOW, subject=(workdir.path,))
    for position, volume in context.of(Volume):
        for path in volume.paths:
            if _PATHS.fullmatch(path.rstrip("/") or "/"):
                severity = None if "sock" in path or path in ("/", "/etc", "/proc", "/sys") else Severity.LOW
                message = f"VOLUME {context.show(path, 80)} is meant for a host mount"
                yield Hit(position, message, severity=severity, subject=(path,))


rule = Rule(
    id="USR010",
    name="host-in-container",
    family=Family.RUNNING,
    severity=Severity.MEDIUM,
    summary="A volume exposes host directories or the engine's socket",
    why=(
        "A VOLUME at the engine's socket, `/`, `/etc`, `/proc` or `/sys` is meant to have the host's own mounted "
        "there. Whoever controls the engine's socket is root on the host."
    ),
    fix="Remove the VOLUME; use a socket proxy that allows only the API calls needed.",
    references=(
        cis("5.6", "Ensure sensitive host system directories are not mounted on containers"),
        cwe(250, "Execution with Unnecessary Privileges"),
    ),
    check=check,
)
