"""Which image a build started from, as far as the image itself tells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reconstruct import pattern
from reconstruct.image import HistoryEntry, Image
from reconstruct.record import dataclass
from reconstruct.syntax import (
    Add,
    Arg,
    Certainty,
    Cmd,
    Copy,
    Dialect,
    Entrypoint,
    ExecForm,
    Label,
    RootFilesystem,
    Step,
)

if TYPE_CHECKING:
    from datetime import datetime

_ID = pattern.compile(r"[0-9a-f]{12}(?:[0-9a-f]{52})?$")
_BUILDAH_FROM = pattern.compile(r"FROM (\S+)$")
# A name that FROM takes: no blanks, no expansion, no flags.
_NAME = pattern.compile(r"[A-Za-z0-9][A-Za-z0-9._/:@+-]{0,511}$")
_ALPINE = pattern.compile(r"alpine-minirootfs-(\d+\.\d+\.\d+(?:_\w+)?)-\w+\.tar\.gz$")
_GAP_SECONDS = 300

WINDOWS_TAGS = {
    "14393": ("ltsc2016", "sac2016"),
    "16299": ("1709", "1709"),
    "17134": ("1803", "1803"),
    "17763": ("ltsc2019", "1809"),
    "18362": ("1903", "1903"),
    "18363": ("1909", "1909"),
    "19041": ("2004", "2004"),
    "19042": ("20H2", "20H2"),
    "20348": ("ltsc2022", "ltsc2022"),
    "25398": ("ltsc2022", "ltsc2022"),
    "26100": ("ltsc2025", "ltsc2025"),
}


@dataclass(frozen=True)
class Base:
    """The base image. `entries`: how many of the image's first history entries are its part and left to FROM.

    `name` is what FROM says (`scratch` where nothing is known), `reason` where that comes from, for a reader. `image`
    is the base itself where it was given.
    """

    name: str = "scratch"
    digest: str | None = None
    reason: str = ""
    certainty: Certainty = Certainty.EXACT
    entries: int = 0
    image: Image | None = None

    @property
    def scratch(self) -> bool:
        return self.name == "scratch"


def find_base(image: Image, steps: Sequence[Step], base: Image | str | None = None) -> Base:
    """What FROM should name. `base`: the base itself, or its name; without it, what the image tells."""
    if isinstance(base, Image):
        return _given(image, base)
    told = _told(image, steps)
    if isinstance(base, str):
        if not _NAME.match(base):
            from reconstruct.errors import NotFoundError

            raise NotFoundError(f"--base {base!r}: no image has such a name")
        return _named(base, told, steps)
    return told


def _named(name: str, told: Base, steps: Sequence[Step]) -> Base:
    """Where a base ends whose name alone is given: as the image tells, or by its looks."""
    if told.entries and (told.certainty is Certainty.EXACT or _repository(name) == _repository(told.name)):
        return Base(name=name, reason="named by --base", entries=told.entries)
    if entries := _boundary(steps):
        reason = "named by --base; that it ends at the last CMD or ENTRYPOINT before a pause is a guess"
        return Base(name=name, reason=reason, certainty=Certainty.INFERRED, entries=entries)
    return Base(name=name, reason="named by --base", entries=told.entries or _leading_root(steps))


def _repository(name: str) -> str:
    return re.sub(r"(?::[^/]*)?(?:@.*)?$", "", name.removeprefix("docker.io/").removeprefix("library/"))


def _given(image: Image, base: Image) -> Base:
    """The entries that the base and the image share, counted from the first."""
    name = next((tag for tag in base.tags if _NAME.match(tag)), "base")
    mine, theirs = image.history, base.history
    entries = 0
    while entries < min(len(mine), len(theirs)) and mine[entries] == theirs[entries]:
        entries += 1
    if entries < len(theirs):
        entries = _by_layers(image, base) or entries
        note = " (its history is not a beginning of the image's)" if entries < len(theirs) else ""
        return Base(
            name=name, reason=f"given with --base{note}", certainty=Certainty.INFERRED, entries=entries, image=base
        )
    return Base(name=name, reason="given with --base", entries=entries, image=base)


def _by_layers(image: Image, base: Image) -> int:
    """The base's entries by its layers, where both know their diff IDs: the texts may differ, the layers not."""
    mine = [layer.diff_id for layer in image.layers]
    theirs = [layer.diff_id for layer in base.layers]
    if not theirs or None in theirs or mine[: len(theirs)] != theirs:
        return 0
    return min(len(base.history), len(image.history))


def _told(image: Image, steps: Sequence[Step]) -> Base:
    for rule in (_provenance, _buildah, _windows, _ubuntu, _alpine, _debian, _labels):
        found = rule(image, steps)
        if found is not None and _NAME.match(found.name):
            return found
    certainty = Certainty.LOST if _leading_root(steps) else Certainty.INFERRED
    return Base(reason="history and config name none", certainty=certainty)


def _provenance(image: Image, steps: Sequence[Step]) -> Base | None:
    """The build's provenance names the last stage's base first, and its Dockerfile tells how many entries are its own."""
    if image.provenance is None or not image.provenance.base_images:
        return None
    name, digest = image.provenance.base_images[0]
    entries = _below_dockerfile(image) or _boundary(steps) or _leading_root(steps)
    if not entries:
        return None
    return Base(name=name, digest=digest or None, reason="named by the build's provenance", entries=entries)


def _below_dockerfile(image: Image) -> int:
    """How many entries the Dockerfile of the provenance does not account for; 0 where it can't be told."""
    from reconstruct.builders.predicting import predict
    from reconstruct.errors import ReconstructError

    text = image.provenance.dockerfile if image.provenance else None
    if text is None:
        return 0
    try:
        own = predict(text, builder="buildkit", platform=image.platform).own
    except ReconstructError:
        return 0
    entries = len(image.history) - len(own)
    tail = image.history[entries:] if entries > 0 else ()
    return entries if tail and all(made.matches(entry.created_by) for made, entry in zip(own, tail, strict=True)) else 0


def _buildah(image: Image, steps: Sequence[Step]) -> Base | None:
    """buildah says `FROM name` on a build's first step (with --layers) or its last (one layer for the whole build)."""
    for position, entry in enumerate(image.history):
        match = _BUILDAH_FROM.match(entry.comment)
        if match is None or _ID.match(match.group(1)):
            continue
        # Without --layers only a stage's last entry names what the stage was built on.
        single = position == len(image.history) - 1 or not names_its_base(image.history[position + 1])
        entries = _single_layer_start(image, steps, position) if single else position
        return Base(name=match.group(1), reason="named by buildah in history", entries=entries)
    return None


def names_its_base(entry: HistoryEntry | None) -> bool:
    """Whether the entry's comment says what buildah built on."""
    return entry is not None and _BUILDAH_FROM.match(entry.comment) is not None


def _single_layer_start(image: Image, steps: Sequence[Step], last: int) -> int:
    """Where a build of one layer begins: after the last entry that made a layer or that another builder wrote."""
    for position in range(last - 1, -1, -1):
        if not image.history[position].empty_layer or steps[position].dialect is not Dialect.BUILDAH:
            return position + 1
    return 0


def _leading_root(steps: Sequence[Step]) -> int:
    count = 0
    while count < len(steps) and isinstance(steps[count].instruction, RootFilesystem):
        count += 1
    return count


def _windows(image: Image, steps: Sequence[Step]) -> Base | None:
    count = _leading_root(steps)
    roots = [step.instruction for step in steps[:count]]
    kinds = [root.kind for root in roots if isinstance(root, RootFilesystem)]
    if not image.windows and "windows-apply" not in kinds:
        return None
    details = [root.detail for root in roots if isinstance(root, RootFilesystem)]
    version = next((text for text in reversed(details) if re.match(r"\d+\.\d+\.\d+", text)), image.os_version or "")
    build = version.split(".")[2] if version.count(".") >= 2 else _build_of(" ".join(details))
    tags = WINDOWS_TAGS.get(build)
    if tags is None:
        return None
    servercore = "windows-update" in kinds or _uses_powershell(steps)
    name = "servercore" if servercore else "nanoserver"
    tag = tags[0] if servercore else tags[1]
    return Base(
        name=f"mcr.microsoft.com/windows/{name}:{tag}",
        reason=f"Windows {version or build}, from the image's first entries"
        if count
        else f"Windows {version}, os.version",
        certainty=Certainty.INFERRED,
        entries=count,
    )


def _build_of(text: str) -> str:
    """The build of names like `1607-RTM-amd64` and `ltsc2016-amd64`, as early Windows images have them."""
    for name, build in (
        ("1607", "14393"), ("ltsc2016", "14393"), ("1709", "16299"), ("1803", "17134"), ("1809", "17763"),
        ("ltsc2019", "17763"), ("1903", "18362"), ("1909", "18363"), ("2004", "19041"), ("20H2", "19042"),
        ("ltsc2022", "20348"), ("ltsc2025", "26100"),
    ):  # fmt: skip
        if name in text:
            return build
    return ""


def _uses_powershell(steps: Sequence[Step]) -> bool:
    """Nano Server has no Windows PowerShell; an image that calls it stands on Server Core or more."""
    return any(re.search(r"\bpowershell\b", step.raw, re.IGNORECASE) for step in steps)


def _same_day(first: Step, second: Step) -> bool:
    a = first.entry.created if first.entry else None
    b = second.entry.created if second.entry else None
    return not a or not b or a[:10] == b[:10]


def _debian(image: Image, steps: Sequence[Step]) -> Base | None:
    root = steps[0].instruction if steps else None
    if not isinstance(root, RootFilesystem) or root.kind != "debuerreotype" or not root.detail:
        return None
    suite, day = root.detail.split(" ")
    entries = 1
    if len(steps) > 1 and _is_cmd(steps[1], "bash") and steps[1].dialect is Dialect.CLASSIC and _same_day(*steps[:2]):
        entries = 2
    return Base(
        name=f"debian:{suite}-{day.replace('-', '')}",
        reason="debuerreotype's stamp in the first entry; the -slim variant carries the same",
        certainty=Certainty.INFERRED,
        entries=entries,
    )


def _is_cmd(step: Step, *words: str) -> bool:
    instruction = step.instruction
    return isinstance(instruction, Cmd) and instruction.command == ExecForm(words)


def _alpine(image: Image, steps: Sequence[Step]) -> Base | None:
    first = steps[0].instruction if steps else None
    if not isinstance(first, Copy) or len(first.sources) != 1 or first.destination != "/":
        return None
    match = _ALPINE.match(first.sources[0])
    if match is None:
        return None
    entries = 2 if len(steps) > 1 and _is_cmd(steps[1], "/bin/sh") else 1
    return Base(
        name=f"alpine:{match.group(1)}",
        reason="the official Alpine root file system in the first entry",
        certainty=Certainty.INFERRED,
        entries=entries,
    )


def _ubuntu(image: Image, steps: Sequence[Step]) -> Base | None:
    """ARG RELEASE, ARG LAUNCHPAD_BUILD_ARCH, two labels, ADD file in /, CMD ["/bin/bash"]."""
    if len(steps) < 5 or not (isinstance(steps[0].instruction, Arg) and steps[0].instruction.pairs[0].key == "RELEASE"):
        return None
    labels: dict[str, str | None] = {}
    for position, step in enumerate(steps[:10]):
        if isinstance(step.instruction, Label):
            labels.update({pair.key: pair.value for pair in step.instruction.pairs})
        if isinstance(step.instruction, Add) and step.instruction.destination == "/":
            version = labels.get("org.opencontainers.image.version")
            if labels.get("org.opencontainers.image.ref.name") != "ubuntu" or not version:
                return None
            closed = position + 1 < len(steps) and _is_cmd(steps[position + 1], "/bin/bash")
            return Base(
                name=f"ubuntu:{version}",
                reason="the official Ubuntu root file system in the first entries",
                certainty=Certainty.INFERRED,
                entries=position + 2 if closed else position + 1,
            )
    return None


def _labels(image: Image, steps: Sequence[Step]) -> Base | None:
    """The OCI base labels (OCI image spec, annotations): believed where history shows where the base ends."""
    labels = image.config.get("Labels")
    if not isinstance(labels, dict):
        return None
    name = labels.get("org.opencontainers.image.base.name") or image.annotations.get(
        "org.opencontainers.image.base.name"
    )
    digest = labels.get("org.opencontainers.image.base.digest")
    entries = _boundary(steps) or _leading_root(steps)
    if not isinstance(name, str) or not name or not entries:
        return None
    return Base(
        name=name,
        digest=digest if isinstance(digest, str) and re.fullmatch(r"sha256:[0-9a-f]{64}", digest) else None,
        reason="named by the label org.opencontainers.image.base.name",
        certainty=Certainty.INFERRED,
        entries=entries,
    )


def _time(step: Step) -> datetime | None:
    text = step.entry.created if step.entry else None
    if not text:
        return None
    from datetime import datetime

    try:
        return datetime.fromisoformat(re.sub(r"\.\d+", "", text).replace("Z", "+00:00"))
    except ValueError:
        return None


def _boundary(steps: Sequence[Step]) -> int:
    """Where a base ends by its looks: behind the last CMD or ENTRYPOINT that a pause of minutes follows, or where one
    builder's entries end and another's begin; 0 where nothing shows."""
    found = 0
    for position in range(1, len(steps)):
        before, after = steps[position - 1], steps[position]
        if not isinstance(before.instruction, Cmd | Entrypoint):
            continue
        first, second = _time(before), _time(after)
        if first and second and (first.tzinfo is None) == (second.tzinfo is None):
            if (second - first).total_seconds() > _GAP_SECONDS:
                found = position
        elif before.dialect is not after.dialect:
            found = position
    return found
