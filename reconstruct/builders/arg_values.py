"""buildah's ARG: the names in force without their values, which are recovered from their uses.

buildah writes an ARG's name, not its value, and later lines as in the Dockerfile, with variables unexpanded. The
value shows in the next RUN or, if no RUN follows or ENV hides it, in the config in force.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from reconstruct import pattern
from reconstruct.builders import build_args
from reconstruct.builders.state import Reading, State
from reconstruct.dockerfile.words import split as words
from reconstruct.dockerfile.words import unquote
from reconstruct.syntax import PLATFORM_ARGS, PROXY_ARGS, Arg, Pair
from reconstruct.typed import Any

_VARIABLE = pattern.compile(r"\$\{(\w+)\}|\$(\w+)")
_LINE = pattern.compile(r"/bin/sh -c #\(nop\) (?P<keyword>[A-Za-z]+) +(?P<body>.*)", re.DOTALL)


def read(names: list[str], state: State) -> Reading:
    """Reads an ARG entry, which lists every name with a value so far, sorted; this line declared the new ones.

    A line that adds no name redeclared one, or declared one without a value. A name that disappeared belongs to an
    earlier build stage.
    """
    if any(pair.key not in names for pair in state.declared):
        state.declared.clear()
    before = {pair.key: pair.value for pair in state.declared}
    now = _shown(names, state)
    new = [name for name in names if name not in before]
    platform = [name for name in new if name in PLATFORM_ARGS]
    if platform:
        # One of the builder's own names adds all that it knows.
        declared = next((name for name in ("TARGETPLATFORM", "BUILDPLATFORM") if name in platform), platform[0])
        pairs = tuple(Pair(name, None) for name in (platform if len(platform) < 3 else [declared]))
        state.declared.extend(Pair(name, now.get(name)) for name in new)
        return Reading(Arg(pairs=pairs))
    if new:
        return _declare(new, now, state)
    changed = [name for name in names if name in now and now[name] != before.get(name) and name not in state.env]
    if changed:
        pairs = tuple(Pair(name, now[name]) for name in changed)
        state.declared[:] = [pair for pair in state.declared if pair.key not in changed] + list(pairs)
        return Reading(
            Arg(pairs=tuple(_bare_proxy(pair) for pair in pairs)),
            inferred=("which argument was declared again: the one whose value changed",),
            lost=_given(pairs),
        )
    if not names:
        return Reading(Arg(pairs=(Pair("UNKNOWN", None),)), lost=("the argument's name",))
    repeated = names[-1]
    pairs = (Pair(repeated, None if repeated in PLATFORM_ARGS else before[repeated]),)
    return Reading(Arg(pairs=pairs), lost=("which argument this line declared: history lists all names so far",))


def _shown(names: list[str], state: State) -> dict[str, str | None]:
    """The values that the next RUN shows, except those that ENV sets in between."""
    for offset, line in enumerate(state.later):
        if not line.startswith("|"):
            continue
        prefix = build_args.read_words(line, state.arg_names | set(names))
        hidden = {name for between in state.later[:offset] for name in env_names(between)}
        return {pair.key: pair.value for pair in prefix.pairs if pair.key not in hidden} if prefix else {}
    return {}


def _declare(new: list[str], now: dict[str, str | None], state: State) -> Reading:
    """The line's own names, each with the value that the next RUN or the config reveals.

    A proxy name that the next RUN hides was declared with a default, or not at all; an empty default hides it again.
    """
    pairs, missing = [], []
    settings = _last_settings(state) if any(name not in now for name in new) else []
    for name in new:
        value = now.get(name)
        if value is None and name not in now:
            value = solve(name, settings, state.hints.env)
        if value is None:
            missing.append(name)
        pairs.append(Pair(name, value or ""))
    state.declared.extend(pairs)
    shown = [pair for pair in pairs if pair.key in now]
    return Reading(
        Arg(pairs=tuple(_bare_proxy(pair) if pair.key in now else pair for pair in pairs)),
        inferred=() if missing else ("the default: the value in later entries",),
        lost=(*_given(shown), *((f"the default of {', '.join(missing)}: not recorded",) if missing else ())),
    )


def _bare_proxy(pair: Pair) -> Pair:
    """A RUN shows a proxy only if a bare ARG named it, so that its value came from outside the Dockerfile."""
    return Pair(pair.key, None) if pair.key in PROXY_ARGS else pair


def _given(shown: Sequence[Pair]) -> tuple[str, ...]:
    """The note on proxies that a RUN shows."""
    options = [f"--build-arg {pair.key}={pair.value}" for pair in shown if pair.key in PROXY_ARGS]
    return (f"the build arguments given: {' '.join(options)}",) if options else ()


def env_names(created_by: str) -> set[str]:
    """The names that an ENV line sets; empty for any other line."""
    match = _LINE.match(created_by)
    if match is None or match["keyword"].upper() != "ENV":
        return set()
    found = words(match["body"])
    if found and "=" not in found[0]:
        return {found[0]}
    return {word.partition("=")[0] for word in found}


def _last_settings(state: State) -> list[tuple[str, str]]:
    """(text as written, value in force) of each setting that later lines make with a variable; of several lines, the last."""
    config, env = state.image.config, state.hints.env
    last: dict[str, tuple[str, str]] = {}
    for line in state.later:
        if "$" not in line:
            continue
        if line not in state.settings:
            state.settings[line] = tuple(_uses(line, config, env))
        for what, text, value in state.settings[line]:
            last[what] = (text, value)
    return list(last.values())


def _uses(created_by: str, config: Mapping[str, Any], env: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """(setting, text as written, value in force) of a line that sets something shown in the config."""
    match = _LINE.match(created_by)
    if match is None or "$" not in match["body"]:
        return
    keyword, body = match["keyword"].upper(), match["body"].strip()
    if keyword in ("ENV", "LABEL"):
        labels = config.get("Labels")
        values: Mapping[str, Any] = env if keyword == "ENV" else labels if isinstance(labels, Mapping) else {}
        for key, text in _pairs(body):
            value = values.get(key)
            if isinstance(value, str):
                yield f"{keyword} {key}", text, value
    elif keyword in ("WORKDIR", "USER"):
        value = config.get("WorkingDir" if keyword == "WORKDIR" else "User")
        if isinstance(value, str) and value:
            yield keyword, body, value
    elif keyword in ("EXPOSE", "VOLUME"):
        values = config.get("ExposedPorts" if keyword == "EXPOSE" else "Volumes") or {}
        if isinstance(values, Mapping) and len(values) == 1 and " " not in body:
            yield keyword, body.removesuffix("/tcp"), next(iter(values)).removesuffix("/tcp")


def _pairs(body: str) -> list[tuple[str, str]]:
    found = words(body)
    if found and "=" not in found[0]:
        key, _, text = body.partition(" ")
        return [(key, text.strip())]
    parts = [word.partition("=") for word in found]
    return [(unquote(key), text) for key, _, text in parts]


def solve(name: str, settings: Iterable[tuple[str, str]], env: Mapping[str, str]) -> str | None:
    """The value of argument `name` with which `settings`, (text, value), come out; None if none shows it."""
    for text, value in settings:
        if f"${name}" not in text and f"${{{name}}}" not in text:
            continue
        match = re.fullmatch(_pattern(text, name, env), value, re.DOTALL)
        if match is not None:
            return match["value"]
    return None


def _pattern(text: str, name: str, env: Mapping[str, str]) -> str:
    """The text as a regular expression: the argument is the group, other variables have the config's value or any."""
    parts: list[str] = []
    position, seen = 0, False
    for match in _VARIABLE.finditer(text):
        parts.append(re.escape(_bare(text[position : match.start()])))
        variable = match.group(1) or match.group(2)
        if variable == name:
            parts.append("(?P=value)" if seen else "(?P<value>.*?)")
            seen = True
        else:
            parts.append(re.escape(env[variable]) if variable in env else ".*?")
        position = match.end()
    parts.append(re.escape(_bare(text[position:])))
    return "".join(parts) if seen else "(?!)"


def _bare(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text.replace('"', ""))
