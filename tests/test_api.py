"""The public API, as README and DESIGN give it."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import reconstruct
from reconstruct.errors import UnreadableError
from tests.sources import making

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "samples" / "hello-classic.json"
DOCKERFILE = ROOT / "samples" / "hello.Dockerfile"
SECRET = "hunter2hunter2"


@pytest.fixture
def image() -> Any:
    return reconstruct.load(SAMPLE)


def with_secret(value: str = SECRET) -> Any:
    config = json.loads(SAMPLE.read_text())
    config["history"].append(
        {
            "created_by": f"/bin/sh -c #(nop)  ENV DB_PASSWORD={value}",
            "empty_layer": True,
            "created": "2026-01-02T03:04:05Z",
        }
    )
    config["config"]["Env"] = [*(config["config"].get("Env") or []), f"DB_PASSWORD={value}"]
    return reconstruct.load(config)


def results(of: Any) -> dict[str, Any]:
    return {
        "report": reconstruct.report(of),
        "audit": reconstruct.audit(of, hadolint=False),
        "diff": reconstruct.diff(of, reconstruct.load(SAMPLE)),
        "verify": reconstruct.verify(of, DOCKERFILE),
    }


def test_every_result_is_frozen_and_gives_what_the_command_prints(image: Any, tmp_path: Path) -> None:
    commands = {
        "report": ["report", str(SAMPLE)],
        "audit": ["audit", "--no-hadolint", str(SAMPLE)],
        "diff": ["diff", str(SAMPLE), str(SAMPLE)],
        "verify": ["verify", str(SAMPLE), str(DOCKERFILE)],
    }
    for name, result in results(image).items():
        field = dataclasses.fields(result)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(result, field, None)
        printed = subprocess.run(
            [sys.executable, "-m", "reconstruct", *commands[name], "--format", "json"],
            capture_output=True,
            text=True,
            cwd=ROOT,
        )
        own = json.loads(json.dumps(result.to_dict()))
        shown = json.loads(printed.stdout)
        for document in (own, shown):
            # What each was called, which the caller decides.
            document.pop("image", None) if name == "verify" else None
            document.pop("dockerfile", None)
            for part in ("old", "new"):
                document.get(part, {}).pop("name", None) if isinstance(document.get(part), dict) else None
            for each in document.get("images", ()):
                each.pop("image")
        assert own == shown, name


def test_reprs_are_short_and_hold_no_secret() -> None:
    of = with_secret()
    for value in (of, reconstruct.steps(of)[-1], *results(of).values()):
        assert len(repr(value)) < 300
        assert SECRET not in repr(value)


def test_secrets_are_masked_unless_asked_for() -> None:
    of = with_secret()
    for name, result in results(of).items():
        assert SECRET not in json.dumps(result.to_dict()), name
    assert SECRET in json.dumps(reconstruct.report(of, show_secrets=True).to_dict())
    assert SECRET in json.dumps(reconstruct.diff(of, reconstruct.load(SAMPLE), show_secrets=True).to_dict())
    assert SECRET in reconstruct.dockerfile(of)


def test_secrets_that_differ_stay_a_difference() -> None:
    found = reconstruct.diff(with_secret(), with_secret("swordfish999"))
    assert found.different
    text = json.dumps(found.to_dict())
    assert SECRET not in text
    assert "swordfish999" not in text


@pytest.mark.parametrize(
    "call",
    [
        lambda image: reconstruct.load(5),
        lambda image: reconstruct.load(SAMPLE, manifest=5),
        lambda image: reconstruct.load(SAMPLE, platform=5),
        lambda image: reconstruct.load(SAMPLE, tag=b"x"),
        lambda image: reconstruct.steps("x"),
        lambda image: reconstruct.dockerfile(image, base=5),
        lambda image: reconstruct.dockerfile(str(SAMPLE)),
        lambda image: reconstruct.dockerfile(image, layout=3),
        lambda image: reconstruct.report(image, base=5),
        lambda image: reconstruct.base(image, base=5),
        lambda image: reconstruct.base("app.tar"),
        lambda image: reconstruct.report(None),
        lambda image: reconstruct.audit(image, base=[]),
        lambda image: reconstruct.audit(image, ignore="SRC001"),
        lambda image: reconstruct.diff(image, str(SAMPLE)),
        lambda image: reconstruct.diff(image, image, ignore="env"),
        lambda image: reconstruct.verify(image, 5),
        lambda image: reconstruct.verify(image, DOCKERFILE, base="scratch"),
        lambda image: reconstruct.verify(image, DOCKERFILE, build_args=["A=1"]),
    ],
)
def test_a_wrong_type_is_a_type_error(image: Any, call: Any) -> None:
    with pytest.raises(TypeError, match=r"is needed|are needed"):
        call(image)


def test_a_choice_that_does_not_exist_is_a_value_error(image: Any) -> None:
    with pytest.raises(ValueError, match="layout"):
        reconstruct.dockerfile(image, layout="tidy")
    with pytest.raises(ValueError, match="ignore"):
        reconstruct.diff(image, image, ignore=["weather"])


def test_errors_are_reachable_from_the_package() -> None:
    with pytest.raises(reconstruct.errors.ReconstructError):
        reconstruct.load(b"no image")


def test_a_dockerfile_as_bytes(image: Any) -> None:
    assert reconstruct.verify(image, DOCKERFILE.read_bytes()).verdict == reconstruct.verify(image, DOCKERFILE).verdict


@pytest.mark.parametrize(
    "order",
    [("reconstruct.audit.engine", "audit"), ("reconstruct.report.model", "report"), ("reconstruct.diff.model", "diff")],
)
def test_an_imported_package_is_still_the_function(order: tuple[str, str]) -> None:
    module, name = order
    code = f"import reconstruct, {module}; print(reconstruct.{name}(*[reconstruct.load({str(SAMPLE)!r})] * {1 + (name == 'diff')}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.startswith("<"), done.stderr


def test_importing_the_package_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import reconstruct; print(sorted(n for n in set(sys.modules) - before if 'reconstruct' in n))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.strip() == "['reconstruct']"


def test_the_package_runs_as_a_module() -> None:
    done = subprocess.run([sys.executable, "-m", "reconstruct", "--version"], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0
    assert done.stdout.startswith("reconstruct")


def test_an_error_is_one_line_whatever_it_names() -> None:
    archive = making.docker_archive()
    archive["manifest.json"] = making.encoded([{"Config": "a\nb\u2028c.json", "Layers": []}])
    with pytest.raises(UnreadableError) as caught:
        reconstruct.load(making.tar(archive))
    assert len(str(caught.value).splitlines()) == 1
    assert "a\\nb\\u2028c.json is missing" in str(caught.value)
