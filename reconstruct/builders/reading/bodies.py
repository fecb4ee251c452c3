"""The part of created_by behind the frame, instruction by instruction, as the classic builder and BuildKit print it.

The two share almost all of it: both print parsed values with Go's fmt. What differs is told by parameters.
Facts: the project's recordings; Docker 20.10 `builder/dockerfile/dispatchers.go`, BuildKit
`frontend/dockerfile/dockerfile2llb/convert.go`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from reconstruct import golang
from reconstruct.builders.reading.pairs import split_args, split_pairs
from reconstruct.builders.reading.shells import split_shell
from reconstruct.builders.reading.state import Reading, State
from reconstruct.syntax import (
    Arg,
    Certainty,
    Cmd,
    Command,
    Entrypoint,
    Env,
    ExecForm,
    Expose,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Shell,
    ShellForm,
    Stopsignal,
    User,
    Volume,
    Workdir,
)

# A path of more words than this is not one that anybody wrote.
_MOST_WORDS = 32

Body = Callable[[str, State], Reading | None]

_BORDERS = "the borders between words or pairs: the text has none and the config does not tell"


def _inferred(certainty: Certainty, what: str = _BORDERS) -> tuple[str, ...]:
    return () if certainty is Certainty.EXACT else (what,)


def env(body: str, state: State) -> Reading | None:
    pairs, certainty = split_pairs(body, state.hints.env, complete=state.hints.complete)
    if not pairs or not pairs[0].key:
        return None
    for pair in pairs:
        state.env[pair.key] = pair.value or ""
    return Reading(Env(pairs=pairs), inferred=_inferred(certainty))


def label(body: str, state: State) -> Reading | None:
    pairs, certainty = split_pairs(body, state.hints.labels, complete=state.hints.complete)
    if not pairs or not pairs[0].key:
        return None
    return Reading(Label(pairs=pairs), inferred=_inferred(certainty))


def arg(body: str, state: State) -> Reading | None:
    counts = state.names_shown_of_next_arg() if " " in body else ()
    pairs, certainty = split_args(body, state.arg_names, state.shown, counts)
    if not pairs[0].key:
        return None
    state.declared.extend(pairs)
    return Reading(Arg(pairs=pairs), inferred=_inferred(certainty))


def _command(body: str, state: State) -> Command | None:
    words = golang.quoted_list(body)
    if words is None:
        words = golang.quoted_struct(body)
    if words is None:
        return None
    if len(words) == len(state.shell) + 1 and words[:-1] == state.shell:
        return ShellForm(words[-1])
    return ExecForm(words)


def _bare_list(body: str) -> ExecForm | None:
    """`[/bin/bash -l]`: CMD up to Docker 1.9, words without quotes."""
    if body.startswith("[") and body.endswith("]"):
        return ExecForm(tuple(body[1:-1].split()))
    return None


def cmd(body: str, state: State) -> Reading | None:
    command = _command(body, state)
    if command is not None:
        return Reading(Cmd(command=command))
    bare = _bare_list(body)
    return Reading(Cmd(command=bare), inferred=(_BORDERS,)) if bare is not None else None


def entrypoint(body: str, state: State) -> Reading | None:
    command = _command(body, state)
    if command is not None:
        return Reading(Entrypoint(command=command))
    bare = _bare_list(body)
    return Reading(Entrypoint(command=bare), inferred=(_BORDERS,)) if bare is not None else None


def shell(body: str, state: State) -> Reading | None:
    if not (body.startswith("[") and body.endswith("]")) or body == "[]":
        return None
    known = [words for words in (state.hints.shell, *state.shells_seen) if words]
    words, sure = split_shell(body[1:-1], known)
    state.shell = words
    return Reading(Shell(words=words), inferred=() if sure else (_BORDERS,))


def volume(body: str, state: State) -> Reading | None:
    if body.startswith("[") and body.endswith("]"):
        body = body[1:-1]
    elif body.startswith("map["):
        ports = golang.port_map(body)
        return Reading(Volume(paths=ports)) if ports else None
    if not body:
        return None
    paths, sure = _split_paths(body, state.hints.volumes)
    return Reading(Volume(paths=paths), inferred=() if sure else (_BORDERS,))


def _split_paths(text: str, known: frozenset[str]) -> tuple[tuple[str, ...], bool]:
    """Paths with blanks between them: the config's volumes tell the borders, the longest that fits first."""
    words = text.split(" ")
    paths: list[str] = []
    sure = True
    index = 0
    while index < len(words):
        for end in range(min(len(words), index + _MOST_WORDS), index, -1):
            candidate = " ".join(words[index:end])
            if candidate in known:
                break
        else:
            end, sure = index + 1, len(words) == 1
        path = " ".join(words[index:end])
        if path:
            paths.append(path)
        index = end
    return tuple(paths) or (text,), sure


def expose(body: str, state: State) -> Reading | None:
    ports = golang.port_map(body) if body.startswith("map[") else None
    if ports is None:
        inner = body[1:-1] if body.startswith("[") and body.endswith("]") else body
        ports = tuple(inner.split())
    # An empty list is written too: `EXPOSE $UNSET`.
    return Reading(Expose(ports=ports))


def user(body: str, state: State) -> Reading | None:
    # Docker up to 1.9 wrote `USER [name]`.
    old = re.fullmatch(r"\[([^\[\]\s]+)\]", body)
    # An empty one is written too: `USER $UNSET`.
    return Reading(User(user=old.group(1) if old else body))


def workdir(body: str, state: State) -> Reading | None:
    return Reading(Workdir(path=body)) if body else None


def stopsignal(body: str, state: State) -> Reading | None:
    old = re.fullmatch(r"\[([^\[\]\s]+)\]", body)
    return Reading(Stopsignal(signal=old.group(1) if old else body)) if body else None


def maintainer(body: str, state: State) -> Reading | None:
    return Reading(Maintainer(name=body)) if body else None


def onbuild(body: str, state: State) -> Reading | None:
    return Reading(Onbuild(trigger=body)) if body else None


def healthcheck(body: str, state: State) -> Reading | None:
    health = golang.health(body)
    if health is None:
        return None
    test = health.test
    inferred: tuple[str, ...] = ()
    if health.joined and test and test[0] == "CMD":
        test, sure = _health_words(test, state.hints.health_test)
        inferred = () if sure else (_BORDERS,)
    command: Command | None
    if not test or test[0] == "NONE":
        command = None
    elif test[0] == "CMD-SHELL":
        command = ShellForm(" ".join(test[1:]))
    else:
        command = ExecForm(test[1:])
    return Reading(
        Healthcheck(
            command=command,
            interval=health.interval,
            timeout=health.timeout,
            start_period=health.start_period,
            start_interval=health.start_interval,
            retries=health.retries,
        ),
        inferred=inferred,
    )


def _health_words(test: tuple[str, ...], known: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """The exec form's words: the config's where they join to the same text, else split at blanks."""
    joined = " ".join(test)
    if " ".join(known) == joined:
        return known, True
    return tuple(joined.split(" ")), False


BODIES: dict[str, Body] = {
    "ARG": arg,
    "CMD": cmd,
    "ENTRYPOINT": entrypoint,
    "ENV": env,
    "EXPOSE": expose,
    "HEALTHCHECK": healthcheck,
    "LABEL": label,
    "MAINTAINER": maintainer,
    "ONBUILD": onbuild,
    "SHELL": shell,
    "STOPSIGNAL": stopsignal,
    "USER": user,
    "VOLUME": volume,
    "WORKDIR": workdir,
}


def read(keyword: str, body: str, state: State) -> Reading | None:
    """The instruction that `keyword` and `body` make; None if the text is not of that instruction's shape."""
    reader = BODIES.get(keyword)
    return reader(body, state) if reader else None


def exec_words(text: str) -> tuple[str, ...]:
    """The words of an exec form from words joined by blanks: split at blanks, but `sh -c` takes the rest as one."""
    words = text.split(" ")
    for index, word in enumerate(words[1:4], start=1):
        shell_like = re.search(r"(?:^|[/\\])(?:ba|da|a|z|k|c|fi)?sh(?:\.exe)?$", words[0]) or re.search(
            r"(?i)(?:powershell|pwsh|cmd)(?:\.exe)?$", words[0]
        )
        if shell_like and re.fullmatch(r"(?i)-[a-z]*c|-command|/c", word) and index + 1 < len(words):
            return (*words[: index + 1], " ".join(words[index + 1 :]))
        if not word.startswith(("-", "/")):
            break
    return tuple(words)
