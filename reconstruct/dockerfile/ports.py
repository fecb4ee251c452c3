"""The ports of EXPOSE, as the builders read them: `[[ip:]host:]port[-port][/protocol]`."""

from __future__ import annotations

from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.golang import is_digits, quote

_PROTOCOLS = ("tcp", "udp", "sctp")
_HOLES = ("\ue000", "\ue001")


# The number of existing ports, per protocol: more can only be repetitions, which would waste memory.
MAX_PORTS = 3 * 65_536


def parse_ports(words: list[str]) -> list[str]:
    """`port/protocol` for each port of each word, ranges expanded. Raises DockerfileError."""
    ports: list[str] = []
    for word in words:
        ports += _parse(word)
        if len(ports) > MAX_PORTS:
            raise DockerfileError(f"more than {MAX_PORTS} ports in one instruction")
    return ports


def _parse(word: str) -> list[str]:
    ip, host, container = _parts(word)
    number, _, protocol = container.partition("/")
    protocol = protocol.split("/")[0].lower() or "tcp"
    if _HOLES[0] in word:
        # A value that isn't known yet; verify solves for it.
        return [f"{number}/{protocol}"]
    if not number or protocol not in _PROTOCOLS:
        raise DockerfileError(f"invalid port: {quote(word)}")
    if ip:
        _address(ip)
    first, last = _range(number, word)
    if host:
        host_first, host_last = _range(host, word)
        if last - first != host_last - host_first and first != last:
            raise DockerfileError(f"invalid ranges specified for container and host ports: {quote(word)}")
    return [f"{port}/{protocol}" for port in range(first, last + 1)]


def _parts(word: str) -> tuple[str, str, str]:
    parts = word.split(":")
    return ":".join(parts[:-2]), parts[-2] if len(parts) > 1 else "", parts[-1]


def _address(ip: str) -> None:
    import ipaddress

    try:
        ipaddress.ip_address(ip.removeprefix("[").removesuffix("]"))
    except ValueError:
        raise DockerfileError(f"invalid IP address: {ip}") from None


def _range(text: str, word: str) -> tuple[int, int]:
    first, dash, last = text.partition("-")
    start = _number(first, word)
    end = _number(last, word) if dash else start
    if end < start:
        raise DockerfileError(f"invalid port range: {quote(word)}")
    return start, end


def _number(text: str, word: str) -> int:
    if not is_digits(text) or len(text) > 18 or int(text) > 65535:
        raise DockerfileError(f"invalid port: {quote(word)}")
    return int(text)
