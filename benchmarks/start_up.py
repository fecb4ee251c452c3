"""Start-up: small commands, run like the installed script, relative to `python -c pass`.

python benchmarks/start_up.py [--rounds 30]
"""

from __future__ import annotations

import argparse
from functools import partial

from measuring import PASS, RECONSTRUCT, ROOT, Figure, medians, process, ready, tell

SAMPLES = ROOT / "samples"
HELLO = str(SAMPLES / "hello-buildkit.json")
COMMANDS = {
    "--help": ["--help"],
    "dockerfile, a small config": ["dockerfile", HELLO],
    "dockerfile, a longer config": ["dockerfile", str(SAMPLES / "notes.json")],
    "dockerfile, Windows": ["dockerfile", str(SAMPLES / "python-3.9-windowsservercore")],
    "report": ["report", HELLO],
    "base": ["base", HELLO],
    "diff": ["diff", HELLO, str(SAMPLES / "hello-buildah.json")],
    "verify": ["verify", HELLO, str(SAMPLES / "hello.Dockerfile")],
    "audit": ["audit", "--no-hadolint", HELLO],
}


def figures(rounds: int) -> list[Figure]:
    """A figure a command."""
    found = []
    for name, words in COMMANDS.items():
        bare, taken = medians(rounds, partial(process, PASS), partial(process, [*RECONSTRUCT, *words]))
        found.append(
            Figure(name, taken / bare, "× `python -c pass`", f"{taken * 1000:.0f} ms and {bare * 1000:.0f} ms")
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    ready()
    tell(figures(rounds))


if __name__ == "__main__":
    main()
