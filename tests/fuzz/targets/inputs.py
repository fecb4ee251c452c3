"""Saved forms with something changed: read, or refused in one line; packed or plain, from memory or disk, they say the same."""

from __future__ import annotations

import gzip
import json
import random
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import reconstruct
from reconstruct.errors import ReconstructError
from tests.fuzz import changing
from tests.fuzz.strategies import text
from tests.fuzz.target import several_lines, target
from tests.sources import making, test_archives, test_documents, test_stores

SAMPLES = Path(__file__).parents[3] / "samples"
HISTORY = (
    b"IMAGE          CREATED        CREATED BY                                      SIZE      COMMENT\n"
    b'0123456789ab   2 days ago     /bin/sh -c #(nop)  CMD ["sh"]                   0B        \n'
    b"<missing>      2 days ago     /bin/sh -c #(nop) ADD file:aaaa in /            5.6MB     \n"
)
LINES = [
    {
        "ID": "sha256:" + "a" * 64,
        "CreatedAt": "2024-01-02T03:04:05Z",
        "CreatedBy": "RUN x",
        "Size": "1B",
        "Comment": "",
    },
    {"ID": "<missing>", "CreatedAt": "2024-01-02T03:04:05Z", "CreatedBy": "/bin/sh -c y", "Size": "0B", "Comment": "c"},
]
PODMAN = [{"Id": "sha256:" + "a" * 64, "Created": 1, "CreatedBy": "RUN x", "Size": 1, "Tags": ["a:b"], "Comment": ""}]
QUAY = {
    "name": "latest",
    "layers": [{"command": ["RUN x"], "index": 0, "compressed_size": 3, "blob_digest": "sha256:a"}],
}
GCR = {"manifest": {"sha256:" + "a" * 64: {"imageSizeBytes": "3", "tag": ["x"], "timeCreatedMs": "1"}}, "name": "a/b"}
HARBOR = [{"created": "2024-01-02T03:04:05Z", "created_by": "RUN x"}, {"created_by": "CMD x", "empty_layer": True}]
INDEX = {"schemaVersion": 2, "manifests": [{"digest": "sha256:" + "a" * 64, "size": 1, "platform": {"os": "linux"}}]}
SCHEMA_1 = {
    "schemaVersion": 1,
    "history": [{"v1Compatibility": json.dumps({"id": "a", "os": "linux"})}],
    "fsLayers": [{}],
}


def read(source: Any) -> Iterator[str]:
    """The faults in how an input is read and reported."""
    try:
        image = reconstruct.load(source)
        reconstruct.report(image)
        reconstruct.dockerfile(image)
    except ReconstructError as error:
        yield from several_lines(error)


def told(source: Any) -> object:
    """What is read from an input, for comparison: the image without its name and notes; None if it is rejected."""
    try:
        image = reconstruct.load(source)
    except ReconstructError:
        return None
    return image.config, image.history, image.layers, image.tags, image.platform


@cache
def configs() -> tuple[bytes, ...]:
    """The samples' configs."""
    return tuple(path.read_bytes() for path in sorted(SAMPLES.glob("*.json")) if "manifest" not in path.name)


def documents(*values: Any) -> Callable[[random.Random], Iterator[str]]:
    """The check of documents of a kind, given by small ones that are whole."""
    made = [value if isinstance(value, bytes) else changing.encoded(value) for value in values]

    def check(rng: random.Random) -> Iterator[str]:
        yield from read(changing.changed(rng, rng.choice(made)))

    return check


_READ = "read, or rejected in one line"
target("manifests", f"{_READ}: manifests, indexes, schema 1")(documents(INDEX, SCHEMA_1, making.CONFIG))
target("registry-json", f"{_READ}: responses of Docker Hub, Harbor, Quay and GCR")(
    documents(test_documents.HUB, QUAY, GCR, HARBOR, *test_documents.API)
)
target("inspect-json", f"{_READ}: docker, podman and skopeo inspect, imagetools")(
    documents(test_documents._imagetools(), PODMAN, [making.CONFIG])
)


@target("config-json", f"{_READ}; bytes and the parsed value give the same result")
def config(rng: random.Random) -> Iterator[str]:
    value = changing.changed_json(rng, json.loads(rng.choice(configs())))
    yield from read(value)
    if isinstance(value, dict) and told(value) != told(changing.encoded(value)):
        yield "the parsed value is read unlike its bytes"


@target("history-text", f"{_READ}: history tables and JSON lines; JSON lines preserve every text")
def history(rng: random.Random) -> Iterator[str]:
    if rng.random() < 0.5:
        yield from read(changing.changed_bytes(rng, HISTORY))
        return
    texts = [text(rng, 4).encode("utf-8", "replace").decode() or "x" for _ in range(rng.randint(1, 4))]
    lines = [{**LINES[number > 0], "CreatedBy": each} for number, each in enumerate(texts)]
    data = b"\n".join(map(changing.encoded, lines))
    if rng.random() < 0.5:
        yield from read(changing.changed_bytes(rng, data))
    elif [entry.created_by.strip() for entry in reversed(reconstruct.load(data).history)] != [t.strip() for t in texts]:
        yield f"other texts than were written: {texts}"


@target("repo-info-page", f"{_READ}: repo-info pages; our own pages are read back, with the same number of steps")
def page(rng: random.Random) -> Iterator[str]:
    image = reconstruct.load(rng.choice(configs()))
    written = reconstruct.report(image).to_dict() and _page(image)
    if rng.random() < 0.1 and len(reconstruct.load(written).history) != len(image.history):
        yield "our own page is read with other steps"
    yield from read(changing.changed_bytes(rng, written))


def _page(image: reconstruct.Image) -> bytes:
    from reconstruct.report import render

    return render(reconstruct.report(image), "repo-info").encode()


@target("provenance", f"{_READ}: SLSA statements, alone and attached to an image")
def provenance(rng: random.Random) -> Iterator[str]:
    statement = rng.choice((test_documents._predicate, test_documents._predicate_v02))()
    value = changing.changed_json(rng, {"_type": "https://in-toto.io/Statement/v0.1", "predicateType": rng.choice(("https://slsa.dev/provenance/v0.2", "https://slsa.dev/provenance/v1")), "predicate": statement})  # fmt: skip
    if rng.random() < 0.5:
        yield from read(value)
        return
    made = making.Layout()
    image = made.image()
    attested = made.attestation(image, value, "https://slsa.dev/provenance/v1")
    yield from read(making.tar(made.saved(made.index([image, attested]))))


def archives(make: Callable[[], dict[str, bytes]]) -> Callable[[random.Random], Iterator[str]]:
    """The check of archives of a kind: their members changed, or the tar's bytes; gzip says the same."""

    def check(rng: random.Random) -> Iterator[str]:
        files = changing.changed_files(rng, make())
        try:
            data = making.tar(files)
        except ValueError:
            return
        if rng.random() < 0.4:
            data = changing.changed_bytes(rng, data)
        yield from read(data)
        if rng.random() < 0.2 and told(data) != told(gzip.compress(data, 1)):
            yield "packed it is read otherwise"

    return check


target("docker-archive", f"{_READ}: docker save archives; with gzip, the same result")(archives(making.docker_archive))
target("oci-archive", f"{_READ}: OCI layouts in a tar; with gzip, the same result")(archives(making.layout))
target("legacy-archive", f"{_READ}: archives from before Docker 1.10; with gzip, the same result")(
    archives(test_archives._legacy)
)


def folders(make: Callable[[], dict[str, bytes]]) -> Callable[[random.Random], Iterator[str]]:
    """The check of folders of a kind; some of their files are links that lead outside."""

    def check(rng: random.Random) -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            below = Path(folder, "image")
            secret = Path(folder, "secret.json")
            secret.write_bytes(changing.encoded({**making.CONFIG, "author": "outside"}))
            for name, data in changing.changed_files(rng, make()).items():
                path = below / name.lstrip("/").replace("..", "")
                try:
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.symlink_to(secret) if rng.random() < 0.05 else path.write_bytes(data)
                except OSError:
                    continue
            if below.is_dir():
                yield from read(str(below))
                if "outside" in str(told(str(below))):
                    yield "a file outside the folder was read"

    return check


target("oci-layout", f"{_READ}: OCI layouts in a directory; links out of it are not followed")(folders(making.layout))
target("engine-stores", f"{_READ}: Docker's and podman's stores, in place; links out of them are not followed")(
    folders(test_stores._docker)
)


@target("compressed", f"{_READ}: gzip, bzip2 and xz streams, truncated, modified, concatenated")
def compressed(rng: random.Random) -> Iterator[str]:
    import bz2
    import lzma

    pack = rng.choice((gzip.compress, bz2.compress, lzma.compress))
    data = pack(making.tar(making.docker_archive()) if rng.random() < 0.7 else rng.choice(configs()))
    data = data[: rng.randrange(len(data))] if rng.random() < 0.3 else changing.changed_bytes(rng, data)
    yield from read(data + (pack(b"x" * rng.randrange(2000)) if rng.random() < 0.2 else b""))
