"""Where the dialects differ, one `Dialect` a builder.

Read from their sources: BuildKit (frontend/dockerfile, 2026), BuildKit 0.8 and the classic builder as moby 20.10.24
has them, and imagebuilder as buildah 1.28 vendors it, which kept the parser that the classic builder had in 2017.
"""

from __future__ import annotations

from typing import Literal, get_args

from reconstruct.record import dataclass

Builder = Literal["classic", "buildkit-0.8", "buildkit", "buildah"]
BUILDERS: tuple[Builder, ...] = get_args(Builder)

_SPECIAL = r"[@*#?\-$!]"
_NAME = r"[^\W\d]\w*"


@dataclass(frozen=True)
class Dialect:
    """One builder's Dockerfile language.

    `directives`: the parser directives known. `heredocs`: whether here-documents are. `operators`: those of
    `${x…}`, with and without the colon. `patterns`: `${x#…}`, `${x%…}` and `${x/…/…}`. `variable`: what may follow a
    bare `$`, as a regular expression. `escape_in_words`: whether expansion heeds the escape directive;
    `escape_in_flags`: whether flags do. `whole_json`: text behind an exec form makes it shell form, else it is
    ignored. `bare_braces`: `${}` is empty, and `${…}` knows no special parameters. `lone_escape`: a line
    that ends with two escape characters goes on, and keeps the first. `cuts_all_ends`: all of a line's `\\r` at its end
    are its end. `stops_at_long_lines`: reading ends at a line that is too long, without a word. `zero_values`: a health
    check's time or number of retries may be 0, `least_interval` is the shortest other time, in nanoseconds.
    `repeated_flags`: the last of a flag given twice counts, else it is refused. `free_stage_names`: a build stage may have
    any name, as written, else it is checked and in lower case. `old_directive`: directives are found by the
    pattern of 2017. `more_signals`: names that STOPSIGNAL takes beside Linux's.
    """

    name: Builder
    directives: frozenset[str]
    heredocs: bool = False
    operators: frozenset[str] = frozenset({":-", ":+", ":?", "?"})
    patterns: bool = False
    variable: str = rf"\d+|{_SPECIAL}|{_NAME}"
    escape_in_words: bool = True
    escape_in_flags: bool = False
    whole_json: bool = False
    bare_braces: bool = False
    lone_escape: bool = False
    cuts_all_ends: bool = False
    stops_at_long_lines: bool = False
    zero_values: bool = False
    least_interval: int = 1_000_000
    repeated_flags: bool = False
    free_stage_names: bool = False
    old_directive: bool = False
    more_signals: frozenset[str] = frozenset()


CLASSIC = Dialect("classic", frozenset({"escape", "syntax"}))
BUILDKIT_0_8 = Dialect("buildkit-0.8", frozenset({"escape", "syntax"}))
BUILDKIT = Dialect(
    "buildkit",
    frozenset({"escape", "syntax", "check"}),
    heredocs=True,
    operators=frozenset({":-", ":+", ":?", "-", "+", "?"}),
    patterns=True,
    escape_in_flags=True,
    whole_json=True,
    cuts_all_ends=True,
    zero_values=True,
)
BUILDAH = Dialect(
    "buildah",
    frozenset({"escape"}),
    operators=frozenset({":-", ":+"}),
    variable=rf"[0-9]|{_NAME}",
    escape_in_words=False,
    bare_braces=True,
    lone_escape=True,
    stops_at_long_lines=True,
    least_interval=1,
    repeated_flags=True,
    free_stage_names=True,
    old_directive=True,
    # imagebuilder's list is of all platforms.
    more_signals=frozenset({"UNUSED", "BUG", "EMT", "INFO", "LWP", "THR"}),
)

DIALECTS: dict[str, Dialect] = {d.name: d for d in (CLASSIC, BUILDKIT_0_8, BUILDKIT, BUILDAH)}
