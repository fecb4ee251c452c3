"""hadolint is started once for many images, and its findings go to the image and the step that they are of."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconstruct.audit import hadolint
from reconstruct.cli.group import cli
from tests.audit.images import built

# Says of every file that its third line is wrong, and counts how often it is started.
FAKE = """#!{python}
import json, sys
open({log!r}, "a").write("started\\n")
files = [word for word in sys.argv[1:] if word.endswith(".Dockerfile")]
print(json.dumps([{{"file": name, "line": 3, "level": "warning", "code": "DL3003", "message": open(name).read().split()[-1]}} for name in files]))
"""


@pytest.fixture
def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    log, program = tmp_path / "log", tmp_path / "hadolint"
    program.write_text(FAKE.format(python=sys.executable, log=str(log)))
    program.chmod(0o755)
    monkeypatch.setattr(hadolint, "executable", lambda: str(program))
    return log


def test_one_process_reads_many_dockerfiles(started: Path, tmp_path: Path) -> None:
    names = []
    for number in range(3):
        path = tmp_path / f"{number}.json"
        path.write_text(json.dumps(built([f"RUN make {number}", f"USER {number + 1000}"])))
        names.append(str(path))
    found = json.loads(CliRunner().invoke(cli, ["audit", *names, "--format", "json"]).stdout)
    assert started.read_text() == "started\n"
    told = [[one for one in image["findings"] if one["rule"] == "DL3003"] for image in found["images"]]
    assert [[(one["number"], one["message"]) for one in image] for image in told] == [
        [(2, str(number + 1000))] for number in range(3)
    ]


def test_a_broken_hadolint_gives_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hadolint, "executable", lambda: str(tmp_path / "nothing"))
    notes: list[str] = []
    assert hadolint.run(["FROM x\n"], notes) == {"FROM x\n": []}
    assert notes == ["hadolint failed: FileNotFoundError"]


def test_an_input_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reconstruct import sources

    path = tmp_path / "image.json"
    path.write_text(json.dumps(built(["RUN make"])))
    read, times = sources.read, []
    monkeypatch.setattr(sources, "read", lambda *given, **named: times.append(given) or read(*given, **named))
    CliRunner().invoke(cli, ["audit", str(path), "--no-hadolint"])
    assert len(times) == 1
