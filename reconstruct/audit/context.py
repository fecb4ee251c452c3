"""The rules' input: the image, its steps, and facts derived from them, computed once for all rules."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from operator import itemgetter

from reconstruct import pattern as lazy
from reconstruct.audit.masking import Masker
from reconstruct.audit.packages import is_pip_name
from reconstruct.audit.shell import Command, language_of, split
from reconstruct.audit.times import moment
from reconstruct.builders import registry
from reconstruct.record import dataclass, field
from reconstruct.syntax import (
    Arg,
    Cmd,
    Copy,
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
from reconstruct.typed import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from reconstruct.audit.secrets.scan import Secret
    from reconstruct.base import Base, Part
    from reconstruct.image import Image

I = TypeVar("I", bound=Instruction)  # noqa: E741 - the usual letter for an instruction's type

_VARIABLE = lazy.compile(r"\$(?:\{([A-Za-z_]\w*)\}|env:([A-Za-z_]\w*)|([A-Za-z_]\w*))|%([A-Za-z_]\w*)%")

# Longer words aren't expanded, and longer values aren't inserted: they are neither paths nor URLs.
_MAX_WORD, _MAX_VALUE = 4_000, 2_000
# The longest path that Linux accepts.
MAX_PATH = 4096

# The limit on an image's RUN text that is split, in characters; the rest isn't examined (and a note says so).
MAX_TOTAL = 4_000_000


@dataclass()
class Context:
    """An image for the rules. `now` is the time of the audit (UTC), `base_age` the days after which a base is old, `below`
    the base's chain of images."""

    image: Image
    steps: tuple[Step, ...]
    base: Base | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    base_age: int = 90
    below: tuple[Part, ...] = ()
    masker: Masker = field(default_factory=Masker)
    notes: list[str] = field(default_factory=list)
    memo: dict[tuple[str, int], Any] = field(default_factory=dict)
    # By text and language, what was split; images that are searched together share it.
    split_texts: dict[tuple[str, str], tuple[Command, ...]] = field(default_factory=dict)
    _commands: dict[int, tuple[Command, ...]] = field(default_factory=dict)
    _texts: dict[int, str] = field(default_factory=dict)
    _masked: dict[int, str] = field(default_factory=dict)
    _own: dict[int, Mapping[str, str]] = field(default_factory=dict)
    _read: int = 0

    def show(self, text: str | None, limit: int) -> str:
        """`text` for a message: secrets masked, then cut to `limit` characters."""
        shown = self.masker(text or "")
        return shown if len(shown) <= limit else shown[: limit - 1] + "…"

    @cached_property
    def secrets(self) -> tuple[Secret, ...]:
        """Every secret of the record, registered for masking."""
        from reconstruct.audit.secrets.scan import scan
        from reconstruct.audit.secrets.suspicion import suspicious, texts_of

        return scan(self, suspicious(texts_of(self.image)))

    @cached_property
    def _kinds(self) -> Mapping[type, list[tuple[int, Any]]]:
        """The instructions of each kind with their positions, including subclasses (`Copy` has ADD's)."""
        found: dict[type, list[tuple[int, Any]]] = {}
        for position, step in enumerate(self.steps):
            instruction = step.instruction
            for kind in type(instruction).__mro__[:-1]:
                found.setdefault(kind, []).append((position, instruction))
        return found

    def of(self, kind: type[I]) -> Sequence[tuple[int, I]]:
        """The instructions of one kind with their positions; `Copy` includes ADD."""
        return self._kinds.get(kind, ())

    def last(self, kind: type[I]) -> tuple[int, I] | None:
        """The last instruction of one kind."""
        found = self._kinds.get(kind)
        return found[-1] if found else None

    @cached_property
    def times(self) -> tuple[datetime | None, ...]:
        """The time of each step's entry, in UTC; None if it has none, or it can't be read."""
        return tuple([moment(step.entry.created) if step.entry else None for step in self.steps])

    @cached_property
    def base_steps(self) -> int:
        """The number of leading steps that belong to the base image."""
        entries = self.base.entries if self.base else 0
        return sum(1 for step in self.steps if step.index is not None and step.index < entries)

    def in_base(self, position: int) -> bool:
        """Whether the step at a position (from 0) belongs to the base image."""
        return position < self.base_steps

    @cached_property
    def own_steps(self) -> range:
        """The positions of the steps from this image's own build, as far as known."""
        roots = [p for p, s in enumerate(self.steps) if isinstance(s.instruction, RootFilesystem)]
        first = max(self.base_steps, max(roots, default=-1) + 1)
        return range(first, len(self.steps))

    @cached_property
    def dockerfile_built(self) -> bool:
        """Whether a Dockerfile builder made any step."""
        return any(step.instruction.keyword and step.entry is not None for step in self.steps)

    @cached_property
    def foreign_built(self) -> bool:
        """Whether some steps come from a tool without a Dockerfile, so the config may come from it too."""
        return any(isinstance(s.instruction, Foreign) or not registry.of(s.dialect).keeps_settings for s in self.steps)

    def language(self, position: int) -> str:
        """The language of the shell form at a step: `posix`, `powershell` or `cmd`."""
        return language_of(self.steps[position].shell)

    def text(self, position: int) -> str:
        """The command text of a step (RUN, CMD, ENTRYPOINT, HEALTHCHECK, ONBUILD); empty for others."""
        text = self._texts.get(position)
        if text is None:
            text = self._texts[position] = command_text(self.steps[position].instruction)
        return text

    def masked_text(self, position: int) -> str:
        """The command text of a step with every secret masked; used once all secrets are known."""
        text = self._masked.get(position)
        if text is None:
            text = self._masked[position] = self.masker(self.text(position))
        return text

    def commands(self, position: int) -> tuple[Command, ...]:
        """The simple commands of a step's command text, split once."""
        found = self._commands.get(position)
        if found is None:
            found = self._commands[position] = self._split(position)
        return found

    def _split(self, position: int) -> tuple[Command, ...]:
        instruction = self.steps[position].instruction
        text = self.text(position)
        self._read += len(text)
        if self._read > MAX_TOTAL:
            note = f"commands beyond the first {MAX_TOTAL} characters of RUN were not checked"
            if note not in self.notes:
                self.notes.append(note)
            return ()
        words = _exec_words(instruction)
        if words is None:
            return self._split_once(text, self.language(position))
        from shlex import join

        return self._split_once(join(words), "posix") if words else ()

    def _split_once(self, text: str, language: str) -> tuple[Command, ...]:
        found = self.split_texts.get((text, language))
        if found is None:
            found = self.split_texts[text, language] = split(text, language)
        return found

    @cached_property
    def _runs(self) -> tuple[tuple[int, tuple[Command, ...]], ...]:
        triggers = [place for place, onbuild in self.of(Onbuild) if onbuild.trigger[:4].upper() == "RUN "]
        positions = [position for position, _ in self.of(Run)]
        return tuple([(position, self.commands(position)) for position in sorted(positions + triggers)])

    def runs(self) -> tuple[tuple[int, tuple[Command, ...]], ...]:
        """Each RUN's position and commands; ONBUILD RUN too."""
        return self._runs

    def ran(self, position: int) -> bool:
        """Whether a step ran in this build; an ONBUILD trigger didn't."""
        return not isinstance(self.steps[position].instruction, Onbuild)

    @cached_property
    def _by_name(self) -> Mapping[str, list[tuple[int, int, Command]]]:
        found: dict[str, list[tuple[int, int, Command]]] = {}
        for position, commands in self._runs:
            for index, command in enumerate(commands):
                found.setdefault(command.name, []).append((position, index, command))
        return found

    def calls(self, *programs: str) -> list[tuple[int, Command]]:
        """The commands of all RUNs (ONBUILD RUN too) that run one of `programs`, with their steps, in order."""
        by_name = self._by_name
        if len(programs) == 1:
            return [(position, command) for position, _, command in by_name.get(programs[0], ())]
        found = [call for program in self.programs.intersection(programs) for call in by_name[program]]
        found.sort(key=itemgetter(0, 1))
        return [(position, command) for position, _, command in found]

    @cached_property
    def programs(self) -> frozenset[str]:
        """The names of all programs that RUNs call."""
        return frozenset(self._by_name)

    @cached_property
    def pips(self) -> tuple[str, ...]:
        """The names under which RUNs call pip, or a Python that may run it."""
        return tuple(filter(is_pip_name, self.programs))

    def run_with(self, *programs: str) -> list[tuple[int, tuple[Command, ...]]]:
        """The RUNs that call one of `programs`, with their commands, in order."""
        positions = sorted(
            {call[0] for program in self.programs.intersection(programs) for call in self._by_name[program]}
        )
        return [(position, self.commands(position)) for position in positions]

    @cached_property
    def _run_texts(self) -> tuple[tuple[int, str, str], ...]:
        return tuple((position, text, text.lower()) for position, _ in self._runs if (text := self.text(position)))

    @cached_property
    def all_text(self) -> str:
        """The texts of all RUNs in lower case, to check quickly whether any contains a word."""
        return "\0".join(lower for _, _, lower in self._run_texts)

    @cached_property
    def plain_http(self) -> bool:
        """Whether any RUN, or a variable that one may use, contains a URL without TLS."""
        found = ("http:", "ftp:", "git:")
        return any(word in self.all_text for word in found) or any(
            any(word in value.lower() for word in found) for values in self._settings.values() for _, value in values
        )

    def texts_with(self, *words: str) -> list[tuple[int, str]]:
        """The RUNs (ONBUILD RUN too) whose text contains one of `words` (lower case; matched ignoring case), with their texts."""
        whole = self.all_text
        words = tuple([word for word in words if word in whole])
        if not words:
            return []
        return [(position, text) for position, text, lower in self._run_texts if any(word in lower for word in words)]

    @cached_property
    def _settings(self) -> Mapping[str, list[tuple[int, str]]]:
        """Each ENV and ARG name with its values: (first position in force, value), in order."""
        found: dict[str, list[tuple[int, str]]] = {}
        for position, step in enumerate(self.steps):
            if isinstance(step.instruction, Env | Arg):
                for pair in step.instruction.pairs:
                    if pair.value is not None:
                        found.setdefault(pair.key, []).append((position, pair.value))
        return found

    def _assigned(self, position: int) -> Mapping[str, str]:
        """The variables that a RUN itself sets: build arguments, and assignments without a substitution."""
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
        """A variable's value at a step, if known from ENV, ARG, build arguments or the RUN's assignments."""
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
        """`word` with the variables known at the step expanded; others are kept."""
        if ("$" not in word and "%" not in word) or len(word) > _MAX_WORD:
            return word
        for _ in range(3):
            replaced = _VARIABLE.sub(lambda match: self._fill(match, position), word)
            if replaced == word or len(replaced) > _MAX_WORD:
                return word
            word = replaced
        return word

    def _fill(self, match: re.Match[str], position: int) -> str:
        value = self.value_of(next(group for group in match.groups() if group), position)
        return match.group() if value is None or len(value) > _MAX_VALUE else value

    @cached_property
    def _directories(self) -> tuple[str, ...]:
        import posixpath

        current, found = "/", []
        for step in self.steps:
            if isinstance(step.instruction, Workdir):
                inside = posixpath.normpath(posixpath.join(current, step.instruction.path.replace("\\", "/")))
                current = inside if len(inside) <= MAX_PATH else current
            found.append(current)
        return tuple(found)

    def path(self, word: str, position: int) -> str:
        """`word` as an absolute path, relative to the working directory at a step."""
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
        """A value of the runtime config (`User`, `Labels` …) as it was saved, of whatever type; None if absent."""
        return self.image.config.get(key)


def command_text(instruction: Instruction) -> str:
    """The text that an instruction passes to a shell or the kernel; empty if there is none."""
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
