"""An audit of many images: written as it is read, whole whatever happens, the same over processes, bounded in memory."""

from __future__ import annotations

import csv
import json
import os
import signal
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from click.testing import CliRunner, Result

from reconstruct.audit.finding import Audit, Finding, Severity
from reconstruct.audit.formats import FORMATS, pieces, render
from reconstruct.audit.formats.json import schema
from reconstruct.cli.group import cli
from tests.fleet.making import SAMPLES, configs, folder_of
from tests.processes import WAIT, group, in_time, start

OFF = ("--no-hadolint", "--now", "2026-11-01", "--fail-on", "never")
# What a reader of one image at a time can use at once; the others begin with what all images come to, or are one page.
STREAMED = [name for name in FORMATS if name not in ("table", "markdown", "html")]
DATA = Path(__file__).parent / "data"


def call(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli, ["audit", *arguments, *OFF], input=stdin)


def made(count: int, asked: list[int] | None = None) -> Iterator[Audit]:
    """Audits of that many images, one in five unreadable, made on demand."""
    for number in range(count):
        if asked is not None:
            asked.append(number)
        if number % 5 == 4:
            yield Audit(image=f"{number}.json", error=f"{number}.json: empty")
            continue
        severity = list(Severity)[number % 4]
        finding = Finding("USR005", "world-writable", severity, f"chmod {number}", step=1, fingerprint=f"{number:032x}")
        notes = ("one note",) if number % 7 == 0 else ()
        yield Audit(f"{number}.json", (finding,), notes, dockerfile=f"FROM x\nRUN chmod 777 /{number}\n" * 200, steps=2)


@pytest.mark.parametrize("format_", STREAMED)
def test_the_report_is_written_as_the_images_are_read(format_: str) -> None:
    asked: list[int] = []
    found = pieces(made(50, asked), format_)
    told = ""
    while "chmod 0" not in told:
        told += next(found)
    assert len(asked) <= 2


@pytest.mark.parametrize("format_", ["table", "json", "sarif"])
def test_memory_does_not_grow_with_the_images(format_: str) -> None:
    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in pieces(made(count), format_):
            pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak(20)
    # Waiting text is kept in memory up to a megabyte; these images have more.
    assert peak(1500) < 2 * peak(150) + 1_500_000


def test_each_form_of_many_is_whole_and_holds_all() -> None:
    document = json.loads(render(made(20), "json"))
    validator = jsonschema.Draft202012Validator(json.loads(schema()))
    validator.validate(document)
    assert [image["image"] for image in document["images"]] == [f"{number}.json" for number in range(20)]
    assert sum(document["summary"].values()) == 16
    lines = [json.loads(line) for line in render(made(20), "jsonl").splitlines()]
    assert lines == document["images"]
    (run,) = json.loads(render(made(20), "sarif"))["runs"]
    assert len(run["results"]) == len(run["artifacts"]) == 16
    assert run["invocations"][0]["executionSuccessful"] is False
    suites = ElementTree.fromstring(render(made(20), "junit"))
    assert len(suites) == 20
    assert len(ElementTree.fromstring(render(made(20), "checkstyle"))) == 20
    assert len(json.loads(render(made(20), "codeclimate"))) == 20
    assert len(render(made(20), "gnu").splitlines()) == len(render(made(20), "github").splitlines()) == 20
    rows = list(csv.DictReader(render(made(20), "csv").splitlines()))
    assert [row["rule"] for row in rows].count("unreadable") == 4
    assert rows[1] | {"image": "1.json", "severity": "low", "finding": "chmod 1", "step": "2"} == rows[1]


def test_sarif_of_many_is_as_the_official_schema_says() -> None:
    official = json.loads((DATA / "sarif-schema-2.1.0.json").read_text())
    log = json.loads(render(made(12), "sarif"))
    jsonschema.Draft4Validator(official, format_checker=jsonschema.FormatChecker()).validate(log)
    (run,) = log["runs"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]
        assert run["artifacts"][place["index"]]["location"]["uri"] == place["uri"]


@pytest.mark.parametrize("format_", FORMATS)
def test_no_image_at_all_is_a_whole_report_too(format_: str) -> None:
    text = render(made(0), format_)
    if format_ in ("json", "sarif", "codeclimate"):
        json.loads(text)
    elif format_ in ("junit", "checkstyle"):
        ElementTree.fromstring(text)


@pytest.mark.parametrize("format_", ["table", "markdown"])
def test_people_get_a_summary_first(format_: str) -> None:
    text = render(made(100), format_)
    summary, _, rest = text.partition("\n0.json\n" if format_ == "table" else "\n## 0")
    assert "100 images, 80 findings: 20 high, 20 medium, 20 low, 20 info; 20 could not be read" in summary
    assert "USR005" in summary
    assert "\n       0     1       0    0     0  3.json\n" in summary or "json | 0 | 1 | 0 | 0 | 0 |" in summary
    assert "json: empty" in summary
    assert "and 10 more" in summary
    assert "chmod 99" not in summary
    assert "chmod 98" in rest


def test_one_image_has_no_summary() -> None:
    assert "by rule" not in render(made(1), "table")
    assert "By rule" not in render(made(1), "markdown")


@pytest.mark.parametrize("format_", ["table", "jsonl", "sarif"])
def test_two_processes_say_what_one_says(tmp_path: Path, format_: str) -> None:
    folder = folder_of(tmp_path / "in", 150)
    (folder / "image-00070.json").write_text("{", encoding="utf-8")
    one = call(str(folder), "--format", format_)
    two = call(str(folder), "--format", format_, "--jobs", "2")
    assert (one.exit_code, one.stdout) == (two.exit_code, two.stdout)
    assert one.exit_code == 2
    assert "image-00149.json" in one.stdout


def test_lines_of_json_and_lists_of_paths(tmp_path: Path) -> None:
    lines = tmp_path / "all.jsonl"
    lines.write_text("".join(f"{json.dumps(config)}\n" for config in configs(3)) + "no json\n", encoding="utf-8")
    found = call("-", "--format", "jsonl", stdin=f"{lines}\n{SAMPLES / 'tiny.tar'}\n{tmp_path / 'nope.json'}\n")
    assert found.exit_code == 2
    told = [json.loads(line) for line in found.stdout.splitlines()]
    names = [f"{lines}:{n}" for n in (1, 2, 3, 4)] + [str(SAMPLES / "tiny.tar"), str(tmp_path / "nope.json")]
    assert [image["image"] for image in told] == names
    assert [bool(image["error"]) for image in told] == [False, False, False, True, False, True]


def test_standard_input_may_be_an_image_as_ever() -> None:
    found = call("-", "--format", "json", stdin=(SAMPLES / "tiny.tar").read_bytes())
    assert [image["image"] for image in json.loads(found.stdout)["images"]] == ["sample-tiny:latest"]
    found = call("-", "--format", "json", stdin=(SAMPLES / "hello-buildkit.json").read_bytes())
    assert [image["image"] for image in json.loads(found.stdout)["images"]] == ["standard input"]


def test_a_baseline_may_be_lines(tmp_path: Path) -> None:
    folder, known = folder_of(tmp_path / "in", 4), tmp_path / "known.jsonl"
    known.write_text(call(str(folder), "--format", "jsonl").stdout, encoding="utf-8")
    again = call(str(folder), "--format", "jsonl", "--baseline", str(known))
    assert [json.loads(line)["findings"] for line in again.stdout.splitlines()] == [[]] * 4
    (folder / "again.json").write_bytes((folder / "image-00000.json").read_bytes())
    assert '"findings": [{' not in call(str(folder), "--format", "jsonl", "--baseline", str(known)).stdout


def test_one_file_per_image(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", 3)
    (folder / "bad.json").write_text("{", encoding="utf-8")
    found = call(str(folder), "--format", "sarif", "--output-dir", str(tmp_path / "out"))
    assert found.exit_code == 2
    assert "bad.json" in found.stderr
    written = sorted((tmp_path / "out").rglob("*.sarif"))
    assert len(written) == 3
    assert written[0].read_text() == call(str(folder / "image-00000.json"), "--format", "sarif").stdout
    assert call(str(folder), "--output-dir", str(tmp_path / "x"), "--output", str(tmp_path / "y")).exit_code == 2


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="no process groups here")
@pytest.mark.parametrize(("format_", "jobs"), [("json", 1), ("sarif", 2)])
def test_ctrl_c_leaves_a_whole_report_and_no_process(tmp_path: Path, format_: str, jobs: int) -> None:
    folder = folder_of(tmp_path / "in", 70)
    command = [sys.executable, "-m", "reconstruct", "audit", "-", "--format", format_, "--jobs", str(jobs), *OFF]
    process = start(command, start_new_session=True)
    assert process.stdin
    assert process.stdout
    assert process.stderr
    # The list of paths does not end: the run waits for more when Ctrl-C comes.
    process.stdin.write("".join(f"{path}\n" for path in sorted(folder.iterdir()) * (1 if jobs == 1 else 6)).encode())
    process.stdin.flush()
    told = process.stdout.read1(100)
    os.killpg(process.pid, signal.SIGINT)
    told += process.stdout.read()
    noted = process.stderr.read()
    assert process.wait(WAIT) == 130, noted
    assert noted.strip() == b"reconstruct: interrupted"
    document = json.loads(told)
    if format_ == "json":
        assert document["images"][0]["error"] is None
        assert document["images"][-1]["error"] == "interrupted"
    else:
        assert document["runs"][0]["invocations"][0]["executionSuccessful"] is False
    assert in_time(lambda: not group(process.pid))


def test_a_run_in_the_background_goes_on_ignoring_ctrl_c() -> None:
    from reconstruct.cli.auditing import Interruptible

    def audits() -> Iterator[Audit]:
        for audit in made(3):
            signal.raise_signal(signal.SIGINT)
            yield audit

    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        watched = Interruptible(audits())
        assert len(list(watched)) == 3
        assert not watched.interrupted
    finally:
        signal.signal(signal.SIGINT, before)
