"""SRC010: The base image is not pinned by digest."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.base_names import named_bases, tag_of
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, cis, docker, slsa
from reconstruct.base.model import Source


def check(context: Context) -> Iterator[Hit]:
    """Fires if buildah's record names the base by a tag other than `latest`, and no digest."""
    for base in named_bases(context):
        if base.source is not Source.BUILDAH or base.digest is not None or "@sha256:" in base.name:
            continue
        if tag_of(base.name) not in ("latest", ""):
            message = f"the base {context.show(base.name, 120)} has no digest ({base.reason})"
            yield Hit(base.step, message, f"FROM {base.name}", subject=(base.name,), whole=True)


rule = Rule(
    id="SRC010",
    name="base-without-digest",
    family=Family.SOURCES,
    severity=Severity.LOW,
    summary="The base image is not pinned by digest",
    why=(
        "A tag can be moved to another image, by a release or by someone who took over the repository. Only a "
        "digest is immutable, and only a digest lets an auditor retrieve the exact base that was used."
    ),
    fix="Add the digest: `FROM name:tag@sha256:…`. A bot can propose updates.",
    references=(
        slsa("build track: resolved dependencies", "provenance#BuildDefinition"),
        cis("4.2", "Ensure that containers use only trusted base images"),
        docker("pin base image versions", BEST_PRACTICES + "#pin-base-image-versions"),
    ),
    check=check,
)
