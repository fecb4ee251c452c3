"""The image config (OCI image spec, config.md; Docker image spec 1.2), with or without its manifest.

Types are checked here, once, so later stages find in `Image.config` only what the specifications allow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.sources import document
from reconstruct.sources.interface import Candidate, Document, Reading, Remarks
from reconstruct.sources.limits import MAX_STEPS, MAX_TEXT, OverLimitError
from reconstruct.typed import Any

NAME = "image config"

_WORDS = frozenset({"Env", "Cmd", "Entrypoint", "OnBuild", "Shell"})
_MAPS = frozenset({"Labels", "ExposedPorts", "Volumes", "Healthcheck"})
_STRINGS = frozenset({"User", "WorkingDir", "StopSignal", "Image", "Hostname", "Domainname", "MacAddress"})


# Go ignores the case of keys; these are spelt as in the specifications.
_KEYS = frozenset(
    {
        "architecture",
        "author",
        "config",
        "container_config",
        "created",
        "docker_version",
        "history",
        "os",
        "os.features",
        "os.version",
        "rootfs",
        "variant",
    }
)
_ROOTFS = frozenset({"type", "diff_ids"})
ENTRY = frozenset({"created", "created_by", "author", "comment", "empty_layer"})
_SETTINGS = (
    _WORDS
    | _MAPS
    | _STRINGS
    | {
        "ArgsEscaped",
        "AttachStderr",
        "AttachStdin",
        "AttachStdout",
        "OpenStdin",
    }
)
_CHECK = ("Test", "Interval", "Timeout", "StartPeriod", "StartInterval", "Retries")
# Keys of engines' inspect output next to keys that look like a config's.
_INSPECTED = frozenset({"Id", "ID", "RepoTags", "RepoDigests", "Digest", "NamesHistory"})


def normal(value: Any) -> Mapping[str, Any]:
    """A config whose relevant keys are spelt as in the specifications."""
    known = dict(document.folded(value, _KEYS))
    if len(document.sequence(known.get("history"))) > MAX_STEPS:
        return known
    for key, keys in (("rootfs", _ROOTFS), ("config", _SETTINGS), ("container_config", _SETTINGS)):
        if isinstance(known.get(key), (dict, Mapping)):
            known[key] = document.folded(known[key], keys)
    if isinstance(known.get("history"), list) and not _spelt(known["history"], ENTRY):
        known["history"] = [
            document.folded(item, ENTRY) if isinstance(item, (dict, Mapping)) and not item.keys() <= ENTRY else item
            for item in known["history"]
        ]
    return known


def _spelt(items: Sequence[Any], keys: frozenset[str]) -> bool:
    """Whether all objects of a list have only these keys, looked at together; False for a list of anything else, too."""
    try:
        return keys.issuperset(chain.from_iterable(items))
    except TypeError:
        return False


def recognises(value: object) -> bool:
    """By the keys of an image config (OCI or Docker)."""
    return is_config(value)


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """The one image of the config, without its manifest."""
    saved = Document(found.label, (value,), data=found.data if len(found.values) == 1 else None)
    return [Candidate(lambda: to_image(document.mapping(value)), saved=saved)]


def is_config(value: Any) -> bool:
    """Whether a JSON object is an image config: it has a root file system, a history, or a platform and settings."""
    if not isinstance(value, (dict, Mapping)):
        return False
    return _is_config(value) or (value.keys().isdisjoint(_INSPECTED) and _is_config(document.folded(value, _KEYS)))


def _is_config(value: Mapping[str, Any]) -> bool:
    if "schemaVersion" in value:
        return False
    if isinstance(value.get("rootfs"), (dict, Mapping)):
        return True
    history = value.get("history")
    if isinstance(history, list) and "architecture" in value:
        return True
    settings = value.get("config") or value.get("container_config")
    return (
        isinstance(settings, (dict, Mapping))
        and "mediaType" not in settings
        and ("architecture" in value or "os" in value)
    )


def to_image(
    config: Mapping[str, Any], layers: Sequence[Layer] = (), remarks: Remarks | None = None, **facts: Any
) -> Image:
    """The image of a config. `layers` are the manifest's or the archive's, joined with the config's diff IDs.

    `remarks` are earlier remarks on the image. `facts` are further fields of Image (tags, digest, image_id …); None
    leaves the config's value.
    """
    config = normal(config)
    found = remarks or Remarks()
    _check_length(config, layers)
    diff_ids = document.strings(document.mapping(config.get("rootfs")).get("diff_ids"))
    known: dict[str, Any] = {
        "raw_config": config,
        "config": settings(config.get("config"), found),
        "history": history(config.get("history"), found),
        "layers": join_layers(diff_ids, layers, found),
        "os": document.string(config.get("os")) or "linux",
        "os_version": document.optional_string(config.get("os.version")),
        "architecture": document.optional_string(config.get("architecture")),
        "variant": document.optional_string(config.get("variant")),
        "created": document.optional_string(config.get("created")),
        "author": document.string(config.get("author")),
        "docker_version": document.string(config.get("docker_version")),
        "has_history": isinstance(config.get("history"), list),
        "has_config": isinstance(config.get("config"), (dict, Mapping)),
    }
    known.update({name: fact for name, fact in facts.items() if fact is not None})
    _check_count(known["history"], known["layers"], found)
    return Image(**known, notes=tuple(found.notes), doubts=tuple(found.doubts))


def _check_length(config: Mapping[str, Any], layers: Sequence[Layer]) -> None:
    """Raises UnreadableError for more than any real image has, before a record is made for each."""
    diff_ids = document.sequence(document.mapping(config.get("rootfs")).get("diff_ids"))
    if max(len(layers), len(diff_ids), len(document.sequence(config.get("history")))) > MAX_STEPS:
        raise OverLimitError(f"more than {MAX_STEPS:,} history entries or layers")


def _check_count(entries: Sequence[HistoryEntry], layers: Sequence[Layer], remarks: Remarks) -> None:
    making = sum(not entry.empty_layer for entry in entries)
    if entries and layers and making != len(layers):
        remarks.doubt(f"{making} history entries made a layer, but there are {len(layers)} layers", silent=True)


def settings(value: Any, remarks: Remarks) -> dict[str, Any]:
    """The `config` object with every known key in its proper type; values of other types are left out, with a note."""
    result: dict[str, Any] = {}
    for key, item in document.mapping(value).items():
        if item is None:
            continue
        typed = _typed(key, item)
        if _longest(typed) > MAX_TEXT:
            remarks.doubt(f"the config's {key[:80]} is longer than {MAX_TEXT >> 20} MB: ignored")
        elif typed is None:
            remarks.doubt(f"the config's {key[:80]} is not {_kind(key)}: ignored")
        else:
            result[key] = typed
    return result


def _longest(value: Any) -> int:
    """The characters of the longest text in a setting: a word, a key or a value."""
    if isinstance(value, str):
        return len(value)
    if not value or isinstance(value, int):
        return 0
    if isinstance(value, (dict, Mapping)):
        value = [*value, *value.values()]
    longest = 0
    for item in value if isinstance(value, list) else ():
        length = len(item) if isinstance(item, str) else _longest(item)
        if length > longest:
            longest = length
    return longest


def _kind(key: str) -> str:
    return "a list of strings" if key in _WORDS else "an object" if key in _MAPS else "a string"


def _typed(key: str, item: Any) -> Any:
    if key in _WORDS:
        # Docker's strslice accepts a string as a list of one.
        words = [item] if isinstance(item, str) else item
        return list(words) if isinstance(words, list) and all(isinstance(w, str) for w in words) else None
    if key == "Healthcheck":
        return _healthcheck(item) if isinstance(item, (dict, Mapping)) else None
    if key == "Labels":
        labels = document.string_map(item)
        return labels if isinstance(item, (dict, Mapping)) and len(labels) == len(item) else None
    if key in _MAPS:
        if isinstance(item, list) and all(isinstance(name, str) for name in item):
            return {name: {} for name in item}
        return dict(item) if isinstance(item, (dict, Mapping)) else None
    if key in _STRINGS:
        return item if isinstance(item, str) else None
    return item


def _healthcheck(item: Mapping[str, Any]) -> dict[str, Any]:
    check: dict[str, Any] = {}
    for key, value in document.folded(item, _CHECK).items():
        if key == "Test":
            check[key] = list(document.strings(value))
        elif document.integer(value) is not None:
            check[key] = value
    return check


def history(value: Any, remarks: Remarks) -> tuple[HistoryEntry, ...]:
    """The config's `history`, oldest first."""
    return tuple([history_entry(item, number, remarks) for number, item in enumerate(document.sequence(value), 1)])


def history_entry(item: Any, number: int, remarks: Remarks) -> HistoryEntry:
    """Entry `number` of a history."""
    if not isinstance(item, (dict, Mapping)):
        remarks.doubt(f"history entry {number} is not an object: read as empty")
        item = {}
    text, created = item.get("created_by"), item.get("created")
    author, comment = item.get("author"), item.get("comment")
    # `document.string` of each, in place: most of the time of reading a config is spent here.
    text = text if isinstance(text, str) else ""
    cut = len(text) > MAX_TEXT
    if cut:
        remarks.doubt(f"history entry {number} is longer than {MAX_TEXT >> 20} MB: truncated")
    return HistoryEntry(
        text[:MAX_TEXT],
        created if isinstance(created, str) and created else None,
        author[:MAX_TEXT] if isinstance(author, str) else "",
        comment[:MAX_TEXT] if isinstance(comment, str) else "",
        item.get("empty_layer") is True,
        cut=cut,
    )


def join_layers(diff_ids: Sequence[str], layers: Sequence[Layer], remarks: Remarks) -> tuple[Layer, ...]:
    """The layers with the config's diff IDs, by position. Where the counts differ, the config decides, with a note."""
    if not layers:
        return tuple([Layer(diff_id=diff_id) for diff_id in diff_ids])
    if not diff_ids:
        return tuple(layers)
    if len(layers) != len(diff_ids):
        remarks.doubt(
            f"the manifest has {len(layers)} layers, the config {len(diff_ids)}: they are of different images"
        )
        return tuple(Layer(diff_id=diff_id) for diff_id in diff_ids)
    return tuple(_with_diff_id(layer, diff_id) for layer, diff_id in zip(layers, diff_ids, strict=True))


def _with_diff_id(layer: Layer, diff_id: str) -> Layer:
    from reconstruct.record import replace

    # A blob named by its diff ID is the tar itself, whatever its media type says.
    plain = layer.digest == diff_id
    size = layer.compressed_size if plain and layer.size is None else layer.size
    return replace(layer, diff_id=diff_id, size=size)
