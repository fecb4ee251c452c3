"""Many images compared with their Dockerfiles: one for all, one each by a pattern, or pairs; a summary first."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from reconstruct.cli.main import cli
from reconstruct.errors import UnreadableError
from reconstruct.image import Image
from reconstruct.verify.pattern import filled, is_pattern

SAMPLES = Path(__file__).parents[2] / "samples"
DOCKERFILE = SAMPLES / "hello.Dockerfile"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["verify", *map(str, arguments)])


@pytest.fixture
def services(tmp_path: Path) -> Path:
    """Three images; `app` has its Dockerfile, `web` another one, `job` has none."""
    (tmp_path / "images").mkdir()
    for name, form in (("app", "classic"), ("web", "buildkit"), ("job", "buildah")):
        (tmp_path / "images" / f"{name}.json").write_bytes((SAMPLES / f"hello-{form}.json").read_bytes())
    text = DOCKERFILE.read_text()
    for name, changed in (("app", text), ("web", text.replace("USER 1000:1000", "USER root"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Dockerfile").write_text(changed)
    return tmp_path


@pytest.mark.parametrize("jobs", [1, 2])
def test_each_image_has_its_dockerfile_by_its_name(services: Path, jobs: int) -> None:
    found = run(services / "images", services / "{name}" / "Dockerfile", "--jobs", jobs)
    assert found.exit_code == 2
    first, second, *_ = found.stdout.splitlines()
    assert first == "3 images: 1 matches, 1 differs, 1 could not be read"
    assert second == f"  differs: {services}/images/web.json"
    assert "job/Dockerfile: no such file" in found.stderr
    for name in ("app", "web"):
        image = services / "images" / f"{name}.json"
        assert run(image, services / name / "Dockerfile").stdout in found.stdout


def test_one_dockerfile_for_all_and_one_json_line_per_image(services: Path) -> None:
    found = run(services / "images", DOCKERFILE, "--format", "json")
    assert found.exit_code == 0
    assert [json.loads(line)["verdict"] for line in found.stdout.splitlines()] == ["matches"] * 3
    named = [services / "images" / f"{name}.json" for name in ("app", "web")]
    assert run(*named, DOCKERFILE).stdout.splitlines()[0] == "2 images: 2 match"


def test_pairs_name_image_and_dockerfile(services: Path) -> None:
    pairs = services / "pairs.jsonl"
    lines = [
        {"image": str(services / "images" / "web.json"), "dockerfile": str(DOCKERFILE)},
        {"image": str(services / "images" / "app.json"), "dockerfile": str(DOCKERFILE), "target": "nope"},
        {"image": "x"},
    ]
    pairs.write_text("".join(f"{json.dumps(line)}\n" for line in lines) + "no json\n")
    found = run("--pairs", pairs)
    assert found.exit_code == 2
    assert "1 matches" in found.stdout.splitlines()[0]
    assert "nope" in found.output
    assert f"{pairs}:3: not an object with" in found.stderr
    assert f"{pairs}:4: " in found.stderr
    assert run("--pairs", pairs, services / "images").exit_code == 2


def test_one_result_per_image_in_a_directory(services: Path) -> None:
    out = services / "out"
    assert run(services / "images", DOCKERFILE, "--output-dir", out, "--format", "json").exit_code == 0
    assert len(list(out.rglob("*.json"))) == 3


def test_what_may_stand_between_braces() -> None:
    image = Image(tags=("registry.example.org:5000/team/shop/api:1.2",))
    assert filled("{repository}/{name}-{tag}", image, "x.tar") == "team/shop/api/api-1.2"
    assert filled("{folder}/{file}/{name}", Image(), "in/web.tar.gz") == "in/web/web"
    assert is_pattern("{name}/Dockerfile")
    assert not is_pattern("{other}/Dockerfile")


@pytest.mark.parametrize("tag", ["../../etc:1", "a/../../b:1", "x/..:1", "/etc:1"])
def test_an_image_s_name_never_leaves_the_directory(tag: str) -> None:
    with pytest.raises(UnreadableError):
        filled("in/{repository}/Dockerfile", Image(tags=(tag,)), "x.tar")


def test_what_an_image_does_not_have_is_an_error() -> None:
    with pytest.raises(UnreadableError, match="no tag"):
        filled("{name}/{tag}", Image(), "x.tar")


def test_both_are_needed() -> None:
    assert run(DOCKERFILE).exit_code == 2
    assert run().exit_code == 2
