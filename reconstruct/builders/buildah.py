"""buildah: the Dockerfile's own lines after `/bin/sh -c #(nop) `, RUN's after `/bin/sh -c `, followed by marks.

Facts: `imagebuildah/stage_executor.go` (getCreatedBy, buildMetadata) of every release from 1.28 to 1.44. imagebuilder
handles stages and config (imagebuilder.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from reconstruct import pattern
from reconstruct.builders import build_args, copying, own_text
from reconstruct.builders.base import release
from reconstruct.builders.heredocs import alone, opened_documents
from reconstruct.builders.hints import Hints
from reconstruct.builders.imagebuilder import ImageBuilder
from reconstruct.builders.state import Reading, State
from reconstruct.entries import buildah_base
from reconstruct.record import replace
from reconstruct.syntax import PROXY_ARGS, Dialect, Heredoc, Run, ShellForm
from reconstruct.typed import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from reconstruct.builders.build import StageState, Writing
    from reconstruct.image import HistoryEntry, Image

NOP = "/bin/sh -c #(nop) "
SHELL = "/bin/sh -c "

_MARK = pattern.compile(r"/bin/sh -c #\(nop\) ([A-Za-z]+)")
_VERSION_LABEL = "io.buildah.version"

# The marks of buildMetadata, `|name=value`: the value's pattern by name.
_MARKS = {
    "unsetLabel": r"[^|\s]*",
    "inheritLabels": r"\w*",
    "unsetAnnotation": r"[^|\s]*",
    "inheritAnnotations": r"\w*",
    "force-mtime": r"-?[0-9]*",
    "clamp-mtime": r"-?[0-9]*",
    "timestamp": r"-?[0-9]*",
    "source-date-epoch": r"-?[0-9]*",
    "annotation": r"[^|]*",
    "createdAnnotation": r"[^|]*",
}
# After COPY and ADD they come in this order, with a blank after each kind, present or not: since 1.41.1, and in 1.41.0.
_KINDS = (
    ("unsetLabel", "inheritLabels", "unsetAnnotation", "inheritAnnotations", "force-mtime|clamp-mtime"),
    ("inheritLabels", "unsetAnnotation", "inheritAnnotations"),
)


def _mark(names: str) -> str:
    return "|".join(f"{name}={_MARKS[name]}" for name in names.split("|"))


_OPTION = pattern.compile(f"(?:{_mark('|'.join(_MARKS))}) *")
_PADDED = tuple(
    pattern.compile("".join(rf" (?:\|(?:{_mark(kind)}))*" for kind in kinds) + r"(?: (?:[^\s=]+=.*)?)\Z", re.DOTALL)
    for kinds in _KINDS
)
_ANNOTATION = pattern.compile(r"[A-Za-z0-9][^\s=,]*=[\s\S]*")
_MOST_ANNOTATIONS = 64
_KEYS = pattern.compile(r"[^\s=\"']+(?==)")
_FEW_KEYS = 64
_MOUNTS = pattern.compile(r"(?:\|\d{1,6} .*)?/bin/sh -c (?:--\S+ +)+")
_MOUNT = pattern.compile(r"--mount=(?:\S*?type=(\w+))?")
_CHECKSUM = pattern.compile(r":(?:sha256:)?[0-9a-f]{64}\Z")
_LINE = pattern.compile(r"/bin/sh -c #\(nop\) (?P<keyword>[A-Za-z]+)[ \t]+(?P<body>.*)", re.DOTALL)
_PORTS = pattern.compile(r"(?:\S+\s+)*?\d+(?:-\d+)?(?:/(?:tcp|udp|sctp))?(?=[A-Za-z])")
_ID = pattern.compile(r"[0-9a-f]{12}(?:[0-9a-f]{52})?")


class Buildah(ImageBuilder):
    """buildah, and podman, which builds with it."""

    name: ClassVar[str] = "buildah"
    language: ClassVar[str] = "buildah"
    dialect: ClassVar[Dialect] = Dialect.BUILDAH
    title: ClassVar[str] = "buildah"
    full_title: ClassVar[str] = "buildah"
    own_text: ClassVar[bool] = True
    own_destination: ClassVar[bool] = True
    workdir_layer: ClassVar[bool] = False
    one_layer_for_all: ClassVar[bool] = True
    declares_args: ClassVar[bool] = False
    whole_healthcheck: ClassVar[bool] = False
    lists_args: ClassVar[bool] = True
    hides_proxies: ClassVar[bool] = True
    docker_format: ClassVar[bool] = False
    own_labels: ClassVar[frozenset[str]] = frozenset({_VERSION_LABEL})
    signs: ClassVar[bool] = True

    # -- recognition -----------------------------------------------------------------------------------------------

    def wrote(self, entry: HistoryEntry, signed: bool) -> bool:
        """By its comment, `FROM name`; in an image that it signed, also by one blank after the mark."""
        if buildah_base(entry):
            return True
        match = _MARK.match(entry.created_by) if signed else None
        # The classic builder has one blank there too.
        return match is not None and match.group(1).upper() not in ("COPY", "ADD", "WORKDIR")

    def signed(self, image: Image) -> bool:
        """By the label `io.buildah.version`, or an entry with the comment `FROM name`."""
        labels = image.config.get("Labels")
        if isinstance(labels, Mapping) and _VERSION_LABEL in labels:
            return True
        return any(buildah_base(entry) for entry in image.history if entry.comment.startswith("FROM "))

    def version(self, image: Image) -> str | None:
        """The label `io.buildah.version`; None if it is missing or empty."""
        labels = image.config.get("Labels")
        version = labels.get(_VERSION_LABEL) if isinstance(labels, Mapping) else None
        return version if isinstance(version, str) and version else None

    def describe(self, image: Image) -> str:
        """`buildah`, with the label's version if there is one."""
        version = self.version(image)
        return f"{self.title} {version}" if version else self.title

    def base_name(self, entry: HistoryEntry) -> str | None:
        """The name or ID in the comment `FROM name`; None for an entry without it."""
        return buildah_base(entry)

    def unmarked(self, image: Image, index: int) -> str:
        """The entry's text without the annotations, mounts and checksums that buildah adds."""
        return _unmarked(image, index)

    # -- history → AST ---------------------------------------------------------------------------------------------

    def prepare(self, entry: HistoryEntry, state: State) -> None:
        """Notes the names that an ARG entry lists."""
        state.arg_names |= self.listed_args(entry)

    def listed_args(self, entry: HistoryEntry | None) -> set[str]:
        """The names in an ARG entry: all that have a value so far. Empty for any other entry."""
        front = NOP + "ARG "
        if entry is None or not entry.created_by.startswith(front):
            return set()
        return {word.partition("|")[0] for word in entry.created_by[len(front) :].split()} - {""}

    def read(self, entry: HistoryEntry, state: State) -> Reading | None:
        """`/bin/sh -c #(nop) <Dockerfile text>`; RUN is `/bin/sh -c <text>`, with `|N` build arguments in front."""
        created_by = _unmarked(state.image, state.index)
        if created_by.startswith(NOP):
            body = created_by[len(NOP) :]
            keyword, rest = own_text.split_keyword(body)
            keyword = keyword.upper()
            if keyword in ("COPY", "ADD"):
                found = copying.read_checksum(keyword, rest)
                if found is not None:
                    return found
            if keyword == "ARG":
                from reconstruct.builders import arg_values

                return arg_values.read(rest.split(), state)
            return own_text.read(body, state, self.language)
        prefix = build_args.read_words(created_by, {pair.key for pair in state.declared})
        text = prefix.rest if prefix else created_by
        if not text.startswith(SHELL):
            return None
        reading = self._read_run(text[len(SHELL) :], state)
        if prefix is None or reading is None or not isinstance(reading.instruction, Run):
            return reading
        return replace(reading, instruction=replace(reading.instruction, build_args=prefix.pairs))

    def _read_run(self, text: str, state: State) -> Reading | None:
        """RUN's own text. A here-document's closing line is missing (since 1.33)."""
        first, newline, content = text.partition("\n")
        reading = own_text.read(f"RUN {first}", state, self.language)
        if not newline:
            return reading
        opened = opened_documents(first)
        if not opened or reading is None or not isinstance(reading.instruction, Run):
            return own_text.read(f"RUN {text}", state, self.language)
        run = replace(reading.instruction, written=None)
        lost = () if len(opened) == 1 else ("where one here-document ends and the next begins",)
        if isinstance(run.command, ShellForm) and alone(run.command.text):
            heredoc = Heredoc(name=opened[0], content=content)
            return Reading(replace(run, command=ShellForm(content), heredoc=heredoc), lost=lost)
        ends = "".join(f"\n{name}" for name in opened)
        return Reading(replace(run, command=ShellForm(f"{first}\n{content}{ends}")), lost=lost)

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
            # N counts blank-separated words, not arguments.
            count = f"|{len(arguments.split(' '))} {arguments} " if arguments else ""
            step.add(f"{count}{SHELL}{instruction.text[4:]}", empty=False)
        elif keyword in ("ADD", "COPY"):
            kinds = copying.copied_kinds(list(words[:-1]))
            step.add(f"{NOP}{keyword} ", empty=False, checksum=kinds, after=f" in {instruction.args[-1]} ")
        else:
            step.add(NOP + instruction.text, empty=True)

    @staticmethod
    def _run_arguments(state: StageState) -> list[str]:
        # Only variables set in the stage itself count here.
        shown = []
        for key, value in state.args.items():
            if key not in state.allowed:
                continue
            if key in state.set_env:
                shown.append(f"{key}={state.set_env[key]}")
            elif key not in PROXY_ARGS or key in state.named:
                shown.append(f"{key}={value}")
        return sorted(shown)


# -- text after the instruction ----------------------------------------------------------------------------------


def _unmarked(image: Image, index: int) -> str:
    """created_by without the marks, mount checksums and annotations that newer versions append."""
    text = image.history[index].created_by
    if not text.startswith((SHELL, "|")):
        return text
    nop = _MARK.match(text)
    if nop is not None and nop.group(1).upper() in ("COPY", "ADD"):
        return _unpadded(text)
    if _ends_build(image, index):
        text = _without_annotations(text, image)
    if "|" in text:
        text = _without_options(text)
    return text if nop is not None or "--" not in text else _without_checksums(text)


def _without_options(text: str) -> str:
    """The text without `|force-mtime=10` and the like at its end."""
    end = len(text)
    while (border := text.rfind("|", 0, end)) >= 0 and _OPTION.fullmatch(text, border + 1, end):
        end = border
    return text[:end]


def _unpadded(text: str) -> str:
    """COPY and ADD: the options are between blanks, even empty ones, followed by annotations."""
    for padded in _PADDED:
        match = padded.search(text)
        if match is not None:
            return text[: match.start()] + " "
    return _without_options(text).rstrip(" ") + " "


def _without_checksums(text: str) -> str:
    """RUN: the checksum of each directory, stage or image that a `--mount` binds."""
    flags = _MOUNTS.match(text)
    mounts = _MOUNT.findall(flags.group()) if flags else []
    for _ in [kind for kind in mounts if kind in ("", "bind")]:
        match = _CHECKSUM.search(text)
        if match is None:
            break
        text = text[: match.start()]
    return text


def _ends_build(image: Image, index: int) -> bool:
    """Whether the entry is the last of its build, the only one with annotations: the image's last, or below another base."""
    if index + 1 == len(image.history):
        version = BUILDER.version(image)
        return version is None or release(version) >= (1, 41)
    following = buildah_base(image.history[index + 1])
    return following is not None and not _ID.fullmatch(following)


def _without_annotations(text: str, image: Image) -> str:
    """The text without the `--annotation` texts appended to it, found from the manifest's annotations or the config's value."""
    items = [f"{key}={value}" for key, value in image.annotations.items()][:_MOST_ANNOTATIONS]
    rest = text
    while item := next((item for item in items if rest.endswith(item)), None):
        rest = rest[: -len(item)]
        if not rest.endswith(","):
            return rest
        rest = rest[:-1]
    end = _end_by_config(text, image)
    return text if end is None or not _ANNOTATION.fullmatch(text, end) else text[:end]


def _end_by_config(text: str, image: Image) -> int | None:
    """The end of an instruction according to the config's value in force; None if unknown."""
    match = _LINE.match(text)
    if match is None:
        return None
    keyword, start = match["keyword"].upper(), match.start("body")
    body = text[start:]
    if body.startswith("[") and keyword in ("CMD", "ENTRYPOINT", "SHELL", "VOLUME"):
        return _end_of_array(text, start)
    if keyword == "EXPOSE":
        ports = _PORTS.match(body)
        return start + ports.end() if ports else None
    if keyword in ("ENV", "LABEL"):
        return _end_of_pairs(text, start, keyword, image)
    values = {
        "CMD": _last(image.config.get("Cmd")),
        "ENTRYPOINT": _last(image.config.get("Entrypoint")),
        "USER": image.config.get("User"),
        "WORKDIR": image.config.get("WorkingDir"),
        "STOPSIGNAL": image.config.get("StopSignal"),
        "ONBUILD": _last(image.config.get("OnBuild")),
        "VOLUME": _last(tuple(Hints.of(image).volumes)),
        "MAINTAINER": image.author,
    }
    value = values.get(keyword)
    return start + len(value) if isinstance(value, str) and value and body.startswith(value) else None


def _end_of_array(text: str, start: int) -> int | None:
    try:
        return json.JSONDecoder().raw_decode(text, start)[1]
    except (ValueError, RecursionError):
        return None


def _end_of_pairs(text: str, start: int, keyword: str, image: Image) -> int | None:
    """The end of the last of ENV's or LABEL's pairs that are in the config."""
    hints = Hints.of(image)
    known = hints.env if keyword == "ENV" else hints.labels
    # Of many keys only those are looked for that the text can have: names in front of `=`.
    names = known if len(known) < _FEW_KEYS else [key for key in _KEYS.findall(text, start) if key in known]
    ends = [
        at + len(key) + 1 + len(shown)
        for key in names
        if (at := text.rfind(f"{key}=", start)) >= 0
        for value in (known[key],)
        for shown in (value, f'"{value}"', f"'{value}'")
        if text.startswith(shown, at + len(key) + 1)
    ]
    return max(ends, default=None)


def _last(words: object) -> object:
    return words[-1] if isinstance(words, (list, tuple)) and words else None


BUILDER = Buildah()
