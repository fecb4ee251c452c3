"""The Dockerfile in BuildKit's provenance, which shows what history doesn't."""

from __future__ import annotations

from reconstruct.dockerfile.dialect import BUILDKIT
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.model import Instruction
from reconstruct.dockerfile.parser import Readings, parse
from reconstruct.image import Image
from reconstruct.record import replace
from reconstruct.verify.model import Check, Mismatch, Subject, Verdict, Verification


def against_provenance(found: Verification, image: Image, readings: Readings) -> Verification:
    """Compares with the Dockerfile in BuildKit's provenance, if any, which shows what history doesn't."""
    original = image.provenance.dockerfile if image.provenance else None
    if original is None:
        return found
    try:
        mine, theirs = readings.by(BUILDKIT), parse(original, BUILDKIT)
    except DockerfileError:
        return found
    for ours, other in zip(mine.instructions, theirs.instructions, strict=False):
        if _bare(ours) != _bare(other):
            mismatch = Mismatch(f"line {ours.start} ({ours.keyword})", _whole_text(ours), _whole_text(other))
            reason = f"line {ours.start} differs from the Dockerfile in the build's provenance"
            return _told(found, Check(Subject.PROVENANCE, Verdict.DIFFERS, reason, mismatch))
    if len(mine.instructions) != len(theirs.instructions):
        reason = "the Dockerfile in the build's provenance has a different number of instructions"
        return _told(found, Check(Subject.PROVENANCE, Verdict.DIFFERS, reason))
    same = Check(Subject.PROVENANCE, Verdict.MATCHES, "the build's provenance holds the same instructions")
    return replace(found, checks=(*found.checks, same))


def _told(found: Verification, check: Check) -> Verification:
    return replace(
        found,
        verdict=check.result,
        reason=check.detail,
        difference=check.difference,
        checks=(*found.checks, check),
    )


def _whole_text(instruction: Instruction) -> str:
    return instruction.text + "".join(f"\n{file.text}{file.name}" for file in instruction.heredocs)


def _bare(instruction: Instruction) -> Instruction:
    trigger = _bare(instruction.trigger) if instruction.trigger else None
    return replace(instruction, start=0, end=0, written="", text="", trigger=trigger)
