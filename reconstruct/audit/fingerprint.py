"""What identifies a finding from build to build: its rule, its step's own words and its subject. Never a message's words,
and nothing that another build of the same Dockerfile changes: times, sizes, digests, numbers of steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reconstruct import pattern as lazy
from reconstruct.audit.context import command_text
from reconstruct.audit.masking import Masker
from reconstruct.digest import sha256_hex
from reconstruct.syntax import (
    Arg,
    Copy,
    Env,
    Expose,
    Foreign,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    RootFilesystem,
    Shell,
    Step,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.audit.context import Context

# Raised when a finding gets another fingerprint than before; a baseline of another version is refused. An index holds
# fingerprints too: raise `reconstruct.fleet.schema.VERSION` with it.
VERSION = 2
# The hexadecimal digits of a fingerprint, and of its start, which tells an image's findings apart.
DIGITS, SHORT = 32, 8
# A fingerprint or its start, as settings name it.
NAMED = lazy.compile(rf"[0-9a-f]{{{SHORT},{DIGITS}}}(?:-\d+)?")


class Fingerprints:
    """Makes the fingerprints of one image's findings, once all secrets are known."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._seen: Counter[str] = Counter()
        self._places: dict[int, str] = {}
        self._weak: dict[int, Masker] = {}
        for secret in context.secrets:
            if secret.step is not None and not secret.sure:
                self._weak.setdefault(secret.step, Masker()).add(secret.secret)

    def of(self, rule: str, step: int | None, subject: Sequence[str], *, whole: bool = False) -> str:
        """The fingerprint of the next finding. `subject` is without secrets (see `hide`); with `whole`, the finding is about
        the image, and its step only shows it. Findings alike are numbered: `1f0c…`, `1f0c…-2`."""
        place = "" if step is None or whole else self._place(step)
        text = "\0".join((str(VERSION), rule, place, *subject))
        bare = sha256_hex(text.encode("utf-8", "backslashreplace"))[:DIGITS]
        self._seen[bare] += 1
        count = self._seen[bare]
        return f"{bare}-{count}" if count > 1 else bare

    def hide(self, text: str, step: int | None) -> str:
        """`text` without the image's secrets, and without the words of `step` that may be one (a default such as `root`).
        In other steps such a word stays: what they are must not depend on this one."""
        text = self._context.masker.blank(text)
        weak = self._weak.get(step) if step is not None else None
        return weak.blank(text) if weak is not None else text

    def _place(self, step: int) -> str:
        found = self._places.get(step)
        if found is None:
            found = self._places[step] = " ".join(self.hide(own_words(self._context.steps[step]), step).split())
        return found


def own_words(step: Step) -> str:
    """A step as its author wrote it, the same from every builder that records as much of it.

    Without what stands for contents (COPY's checksum, a root file system's date) and what was set outside of it (build
    arguments, the shell in force).
    """
    return f"{step.instruction.keyword} {_arguments(step, step.instruction)}"


def _arguments(step: Step, instruction: Instruction) -> str:
    if text := command_text(instruction):
        return instruction.trigger if isinstance(instruction, Onbuild) else text
    match instruction:
        case Copy():
            return " ".join((*instruction.sources, instruction.destination))
        case Env() | Label() | Arg():
            pairs = instruction.pairs
            return " ".join([pair.key if pair.value is None else f"{pair.key}={pair.value}" for pair in pairs])
        case Expose():
            return " ".join(instruction.ports)
        case Volume():
            return " ".join(instruction.paths)
        case Workdir(path=word) | User(user=word) | Stopsignal(signal=word) | Maintainer(name=word):
            return word
        case Shell():
            return " ".join(instruction.words)
        case RootFilesystem():
            return instruction.kind
        case Foreign():
            return f"{instruction.maker} {without_digests(step.raw)}"
        case _:
            return ""


_DIGEST = lazy.compile(r"\b[0-9a-f]{12,128}\b")


def without_digests(text: str) -> str:
    """`text` without digests and IDs, which every build makes anew."""
    return _DIGEST.sub("", text)


def split(fingerprint: str) -> tuple[str, str]:
    """(what findings alike have in common, the number among them, empty for the first)."""
    bare, _, number = fingerprint.partition("-")
    return bare, number


def short(fingerprint: str) -> str:
    """The start of a fingerprint, with its number if several findings are alike: what people read and settings name."""
    bare, number = split(fingerprint)
    return f"{bare[:SHORT]}-{number}" if number else bare[:SHORT]


def names(wanted: str, fingerprint: str) -> bool:
    """Whether `wanted`, a fingerprint or its start, names a finding; without a number, all findings alike."""
    start, wanted_number = split(wanted)
    bare, number = split(fingerprint)
    return bare.startswith(start) and wanted_number in ("", number)
