"""The wheel, installed by itself outside the repository, does the main job: the grammars are inside."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path

import pytest

from reconstruct import grammar, pattern, terminals

ROOT = Path(__file__).parent.parent
CONFIG = {
    "architecture": "amd64",
    "os": "linux",
    "config": {"Env": ["A=b c"], "Cmd": ["/bin/sh", "-c", "echo $A"], "Volumes": {"/x y": {}, "/z": {}}},
    "history": [
        {"created": "2024-01-02T03:04:05Z", "created_by": "/bin/sh -c #(nop) ADD file:" + "0" * 64 + " in / "},
        {"created_by": "/bin/sh -c #(nop)  ENV A=b c", "empty_layer": True},
        {"created_by": "/bin/sh -c #(nop)  VOLUME [/x y /z]", "empty_layer": True},
        {"created_by": "/bin/sh -c set -eux; \tif true; then \t\techo yes; \tfi"},
        {"created_by": '/bin/sh -c #(nop)  CMD ["/bin/sh" "-c" "echo $A"]', "empty_layer": True},
    ],
    "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "1" * 64, "sha256:" + "2" * 64]},
}


def _done(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    return subprocess.run([str(word) for word in command], cwd=cwd, env=env, capture_output=True, text=True)


def run(*command: str | Path, cwd: Path) -> str:
    done = _done(*command, cwd=cwd)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def pip(python: str | Path, *words: str | Path, cwd: Path) -> None:
    """Runs pip, and once more if it fails: a registry that is slow once may not be so twice."""
    command = (python, "-m", "pip", *words, "--quiet", "--disable-pip-version-check")
    done = _done(*command, cwd=cwd)
    if done.returncode:
        done = _done(*command, cwd=cwd)
    if "No matching distribution found" in done.stderr and not os.environ.get("CI"):
        pytest.skip("no package registry within reach")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", folder, ROOT, cwd=folder)
    (found,) = folder.glob("reconstruct-*.whl")
    return found


def test_it_carries_every_grammar(wheel: Path) -> None:
    inside = {Path(name).name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("reconstruct/grammars/")}

    assert inside == {path.name for path in (ROOT / "grammars").glob("*.lark")}
    assert inside


def test_it_carries_man_pages_and_completion(wheel: Path) -> None:
    inside = {name.partition(".data/data/")[2] for name in zipfile.ZipFile(wheel).namelist()}

    assert {
        "share/man/man1/reconstruct.1",
        "share/man/man1/reconstruct-report.1",
        "share/bash-completion/completions/reconstruct",
        "share/zsh/site-functions/_reconstruct",
        "share/fish/vendor_completions.d/reconstruct.fish",
    } <= inside


def test_it_carries_ready_tables_of_the_parsers_that_commands_need_at_once_and_of_the_patterns(wheel: Path) -> None:
    inside = {Path(name).name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("reconstruct/tables/")}

    assert inside == {
        Path(pattern.table_path()).name,
        *(Path(terminals.table_path(name)).name for name in terminals.SPLIT),
        *(Path(grammar.table_path(*parser)).name for parser in grammar.TABLES),
    }


def test_it_carries_what_is_known_of_public_images(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    data = archive.getinfo("reconstruct/base/known/images.bin")

    assert data.file_size == (ROOT / "reconstruct/base/known/images.bin").stat().st_size
    assert data.compress_size < 4_000_000
    assert archive.getinfo("reconstruct/base/known/rows.json").file_size


def test_it_asks_for_three_packages_and_no_more(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (name,) = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
    lines = archive.read(name).decode().splitlines()

    needed = {
        line.split()[1].split(">")[0] for line in lines if line.startswith("Requires-Dist:") and "extra" not in line
    }

    assert needed == {"lark", "click", "tabulate"}


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the programs of an environment that has the wheel, and nothing of the repository."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=True)
    programs = folder / "bin"
    pip(programs / "python", "install", wheel, cwd=folder)
    return programs


UNBUILT = """
from reconstruct import grammar, pattern
def build(*parser):
    raise SystemExit(f"{parser} was built")
grammar.build = build
for name, start, lexer in grammar.TABLES:
    (grammar.load if lexer == "contextual" else grammar.lexer)(name, start)
print(len(grammar.TABLES), grammar.__file__)
"""


def test_no_grammar_is_built_where_the_wheel_has_its_table(installed: Path, tmp_path: Path) -> None:
    number, place = run(installed / "python", "-c", UNBUILT, cwd=tmp_path).split()

    assert int(number) == len(grammar.TABLES)
    assert Path(place).is_relative_to(installed.parent)


def test_it_works_outside_the_repository(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))

    text = run(installed / "reconstruct", "dockerfile", "config.json", cwd=tmp_path)
    report = run(installed / "reconstruct", "report", "config.json", cwd=tmp_path)

    assert 'ENV A="b c"' in text
    assert 'VOLUME ["/x y", "/z"]' in text
    assert "\tif true; then" in text
    assert "VOLUME" in report


def test_the_compiled_wheel_names_modules_that_are_there() -> None:
    """`make wheel-compiled` compiles what the table names; a module that moved would silently stay as it is."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    hook = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["hooks"]["mypyc"]

    assert not hook["enable-by-default"]
    assert not [pattern for pattern in hook["include"] + hook["exclude"] if not list(ROOT.glob(pattern))]
