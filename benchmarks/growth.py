"""Growth: the exponent of time in the input's size; 1 if twice the size takes twice the time.

    python benchmarks/growth.py [--rounds 5] [--size 2000]

Measured in process, CPU time, from a quarter of the size to all of it.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import tarfile
from collections.abc import Callable
from functools import partial
from typing import Any

from measuring import Figure, call, medians, ready, tell

NOBODY = "1970-01-01T00:00:00Z"


def config(entries: list[str], settings: dict[str, Any] | None = None, layers: int | None = None) -> bytes:
    """An image config with these history entries, each with a layer unless `layers` says how many have one."""
    made = len(entries) if layers is None else layers
    history = [{"created": NOBODY, "created_by": text, "empty_layer": n >= made} for n, text in enumerate(entries)]
    root = {"type": "layers", "diff_ids": [f"sha256:{number:064x}" for number in range(made)]}
    whole = {"architecture": "amd64", "os": "linux", "config": settings or {}, "rootfs": root, "history": history}
    return json.dumps(whole).encode()


def steps(size: int) -> bytes:
    """As many RUNs."""
    return config(
        [
            f"RUN /bin/sh -c apt-get install -y package-{number} && rm -rf /tmp/{number} # buildkit"
            for number in range(size)
        ],
        None,
        0,
    )


def text(size: int) -> bytes:
    """One RUN of as many commands."""
    return config(["RUN /bin/sh -c " + " && ".join(f"echo {number}   $A" for number in range(size)) + " # buildkit"])


def keys(size: int) -> bytes:
    """That many variables and labels, each set by its own step."""
    settings = {"Env": [f"K{n}=v{n}" for n in range(size)], "Labels": {f"l{n}": str(n) for n in range(size)}}
    entries = [f"ENV K{n}=v{n}" for n in range(size)] + [f"LABEL l{n}={n}" for n in range(size)]
    return config(entries, settings, 0)


def layers(size: int) -> bytes:
    """As many layers."""
    return config([f"COPY file{number} /dir/{number} # buildkit" for number in range(size)])


def images(size: int) -> bytes:
    """An archive of as many images."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        manifest = [{"Config": f"{n}.json", "RepoTags": [f"a:{n}"], "Layers": []} for n in range(size)]
        files = {f"{n}.json": config([f"ENV A={n}"], None, 0) for n in range(size)}
        for name, data in {**files, "manifest.json": json.dumps(manifest).encode()}.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return out.getvalue()


def _jobs() -> dict[str, tuple[Callable[[int], bytes], Callable[[bytes], object]]]:
    import reconstruct
    from reconstruct import sources

    def written(data: bytes) -> object:
        return reconstruct.dockerfile(reconstruct.load(data))

    def verified(data: bytes) -> object:
        image = reconstruct.load(data)
        return reconstruct.verify(image, reconstruct.dockerfile(image).encode())

    return {
        "steps: dockerfile": (steps, written),
        "steps: report": (steps, lambda data: reconstruct.report(reconstruct.load(data))),
        "steps: audit": (steps, lambda data: reconstruct.audit(reconstruct.load(data), hadolint=False)),
        "steps: verify": (steps, verified),
        "text: dockerfile": (text, written),
        "keys: dockerfile": (keys, written),
        "layers: report": (layers, lambda data: reconstruct.report(reconstruct.load(data))),
        "images: list": (images, lambda data: [each.image for each in sources.read(data)[0]]),
    }


def _taken(work: Callable[[bytes], object], data: bytes) -> Callable[[], float]:
    return lambda: call(lambda: work(data))


def figures(rounds: int, size: int = 2000) -> list[Figure]:
    """A figure a kind of size and an output."""
    found = []
    for name, (make, work) in _jobs().items():
        quarter, whole = medians(rounds, *map(partial(_taken, work), (make(size // 4), make(size))))
        power = math.log(whole / quarter, 4)
        found.append(Figure(name, power, f"the power, to {size:,}", f"{whole * 1000:,.0f} ms"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--size", type=int, default=2000)
    options = parser.parse_args()
    ready()
    tell(figures(options.rounds, options.size))


if __name__ == "__main__":
    main()
