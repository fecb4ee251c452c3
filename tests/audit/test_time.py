"""The audit's time grows with the record: hostile texts that made it quadratic, and worse, once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import reconstruct
from reconstruct.audit.context import Context
from reconstruct.audit.engine import _findings, _run_rules
from reconstruct.audit.rules import rec020_build_args
from reconstruct.writer import write
from tests.audit.images import BASE, NOW, config, entry
from tests.pace import is_linear, timed


def _joined(unit: str) -> Callable[[int], list[str]]:
    return lambda size: ["RUN " + " && ".join(unit.replace("%", str(n)) for n in range(size // (len(unit) + 4)))]


def _repeated(head: str, unit: str, tail: str = "") -> Callable[[int], list[str]]:
    return lambda size: [f"RUN {head}{unit * (size // len(unit))}{tail}"]


SHAPES: dict[str, Callable[[int], list[str]]] = {
    "copies": _joined("cp a% /b%"),
    "deletions": _joined("rm -rf /tmp/a%*"),
    "folders": _joined("cd a"),
    "downloads": _joined("curl -fsSLo f% https://x.example.org/f% && sha256sum -c f%"),
    "modes": _joined("chmod 777 /x% && rm /y%"),
    "passwords": _joined("export PASSWORD%=Secret%X"),
    "fed": _joined("echo a%:Secr%t | chpasswd"),
    "found": _repeated("find . ", "-exec chmod 777 "),
    "searched folders": lambda size: ["RUN find " + "a " * (size // 4) + "-exec chmod -R 777 {} + " * (size // 50)],
    "documents": _repeated("cat <<A ", "<<A ", "\nA"),
    "JSON": _repeated("echo '", '{"password":', "'"),
    "rights": _repeated("echo '", "a ALL=(ALL) ", "' > /etc/sudoers"),
    "addresses": _repeated("echo ", "http://a:"),
    "one long address": _repeated("curl -o x https://x.example.org/", "a"),
    "features": _repeated("echo ", "Install-WindowsFeature "),
    "shells in shells": _repeated("", "powershell -c "),
    "variables": lambda size: ["RUN a=" + "x" * 1000 + "; " + "; ".join(["curl $a$a$a"] * (size // 14))],
    "secret variables": lambda size: [f"ENV PASSWORD{n}=Secret{n}xYz" for n in range(size // 30)],
    "deep folders": lambda size: ["COPY a " + "/a" * (size // 2)],
    "working folders": lambda size: ["WORKDIR aaaa"] * (size // 12),
    "files and deletions": lambda size: [
        line for n in range(size // 40) for line in (f"COPY a{n} /b/{n}", f"RUN rm /b/{n}")
    ],
}


def _took(lines: list[str]) -> float:
    image = reconstruct.load(config([BASE, *(entry(line, n % 50) for n, line in enumerate(lines))]))
    steps = reconstruct.steps(image)
    written = write(image, steps)

    def audit() -> None:
        context = Context(image, steps, now=NOW)
        _findings(context, _run_rules(context), written)

    return timed(audit)[1]


@pytest.mark.no_cover
@pytest.mark.parametrize("shape", SHAPES)
def test_time_grows_with_the_text(shape: str) -> None:
    assert is_linear(lambda size: _took(SHAPES[shape](size)), 4_000, 32_000)


@pytest.mark.no_cover
def test_build_arguments_of_thousands_of_runs() -> None:
    def took(count: int) -> float:
        lines = [f"RUN |1 A{n}={n} /bin/sh -c x" for n in range(count)]
        # Without the base's root, ARGs may be missing from the history.
        context = Context(image := reconstruct.load(config([*map(entry, lines)])), reconstruct.steps(image), now=NOW)
        found, seconds = timed(lambda: list(rec020_build_args.check(context)))
        assert found == []
        return seconds

    assert is_linear(took, 1_000, 8_000)


@pytest.mark.no_cover
def test_a_run_of_100_kilobytes_is_fast() -> None:
    packages = " ".join(f"package{n}" for n in range(7_500))
    assert _took([f"RUN apt-get update && apt-get install -y {packages}"]) < 5
