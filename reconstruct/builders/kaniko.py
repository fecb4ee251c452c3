"""kaniko: the Dockerfile's lines for instructions that changed files, signed `kaniko`; settings have no entry.

Facts: GoogleContainerTools/kaniko `pkg/executor/build.go` (a command that only changes metadata, or changed no file, leaves
no layer and no entry), `pkg/commands`. It uses BuildKit's parser and its own evaluation, which gives the same result.
"""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.builders import own_text
from reconstruct.builders.buildkit import BuildKit
from reconstruct.builders.state import Reading, State
from reconstruct.syntax import Dialect
from reconstruct.typed import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from reconstruct.builders.build import Writing
    from reconstruct.image import HistoryEntry, Image

AUTHOR = "kaniko"


class Kaniko(BuildKit):
    """kaniko: BuildKit's language, its own entries."""

    name: ClassVar[str] = "kaniko"
    dialect: ClassVar[Dialect] = Dialect.KANIKO
    title: ClassVar[str] = "kaniko"
    full_title: ClassVar[str] = "kaniko"
    author: ClassVar[str] = AUTHOR
    own_text: ClassVar[bool] = True
    keeps_settings: ClassVar[bool] = False
    no_times: ClassVar[bool] = True
    cached_times: ClassVar[bool] = False
    records_by_version: ClassVar[bool] = False
    lists_args: ClassVar[bool] = False
    shows_all_args: ClassVar[bool] = False
    args_from_outside: ClassVar[bool] = False
    escapes_args: ClassVar[bool] = False

    def wrote(self, entry: HistoryEntry, signed: bool) -> bool:
        """By the author, which kaniko sets in every entry."""
        return entry.author == AUTHOR

    def version(self, image: Image) -> str | None:
        """None: kaniko records no version."""
        return None

    # -- history: a line if files changed ----------------------------------------------------------------------------

    def read(self, entry: HistoryEntry, state: State) -> Reading | None:
        """The entry is the Dockerfile's line."""
        return own_text.read(entry.created_by, state, self.language)

    def settle(self, step: Writing, text: str, also: Sequence[str] = ()) -> None:
        """A setting leaves no entry."""

    def add(self, step: Writing, text: str, *, empty: bool, also: Sequence[str] = ()) -> None:
        """The Dockerfile's line. A RUN, and a WORKDIR that already exists, may not have changed any file."""
        optional = step.instruction.keyword in ("RUN", "WORKDIR")
        step.add(step.instruction.text, empty=False, comment="", optional=optional)


BUILDER = Kaniko()
