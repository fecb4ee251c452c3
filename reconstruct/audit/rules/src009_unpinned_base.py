"""SRC009: The base image has a floating tag, or none."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.base_names import NamedBase, named_bases, tag_of
from reconstruct.audit.context import Context
from reconstruct.audit.end_of_life import is_code_name
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, cis, cwe, docker
from reconstruct.base.model import Source

# Tags that are moved to another image with each release, or each night.
_MOVING = frozenset(
    {"latest", "stable", "edge", "nightly", "rolling", "lts", "current", "mainline", "devel", "dev", "develop", "main", "master", "head", "canary", "beta",
     "alpha", "rc", "next", "testing", "unstable", "sid", "experimental", "preview", "snapshot", "staging", "release", "prod", "production", "insiders"}
)  # fmt: skip


def check(context: Context) -> Iterator[Hit]:
    """Fires if a base has no tag, `latest`, or, without digest, a tag with neither digit nor code name."""
    for base in named_bases(context):
        name, tag = base.name, tag_of(base.name)
        if "@sha256:" in name or (base.digest and tag not in ("latest", "")) or name.rpartition("/")[2] in ("scratch",):
            continue
        if tag in ("latest", ""):
            what = "no tag" if not tag else "the tag latest"
            # A label is written by a person, who may have left out the tag that FROM has.
            severity = Severity.LOW if not tag and base.source is Source.LABELS else None
            yield _hit(context, base, what, severity)
        elif not any(character.isdigit() for character in tag) and not _is_release(tag):
            moving = tag.lower().split("-")[0] in _MOVING
            what = f"the tag {context.show(tag, 40)}, which " + (
                "moves with each release" if moving else "names no version"
            )
            yield _hit(context, base, what, None if moving else Severity.LOW)


def _hit(context: Context, base: NamedBase, what: str, severity: Severity | None) -> Hit:
    message = f"the base {context.show(base.name, 120)} has {what} ({base.reason})"
    return Hit(base.step, message, f"FROM {base.name}", severity, subject=(base.name,), whole=True)


def _is_release(tag: str) -> bool:
    """Whether a tag has a distribution's code name in it: `bookworm-slim`."""
    return any(is_code_name(part) for part in tag.lower().split("-"))


rule = Rule(
    id="SRC009",
    name="base-not-pinned",
    family=Family.SOURCES,
    severity=Severity.MEDIUM,
    summary="The base image has a floating tag, or none",
    why=(
        "`latest`, `stable`, `lts` and the like, or a name without a tag, point to a different image with each "
        "release. A rebuild takes whatever is current, without any change to the Dockerfile."
    ),
    fix="Pin a version and its digest: `FROM debian:12.9@sha256:…`. A bot can propose updates.",
    references=(
        cwe(1357, "Reliance on Insufficiently Trustworthy Component"),
        cis("4.2", "Ensure that containers use only trusted base images"),
        docker("pin base image versions", BEST_PRACTICES + "#pin-base-image-versions"),
    ),
    check=check,
)
