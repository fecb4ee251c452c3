"""The smallest change that would make a Dockerfile match: an option, another stage, or an edit of its lines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from reconstruct.builders import makers
from reconstruct.dockerfile.dialect import BUILDKIT
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.model import Dockerfile
from reconstruct.dockerfile.parser import Readings
from reconstruct.image import Image
from reconstruct.record import replace
from reconstruct.typed import TYPE_CHECKING
from reconstruct.verify.model import Fix, StepCheck, Subject, Verdict, Verification

if TYPE_CHECKING:
    from reconstruct.verify.below import Below

# With more edits it is another Dockerfile.
MAX_EDITS = 20
MAX_TARGETS = 16

Again = Callable[[Readings, str | None], Verification]


def with_fix(found: Verification, below: Below, text: Readings, target: str | None, again: Again) -> Verification:
    """The verification with its `fix`, if it differs and one is found. `below` has the image's steps; `again(text, target)`
    verifies again."""
    if found.verdict is not Verdict.DIFFERS:
        return found
    if found.suggested:
        import shlex

        options = " ".join(f"--build-arg {shlex.quote(f'{key}={value}')}" for key, value in found.suggested.items())
        return replace(found, fix=Fix(f"matches with {options}", proved=True))
    return replace(found, fix=_other_target(text, target, again) or _edited(found, below, text, target, again))


def _parsed(text: Readings) -> Dockerfile | None:
    try:
        return text.by(BUILDKIT)
    except DockerfileError:
        return None


def _other_target(text: Readings, target: str | None, again: Again) -> Fix | None:
    dockerfile = _parsed(text)
    for stage in (dockerfile.stages if dockerfile else ())[-MAX_TARGETS:]:
        if stage.label == target or (target is None and dockerfile and stage is dockerfile.stages[-1]):
            continue
        try:
            if again(text, stage.label).verdict is Verdict.MATCHES:
                import shlex

                return Fix(f"matches with --target {shlex.quote(stage.label)}", proved=True)
        except DockerfileError:
            continue
    return None


def _edited(found: Verification, below: Below, text: Readings, target: str | None, again: Again) -> Fix | None:
    wrong = [step for step in found.steps if step.status in ("differs", "missing", "extra")]
    history = next((check for check in found.checks if check.subject is Subject.HISTORY), None)
    if not wrong or len(wrong) > MAX_EDITS or history is None or history.result is Verdict.MATCHES:
        return None
    wanted = [step.index for step in wrong if step.status != "missing"]
    if any(index is None or _is_foreign(below.image, index) for index in wanted):
        # Nothing in a Dockerfile makes such an entry; to know that, the others need not be read.
        return None
    made = _instructions(below, wanted)
    lines = text.text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    edited = _applied(lines, wrong, made, _first_from(found, text))
    if edited is None or edited == lines:
        return None
    import difflib

    patch = "".join(difflib.unified_diff(lines, edited, "a/Dockerfile", "b/Dockerfile"))
    try:
        proved = again(Readings("".join(edited)), target).verdict is Verdict.MATCHES
    except DockerfileError:
        return None
    return Fix(_said(wrong, made), patch, proved)


def _first_from(found: Verification, text: Readings) -> int:
    """The last line of the FROM after which a step before the first belongs."""
    dockerfile = _parsed(text)
    stages = dockerfile.stages if dockerfile else ()
    first = min((step.start for step in found.steps if step.start), default=0)
    above = [stage.source.end for stage in stages if not first or stage.source.start < first]
    return above[-1] if above else 0


def _applied(lines: Sequence[str], wrong: Sequence[StepCheck], made: Mapping[int, str], first: int) -> list[str] | None:
    """The lines with the edits applied, from the last to the first, so that line numbers stay valid."""
    edited = list(lines)
    for step in reversed(wrong):
        new = [] if step.status == "missing" else _written(step, made)
        if new is None:
            return None
        if step.status == "extra":
            at = step.end or first
            edited[at:at] = new
        elif step.start:
            edited[step.start - 1 : step.end] = new
    return edited


def _written(step: StepCheck, made: Mapping[int, str]) -> list[str] | None:
    """The image's step as lines of a Dockerfile; None if that isn't possible."""
    text = _text(step, made)
    return [f"{text}\n"] if text else None


def _is_foreign(image: Image, index: int) -> bool:
    return makers.made(image.history[index], first=index == 0) is not None


def _instructions(below: Below, wanted: Collection[int | None]) -> dict[int, str]:
    """The image's steps from the `wanted` history entries as instructions on one line; others are left out."""
    from reconstruct.writer import instruction_text

    steps = [step for step in below.read if step.index in wanted and step.instruction.keyword]
    texts = {step.index: instruction_text(step) for step in steps}
    return {index: text for index, text in texts.items() if index is not None and text and "\n" not in text}


def _text(step: StepCheck, made: Mapping[int, str]) -> str:
    return made.get(step.index, "") if step.index is not None else ""


def _said(wrong: Sequence[StepCheck], made: Mapping[int, str]) -> str:
    step = wrong[0]
    if step.status == "missing":
        said = f"line {step.start} should be removed: `{step.instruction}`"
    elif step.status == "extra":
        said = (
            f"missing after line {step.end}: `{_text(step, made)}`"
            if step.end
            else f"missing before the first step: `{_text(step, made)}`"
        )
    else:
        said = f"line {step.start} should be `{_text(step, made)}`"
    return said + (f", and {len(wrong) - 1} more change{'s' if len(wrong) > 2 else ''}" if len(wrong) > 1 else "")
