"""The report as JUnit XML: a test suite an image, a test case a finding, and one for every rule that found nothing."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from reconstruct.audit.finding import Audit, Finding, Severity
from reconstruct.audit.formats.describe import lines, place
from reconstruct.show.text import xml


def render(audits: Sequence[Audit], *, fail_on: str = "low") -> str:
    """Findings of `fail_on` or worse are failures, the others passed cases with their text in `system-out`."""
    root = ElementTree.Element("testsuites", name="reconstruct audit")
    totals = {"tests": 0, "failures": 0, "errors": 0}
    for audit in audits:
        suite = _suite(audit, fail_on)
        for key in totals:
            totals[key] += int(suite.get(key, "0"))
        root.append(suite)
    for key, count in totals.items():
        root.set(key, str(count))
    ElementTree.indent(root)
    text: str = ElementTree.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(audit: Audit, fail_on: str) -> ElementTree.Element:
    from reconstruct.audit.registry import rules

    suite = ElementTree.Element("testsuite", name=xml(audit.image))
    if audit.error is not None:
        case = ElementTree.SubElement(suite, "testcase", classname=xml(audit.image), name="read the image")
        ElementTree.SubElement(case, "error", message=xml(audit.error), type="unreadable")
        _count(suite)
        return suite
    fired = {finding.rule for finding in audit.findings}
    for finding in audit.findings:
        _case(suite, audit, finding, fail_on)
    for rule in rules():
        if rule.id not in fired:
            ElementTree.SubElement(suite, "testcase", classname=xml(audit.image), name=f"{rule.id} {rule.name}")
    _count(suite)
    return suite


def _case(suite: ElementTree.Element, audit: Audit, finding: Finding, fail_on: str) -> None:
    where = f"step {place(finding)}" if finding.step is not None else "image"
    name = f"{finding.rule} {finding.name}: {where} [{finding.fingerprint[:8]}{finding.fingerprint[32:]}]"
    case = ElementTree.SubElement(suite, "testcase", classname=xml(audit.image), name=xml(name))
    text = [finding.message, finding.evidence]
    if finding.line is not None:
        text.append(f"Dockerfile line {lines(finding)}")
    if finding.layer:
        text.append(f"layer {finding.layer}")
    whole = xml("\n".join(part for part in text if part))
    if fails(finding.severity, fail_on):
        failure = ElementTree.SubElement(case, "failure", message=xml(finding.message), type=str(finding.severity))
        failure.text = whole
    else:
        ElementTree.SubElement(case, "system-out").text = f"{finding.severity}: {whole}"


def fails(severity: Severity, fail_on: str) -> bool:
    """Whether a finding of this severity makes an audit fail."""
    return fail_on != "never" and severity.rank >= Severity(fail_on).rank


def _count(suite: ElementTree.Element) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
