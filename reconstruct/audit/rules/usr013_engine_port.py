"""USR013: The engine's API is exposed on a TCP port."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cis, cwe
from reconstruct.syntax import Cmd, Entrypoint, Env, Expose, Run

# Port → (what listens there, how bad it is).
_PORTS = {
    "2375": ("Docker's API without TLS", Severity.HIGH),
    "2376": ("Docker's API", Severity.LOW),
    "4243": ("Docker's API without TLS", Severity.HIGH),
    "10250": ("the kubelet's API", Severity.MEDIUM),
    "10255": ("the kubelet's API without authentication", Severity.MEDIUM),
    "2379": ("etcd's API", Severity.LOW),
}
_LISTENS = lazy.compile(r"(?:dockerd|docker\s+daemon|podman\s+system\s+service)\b.*?tcp:(?://)?[^\s\"']*")


def check(context: Context) -> Iterator[Hit]:
    """Fires for an EXPOSE of an engine's, kubelet's or etcd's port, and an engine on TCP without `--tlsverify`."""
    for position, expose in context.of(Expose):
        for port in expose.ports:
            number, _, protocol = context.resolve(port, position).partition("/")
            first, _, last = number.rpartition(":")[2].partition("-")
            if first in _PORTS and not last and protocol in ("", "tcp"):
                what, severity = _PORTS[first]
                yield Hit(position, f"EXPOSE {context.show(port, 20)}: {what}", severity=severity, subject=(port,))
    for position, env in context.of(Env):
        for pair in env.pairs:
            if pair.key == "DOCKER_HOST" and re.match(r"(?:tcp|http)://.*:(?:2375|4243)\b", pair.value or ""):
                what = f"DOCKER_HOST={context.show(pair.value, 60)}: an engine without TLS"
                yield Hit(position, what, severity=Severity.MEDIUM, subject=(pair.key,))
    for kind in (Cmd, Entrypoint, Run):
        for position, _ in context.of(kind):
            text = context.text(position)
            if "tcp:" in text and (match := _LISTENS.search(text)) and "--tlsverify" not in text:
                daemon = match.group()
                message = f"the engine listens on the network: {context.show(daemon, 80)}"
                yield Hit(position, message, subject=(daemon,))


rule = Rule(
    id="USR013",
    name="engine-api-port",
    family=Family.RUNNING,
    severity=Severity.HIGH,
    summary="The engine's API is exposed on a TCP port",
    why=(
        "Port 2375 is the Docker API without TLS: whoever reaches it can start containers as root on the host. "
        "Images that run an engine (Docker-in-Docker) expose it to the container's whole network."
    ),
    fix="Keep the engine on its Unix socket, or expose 2376 with client certificates (`--tlsverify`).",
    references=(
        cwe(306, "Missing Authentication for Critical Function"),
        cis("2.7", "Ensure TLS authentication for Docker daemon is configured"),
    ),
    check=check,
)
