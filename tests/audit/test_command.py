"""`reconstruct audit`, `rules` and `explain` from the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from reconstruct.audit.registry import rules
from reconstruct.cli.group import cli
from reconstruct.errors import ReconstructError
from tests.audit.images import built


def call(*arguments: str) -> Result:
    return CliRunner().invoke(cli, list(arguments))


@pytest.fixture
def image(tmp_path: Path) -> str:
    return save(tmp_path / "image.json", "RUN chmod 777 /x", "USER 1000", 'CMD ["/x"]')


def save(path: Path, *lines: str) -> str:
    path.write_text(json.dumps(built(lines)))
    return str(path)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_exit_status_is_by_the_worst_finding(image: str) -> None:
    assert call("audit", image, "--no-hadolint").exit_code == 1
    assert call("audit", image, "--no-hadolint", "--fail-on", "high").exit_code == 0
    assert call("audit", image, "--no-hadolint", "--fail-on", "never").exit_code == 0
    assert call("audit", image, "--no-hadolint", "--ignore", "USR005").exit_code == 0
    assert call("audit", image, "--no-hadolint", "--ignore", "world-writable").exit_code == 0


def test_a_baseline_leaves_only_what_is_new(image: str, tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    call("audit", image, "--no-hadolint", "--format", "json", "-o", str(old))
    assert call("audit", image, "--no-hadolint", "--baseline", str(old)).exit_code == 0
    # A step in front moves all others; only its own finding is new.
    newer = save(
        tmp_path / "newer.json", "RUN curl https://x.example.org | sh", "RUN chmod 777 /x", "USER 1000", 'CMD ["/x"]'
    )
    found = json.loads(call("audit", newer, "--no-hadolint", "--baseline", str(old), "--format", "json").output)
    assert [finding["rule"] for finding in found["images"][0]["findings"]] == ["SRC001"]
    assert found["images"][0]["suppressed"]["in the baseline"] >= 1


def test_a_second_finding_like_one_in_the_baseline_is_new(tmp_path: Path) -> None:
    once = save(tmp_path / "a.json", "RUN chmod 777 /x")
    twice = save(tmp_path / "b.json", "RUN chmod 777 /x", "RUN chmod 777 /x")
    old = tmp_path / "old.json"
    call("audit", once, "--no-hadolint", "--format", "json", "-o", str(old))
    found = json.loads(call("audit", twice, "--no-hadolint", "--baseline", str(old), "--format", "json").output)
    assert [finding["rule"] for finding in found["images"][0]["findings"]].count("USR005") == 1


@pytest.mark.parametrize("name", ["pyproject.toml", ".reconstruct.toml"])
def test_settings_come_from_a_file(image: str, tmp_path: Path, name: str) -> None:
    head = "[tool.reconstruct]" if name == "pyproject.toml" else "[audit]"
    (tmp_path / name).write_text(f'{head}\nfail-on = "high"\nhadolint = false\n')
    assert call("audit", image).exit_code == 0
    assert call("audit", image, "--fail-on", "low").exit_code == 1
    (tmp_path / name).write_text(f'{head}\nignore = ["USR005"]\nhadolint = false\n')
    assert "USR005" not in call("audit", image).output


@pytest.mark.parametrize(
    "text",
    [
        "x = ",
        "[audit]\nfail-on = 3",
        "[audit]\nnope = 1",
        "[audit]\nignore = 'x'",
        "audit = 1",
        "[audit]\nignore = ['SEC999']",
    ],
)
def test_wrong_settings_are_one_line_and_exit_2(image: str, tmp_path: Path, text: str) -> None:
    (tmp_path / ".reconstruct.toml").write_text(text)
    error = call("audit", image).exception
    assert isinstance(error, ReconstructError)
    assert "\n" not in str(error)


def test_several_images_are_grouped_and_a_broken_one_is_reported(image: str, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    (folder / "deep").mkdir(parents=True)
    save(folder / "one.json", "RUN true")
    save(folder / "deep" / "two.json", "RUN chmod 777 /y")
    (folder / "README").write_text("no image")
    found = call("audit", str(folder), image, "--no-hadolint", "--format", "json")
    assert [Path(one["image"]).name for one in json.loads(found.stdout)["images"]] == [
        "two.json",
        "one.json",
        "image.json",
    ]
    assert found.exit_code == 1
    (folder / "broken.json").write_text('{"a":')
    found = call("audit", str(folder), "--no-hadolint", "--format", "json")
    assert [bool(one["error"]) for one in json.loads(found.stdout)["images"]] == [True, False, False]
    assert found.exit_code == 2


@pytest.mark.parametrize(
    "arguments", [("nope.json",), ("empty",), ("--baseline", "nope.json", "x.json"), ("--now", "x", "x.json")]
)
def test_what_can_not_be_read_is_one_line(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "empty").mkdir()
    save(tmp_path / "x.json", "RUN true")
    error = call("audit", *arguments).exception
    assert isinstance(error, ReconstructError)
    assert "\n" not in str(error)


def test_an_archive_of_several_images_gives_them_all(tmp_path: Path) -> None:
    import hashlib

    layout = tmp_path / "layout"
    blobs = layout / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def blob(value: Any) -> dict[str, Any]:
        data = json.dumps(value).encode()
        name = hashlib.sha256(data).hexdigest()
        (blobs / name).write_bytes(data)
        return {"digest": f"sha256:{name}", "size": len(data)}

    manifests = []
    for number, line in enumerate(("RUN true", "RUN chmod 777 /x")):
        image = blob(built((line,))) | {"mediaType": "application/vnd.oci.image.config.v1+json"}
        layers = [
            blob(f"layer {number} {n}") | {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip"} for n in range(2)
        ]
        manifest = blob(
            {
                "schemaVersion": 2,
                "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": image,
                "layers": layers,
            }
        )
        names = {"org.opencontainers.image.ref.name": f"v{number}"}
        manifests.append(manifest | {"mediaType": "application/vnd.oci.image.manifest.v1+json", "annotations": names})
    (layout / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": manifests}))
    (layout / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    found = json.loads(call("audit", str(layout), "--no-hadolint", "--format", "json").output)
    assert [[f["rule"] for f in one["findings"] if f["rule"] == "USR005"] for one in found["images"]] == [
        [],
        ["USR005"],
    ]
    assert "v1" in found["images"][1]["image"]
    alone = json.loads(call("audit", str(layout), "--tag", "v1", "--no-hadolint", "--format", "json").output)
    assert len(alone["images"]) == 1


def test_rules_lists_every_rule() -> None:
    listed = call("rules").output
    assert all(rule.id in listed and rule.name in listed for rule in rules())
    assert len(json.loads(call("rules", "--format", "json").output)) == len(rules())


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule.id)
def test_explain_shows_a_rule_in_full(rule: Any) -> None:
    told = " ".join(call("explain", rule.id.lower()).output.split())
    assert all(" ".join(part.split()) in told for part in (rule.why, rule.fix, rule.references[0].url))
    assert rule.references
    assert "\n" not in rule.summary


def test_explain_knows_names_and_hadolint() -> None:
    assert call("explain", "secret-in-env").output == call("explain", "SEC001").output
    assert "hadolint/wiki/DL3006" in call("explain", "DL3006").output
    assert isinstance(call("explain", "SEC0001").exception, ReconstructError)


def test_ids_and_names_are_unique() -> None:
    assert len({rule.id for rule in rules()}) == len({rule.name for rule in rules()}) == len(rules())


def test_the_schema_is_printed() -> None:
    assert json.loads(call("audit", "--schema").output)["title"] == "reconstruct audit"
