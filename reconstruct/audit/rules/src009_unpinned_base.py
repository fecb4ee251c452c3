"""SRC009: The base image is named by `latest` or by no tag."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.base_names import named_bases, tag_of
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, cis, cwe, docker


def check(context: Context) -> Iterator[Hit]:
    for name, digest, reason, step in named_bases(context):
        tag = tag_of(name)
        if "@sha256:" in name or (digest and tag not in ("latest", "")):
            continue
        if tag in ("latest", ""):
            what = "no tag" if not tag else "the tag latest"
            # A label is written by a person, who may have left out the tag that FROM has.
            severity = Severity.LOW if not tag and reason.startswith("label") else None
            yield Hit(step, f"the base {context.show(name, 120)} has {what} ({reason})", f"FROM {name}", severity)


rule = Rule(
    id="SRC009",
    name="base-not-pinned",
    family=Family.SOURCES,
    severity=Severity.MEDIUM,
    summary="The base image is named by `latest` or by no tag",
    why=(
        "`latest`, or a name without a tag, is another image with each release. A rebuild takes "
        "whatever is current, with no line of the Dockerfile changed."
    ),
    fix="Name a version, and its digest: `FROM debian:12.9@sha256:…`. A bot can propose updates.",
    references=(
        cwe(1357, "Reliance on Insufficiently Trustworthy Component"),
        cis("4.2", "Ensure that containers use only trusted base images"),
        docker("pin base image versions", BEST_PRACTICES + "#pin-base-image-versions"),
    ),
    check=check,
)
