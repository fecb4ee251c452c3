"""Every command on broken, mangled and malicious input: no traceback, the exit status promised, one line on standard
error for an error, and no control characters on standard output."""

from __future__ import annotations

import contextlib
import io
import json
import os
import random
import re
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.commands import run

ROOT = Path(__file__).parent.parent
SAMPLES = sorted(path for path in (ROOT / "samples").glob("*") if path.is_file() and path.suffix in (".json", ".tar"))
COMMANDS = [
    ["dockerfile"],
    ["dockerfile", "--no-comments"],
    *(["report", "--format", name] for name in ("table", "wide", "json", "csv", "markdown")),
    ["ast"],
    ["list"],
    *(["audit", "--no-hadolint", "--format", name] for name in ("table", "markdown", "json", "sarif", "junit")),
    *(["diff", "--format", name] for name in ("text", "json", "markdown")),
    ["verify"],
]
# C0 but for tab, newline and carriage return (CSV's line end); DEL and C1; what turns or hides text; lone surrogates.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_TERMINAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
HOSTILE = "\x1b[31mred\x1b[0m \x07\x00 \u202eevil\u2066 \r\n\tEND \x9b2J RUN rm -rf /\nRUN x\u2028y"


def behaves(*args: str) -> int:
    status, out, err = run(*args)
    assert status in (0, 1, 2), (args, status, err)
    assert "Traceback" not in err, (args, err)
    # A Dockerfile is its author's text: bidirectional and invisible characters (Unicode's Cf) stay in it as written.
    shown = _CONTROL if args[0] != "dockerfile" else _TERMINAL
    found = shown.search(out) or _CONTROL.search(err)
    assert not found, (
        args,
        found and found.group(),
        (out + err)[max(0, found.start() - 60) : found.start() + 60] if found else "",
    )
    if status == 2:
        errors = [line for line in err.splitlines() if line and not line.startswith(("note:", "Usage:", "Try "))]
        # An unknown verdict is reported like any other.
        assert len(errors) == 1 or "error" in out or (args[0] in ("diff", "verify") and out), (args, err)
    if status == 0 and "json" in args and out:
        json.loads(out)
    return status


def all_commands(path: str, commands: list[list[str]] | None = None) -> Iterator[list[str]]:
    for command in commands or COMMANDS:
        if command[0] == "diff":
            yield [*command, path, str(SAMPLES[0])]
        elif command[0] == "verify":
            yield [*command, path, str(ROOT / "samples" / "hello.Dockerfile")]
        else:
            yield [*command, path]


def a_few(count: int, seed: int) -> list[list[str]]:
    return random.Random(seed).sample(COMMANDS, count)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_every_command_reads_the_samples(sample: Path) -> None:
    if "manifest" in sample.name:
        return
    for args in all_commands(str(sample)):
        assert behaves(*args) in (0, 1)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_cut_and_flipped(sample: Path, tmp_path: Path) -> None:
    data = sample.read_bytes()
    rng = random.Random(sample.name)
    broken = tmp_path / "broken"
    for turn in range(16):
        if turn % 2:
            made = data[: rng.randrange(len(data))]
        else:
            flipped = bytearray(data)
            for _ in range(rng.choice((1, 5, 50))):
                flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
            made = bytes(flipped)
        broken.write_bytes(made)
        for args in all_commands(str(broken), a_few(2, turn)):
            behaves(*args)


def _config() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "samples" / "hello-buildkit.json").read_text())
    return found


WRONG: list[Any] = [
    None, 0, -1, 10**400, 1.5, float("nan"), float("inf"), True, "", "x", HOSTILE, "\ud800", [], [None], [[]], [1, "a", None, {}], {}, {"": None},
    {"a": {"b": [1]}}, [HOSTILE], {HOSTILE: HOSTILE}, "x" * 5000,
]  # fmt: skip
TOP = [
    "architecture",
    "os",
    "os.version",
    "created",
    "author",
    "docker_version",
    "config",
    "rootfs",
    "history",
    "variant",
]
INSIDE = ["Env", "Labels", "Cmd", "Entrypoint", "User", "WorkingDir", "ExposedPorts", "Volumes", "Healthcheck", "Shell", "OnBuild", "StopSignal", "ArgsEscaped"]  # fmt: skip
ENTRY = ["created", "created_by", "comment", "author", "empty_layer"]


def _places() -> list[tuple[str, Callable[[dict[str, Any], Any], None]]]:
    def top(key: str) -> Callable[[dict[str, Any], Any], None]:
        return lambda made, wrong: made.__setitem__(key, wrong)

    def inside(key: str) -> Callable[[dict[str, Any], Any], None]:
        return lambda made, wrong: made["config"].__setitem__(key, wrong)

    def entry(key: str) -> Callable[[dict[str, Any], Any], None]:
        return lambda made, wrong: made["history"][-1].__setitem__(key, wrong)

    return [
        *((key, top(key)) for key in TOP),
        *((f"config.{key}", inside(key)) for key in INSIDE),
        *((f"history.{key}", entry(key)) for key in ENTRY),
        ("history[0]", lambda made, wrong: made["history"].__setitem__(0, wrong)),
        ("diff_ids", lambda made, wrong: made["rootfs"].__setitem__("diff_ids", wrong)),
        ("a test", lambda made, wrong: made["config"].__setitem__("Healthcheck", {"Test": wrong, "Interval": wrong, "Retries": wrong})),
        ("an env", lambda made, wrong: made["config"].__setitem__("Env", [wrong, f"A={wrong!r:.50}"])),
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "put"), _places(), ids=[name for name, _ in _places()])
def test_types_confused(name: str, put: Callable[[dict[str, Any], Any], None], tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    for number, wrong in enumerate(WRONG):
        made = _config()
        put(made, wrong)
        path.write_text(json.dumps(made))
        for args in all_commands(str(path), a_few(1, number * 7 + len(name))):
            behaves(*args)


def test_hostile_text_in_every_field(tmp_path: Path) -> None:
    def poison(value: Any) -> Any:
        if isinstance(value, str):
            return value + HOSTILE
        if isinstance(value, list):
            return [poison(item) for item in value]
        if isinstance(value, dict):
            return {key: poison(item) for key, item in value.items()}
        return value

    path = tmp_path / f"config{chr(27)}[31m.json"
    made = _config()
    made["config"] = poison(made["config"])
    made["history"] = poison(made["history"])
    made["config"]["Labels"] = {HOSTILE: HOSTILE}
    path.write_text(json.dumps(made))
    for args in all_commands(str(path)):
        behaves(*args)
    # Text outside instructions must not become one.
    status, text, _ = run("dockerfile", str(path))
    assert status == 0
    assert "\nRUN x" not in text


@pytest.mark.parametrize(
    "data",
    [b"", b"\x00" * 2000, b"{", b"[]", b"null", b"42", b'"x"', b"{}", b"[" * 100_000, b'{"a":' * 50_000, b"\xff\xfe{\x00}\x00",
     b'{"history": [], "history": [{"created_by": "RUN x"}], "rootfs": {}, "rootfs": {"diff_ids": ["a"]}}', b"\x1f\x8b\x08\x00broken",
     b"\x28\xb5\x2f\xfdbroken", b"IMAGE CREATED CREATED BY SIZE COMMENT\n" + b"x" * 3000, b"PK\x03\x04", b"\x89PNG\r\n", b'{"history": NaN}',
     b'{"config": {}, "rootfs": {"type": "layers", "diff_ids": ["\\ud800"]}, "history": [{"created_by": "\\ud800\\u001b[2J"}]}'],
    ids=lambda data: repr(data[:20]),
)  # fmt: skip
def test_what_is_no_image(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "in"
    path.write_bytes(data)
    for args in all_commands(
        str(path), [["dockerfile"], ["report"], ["ast"], ["list"], ["audit", "--no-hadolint"], ["diff"], ["verify"]]
    ):
        behaves(*args)


def test_paths_that_are_not_files(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    closed = tmp_path / "closed"
    closed.write_text("{}")
    closed.chmod(0)
    for path in (
        str(tmp_path / "empty"),
        os.devnull,
        str(tmp_path / "missing"),
        "",
        "\x1b[31m",
        "x" * 5000,
        "a\x00b",
        "/dev/full",
        str(closed),
    ):
        for args in all_commands(
            path, [["dockerfile"], ["report"], ["ast"], ["list"], ["audit", "--no-hadolint"], ["diff"], ["verify"]]
        ):
            assert behaves(*args) == 2, args


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
def test_a_named_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    data = (ROOT / "samples" / "hello-buildkit.json").read_bytes()

    def write() -> None:
        # Who looks at what it is and goes away again breaks the pipe.
        with contextlib.suppress(BrokenPipeError):
            pipe.write_bytes(data)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    status, out, err = run("dockerfile", str(pipe))
    writer.join(5)
    assert status in (0, 2)
    assert "Traceback" not in err
    assert status == 2 or "FROM" in out


def test_standard_input_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (None, io.TextIOWrapper(io.BytesIO())):
        monkeypatch.setattr(sys, "stdin", stream)
        for command in ("dockerfile", "report", "ast", "list"):
            assert behaves(command, "-") == 2


def test_output_that_can_not_be_written(tmp_path: Path) -> None:
    sample = str(ROOT / "samples" / "hello-buildkit.json")
    for target in (str(tmp_path), str(tmp_path / "no" / "folder"), "/dev/full", "a\x00b"):
        for args in all_commands(sample, [["dockerfile"], ["report"], ["ast"], ["audit", "--no-hadolint"], ["diff"]]):
            assert behaves(*args, "--output", target) == 2, (args, target)


@pytest.mark.parametrize("target", ["/dev/full", "closed pipe", "closed"])
def test_standard_output_that_fails(target: str) -> None:
    import subprocess

    sample = str(ROOT / "samples" / "hello-buildkit.json")
    command = [sys.executable, "-m", "reconstruct.cli.main", "ast", sample]
    if target == "closed pipe":
        done = subprocess.run(["sh", "-c", '"$@" | true', "sh", *command], cwd=ROOT, capture_output=True, text=True)
    elif target == "closed":
        done = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *command], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 2
    else:
        with open(target, "w") as full:
            done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
        assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert len(done.stderr.splitlines()) <= 1


@pytest.mark.parametrize(
    "args",
    [["nothing"], ["report", "--format", "\x1b[31m"], ["dockerfile"], ["audit", "x", "--now", "\x1b"], ["audit", "x", "--ignore", "\x1b[2J"],
     ["explain", "\x1b[2J"], ["rules", "--format", "x"], ["report", "x", "--platform", "\x1b[31m/x"], ["dockerfile", "--tag", "\x1b", "x"]],
    ids=repr,
)  # fmt: skip
def test_bad_usage(args: list[str]) -> None:
    assert behaves(*args) == 2
