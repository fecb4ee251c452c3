"""Checks FROM and the platform against the origin shown by the image's lowest entries."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern
from reconstruct.base import Part, Source
from reconstruct.base import names as spelling
from reconstruct.base.evidence.marks import WINDOWS_TAGS
from reconstruct.builders import makers
from reconstruct.builders.prediction import Prediction
from reconstruct.dockerfile.stages import SCRATCH
from reconstruct.dockerfile.unknown import is_unknown
from reconstruct.image import Image
from reconstruct.syntax import RootFilesystem
from reconstruct.verify.below import Below
from reconstruct.verify.model import Check, Mismatch, Subject, Verdict

# Official images that consist only of a distribution's root file system.
DISTRIBUTIONS = frozenset(
    {"almalinux", "alpine", "amazonlinux", "archlinux", "clearlinux", "debian", "fedora", "mageia", "oraclelinux"}
    | {"photon", "rockylinux", "ubuntu", "centos", "sourcemage", "alt"}
)
_WINDOWS = "mcr.microsoft.com/windows/"
_ARCH = pattern.compile(r"--arch '([a-z0-9]+)'")
_DEBIAN_ARCH = {"armhf": "arm", "armel": "arm", "i386": "386", "ppc64el": "ppc64le", "mips64el": "mips64le"}
_SYSTEMS = frozenset({"linux", "windows", "freebsd", "darwin"})


def checks(
    image: Image, prediction: Prediction, first: int, below: Below, platform: str, base: Image | None = None
) -> Iterator[Check]:
    """The checks of the platform and of FROM's name, as far as the given `base` doesn't decide it.

    `first`: the number of the base's entries; `platform`: the one that FROM asks for, as written.
    """
    other = _unlike_base(image, base) if base is not None else _loose(image, prediction)
    if other is not None:
        yield other
    else:
        yield from _platform(image, platform, below)
    name = prediction.base
    if name == SCRATCH or not first or prediction.base_known:
        return
    if is_unknown(name):
        yield Check(
            Subject.FROM, Verdict.UNKNOWN, "FROM's name is a build argument, which leaves no trace", counts=False
        )
        return
    found = _windows(image, name) or _against(name, first, below)
    yield found or Check(
        Subject.FROM,
        Verdict.UNKNOWN,
        f"can't tell whether {_entries(first)} below {_are(first)} {name}: use --base",
        counts=False,
    )


def _unlike_base(image: Image, base: Image) -> Check | None:
    """Compares the platform with the given base's, which a build keeps."""
    if image.os and base.os and image.os != base.os:
        difference = Mismatch("os", base.os, image.os)
        return Check(Subject.PLATFORM, Verdict.DIFFERS, "the base's operating system differs", difference)
    for key in ("os.version", "os.features"):
        mine_, theirs_ = image.raw_config.get(key), base.raw_config.get(key)
        if mine_ and mine_ != theirs_ and base.raw_config:
            difference = Mismatch(key, str(theirs_ or "nothing"), str(mine_))
            return Check(Subject.PLATFORM, Verdict.DIFFERS, f"the base's {key} differs", difference)
    if not image.architecture or not base.architecture:
        return None
    mine, theirs = _variant(image), _variant(base)
    if image.architecture == base.architecture and mine == theirs:
        return None
    # If one of the two doesn't have a variant, it may be the same.
    sure = image.architecture != base.architecture or (mine and theirs)
    difference = Mismatch("platform", base.platform, image.platform)
    verdict = Verdict.DIFFERS if sure else Verdict.UNKNOWN
    return Check(Subject.PLATFORM, verdict, "the base's platform differs", difference)


def _loose(image: Image, prediction: Prediction) -> Check | None:
    """What no base at hand explains: a version of Linux, or a system that the base's images are hardly of."""
    if image.os == "linux" and (image.os_version or image.raw_config.get("os.features")):
        detail = "no step sets os.version or os.features: use --base"
        return Check(Subject.PLATFORM, Verdict.UNKNOWN, detail)
    if image.os in ("darwin", "freebsd") and prediction.base != SCRATCH:
        return Check(Subject.PLATFORM, Verdict.UNKNOWN, f"can't tell whether the base is for {image.os}: use --base")
    return None


# The default variants of architectures.
_USUAL = {"amd64": "v1", "arm64": "v8", "arm": "v7"}


def _variant(image: Image) -> str:
    variant = image.variant or ""
    return "" if variant == _USUAL.get(image.architecture or "") else variant


def _against(name: str, first: int, below: Below) -> Check | None:
    named = [part for part in below.chain.images if part.name and part.entries <= first]
    if not named:
        if spelling.split(name)[0] in DISTRIBUTIONS and not below.chain.images:
            detail = f"{_entries(first)} below {_are(first)} not known from {name}: use --base"
            return Check(Subject.FROM, Verdict.UNKNOWN, detail)
        return None
    last = named[-1]
    possible = (*(last.names or (str(last.name),)), *last.alternatives)
    if last.entries == first and spelling.agrees(name, possible):
        if last.alternatives:
            detail = f"{_entries(first)} below {_are(first)} probably {name} ({_why(last)}): use --base"
            return Check(Subject.FROM, Verdict.UNKNOWN, detail, counts=False)
        # A name in the record says nothing of what stands under it.
        told = last.source is Source.KNOWN or _contrary(name, first, below)
        if isinstance(told, Check):
            return told
        return Check(Subject.FROM, Verdict.MATCHES, f"{_entries(first)} below {_are(first)} {last.name}: {_why(last)}")
    # Evidence against FROM must come only from the entries below.
    return _contrary(name, first, below)


def _contrary(name: str, first: int, below: Below) -> Check | None:
    named = below.alone(first)
    if not named:
        return None
    last, root = named[-1], named[0]
    possible = (*(last.names or (str(last.name),)), *last.alternatives)
    mine, roots = spelling.split(name)[0], spelling.split(str(root.name))[0]
    if mine in DISTRIBUTIONS and _sure_root(below, root):
        if roots != mine and roots in DISTRIBUTIONS:
            return _contradicted(name, root, f"the root file system is {root.name}'s")
        if roots == mine and not spelling.agrees(name, (*(root.names or (str(root.name),)), *root.alternatives)):
            return _contradicted(name, root, f"the root file system is {root.name}'s")
        if roots == mine and root.entries < first:
            text = below.image.history[root.entries].created_by
            detail = f"{root.name} ends after entry {root.entries}, but {_more(first - root.entries)} before line 1's"
            return Check(Subject.FROM, Verdict.DIFFERS, detail, Mismatch("before the first step", "", text))
    if spelling.agrees(name, possible):
        return _beyond(name, last, first, below) if last.entries < first else None
    theirs = spelling.split(str(last.name))[0]
    if last.entries == first and last.source is Source.KNOWN and last is not root and "/" not in mine:
        if mine == theirs and not spelling.other_version(name, possible):
            # The same steps, on another release of the distribution.
            detail = f"can't tell whether {_entries(first)} below {_are(first)} {name}, as {last.name} has the same: use --base"
            return Check(Subject.FROM, Verdict.UNKNOWN, detail)
        return _contradicted(name, last, f"{_entries(first)} below {_are(first)} {last.name}'s")
    return None


def _beyond(name: str, part: Part, first: int, below: Below) -> Check | None:
    """The entries between the end of FROM's image and the first own step, if they can't belong to that image."""
    between = below.image.history[part.entries : first]
    sure = part.source is Source.KNOWN or spelling.split(name)[0] in DISTRIBUTIONS
    if not sure or all(entry.empty_layer for entry in between):
        return None
    detail = f"{part.name} ends after entry {part.entries}, but {_more(len(between))} before line 1's: use --base"
    return Check(Subject.FROM, Verdict.UNKNOWN, detail, Mismatch("before the first step", "", between[0].created_by))


def _entries(count: int) -> str:
    return "the entry" if count == 1 else f"the {count} entries"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _more(count: int) -> str:
    return f"{count} more {'entry comes' if count == 1 else 'entries come'}"


def _why(part: Part) -> str:
    return part.reasons[0] if part.reasons else part.source.value


def _contradicted(name: str, part: Part, detail: str) -> Check:
    return Check(
        Subject.FROM, Verdict.DIFFERS, f"{detail}: {_why(part)}", Mismatch("FROM", f"FROM {name}", f"FROM {part.name}")
    )


def _sure_root(below: Below, root: Part) -> bool:
    """Whether the root file system itself shows its distribution and release, by more than its looks."""
    step = below.steps[0] if below.steps else None
    if step is None or root.source not in (Source.MARKS, Source.KNOWN, Source.CATALOGUE):
        return False
    if isinstance(step.instruction, RootFilesystem):
        return bool(step.instruction.detail)
    return bool(re.search(r"(?:minirootfs|rootfs|ubuntu|RELEASE)", step.raw)) and any(
        c.isdigit() for c in str(root.name)
    )


def _windows(image: Image, name: str) -> Check | None:
    """For a Windows base: whether the image's build is one that the tag means."""
    if not name.startswith(_WINDOWS) or not image.os_version:
        return None
    parts = image.os_version.split(".")
    build = parts[2] if len(parts) > 2 else ""
    tag = spelling.split(name)[1]
    known = {tag_ for tags in WINDOWS_TAGS.values() for tag_ in tags}
    if build not in WINDOWS_TAGS:
        difference = Mismatch("os.version", "a build of Windows", image.os_version)
        return Check(Subject.FROM, Verdict.DIFFERS, f"{image.os_version} is not a Windows build", difference)
    if tag in known and tag not in WINDOWS_TAGS[build]:
        difference = Mismatch("FROM", f"FROM {name}", f"Windows {image.os_version}")
        return Check(Subject.FROM, Verdict.DIFFERS, f"the image is Windows {image.os_version}", difference)
    return None


def _platform(image: Image, platform: str, below: Below) -> Iterator[Check]:
    if image.os not in _SYSTEMS:
        difference = Mismatch("os", "linux or windows", image.os)
        yield Check(Subject.PLATFORM, Verdict.DIFFERS, f"no builder makes images for {image.os!r}", difference)
        return
    wanted = platform.split("/") if platform and "$" not in platform else []
    actual = [image.os, image.architecture or "", image.variant or ""]
    for mine, theirs in zip(wanted, actual, strict=False):
        if theirs and mine and mine.lower() != theirs:
            difference = Mismatch("platform", "/".join(wanted), image.platform)
            yield Check(Subject.PLATFORM, Verdict.DIFFERS, "FROM's platform differs", difference)
            return
    first = image.history[0].created_by if image.history else ""
    root = makers.root_filesystem(below.image.history[0]) if below.image.history else None
    if root is not None and isinstance(root.instruction, RootFilesystem) and root.instruction.kind == "debuerreotype":
        match = _ARCH.search(first)
        arch = _DEBIAN_ARCH.get(match[1], match[1]) if match else ""
        if image.os != "linux" or (arch and image.architecture and arch != image.architecture):
            difference = Mismatch("platform", f"linux/{arch}", image.platform)
            yield Check(Subject.PLATFORM, Verdict.DIFFERS, "the root file system's platform differs", difference)
            return
    if image.os == "windows" and re.search(
        r"/bin/sh -c|/ # buildkit|# debian\.sh", " ".join(e.created_by for e in image.history[:4])
    ):
        difference = Mismatch("os", "linux", image.os)
        yield Check(Subject.PLATFORM, Verdict.DIFFERS, "the root file system is not from Windows", difference)
        return
    yield Check(Subject.PLATFORM, Verdict.MATCHES, image.platform)
