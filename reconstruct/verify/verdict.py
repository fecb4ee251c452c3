"""Was this image built from this Dockerfile? Predicts what the image's builder would write, and compares."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cached_property

from reconstruct.builders import makers, registry
from reconstruct.builders.predicting import predict
from reconstruct.builders.prediction import DEFAULT_PATH, Prediction
from reconstruct.builders.recognise import dialects
from reconstruct.dockerfile import check
from reconstruct.dockerfile.dialect import DIALECTS
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.model import Dockerfile, Instruction
from reconstruct.dockerfile.parser import Readings
from reconstruct.dockerfile.stages import SCRATCH
from reconstruct.dockerfile.unknown import is_unknown, marker, usable
from reconstruct.image import HistoryEntry, Image
from reconstruct.record import dataclass, field, replace
from reconstruct.typed import TYPE_CHECKING, Any
from reconstruct.verify.below import Below
from reconstruct.verify.judge import Scene, judge
from reconstruct.verify.model import Mismatch, Verdict, Verification
from reconstruct.verify.overrides import Override, overrides
from reconstruct.verify.provenance import against_provenance
from reconstruct.verify.solve import Solution, declared, solve, variables_set

if TYPE_CHECKING:
    from reconstruct.base.catalogue import Catalogue

# The number of arguments tested one by one for whether a match needs them.
MAX_LEFT_OUT = 32


def verify(
    image: Image,
    dockerfile: str | Readings,
    *,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    base: Image | None = None,
    catalogue: Catalogue | None = None,
    below: Below | None = None,
) -> Verification:
    """Whether `image` was built from the Dockerfile in the text `dockerfile` (or in what was read of it before).

    `target` is the stage (default: the last), `build_args` the known ones, `base` the base image, if available: its part is
    then compared too, and nothing about it is inferred; `catalogue` has further possible bases, and `below` what is known
    of them from before. Missing build arguments are solved for, unless that overrides a default that history doesn't show.
    Every step of the stages that lead to the target must be present.

    Raises DockerfileError if no builder would accept the Dockerfile.
    """
    readings = dockerfile if isinstance(dockerfile, Readings) else Readings(dockerfile)
    below = below or Below(image, catalogue)
    saved = image.history
    image = _cleaned(image)
    parse_error: DockerfileError | None = None
    best: Verification | None = None
    for builder in registry.candidates(image):
        try:
            found = _Attempt(image, readings, builder, target, dict(build_args or {}), base, below, saved).run()
        except DockerfileError as error:
            parse_error = parse_error or error
            continue
        if found.verdict is Verdict.MATCHES:
            return against_provenance(found, image, readings)
        if best is None or _rank(found) > _rank(best):
            best = found
    if best is None:
        assert parse_error is not None
        raise parse_error
    return best


def _rank(found: Verification) -> tuple[bool, bool, float]:
    return found.verdict is Verdict.UNKNOWN, bool(found.suggested), found.matched / (len(found.steps) or 1)


def _cleaned(image: Image) -> Image:
    """The image without text that no instruction wrote: the merge of `--squash`, builders' additions to instructions."""
    history = image.history
    if history and makers.squashed_by(history[-1]):
        history = history[:-1]
    cleaned = []
    for index, (entry, kind) in enumerate(zip(history, dialects(image), strict=False)):
        text = registry.of(kind).unmarked(image, index)
        cleaned.append(entry if text == entry.created_by else replace(entry, created_by=text))
    return image if cleaned == list(image.history) else replace(image, history=tuple(cleaned))


@dataclass(frozen=True)
class Guess:
    """The input of a prediction: build arguments, the base as far as known, and those of its variables that were inferred
    from their use in the Dockerfile's steps."""

    args: dict[str, str]
    base: Image
    borrowed: Mapping[str, str] = field(default_factory=dict)


@dataclass()
class _Attempt:
    """The comparison with one builder's prediction."""

    image: Image
    readings: Readings
    builder: str
    target: str | None
    given: dict[str, str]
    base: Image | None
    below: Below
    saved: tuple[HistoryEntry, ...]
    dockerfile: Dockerfile = field(init=False)
    platform: str = field(init=False)
    last_error: DockerfileError | None = None
    # Predictions without a base, by their arguments; None where there is none.
    _alone: list[tuple[Mapping[str, str], Prediction | None]] = field(default_factory=list)

    def run(self) -> Verification:
        builder = registry.named(self.builder)
        self.dockerfile = self.readings.by(DIALECTS[builder.language])
        if builder.checks_first:
            # What is refused here, no argument and no base makes better.
            check.check_all(self.dockerfile, self.dockerfile.dialect)
        self.platform = self.image.platform if "/" in self.image.platform else f"{self.image.os}/amd64"
        best: Verification | None = None
        for guess in self._guesses():
            found = self._compare(guess)
            if found is not None and found.suggested:
                found = self._fewest(found, guess)
            if found is None:
                continue
            if found.verdict is Verdict.MATCHES:
                return found
            if best is None or _rank(found) > _rank(best):
                best = found
        if best is None:
            raise self.last_error or DockerfileError("the Dockerfile can't be evaluated")
        return best

    def _fewest(self, found: Verification, guess: Guess) -> Verification:
        """Drops overrides that aren't needed: a default made from another argument follows that one."""
        args = dict(found.build_args)
        for name in list(found.suggested)[:MAX_LEFT_OUT]:
            fewer = {key: value for key, value in args.items() if key != name}
            other = self._compare(replace(guess, args=fewer))
            if other is not None and (other.verdict is not Verdict.DIFFERS or other.suggested):
                args, found = fewer, other
        return found

    # -- guesses ---------------------------------------------------------------------------------------------------

    def _guesses(self) -> Iterator[Guess]:
        """Build arguments and base images to try: only the given ones, then with those that the image reveals."""
        base = self.base or self._assumed_base({}, self._own_instructions())
        yield Guess(self.given, base)
        for choice in [{}, *self._stage_choices()]:
            given = {**self.given, **choice}
            solution = self._solution(base, given)
            solved = base
            borrowed: dict[str, str] = {}
            if self.base is None and (choice or solution.env):
                own = self._own_instructions(given)
                solved = self._assumed_base(solution.env, own)
                set_anew = variables_set(own, self.dockerfile.escape)
                borrowed = {k: v for k, v in solution.env.items() if k in set_anew}
            tried: list[dict[str, str]] = [self.given] if solved == base else []
            for args in self._arguments(solution):
                args = {**args, **choice}
                if args in tried:
                    continue
                tried.append(args)
                yield Guess(args, solved, borrowed)

    def _solution(self, base: Image, given: Mapping[str, str]) -> Solution:
        """What the image reveals of missing values, given these arguments."""
        if given.keys() >= declared(self.dockerfile).keys():
            alone = self._predicted_alone(given)
            if alone is not None and alone.rooted:
                # No argument is missing, and no stage has a base whose variables could be.
                return Solution()
        return solve(
            self.dockerfile,
            self.image,
            builder=self.builder,
            base=base,
            target=self.target,
            given=given,
            platform=self.platform,
            variables=[] if self.base else self._set_variables,
        )

    def _arguments(self, solution: Solution) -> Iterator[dict[str, str]]:
        """The argument values to try, from all solved ones to only those that history spells out."""
        known = {**self._nameless(), **self.given}
        values = {name: value for name, value in solution.args.items() if value is not None}
        if not values:
            yield known
            return
        defaults = declared(self.dockerfile)
        # RUN shows an argument without a value as `K=`.
        filled = {name: value for name, value in values.items() if value or defaults.get(name) is not None}
        changed = {name: value for name, value in filled.items() if value != defaults.get(name)}
        free = {name: value for name, value in filled.items() if defaults.get(name) is None}
        for chosen in (free, changed, filled, values):
            for taken in (chosen, {name: value for name, value in chosen.items() if name in solution.firm}):
                yield {**known, **taken}

    def _nameless(self) -> dict[str, str]:
        """Markers for ARGs that FROM needs and that have no value: only the base's name is then unknown."""
        words = [word for step in self.dockerfile.global_args for word in step.args if "=" not in word]
        if not words or not usable(self.readings.text):
            return {}
        wanted = " ".join(stage.base for stage in self.dockerfile.stages)
        return {word: marker(word) for word in words if re.search(rf"\$\{{?{re.escape(word)}\b", wanted)}

    def _stage_choices(self) -> list[dict[str, str]]:
        """Values of ARGs with which a FROM names a stage of the file."""
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

    @cached_property
    def _set_variables(self) -> list[str]:
        """Variables that the Dockerfile sets and uses, whose earlier values aren't in the image's config.

        With `ARG V=1` and `ENV V=$V` the value is the argument's; taking it for the base's would hide another default.
        """
        used = set(re.findall(r"[$%]\{?(\w+)", self.readings.text))
        own = variables_set([*self.dockerfile.instructions, *self._own_instructions()], self.dockerfile.escape)
        arguments = declared(self.dockerfile)
        return [key for key in own if key in used and key not in arguments]

    def _own_instructions(self, args: Mapping[str, str] | None = None) -> list[Instruction]:
        """The instructions of the stages that lead to the target, or all if unknown."""
        shown = self._predicted_alone(self.given if args is None else args)
        if shown is None:
            return list(self.dockerfile.instructions)
        return [entry.instruction for entry in shown.own if entry.instruction is not None]

    def _predicted_alone(self, args: Mapping[str, str]) -> Prediction | None:
        """The prediction without a base, made once; None if there is none."""
        for known, found in self._alone:
            if known == args:
                return found
        made: Prediction | None = None
        with suppress(DockerfileError):
            made = self._predicted(args, None)
        self._alone.append((args, made))
        return made

    def _predicted(self, args: Mapping[str, str], base: Image | None) -> Prediction:
        return predict(
            self.dockerfile,
            builder=self.builder,
            base=base,
            target=self.target,
            build_args=args,
            platform=self.platform,
            checked=True,
        )

    def _assumed_base(self, env: Mapping[str, str], own: list[Instruction]) -> Image:
        """What is known about the base: the image's config values that the Dockerfile doesn't set."""
        config = self.image.config
        keys = variables_set(own, self.dockerfile.escape)
        entries = [str(entry) for entry in _list(config.get("Env"))]
        kept = [entry for entry in entries if entry.partition("=")[0] not in keys]
        kept += [f"{key}={value}" for key, value in env.items() if key in keys]
        keywords = {i.keyword for i in own}
        below = self.image.history[: max(0, len(self.image.history) - len(own))]
        told = self._told_below([key for key in keys if key not in env], len(below))
        if "PATH" in keys and "PATH" not in env and not self.image.windows:
            told.setdefault("PATH", DEFAULT_PATH)
        kept += [f"{key}={value}" for key, value in told.items()]
        assumed: dict[str, Any] = {"Env": kept}
        assumed["Shell"] = _last_shell(below) if "SHELL" in keywords else _list(config.get("Shell"))
        assumed["WorkingDir"] = self._base_workdir(own, below)
        return Image(config=assumed, os=self.image.os)

    def _told_below(self, keys: list[str], entries: int) -> dict[str, str]:
        """The variables set by the base's own entries that the Dockerfile uses before it sets them."""
        wanted = set(keys).intersection(self._set_variables) if keys and entries else set()
        if not wanted:
            return {}
        env = self.below.left(entries).env
        return {key: value for key in sorted(wanted) if (value := env.get(key)) is not None}

    def _base_workdir(self, own: list[Instruction], below: tuple[HistoryEntry, ...]) -> str:
        """The base's working directory: the one that a relative WORKDIR was joined to, or the last in history."""
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

    def _compare(self, guess: Guess) -> Verification | None:
        args = guess.args
        alone = next((found for known, found in self._alone if known == args), None)
        try:
            prediction = alone if alone is not None and alone.rooted else self._predicted(args, guess.base)
        except DockerfileError as error:
            self.last_error = error
            return None
        prediction = prediction.fitted(self.image.history)
        if self.base is None and prediction.base != SCRATCH:
            prediction = replace(prediction, base_known=False)
        solved = {key: value for key, value in args.items() if key not in self.given and not is_unknown(value)}
        shown = {key: value for key, value in args.items() if not is_unknown(value)}
        asked = next((s.platform for s in self.dockerfile.stages if s.platform and s.base == prediction.base), "")
        scene = Scene(self.image, self.saved, prediction, self.below, self.base, guess.borrowed, asked)
        found = judge(scene, shown, tuple(solved))
        if found.verdict is Verdict.DIFFERS or not solved:
            return found
        actual = [step.actual or "" for step in found.steps]
        unseen = overrides(self.dockerfile, prediction, actual, solved, self.platform)
        explained = not registry.named(self.builder).defaults_alone(self.image)
        return _overridden(found, unseen, explained) if unseen else found


def _overridden(found: Verification, unseen: list[Override], explained: bool) -> Verification:
    """A match with values other than the defaults; `explained`: given arguments may be the reason."""
    first = min(unseen, key=lambda override: override.line)
    mismatch = Mismatch(f"line {first.line} (ARG)", f"{first.name}={first.default}", f"{first.name}={first.value}")
    reason = f"line {first.line} gives the build argument {first.name} a different value"
    suggested = {override.name: override.value for override in unseen} if explained else {}
    return replace(found, verdict=Verdict.DIFFERS, reason=reason, difference=mismatch, suggested=suggested)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def _last_shell(entries: tuple[HistoryEntry, ...]) -> list[str]:
    for entry in reversed(entries):
        found = re.search(r"(?:#\(nop\)  |^)SHELL \[(.*)\]\Z", entry.created_by)
        if found:
            return found[1].split(" ")
    return []
