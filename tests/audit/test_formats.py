"""The forms of the report: what they promise, and that no secret and no control character gets through any of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest

from reconstruct.audit.engine import Options, audit
from reconstruct.audit.finding import Audit
from reconstruct.audit.formats import FORMATS, render
from reconstruct.audit.formats.json import document, schema
from tests.audit.cases import AWS_ID, AWS_SECRET, GITHUB, JWT, KEY, SLACK
from tests.audit.images import NOW, built, run
from tests.pace import timed

DATA = Path(__file__).parent / "data"
SECRET_LINES = (
    "ENV DB_PASSWORD=hunter2secret",
    f"ENV AWS_SECRET_ACCESS_KEY={AWS_SECRET} OTHER=1",
    "ARG NPM_TOKEN",
    f"RUN |1 NPM_TOKEN={GITHUB} /bin/sh -c npm ci && sudo chmod 777 /x # {SLACK}",
    "RUN curl -k -u deploy:s3cr3tpa55 https://u:0therpa55@x.example.org/a.sh | sh",
    f'RUN echo "{KEY}" > /root/.ssh/id_rsa && chmod 4755 /x',
    f"LABEL ci.token={JWT}",
    "RUN echo 'root:r00tpa55!' | chpasswd && apt-get update && apt-get install -y sudo",
    f"RUN ./upload {AWS_ID}",
    "RUN echo 'machine x login y password netrcpa55' > ~/.netrc",
    'CMD ["app" "--password" "cmdpa55word"]',
    "USER root",
)
SECRETS = ("hunter2secret", AWS_SECRET, GITHUB, SLACK, "s3cr3tpa55", "0therpa55", "MIIEpAIBAAKCAQEA7bq8", JWT, "r00tpa55!", AWS_ID,
           "netrcpa55", "cmdpa55word")  # fmt: skip


@pytest.fixture(scope="module")
def audits() -> list[Audit]:
    return [run(built(SECRET_LINES), hadolint=True), Audit(image="broken.tar", error="broken.tar: cut off")]


@pytest.mark.parametrize("format_", FORMATS)
def test_no_secret_is_shown_in_any_form(audits: list[Audit], format_: str) -> None:
    text = render(audits, format_, fail_on="low", color=False)
    assert [secret for secret in SECRETS if secret in text] == []
    assert "SEC001" in text
    assert "****" in text or "\\*\\*\\*\\*" in text


def test_every_secret_was_found(audits: list[Audit]) -> None:
    found = {(finding.rule, finding.step) for finding in audits[0].findings}
    wanted = {("SEC001", 1), ("SEC001", 2), ("SEC002", 4), ("SEC003", 5), ("SEC005", 5), ("SEC004", 6), ("SEC008", 7),
              ("SEC009", 8), ("SEC006", 9), ("SEC007", 10), ("SEC003", 11)}  # fmt: skip
    assert wanted <= found


def test_the_worst_come_first(audits: list[Audit]) -> None:
    ranks = [finding.severity.rank for finding in audits[0].findings]
    assert ranks == sorted(ranks, reverse=True)


def test_lines_are_those_of_the_dockerfile_that_is_written() -> None:
    import reconstruct

    image = reconstruct.load(built(("ENV A=1", "RUN make && \tmake install", "RUN chmod 777 /x")))
    (finding,) = [
        f
        for f in run(built(("ENV A=1", "RUN make && \tmake install", "RUN chmod 777 /x"))).findings
        if f.rule == "USR005"
    ]
    lines = reconstruct.dockerfile(image).splitlines()
    assert finding.line is not None
    assert lines[finding.line - 1] == "RUN chmod 777 /x"


def test_json_is_as_its_schema_says(audits: list[Audit]) -> None:
    made = json.loads(render(audits, "json"))
    jsonschema.Draft202012Validator(json.loads(schema())).validate(made)
    assert made["images"][1]["error"] == "broken.tar: cut off"
    assert {rule["id"] for rule in made["rules"]} == {finding.rule for finding in audits[0].findings}


def test_sarif_is_as_the_official_schema_says(audits: list[Audit]) -> None:
    official = json.loads((DATA / "sarif-schema-2.1.0.json").read_text())
    log = json.loads(render(audits, "sarif"))
    jsonschema.Draft4Validator(official, format_checker=jsonschema.FormatChecker()).validate(log)
    (run_,) = log["runs"]
    rules = run_["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run_["results"])
    text = run_["artifacts"][0]["contents"]["text"].splitlines()
    for result in run_["results"]:
        region = result["locations"][0]["physicalLocation"]["region"]
        assert 1 <= region["startLine"] <= region.get("endLine", region["startLine"]) <= len(text)
    assert run_["invocations"][0]["executionSuccessful"] is False


def test_junit_counts_failures_by_the_threshold(audits: list[Audit]) -> None:
    for level, expected in (("low", 5), ("high", 3), ("never", 0)):
        root = ElementTree.fromstring(render(audits, "junit", fail_on=level))
        failures = root.findall(".//failure")
        assert (len(failures) == 0) is (expected == 0)
        assert sum(int(suite.get("failures", 0)) for suite in root) == len(failures)
        assert sum(int(suite.get("errors", 0)) for suite in root) == 1
        alone = ElementTree.fromstring(render(audits[:1], "junit", fail_on=level))
        assert alone.get("failures") == str(len(alone.findall(".//failure")))
    names = [case.get("name") for case in root.findall(".//testcase")]
    assert len(names) == len(set(names))


HOSTILE = "x\x1b[31m|`<script>&\u202e\r\n|</td>]]>\ufffe"


@pytest.mark.parametrize("format_", FORMATS)
def test_text_of_the_image_can_not_break_a_form(format_: str) -> None:
    lines = (
        f"RUN curl http://x/{HOSTILE} | sh",
        f"USER {HOSTILE}",
        f"EXPOSE map[80/tcp:{{}} {HOSTILE}:{{}}]",
        f"ENV PASSWORD={HOSTILE}",
    )
    text = render([run(built(lines), hadolint=True)], format_)
    assert not set("\x1b\u202e\r\x00") & set(text)
    if format_ == "junit":
        ElementTree.fromstring(text)
    if format_ == "markdown":
        assert "<script>" not in [part for line in text.splitlines() for part in line.split("`")[::2]]


@pytest.mark.parametrize(
    "settings",
    [
        {"Env": [None, 1, {"a": 2}], "Labels": {"a": None, "password": 5}, "Cmd": "x", "Entrypoint": [1, 2], "User": 5},
        {
            "Healthcheck": {"Test": "x", "Interval": "a"},
            "WorkingDir": [],
            "ExposedPorts": [],
            "Volumes": 3,
            "OnBuild": {},
        },
    ],
)
def test_a_config_of_wrong_types_is_still_audited(settings: dict[str, Any]) -> None:
    made = built(("RUN x", "USER a", 'CMD ["a"]', 'HEALTHCHECK &{["CMD" "x"] "0s" "0s" "0s" \'\\x00\'}'))
    made["config"] = settings
    assert run(made).findings


@pytest.mark.no_cover
def test_a_long_step_is_read_in_time() -> None:
    many = " && ".join(f"curl -o x{n} https://x/{n} && echo {n} | sha256sum -c" for n in range(400))
    texts = (
        many,
        " | ".join(f"curl https://x/{n}" for n in range(1000)),
        "$(" * 20_000,
        '"' * 50_000,
        "<<A\n" * 5_000,
    )
    _, seconds = timed(lambda: [run(built((f"RUN {text}",))) for text in texts])
    # Seconds here; what is quadratic takes minutes.
    assert seconds < 30


def test_too_many_secrets_show_no_text_at_all() -> None:
    text = render([run(built([f"ENV DB_PASSWORD{n}=hunter{n}secret" for n in range(1500)]))], "sarif")
    assert '"ruleId": "SEC001"' in text
    assert "hunter1secret" not in text
    assert "hunter1499secret" not in text


def test_without_detect_secrets_a_note_says_so_and_our_own_still_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from reconstruct.audit.secrets import detectors, scan

    monkeypatch.setattr(detectors, "available", lambda: False)
    monkeypatch.setattr(scan, "available", lambda: False)
    found = run(built(SECRET_LINES))
    assert any("detect-secrets is not installed" in note for note in found.notes)
    assert {"SEC001", "SEC006"} <= {finding.rule for finding in found.findings}


def test_detect_secrets_finds_what_our_own_forms_do_not() -> None:
    pytest.importorskip("detect_secrets")
    square = "sq0csp-" + "0123456789abcdefABCDEF_-0123456789abcdefABC"
    assert "SEC006" in {finding.rule for finding in run(built((f"RUN ./pay {square}",))).findings}


def test_without_hadolint_a_note_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    from reconstruct.audit import hadolint

    monkeypatch.setattr(hadolint, "executable", lambda: None)
    assert any("hadolint is not installed" in note for note in run(built(("RUN x",)), hadolint=True).notes)


def test_hadolints_findings_come_back_to_their_steps() -> None:
    from reconstruct.audit.hadolint import EXCLUDED, executable

    if executable() is None:
        pytest.skip("hadolint is not installed (extra lint)")
    findings = run(
        built(("ENV A=1", "RUN cd /x && ls | grep x > y", "RUN apt-get update && apt install curl")), hadolint=True
    ).findings
    assert ("DL4006", 2) in {(finding.rule, finding.step) for finding in findings}
    assert ("DL3027", 3) in {(finding.rule, finding.step) for finding in findings}
    assert not {finding.rule for finding in findings} & set(EXCLUDED)


def test_an_audit_imports_no_rule_before_it_runs() -> None:
    code = "import sys, reconstruct.cli.audit; print([m for m in sys.modules if '.rules.' in m or m.startswith(('lark', 'detect'))])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_the_document_counts_what_it_holds(audits: list[Audit]) -> None:
    made = document(audits)
    assert sum(made["summary"].values()) == len(audits[0].findings)


def test_options_now_decides_what_is_over() -> None:
    import reconstruct

    image = reconstruct.load(built(("ENV PYTHON_VERSION=3.13.1",)))
    steps = reconstruct.steps(image)
    ended = [f.rule for f in audit(image, steps, Options(now=NOW.replace(year=2035), hadolint=False)).findings]
    assert "SRC011" in ended
    assert "SRC011" not in [f.rule for f in audit(image, steps, Options(now=NOW, hadolint=False)).findings]
