"""JSON documents of engines, registries and builders; and inputs that are joined."""

from __future__ import annotations

import base64
import gc
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconstruct.errors import NotFoundError, ReconstructError, UnreadableError
from reconstruct.image import Image, SourceLocation
from reconstruct.sources import config, document, load
from tests.sources import making

CONFIG = making.CONFIG
DIFF_IDS = CONFIG["rootfs"]["diff_ids"]
MANIFEST: dict[str, Any] = {
    "schemaVersion": 2,
    "mediaType": making.OCI_MANIFEST,
    "config": {"mediaType": making.OCI_CONFIG, "digest": making.digest(making.encoded(CONFIG)), "size": 1},
    "layers": [{"mediaType": making.OCI_LAYER, "digest": f"sha256:{n:064x}", "size": 100 + n} for n in range(2)],
}
INSPECT: dict[str, Any] = {
    "Id": making.digest(making.encoded(CONFIG)),
    "RepoTags": ["app:1", "<none>:<none>"],
    "Created": CONFIG["created"],
    "DockerVersion": "20.10.24",
    "Config": {**CONFIG["config"], "Volumes": None, "Cmd": "sh"},
    "Architecture": "arm64",
    "Variant": "v8",
    "Os": "linux",
    "Size": 12,
    "RootFS": {"Type": "layers", "Layers": DIFF_IDS},
}
API = [
    {"Id": "<missing>", "Created": 1, "CreatedBy": text, "Size": 0 if empty else 50, "Comment": ""}
    for text, empty in reversed(making.STEPS)
]


KEYS = st.sampled_from(["created_by", "Created_By", "created", "empty_layer", "emptyLayer", "", "x"])
ENTRIES = st.one_of(st.dictionaries(KEYS, st.none() | st.just("y")), KEYS, st.integers(), st.none(), st.lists(KEYS))


@given(st.lists(ENTRIES))
def test_keys_of_entries_that_are_looked_at_together_are_folded_as_alone(entries: list[Any]) -> None:
    alone = [document.folded(item, config.ENTRY) if isinstance(item, dict) else item for item in entries]
    assert config.normal({"history": entries})["history"] == alone


def test_an_input_that_was_read_is_let_go_at_once() -> None:
    """Not first when garbage is searched for: a circle would hold its JSON until then."""
    data = json.dumps(CONFIG).encode()
    load(data)
    gc.collect()
    gc.disable()
    try:
        load(data)
        assert gc.collect() == 0
    finally:
        gc.enable()


# -- a config, and its manifest --------------------------------------------------------------------------------------


def _forms(tmp_path: Path) -> list[Any]:
    data = making.encoded(CONFIG)
    path = tmp_path / "config.json"
    path.write_bytes(data)
    return [
        CONFIG,
        data,
        bytearray(data),
        path,
        str(path),
        io.BytesIO(data),
        path.open("rb"),
        path.open(),
        data.decode(),
    ]


def test_a_config_in_every_form_that_python_has(tmp_path: Path) -> None:
    images = [load(form) for form in _forms(tmp_path)]
    assert {image.history for image in images} == {images[0].history}
    assert [entry.created_by for entry in images[0].history] == [text for text, _ in making.STEPS]
    assert [layer.size for layer in images[0].layers] == [None, None]
    assert images[0].image_id is None


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_a_config_that_powershell_has_written(encoding: str) -> None:
    mark = b"\xff\xfe" if encoding == "utf-16-le" else b""
    assert load(mark + json.dumps(CONFIG).encode(encoding)).architecture == "amd64"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" \n",
        b"\xef\xbb\xbf" + making.encoded(CONFIG),
        b"\xef\xbb\xbf{}\xff",
        making.encoded({**CONFIG, "author": "J\xf6rg"}).replace(b"\\u00f6", b"\xf6"),
        making.encoded({**CONFIG, "author": "\ud800"}),
        str([{"Id": "x", "CreatedBy": "RUN a"}]).encode(),
        gzip.compress(making.encoded(CONFIG)),
        making.tar({"a": b"b"}),
        b"\0",
    ],
)
def test_bytes_are_read_as_the_same_bytes_of_a_file(data: bytes) -> None:
    def outcome(source: Any) -> Any:
        try:
            return load(source)
        except ReconstructError as error:
            return type(error), str(error)

    assert outcome(data) == outcome(io.BytesIO(data))


def test_a_manifest_beside_the_config() -> None:
    image = load(CONFIG, manifest=MANIFEST)
    assert [layer.compressed_size for layer in image.layers] == [100, 101]
    assert [layer.diff_id for layer in image.layers] == DIFF_IDS
    assert image.image_id == MANIFEST["config"]["digest"]
    assert image.notes == ()


def test_layers_that_are_named_by_their_diff_ids_are_plain_tars() -> None:
    layers = [{**layer, "digest": name} for layer, name in zip(MANIFEST["layers"], DIFF_IDS, strict=True)]
    image = load(CONFIG, manifest={**MANIFEST, "layers": layers})
    assert [(layer.size, layer.compressed_size) for layer in image.layers] == [(100, 100), (101, 101)]


def test_a_rewritten_config_keeps_its_manifest() -> None:
    for text in (json.dumps(CONFIG, indent=2), json.dumps(CONFIG, sort_keys=True, indent=1)):
        assert load(text.encode(), manifest=MANIFEST).layers[0].compressed_size == 100


@pytest.mark.parametrize(
    "manifest",
    [
        {**MANIFEST, "layers": MANIFEST["layers"][:1]},
        {**MANIFEST, "config": {**MANIFEST["config"], "digest": "sha256:" + "d" * 64}},
    ],
    ids=["layers", "config"],
)
def test_the_manifest_of_another_image(tmp_path: Path, manifest: dict[str, Any]) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(making.encoded(manifest))
    with pytest.raises(UnreadableError, match=r"m\.json: not part of the image in input: "):
        load(making.encoded(CONFIG), manifest=path)


def test_a_manifest_alone_gives_layers() -> None:
    image = load(MANIFEST)
    assert not image.has_config
    assert not image.has_history
    assert [layer.compressed_size for layer in image.layers] == [100, 101]
    assert [note.split(";")[0] for note in image.notes] == ["neither history nor config: only the layers are known"]


def test_wrong_types_in_a_config_are_left_out_with_a_note() -> None:
    wrong = {
        "architecture": 7,
        "os": [],
        "created": {},
        "config": {
            "Env": "A=1",
            "Cmd": [1],
            "Labels": {"a": 1},
            "Healthcheck": 5,
            "User": 3,
            "ExposedPorts": ["80/tcp"],
        },
        "history": [None, {"created_by": ["x"]}, 5],
        "rootfs": {"diff_ids": [1, "sha256:a"]},
    }
    image = load(wrong)
    assert image.config == {"Env": ["A=1"], "ExposedPorts": {"80/tcp": {}}}
    assert len(image.history) == 3
    assert any("Labels" in note for note in image.notes)


# Keys by which forms are recognised, in any combination.
_KEYS = (
    *("config", "history", "rootfs", "architecture", "os", "created_by", "diff_ids", "Env", "Cmd", "Labels"),
    *("manifests", "layers", "digest", "schemaVersion", "mediaType", "Id", "RootFS", "Layers", "CreatedBy", "Size"),
    *("fsLayers", "v1Compatibility", "image", "manifest", "predicate", "predicateType", "buildDefinition"),
    *("platform", "annotations", "instruction", "Digest", "Architecture", "Os"),
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(_KEYS),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


def _read(data: bytes) -> tuple[Image | None, str]:
    """The image, or why there is none."""
    try:
        return load(data), ""
    except ReconstructError as error:
        return None, str(error)


@settings(max_examples=250, deadline=None)
@given(_JSON)
def test_any_json_gives_an_image_or_one_clear_line(value: Any) -> None:
    image, reason = _read(json.dumps(value).encode())
    assert (image is None) == bool(reason)
    assert "\n" not in reason


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=700))
def test_any_bytes_give_an_image_or_one_clear_line(data: bytes) -> None:
    image, reason = _read(data)
    assert (image is None) == bool(reason)
    assert "\n" not in reason


# -- engines' inspect ------------------------------------------------------------------------------------------------


def test_docker_image_inspect_tells_what_is_in_force() -> None:
    image = load([INSPECT])
    assert image.config == {"Env": ["PATH=/bin", "A=1"], "Cmd": ["sh"]}
    assert image.tags == ("app:1",)
    assert image.platform == "linux/arm64/v8"
    assert [layer.diff_id for layer in image.layers] == DIFF_IDS
    assert not image.has_history
    assert any("no history" in note for note in image.notes)


def test_several_inspected_images_are_chosen_by_tag() -> None:
    other = {**INSPECT, "RepoTags": ["other:2"], "Architecture": "s390x"}
    assert load([INSPECT, other], tag="other:2").architecture == "s390x"
    lines = f"{json.dumps(INSPECT)}\n{json.dumps(other)}\n"
    assert load(lines.encode(), tag="other:2").architecture == "s390x"


def test_podman_inspect_has_history_and_the_check() -> None:
    item = {
        **INSPECT,
        "Id": "a" * 64,
        "Digest": "sha256:" + "b" * 64,
        "History": CONFIG["history"],
        "HealthCheck": {"Test": ["CMD", "x"], "Interval": 5},
        "ManifestType": making.OCI_MANIFEST,
    }
    image = load([item])
    assert image.has_history
    assert image.image_id == "sha256:" + "a" * 64
    assert image.config["Healthcheck"] == {"Test": ["CMD", "x"], "Interval": 5}
    assert [entry.empty_layer for entry in image.history] == [empty for _, empty in making.STEPS]


def test_buildah_inspect_holds_config_and_manifest_as_texts() -> None:
    item = {
        "Type": "buildah 0.0.1",
        "FromImage": "localhost/app:1",
        "FromImageID": "a" * 64,
        "Config": json.dumps(CONFIG),
        "Manifest": json.dumps(MANIFEST),
        "OCIv1": {},
    }
    image = load(item)
    assert image.history[0].created_by == making.STEPS[0][0]
    assert image.layers[0].compressed_size == 100
    assert image.tags == ("localhost/app:1",)


def test_an_inspected_container_points_to_its_image() -> None:
    with pytest.raises(UnreadableError, match="docker image inspect sha256:abc"):
        load([{"Id": "1", "State": {}, "Image": "sha256:abc", "Config": {}}])


def test_the_settings_that_inspect_prints_alone() -> None:
    image = load({"Env": ["A=1"], "Cmd": ["sh"], "Labels": None, "WorkingDir": "/w"})
    assert image.config == {"Env": ["A=1"], "Cmd": ["sh"], "WorkingDir": "/w"}
    assert not image.has_history


# -- joining ---------------------------------------------------------------------------------------------------------


def _printed(*values: Any) -> bytes:
    return "\n".join(json.dumps(value) for value in values).encode()


@pytest.mark.parametrize(
    "source",
    [
        _printed(API, [INSPECT]),
        _printed([INSPECT], API),
        _printed([INSPECT], *API),
        [_printed(API), _printed([INSPECT])],
        [_printed([INSPECT]), _printed(API)],
    ],
    ids=["together", "turned", "lines", "list", "list turned"],
)
def test_history_and_inspect_in_one_run(source: Any) -> None:
    image = load(source)
    assert image.has_history
    assert image.has_config
    assert [entry.created_by for entry in image.history] == [text for text, _ in making.STEPS]
    assert [(layer.diff_id, layer.size) for layer in image.layers] == [(name, 50) for name in DIFF_IDS]
    assert image.config["Cmd"] == ["sh"]
    assert image.architecture == "arm64"
    assert image.notes == ()


def test_a_table_and_inspect_in_one_run() -> None:
    rows = "".join(
        f"<missing>   2 days ago   {text}   {0 if empty else 50}B   \n" for text, empty in reversed(making.STEPS)
    )
    table = f"IMAGE   CREATED   CREATED BY   SIZE   COMMENT\n{rows}"
    for text in (table + json.dumps([INSPECT], indent=4), json.dumps([INSPECT]) + "\n" + table):
        image = load(text.encode())
        assert image.has_config
        assert [entry.created_by for entry in image.history] == [text for text, _ in making.STEPS]


def test_the_number_of_layers_shows_which_empty_steps_made_one() -> None:
    api = [{**item, "Size": 0} for item in API]
    image = load([_printed(api), _printed([INSPECT])])
    assert [entry.empty_layer for entry in image.history] == [False, True, False, True]


def test_inspect_of_another_image_is_refused() -> None:
    other = {**INSPECT, "RootFS": {"Layers": [*DIFF_IDS, "sha256:" + "e" * 64]}}
    with pytest.raises(UnreadableError, match="not part of the image"):
        load(making.encoded(CONFIG), manifest=making.encoded([other]))


def test_sizes_of_the_two_kinds_are_never_mixed() -> None:
    image = load(CONFIG, manifest=MANIFEST)
    joined = load([_printed(CONFIG, API), _printed(MANIFEST)])
    assert [(layer.compressed_size, layer.size) for layer in image.layers] == [(100, None), (101, None)]
    assert [(layer.compressed_size, layer.size) for layer in joined.layers] == [(100, 50), (101, 50)]


# -- registries' tools -----------------------------------------------------------------------------------------------


def test_skopeo_inspect() -> None:
    value = {
        "Name": "docker.io/library/app",
        "Digest": "sha256:" + "a" * 64,
        "RepoTags": ["1", "2"],
        "Created": "2024-01-01T00:00:00Z",
        "DockerVersion": "",
        "Labels": {"a": "b"},
        "Architecture": "amd64",
        "Os": "linux",
        "Layers": ["sha256:" + "1" * 64],
        "LayersData": [{"MIMEType": making.OCI_LAYER, "Digest": "sha256:" + "1" * 64, "Size": -1, "Annotations": None}],
        "Env": ["A=1"],
    }
    image = load(value)
    assert image.config == {"Env": ["A=1"], "Labels": {"a": "b"}}
    assert image.tags == ("docker.io/library/app",)
    assert image.layers[0].compressed_size is None
    del value["LayersData"]
    assert load(value).layers[0].digest == "sha256:" + "1" * 64


def _imagetools() -> dict[str, Any]:
    platforms = {"linux/amd64": "a", "linux/arm64": "b"}
    return {
        "name": "docker.io/library/app:1",
        "manifest": {
            "schemaVersion": 2,
            "mediaType": making.OCI_INDEX,
            "digest": "sha256:" + "c" * 64,
            "size": 99,
            "manifests": [
                {
                    "mediaType": making.OCI_MANIFEST,
                    "digest": "sha256:" + letter * 64,
                    "size": 1,
                    "platform": dict(zip(("os", "architecture"), name.split("/"), strict=True)),
                }
                for name, letter in platforms.items()
            ],
        },
        "image": {name: {**CONFIG, "architecture": name.split("/")[1]} for name in platforms},
        "provenance": {name: {"SLSA": _predicate()} for name in platforms},
        "sbom": {name: {"SPDX": {}} for name in platforms},
    }


def test_buildx_imagetools_inspect() -> None:
    image = load(_imagetools(), platform="linux/arm64")
    assert image.digest == "sha256:" + "b" * 64
    assert image.index_digest == "sha256:" + "c" * 64
    assert image.tags == ("docker.io/library/app:1",)
    assert image.provenance is not None
    assert image.provenance.dockerfile == DOCKERFILE
    assert image.attestations == ("https://slsa.dev/provenance/v1", "https://spdx.dev/Document")
    single = {
        "name": "x",
        "manifest": {"mediaType": making.OCI_MANIFEST, "digest": "sha256:" + "d" * 64, "size": 1},
        "image": CONFIG,
    }
    assert load(single).digest == "sha256:" + "d" * 64


def test_the_images_of_imagetools_alone() -> None:
    assert load(_imagetools()["image"], platform="arm64").architecture == "arm64"


def test_docker_manifest_inspect_verbose() -> None:
    value = [
        {
            "Ref": "docker.io/library/app:1",
            "Descriptor": {
                "digest": "sha256:" + "a" * 64,
                "platform": {"os": "windows", "architecture": "amd64", "os.version": version},
            },
            "SchemaV2Manifest": MANIFEST,
        }
        for version in ("10.0.17763.1", "10.0.20348.2")
    ]
    image = load(value, platform="windows(10.0.20348)/amd64")
    assert image.os_version == "10.0.20348.2"
    assert image.layers[1].compressed_size == 101


HUB = {
    "architecture": "amd64",
    "features": None,
    "variant": None,
    "digest": "sha256:" + "f" * 64,
    "layers": [
        {"digest": "sha256:" + "1" * 64, "size": 2811969, "instruction": "ADD file:8ec69d in / "},
        {"size": 0, "instruction": ' CMD ["/bin/sh"]'},
        {"digest": "sha256:" + "2" * 64, "size": 93, "instruction": "WORKDIR /app"},
        {"digest": "sha256:" + "3" * 64, "size": 6176401, "instruction": "RUN /bin/sh -c apk add x # buildkit"},
    ],
    "os": "linux",
    "os_features": None,
    "os_version": None,
    "size": 8988463,
    "status": "active",
    "last_pushed": "2020-01-01T00:00:00Z",
}


@pytest.mark.parametrize("value", [[HUB], HUB, {"name": "latest", "images": [HUB]}], ids=["list", "one", "tag"])
def test_docker_hub_s_tag_images(value: Any) -> None:
    image = load(value)
    assert [entry.created_by for entry in image.history] == [
        "/bin/sh -c #(nop) ADD file:8ec69d in / ",
        '/bin/sh -c #(nop)  CMD ["/bin/sh"]',
        "WORKDIR /app",
        "RUN /bin/sh -c apk add x # buildkit",
    ]
    assert [entry.empty_layer for entry in image.history] == [False, True, False, False]
    assert [(layer.compressed_size, layer.size) for layer in image.layers] == [
        (2811969, None),
        (93, None),
        (6176401, None),
    ]


def test_schema_1() -> None:
    newest = {
        "architecture": "amd64",
        "config": {"Cmd": ["sh"]},
        "container_config": {"Cmd": ["/bin/sh", "-c", '#(nop) CMD ["sh"]']},
        "created": "2016-01-02T00:00:00Z",
        "docker_version": "1.9.1",
        "id": "b" * 64,
        "os": "linux",
        "parent": "a" * 64,
        "throwaway": True,
    }
    oldest = {
        "id": "a" * 64,
        "created": "2016-01-01T00:00:00Z",
        "container_config": {"Cmd": ["/bin/sh -c #(nop) ADD file:x in /"]},
        "Size": 99,
    }
    value = {
        "schemaVersion": 1,
        "name": "library/app",
        "tag": "1",
        "architecture": "amd64",
        "fsLayers": [{"blobSum": "sha256:" + "e" * 64}, {"blobSum": "sha256:" + "f" * 64}],
        "history": [{"v1Compatibility": json.dumps(newest)}, {"v1Compatibility": json.dumps(oldest)}],
        "signatures": [],
    }
    image = load(value)
    assert [entry.created_by for entry in image.history] == [
        "/bin/sh -c #(nop) ADD file:x in /",
        '/bin/sh -c #(nop) CMD ["sh"]',
    ]
    assert [entry.empty_layer for entry in image.history] == [False, True]
    assert [(layer.digest, layer.size) for layer in image.layers] == [("sha256:" + "f" * 64, 99)]
    assert image.config == {"Cmd": ["sh"]}
    assert image.tags == ("library/app:1",)
    assert image.docker_version == "1.9.1"


# -- provenance ------------------------------------------------------------------------------------------------------

DOCKERFILE = "# syntax=x\r\nFROM alpine:3.18\nRUN echo one > /one \\\n  && echo two\nENV A=1"
_LAYER = [{"mediaType": making.OCI_LAYER, "digest": f"sha256:{n:064x}", "size": 1} for n in range(2)]


def _details() -> dict[str, Any]:
    return {
        "source": {
            "locations": {
                "step0": {},
                "step1": {
                    "locations": [
                        {
                            "ranges": [
                                {"start": {"line": 3}, "end": {"line": 3}},
                                {"start": {"line": 4}, "end": {"line": 4}},
                            ]
                        }
                    ]
                },
                "step2": {"locations": [{"sourceIndex": 1, "ranges": [{"start": {"line": 9}, "end": {"line": 9}}]}]},
            },
            "infos": [
                {
                    "filename": "Dockerfile",
                    "language": "Dockerfile",
                    "data": base64.b64encode(DOCKERFILE.encode()).decode(),
                }
            ],
        },
        "layers": {"step0:0": [_LAYER[:1]], "step1:0": [_LAYER]},
    }


_LLB = [
    {
        "id": "step0",
        "op": {"Op": {"source": {"identifier": "docker-image://docker.io/library/alpine:3.18@sha256:" + "1" * 64}}},
    },
    {"id": "step1", "inputs": ["step0:0"], "op": {"Op": {"exec": {}}}},
]
_MATERIALS = [
    {"uri": "pkg:docker/docker/dockerfile@1?platform=linux%2Famd64", "digest": {"sha256": "9" * 64}},
    {"uri": "pkg:docker/alpine@3.18?platform=linux%2Famd64", "digest": {"sha256": "1" * 64}},
    {"uri": "https://github.com/a/b#main", "digest": {"sha1": "2" * 40}},
]


def _predicate() -> dict[str, Any]:
    return {
        "buildDefinition": {
            "buildType": "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
            "resolvedDependencies": _MATERIALS,
            "internalParameters": {"buildConfig": {"llbDefinition": _LLB}},
        },
        "runDetails": {"builder": {"id": ""}, "metadata": {"buildkit_metadata": _details()}},
    }


def _predicate_v02() -> dict[str, Any]:
    return {
        "builder": {"id": "https://builder.example"},
        "buildType": "https://mobyproject.org/buildkit@v1",
        "materials": _MATERIALS,
        "buildConfig": {"llbDefinition": _LLB},
        "metadata": {"https://mobyproject.org/buildkit@v1#metadata": _details()},
    }


def _attested(predicate: dict[str, Any], kind: str, *more: tuple[dict[str, Any], str]) -> Image:
    made = making.Layout()
    image = made.image()
    statements = [made.attestation(image, {"predicateType": kind, "predicate": predicate}, kind)]
    statements += [made.attestation(image, statement, name) for statement, name in more]
    return load(making.tar(made.saved(made.index([image, *statements]))))


@pytest.mark.parametrize(("predicate", "version"), [(_predicate(), "v1"), (_predicate_v02(), "v0.2")])
def test_the_original_dockerfile_is_in_provenance_of_mode_max(predicate: dict[str, Any], version: str) -> None:
    image = _attested(predicate, f"https://slsa.dev/provenance/{version}")
    found = image.provenance
    assert found is not None
    assert found.dockerfile_data == DOCKERFILE.encode()
    assert found.mode == "max"
    assert found.filename == "Dockerfile"
    assert found.base_images == (("alpine:3.18", "sha256:" + "1" * 64),)
    assert found.layer_locations == {f"sha256:{1:064x}": (SourceLocation(3, 4),)}
    assert [entry.created_by for entry in image.history] == [text for text, _ in making.STEPS]


def test_lines_go_to_layers_by_position() -> None:
    from reconstruct.sources import provenance

    layers = load(MANIFEST).layers
    found = provenance.from_predicate(_predicate(), layers=layers)
    assert found.layer_lines == ((), (SourceLocation(3, 4),))
    assert provenance.from_predicate(_predicate(), layers=layers[:1]).layer_lines == ()


def test_lines_are_found_for_provenance_that_was_saved_apart() -> None:
    statement = {"predicateType": "https://slsa.dev/provenance/v1", "predicate": _predicate()}
    found = load([making.encoded(CONFIG), making.encoded(MANIFEST), making.encoded(statement)]).provenance
    assert found is not None
    assert found.layer_lines == ((), (SourceLocation(3, 4),))


def test_mode_min_has_no_dockerfile() -> None:
    predicate = _predicate()
    predicate["buildDefinition"]["internalParameters"] = {}
    predicate["runDetails"]["metadata"] = {"buildkit_metadata": {}}
    found = _attested(predicate, "https://slsa.dev/provenance/v1").provenance
    assert found is not None
    assert (found.mode, found.dockerfile) == ("min", None)
    assert found.base_images == (("alpine:3.18", "sha256:" + "1" * 64),)


def test_foreign_builders_and_boms_are_listed_and_do_not_confuse() -> None:
    foreign = {
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "resolvedDependencies": [],
        },
        "runDetails": {"builder": {"id": "https://github.com/actions/runner"}, "metadata": {}},
    }
    image = _attested(
        foreign,
        "https://slsa.dev/provenance/v1",
        ({"predicateType": "https://spdx.dev/Document", "predicate": {}}, "https://spdx.dev/Document"),
    )
    assert image.attestations == ("https://slsa.dev/provenance/v1", "https://spdx.dev/Document")
    assert image.provenance is not None
    assert image.provenance.dockerfile is None
    assert image.provenance.builder == "https://github.com/actions/runner"


def test_provenance_on_its_own_and_in_an_envelope_and_of_a_metadata_file() -> None:
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": _predicate(),
    }
    envelope = {
        "payloadType": "application/vnd.in-toto+json",
        "payload": base64.b64encode(making.encoded(statement)).decode(),
        "signatures": [],
    }
    metadata = {
        "buildx.build.provenance": _predicate(),
        "image.name": "app:1,app:2",
        "containerimage.digest": "sha256:" + "a" * 64,
    }
    for value in (statement, envelope, metadata, _predicate(), {"SLSA": _predicate()}):
        found = load(value).provenance
        assert found is not None
        assert found.dockerfile == DOCKERFILE
    assert load(metadata).tags == ("app:1", "app:2")
    joined = load(CONFIG, manifest=statement)
    assert joined.has_history
    assert joined.provenance is not None


def test_broken_provenance_leaves_the_image_readable() -> None:
    predicate = _predicate()
    predicate["runDetails"]["metadata"]["buildkit_metadata"] = {
        "source": {"infos": [{"data": "!"}, 5], "locations": 3},
        "layers": {"a": 5},
    }
    image = _attested(predicate, "https://slsa.dev/provenance/v1")
    assert image.provenance is not None
    assert image.provenance.dockerfile is None


# -- what is no image ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b'{"architecture":', r"invalid JSON at line 1, column 17"),
        (b'{"a":1}\nrubbish', r"invalid JSON at line 2"),
        (b"[]", "an empty list"),
        (b"{}", "an empty object"),
        (b'{"name":"x"}', "an object with 'name'"),
        (b"3", "not an archive, not JSON"),
        (b"hello", "not an archive, not JSON"),
        (b"\xff\xfe\xff", "not valid UTF-16"),
        (b"{\xff}", "not valid UTF-8"),
        (making.tar({"a": b"b"}), "not a saved image"),
        (making.tar(making.docker_archive())[:700], "truncated"),
        (
            making.tar({**making.docker_archive(), "manifest.json": b'[{"Config":"none.json"}]'}),
            r"none\.json is missing",
        ),
        (making.tar({"manifest.json": b"[{}]"}), "entry 1 names no Config"),
        (making.tar({"manifest.json": b"[]"}), "contains no image"),
        (making.tar({"index.json": b"{}", "oci-layout": b"{}"}), "not an OCI index"),
        (making.tar({"index.json": b'{"manifests":[]}', "oci-layout": b"{}"}), "contains no image"),
    ],
)
def test_what_is_no_image_gives_one_line_with_the_reason(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason) as caught:
        load(data)
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("error")
def test_files_are_closed(tmp_path: Path) -> None:
    import gc

    making.folder(
        tmp_path,
        {
            "a.json": making.encoded(CONFIG),
            "b.tar": making.tar(making.docker_archive()),
            "c": b"{",
            "d.tar": b"\x1f\x8b",
        },
    )
    load(tmp_path / "a.json")
    load(tmp_path / "b.tar")
    for name in ("c", "d.tar"):
        with pytest.raises(UnreadableError):
            load(tmp_path / name)
    gc.collect()


def test_a_missing_blob_is_named() -> None:
    files = making.layout()
    config = next(name for name, data in files.items() if b"created_by" in data)
    del files[config]
    with pytest.raises(NotFoundError, match=r"blob sha256:[0-9a-f]{64} is missing"):
        load(making.tar(files))


def test_paths_that_hold_nothing(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="no such file"):
        load(tmp_path / "none.tar")
    with pytest.raises(UnreadableError, match="not a saved image"):
        load(tmp_path)
    with pytest.raises(UnreadableError, match="not float"):
        load(1.5)
