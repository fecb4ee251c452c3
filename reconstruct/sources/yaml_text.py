"""YAML documents as the JSON that they stand for (extra `[yaml]`), without aliases, which can make a short text large."""

from __future__ import annotations

import importlib
import re

from reconstruct.errors import UnreadableError
from reconstruct.typed import Any

yaml: Any = importlib.import_module("yaml")
# libyaml's loader is ten times as fast.
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """The loader of YAML's JSON schema (YAML 1.2, section 10.2): no times, sexagesimal numbers, sets, bytes or infinities.

    What else a document holds stays the text that it is, or is refused if it says that it is something else.
    """


def _number(convert: Any, form: str) -> Any:
    whole = re.compile(form)

    def construct(loader: Any, node: Any) -> Any:
        if not whole.fullmatch(text := loader.construct_scalar(node)):
            raise yaml.constructor.ConstructorError(problem="not a number", problem_mark=node.start_mark)
        return convert(text)

    return construct


_INT = r"-?(?:0|[1-9][0-9]{0,99})"
_FLOAT = rf"{_INT}\.[0-9]{{1,99}}(?:e[-+]?[0-9]{{1,2}})?"
_Loader.yaml_implicit_resolvers = {}
for _tag, _form, _first in (
    ("null", "~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", "true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", _INT, list("-0123456789")),
    ("float", _FLOAT, list("-0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_form})\Z"), _first)
_Loader.yaml_constructors = {
    **{
        tag: construct
        for tag, construct in yaml.SafeLoader.yaml_constructors.items()
        if tag is None or tag.rpartition(":")[2] in ("null", "bool", "str", "seq", "map")
    },
    "tag:yaml.org,2002:int": _number(int, _INT),
    "tag:yaml.org,2002:float": _number(float, _FLOAT),
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
