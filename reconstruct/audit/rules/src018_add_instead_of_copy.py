"""SRC018: ADD is used where COPY would do."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BEST_PRACTICES, Hit, Rule, cis, docker
from reconstruct.syntax import Add

_UNPACKED = lazy.compile(r"(?i)\.(?:tar|tgz|tbz2?|txz|gz|bz2|xz|zst|rootfs)$|[*?\[]|\.tar\.|^rootfs")


def check(context: Context) -> Iterator[Hit]:
    """Fires for an ADD of local files that are neither archives nor heredocs; INFO in the base."""
    for position, add in context.of(Add):
        known = add.sources and not add.heredocs
        if known and not any(
            "://" in source or source.startswith("git@") or _UNPACKED.search(source) for source in add.sources
        ):
            yield Hit(
                position,
                f"ADD {context.show(add.sources[0], 80)} does what COPY would",
                severity=Severity.INFO if context.in_base(position) else None,
                subject=add.sources[:1],
            )


rule = Rule(
    id="SRC018",
    name="add-instead-of-copy",
    family=Family.SOURCES,
    severity=Severity.LOW,
    summary="ADD is used where COPY would do",
    why=(
        "ADD is more than a copy: it unpacks archives and downloads URLs. If neither is intended, a file that "
        "happens to be an archive is unpacked all the same."
    ),
    fix="Use COPY for files and directories of the build context.",
    references=(
        cis("4.9", "Ensure that COPY is used instead of ADD in Dockerfiles"),
        docker("ADD or COPY", BEST_PRACTICES + "#add-or-copy"),
    ),
    check=check,
)
