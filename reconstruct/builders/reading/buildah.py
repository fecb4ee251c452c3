"""buildah's history: the Dockerfile's own lines behind `/bin/sh -c #(nop) `, RUN's own text behind `/bin/sh -c `.

Facts: buildah 1.28 `imagebuildah/stage_executor.go` (getCreatedBy), and its head for the metadata behind the text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconstruct import pattern
from reconstruct.builders.reading import arg_values, build_args, copying, own_line
from reconstruct.builders.reading.state import Reading, State
from reconstruct.dockerfile.dialect import BUILDAH
from reconstruct.dockerfile.instruction import split_keyword
from reconstruct.record import dataclass, replace
from reconstruct.syntax import PLATFORM_ARGS, PROXY_ARGS, Arg, Pair, Run

NOP = "/bin/sh -c #(nop) "
SHELL = "/bin/sh -c "

_FAR = 200
# What newer versions append to an entry, so that a cached build is only taken for one with the same options.
_METADATA = pattern.compile(
    r"(?:\|(?:unsetLabel|unsetAnnotation|inheritLabels|inheritAnnotations|force-mtime|clamp-mtime|"
    r"source-date-epoch|annotation|createdAnnotation)=[^|]*)+ *$"
)


@dataclass(frozen=True)
class Place:
    """Where an entry stands: the created_by of all entries, its position, and the image's config."""

    texts: Sequence[str]
    index: int
    config: Mapping[str, Any]

    @property
    def later(self) -> Sequence[str]:
        """What was written after it, as far as anyone could have written by hand."""
        return self.texts[self.index + 1 : self.index + _FAR]


def strip_metadata(text: str) -> str:
    """`text` without the build metadata that newer versions append."""
    return _METADATA.sub("", text).rstrip(" ") if "|" in text and _METADATA.search(text) else text


def instruction(created_by: str, state: State, place: Place) -> Reading | None:
    """Any entry of a buildah build. `place`: what stands after it, for what the entry itself does not say."""
    if created_by.startswith(NOP):
        body = created_by[len(NOP) :]
        keyword, rest = split_keyword(body)
        if keyword.upper() in ("COPY", "ADD"):
            rest = _METADATA.sub("", rest)
            found = copying.checksummed(keyword.upper(), rest)
            if found is not None:
                return found
        body = strip_metadata(body)
        if keyword.upper() == "ARG":
            return _arg(rest.split(), state, place)
        return own_line.read(body, state, BUILDAH)
    prefix = build_args.read_words(created_by, _declared(state))
    text = prefix.rest if prefix else created_by
    if not text.startswith(SHELL):
        return None
    text = strip_metadata(text[len(SHELL) :])
    reading = own_line.read("RUN " + text, state, BUILDAH)
    if reading is None or not isinstance(reading.instruction, Run):
        return reading
    return replace(reading, instruction=replace(reading.instruction, build_args=prefix.pairs if prefix else None))


def declared_names(created_by: str) -> set[str]:
    """The names an ARG entry lists; empty for any other entry."""
    mark = NOP + "ARG "
    return set(strip_metadata(created_by[len(mark) :]).split()) if created_by.startswith(mark) else set()


def _declared(state: State) -> set[str]:
    return {pair.key for pair in state.declared}


def _arg(names: list[str], state: State, place: Place) -> Reading:
    """An ARG entry lists every name with a value so far, sorted; what is new is what this line declared.

    A line that adds no name declared one again, or one without a value. A name that is gone belongs to an earlier
    build stage.
    """
    if any(pair.key not in names for pair in state.declared):
        state.declared.clear()
    before = {pair.key: pair.value for pair in state.declared}
    now = _shown(names, state, place)
    new = [name for name in names if name not in before]
    platform = [name for name in new if name in PLATFORM_ARGS]
    if platform:
        # One name of the builder's own brings in all it knows.
        declared = next((name for name in ("TARGETPLATFORM", "BUILDPLATFORM") if name in platform), platform[0])
        pairs = tuple(Pair(name, None) for name in (platform if len(platform) < 3 else [declared]))
        state.declared.extend(Pair(name, now.get(name)) for name in new)
        return Reading(Arg(pairs=pairs))
    if new:
        return _declare(new, now, state, place)
    changed = [name for name in names if name in now and now[name] != before.get(name) and name not in state.env]
    if changed:
        pairs = tuple(Pair(name, now[name]) for name in changed)
        state.declared[:] = [pair for pair in state.declared if pair.key not in changed] + list(pairs)
        return Reading(
            Arg(pairs=tuple(_bare_proxy(pair) for pair in pairs)),
            inferred=("which argument was declared again: the one that changed",),
            lost=_given(pairs),
        )
    if not names:
        return Reading(Arg(pairs=(Pair("UNKNOWN", None),)), lost=("the argument's name",))
    repeated = names[-1]
    pairs = (Pair(repeated, None if repeated in PLATFORM_ARGS else before[repeated]),)
    return Reading(Arg(pairs=pairs), lost=("which argument this line declared: history lists the names so far",))


def _shown(names: list[str], state: State, place: Place) -> dict[str, str | None]:
    """The values that the next RUN shows, less those that ENV sets in between."""
    for offset, line in enumerate(place.later):
        if not line.startswith("|"):
            continue
        prefix = build_args.read_words(line, state.arg_names | set(names))
        hidden = {name for between in place.later[:offset] for name in arg_values.env_names(between)}
        return {pair.key: pair.value for pair in prefix.pairs if pair.key not in hidden} if prefix else {}
    return {}


def _declare(new: list[str], now: dict[str, str | None], state: State, place: Place) -> Reading:
    """The line's own names, each with the value that the next RUN or the config gives away.

    A proxy's name that the next RUN hides was declared with a default, or not at all; an empty default hides it again.
    """
    pairs, missing = [], []
    for name in new:
        value = now.get(name)
        if value is None and name not in now:
            value = arg_values.solve(name, place.later, place.config, state.hints.env)
        if value is None:
            missing.append(name)
        pairs.append(Pair(name, value or ""))
    state.declared.extend(pairs)
    shown = [pair for pair in pairs if pair.key in now]
    return Reading(
        Arg(pairs=tuple(_bare_proxy(pair) if pair.key in now else pair for pair in pairs)),
        inferred=() if missing else ("the default: the value that later lines show",),
        lost=(*_given(shown), *((f"the default of {', '.join(missing)}: nothing shows it",) if missing else ())),
    )


def _bare_proxy(pair: Pair) -> Pair:
    """A RUN shows a proxy only if a bare ARG named it, so that its value came from outside the Dockerfile."""
    return Pair(pair.key, None) if pair.key in PROXY_ARGS else pair


def _given(shown: Sequence[Pair]) -> tuple[str, ...]:
    """The remark on proxies that a RUN shows."""
    options = [f"--build-arg {pair.key}={pair.value}" for pair in shown if pair.key in PROXY_ARGS]
    return (f"what the build was given: {' '.join(options)}",) if options else ()
