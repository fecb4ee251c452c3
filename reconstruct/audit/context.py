"""What the rules look at: the image, its steps, and what is worked out from them once for all rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from reconstruct.audit.commands import Command, language_of, split
from reconstruct.audit.masking import Masker
from reconstruct.syntax import (
    Arg,
    Cmd,
    Copy,
    Dialect,
    Entrypoint,
    Env,
    ExecForm,
    Foreign,
    Healthcheck,
    Instruction,
    Onbuild,
    RootFilesystem,
    Run,
    ShellForm,
    Step,
    Workdir,
)

if TYPE_CHECKING:
    from reconstruct.audit.secrets.scan import Secret
    from reconstruct.base import Base
    from reconstruct.image import Image

I = TypeVar("I", bound=Instruction)  # noqa: E741 - the usual letter for an instruction's type

_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_]\w*)\}|env:([A-Za-z_]\w*)|([A-Za-z_]\w*))|%([A-Za-z_]\w*)%")

# All RUN text of an image is split up to here, in characters; what lies beyond is not looked at (and a note says so).
MAX_TOTAL = 4_000_000


@dataclass
class Context:
    """An image as rules see it. `now` is the moment of the audit (UTC), `base_age` the days after which a base is old."""

    image: Image
    steps: tuple[Step, ...]
    base: Base | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    base_age: int = 90
    masker: Masker = field(default_factory=Masker)
    notes: list[str] = field(default_factory=list)
    memo: dict[tuple[str, int], Any] = field(default_factory=dict)
    _commands: dict[int, tuple[Command, ...]] = field(default_factory=dict)
    _own: dict[int, Mapping[str, str]] = field(default_factory=dict)
    _read: int = 0

    def mask(self, secret: str) -> str:
        """Registers a secret, to be masked in whatever is shown, and gives its masked form."""
        return self.masker.add(secret)

    def show(self, text: str | None, limit: int) -> str:
        """`text` for a message: secrets masked, then cut to `limit` characters."""
        shown = self.masker(text or "")
        return shown if len(shown) <= limit else shown[: limit - 1] + "…"

    @cached_property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret of the record, registered for masking."""
        from reconstruct.audit.secrets.scan import scan

        return scan(self)

    def of(self, kind: type[I]) -> Iterator[tuple[int, I]]:
        """The instructions of one kind with their positions; `Copy` gives ADD too."""
        for position, step in enumerate(self.steps):
            if isinstance(step.instruction, kind):
                yield position, step.instruction

    def last(self, kind: type[I]) -> tuple[int, I] | None:
        """The last instruction of one kind."""
        for position in range(len(self.steps) - 1, -1, -1):
            instruction = self.steps[position].instruction
            if isinstance(instruction, kind):
                return position, instruction
        return None

    @cached_property
    def base_steps(self) -> int:
        """How many leading steps are the base image's."""
        entries = self.base.entries if self.base else 0
        return sum(1 for step in self.steps if step.index is not None and step.index < entries)

    def in_base(self, position: int) -> bool:
        return position < self.base_steps

    @cached_property
    def own_steps(self) -> tuple[int, ...]:
        """The positions of the steps that this image's own build made, as far as the record tells."""
        roots = [p for p, s in enumerate(self.steps) if isinstance(s.instruction, RootFilesystem)]
        first = max(self.base_steps, max(roots, default=-1) + 1)
        return tuple(range(first, len(self.steps)))

    @cached_property
    def dockerfile_built(self) -> bool:
        """Whether a builder of Dockerfiles made any step."""
        return any(step.instruction.keyword and step.entry is not None for step in self.steps)

    @cached_property
    def foreign_built(self) -> bool:
        """Whether some steps come from a maker without Dockerfile, so that the config may come from it too."""
        return any(isinstance(s.instruction, Foreign) or s.dialect is Dialect.KANIKO for s in self.steps)

    def language(self, position: int) -> str:
        """What reads the shell form at a step: `posix`, `powershell` or `cmd`."""
        return language_of(self.steps[position].shell)

    def text(self, position: int) -> str:
        """The command text of a step (RUN, CMD, ENTRYPOINT, HEALTHCHECK, ONBUILD); empty for others."""
        return command_text(self.steps[position].instruction)

    def commands(self, position: int) -> tuple[Command, ...]:
        """The simple commands of a step's command text, split once."""
        if position not in self._commands:
            self._commands[position] = self._split(position)
        return self._commands[position]

    def _split(self, position: int) -> tuple[Command, ...]:
        instruction = self.steps[position].instruction
        text = command_text(instruction)
        self._read += len(text)
        if self._read > MAX_TOTAL:
            note = f"commands beyond the first {MAX_TOTAL} characters of RUN text were not looked at"
            if note not in self.notes:
                self.notes.append(note)
            return ()
        words = _exec_words(instruction)
        if words is None:
            return split(text, self.language(position))
        from shlex import join

        return split(join(words)) if words else ()

    def runs(self) -> Iterator[tuple[int, tuple[Command, ...]]]:
        """Each RUN's position and commands; ONBUILD RUN too."""
        for position, step in enumerate(self.steps):
            instruction = step.instruction
            if isinstance(instruction, Run) or (
                isinstance(instruction, Onbuild) and instruction.trigger[:4].upper() == "RUN "
            ):
                yield position, self.commands(position)

    @cached_property
    def _settings(self) -> Mapping[str, list[tuple[int, str]]]:
        """Each ENV and ARG name with its values: (position from which it holds, value), in order."""
        found: dict[str, list[tuple[int, str]]] = {}
        for position, step in enumerate(self.steps):
            if isinstance(step.instruction, Env | Arg):
                for pair in step.instruction.pairs:
                    if pair.value is not None:
                        found.setdefault(pair.key, []).append((position, pair.value))
        return found

    def _assigned(self, position: int) -> Mapping[str, str]:
        """What a RUN itself sets: build arguments, and assignments whose value is no substitution."""
        if position not in self._own:
            instruction = self.steps[position].instruction
            own: dict[str, str] = {}
            if isinstance(instruction, Run):
                own = {pair.key: pair.value for pair in instruction.build_args or () if pair.value is not None}
                for command in self.commands(position):
                    for name, value in command.assignments if not command.words else ():
                        if "$(" not in value and "`" not in value:
                            own.setdefault(name, value)
            self._own[position] = own
        return self._own[position]

    def value_of(self, name: str, position: int) -> str | None:
        """What a variable holds at a step, as far as ENV, ARG, build arguments and the RUN's assignments tell."""
        from bisect import bisect_right

        own = self._assigned(position).get(name)
        if own is not None:
            return own
        values = self._settings.get(name)
        if not values:
            return None
        place = bisect_right(values, position, key=lambda pair: pair[0])
        return values[place - 1][1] if place else None

    def resolve(self, word: str, position: int) -> str:
        """`word` with the variables filled in that are known at the step; the others stay."""
        for _ in range(3):
            replaced = _VARIABLE.sub(lambda match: self._fill(match, position), word)
            if replaced == word or len(replaced) > 10_000:
                return word
            word = replaced
        return word

    def _fill(self, match: re.Match[str], position: int) -> str:
        value = self.value_of(next(group for group in match.groups() if group), position)
        return match.group() if value is None else value

    @cached_property
    def _directories(self) -> tuple[str, ...]:
        import posixpath

        current, found = "/", []
        for step in self.steps:
            if isinstance(step.instruction, Workdir):
                current = posixpath.normpath(posixpath.join(current, step.instruction.path.replace("\\", "/")))
            found.append(current)
        return tuple(found)

    def path(self, word: str, position: int) -> str:
        """`word` as an absolute path, seen from the working directory at a step."""
        import posixpath

        word = self.resolve(word, position).replace("\\", "/")
        return posixpath.normpath(posixpath.join(self._directories[position], word))

    def destination(self, position: int, instruction: Copy) -> str:
        """Where a COPY or ADD puts its files, absolute; a trailing slash is kept."""
        path = self.path(instruction.destination, position)
        return path + "/" if instruction.destination.endswith(("/", "\\")) and path != "/" else path

    def layer_bytes(self, position: int) -> int | None:
        """The bytes of a step's layer: uncompressed where known, else compressed, else None."""
        step = self.steps[position]
        if step.entry is not None and step.entry.size is not None:
            return step.entry.size
        if step.layer is None:
            return None
        return step.layer.size if step.layer.size is not None else step.layer.compressed_size

    def config(self, key: str) -> Any:
        return self.image.config.get(key)


def command_text(instruction: Instruction) -> str:
    """The text that a shell or the kernel is given by an instruction; empty where there is none."""
    if isinstance(instruction, Onbuild):
        return instruction.trigger.partition(" ")[2]
    if isinstance(instruction, Run) and instruction.heredoc is not None:
        body = instruction.heredoc.content or ""
        command = instruction.command.text if isinstance(instruction.command, ShellForm) else ""
        return f"{command}\n{body}" if command and command not in body else body or command
    if isinstance(instruction, Run | Cmd | Entrypoint | Healthcheck):
        command_ = instruction.command
        if isinstance(command_, ShellForm):
            return command_.text
        if isinstance(command_, ExecForm):
            return " ".join(command_.words)
    return ""


def _exec_words(instruction: Instruction) -> tuple[str, ...] | None:
    """The words of an exec form, None for a shell form."""
    if isinstance(instruction, Run | Cmd | Entrypoint | Healthcheck) and isinstance(instruction.command, ExecForm):
        return instruction.command.words
    return None
