"""buildah: the Dockerfile's own lines behind `/bin/sh -c #(nop) `, RUN's behind `/bin/sh -c `, and marks behind them.

Facts: `imagebuildah/stage_executor.go` (getCreatedBy, buildMetadata) of every release from 1.28 to 1.44. What becomes of
stages and config is imagebuilder's (imagebuilder.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from reconstruct import pattern
from reconstruct.builders import build_args, copying, own_text
from reconstruct.builders.imagebuilder import ImageBuilder
from reconstruct.builders.state import Reading, State
from reconstruct.record import replace
from reconstruct.syntax import PROXY_ARGS, Dialect, Run

if TYPE_CHECKING:
    from reconstruct.builders.build import StageState, Writing
    from reconstruct.image import HistoryEntry, Image

NOP = "/bin/sh -c #(nop) "
SHELL = "/bin/sh -c "

_COMMENT = pattern.compile(r"FROM (\S+)$")
_MARK = pattern.compile(r"/bin/sh -c #\(nop\) ([A-Za-z]+)")
_VERSION_LABEL = "io.buildah.version"


class Buildah(ImageBuilder):
    """buildah, and podman, which builds with it."""

    name = language = "buildah"
    dialect = Dialect.BUILDAH
    title = full_title = "buildah"
    own_text = True
    own_destination = True
    workdir_layer = False
    one_layer_for_all = True
    declares_args = False
    whole_healthcheck = False
    hides_proxies = True

    # -- recognition -----------------------------------------------------------------------------------------------

    def wrote(self, entry: HistoryEntry, signed: bool) -> bool:
        """By its comment, `FROM name`; in an image that it signed also by one blank behind the mark."""
        if _COMMENT.match(entry.comment):
            return True
        match = _MARK.match(entry.created_by) if signed else None
        # The classic builder has one blank there too.
        return match is not None and match.group(1).upper() not in ("COPY", "ADD", "WORKDIR")

    def signed(self, image: Image) -> bool:
        labels = image.config.get("Labels")
        if isinstance(labels, Mapping) and _VERSION_LABEL in labels:
            return True
        return any(_COMMENT.match(entry.comment) for entry in image.history)

    def version(self, image: Image) -> str | None:
        labels = image.config.get("Labels")
        version = labels.get(_VERSION_LABEL) if isinstance(labels, Mapping) else None
        return version if isinstance(version, str) and version else None

    def describe(self, image: Image) -> str:
        version = self.version(image)
        return f"{self.title} {version}" if version else self.title

    def base_name(self, entry: HistoryEntry) -> str | None:
        match = _COMMENT.match(entry.comment)
        return match.group(1) if match else None

    def unmarked(self, entry: HistoryEntry, image: Image) -> str:
        return unmarked(entry, image)

    # -- history → AST ---------------------------------------------------------------------------------------------

    def prepare(self, entry: HistoryEntry, state: State) -> None:
        state.arg_names |= self.listed_args(entry)

    def listed_args(self, entry: HistoryEntry | None) -> set[str]:
        """The names that an ARG entry lists: all that have a value so far. Empty for any other entry."""
        front = NOP + "ARG "
        if entry is None or not entry.created_by.startswith(front):
            return set()
        return {word.partition("|")[0] for word in entry.created_by[len(front) :].split()} - {""}

    def read(self, entry: HistoryEntry, state: State) -> Reading | None:
        created_by = unmarked(entry, state.image)
        if created_by.startswith(NOP):
            body = created_by[len(NOP) :]
            keyword, rest = own_text.split_keyword(body)
            if keyword.upper() in ("COPY", "ADD"):
                found = copying.read_checksum(keyword.upper(), rest)
                if found is not None:
                    return found
            if keyword.upper() == "ARG":
                from reconstruct.builders import arg_values

                return arg_values.read(rest.split(), state)
            return own_text.read(body, state, self.language)
        prefix = build_args.read_words(created_by, {pair.key for pair in state.declared})
        text = prefix.rest if prefix else created_by
        if not text.startswith(SHELL):
            return None
        reading = own_text.read("RUN " + text[len(SHELL) :], state, self.language)
        if reading is None or not isinstance(reading.instruction, Run):
            return reading
        return replace(reading, instruction=replace(reading.instruction, build_args=prefix.pairs if prefix else None))

    # -- Dockerfile → history ------------------------------------------------------------------------------------------

    def commit(self, step: Writing, words: Sequence[str]) -> None:
        """Adds the entry: the instruction's own text."""
        instruction = step.instruction
        keyword = instruction.keyword
        if keyword == "ARG":
            shown = sorted(key for key in step.state.args if key in step.state.allowed)
            step.add(f"{NOP}ARG " + " ".join(shown), empty=True)
        elif keyword == "RUN":
            arguments = " ".join(self._run_arguments(step.state))
            # The count is of what blanks part, not of the arguments.
            count = f"|{len(arguments.split(' '))} {arguments} " if arguments else ""
            step.add(f"{count}{SHELL}{instruction.text[4:]}", empty=False)
        elif keyword in ("ADD", "COPY"):
            kinds = copying.copied_kinds(list(words[:-1]))
            step.add(f"{NOP}{keyword} ", empty=False, checksum=kinds, after=f" in {instruction.args[-1]} ")
        else:
            step.add(NOP + instruction.text, empty=True)

    @staticmethod
    def _run_arguments(state: StageState) -> list[str]:
        # Only what the stage itself sets counts as a variable here.
        shown = []
        for key, value in state.args.items():
            if key not in state.allowed:
                continue
            if key in state.set_env:
                shown.append(f"{key}={state.set_env[key]}")
            elif key not in PROXY_ARGS or key in state.named:
                shown.append(f"{key}={value}")
        return sorted(shown)


_METADATA = pattern.compile(
    r"(?:\|(?:unsetLabel|unsetAnnotation|inheritLabels|inheritAnnotations|force-mtime|clamp-mtime|"
    r"source-date-epoch|annotation|createdAnnotation|timestamp)=[^|]*)+ *$"
)


def unmarked(entry: HistoryEntry, image: Image) -> str:
    """created_by without the marks of buildMetadata."""
    text = entry.created_by
    return _METADATA.sub("", text).rstrip(" ") if "|" in text and _METADATA.search(text) else text


BUILDER = Buildah()
