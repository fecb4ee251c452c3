"""What no builder writes into an image: keys taken out, values of a wrong form, what an engine would refuse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconstruct import pattern, times
from reconstruct.image import Image
from reconstruct.typed import Any
from reconstruct.verify.model import Check, Subject, Verdict

_DIGEST = pattern.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
# The variants of each architecture (https://go.dev/doc/install/source#environment, containerd's platforms).
VARIANTS: Mapping[str, frozenset[str]] = {
    "amd64": frozenset({"v1", "v2", "v3", "v4"}),
    "arm": frozenset({"v5", "v6", "v7", "v8"}),
    "arm64": frozenset({"v8", "v9", *(f"{major}.{minor}" for major in ("v8", "v9") for minor in range(10))}),
    **dict.fromkeys(("386", "loong64", "mips", "mipsle", "mips64", "mips64le", "ppc64", "ppc64le"), frozenset()),
    **dict.fromkeys(("riscv64", "s390x", "wasm"), frozenset()),
}


def checks(image: Image) -> Iterator[Check]:
    """A check for each such thing in an image config; nothing for forms that have less than a config."""
    raw = image.raw_config
    if not isinstance(raw.get("history"), list) or not {"architecture", "os", "rootfs"} & set(raw):
        return
    for subject, detail in (*_platform(image, raw), *_root(image, raw), *_settings(image, raw), *_times(image, raw)):
        yield Check(subject, Verdict.UNKNOWN, detail)


def _platform(image: Image, raw: Mapping[str, Any]) -> Iterator[tuple[Subject, str]]:
    for key in ("os", "architecture"):
        if not raw.get(key):
            yield Subject.PLATFORM, f"the config has no {key}, which every builder writes"
    known = VARIANTS.get(image.architecture or "")
    if image.architecture and known is None:
        yield Subject.PLATFORM, f"unknown architecture {image.architecture[:40]!r}"
    elif known is not None and image.variant and image.variant not in known:
        yield Subject.PLATFORM, f"{image.architecture} has no variant {image.variant[:40]!r}"


def _root(image: Image, raw: Mapping[str, Any]) -> Iterator[tuple[Subject, str]]:
    rootfs = raw.get("rootfs")
    made = any(not entry.empty_layer for entry in image.history)
    if not isinstance(rootfs, Mapping) or not isinstance(rootfs.get("diff_ids"), list):
        if made:
            yield Subject.LAYERS, "the config lists no layers, but history entries made some"
        return
    if rootfs.get("type") != "layers":
        yield Subject.LAYERS, "the root file system is not of the type `layers`"
    if any(not isinstance(one, str) or not _DIGEST.fullmatch(one) for one in rootfs["diff_ids"]):
        yield Subject.LAYERS, "a layer's diff ID is not a digest"


def _settings(image: Image, raw: Mapping[str, Any]) -> Iterator[tuple[Subject, str]]:
    config = raw.get("config")
    if not isinstance(config, Mapping):
        yield Subject.CONFIG, "the image config has no settings, which every builder writes"
        return
    for key, value in config.items():
        if value is not None and not _of_its_type(key, value, image.config):
            yield Subject.CONFIG, f"the config's {str(key)[:60]} has a type that engines reject"
    seen: dict[str, str] = {}
    for entry in image.config.get("Env") or ():
        name, _, value = str(entry).partition("=")
        if seen.setdefault(name, value) != value:
            yield Subject.CONFIG, f"ENV {name[:60]} is set twice in the config, with different values"


def _of_its_type(key: str, value: Any, read: Mapping[str, Any]) -> bool:
    """Whether a setting has the type that the specifications give it."""
    if key == "Healthcheck" and isinstance(value, Mapping):
        return all(
            isinstance(item, list) if name == "Test" else isinstance(item, int) and not isinstance(item, bool)
            for name, item in value.items()
            if item is not None
        )
    if key in ("ExposedPorts", "Volumes") and isinstance(value, Mapping):
        return all(not item for item in value.values())
    if key in ("Tty", "OpenStdin", "StdinOnce", "AttachStdin", "AttachStdout", "AttachStderr", "ArgsEscaped"):
        return isinstance(value, bool)
    # What isn't of its type was left out when the config was read.
    return key in read


def _times(image: Image, raw: Mapping[str, Any]) -> Iterator[tuple[Subject, str]]:
    for number, entry in enumerate(image.history, 1):
        if entry.created and times.parse(entry.created) is None:
            yield Subject.HISTORY, f"the timestamp of history entry {number} is invalid"
            return
    if raw.get("created") and times.parse(str(raw["created"])) is None:
        yield Subject.PLATFORM, "the image's timestamp is invalid"
