"""SRC011: The base or the language runtime is past its end of life."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.end_of_life import end_of_life, products
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cis, cwe
from reconstruct.audit.times import moment


def check(context: Context) -> Iterator[Hit]:
    for found in products(context):
        ended = end_of_life(found.product, found.version)
        if ended is None or ended > context.now.date():
            continue
        built = moment(context.image.created)
        at_build = built is not None and built.year > 1980 and ended <= built.date()
        when = " before the image was built" if at_build else ""
        yield Hit(
            found.step,
            f"{found.product} {found.version} reached its end of life on {ended.isoformat()}{when} ({found.told_by})",
            severity=Severity.HIGH if at_build else Severity.MEDIUM,
        )


rule = Rule(
    id="SRC011",
    name="end-of-life",
    family=Family.SOURCES,
    severity=Severity.HIGH,
    summary="The base or the language runtime is past its end of life",
    why=(
        "No security fixes are made for it any more: every flaw found since its end stays open in "
        "this image, and no rebuild helps."
    ),
    fix=(
        "Move to a release that is maintained; rebuild. The table of dates that this rule uses stands "
        "in the package, with its own date."
    ),
    references=(
        cwe(1104, "Use of Unmaintained Third Party Components"),
        cis("4.4", "Ensure images are scanned and rebuilt to include security patches"),
    ),
    check=check,
)
