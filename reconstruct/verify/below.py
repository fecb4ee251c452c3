"""What is known about the base: where named images end, and the config that its entries result in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property

from reconstruct.base import Source
from reconstruct.builders.hints import env_map, strings
from reconstruct.builders.prediction import DEFAULT_PATH
from reconstruct.image import Image
from reconstruct.record import replace
from reconstruct.replay import UNTOLD, Left, replay
from reconstruct.syntax import Env, Step
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.base import Chain, Part
    from reconstruct.base.catalogue import Catalogue


class Below:
    """The part of `image` below the Dockerfile's own steps. Everything is computed on demand."""

    def __init__(self, image: Image, catalogue: Catalogue | None = None) -> None:
        self.image = image
        self.catalogue = catalogue
        self._alone: dict[int, tuple[Part, ...]] = {}
        self._left: dict[int, Left] = {}

    @cached_property
    def read(self) -> tuple[Step, ...]:
        """All steps of the image, without their layers."""
        from reconstruct.builders.reading import parse

        return parse(self.image)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All steps of the image."""
        from reconstruct.pairing import pair

        return pair(self.read, self.image)

    @cached_property
    def chain(self) -> Chain:
        """The chain of bases, as in `reconstruct base`."""
        from reconstruct.base import find_chain

        return find_chain(self.image, self.steps, catalogue=self.catalogue)

    def alone(self, entries: int) -> tuple[Part, ...]:
        """The named images that the first `entries` history entries show by themselves, the lowest first.

        The steps above only show what a similar Dockerfile was once built on, not what this one was.
        """
        if entries not in self._alone:
            from reconstruct import api
            from reconstruct.base import Part, Source, find_chain

            history = self.image.history[:entries]
            made = sum(not entry.empty_layer for entry in history)
            cut = replace(self.image, history=history, layers=self.image.layers[:made])
            chain = find_chain(cut, api.steps(cut), catalogue=self.catalogue)
            named = [part for part in chain.images if part.name is not None]
            if chain.known_as:
                whole = chain.known_as
                named.append(Part(0, entries, whole[0], whole, source=Source.KNOWN, reasons=chain.own.reasons))
            self._alone[entries] = tuple(named)
        return self._alone[entries]

    def sets_path(self, entries: int) -> bool:
        """Whether one of the first `entries` history entries sets PATH."""
        below = (step.instruction for step in self.read if step.index is not None and step.index < entries)
        return any(isinstance(made, Env) and any(pair.key == "PATH" for pair in made.pairs) for made in below)

    def ends_at(self, entries: int, by_comment: bool = True) -> bool:
        """Whether a named image ends after that many entries; `by_comment`: also if only buildah's comment names it."""
        return any(
            part.name is not None and part.entries == entries and (by_comment or part.source is not Source.BUILDAH)
            for part in self.chain.images
        )

    def other_version(self, name: str, entries: int) -> str | None:
        """The name of the image that ends after that many entries, if it is another version of `name`."""
        from reconstruct.base.names import other_version

        told = any(part.entries == entries and part.name is not None for part in self.chain.images)
        for part in self.alone(entries) if told else ():
            if part.entries == entries and part.name is not None and other_version(name, (part.name, *part.names)):
                return part.name
        return None

    def left(self, entries: int) -> Left:
        """The settings in force after the first `entries` history entries."""
        left = self._left.get(entries)
        if left is None:
            left = replay(step for step in self.read if step.index is not None and step.index < entries)
            if self.image.os != "windows":
                left.env.setdefault("PATH", DEFAULT_PATH)
            self._left[entries] = left
        return left


def unexplained(
    image: Image, left: Left, own: Mapping[str, Any], borrowed: Mapping[str, str], labels_of_builder: Collection[str]
) -> list[str]:
    """The values of the image's config that neither the Dockerfile's own steps nor `left`, the base's, explain.

    `own` is what the Dockerfile's steps set, by config key: the names for Env, Labels, ExposedPorts and Volumes,
    only the key for others. `borrowed` are the base's variables whose values were inferred from their use in the steps.
    Each value is a phrase for a reader: `ENV LD_PRELOAD`.
    """
    config = image.config
    found = [f"the base's {name}={value}" for name, value in borrowed.items() if not _explains(left.env, name, value)]
    found += [
        f"ENV {key}"
        for key, value in env_map(strings(config.get("Env"))).items()
        if key not in own.get("Env", ()) and not _explains(left.env, key, value)
    ]
    labels = config.get("Labels")
    found += [
        f"LABEL {key}"
        for key, value in (labels.items() if isinstance(labels, Mapping) else ())
        if key not in own.get("Labels", ()) and key not in labels_of_builder and not _explains(left.labels, key, value)
    ]
    for key, keyword, known in (("ExposedPorts", "EXPOSE", left.ports), ("Volumes", "VOLUME", left.volumes)):
        values = config.get(key)
        found += [
            f"{keyword} {value}"
            for value in (values if isinstance(values, Mapping) else ())
            if value not in own.get(key, ()) and value not in known
        ]
    return found + _unlike(config, left, own)


def missing(image: Image, left: Left, own: Mapping[str, Any], docker_format: bool) -> list[str]:
    """What `left`, the base's steps, set but the config doesn't have, as phrases like those of `unexplained`.

    `docker_format`: the config has a place for a health check.
    """
    config = image.config
    env, labels = env_map(strings(config.get("Env"))), config.get("Labels") or {}
    found = [f"ENV {key}" for key in left.env if key != "PATH" and key not in env]
    found += [f"LABEL {key}" for key in left.labels if key not in labels]
    for key, keyword, known in (("ExposedPorts", "EXPOSE", left.ports), ("Volumes", "VOLUME", left.volumes)):
        values = config.get(key) or {}
        found += [f"{keyword} {value}" for value in sorted(known) if "$" not in value and value not in values]
    whole = ("User", "Entrypoint", "Cmd", "StopSignal", "WorkingDir", *(("Healthcheck",) if docker_format else ()))
    found += [
        _KEYWORDS[key]
        for key in whole
        if key not in own and left.whole.get(key) not in (UNTOLD, [], "", "/", "C:\\") and not config.get(key)
    ]
    return found


def _explains(values: Mapping[str, str | None], key: str, value: Any) -> bool:
    """Whether steps that result in `values` explain this value."""
    return key in values and values[key] in (UNTOLD, value)


_KEYWORDS = {
    "User": "USER",
    "WorkingDir": "WORKDIR",
    "Entrypoint": "ENTRYPOINT",
    "Cmd": "CMD",
    "StopSignal": "STOPSIGNAL",
    "Shell": "SHELL",
    "Healthcheck": "HEALTHCHECK",
    "OnBuild": "ONBUILD",
}


def _unlike(config: Mapping[str, Any], left: Left, own: Mapping[str, Any]) -> list[str]:
    found = []
    for key, keyword in _KEYWORDS.items():
        value = config.get(key) or None
        if key in own or value is None or (key == "WorkingDir" and value in ("/", "C:\\")):
            continue
        if key == "OnBuild":
            if not left.onbuild:
                found.append(keyword)
        elif key == "Healthcheck" and _same_check(left.whole.get(key), value):
            continue
        elif key not in left.whole or left.whole[key] not in (UNTOLD, value):
            found.append(keyword)
    return found


def _same_check(told: Any, actual: Any) -> bool:
    """Whether two checks are the same; an entry may not show where one word of a command ends."""
    if not isinstance(told, Mapping) or not isinstance(actual, Mapping):
        return False
    one, other = ({key: value for key, value in check.items() if value and key != "Test"} for check in (told, actual))
    tests = [" ".join(str(word) for word in check.get("Test") or ()) for check in (told, actual)]
    return one == other and tests[0] == tests[1]


def filled(config: Mapping[str, Any], predicted: Mapping[str, Any], left: Left) -> list[str]:
    """The fields of the health check that the Dockerfile's own step leaves open and that `left`, the base's, does not explain."""
    actual, own, base = config.get("Healthcheck"), predicted.get("Healthcheck"), left.whole.get("Healthcheck", {})
    if not isinstance(actual, Mapping) or not isinstance(own, Mapping) or not isinstance(base, Mapping):
        return []
    return [
        f"HEALTHCHECK's {key}"
        for key, value in actual.items()
        if key != "Test" and value and own.get(key) != value and base.get(key) != value
    ]
