"""The pages published for each tag of Docker's official images, with every platform (docker-library/repo-info).

There are three kinds: today's (`repos/*/remote/*.md`), `tag-details.md` before 2017 with a section for each layer,
and the local ones that only list settings. The generator replaces the shell before a command with RUN; here it is
restored, so that later stages read the config's text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from reconstruct import entries, pattern, times
from reconstruct import repo_info as page
from reconstruct.errors import UnreadableError
from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.record import dataclass, field, replace
from reconstruct.sources.interface import Candidate, Reading
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Token, Tree

NAME = "repo-info page"

_TITLE = pattern.compile(r"^#{1,3} `[^`\n]+`", re.MULTILINE)
_MARK = pattern.compile(r"^(?:```dockerfile|## Docker Metadata|#+ `[^`\n]+` - |\*\*does not exist\*\*)", re.MULTILINE)
_CODE = pattern.compile(r"`([^`]+)`")
_DIGEST = pattern.compile(r"@(sha256:[0-9a-f]{64})")
_BYTES = pattern.compile(r"\((\d{1,18}) bytes\)|(\d{1,18}(?:\.\d{1,6})?) B\b", re.ASCII)
_TIME = pattern.compile(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT")
_PLATFORM = pattern.compile(
    r"(?P<os>[^;\s]+)(?: version (?P<version>[^;\s]+))?(?: ft\. (?P<os_features>[^;]*))?; "
    r"(?P<arch>\S+)(?: variant (?P<variant>\S+))?(?: ft\. (?P<features>.*))?"
)
_EMPTY_LAYER = "sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"


@dataclass()
class _Section:
    """One image of a page, while its lines are read."""

    name: str
    platform: str = ""
    digest: str | None = None
    items: dict[str, str] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    entries: list[tuple[str | None, str]] = field(default_factory=list)
    layers: list[dict[str, str]] = field(default_factory=list)
    steps: list[dict[str, str]] = field(default_factory=list)
    last: str = ""


def recognises_text(text: str) -> bool:
    """By the page's title and a marker that only these pages have."""
    return _TITLE.search(text) is not None and _MARK.search(text) is not None


def images_of_text(text: str, reading: Reading) -> list[Candidate]:
    """Every image on a page, or on several pages one after the other."""
    candidates: list[Candidate] = []
    for order, (whole, section) in enumerate(_sections(_parse(text, reading))):
        if not _is_image(section):
            continue
        candidate = _candidate(whole, section, order)
        (reading.attached if section.platform.startswith("unknown;") else candidates).append(candidate)
    if not candidates:
        raise UnreadableError(f"{reading.label}: no image on this repo-info page")
    reading.page = text
    return candidates


def _parse(text: str, reading: Reading) -> Tree[Token]:
    from lark.exceptions import LarkError

    from reconstruct import grammar

    try:
        return grammar.load("repo_info").parse(text.replace("\r\n", "\n").rstrip("\n") + "\n")
    except LarkError as error:
        line = getattr(error, "line", "?")
        raise UnreadableError(f"{reading.label}: this repo-info page is truncated at line {line}") from None


def _sections(tree: Tree[Token]) -> Iterator[tuple[_Section, _Section]]:
    """(page, image): a page's own lines, and those of one image on it; both are the same if a page has one image."""
    page: _Section | None = None
    current: _Section | None = None
    for element in tree.children:
        kind = getattr(element, "type", None) or str(getattr(element, "data", ""))
        text = str(element)
        if kind in ("TITLE", "TAG", "PLATFORM"):
            if page is not None and current is not None and (kind != "PLATFORM" or current is not page):
                yield page, current
            name, _, platform = text.lstrip("# ").strip().partition("` - ")
            current = _Section(name.strip("`"), platform)
            page = page if kind == "PLATFORM" and page is not None else current
        elif current is not None:
            _add(current, kind, element)
    if page is not None and current is not None:
        yield page, current


def _add(section: _Section, kind: str, element: Any) -> None:
    if kind == "console":
        digest = _DIGEST.search("".join(element.children))
        section.digest = digest[1] if digest else section.digest
    elif kind in ("dockerfile", "unterminated"):
        entries = list(_entries(element.children))
        if section.steps:
            section.steps[-1]["command"] = "\n".join(text for _, text in entries)
        else:
            section.entries += entries
    elif kind == "LAYER":
        section.steps.append({})
    elif kind == "ITEM":
        _add_item(section, str(element).strip().lstrip("-").strip())
    elif kind == "SUBITEM":
        text = str(element).strip().lstrip("-").strip()
        if section.last == "Layers":
            section.layers.append({"digest": text.strip("`")})
        else:
            section.lists.setdefault(section.last, []).append(text)
    elif kind == "DETAIL" and section.layers:
        key, _, value = str(element).strip().partition(": ")
        section.layers[-1][key] = value


def _add_item(section: _Section, text: str) -> None:
    key, _, value = text.partition(":")
    section.last = key.strip("`* ")
    into = section.steps[-1] if section.steps else section.items
    into[section.last] = value.strip()


def _entries(tokens: Sequence[Any]) -> Iterator[tuple[str | None, str]]:
    """(time, text) of each entry of a block; a text may have several lines."""
    time: str | None = None
    lines: list[str] | None = None
    for token in tokens:
        if token.type in ("DOCKERFILE", "FENCE"):
            continue
        if token.type == "TIME":
            if lines is not None:
                yield time, "\n".join(lines)
            time, lines = rfc3339(str(token)), []
        else:
            lines = [] if lines is None else lines
            lines.append(str(token)[:-1])
    if lines is not None:
        yield time, "\n".join(lines)


def rfc3339(text: str) -> str | None:
    """`Sat, 19 Nov 2016 17:05:00 GMT` as RFC 3339; None if the text has no such time."""
    match = _TIME.search(text)
    moment = times.parse(match.group()) if match else None
    return times.rfc3339(moment) if moment else None


def _is_image(section: _Section) -> bool:
    return bool(section.entries or section.steps or section.layers or "Image ID" in section.items)


def _candidate(whole: _Section, section: _Section, order: int) -> Candidate:
    match = _PLATFORM.fullmatch(section.platform)
    known: Mapping[str, str | None] = match.groupdict() if match else {}
    return Candidate(
        lambda: _image(whole, section),
        tags=(section.name,),
        os=known.get("os"),
        architecture=known.get("arch"),
        variant=known.get("variant"),
        os_version=known.get("version"),
        digest=section.digest or whole.digest,
        index_digest=whole.digest if whole is not section and section.digest else None,
        order=order,
    )


def _image(whole: _Section, section: _Section) -> Image:
    match = _PLATFORM.fullmatch(section.platform)
    arch = _CODE.findall(section.items.get("Arch", ""))
    index = whole.digest if whole is not section and section.digest else None
    os = (match["os"] if match else None) or (arch[0] if arch else "linux")
    image = Image(
        config=_settings(section),
        os=os,
        os_version=match["version"] if match else None,
        architecture=(match["arch"] if match else None) or (arch[1] if len(arch) > 1 else None),
        variant=match["variant"] if match else None,
        docker_version=section.items.get("Docker Version", ""),
        image_id=_code(section, "Image ID"),
        digest=section.digest or whole.digest,
        media_type=_code(section, "Manifest MIME"),
        index_digest=index,
        index_media_type=_code(whole, "Manifest MIME") if whole is not section else None,
        index_platform=_platform(section.platform) if index else {},
        tags=(section.name,),
        has_config=False,
    )
    if section.steps:
        return _with_steps(image, section.steps)
    if not section.entries and not section.layers:
        notes = ("this page has the image's config, but no history",)
        return replace(image, created=_code(section, "Created"), has_history=False, notes=notes)
    return _with_entries(image, section)


def _platform(text: str) -> dict[str, Any]:
    """`windows version 10.0.17763.1457 ft. win32k; amd64` as an index's platform."""
    match = _PLATFORM.fullmatch(text)
    if match is None:
        return {}
    known = {
        "os": match["os"],
        "os.version": match["version"],
        "os.features": _list(match["os_features"]),
        "architecture": match["arch"],
        "variant": match["variant"],
        "features": _list(match["features"]),
    }
    return {key: item for key, item in known.items() if item is not None}


def _list(text: str | None) -> list[str] | None:
    return text.split(", ") if text is not None else None


def _code(section: _Section, key: str) -> str | None:
    match = _CODE.search(section.items.get(key, ""))
    return match[1] if match else None


def _settings(section: _Section) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, key in (
        ("Entrypoint", "Entrypoint"),
        ("Default Command", "Cmd"),
        ("Command", "Cmd"),
        ("SHELL", "Shell"),
    ):
        text = section.items.get(name, "")
        if text.startswith("`") and text.endswith("`") and (words := _words(text[1:-1])) is not None:
            found[key] = words
    environment = [text.strip("`") for text in section.lists.get("Environment", [])]
    if environment:
        found["Env"] = environment
    return found


def _words(text: str) -> list[str] | None:
    """The words of a JSON list, None if the text isn't one."""
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else None


def _size(text: str | None) -> int | None:
    match = _BYTES.search(text or "")
    if match is None:
        return None
    return int(match[1]) if match[1] else round(float(match[2]))


def _with_entries(image: Image, section: _Section) -> Image:
    first_schema = "distribution.manifest.v1+" in (image.media_type or "")
    layers = [
        Layer(
            digest=item["digest"],
            media_type=item.get("MIME"),
            compressed_size=_size(item.get("Size")),
            last_modified=item.get("Last Modified"),
        )
        for item in section.layers
    ]
    if first_schema:
        # Schema 1 lists the newest layer first, and the generator names each blob once.
        layers = [layer for layer in reversed(layers) if layer.digest != _EMPTY_LAYER]
    commands = _commands([text for _, text in section.entries], image, first_schema)
    history = [
        HistoryEntry(created_by=command, created=time)
        for command, (time, _) in zip(commands, section.entries, strict=True)
    ]
    return replace(
        image,
        history=entries.mark(history, len(layers)),
        layers=tuple(layers),
        created=history[-1].created if history else None,
    )


def _commands(texts: Sequence[str], image: Image, first_schema: bool) -> list[str]:
    return page.created_by(
        texts,
        image.config.get("Shell", ()),
        windows=image.windows,
        docker_version=image.docker_version,
        first_schema=first_schema,
    )


def _with_steps(image: Image, steps: Sequence[Mapping[str, str]]) -> Image:
    """A page from before 2017: every step is a schema 1 layer; an empty one has the blob of an empty tar."""
    commands = _commands([step.get("command", "") for step in steps], image, first_schema=True)
    history = []
    layers = []
    for step, command in zip(steps, commands, strict=True):
        digest = step.get("v2 Blob", "").strip("`") or None
        empty = digest == _EMPTY_LAYER
        history.append(HistoryEntry(command, rfc3339(step.get("Created", "")), empty_layer=empty))
        if not empty:
            layers.append(
                Layer(
                    digest=digest,
                    compressed_size=_size(step.get("v2 Content-Length")),
                    size=_size(step.get("Virtual Size")),
                    last_modified=step.get("v2 Last-Modified"),
                )
            )
    newest = steps[-1]
    return replace(
        image,
        history=tuple(history),
        layers=tuple(layers),
        created=history[-1].created,
        docker_version=newest.get("Docker Version", ""),
    )
