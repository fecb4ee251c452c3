"""SRC011: The base or the language runtime is past its end of life."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from reconstruct.audit.context import Context
from reconstruct.audit.end_of_life import end_of_life, products
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cis, cwe
from reconstruct.audit.times import moment


def check(context: Context) -> Iterator[Hit]:
    """Fires if a product in the image is past its end of life on the audit's day; HIGH if it was when built, LOW
    for a package of a known version of the distribution's, and for the year after it if releases live for weeks only."""
    built = moment(context.image.created)
    for found in products(context):
        ending = end_of_life(found.product, found.version)
        if ending is None:
            continue
        if ending.day is None:
            message = f"{found.product} {found.version} is past its end of life ({context.show(found.told_by, 100)})"
            yield Hit(found.step, message, severity=Severity.MEDIUM, subject=found.release, whole=True)
        elif ending.day <= context.now.date():
            at_build = built is not None and built.year > 1980 and ending.day <= built.date()
            when = " before the image was built" if at_build else ""
            message = f"{found.product} {found.version} reached its end of life on {ending.day.isoformat()}{when}"
            severity = Severity.HIGH if at_build else Severity.MEDIUM
            recent = ending.brief and context.now.date() - ending.day < timedelta(days=365)
            if found.distributed or recent:
                severity = Severity.LOW
            message = f"{message} ({context.show(found.told_by, 100)})"
            yield Hit(found.step, message, severity=severity, subject=found.release, whole=True)


rule = Rule(
    id="SRC011",
    name="end-of-life",
    family=Family.SOURCES,
    severity=Severity.HIGH,
    summary="The base or the language runtime is past its end of life",
    why=(
        "It no longer gets security fixes: every vulnerability found since then stays open in this image, and a "
        "rebuild does not help."
    ),
    fix=(
        "Move to a supported release and rebuild. The rule's table of end-of-life dates ships with this package, "
        "with the date of its last update."
    ),
    references=(
        cwe(1104, "Use of Unmaintained Third Party Components"),
        cis("4.4", "Ensure images are scanned and rebuilt to include security patches"),
    ),
    check=check,
)
