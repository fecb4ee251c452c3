"""Settings of an audit: severities, ignores with a reason and an expiry date, and what is refused."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from reconstruct.audit.finding import Severity
from reconstruct.audit.settings import Ignore, load, nearest, split_names
from reconstruct.cli.group import cli
from reconstruct.errors import UnreadableError
from tests.audit.images import NOW, built, run

LINES = ("RUN chmod 777 /x", "RUN chmod 777 /y", "EXPOSE map[80/tcp:{}]", "USER 1000", 'CMD ["/x"]')


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def write(text: str, name: str = ".reconstruct.toml") -> str:
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return write


def test_all_settings_of_a_file(write: Any, tmp_path: Path) -> None:
    found = load(
        write(
            "[audit]\n"
            'ignore = ["USR007", "SIZ002,SIZ003", { finding = "1f0c2a9b", reason = "revoked", expires = 2026-12-31 }]\n'
            'severity = { SIZ004 = "info" }\n'
            'fail-on = "high"\nbase-age = 30\nhadolint = false\nbaseline = "old.json"\n'
        )
    )
    assert found.ignore == ("USR007", "SIZ002", "SIZ003")
    assert found.ignores == (Ignore(finding="1f0c2a9b", reason="revoked", expires=date(2026, 12, 31)),)
    assert found.severities == {"SIZ004": Severity.INFO}
    assert (found.fail_on, found.base_age, found.hadolint) == ("high", 30, False)
    assert found.baseline == os.path.join(str(tmp_path), "old.json")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ignor = []", "did you mean 'ignore'"),
        ("fail_on = 'high'", "did you mean 'fail-on'"),
        ("fail-on = 'hihg'", "did you mean 'high'"),
        ("severity = { SIZ002 = 'meduim' }", "did you mean 'medium'"),
        ("ignore = [{ rule = 'USR007', resaon = 'x' }]", "did you mean 'reason'"),
        ("ignore = [{ rule = 'USR007' }]", "has no reason"),
        ("ignore = [{ reason = 'x' }]", "names a rule or a finding"),
        ("ignore = [{ finding = 'abc', reason = 'x' }]", "first 8 digits"),
        ("ignore = [{ rule = 'USR007', reason = 'x', expires = 'soon' }]", "not a date"),
        ("ignore = [{ rule = 'USR007', reason = 'x', expires = 3 }]", "takes a date"),
        ("ignore = [{ rule = 3, reason = 'x' }]", "takes text"),
        ("ignore = [3]", "a list of rules"),
        ("severity = ['x']", "takes a table"),
        ("hadolint = 1", "true or false"),
        ("base-age = -1", "number of days"),
        ("baseline = 1", "file name"),
    ],
)
def test_what_is_wrong_is_refused_with_the_nearest(write: Any, text: str, told: str) -> None:
    with pytest.raises(UnreadableError) as caught:
        load(write(f"[audit]\n{text}\n"))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        '[tool.reconstruct.audit]\nfail-on = "high"\n',
        '[tool."reconstruct"]\nfail-on = "high"\n',
        'tool = { reconstruct = { audit = { fail-on = "high" } } }\n',
        '[tool."\\u0072econstruct"]\nfail-on = "high"\n',
        '["too\\U0000006C"."r\\u0065construct"]\nfail-on = "high"\n',
    ],
)
def test_the_nearest_project_file_with_a_table_is_taken(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    write(text, "pyproject.toml")
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'other'\n")
    monkeypatch.chdir(tmp_path / "a" / "b")
    assert load().fail_on == "high"


def test_another_projects_file_is_not_parsed(write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("[tool.other\n", "pyproject.toml")
    monkeypatch.chdir(tmp_path)
    assert load().fail_on is None
    with pytest.raises(UnreadableError, match="not a TOML file"):
        load(path)


def test_a_pipe_is_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "settings.toml")
    with pytest.raises(UnreadableError):
        load(str(tmp_path / "settings.toml"))


def test_a_finding_is_ignored_by_its_fingerprint_with_a_reason() -> None:
    first, second = (found for found in run(built(LINES)).findings if found.rule == "USR005")
    chosen = Ignore(finding=first.fingerprint[:8], reason="meant", expires=date(2026, 6, 1))
    audit = run(built(LINES), ignores=(chosen,))
    assert [found.number for found in audit.findings if found.rule == "USR005"] == [second.number]
    assert [(one.finding.fingerprint, one.reason, one.expires) for one in audit.ignored] == [
        (first.fingerprint, "meant", "2026-06-01")
    ]
    assert audit.suppressed == {"ignored": 1}


def test_an_expired_ignore_is_reported_with_its_reason() -> None:
    chosen = Ignore(rule="USR005", reason="until the move", expires=date(2026, 5, 31))
    audit = run(built(LINES), ignores=(chosen,))
    assert sum(found.rule == "USR005" for found in audit.findings) == 2
    assert any("until the move" in note and "2026-05-31" in note for note in audit.notes)
    assert NOW.date() > date(2026, 5, 31)


@pytest.mark.parametrize(("pattern", "left"), [("other*", 2), ("app:*", 0), ("", 0)])
def test_an_ignore_may_apply_to_some_images(pattern: str, left: int) -> None:
    import reconstruct
    from reconstruct.audit.engine import Options, audit
    from reconstruct.record import replace

    image = replace(reconstruct.load(built(LINES)), tags=("app:1",))
    options = Options(now=NOW, hadolint=False, ignores=(Ignore(rule="world-writable", image=pattern, reason="x"),))
    found = audit(image, reconstruct.steps(image), options)
    assert sum(one.rule == "USR005" for one in found.findings) == left


def test_severities_are_set_by_id_or_name() -> None:
    audit = run(built(LINES), severities={"USR005": Severity.INFO, "port-below-1024": Severity.CRITICAL})
    assert {(one.rule, one.severity) for one in audit.findings if one.rule in ("USR005", "USR007")} == {
        ("USR005", Severity.INFO),
        ("USR007", Severity.CRITICAL),
    }
    assert audit.findings[0].rule == "USR007"


@pytest.mark.parametrize(
    "given", [("--ignore", "usr005,USR007"), ("--ignore", "USR005", "--ignore", "port-below-1024")]
)
def test_rules_are_ignored_together_or_one_by_one(tmp_path: Path, given: tuple[str, ...]) -> None:
    (tmp_path / "image.json").write_text(json.dumps(built(LINES)))
    arguments = ["audit", str(tmp_path / "image.json"), "--no-hadolint", "--format", "json", *given]
    document = json.loads(CliRunner().invoke(cli, arguments).stdout)
    assert {one["rule"] for one in document["images"][0]["findings"]} & {"USR005", "USR007"} == set()
    assert document["images"][0]["suppressed"]["ignored"] == 3


def test_names_and_what_is_near_them() -> None:
    assert split_names(" A, B,,C ") == ["A", "B", "C"]
    assert nearest("base_age", ("base-age", "baseline")) == ": did you mean 'base-age'?"
    assert nearest("zzz", ("ignore",)) == ""
