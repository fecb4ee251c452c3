"""Signs that a base ends: pauses, times that go backwards, another builder, steps after a CMD, values set again.

No sign is proof: cached steps are older than those after them, and a Dockerfile may set CMD in the middle. Each sign has a
weight (see `_WEIGHTS`), and their sum says how likely it is that one image ended and another began.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import pairwise

from reconstruct import times
from reconstruct.base.evidence import Case
from reconstruct.base.model import Claim, Source
from reconstruct.record import dataclass
from reconstruct.syntax import (
    Arg,
    Cmd,
    Dialect,
    Entrypoint,
    Env,
    Expose,
    Foreign,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    RootFilesystem,
    Run,
    Step,
    Stopsignal,
    User,
    Volume,
    Workdir,
)

# From this weight on, a boundary needs no other evidence.
STRONG = 3.0

# A step's time is its end: commands take hours at most, settings take no time.
_RUN_SECONDS = 6 * 3600
_QUICK_SECONDS = 300
_DAY = 24 * 3600
_WEIGHTS = {
    "days": 3.0,
    "pause": 2.0,
    "back": 3.0,
    "builder": 3.0,
    "command": 1.5,
    "command set again": 2.5,
    "command twice": 3.0,
    "maintainer": 1.5,
    "author": 1.5,
    "user set anew": 1.0,
    "workdir set anew": 0.5,
    "opening": 0.5,
}


_TIMED = frozenset({"days", "pause", "back"})


@dataclass(frozen=True)
class _Sign:
    kind: str
    text: str


def claims(case: Case) -> Iterator[Claim]:
    """A nameless claim for each position with enough weight, with the sum of the signs as weight."""
    for index, signs in _all_signs(case.steps):
        weight = sum(_WEIGHTS[sign.kind] for sign in signs)
        # A sign that is weak by itself (an ARG, WORKDIR set again) doesn't mark an end.
        if index and weight >= _WEIGHTS["command"]:
            reason = ", ".join(sign.text for sign in signs)
            timed = any(sign.kind in _TIMED for sign in signs)
            yield Claim(Source.HISTORY, reason, entries=index, weight=weight, timed=timed)


def _all_signs(steps: Sequence[Step]) -> Iterator[tuple[int, list[_Sign]]]:
    """The entries of the steps that have signs between them and the step before."""
    moments = _moments(steps)
    kinds = [type(step.instruction) for step in steps]
    again = _commands_set_again(kinds)
    seen: set[type] = set()
    authors = ""
    for position, step in enumerate(steps):
        if position and step.index is not None:
            signs: list[_Sign] = []
            before = steps[position - 1]
            if moments[position] is not moments[position - 1]:
                signs += _of_times(steps, moments, position)
            if before.dialect is not step.dialect:
                signs += _of_builders(before, step)
            if kinds[position - 1] in _COMMANDS:
                signs += _of_command(before, step, position in again)
            if signs or authors or kinds[position] in _ALONE:
                signs += _of_words(step, seen, authors)
            if signs:
                yield step.index, signs
        seen.add(kinds[position])
        authors = (step.entry.author if step.entry else "") or authors


def _moments(steps: Sequence[Step]) -> list[datetime | None]:
    """The time of each step's entry; steps in a row with the same time have the same object."""
    moments: list[datetime | None] = []
    last, moment = None, None
    for step in steps:
        text = step.entry.created if step.entry else None
        if text != last:
            last, moment = text, times.parse(text)
        moments.append(moment)
    return moments


def _of_times(steps: Sequence[Step], moments: Sequence[datetime | None], position: int) -> Iterator[_Sign]:
    before, after = moments[position - 1], moments[position]
    if before is None or after is None or before.year <= 1 or after.year <= 1:
        return
    seconds = (after - before).total_seconds()
    if -1 <= seconds < _QUICK_SECONDS:
        return
    # A RUN may have taken the time; few come right after a CMD, which usually ends a Dockerfile.
    runs = isinstance(steps[position].instruction, (Run, RootFilesystem, Foreign))
    ended = isinstance(steps[position - 1].instruction, (Cmd, Entrypoint))
    limit = _RUN_SECONDS if runs and not ended else _QUICK_SECONDS
    if seconds < -1:
        yield _Sign("back", f"timestamps go back {_span(-seconds)}")
    elif seconds >= max(_DAY, limit):
        yield _Sign("days", f"a pause of {_span(seconds)}")
    elif seconds >= limit:
        yield _Sign("pause", f"a pause of {_span(seconds)}")


def _span(seconds: float) -> str:
    for unit, length in (("year", 365 * _DAY), ("day", _DAY), ("hour", 3600), ("minute", 60), ("second", 1)):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a second"


def _of_builders(before: Step, after: Step) -> Iterator[_Sign]:
    makers = (before.dialect, after.dialect)
    if Dialect.OTHER in makers or before.dialect is after.dialect or isinstance(before.instruction, RootFilesystem):
        return
    yield _Sign("builder", f"{before.dialect.value} wrote the entries above, {after.dialect.value} those below")


# Instructions that people write after CMD or ENTRYPOINT in one Dockerfile: no sign of another image.
_CLOSING = (Cmd, Entrypoint, Expose, Volume, User, Label, Healthcheck, Stopsignal, Onbuild, Maintainer)


def _of_command(before: Step, after: Step, again: bool) -> Iterator[_Sign]:
    if not isinstance(before.instruction, (Cmd, Entrypoint)):
        return
    keyword = before.instruction.keyword
    if isinstance(after.instruction, (Cmd, Entrypoint)):
        if after.instruction.keyword == keyword:
            yield _Sign("command twice", f"{keyword} follows {keyword}")
        return
    if not isinstance(after.instruction, _CLOSING):
        yield _Sign("command", f"steps follow a {keyword}")
    if again:
        yield _Sign("command set again", f"{keyword} is set again later")


def _commands_set_again(kinds: Sequence[type]) -> set[int]:
    """The positions after a CMD (or an ENTRYPOINT) that a later one replaces. `kinds`: the steps' instructions' classes."""
    found: set[int] = set()
    for command in _COMMANDS:
        if kinds.count(command) < 2:
            continue
        places = [position for position, kind in enumerate(kinds) if kind is command]
        found.update(place + 1 for place, later in pairwise(places) if later > place + 1)
    # CMD after ENTRYPOINT ends an image as a pair: replacing either replaces the pair.
    for position in tuple(found):
        if position < len(kinds) and kinds[position] in _COMMANDS:
            found.add(position + 1)
    return found


_COMMANDS: tuple[type, ...] = (Cmd, Entrypoint)
# Instructions whose words alone may mark an end: those that name a maintainer. Those of others weigh too little.
_ALONE: tuple[type, ...] = (Label, Maintainer)


def _of_words(step: Step, seen: set[type], author: str) -> Iterator[_Sign]:
    instruction = step.instruction
    if isinstance(instruction, Maintainer) and Maintainer in seen:
        yield _Sign("maintainer", "another MAINTAINER")
    elif isinstance(instruction, Label) and _is_maintainer(instruction) and Label in seen:
        yield _Sign("maintainer", "LABEL maintainer")
    if step.entry and step.entry.author and author and step.entry.author != author:
        yield _Sign("author", "a different author")
    if isinstance(instruction, User) and User in seen and instruction.user.partition(":")[0] in ("root", "0"):
        yield _Sign("user set anew", "USER is root again")
    if isinstance(instruction, Workdir) and Workdir in seen:
        yield _Sign("workdir set anew", "WORKDIR is set again")
    elif isinstance(instruction, (Arg, Label, Maintainer, Env, Workdir)):
        yield _Sign("opening", f"{instruction.keyword} follows")


def _is_maintainer(label: Label) -> bool:
    return any(pair.key.lower() in ("maintainer", "org.opencontainers.image.authors") for pair in label.pairs)
