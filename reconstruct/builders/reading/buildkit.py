"""BuildKit's history, old and new: bare instructions, `RUN <shell> <text> # buildkit`."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct import pattern
from reconstruct.builders.reading import bodies, build_args, classic, copying
from reconstruct.builders.reading.state import Reading, State
from reconstruct.builders.recognise import KEYWORDS, MARK
from reconstruct.syntax import Heredoc, Pair, Run, ShellForm

# Bounds on what is tried where a history declares more than anybody would.
_MOST_ARGUMENTS = 512
_MOST_CANDIDATES = 4

_PIPE = pattern.compile(r"/dev/pipes/(\S+)")
_OPENING = pattern.compile(r"(?:^|\s)\d*<<(-?)\s*([\"']?)([^\s<\"']+)\2")


def instruction(created_by: str, state: State) -> Reading | None:
    """Any BuildKit entry; None for a text that is none."""
    keyword, _, body = created_by.partition(" ")
    if keyword not in KEYWORDS:
        return None
    if keyword in ("RUN", "COPY", "ADD"):
        body = body.removesuffix(MARK.lstrip() if body == MARK.lstrip() else MARK)
    if keyword == "RUN":
        return run(body, state)
    if keyword in ("COPY", "ADD"):
        return copying.named(keyword, body, state)
    return bodies.read(keyword, body, state)


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _prefix(body: str, state: State) -> build_args.Prefix | None:
    head = build_args.count(body)
    if head is None:
        return None
    # A new build stage forgets the arguments before it, so any suffix of the declarations may be in force.
    names = [pair.key for pair in state.declared[-_MOST_ARGUMENTS:]]
    candidates: list[Sequence[str]] = []
    distinct: set[str] = set()
    for start in range(len(names) - 1, -1, -1):
        distinct.add(names[start])
        if not body.startswith(names[start] + "=", head[1]):
            continue
        if len(distinct) == head[0]:
            candidates.append(_unique(names[start:]))
        elif len(names) - start == head[0]:
            candidates.append(names[start:])
        if len(candidates) > _MOST_CANDIDATES:
            break
    candidates.reverse()
    recent = state.declared[-_MOST_ARGUMENTS:]
    expected = {pair.key: pair.value for pair in recent if pair.value is not None}
    return build_args.read_counted(
        body,
        candidates=candidates,
        declared=set(names),
        expected=expected | {name: state.env[name] for name in names if name in state.env},
        shells=state.shell_texts(),
    )


def run(body: str, state: State) -> Reading:
    """RUN, with its build arguments and, where the text has newlines, its here-document."""
    pairs = None
    inferred: tuple[str, ...] = ()
    prefix = _prefix(body, state)
    if prefix is not None:
        pairs, body = prefix.pairs, prefix.rest
        if not prefix.sure:
            inferred = ("where the build arguments end and the command begins",)
    reading = classic.command(body, pairs, state, inferred)
    command = reading.instruction
    assert isinstance(command, Run)
    if isinstance(command.command, ShellForm):
        text = command.command.text
        if pipe := _PIPE.fullmatch(text):
            return Reading(
                Run(command=ShellForm(""), build_args=pairs, heredoc=Heredoc(name=pipe.group(1))),
                inferred=inferred,
                lost=("the here-document's script: the builder kept its name alone",),
            )
        if "\n" in text:
            return Reading(_heredoc_run(text, pairs), inferred=reading.inferred)
    return reading


def _heredoc_run(text: str, pairs: tuple[Pair, ...] | None) -> Run:
    """A text with newlines is a here-document: the script itself, or a command line that opens one."""
    first, _, _ = text.partition("\n")
    if _OPENING.search(first):
        return Run(command=ShellForm(text), build_args=pairs)
    return Run(command=ShellForm(text), build_args=pairs, heredoc=Heredoc(name="EOF", content=text))
