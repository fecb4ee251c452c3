"""The page that docker-library's repo-info repository publishes of an image, every platform of it on one
page.

The order of its lines, its time, size and JSON spellings are those of that repository's own tool
(`.remote.pl`) and of its pages since 2017. History is shown as that tool shows it: the shell in front of an
instruction taken off, RUN put in front of what names no instruction.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from reconstruct import times
from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.show import moments
from reconstruct.show.text import code_span, markdown, visible

# A copy whose documents were written anew can't have the published digests. These annotations of its
# manifests tell them, and the page shows them (whoever prints it should say so: see `published`).
PUBLISHED_INDEX = "reconstruct.published.index.digest"
PUBLISHED_DIGEST = "reconstruct.published.digest"
PUBLISHED_CONFIG = "reconstruct.published.config.digest"
# What only a registry knows of a blob, as an annotation of the layer's descriptor.
LAST_MODIFIED = "reconstruct.published.last-modified"
# Pages since 2021 count the platforms; one that did is written so again.
COUNTED = "reconstruct.repo-info.platforms"

_UNITS = ("B", "KB", "MB", "GB", "TB")
_NAME = re.compile(r"(?P<name>.+?)(?::(?P<tag>[^:/@]+))?(?:@.*)?")
_NOP = re.compile(r"#\(nop\) +")
_INSTRUCTION = re.compile(r"[A-Z]+ ")
_FENCE = re.compile(r"^```", re.MULTILINE)
_DATE_LINE = re.compile(r"^# (?=[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$)", re.MULTILINE)
# Mojo::JSON, which wrote the pages, escapes these, and nothing else.
_JSON_ESCAPED = re.compile('[\x00-\x1f\u2028\u2029\\\\"/]')
_JSON_SHORT = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"', "/": "\\/"}


def render(images: Sequence[Image]) -> str:
    """The page of the images, in their order; those of another name get a section of their own, as tag lists
    have.
    """
    sections: dict[str, list[Image]] = {}
    for image in images:
        sections.setdefault(_reference(image), []).append(image)
    return "\n".join(_section(name, found) for name, found in sections.items())


def published(image: Image) -> bool:
    """Whether the page shows digests that an annotation tells, not those of this copy."""
    return any(key in image.annotations for key in (PUBLISHED_INDEX, PUBLISHED_DIGEST, PUBLISHED_CONFIG))


def _section(reference: str, images: Sequence[Image]) -> str:
    first = images[0]
    index = first.annotations.get(PUBLISHED_INDEX) or first.index_digest
    lines = [f"## {_code(reference)}", ""]
    if first.tags and (digest := index or _digest(first)):
        lines += [*_pull(reference, digest), ""]
    if first.index_media_type:
        lines.append(f"-\tManifest MIME: {_code(first.index_media_type)}")
    count = f" {len(images)}" if COUNTED in first.annotations else ""
    lines.append(f"-\tPlatforms:{count}")
    lines += [f"\t-\t{markdown(_platform(image), inside=True)}" for image in images]
    for image in images:
        lines += ["", f"### {_code(reference)} - {markdown(_platform(image), inside=True)}", ""]
        if first.tags and index and (digest := _digest(image)):
            lines += [*_pull(reference, digest), ""]
        lines += [*_facts(image), "", "```dockerfile", *_history(image), "```", "", "-\tLayers:"]
        lines += [line for layer in image.layers for line in _layer(layer)]
    return visible("\n".join(lines)) + "\n"


def _reference(image: Image) -> str:
    """`python:3.9`: the first name, without Docker Hub's registry and library, on one line."""
    name = image.tags[0] if image.tags else (image.image_id or image.source or "image")
    for prefix in ("docker.io/", "library/"):
        name = name.removeprefix(prefix)
    return " ".join(name.replace("`", "'").split())


def _pull(reference: str, digest: str) -> list[str]:
    match = _NAME.fullmatch(reference)
    repository = match["name"] if match else reference
    return ["```console", f"$ docker pull {repository}@{digest}", "```"]


def _code(text: str) -> str:
    return code_span(text, in_table=False)


def _digest(image: Image) -> str | None:
    return image.annotations.get(PUBLISHED_DIGEST) or image.digest


def _platform(image: Image) -> str:
    """`windows version 10.0.17763.1457; amd64`, `linux; arm variant v7`."""
    features = image.raw_config.get("os.features")
    has_features = isinstance(features, list) and features
    version = f" version {image.os_version}" if image.os_version else ""
    extra = f" ft. {', '.join(map(str, features))}" if features and has_features else ""
    variant = f" variant {image.variant}" if image.variant else ""
    return f"{image.os}{version}{extra}; {image.architecture or 'amd64'}{variant}"


def _facts(image: Image) -> Iterator[str]:
    if image.docker_version:
        yield f"-\tDocker Version: {markdown(image.docker_version, inside=True)}"
    if image.media_type:
        yield f"-\tManifest MIME: {_code(image.media_type)}"
    sizes = [layer.compressed_size for layer in image.layers]
    if any(size is not None for size in sizes) or not sizes:
        yield f"-\tTotal Size: **{_size(sum(size or 0 for size in sizes))}**  "
        yield "\t(compressed transfer size, not on-disk size)"
    if image_id := image.annotations.get(PUBLISHED_CONFIG) or image.image_id:
        yield f"-\tImage ID: {_code(image_id)}"
    yield from _settings(image.config)


def _settings(config: Mapping[str, Any]) -> Iterator[str]:
    if entrypoint := config.get("Entrypoint"):
        yield f"-\tEntrypoint: {_code(_json(entrypoint))}"
    if (command := config.get("Cmd")) is not None:
        yield f"-\tDefault Command: {_code(_json(command))}"
    if (shell := config.get("Shell")) is not None:
        yield f"-\t`SHELL`: {_code(_json(shell))}"


def _json(words: Any) -> str:
    """A list of words as JSON without blanks, spelled as on the pages: `/` escaped, letters as they are."""
    return "[" + ",".join(f'"{_JSON_ESCAPED.sub(_json_escape, str(word))}"' for word in words) + "]"


def _json_escape(match: re.Match[str]) -> str:
    char = match.group()
    return _JSON_SHORT.get(char) or f"\\u{ord(char):04X}"


def _history(image: Image) -> Iterator[str]:
    prefixes = ["/bin/sh -c "]
    if isinstance(shell := image.config.get("Shell"), list | tuple) and shell:
        prefixes.append(" ".join(map(str, shell)) + " ")
    for entry in image.history:
        if moment := times.parse(entry.created):
            yield f"# {moments.rfc1123(moment)}"
        yield _guarded(command_text(entry, prefixes))


def command_text(entry: HistoryEntry, shells: Sequence[str]) -> str:
    """A history entry as the page shows it; `shells` are the texts in front of a command, each with its
    blank.
    """
    text = entry.created_by
    run = text.startswith("RUN ")
    text = text.removeprefix("RUN ")
    shell = "|".join(map(re.escape, shells))
    arguments = ""
    if text.startswith("|"):
        # Shortest first: the arguments end where the first shell stands, as on the pages.
        match = re.match(rf"\|\d+ (.*?) (?=(?:{shell}))", text)
        if match is None:
            return f"# unable to parse image command string further:\n{text}"
        arguments, text = f"# ARGS: {match[1]}\n", text[match.end() :]
    bare = re.sub(rf"^(?:{shell})", "", text)
    plain = _NOP.sub("", bare, count=1) if _NOP.match(bare) else None
    if plain is not None:
        return arguments + plain
    if not run and bare == text and not arguments and _INSTRUCTION.match(bare):
        return bare
    return f"{arguments}RUN {bare}"


def _guarded(text: str) -> str:
    """The text, unable to end the page's code block or to pass for the next entry."""
    return _DATE_LINE.sub("\\\\x23 ", _FENCE.sub("\\\\x60``", text))


def _layer(layer: Layer) -> Iterator[str]:
    yield f"\t-\t{_code(layer.digest or layer.diff_id or 'unknown')}  "
    modified = layer.last_modified or layer.annotations.get(LAST_MODIFIED)
    if moment := times.parse(modified):
        yield f"\t\tLast Modified: {moments.rfc1123(moment)}  "
    if layer.compressed_size is not None:
        yield f"\t\tSize: {_size(layer.compressed_size)}  "
    if layer.media_type:
        yield f"\t\tMIME: {markdown(layer.media_type, inside=True)}"


def _size(size: int) -> str:
    """`1.2 KB (1154 bytes)`, `221.0 B`: powers of 1000, the next unit above a thousand, not at it."""
    unit = 0
    while size // 1000**unit > 1000 and unit + 1 < len(_UNITS):
        unit += 1
    text = f"{size / 1000**unit:.1f} {_UNITS[unit]}"
    return text if unit == 0 else f"{text} ({size} bytes)"
