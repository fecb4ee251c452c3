"""AST and config → Dockerfile text: base image, stages, quoting, line layout, comments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property, partial

from reconstruct import pattern
from reconstruct.base import Base, Source, find_base
from reconstruct.builders import registry
from reconstruct.dockerfile import quoting
from reconstruct.dockerfile.quoting import printable
from reconstruct.image import Image
from reconstruct.leftovers import leftovers
from reconstruct.pairing import is_layer_note, unpaired_layers
from reconstruct.record import Later, dataclass, field, replace
from reconstruct.reference import pinned
from reconstruct.show.text import visible
from reconstruct.syntax import (
    Arg,
    Certainty,
    Cmd,
    Dialect,
    Entrypoint,
    Env,
    ExecForm,
    Foreign,
    Label,
    Note,
    Pair,
    RootFilesystem,
    Run,
    ShellForm,
    Step,
)
from reconstruct.typed import TYPE_CHECKING, Any
from reconstruct.writer import stages
from reconstruct.writer.check import examine, refused
from reconstruct.writer.instructions import Style, root_text, summary
from reconstruct.writer.instructions import write as write_instruction
from reconstruct.writer.plain import plain_text
from reconstruct.writer.variables import base_variables, own_values

if TYPE_CHECKING:
    from reconstruct.layout.house import House

__all__ = ["Written", "instruction_text", "write"]

ROOT_ARCHIVE = "rootfs.tar.gz"


@dataclass(frozen=True)
class Written:
    """A Dockerfile and the location of its steps.

    `spans`: a step's position in the given steps → its first and last line (1-based) in `text`, without comments.
    The base image's steps, and those that are only in a comment, have none. `base` is the name in FROM.
    """

    text: str
    base: Base
    spans: Mapping[int, tuple[int, int]] = field(default_factory=dict)


def instruction_text(step: Step, escape: str = "\\") -> str:
    """The step's Dockerfile text on one line; a comment (`# …`) if the step isn't a Dockerfile instruction."""
    return summary(step, escape)


def write(
    image: Image,
    steps: Sequence[Step],
    base: Base | Image | str | None = None,
    comments: bool = True,
    layout: str = "original",
) -> Written:
    """The Dockerfile of `steps`, the steps of `image`.

    `base`: the base image or its name, or the result of `reconstruct.base.find_base`; None finds it. `comments`: mark what was
    inferred or lost. `layout`: `original`, `pretty` or `flat`. Raises NotFoundError for an invalid image name.
    """
    draft = _Draft(image, steps, find_base(image, steps, base), comments, layout)
    page = draft.page({})
    return (page if draft.all_proved else _accepted(draft, page)).written(draft.base)


# A history with this many rejected lines wasn't written by a builder; its other odd lines aren't examined.
_TRIES = 24


def _accepted(draft: _Draft, page: _Page) -> _Page:
    """The page without the steps that BuildKit rejects, which become comments."""
    refusals: dict[int, str] = {}
    for _ in range(_TRIES):
        found = refused(page.text(), "windows/amd64" if draft.image.windows else "linux/amd64")
        if found is None:
            return page
        line, reason = found
        guilty = [at for at, (first, last) in page.spans.items() if line is not None and first <= line <= last]
        if not guilty:
            break
        if not draft.drop_flags(guilty[0], reason):
            refusals[guilty[0]] = reason
        page = draft.page(refusals)
    doubtful = {at: "no builder writes this" for at in page.spans if not draft.is_proved(at)}
    return draft.page(refusals | doubtful, extra=False)


def _house(steps: Sequence[Step]) -> House:
    """What the RUNs among these steps have in common."""
    from reconstruct.layout import house

    commands = (step.instruction.command for step in steps if isinstance(step.instruction, Run))
    return house.of(command.text for command in commands if isinstance(command, ShellForm))


@dataclass(frozen=True)
class _Spelling:
    """A step as it is written: the text, whether it is proved that a builder takes it, and why it can't be written, if
    so. `step` has the notes on what was left out."""

    step: Step
    text: str
    proved: bool = True
    refusal: str = ""


def _spell(step: Step, style: Style, values: Mapping[str, str | None] | None = None) -> _Spelling:
    """The first spelling that is read back as the step: unchanged, without flags that BuildKit rejects, or as JSON."""
    plain = plain_text(step, style, values or {})
    if plain is not None:
        return _Spelling(step, plain)
    first = _spelled(step, style, values)
    if not first.refusal:
        return first
    others = (_spelled(variant, style, values) for variant in _variants(step))
    return next((made for made in others if not made.refusal), first)


def _spelled(step: Step, style: Style, values: Mapping[str, str | None] | None) -> _Spelling:
    text = write_instruction(step, style, values)
    proved, refusal = examine(step, text, style.escape, values) if text else (False, "not an instruction")
    return _Spelling(step, text, proved, refusal)


def _variants(step: Step) -> Iterator[Step]:
    """Other ways to write a step."""
    instruction = step.instruction
    if isinstance(instruction, Run) and instruction.flags:
        step = _without_flags(step, "")
        yield step
    elif instruction.written is not None:
        step = replace(step, instruction=replace(instruction, written=None))
        yield step
    instruction = step.instruction
    if isinstance(instruction, (Run, Cmd, Entrypoint)) and isinstance(instruction.command, ShellForm):
        words = (*step.shell, instruction.command.text)
        changes: dict[str, Any] = {"written": None, "command": ExecForm(words)}
        if isinstance(instruction, Run):
            changes["heredoc"] = None
        yield replace(step, instruction=replace(instruction, **changes))


def _without_flags(step: Step, reason: str) -> Step:
    """buildah knows flags that BuildKit doesn't."""
    note = Note(Certainty.LOST, "flags that BuildKit rejects" + (f" ({reason})" if reason else ""))
    instruction = replace(step.instruction, written=None, flags=())
    return replace(step, instruction=instruction, notes=(*step.notes, note))


class _Draft:
    """The parts of the Dockerfile: the base, the image's own steps, the stages they need, the config's leftovers."""

    def __init__(self, image: Image, steps: Sequence[Step], base: Base, comments: bool, layout: str) -> None:
        self.image = image
        self.steps = list(steps)
        self.base = base
        above = [step for step in steps if step.index is None or step.index >= base.entries]
        end = base.entries + base.triggered
        self.triggered = (
            [step for step in above if step.index is not None and step.index < end] if base.triggered else []
        )
        self.own = above[len(self.triggered) :]
        self.positions = {id(step): position for position, step in enumerate(steps)}
        variables = base_variables(self.steps[: len(steps) - len(self.own)], image, base.image)
        self.plan = stages.plan(self.own, image, variables)
        self.style = Style(escape=_escape(image, self.own), layout=layout, house=Later(partial(_house, self.own)))
        outside = (*self.plan.global_args, *self.plan.build_args)
        platform = Later(partial(_recorded_platform, image))
        self.values = own_values(self.own, variables, self.plan.boundaries, outside, platform)
        self.comments = comments
        below = base.image
        accounted = above
        if below is None and _config_is_silent(self.own):
            # Config values beyond those that the entries set were set without an entry.
            from reconstruct.replay import replay

            accounted, below = [], Image(config=replay(self.steps).config(image.config))
        self.extra = leftovers(image, accounted, below) if base.scratch or below is not None else ()

        # By the step's identity, with the step: while it is kept, no other has that.
        self._spellings: dict[int, tuple[Step, _Spelling]] = {}
        # Whether everything written so far is proved to be accepted.
        self.all_proved = True

    def spelling(self, step: Step) -> _Spelling:
        """The step's spelling, determined once."""
        known = self._spellings.get(id(step))
        if known is not None:
            return known[1]
        instruction = step.instruction
        listed = isinstance(instruction, (Env, Label)) and len(instruction.pairs) > 1
        style = self.list_style if listed and self.style.layout != "flat" else self.style
        found = _spell(step, style, self.values.get(id(step)))
        self._spellings[id(step)] = step, found
        self.all_proved = self.all_proved and (found.proved or bool(found.refusal))
        return found

    @cached_property
    def list_style(self) -> Style:
        """The style of ENV and LABEL with several pairs. The authors who indent RUN by two blanks indent these so, too (14
        of 23 public repositories); others don't follow RUN."""
        indents = Counter(
            line[: len(line) - len(line.lstrip())]
            for step in self.own
            if isinstance(step.instruction, Run)
            for line in self.spelling(step).text.split("\n")[1:2]
        )
        two = bool(indents) and indents.most_common(1)[0][0] == "  "
        return replace(self.style, list_indent="  ") if two else self.style

    def is_proved(self, position: int) -> bool:
        found = self._spellings.get(id(self.steps[position]))
        return found is None or found[1].proved

    def drop_flags(self, position: int, reason: str) -> bool:
        """Removes the flags that BuildKit rejects from a RUN line kept by the builder (buildah has others); False if there are none."""
        step = self.steps[position]
        made = self._spellings.get(id(step))
        if made is None or not isinstance(made[1].step.instruction, Run) or not made[1].step.instruction.flags:
            return False
        self._spellings[id(step)] = step, _spell(_without_flags(step, reason), self.style)
        return True

    def page(self, refusals: Mapping[int, str], extra: bool = True) -> _Page:
        """The Dockerfile; the steps at the positions in `refusals` are only mentioned in comments."""
        page = _Page(self.style, self.comments, refusals, self.spelling)
        page.start(self.base, self.plan, len(self.steps) - len(self.own) - len(self.triggered), self.triggered)
        borders = dict(self.base.borders)
        unexplained = _unexplained(self.image, self.steps, self.own, self.base)
        waiting = self.extra if extra else ()
        for offset, step in enumerate(self.own):
            if step.index in borders:
                page.border(borders.pop(step.index))
            if offset in self.plan.boundaries:
                page.stage(self.plan.boundaries[offset])
            if offset in unexplained:
                page.unexplained(unexplained[offset])
            page.step(step, self.positions[id(step)])
            if waiting and isinstance(step.instruction, RootFilesystem) and not _root_follows(self.own, offset):
                # Settings of a base without a history go where the base was.
                page.extra(waiting)
                waiting = ()
        if len(self.own) in unexplained:
            page.unexplained(unexplained[len(self.own)])
        if waiting and not _has_root(self.own):
            page.extra(waiting)
        return page


def _recorded_platform(image: Image) -> Mapping[str, str]:
    """What BuildKit gives arguments like TARGETARCH, where it records it: since 0.14 in the entry of an ARG without a default."""
    return {} if registry.of(Dialect.BUILDKIT).version(image) == "0.12" else stages.platform_values(image)


def _unexplained(image: Image, steps: Sequence[Step], own: Sequence[Step], base: Base) -> dict[int, int]:
    """The number of layers without a history entry below each of the `own` steps (its offset), and above the last.

    Those below the first step of an image on a named base belong to the base.
    """
    paired = {step.layer_index for step in steps if step.layer_index is not None}
    if len(paired) == len(image.layers) or (image.history and not paired):
        return {}
    found: dict[int, int] = {}
    places = [(step.layer_index, offset) for offset, step in enumerate(own) if step.layer_index is not None]
    lowest = places[0][0] if places and not base.scratch else 0
    waiting = iter(places)
    place, offset = next(waiting, (len(image.layers), len(own)))
    for position, _ in unpaired_layers(steps, image):
        while place <= position:
            place, offset = next(waiting, (len(image.layers), len(own)))
        if position >= lowest:
            found[offset] = found.get(offset, 0) + 1
    return found


def _config_is_silent(steps: Sequence[Step]) -> bool:
    """Whether the steps' builder writes no entry for settings (kaniko), so that only the config has them."""
    return not all(registry.of(dialect).keeps_settings for dialect in {step.dialect for step in steps})


def _has_root(steps: Sequence[Step]) -> bool:
    return any(isinstance(step.instruction, RootFilesystem) for step in steps)


def _root_follows(steps: Sequence[Step], offset: int) -> bool:
    return offset + 1 < len(steps) and isinstance(steps[offset + 1].instruction, RootFilesystem)


def _escape(image: Image, steps: Sequence[Step]) -> str:
    """The escape character: the backtick on Windows, and if the author's own lines only make sense with it."""
    if image.windows:
        return "`"
    return "`" if _own_lines_escape_with_backtick(image, steps) else "\\"


def _own_lines_escape_with_backtick(image: Image, steps: Sequence[Step]) -> bool:
    """buildah keeps ENV and LABEL lines as written; the values in force show how they were read."""
    kept = (step.instruction.written for step in steps if isinstance(step.instruction, (Env, Label)))
    lines = [line for line in kept if line and ("\\" in line or "`" in line)]
    if not lines:
        return False
    from reconstruct.builders.hints import env_map, string_map, strings
    from reconstruct.dockerfile.ast import read_line
    from reconstruct.dockerfile.dialect import BUILDKIT

    values = env_map(strings(image.config.get("Env"))) | string_map(image.config.get("Labels"))

    def agreeing(escape: str) -> int:
        read = (read_line(line, BUILDKIT, escape) for line in lines)
        pairs = (pair for made in read if isinstance(made, (Env, Label)) for pair in made.pairs)
        return sum(values.get(pair.key) == pair.value for pair in pairs)

    return agreeing("`") > agreeing("\\")


# Bidirectional controls: a reader doesn't see what the shell runs.
_REORDERING = pattern.compile("[\u202a-\u202e\u2066-\u2069]")


class _Page:
    """The Dockerfile under construction, line by line."""

    def __init__(
        self, style: Style, comments: bool, refusals: Mapping[int, str], spelling: Callable[[Step], _Spelling]
    ) -> None:
        self.refusals = refusals
        self.spelling = spelling
        self.style = style
        self.comments = comments
        self.lines: list[str] = []
        self.spans: dict[int, tuple[int, int]] = {}
        self.stages = 0
        self.from_line = 0
        self.after_long = False

    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def written(self, base: Base) -> Written:
        return Written(text=self.text(), base=base, spans=self.spans)

    def remark(self, text: str) -> None:
        """A comment line, or several if a builder would reject one so long. The text's prefix keeps it from being a parser
        directive, or a linter's."""
        if self.comments:
            shown = visible(printable(text))
            self.lines.append(f"# {shown[: quoting.LONG_LINE]}")
            for start in range(quoting.LONG_LINE, len(shown), quoting.LONG_LINE):
                self.lines.append(f"# … {shown[start : start + quoting.LONG_LINE]}")

    def gap(self) -> None:
        """An empty line, as people put around long instructions."""
        if self.lines and self.lines[-1] and not self.lines[-1].startswith("FROM "):
            self.lines.append("")

    def write(self, text: str) -> None:
        self.lines += text.split("\n")

    def start(self, base: Base, plan: stages.Plan, steps: int, triggered: Sequence[Step]) -> None:
        """Directives, what must precede FROM, and FROM, which replaces the first `steps` steps and makes those `triggered`."""
        if self.style.escape != "\\":
            self.lines.append(f"# escape={self.style.escape}")
        if self.comments and self.lines:
            self.lines.append("")
        if plan.build_args:
            given = " ".join(f"--build-arg {quoting.quote(_given(pair), chr(92))}" for pair in plan.build_args)
            self.remark(f"inferred: built with {given}")
        for pair in plan.global_args:
            self.remark(f"inferred: where {pair.key} gets its value: this default, or --build-arg")
            declared = self.spelling(Step(Arg(pairs=(Pair(pair.key, pair.value or ""),))))
            if declared.refusal:
                self.remark(f"lost: {declared.text} ({declared.refusal})".replace("\n", " "))
            else:
                self.write(declared.text)
        if base.placeholder:
            self.remark("lost: the base image's name: it replaces the one below")
        written = base.written
        if remark := _base_remark(base, written, steps):
            self.remark(remark)
        for step in triggered:
            self.remark(f"inferred: an ONBUILD trigger of the base image makes: {summary(step, self.style.escape)}")
        name = pinned(written, base.digest)
        self.from_line = len(self.lines)
        self.write(f"FROM {name}")

    def border(self, reason: str) -> None:
        """Marks the end of an image without a name, on which another was built."""
        self.gap()
        self.remark(f"inferred: an unnamed base image ends here: {reason}")

    def stage(self, reason: str) -> None:
        """Makes the steps so far a stage of their own."""
        name = f"stage-{self.stages}"
        line = self.lines[self.from_line]
        self.lines[self.from_line] = f"{line} AS {name}"
        self.lines.append("")
        self.remark(f"inferred: a new build stage: {reason}")
        self.stages += 1
        self.from_line = len(self.lines)
        self.write(f"FROM {name}")

    def step(self, step: Step, position: int) -> None:
        """One step: its comments, then the instruction."""
        instruction = step.instruction
        if step.entry is not None and step.entry.cut and not isinstance(instruction, RootFilesystem):
            self.remark(f"lost: the end of {step.raw}".replace("\n", " "))
            return
        if isinstance(instruction, Foreign):
            self.remark(f"{instruction.maker}: {instruction.text}".replace("\n", " "))
            return
        if isinstance(instruction, RootFilesystem):
            self._root(instruction, position)
            return
        made = self.spelling(step)
        refusal = self.refusals.get(position) or made.refusal
        if refusal:
            self.remark(f"lost: {step.raw} ({refusal})".replace("\n", " "))
            return
        lines = made.text.split("\n")
        if len(lines) > 1 or self.after_long:
            self.gap()
        self.after_long = len(lines) > 1
        for remark in _remarks(made.step, made.text):
            self.remark(remark)
        first = len(self.lines) + 1
        self.lines += lines
        self.spans[position] = (first, len(self.lines))

    def _root(self, root: RootFilesystem, position: int) -> None:
        """The root file system, if no FROM provides it: a placeholder that builds once the archive is put there."""
        self.remark(f"lost: the root file system ({root_text(root)}): export it to {ROOT_ARCHIVE}")
        first = len(self.lines) + 1
        self.write(f"ADD {ROOT_ARCHIVE} /")
        self.spans[position] = (first, first)

    def unexplained(self, layers: int) -> None:
        """Marks layers without a history entry, whose contents aren't in this Dockerfile."""
        count = "1 layer" if layers == 1 else f"{layers} layers"
        self.remark(f"lost: the files of {count} without a history entry")

    def extra(self, steps: Sequence[Step]) -> None:
        """Instructions known only from the config."""
        if steps:
            self.remark("inferred: from the config: no history entry sets the following" + self._until(steps))
        for step in steps:
            made = self.spelling(step)
            if made.refusal:
                self.remark(f"lost: {made.text} ({made.refusal})".replace("\n", " "))
            else:
                self.write(made.text)

    @staticmethod
    def _until(steps: Sequence[Step]) -> str:
        return f" ({len(steps)} instructions)" if len(steps) > 1 else ""


def _base_remark(base: Base, written: str, steps: int) -> str:
    """Which steps FROM, with the base's name as `written`, replaces, and why; empty if the user said so and everything
    matches."""
    if base.source in (Source.GIVEN, Source.NONE):
        doubtful = base.certainty is not Certainty.EXACT or base.scratch
        return f"{base.certainty.value}: the base image: {base.reason}" if base.reason and doubtful else ""
    part = f"FROM replaces step{'s 1-' if steps > 1 else ' '}{steps}" if steps else "the base image"
    full = base.full_name_of(written)
    more = "" if full == written or full in base.reason else f"; at the time it was {full}"
    return f"{base.certainty.value}: {part}: {base.reason}{more}"


def _remarks(step: Step, text: str) -> list[str]:
    """What was lost or inferred, one line each; the report covers the layer's pairing."""
    if not step.notes and text.isascii():
        return []
    checksum = getattr(step.instruction, "checksum", None)
    remarks = [f"{note.certainty.value}: {note.text}" for note in step.notes if not is_layer_note(note)]
    if checksum and remarks:
        remarks[0] += f": {checksum}"
    if _REORDERING.search(text):
        remarks.append("note: the next lines contain bidirectional control characters")
    return remarks


def _given(pair: Pair) -> str:
    return f"{pair.key}={pair.value or ''}"
