"""Selects one of several images: by tag, name or ID, then by platform; never by the machine this runs on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconstruct.errors import NotFoundError
from reconstruct.reference import LATEST, Platform, canonical, parse_platform, read, split
from reconstruct.sources.interface import Candidate, Reading


def choose(candidates: Sequence[Candidate], platform: str | None, tag: str | None, reading: Reading) -> Candidate:
    """The selected image. Raises NotFoundError, which lists what there is; notes a choice that the user didn't make."""
    found = list(candidates)
    if tag is not None:
        found = by_tag(found, tag)
        if not found:
            raise NotFoundError(f"{reading.label}: no image {tag!r}; available: {_listed(candidates, _name)}")
    if platform is not None:
        wanted = parse_platform(platform)
        matching = [candidate for candidate in found if _matches(candidate, wanted)]
        if not matching:
            raise NotFoundError(f"{reading.label}: no image for {platform}; available: {_listed(found, platform_of)}")
        found = matching
    return found[0] if len(found) == 1 else _preferred(found, reading)


def _preferred(found: Sequence[Candidate], reading: Reading) -> Candidate:
    linux = Platform("linux", "amd64")
    chosen = next((candidate for candidate in found if _matches(candidate, linux)), found[0])
    names = {_name(candidate) for candidate in found}
    what = platform_of(chosen) if len(names) == 1 else f"{_name(chosen)}, {platform_of(chosen)}"
    option = "--platform" if len(names) == 1 else "--tag or --platform"
    reading.note(f"{len(found)} images in it; using {what} ({option} chooses another)")
    return chosen


def by_tag(candidates: Sequence[Candidate], tag: str) -> list[Candidate]:
    """Those with this name: in full, then without Docker Hub's host or `:latest`, by ID or digest, by repository."""
    for test in (_same_tag, _same_name, _same_id, _same_repository):
        if found := [candidate for candidate in candidates if test(candidate, tag)]:
            return found
    return []


def _same_tag(candidate: Candidate, tag: str) -> bool:
    return tag in candidate.tags


def _same_name(candidate: Candidate, tag: str) -> bool:
    wanted = canonical(tag)
    return any(canonical(name) == wanted or read(name).tag == tag for name in candidate.tags)


def _same_id(candidate: Candidate, tag: str) -> bool:
    prefix = tag.rpartition("@")[2].removeprefix("sha256:")
    if not re.fullmatch(r"[0-9a-f]{3,64}", prefix):
        return False
    known = (candidate.digest, candidate.index_digest, candidate.image_id or candidate.image.image_id)
    return any((digest or "").removeprefix("sha256:").startswith(prefix) for digest in known)


def _same_repository(candidate: Candidate, tag: str) -> bool:
    """`app` means `app:1` if `app:latest` doesn't exist."""
    wanted = split(tag)
    return wanted.tag in ("", LATEST) and any(split(name).repository == wanted.repository for name in candidate.tags)


def _matches(candidate: Candidate, wanted: Platform) -> bool:
    known = _platform(candidate)
    if wanted.os and known.os != wanted.os:
        return False
    # An input without an architecture, such as a printed history, may have any.
    if wanted.architecture and known.architecture not in (wanted.architecture, None):
        return False
    if wanted.os_version and not (known.os_version or "").startswith(wanted.os_version):
        return False
    return not wanted.variant or known.architecture is None or _variant(known) == wanted.variant


def _variant(platform: Platform) -> str | None:
    # arm64 without a variant is v8, arm without one v7 (the OCI image spec's defaults in use).
    default = {"arm64": "v8", "arm": "v7"}.get(platform.architecture or "")
    return platform.variant or default


def _platform(candidate: Candidate) -> Platform:
    if candidate.os and candidate.architecture:
        return Platform(candidate.os, candidate.architecture, candidate.variant, candidate.os_version)
    image = candidate.image
    return Platform(image.os, image.architecture, image.variant, image.os_version)


def platform_of(candidate: Candidate) -> str:
    """The platform for `--platform`: `windows(10.0.17763.1457)/amd64` if a version distinguishes the images."""
    known = _platform(candidate)
    os = f"{known.os}({known.os_version})" if known.os_version else known.os
    return "/".join(part for part in (os, known.architecture, known.variant) if part)


def _name(candidate: Candidate) -> str:
    return candidate.tags[0] if candidate.tags else (candidate.digest or candidate.image.image_id or "untagged")[:19]


def _listed(candidates: Sequence[Candidate], what: object) -> str:
    names = list(dict.fromkeys(what(candidate) for candidate in candidates))  # type: ignore[operator]
    return ", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
