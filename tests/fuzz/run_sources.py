"""Saved forms with bytes changed: read, or refused in one line; no other exception, no more than seconds.

    python -m tests.fuzz.run_sources [--entries 10000] [--seed 0] [--seconds 60]
    python -m tests.fuzz.run_sources --atheris [--seconds 60]      # guided by coverage, where Atheris is installed

The seeds are the samples and small documents of every kind. A JSON seed is changed by its structure too: values of other types,
members gone, lists grown. Exits 1 where anything was found.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import reconstruct
from reconstruct.errors import ReconstructError

SAMPLES = Path(__file__).parents[2] / "samples"
SLOW = 5.0
ODD: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1 << 70,
        1e308,
        "",
        "x",
        "\ud800",
        "\x1b[31m",
        "../../etc/passwd",
        "sha256:" + "a" * 64,
    ),
    *([], {}, [None], [[]], {"a": {}}, {"": ""}, "2024-01-01T00:00:00Z", "9" * 400, ["a"] * 50),
)


def seeds() -> list[bytes]:
    """Small inputs of every kind."""
    table = (
        b"IMAGE          CREATED        CREATED BY                                      SIZE      COMMENT\n"
        b'0123456789ab   2 days ago     /bin/sh -c #(nop)  CMD ["sh"]                   0B        \n'
        b"<missing>      2 days ago     /bin/sh -c #(nop) ADD file:aaaa in /            5.6MB     \n"
    )
    history = [
        {"Id": "sha256:" + "a" * 64, "Created": 1, "CreatedBy": "RUN x", "Size": 1, "Tags": ["a:b"], "Comment": ""}
    ]
    hub = [
        {"architecture": "amd64", "os": "linux", "layers": [{"instruction": "RUN x", "size": 1, "digest": "sha256:a"}]}
    ]
    schema1 = {
        "schemaVersion": 1,
        "history": [{"v1Compatibility": json.dumps({"id": "a", "os": "linux"})}],
        "fsLayers": [{}],
    }
    index = {
        "schemaVersion": 2,
        "manifests": [{"digest": "sha256:" + "a" * 64, "size": 1, "platform": {"os": "linux"}}],
    }
    files = [path.read_bytes() for path in sorted(SAMPLES.glob("*.json")) + sorted(SAMPLES.glob("*.tar"))]
    return [table, *(json.dumps(value).encode() for value in (history, hub, schema1, index)), *files]


def changed(rng: random.Random, data: bytes) -> bytes:
    """The input with something changed: by its structure where it is JSON, else its bytes."""
    if data[:1] in (b"{", b"[") and rng.random() < 0.7:
        value = json.loads(data)
        for _ in range(rng.randint(1, 3)):
            value = _bent(rng, value, rng.randint(1, 6))
        return json.dumps(value).encode("utf-8", "surrogatepass")
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(data) + 1)
        piece = rng.choice(
            (b"\0", b"\xff", b"{", b"]", b'"', b"\x1f\x8b\x08", b"9" * 30, b"\n", bytes([rng.randrange(256)]))
        )
        data = data[:at] + piece + data[at + rng.choice((0, 1, 1, 8, 512)) :]
    return data


def _bent(rng: random.Random, value: Any, depth: int) -> Any:
    if depth and isinstance(value, dict) and value:
        key = rng.choice(list(value))
        if rng.random() < 0.1:
            return {other: inner for other, inner in value.items() if other != key}
        name = key.swapcase() if rng.random() < 0.05 else key
        return {**value, name: _bent(rng, value[key], depth - 1)}
    if depth and isinstance(value, list) and value:
        at = rng.randrange(len(value))
        return [*value[:at], _bent(rng, value[at], depth - 1), *value[at + rng.choice((0, 1, 1)) :]]
    return rng.choice(ODD)


def read(data: bytes) -> str | None:
    """What is wrong with how the input is read; None where it is read or refused as it should."""
    start = time.process_time()
    try:
        image = reconstruct.load(data)
        reconstruct.report(image)
        reconstruct.dockerfile(image)
    except ReconstructError as error:
        if "\n" in str(error):
            return f"an error of several lines: {str(error)[:200]!r}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:300]
    if time.process_time() - start > SLOW:
        return f"slow: {time.process_time() - start:.0f} s"
    return None


def guided(seconds: float) -> int:
    """Atheris, from the same seeds."""
    import tempfile

    import atheris

    def one(data: bytes) -> None:
        if (found := read(data)) is not None:
            raise AssertionError(found)

    with tempfile.TemporaryDirectory() as corpus:
        for number, data in enumerate(seeds()):
            Path(corpus, str(number)).write_bytes(data)
        atheris.instrument_all()
        atheris.Setup([sys.argv[0], corpus, f"-max_total_time={int(seconds)}", "-max_len=65536", "-timeout=30"], one)
        atheris.Fuzz()
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Saved forms with bytes changed.")
    parser.add_argument("--entries", type=int, default=10_000, help="inputs to make (default: 10,000)")
    parser.add_argument("--seconds", type=float, default=60.0, help="stop after this time")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--atheris", action="store_true", help="guided by coverage")
    options = parser.parse_args()
    if options.atheris:
        return guided(options.seconds)
    known = seeds()
    finds: Counter[str] = Counter()
    start, done = time.monotonic(), 0
    while done < options.entries and time.monotonic() - start < options.seconds:
        rng = random.Random(options.seed + done)
        found = read(changed(rng, rng.choice(known)))
        if found is not None:
            kind = found.split(":")[0]
            finds[kind] += 1
            if finds[kind] <= 5:
                print(f"seed {options.seed + done}: {found}", flush=True)
        done += 1
    print(f"executions {done:,}, {time.monotonic() - start:.0f} s")
    print(f"found: {dict(finds) or 'nothing'}")
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main())
