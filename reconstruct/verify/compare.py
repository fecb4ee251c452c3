"""Compares the config that a Dockerfile gives with the image's."""

from __future__ import annotations

from collections.abc import Mapping

from reconstruct.builders import registry
from reconstruct.builders.hints import container_settings
from reconstruct.builders.prediction import DEFAULT_PATH, Prediction, normalise
from reconstruct.image import Image
from reconstruct.typed import Any
from reconstruct.verify.model import Mismatch
from reconstruct.verify.solve import variables_set

# Keys that one instruction sets completely.
_SET_BY = {
    "USER": ("User",),
    "CMD": ("Cmd",),
    "ENTRYPOINT": ("Entrypoint", "Cmd"),
    "WORKDIR": ("WorkingDir",),
    "STOPSIGNAL": ("StopSignal",),
    "SHELL": ("Shell",),
    "HEALTHCHECK": ("Healthcheck",),
}
# Keys with one item for each value set.
_PARTS = {"ENV": "Env", "LABEL": "Labels", "EXPOSE": "ExposedPorts", "VOLUME": "Volumes"}
# The OCI image config has none of these; tools that convert to it drop them.
_DROPPED = frozenset({"Healthcheck", "Shell", "OnBuild"})


def config_mismatch(
    image: Image, prediction: Prediction, base: Image | None = None
) -> tuple[Mismatch | None, list[str]]:
    """The first key of the config that differs, and notes on missing values that aren't differences.

    If the base is unknown, only what the Dockerfile sets is compared; the rest is the base's. `base` is the given one.
    """
    if not image.has_config:
        return None, ["the image's config is unknown: only its history was compared"]
    actual = normalise(image.config)
    expected = dict(prediction.config)
    set_keys = {
        key for entry in prediction.own if entry.instruction for key in _SET_BY.get(entry.instruction.keyword, ())
    }
    notes: list[str] = []
    for key in ("User", "WorkingDir", "Entrypoint", "Cmd", "StopSignal", "Shell", "Healthcheck", "OnBuild"):
        if key not in set_keys and key != "OnBuild" and not prediction.base_known:
            continue
        mismatch = _whole(key, expected.get(key), actual.get(key), image, prediction, notes)
        if mismatch:
            return mismatch, notes
    for keyword, key in _PARTS.items():
        mine, theirs = _items(expected.get(key)), _items(actual.get(key))
        own = _own_items(prediction, keyword, mine) if not prediction.base_known else mine
        brought = _items(base.config.get(key)) if base is not None else {}
        mismatch = _parts(key, own, theirs, prediction, brought)
        if mismatch:
            return mismatch, notes
    return _other_mismatch(image, prediction, base), notes


def _other_mismatch(image: Image, prediction: Prediction, base: Image | None) -> Mismatch | None:
    """The author, and keys that no instruction sets, if the base is given."""
    author = image.raw_config.get("author")
    wanted = (None, "", prediction.author, base.raw_config.get("author") if base is not None else None)
    if author not in wanted and (prediction.base_known or _author(prediction)):
        return Mismatch("author", prediction.author, str(author))
    if not prediction.base_known:
        return None
    brought = container_settings(base.config) if base is not None else {}
    for key, value in container_settings(image.config).items():
        if brought.get(key) != value:
            return Mismatch(key, _shown(brought.get(key)), _shown(value))
    return None


def dropped(image: Image, prediction: Prediction) -> list[str]:
    """The keys that steps set but the config doesn't have: its format can't store them, or they were removed.

    buildah's own images in that format never had them.
    """
    if not image.has_config or (prediction.builder == "buildah" and not _docker_format(image, prediction)):
        return []
    actual = normalise(image.config)
    return [key for key in sorted(_DROPPED) if prediction.config.get(key) and actual.get(key) is None]


def _whole(
    key: str, expected: Any, actual: Any, image: Image, prediction: Prediction, notes: list[str]
) -> Mismatch | None:
    if expected == actual:
        return None
    fills = prediction.builder == "classic"
    if key == "Healthcheck" and fills and not prediction.base_known and _covers(expected, actual):
        return None
    if actual is None and _may_drop(key, image, prediction):
        notes.append(
            f"the image's config has no {key}, but history does"
            if key != "OnBuild"
            else "the config has no ONBUILD, which this builder drops"
        )
        return None
    if key == "WorkingDir" and {expected, actual} <= {None, "/"}:
        return None
    return Mismatch(key, _shown(expected), _shown(actual))


def _covers(expected: Any, actual: Any) -> bool:
    """The classic builder fills a HEALTHCHECK's unset fields from the one before, which may be the base's."""
    if not isinstance(expected, Mapping) or not isinstance(actual, Mapping):
        return False
    return all(actual.get(key) == value for key, value in expected.items()) and "Test" in expected


def _may_drop(key: str, image: Image, prediction: Prediction) -> bool:
    """Whether a missing key may have been dropped by a tool that converted Docker's config to OCI's."""
    if key == "OnBuild":
        return not _docker_format(image, prediction)
    return key in _DROPPED and "container_config" not in image.raw_config


def _docker_format(image: Image, prediction: Prediction) -> bool:
    return registry.named(prediction.builder).docker_format or "container_config" in image.raw_config


def _items(value: Any) -> dict[str, Any]:
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list | tuple):
        return {key: text for key, _, text in (str(entry).partition("=") for entry in value)}
    return {}


def _own_items(prediction: Prediction, keyword: str, items: dict[str, Any]) -> dict[str, Any]:
    """The items that the Dockerfile sets. Only ENV's keys can be the assumed base's too."""
    if keyword != "ENV":
        return items
    text = " ".join(
        entry.created_by for entry in prediction.own if entry.instruction and entry.instruction.keyword == "ENV"
    )
    keys = variables_set(entry.instruction for entry in prediction.own if entry.instruction)
    return {key: value for key, value in items.items() if key in keys or f" {key}=" in text}


def _parts(
    key: str, expected: dict[str, Any], actual: dict[str, Any], prediction: Prediction, brought: dict[str, Any]
) -> Mismatch | None:
    """`brought` are the items of the given base."""
    for name, value in expected.items():
        if name not in actual:
            if (key, name, value) == ("Env", "PATH", DEFAULT_PATH) and name not in brought:
                # Every container has it; old Docker versions and kaniko leave it to the engine.
                continue
            return Mismatch(key, _pair(name, value), None)
        if actual[name] != value:
            return Mismatch(key, _pair(name, value), _pair(name, actual[name]))
    unasked = registry.named(prediction.builder).own_labels
    extra = [name for name in actual if name not in expected and name not in unasked]
    if not prediction.base_known or not extra:
        return None
    return Mismatch(key, "", _pair(extra[0], actual[extra[0]]))


def _pair(name: str, value: Any) -> str:
    return f"{name}={value}" if isinstance(value, str) else name


def _author(prediction: Prediction) -> bool:
    return any(entry.instruction and entry.instruction.keyword == "MAINTAINER" for entry in prediction.own)


def _shown(value: Any) -> str:
    import json

    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)


def own_keys(prediction: Prediction) -> dict[str, Any]:
    """What the Dockerfile's own steps set, by config key: names for Env, Labels, ports and volumes; else True."""
    keys: dict[str, Any] = {
        key: True for entry in prediction.own if entry.instruction for key in _SET_BY.get(entry.instruction.keyword, ())
    }
    for keyword, key in _PARTS.items():
        keys[key] = frozenset(_own_items(prediction, keyword, _items(prediction.config.get(key))))
    if prediction.config.get("OnBuild"):
        keys["OnBuild"] = True
    return keys
