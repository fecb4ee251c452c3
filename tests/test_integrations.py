"""Integrations for pipelines: hooks, an action, a component, a container image."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

import reconstruct
from reconstruct.builders.predicting import predict
from tests.audit.images import BASE, config, digest
from tests.cli.test_main import run

ROOT = Path(__file__).parents[1]
CONTAINERFILE = ROOT / "Containerfile"


def parsed(path: Path) -> list[Any]:
    yaml = pytest.importorskip("yaml")
    return list(yaml.safe_load_all(path.read_text()))


def test_the_hooks_are_commands_that_exist() -> None:
    (hooks,) = parsed(ROOT / ".pre-commit-hooks.yaml")
    assert {hook["id"] for hook in hooks} == {"reconstruct-audit", "reconstruct-verify"}
    for hook in hooks:
        _, command = hook["entry"].split()
        assert run(command, "--help")[0] == 0
        re.compile(hook["files"])
    audit = next(hook for hook in hooks if hook["id"] == "reconstruct-audit")
    status, out, _ = run("audit", "--no-hadolint", *audit["args"], str(ROOT / "samples" / "tiny.tar"))
    assert status == 0
    assert "[USR001]" in out


def _action(tmp_path: Path, **inputs: str) -> list[str]:
    """The words that the action's last step calls reconstruct with."""
    (action,) = parsed(ROOT / "action.yml")
    step = action["runs"]["steps"][-1]
    program = tmp_path / "reconstruct" / "bin" / "reconstruct"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    program.chmod(0o755)
    values = {name: str(each.get("default", "")) for name, each in action["inputs"].items()} | inputs
    env = {name: values[value.removeprefix("${{ inputs.").removesuffix(" }}")] for name, value in step["env"].items()}
    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        capture_output=True,
        text=True,
        env={**os.environ, "RUNNER_TEMP": str(tmp_path), **env},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_the_action_hands_its_inputs_over(tmp_path: Path) -> None:
    words = _action(tmp_path, image="app one.tar\nb.tar", args="--fail-on\nhigh")
    assert words == ["audit", "--fail-on", "high", "--format", "github", "--", "app one.tar", "b.tar"]


def test_nothing_in_an_input_of_the_action_is_run(tmp_path: Path) -> None:
    bad = "$(touch pwned); `touch pwned` && touch pwned"
    words = _action(tmp_path, image=bad, args=bad, output="--x", command="report")
    assert words == ["report", bad, "--output", "--x", "--", bad]
    assert not list(tmp_path.glob("**/pwned"))
    # No input is inserted into a script, where it would be read as shell.
    (action,) = parsed(ROOT / "action.yml")
    assert all("${{" not in step["run"] for step in action["runs"]["steps"])


def test_the_component_uses_what_exists() -> None:
    spec, jobs = parsed(ROOT / "templates" / "audit.yml")
    (job,) = jobs.values()
    used = set(re.findall(r"\$\[\[ inputs\.([\w-]+) \]\]", (ROOT / "templates" / "audit.yml").read_text()))
    assert used == set(spec["spec"]["inputs"])
    assert all("$[[" not in line for line in job["script"])
    assert "--format codeclimate" in job["script"][1]


def test_our_own_image_reconstructs_itself() -> None:
    base = reconstruct.load(config([BASE]))
    text = CONTAINERFILE.read_text()
    for builder in ("buildkit", "classic"):
        made = predict(text, builder=builder, base=base)
        history = [BASE]
        for number, entry in enumerate(made.own):
            history.append(
                {
                    "created": f"2026-05-01T12:00:{number:02}Z",
                    "created_by": entry.created_by
                    + (digest("x")[7:].join(["file:", ""]) if entry.checksum else "")
                    + entry.after,
                    "comment": entry.comment or "",
                    **({"empty_layer": True} if entry.empty_layer else {}),
                }
            )
        image = reconstruct.load(config(history, dict(made.config)))
        assert reconstruct.verify(image, CONTAINERFILE, base=base).verdict == "matches", builder
        again = reconstruct.dockerfile(image, base=base)
        for line in (
            'ENTRYPOINT ["reconstruct"]',
            'CMD ["--help"]',
            "USER 10001:10001",
            "WORKDIR /work",
            "pip install --no-cache-dir --no-index",
        ):
            assert line in again, builder
