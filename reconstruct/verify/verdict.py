"""Was this image built from this Dockerfile? Predicts what the builder that made it would write, and compares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from reconstruct.builders import makers, registry
from reconstruct.builders.base import Builder
from reconstruct.builders.predicting import predict
from reconstruct.builders.prediction import DEFAULT_PATH, Entry, Prediction
from reconstruct.builders.recognise import dialects
from reconstruct.dockerfile.dialect import BUILDKIT, DIALECTS
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.model import Dockerfile, Instruction
from reconstruct.dockerfile.parser import parse
from reconstruct.dockerfile.stages import SCRATCH
from reconstruct.dockerfile.unknown import MARKER, is_unknown, marker, usable
from reconstruct.image import HistoryEntry, Image
from reconstruct.verify import boundary as boundaries
from reconstruct.verify.boundary import Boundary, Place
from reconstruct.verify.compare import Mismatch, config_mismatch
from reconstruct.verify.overrides import Override, overrides
from reconstruct.verify.solve import Solution, declared, solve

if TYPE_CHECKING:
    from reconstruct.base.catalogue import Catalogue

# Arguments tried one by one whether a match needs them.
MAX_LEFT_OUT = 32
# Where every other Dockerfile copies to.
_COMMON_DESTINATION = re.compile(
    r"(?:[./]|/?(?:app|src|usr/src/app|data|code|workspace|tmp|opt|root))?/*", re.IGNORECASE
)


class Verdict(StrEnum):
    """`unknown`: nothing differs, but too little of the build left a trace to say that it matches."""

    MATCHES = "matches"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StepCheck:
    """One step that the Dockerfile gives: its lines (1-based), its text as predicted and as the image has it.

    `status` is `matches`, `differs`, or `contents` where all that can be told matches but a checksum stands for what
    was copied. `index` is the history entry's, None for a step that the image has no entry for.
    """

    instruction: str
    start: int
    end: int
    status: str
    expected: str
    actual: str | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict, with what it rests on.

    `builder` made the comparison that came furthest. `reason` says in a line why it does not match, or what could not
    be told. `difference` is the first: where, what the Dockerfile gives and what the image has. `steps` are all steps
    of the stages that the target is made of, `base_entries` the history entries below them. `build_args` are those
    used: given, and solved for (`solved` has their names). `suggested` are arguments with which it would match: they
    override defaults of the Dockerfile, which makes a difference unless they are given. `notes` are for a reader.
    `image` and `dockerfile` are what to call the two.
    """

    verdict: Verdict
    builder: str
    reason: str = ""
    difference: Mismatch | None = None
    steps: tuple[StepCheck, ...] = ()
    base: str = ""
    base_entries: int = 0
    build_args: Mapping[str, str] = field(default_factory=dict)
    solved: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    suggested: Mapping[str, str] = field(default_factory=dict)
    image: str = ""
    dockerfile: str = ""

    def __repr__(self) -> str:
        return f"<Verification: {self.verdict}, {self.matched} of {len(self.steps)} steps match>"

    def to_dict(self) -> dict[str, Any]:
        """What `reconstruct verify --format json` prints; `reconstruct verify --schema` describes it."""
        from reconstruct.verify.show import as_json

        return as_json(self)

    @property
    def matched(self) -> int:
        """How many steps match."""
        return sum(step.status != "differs" for step in self.steps)

    @property
    def unseen(self) -> int:
        """How many steps copied what can't be told."""
        return sum(step.status == "contents" for step in self.steps)


def verify(
    image: Image,
    dockerfile: str,
    *,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    base: Image | None = None,
    catalogue: Catalogue | None = None,
) -> Verification:
    """Whether `image` was built from the Dockerfile in the text `dockerfile`.

    `target` is the stage (else the last), `build_args` those that are known, `base` the image below, if there is one at
    hand: then its part is compared too, and nothing about it has to be inferred; `catalogue` has further images that can
    lie below. Build arguments not given are solved
    for, as far as that overrides no default that history does not show. Every step of the stages that lead to the
    target has to be there.

    Raises DockerfileError where no builder would take the Dockerfile.
    """
    below = _Below(image, catalogue)
    image = _cleaned(image)
    parse_error: DockerfileError | None = None
    best: Verification | None = None
    for builder in registry.candidates(image):
        try:
            found = _Attempt(image, dockerfile, builder, target, dict(build_args or {}), base, below).run()
        except DockerfileError as error:
            parse_error = parse_error or error
            continue
        if found.verdict is Verdict.MATCHES:
            return _against_provenance(found, image, dockerfile)
        if best is None or _rank(found) > _rank(best):
            best = found
    if best is None:
        assert parse_error is not None
        raise parse_error
    return best


def _rank(found: Verification) -> tuple[bool, bool, float]:
    return found.verdict is Verdict.UNKNOWN, bool(found.suggested), found.matched / (len(found.steps) or 1)


def _cleaned(image: Image) -> Image:
    """The image without what no instruction wrote: the merge of `--squash`, what builders put behind instructions."""
    history = image.history
    if history and makers.squashed_by(history[-1]):
        history = history[:-1]
    texts = [registry.of(kind).unmarked(image, index) for index, kind in enumerate(dialects(image)[: len(history)])]
    cleaned = (
        entry if text == entry.created_by else replace(entry, created_by=text)
        for entry, text in zip(history, texts, strict=True)
    )
    return replace(image, history=tuple(cleaned))


@dataclass(slots=True)
class _Attempt:
    """The comparison with one builder's prediction."""

    image: Image
    text: str
    builder: str
    target: str | None
    given: dict[str, str]
    base: Image | None
    below: _Below
    dockerfile: Dockerfile = field(init=False)
    platform: str = field(init=False)
    last_error: DockerfileError | None = None

    def run(self) -> Verification:
        self.dockerfile = parse(self.text, DIALECTS[registry.named(self.builder).language])
        self.platform = self.image.platform if "/" in self.image.platform else f"{self.image.os}/amd64"
        best: Verification | None = None
        for args, base in self._guesses():
            found = self._compare(args, base)
            if found is not None and found.suggested:
                found = self._fewest(found, base)
            if found is None:
                continue
            if found.verdict is Verdict.MATCHES:
                return found
            if best is None or _rank(found) > _rank(best):
                best = found
        if best is None:
            raise self.last_error or DockerfileError("the Dockerfile can't be evaluated")
        return best

    def _fewest(self, found: Verification, base: Image) -> Verification:
        """Leaves out what need not be overridden: a default that is made of another argument follows that one."""
        args = dict(found.build_args)
        for name in list(found.suggested)[:MAX_LEFT_OUT]:
            fewer = {key: value for key, value in args.items() if key != name}
            other = self._compare(fewer, base)
            if other is not None and (other.verdict is not Verdict.DIFFERS or other.suggested):
                args, found = fewer, other
        return found

    # -- guesses ---------------------------------------------------------------------------------------------------

    def _guesses(self) -> Iterator[tuple[dict[str, str], Image]]:
        """Build arguments and base images to try: what is given alone, then with what the image gives away."""
        base = self.base or self._assumed_base({}, self._own_instructions())
        yield self.given, base
        variables = [] if self.base else self._set_variables()
        for choice in [{}, *self._stage_choices()]:
            solution = solve(
                self.dockerfile,
                self.image,
                builder=self.builder,
                base=base,
                target=self.target,
                given={**self.given, **choice},
                platform=self.platform,
                variables=variables,
            )
            solved = self.base or self._assumed_base(solution.env, self._own_instructions({**self.given, **choice}))
            tried: list[dict[str, str]] = [self.given]
            for args in self._arguments(solution):
                args = {**args, **choice}
                if args in tried and solved == base:
                    continue
                tried.append(args)
                yield args, solved

    def _arguments(self, solution: Solution) -> Iterator[dict[str, str]]:
        """The argument values to try, from all that was read off to what history spells out."""
        values = {name: value for name, value in solution.args.items() if value is not None}
        defaults = declared(self.dockerfile)
        # RUN shows an argument without a value as `K=`.
        filled = {name: value for name, value in values.items() if value or defaults.get(name) is not None}
        changed = {name: value for name, value in filled.items() if value != defaults.get(name)}
        free = {name: value for name, value in filled.items() if defaults.get(name) is None}
        for chosen in (free, changed, filled, values):
            for taken in (chosen, {name: value for name, value in chosen.items() if name in solution.firm}):
                yield {**self._nameless(), **self.given, **taken}

    def _nameless(self) -> dict[str, str]:
        """Markers for ARGs that FROM needs and nothing gives a value: the base's name can't be told, the rest can."""
        if not usable(self.text):
            return {}
        wanted = " ".join(stage.base for stage in self.dockerfile.stages)
        words = [word for step in self.dockerfile.global_args for word in step.args if "=" not in word]
        return {word: marker(word) for word in words if re.search(rf"\$\{{?{re.escape(word)}\b", wanted)}

    def _stage_choices(self) -> list[dict[str, str]]:
        """Values of ARGs that make a FROM name a stage of the file."""
        names = {stage.name for stage in self.dockerfile.stages if stage.name}
        choices: list[dict[str, str]] = []
        for stage in self.dockerfile.stages:
            match = re.fullmatch(r"([^$]*)\$(?:(\w+)|\{(\w+)(?::?[-+][^{}]*)?\})([^$]*)", stage.base)
            if not match or (match[2] or match[3]) in self.given:
                continue
            before, after = match[1], match[4]
            choices += [
                {match[2] or match[3]: name[len(before) : len(name) - len(after)]}
                for name in sorted(names)
                if name.startswith(before) and name.endswith(after) and len(name) >= len(before + after)
            ]
        return choices[:32]

    def _set_variables(self) -> list[str]:
        """Variables that the Dockerfile sets and uses: their values before are not in the image's config.

        Of `ARG V=1` and `ENV V=$V` the value is the argument's: taken for the base's it would hide another default.
        """
        used = set(re.findall(r"[$%]\{?(\w+)", self.text))
        own = [pair.key for i in self.dockerfile.instructions if i.keyword == "ENV" for pair in i.pairs]
        arguments = declared(self.dockerfile)
        return [key for key in dict.fromkeys(own) if key in used and key not in arguments]

    def _own_instructions(self, args: Mapping[str, str] | None = None) -> list[Instruction]:
        """The instructions of the stages that lead to the target, or all where that can't be told."""
        try:
            shown = predict(
                self.dockerfile,
                builder=self.builder,
                target=self.target,
                build_args=self.given if args is None else args,
                platform=self.platform,
            )
        except DockerfileError:
            return list(self.dockerfile.instructions)
        return [entry.instruction for entry in shown.own if entry.instruction is not None]

    def _assumed_base(self, env: Mapping[str, str], own: list[Instruction]) -> Image:
        """What is known of the base: what the image's config has and the Dockerfile does not set."""
        config = self.image.config
        keys = {pair.key for i in own if i.keyword == "ENV" for pair in i.pairs}
        entries = [str(entry) for entry in _list(config.get("Env"))]
        kept = [entry for entry in entries if entry.partition("=")[0] not in keys]
        kept += [f"{key}={value}" for key, value in env.items() if key in keys]
        if "PATH" in keys and "PATH" not in env and not self.image.windows:
            kept.append(f"PATH={DEFAULT_PATH}")
        keywords = {i.keyword for i in own}
        below = self.image.history[: max(0, len(self.image.history) - len(own))]
        assumed: dict[str, Any] = {"Env": kept}
        assumed["Shell"] = _last_shell(below) if "SHELL" in keywords else _list(config.get("Shell"))
        assumed["WorkingDir"] = self._base_workdir(own, below)
        return Image(config=assumed, os=self.image.os)

    def _base_workdir(self, own: list[Instruction], below: tuple[HistoryEntry, ...]) -> str:
        """The base's working directory: what a relative WORKDIR was joined to, or the last that history names."""
        first = next((i for i, step in enumerate(own) if step.keyword == "WORKDIR"), None)
        if first is not None and not registry.named(self.builder).own_text and len(own) <= len(self.image.history):
            written = own[first].args[0] if own[first].args else ""
            shown = self.image.history[len(self.image.history) - len(own) + first].created_by.partition("WORKDIR ")[2]
            if "$" not in written and written[:1] not in ("/", "\\", "") and shown.endswith("/" + written):
                return shown[: -len(written) - 1] or "/"
        for entry in reversed(below):
            found = re.search(r"(?:#\(nop\) |^)WORKDIR (/.*)\Z", entry.created_by)
            if found:
                return found[1]
        return ""

    # -- comparison ------------------------------------------------------------------------------------------------

    def _compare(self, args: dict[str, str], base: Image) -> Verification | None:
        try:
            prediction = predict(
                self.dockerfile,
                builder=self.builder,
                base=base,
                target=self.target,
                build_args=args,
                platform=self.platform,
            )
        except DockerfileError as error:
            self.last_error = error
            return None
        prediction = prediction.fitted(self.image.history)
        if self.base is None and prediction.base != SCRATCH:
            prediction = replace(prediction, base_known=False)
        solved = {key: value for key, value in args.items() if key not in self.given and not is_unknown(value)}
        shown = {key: value for key, value in args.items() if not is_unknown(value)}
        found = judge(self.image, prediction, shown, tuple(solved), self.below)
        if found.verdict is Verdict.DIFFERS or not solved:
            return found
        actual = [step.actual or "" for step in found.steps]
        unseen = overrides(self.dockerfile, prediction, actual, solved, self.platform)
        explained = not registry.named(self.builder).defaults_alone(self.image)
        return _overridden(found, unseen, explained) if unseen else found


def _overridden(found: Verification, unseen: list[Override], explained: bool) -> Verification:
    """What matches with other values than the defaults; `explained`: arguments that were given can be why."""
    first = min(unseen, key=lambda override: override.line)
    mismatch = Mismatch(f"line {first.line} (ARG)", f"{first.name}={first.default}", f"{first.name}={first.value}")
    reason = f"line {first.line} gives the argument {first.name} another value than the image has"
    suggested = {override.name: override.value for override in unseen} if explained else {}
    return replace(found, verdict=Verdict.DIFFERS, reason=reason, difference=mismatch, suggested=suggested)


@dataclass(slots=True)
class _Below:
    """What is known of the images below, looked up where the moments and words at a border leave it open."""

    image: Image
    catalogue: Catalogue | None = None
    _ends: frozenset[int] | None = None

    def ends_at(self, entries: int) -> bool:
        """Whether an image with a name ends behind that many entries."""
        if self._ends is None:
            from reconstruct import steps
            from reconstruct.base import find_chain

            chain = find_chain(self.image, steps(self.image), catalogue=self.catalogue)
            self._ends = frozenset(part.entries for part in chain.images if part.name is not None)
        return entries in self._ends


def judge(
    image: Image,
    prediction: Prediction,
    args: Mapping[str, str],
    solved: tuple[str, ...],
    known: _Below | None = None,
) -> Verification:
    """The verdict on one prediction."""
    count, own = len(image.history), prediction.own
    first = _first(image, prediction)
    builder = registry.named(prediction.builder)
    version = builder.version(image)
    steps = tuple(_check(entry, image.history, first + i, builder, version) for i, entry in enumerate(own))
    found = Verification(
        verdict=Verdict.MATCHES,
        builder=prediction.builder,
        steps=steps,
        base=MARKER.sub(r"${\1}", prediction.base),
        base_entries=max(first, 0),
        build_args=dict(args),
        solved=solved,
    )
    different = next((step for step in steps if step.status == "differs"), None)
    if different is not None:
        reason = f"line {different.start} differs" if different.actual is not None else "the image has fewer steps"
        return replace(found, verdict=Verdict.DIFFERS, reason=reason, difference=_of_step(different))
    if first + len(own) != count:
        mismatch = Mismatch("after the last step", "", image.history[first + len(own)].created_by)
        return replace(found, verdict=Verdict.DIFFERS, reason="the image has more steps", difference=mismatch)
    below = _judge_base(image, prediction, first, known)
    if below is not None:
        verdict, reason, wrong = below
        return replace(found, verdict=verdict, reason=reason, difference=wrong)
    unlike, notes = config_mismatch(image, prediction)
    if unlike is not None:
        reason = f"the config's {unlike.where} differs"
        return replace(found, verdict=Verdict.DIFFERS, reason=reason, difference=unlike)
    if not prediction.base_known and not own and not prediction.config.get("OnBuild"):
        reason = "the Dockerfile makes no step that leaves a trace: give its base with --base"
        return replace(found, verdict=Verdict.UNKNOWN, reason=reason)
    if own and found.unseen == len(own) and _says_nothing(own):
        reason = "all that the Dockerfile does is to copy, and history has only checksums of what was copied"
        return replace(found, verdict=Verdict.UNKNOWN, reason=reason)
    return replace(found, notes=tuple(notes))


def _says_nothing(own: tuple[Entry, ...]) -> bool:
    """Whether the copies are those that any Dockerfile could make: to one place, and a common one."""
    if len({entry.created_by + entry.after for entry in own}) > 1:
        return False
    destination = own[0].after.removeprefix(" in ").removesuffix(" ")
    return bool(_COMMON_DESTINATION.fullmatch(destination)) and "--" not in own[0].created_by


def _first(image: Image, prediction: Prediction) -> int:
    """The history entry that the first own step is compared with.

    Own steps are the last ones; where these differ, the place where most steps match shows the difference best.
    """
    history, own = image.history, prediction.own
    if prediction.base_known:
        return len(prediction.history) - len(own)
    last = len(history) - len(own)
    if last >= 0 and all(e.matches(h.created_by, True) for e, h in zip(own, history[last:], strict=True)):
        return last
    return _best_place(history, own, max(last, 0))


def _best_place(history: tuple[HistoryEntry, ...], own: tuple[Entry, ...], default: int) -> int:
    """The offset at which most of the steps match, by counting for each pair that does the offset it speaks for."""
    texts: dict[str, list[int]] = {}
    for index, actual in enumerate(history):
        texts.setdefault(actual.created_by, []).append(index)
    votes: dict[int, int] = {}
    for position, entry in enumerate(own):
        for index in texts.get(entry.created_by, ())[:50]:
            if index >= position:
                votes[index - position] = votes.get(index - position, 0) + 1
    return max(votes, key=lambda offset: (votes[offset], -offset)) if votes else default


def _check(
    entry: Entry, history: Sequence[HistoryEntry], index: int, builder: Builder, version: str | None
) -> StepCheck:
    """Compares a step with the history entry at `index`."""
    instruction = entry.instruction
    found = history[index] if 0 <= index < len(history) else None
    status = "differs"
    if found is not None and builder.matches(entry, found.created_by, version):
        status = "matches" if entry.checksum is None else "contents"
    return StepCheck(
        instruction=instruction.keyword if instruction else "",
        start=instruction.start if instruction else 0,
        end=instruction.end if instruction else 0,
        status=status,
        expected=entry.text,
        actual=found.created_by if found else None,
        index=index if found else None,
    )


def _of_step(step: StepCheck) -> Mismatch:
    lines = f"line {step.start}" if step.start == step.end else f"lines {step.start}-{step.end}"
    return Mismatch(f"{lines} ({step.instruction})", step.expected, step.actual)


def _judge_base(
    image: Image, prediction: Prediction, first: int, known: _Below | None
) -> tuple[Verdict, str, Mismatch | None] | None:
    """What speaks against the entries before the own steps being the base, None if nothing does."""
    if prediction.base_known:
        return _known_base(image, prediction, first)
    if first == 0:
        if prediction.own and not _layers_below(image):
            wanted = Mismatch("FROM", f"FROM {prediction.base}", "an image without a base")
            return Verdict.DIFFERS, "the image has no base below these steps", wanted
        return None
    if not prediction.own:
        return None
    found: Boundary = boundaries.boundary(image, first, prediction.builder)
    if found.base and not is_unknown(prediction.base) and not boundaries.same_name(prediction.base, found.base):
        mismatch = Mismatch("FROM", f"FROM {prediction.base}", f"FROM {found.base}")
        return Verdict.DIFFERS, "the base differs", mismatch
    if found.place is not Place.BASE and known is not None and known.ends_at(first):
        return None
    if found.place is Place.SAME_BUILD:
        extra = Mismatch("before the first step", "", image.history[first - 1].created_by)
        return Verdict.DIFFERS, f"the image has more steps: {found.reason}", extra
    if found.place is Place.UNCLEAR:
        return Verdict.UNKNOWN, f"where the base ends can't be told ({found.reason}): give the base with --base", None
    return None


def _known_base(image: Image, prediction: Prediction, first: int) -> tuple[Verdict, str, Mismatch | None] | None:
    for index, (entry, actual) in enumerate(zip(prediction.history[:first], image.history, strict=False)):
        if entry.created_by != actual.created_by:
            mismatch = Mismatch(f"the base's entry {index + 1}", entry.created_by, actual.created_by)
            return Verdict.DIFFERS, "the base differs", mismatch
    return None


def _layers_below(image: Image) -> bool:
    """Whether the image has layers that no history entry made: a base can come without a history."""
    made = sum(not entry.empty_layer for entry in image.history)
    return len(image.layers) > made


def _against_provenance(found: Verification, image: Image, text: str) -> Verification:
    """BuildKit's provenance may hold the Dockerfile itself, which tells what history does not."""
    original = image.provenance.dockerfile if image.provenance else None
    if original is None:
        return found
    try:
        mine, theirs = parse(text, BUILDKIT), parse(original, BUILDKIT)
    except DockerfileError:
        return found
    for ours, other in zip(mine.instructions, theirs.instructions, strict=False):
        if _bare(ours) != _bare(other):
            mismatch = Mismatch(f"line {ours.start} ({ours.keyword})", _whole_text(ours), _whole_text(other))
            reason = f"line {ours.start} differs from the Dockerfile in the build's provenance"
            return replace(found, verdict=Verdict.DIFFERS, reason=reason, difference=mismatch)
    if len(mine.instructions) != len(theirs.instructions):
        reason = "the Dockerfile in the build's provenance has another number of instructions"
        return replace(found, verdict=Verdict.DIFFERS, reason=reason)
    return replace(found, notes=(*found.notes, "the build's provenance holds the same instructions"))


def _whole_text(instruction: Instruction) -> str:
    return instruction.text + "".join(f"\n{file.text}{file.name}" for file in instruction.heredocs)


def _bare(instruction: Instruction) -> Instruction:
    trigger = _bare(instruction.trigger) if instruction.trigger else None
    return replace(instruction, start=0, end=0, written="", text="", trigger=trigger)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _last_shell(entries: tuple[HistoryEntry, ...]) -> list[str]:
    for entry in reversed(entries):
        found = re.search(r"(?:#\(nop\)  |^)SHELL \[(.*)\]\Z", entry.created_by)
        if found:
            return found[1].split(" ")
    return []
