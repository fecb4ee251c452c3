"""The report as JUnit XML: a test suite an image, a test case a finding, and one for every rule that found nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from reconstruct.audit.finding import Audit, Finding, fails
from reconstruct.audit.fingerprint import short
from reconstruct.audit.formats.describe import lines, place
from reconstruct.audit.formats.elements import document
from reconstruct.audit.formats.totals import several
from reconstruct.show.text import xml


def pieces(audits: Iterable[Audit], *, fail_on: str = "low") -> Iterator[str]:
    """Findings of `fail_on` or worse are failures, the others passed cases with their text in `system-out`.

    Each suite has its counts; the whole has some for a single image, since those of many are known at the end alone.
    """
    audits, many = several(audits)
    suites: Iterable[ElementTree.Element] = (_suite(audit, fail_on) for audit in audits)
    counted = ""
    if not many:
        suites = list(suites)
        totals = {key: sum(int(suite.get(key, "0")) for suite in suites) for key in ("tests", "failures", "errors")}
        counted = "".join(f' {key}="{count}"' for key, count in totals.items())
    yield from document(f'testsuites name="reconstruct audit"{counted}', suites)


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
    # A service follows a test by its name from run to run, so the step's number is no part of it.
    where = finding.instruction if finding.step is not None else "image"
    name = f"{finding.rule} {finding.name}: {where} [{short(finding.fingerprint)}]"
    case = ElementTree.SubElement(suite, "testcase", classname=xml(audit.image), name=xml(name))
    text = [finding.message, finding.evidence]
    if finding.step is not None:
        text.append(f"step {place(finding)}")
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


def _count(suite: ElementTree.Element) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
