"""All rules, in the order of their listing. A rule's module is only imported when an audit runs."""

from __future__ import annotations

import os
import re
from functools import cache
from importlib import import_module

from reconstruct import pattern as lazy
from reconstruct.audit import rules as package
from reconstruct.audit.rule import Rule
from reconstruct.errors import NotFoundError

# The families in the order of listing, by the prefixes of the modules' names.
_FAMILIES = ("sec", "src", "usr", "siz", "rec")
_MODULE = lazy.compile(r"(?P<family>[a-z]{3})(?P<number>\d{3})_\w+")


@cache
def modules() -> tuple[str, ...]:
    """The names of the rules' modules, `sec001_env` first; rules are found by their location in `reconstruct/audit/rules`."""
    names = {name.removesuffix(".py") for folder in package.__path__ for name in os.listdir(folder)}
    found = [name for name in names if _MODULE.fullmatch(name)]
    return tuple(sorted(found, key=lambda name: (_FAMILIES.index(name[:3]), name)))


@cache
def rules() -> tuple[Rule, ...]:
    """Every rule of ours (hadolint's are its own)."""
    return tuple(import_module(f"{package.__name__}.{module}").rule for module in modules())


def find(name: str) -> Rule:
    """The rule with this ID or name; `NotFoundError` with the nearest ones if there is none."""
    wanted = name.strip().lower()
    for rule in rules():
        if wanted in (rule.id.lower(), rule.name):
            return rule
    near = ", ".join(f"{rule.id} {rule.name}" for rule in _near(wanted))
    hint = f"; did you mean {near}?" if near else ""
    raise NotFoundError(f"no rule {name!r}{hint} (`reconstruct rules` lists them)")


def _near(wanted: str) -> list[Rule]:
    """The rules with similar IDs or names, the nearest first."""
    from difflib import get_close_matches

    # `src01`, `SRC-1`, `src1`: the number without its zeros.
    match = re.fullmatch(r"([a-z]{2,4})[-_ ]?0*(\d+)", wanted)
    found = [rule for rule in rules() if match and rule.id.lower() == f"{match[1]}{int(match[2][:6]):03}"]
    found += [
        rule for rule in rules() if len(wanted) > 2 and (rule.id.lower().startswith(wanted) or wanted in rule.name)
    ]
    by_word = {word: rule for rule in rules() for word in (rule.id.lower(), rule.name)}
    found += [by_word[word] for word in get_close_matches(wanted, by_word, 3, 0.6)]
    return list(dict.fromkeys(found))[:3]
