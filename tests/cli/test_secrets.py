"""Secrets in what the commands print."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from reconstruct.diff.render import FORMATS as DIFF
from reconstruct.report import FORMATS as REPORT
from tests.audit.images import built
from tests.show.test_leaks import run

SECRET = "hunter2hunter2"
TOKEN = "ghp_" + "k3J9xQ2mN8vB5tR7wL1pZ6yH4cF0sD3aE2gU"


def saved(folder: Path, *lines: str) -> str:
    path = folder / "config.json"
    path.write_text(json.dumps(built(lines)))
    return str(path)


@pytest.fixture
def leaky(tmp_path: Path) -> str:
    return saved(tmp_path, f"ENV DB_PASSWORD={SECRET}", f"RUN git clone https://x:{TOKEN}@git.example.com/a /a")


def _commands(path: str, other: str) -> list[list[str]]:
    found = [["report", "--format", form, path] for form in REPORT]
    found += [["diff", "--format", form, path, other] for form in DIFF]
    found += [["diff", "--format", form, other, path] for form in DIFF]
    found += [["verify", "--format", form, path, str(Path(path).parent / "Dockerfile")] for form in ("text", "json")]
    return found


def test_they_are_masked_in_what_gets_passed_on(leaky: str, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = saved(tmp_path / "other", "ENV DB_PASSWORD=hunter2swordfish", "RUN make")
    (tmp_path / "Dockerfile").write_text("FROM debian\nENV DB_PASSWORD=hunter2penguin\nRUN make\n")
    for args in _commands(leaky, other):
        status, out, err = run(*args)
        assert status in (0, 1, 2)
        for secret in (SECRET, TOKEN, "swordfish", "penguin"):
            assert secret not in out + err, args
        if "****" not in out:
            assert args[0] == "verify", args
        _, shown, _ = run(*args, "--show-secrets")
        assert any(secret in shown for secret in (SECRET, TOKEN, "swordfish", "penguin")) or args[0] == "verify"


def test_the_dockerfile_holds_them_and_says_so(leaky: str) -> None:
    status, out, err = run("dockerfile", leaky)
    assert status == 0
    assert SECRET in out
    assert TOKEN in out
    assert "--mask" in err
    assert SECRET not in err
    status, out, err = run("dockerfile", "--mask", leaky)
    assert status == 0
    assert SECRET not in out
    assert TOKEN not in out
    assert "secrets" not in err


def test_without_secrets_there_is_no_note(tmp_path: Path) -> None:
    assert "secrets" not in run("dockerfile", saved(tmp_path, "RUN make"))[2]
