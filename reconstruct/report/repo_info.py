"""The page that docker-library's repo-info repository publishes for an image, with all its platforms.

Its contents, the order of lines, and the notation of times, sizes and JSON are those of that repository's own tool
(`.remote.pl`) today; history is shown as described in `reconstruct.repo_info`. Only a registry knows when a blob was
last modified, so that line is present only if the input has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from reconstruct import pattern, repo_info, times
from reconstruct.image import Image, Layer
from reconstruct.reference import split
from reconstruct.show import moments
from reconstruct.show.text import code_span, markdown, visible
from reconstruct.typed import Any

# The tool prints this type for every manifest except schema 1, even for the OCI image spec's.
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_UNITS = ("B", "KB", "MB", "GB", "TB")
_FENCE = pattern.compile(r"^```", re.MULTILINE)
_DATE_LINE = pattern.compile(r"^# (?=[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$)", re.MULTILINE)
# Mojo::JSON, which wrote the pages, escapes only these.
_JSON_ESCAPED = pattern.compile('[\x00-\x1f\u2028\u2029\\\\"/]')
_JSON_SHORT = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\", '"': '\\"', "/": "\\/"}


def render(images: Sequence[Image]) -> str:
    """The page of the images, in order; those with another name get a section of their own, as in tag
    lists.
    """
    sections: dict[str, list[Image]] = {}
    for image in images:
        sections.setdefault(_reference(image), []).append(image)
    return "\n".join(_section(name, found) for name, found in sections.items())


def given_back(page: str) -> str | None:
    """A text that already is such a page, unchanged: with its generation's notation and list of tags. None if it isn't
    one line by line, or has something that the tool never writes (markup, links).
    """
    inside = False
    for line in page.split("\n"):
        if line.startswith("```"):
            inside = not inside and line in ("```console", "```dockerfile", "```json")
        elif not inside and not _LINE.fullmatch(line):
            return None
    return visible(page)


# Between a line's code spans are words, numbers and emphasis; whole lines are a tag in the list of tags, and the
# marker of a generated file.
_LINE = pattern.compile(
    r"(?:[\w \t.,;()*~+\-/%'#!?=]|:(?!//)|`[^`\n]++`)*+|-\t\[`[^`\n]+`\]\(#[\w.-]*\)|<!-- THIS FILE IS GENERATED VIA '[\w ./-]+' -->",
    re.ASCII,
)


def _section(reference: str, images: Sequence[Image]) -> str:
    first = images[0]
    index = first.index_digest
    lines = [f"## {_code(reference)}", ""]
    if first.tags and (digest := index or first.digest):
        lines += [*_pull(reference, digest), ""]
    if first.index_media_type:
        lines.append(f"-\tManifest MIME: {_code(first.index_media_type)}")
    lines.append(f"-\tPlatforms: {len(images)}")
    lines += [f"\t-\t{markdown(_platform(image), inside=True)}" for image in images]
    for image in images:
        lines += ["", f"### {_code(reference)} - {markdown(_platform(image), inside=True)}", ""]
        if first.tags and index and image.digest:
            lines += [*_pull(reference, image.digest), ""]
        lines += [*_facts(image), "", "```dockerfile", *_history(image), "```", "", "-\tLayers:"]
        lines += [line for layer in image.layers for line in _layer(layer)]
    return visible("\n".join(lines)) + "\n"


def _reference(image: Image) -> str:
    """`python:3.9`: the first name, without Docker Hub's registry and library, on one line."""
    name = image.tags[0] if image.tags else (image.image_id or image.source or "image")
    name = str(split(name)) if image.tags else name
    return " ".join(name.replace("`", "'").split())


def _pull(reference: str, digest: str) -> list[str]:
    return ["```console", f"$ docker pull {split(reference).repository}@{digest}", "```"]


def _code(text: str) -> str:
    return code_span(text, in_table=False)


def _platform(image: Image) -> str:
    """`windows version 10.0.17763.1457; amd64`, `linux; arm variant v7`: from an index, or for a single
    manifest from the config.
    """
    known: Mapping[str, Any] = {"os": image.os, "architecture": image.architecture}
    if image.index_digest is not None:
        known = image.index_platform or {**known, "variant": image.variant, "os.version": image.os_version}
    return (
        f"{_word(known, 'os') or 'linux'}{_word(known, 'os.version', ' version ')}{_words(known, 'os.features')}; "
        f"{_word(known, 'architecture') or 'amd64'}{_word(known, 'variant', ' variant ')}{_words(known, 'features')}"
    )


def _word(platform: Mapping[str, Any], key: str, front: str = "") -> str:
    word = platform.get(key)
    return front + word if isinstance(word, str) and word else ""


def _words(platform: Mapping[str, Any], key: str) -> str:
    words = platform.get(key)
    return f" ft. {', '.join(map(str, words))}" if isinstance(words, list) else ""


def _facts(image: Image) -> Iterator[str]:
    if image.docker_version:
        yield f"-\tDocker Version: {markdown(image.docker_version, inside=True)}"
    if image.media_type:
        yield f"-\tManifest MIME: {_code(_MANIFEST if image.media_type == _OCI_MANIFEST else image.media_type)}"
    sizes = [layer.compressed_size for layer in image.layers]
    if any(size is not None for size in sizes) or not sizes:
        yield f"-\tTotal Size: **{_size(sum(size or 0 for size in sizes))}**  "
        yield "\t(compressed transfer size, not on-disk size)"
    if image.image_id:
        yield f"-\tImage ID: {_code(image.image_id)}"
    yield from _settings(image.config)


def _settings(config: Mapping[str, Any]) -> Iterator[str]:
    if entrypoint := config.get("Entrypoint"):
        yield f"-\tEntrypoint: {_code(_json(entrypoint))}"
    if (command := config.get("Cmd")) is not None:
        yield f"-\tDefault Command: {_code(_json(command))}"
    if (shell := config.get("Shell")) is not None:
        yield f"-\t`SHELL`: {_code(_json(shell))}"


def _json(words: Any) -> str:
    """A list of words as JSON without blanks, as on the pages: `/` escaped, letters unescaped."""
    return "[" + ",".join(f'"{_JSON_ESCAPED.sub(_json_escape, str(word))}"' for word in words) + "]"


def _json_escape(match: re.Match[str]) -> str:
    char = match.group()
    return _JSON_SHORT.get(char) or f"\\u{ord(char):04X}"


def _history(image: Image) -> Iterator[str]:
    shell = image.config.get("Shell")
    shells = repo_info.shells_of([str(word) for word in shell] if isinstance(shell, (list, tuple)) else [])
    first_schema = "distribution.manifest.v1+" in (image.media_type or "")
    for entry in image.history:
        if moment := times.parse(entry.created):
            yield f"# {moments.rfc1123(moment)}"
        text = entry.created_by
        yield _guarded(repo_info.shown_of_schema_1(text) if first_schema else repo_info.shown(text, shells))


def _guarded(text: str) -> str:
    """The text, changed so that it can't end the page's code block or look like the next entry."""
    return _DATE_LINE.sub("\\\\x23 ", _FENCE.sub("\\\\x60``", text))


def _layer(layer: Layer) -> Iterator[str]:
    yield f"\t-\t{_code(layer.digest or layer.diff_id or 'unknown')}  "
    if moment := times.parse(layer.last_modified):
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
