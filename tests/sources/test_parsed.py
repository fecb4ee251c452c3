"""The documents of one reading: each parsed once, all within bounds, links and thousands of manifests included."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from reconstruct.errors import ReconstructError, UnreadableError
from reconstruct.sources import document, load, read
from tests.sources.making import CONFIG, OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, Layout, digest, each_replaced, encoded
from tests.sources.test_limits import limited


def archive(files: Mapping[str, bytes], links: Mapping[str, str]) -> bytes:
    """A gzip-compressed tar with hard links after its files."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            made.addfile(member, io.BytesIO(data))
        for name, target in links.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.LNKTYPE, target
            made.addfile(member)
    return gzip.compress(out.getvalue())


def _layout(manifests: list[dict[str, Any]], files: Mapping[str, bytes], links: Mapping[str, str]) -> bytes:
    index = encoded({"schemaVersion": 2, "manifests": manifests})
    return archive({"oci-layout": b"{}", **files, "index.json": index}, links)


def _blob(data: bytes) -> str:
    return "blobs/" + digest(data).replace(":", "/")


def _linked(kind: str, number: int) -> tuple[list[dict[str, Any]], list[str]]:
    named = [f"sha256:{each:064x}" for each in range(number)]
    listed = [{"mediaType": kind, "digest": name, "platform": {"os": "linux", "architecture": name}} for name in named]
    return listed, ["blobs/" + name.replace(":", "/") for name in named]


def links_to_one_manifest() -> bytes:
    config = encoded(CONFIG)
    manifest = encoded({"schemaVersion": 2, "config": {"digest": digest(config)}, "layers": [{"a": 1}] * 90_000})
    listed, names = _linked(OCI_MANIFEST, 9000)
    files = {_blob(config): config, _blob(manifest): manifest}
    return _layout(listed, files, dict.fromkeys(names, _blob(manifest)))


def links_to_one_index() -> bytes:
    listed, names = _linked(OCI_INDEX, 5000)
    index = encoded({"schemaVersion": 2, "manifests": listed})
    return _layout(listed, {_blob(index): index}, dict.fromkeys(names, _blob(index)))


def large_manifests(number: int = 24) -> bytes:
    config = encoded(CONFIG)
    files = {_blob(config): config}
    listed = []
    for each in range(number):
        layers: list[Any] = [{}] * 240_000
        manifest = encoded({"schemaVersion": 2, "config": {"digest": digest(config)}, "layers": layers, "n": each})
        files[_blob(manifest)] = manifest
        listed.append({"mediaType": OCI_MANIFEST, "digest": digest(manifest), "platform": {"os": f"o{each}"}})
    return _layout(listed, files, {})


def links_to_one_config() -> bytes:
    config = {**CONFIG, "history": [{"created_by": "RUN x"}] * 9000, "rootfs": {"diff_ids": [digest(b"")] * 9000}}
    links = {f"{number}.json": "c.json" for number in range(2000)}
    listed = [{"Config": name, "RepoTags": [f"a:{name}"], "Layers": []} for name in links]
    return archive({"c.json": encoded(config), "manifest.json": encoded(listed)}, links)


def large_parents() -> bytes:
    files = {}
    for number in range(60):
        config = {"id": f"{number:064x}", "parent": f"{number + 1:064x}", "pad": [{}] * 200_000}
        files[f"{number:064x}/json"] = encoded(config)
    return archive(files, {})


def schema_1() -> bytes:
    inner = '{"x":[' + ",".join(["[]"] * 240_000) + "]}"
    history = [{"v1Compatibility": inner}] * 20
    return encoded({"schemaVersion": 1, "name": "a", "fsLayers": [{"blobSum": digest(b"")}] * 20, "history": history})


@pytest.mark.parametrize(
    "made",
    [links_to_one_manifest, links_to_one_index, large_manifests, links_to_one_config, large_parents, schema_1],
    ids=lambda made: made.__name__,
)
def test_memory_and_time_are_bounded(tmp_path: Path, made: Callable[[], bytes]) -> None:
    path = tmp_path / "image"
    path.write_bytes(made())
    ended = limited(path, seconds=120)
    assert ended.returncode in (0, 2), ended.stderr
    assert "Traceback" not in ended.stderr
    assert "MemoryError" not in ended.stderr
    errors = [line for line in ended.stderr.splitlines() if not line.startswith("note: ")]
    assert len(errors) == (ended.returncode == 2)


def test_a_document_under_many_names_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    config = encoded(CONFIG)
    manifest = encoded({"schemaVersion": 2, "config": {"digest": digest(config)}, "layers": []})
    listed, names = _linked(OCI_MANIFEST, 50)
    data = _layout(listed, {_blob(config): config, _blob(manifest): manifest}, dict.fromkeys(names, _blob(manifest)))
    parsed: list[str] = []
    whole = document.parse

    def counted(text: str, label: str) -> Any:
        parsed.append(label)
        return whole(text, label)

    monkeypatch.setattr(document, "parse", counted)
    candidates, _, _ = read(data)
    assert len(candidates) == 50
    assert all(candidate.image.has_history for candidate in candidates)
    assert len(parsed) == 3


def test_only_the_image_read_last_is_kept() -> None:
    made = Layout()
    candidates, _, _ = read(archive(made.saved(made.image("amd64"), made.image("arm64")), {}))
    first, second = candidates
    image = first.image
    assert first.image is image
    assert second.image.architecture == "arm64"
    assert first.image is not image
    assert first.image == image


def test_many_documents_in_one_text_are_not_all_compared() -> None:
    text = "\n".join(json.dumps(CONFIG) for _ in range(1000)).encode()
    candidates, reading, _ = read(text)
    assert len(candidates) == 1000
    assert any("1,000 documents" in note for note in reading.notes)


@pytest.mark.parametrize("key", ["history", "diff_ids", "layers"])
def test_more_steps_than_an_image_has_are_refused_with_the_input_s_name(key: str, tmp_path: Path) -> None:
    config = {**CONFIG, "history": [], "rootfs": {"diff_ids": []}}
    if key == "history":
        config["history"] = [{}] * 20_001
    if key == "diff_ids":
        config["rootfs"] = {"diff_ids": [digest(b"")] * 20_001}
    made = Layout()
    described = made.document(config, OCI_CONFIG)
    layers = [{"digest": digest(b"")}] * (20_001 if key == "layers" else 0)
    manifest = made.document({"schemaVersion": 2, "config": described, "layers": layers}, OCI_MANIFEST)
    path = tmp_path / "image.tar.gz"
    path.write_bytes(archive(made.saved(manifest), {}))
    with pytest.raises(UnreadableError, match=r"image\.tar\.gz: more than 20,000"):
        load(str(path))


def test_a_text_longer_than_any_command_line_is_truncated_with_a_note() -> None:
    long = "RUN /bin/sh -c " + "x" * (2 << 20)
    config = {
        **CONFIG,
        "config": {"Labels": {"a": "y" * (2 << 20)}, "Env": ["A=1"]},
        "history": [{"created_by": long}, {"created_by": "RUN /bin/sh -c y # buildkit"}],
    }
    image = load(config)
    assert image.history[0].cut
    assert len(image.history[0].created_by) == 1 << 20
    assert image.config == {"Env": ["A=1"]}
    assert len(image.doubts) == 2


# -- what Go's encoding/json takes -----------------------------------------------------------------------------------


def test_half_a_surrogate_pair_is_read_as_go_reads_it() -> None:
    data = (
        b'{"os":"linux","rootfs":{"diff_ids":[]},"history":[{"created_by":"a\\ud800b \\udc00 \\ud83d\\ude00 \\uD83D"}]}'
    )
    assert load(data).history[0].created_by == "a\ufffdb \ufffd \U0001f600 \ufffd"
    parsed = {
        "os": "linux",
        "rootfs": {},
        "history": [{"created_by": "a\ud800"}],
        "config": {"Labels": {"\udfff": "x"}},
    }
    image = load(parsed)
    assert image.history[0].created_by == "a\ufffd"
    assert image.config["Labels"] == {"\ufffd": "x"}


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "9" * 5000])
def test_what_go_rejects_as_json_is_rejected(value: str) -> None:
    with pytest.raises(UnreadableError, match="invalid JSON"):
        load(f'{{"rootfs":{{}},"x":{value}}}'.encode())


def test_a_duration_beyond_64_bits_is_ignored() -> None:
    check = {"Test": ["CMD", "x"], "Interval": 1 << 63, "Timeout": 5, "Retries": int("9" * 4000)}
    image = load({"os": "linux", "rootfs": {}, "config": {"Healthcheck": check}})
    assert image.config["Healthcheck"] == {"Test": ["CMD", "x"], "Timeout": 5}


@pytest.mark.parametrize("kind", [{}, [], 1, None, True, {"a": "b"}])
def test_a_media_type_of_any_kind_breaks_nothing(kind: Any) -> None:
    made = Layout()
    config = {**made.document(CONFIG, OCI_CONFIG), "mediaType": kind}
    manifest = made.document({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": []}, OCI_MANIFEST)
    for described in (manifest, {**manifest, "mediaType": kind}):
        assert load(archive(made.saved(described), {})).has_history


ANY = [None, True, 1, 1.5, "x", [], {}, [[]], [{}], {"a": []}, ["x"], [1]]


@pytest.mark.parametrize("value", ANY, ids=repr)
def test_a_value_of_any_type_anywhere_breaks_nothing(value: Any) -> None:
    """Every member of every document of a layout and of an archive, replaced in turn."""
    made = Layout()
    described = made.document(CONFIG, OCI_CONFIG)
    manifest = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": described, "layers": [described]}
    listed = {"mediaType": OCI_MANIFEST, "digest": "", "platform": {"os": "linux"}, "annotations": {"a": "b"}}
    for document_, wrap in (
        (
            CONFIG,
            lambda changed: made.document({**manifest, "config": made.document(changed, OCI_CONFIG)}, OCI_MANIFEST),
        ),
        (manifest, lambda changed: made.document(changed, OCI_MANIFEST)),
        (listed, lambda changed: {"digest": made.document(manifest, OCI_MANIFEST)["digest"], **changed}),
    ):
        for changed in each_replaced(document_, value):
            try:
                load(archive(made.saved(wrap(changed)), {}))
            except ReconstructError:
                continue


# -- keys without case, as Go reads them -----------------------------------------------------------------------------


def lower(value: Any) -> Any:
    """A document with its keys in lower case, as Jib before 2.2 wrote manifest.json."""
    if isinstance(value, dict):
        return {key.lower(): lower(item) for key, item in value.items()}
    return [lower(item) for item in value] if isinstance(value, list) else value


def upper(value: Any) -> Any:
    if isinstance(value, dict):
        return {key if key in ("A", "PATH") else key.upper(): upper(item) for key, item in value.items()}
    return [upper(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("spelt", [lower, upper], ids=lambda spelt: spelt.__name__)
def test_keys_are_read_without_case(spelt: Callable[[Any], Any]) -> None:
    expected = load(CONFIG)
    assert load(spelt(CONFIG)).history == expected.history
    assert load(spelt(CONFIG)).config == expected.config
    assert load(spelt(CONFIG)).layers == expected.layers
    listed = [{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["1.tar", "2.tar"]}]
    files = {"c.json": encoded(spelt(CONFIG)), "manifest.json": encoded(spelt(listed)), "1.tar": b"", "2.tar": b""}
    image = load(archive(files, {}))
    assert (image.history, image.tags) == (expected.history, ("a:1",))
    made = Layout()
    config = made.document(spelt(CONFIG), OCI_CONFIG)
    manifest = made.document(spelt({"schemaVersion": 2, "config": config, "layers": []}), OCI_MANIFEST)
    saved = {**made.saved(), "index.json": encoded(spelt({"manifests": [manifest]}))}
    assert load(archive(saved, {})).history == expected.history


def test_the_last_of_two_spellings_counts_as_in_go() -> None:
    assert document.folded({"Config": 1, "config": 2, "CONFIG": 3, "other": 4}, ("Config",)) == {
        "Config": 3,
        "other": 4,
    }
    assert document.folded({"hi\u017ftory": 1}, ("history",)) == {"history": 1}


def test_what_inspect_prints_is_no_config_in_capitals() -> None:
    item = {"Id": digest(b"x"), "RepoTags": ["a:1"], "Architecture": "amd64", "Os": "linux", "Config": {"Cmd": ["x"]}}
    _, _, form = read(item)
    assert form == "inspect"


def test_docker_25_saved_by_id() -> None:
    config = encoded(CONFIG)
    listed = [{"Config": _blob(config), "RepoTags": None, "Layers": ["blobs/sha256/aa"]}]
    index = b'{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":null}'
    files = {"oci-layout": b"{}", "index.json": index, "manifest.json": encoded(listed), _blob(config): config}
    image = load(archive(files, {}))
    assert image.image_id == digest(config)
    assert len(image.history) == 4
    with pytest.raises(UnreadableError, match="not an OCI index"):
        load(archive({"oci-layout": b"{}", "index.json": index}, {}))
