"""Where the dialects differ: one `Dialect` per builder.

Taken from their sources: BuildKit (frontend/dockerfile, 2026), BuildKit 0.8 and the classic builder in moby 20.10.24,
and imagebuilder as vendored by buildah 1.28, which still has the classic builder's parser of 2017.
"""

from __future__ import annotations

from reconstruct.record import dataclass
from reconstruct.typed import Literal, get_args

Builder = Literal["classic", "buildkit-0.8", "buildkit", "buildah"]
BUILDERS: tuple[Builder, ...] = get_args(Builder)

_SPECIAL = r"[@*#?\-$!]"
_NAME = r"[^\W\d]\w*"


@dataclass(frozen=True)
class Dialect:
    """One builder's Dockerfile language.

    `directives`: the known parser directives. `heredocs`: whether here-documents are known. `operators`: those of
    `${x…}`, with and without the colon. `patterns`: `${x#…}`, `${x%…}` and `${x/…/…}`. `variable`: what may follow a
    bare `$`, as a regular expression. `escape_in_words`: whether expansion respects the escape directive;
    `escape_in_flags`: whether flags do. `whole_json`: text after an exec form makes it shell form; otherwise it is
    ignored. `bare_braces`: `${}` is empty, and `${…}` has no special parameters. `lone_escape`: a line
    that ends with two escape characters continues, and keeps the first. `cuts_all_ends`: all trailing `\\r` belong to
    the line end. `stops_at_long_lines`: reading silently ends at a line that is too long. `zero_values`: a health
    check's durations and retries may be 0; `least_interval` is the shortest non-zero duration, in nanoseconds.
    `repeated_flags`: the last of a repeated flag counts; otherwise it is rejected. `free_stage_names`: a build stage may have
    any name, as written; otherwise it is checked and in lower case. `old_directive`: directives are found by the
    pattern of 2017. `more_signals`: signal names that STOPSIGNAL accepts in addition to Linux's.
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
    # imagebuilder's list covers all platforms.
    more_signals=frozenset({"UNUSED", "BUG", "EMT", "INFO", "LWP", "THR"}),
)

DIALECTS: dict[str, Dialect] = {d.name: d for d in (CLASSIC, BUILDKIT_0_8, BUILDKIT, BUILDAH)}
