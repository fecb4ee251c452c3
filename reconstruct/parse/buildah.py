"""buildah's history: the Dockerfile's own lines behind `/bin/sh -c #(nop) `, RUN's own text behind `/bin/sh -c `.

Facts: buildah 1.28 `imagebuildah/stage_executor.go` (getCreatedBy), and its head for the metadata behind the text.
"""

from __future__ import annotations

import re
from dataclasses import replace

from reconstruct.parse import build_args, copying, written
from reconstruct.parse.state import Reading, State
from reconstruct.syntax import Arg, Pair, Run

NOP = "/bin/sh -c #(nop) "
SHELL = "/bin/sh -c "

# What newer versions append to an entry, so that a cached build is only taken for one with the same options.
_METADATA = re.compile(
    r"(?:\|(?:unsetLabel|unsetAnnotation|inheritLabels|inheritAnnotations|force-mtime|clamp-mtime|"
    r"source-date-epoch|annotation|createdAnnotation)=[^|]*)+ *$"
)


def strip_metadata(text: str) -> str:
    """`text` without the build metadata that newer versions append."""
    return _METADATA.sub("", text).rstrip(" ") if "|" in text and _METADATA.search(text) else text


def instruction(created_by: str, state: State, following: str) -> Reading | None:
    """Any entry of a buildah build. `following` is the next RUN entry's created_by, which shows ARG's values."""
    if created_by.startswith(NOP):
        body = created_by[len(NOP) :]
        keyword, _, rest = body.partition(" ")
        if keyword.upper() in ("COPY", "ADD"):
            rest = _METADATA.sub("", rest)
            found = copying.checksummed(keyword.upper(), rest)
            if found is not None:
                return found
        body = strip_metadata(body)
        if keyword.upper() == "ARG":
            return _arg(body.partition(" ")[2].split(), state, following)
        return written.instruction(body, state)
    prefix = build_args.read_words(created_by, _declared(state))
    text = prefix.rest if prefix else created_by
    if not text.startswith(SHELL):
        return None
    text = strip_metadata(text[len(SHELL) :])
    reading = written.instruction("RUN " + text, state)
    if reading is None or not isinstance(reading.instruction, Run):
        return reading
    return replace(reading, instruction=replace(reading.instruction, build_args=prefix.pairs if prefix else None))


def declared_names(created_by: str) -> set[str]:
    """The names an ARG entry lists; empty for any other entry."""
    mark = NOP + "ARG "
    return set(strip_metadata(created_by[len(mark) :]).split()) if created_by.startswith(mark) else set()


def _declared(state: State) -> set[str]:
    return {pair.key for pair in state.declared}


def _arg(names: list[str], state: State, following: str) -> Reading:
    """An ARG entry lists every name with a value so far, sorted; what is new is what this line declared.

    A name's value shows in the next RUN. A line that adds no name declared one again, or one without a value.
    """
    before = {pair.key: pair.value for pair in state.declared}
    shown = build_args.read_words(following, state.arg_names) if following else None
    now = {pair.key: pair.value for pair in shown.pairs} if shown else {}
    new = [name for name in names if name not in before]
    if new:
        pairs = tuple(Pair(name, now.get(name, "")) for name in new)
        state.declared.extend(pairs)
        missing = [name for name in new if name not in now]
        return Reading(
            Arg(pairs=pairs),
            inferred=("the default: its value in the RUN that follows",) if not missing else (),
            lost=(f"the default of {', '.join(missing)}: no RUN shows it",) if missing else (),
        )
    changed = [name for name in names if name in now and now[name] != before.get(name) and name not in state.env]
    if changed:
        pairs = tuple(Pair(name, now[name]) for name in changed)
        state.declared[:] = [pair for pair in state.declared if pair.key not in changed] + list(pairs)
        return Reading(Arg(pairs=pairs), inferred=("which argument was declared again: the one that changed",))
    repeated = names[-1] if names else "UNKNOWN"
    pairs = (Pair(repeated, before[repeated] if names else None),)
    return Reading(Arg(pairs=pairs), lost=("which argument this line declared: history lists the names so far",))
