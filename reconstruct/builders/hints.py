"""The config's values in force, which settle ambiguous history texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from reconstruct import pattern
from reconstruct.builders.pairs import spaced_keys
from reconstruct.image import Image
from reconstruct.record import dataclass, field
from reconstruct.typed import Any


def strings(value: Any) -> tuple[str, ...]:
    """A JSON list's strings; empty for anything else."""
    return tuple([item for item in value if isinstance(item, str)]) if isinstance(value, list) else ()


def string_map(value: Any) -> dict[str, str]:
    """A JSON object's string values; empty for anything else."""
    if not isinstance(value, Mapping):
        return {}
    return {key: item for key, item in value.items() if isinstance(key, str) and isinstance(item, str)}


def env_map(entries: Iterable[str]) -> dict[str, str]:
    """`Env` of a config as a mapping; an entry without `=` has the empty value."""
    result = {}
    for entry in entries:
        key, _, value = entry.partition("=")
        result[key] = value
    return result


# What instructions set, and what engines write next to it.
_OF_IMAGES = frozenset(
    {"User", "WorkingDir", "Entrypoint", "Cmd", "StopSignal", "Shell", "Healthcheck", "OnBuild", "Env", "Labels"}
    | {"ExposedPorts", "Volumes", "ArgsEscaped", "Image"}
)
_CONTAINER_ID = pattern.compile(r"[0-9a-f]{12}|[0-9a-f]{64}")


def container_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """A config's values that no instruction sets: those of a container, as `docker commit` keeps them."""
    return {
        key: value
        for key, value in config.items()
        if (value or (key == "StopTimeout" and value == 0))
        and key not in _OF_IMAGES
        and not (key == "Hostname" and isinstance(value, str) and _CONTAINER_ID.fullmatch(value))
    }


@dataclass(frozen=True)
class Hints:
    """The config's values, typed, and its keys with blanks (`…_spaced`). `command`: CMD's
    words, joined. `complete` is False if the saved form has no config."""

    env: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    env_spaced: tuple[str, ...] = ()
    labels_spaced: tuple[str, ...] = ()
    volumes: frozenset[str] = frozenset()
    shell: tuple[str, ...] = ()
    command: str = ""
    health_test: tuple[str, ...] = ()
    complete: bool = True

    @classmethod
    def of(cls, image: Image) -> Hints:
        """The hints of an image; those of the last image are cached, because each of its entries needs them."""
        global _last
        if _last is None or _last[0] is not image:
            _last = image, cls._made(image)
        return _last[1]

    @classmethod
    def _made(cls, image: Image) -> Hints:
        config = image.config
        health = config.get("Healthcheck")
        volumes = config.get("Volumes")
        env, labels = env_map(strings(config.get("Env"))), string_map(config.get("Labels"))
        return cls(
            env=env,
            labels=labels,
            env_spaced=spaced_keys(env),
            labels_spaced=spaced_keys(labels),
            volumes=frozenset(volumes) if isinstance(volumes, Mapping) else frozenset(strings(volumes)),
            shell=strings(config.get("Shell")),
            command=" ".join(strings(config.get("Cmd"))),
            health_test=strings(health.get("Test")) if isinstance(health, Mapping) else (),
            complete=image.has_config,
        )


_last: tuple[Image, Hints] | None = None
