"""YAML documents as the JSON that they stand for (extra `[yaml]`), without aliases, which can make a short text large."""

from __future__ import annotations

import importlib
from typing import Any

from reconstruct.errors import UnreadableError

yaml: Any = importlib.import_module("yaml")
# libyaml's loader is ten times as fast.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """YAML's safe loader, which leaves times as texts."""


# JSON has no times; a config's stay as they are written.
_Loader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if not tag.endswith(("timestamp", "merge"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def values(text: str, label: str) -> list[Any]:
    """The documents of a YAML text. UnreadableError if it is broken or has aliases."""
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_SafeLoader)):
            raise UnreadableError(f"{label}: invalid YAML: an alias, which no tool that prints images writes")
        return [value for value in yaml.load_all(text, Loader=_Loader) if value is not None]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark is not None else ""
        raise UnreadableError(f"{label}: invalid YAML{where}: {getattr(error, 'problem', None) or error}") from None
