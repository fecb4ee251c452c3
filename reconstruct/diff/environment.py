"""The variables and the directory in force at each step, as far as history and config show.

buildah and kaniko keep a Dockerfile's own text, `ENV PATH $HOME/bin:$PATH`; the other builders keep the
expanded value. To compare the two, the text is expanded here; unknown values (a build argument that no RUN
shows) are None, which matches everything.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from reconstruct.builders import registry
from reconstruct.image import Image
from reconstruct.record import dataclass, field
from reconstruct.syntax import Arg, Env, Label, Run, Step, Workdir

# The number of build arguments examined in one RUN.
_NAMES = 4096


class Names:
    """The names seen up to some step. The steps share one table, because a set per step would take quadratic
    memory."""

    __slots__ = ("_order", "_seen", "key")

    def __init__(self, order: Mapping[str, int] | None = None, key: tuple[int, int] = (0, 0)) -> None:
        self._order = {} if order is None else order
        self._seen = key[0]
        # Equal for equal sets, independent of order: their number, and the sum of their hashes.
        self.key = key

    def __contains__(self, name: str) -> bool:
        return self._order.get(name, self._seen) < self._seen

    def key_with(self, names: Collection[str]) -> tuple[int, int]:
        """The value of `key` with these names added."""
        new = {name for name in names if name not in self}
        return self.key[0] + len(new), self.key[1] + sum(map(hash, new))


class _Seen(Names):
    """The table under construction, step by step."""

    __slots__ = ("_table",)

    def __init__(self) -> None:
        self._table: dict[str, int] = {}
        super().__init__(self._table)

    def update(self, names: Collection[str]) -> None:
        key = self.key_with(names)
        for name in names:
            self._table.setdefault(name, len(self._table))
        self.key, self._seen = key, key[0]

    def so_far(self) -> Names:
        """The names so far, without later ones."""
        return Names(self._table, self.key)


class _Shown:
    """The build arguments that a RUN shows, for the steps before it."""

    __slots__ = ("_hidden", "_values")

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        # From here on back to ARG, the RUN shows ENV's value: name → the last ENV before the RUN.
        self._hidden: dict[str, int] = {}

    def hide(self, names: Iterable[str], position: int) -> None:
        """Records that an ENV at `position` sets these; called from the last to the first."""
        for name in names:
            if name in self._values:
                self._hidden.setdefault(name, position)

    def value(self, name: str, position: int) -> str | None:
        """The argument's value as known at `position`."""
        return None if self._hidden.get(name, -1) > position else self._values.get(name)


@dataclass()
class Environment:
    """The state while the steps are processed, oldest first. None is an unknown value."""

    env: dict[str, str | None]
    workdir: str
    final: Mapping[str, str]
    last_set: Mapping[str, int]
    shown: Sequence[_Shown]
    complete: bool
    arguments: dict[str, str | None] = field(default_factory=dict)
    env_names: _Seen = field(default_factory=_Seen)
    arg_names: _Seen = field(default_factory=_Seen)
    position: int = 0

    @classmethod
    def before(cls, image: Image, steps: Sequence[Step]) -> Environment:
        """The state before the first step: config values that no ENV sets existed from the start."""
        final = _env_of(image)
        last_set: dict[str, int] = {}
        for position, step in enumerate(steps):
            if isinstance(step.instruction, Env):
                last_set.update(dict.fromkeys((pair.key for pair in step.instruction.pairs), position))
        env: dict[str, str | None] = {key: value for key, value in final.items() if key not in last_set}
        # A name that ENV sets later may have had an unknown value before (PATH always does).
        env.update(dict.fromkeys(last_set))
        return cls(env, "/", final, last_set, _shown(steps), image.has_config)

    def at(self, position: int) -> None:
        """Moves on to the step at `position`."""
        self.position = position

    def apply(self, step: Step) -> None:
        """Applies the step's effect on those after it."""
        instruction = step.instruction
        own = instruction.written is not None and registry.of(step.dialect).own_text
        match instruction:
            case Env():
                pairs = self.own_pairs(instruction) if own else _plain(instruction)
                self.env.update(pairs)
                self.env_names.update(pairs)
            case Arg():
                for pair in instruction.pairs:
                    value = self.argument_value(pair.key)
                    if value is None and registry.of(step.dialect).declares_args:
                        value = pair.value
                    self.arguments[pair.key] = value
                self.arg_names.update({pair.key for pair in instruction.pairs})
            case Workdir():
                path = self.expand(instruction.path) if own else instruction.path
                if path is not None:
                    self.workdir = _join(self.workdir, path)

    def argument_value(self, name: str) -> str | None:
        """The build argument's value in the next RUN that shows it; None if ENV hides it or no RUN does."""
        if name in self.env_names:
            return None
        return self.shown[self.position].value(name, self.position) if self.position < len(self.shown) else None

    def lookup(self, name: str) -> tuple[bool, str | None]:
        """(set or possibly set, its value or None if unknown)."""
        if name in self.env:
            return True, self.env[name]
        if name in self.arguments:
            return True, self.arguments[name]
        return not self.complete, None

    def own_pairs(self, instruction: Env | Label) -> dict[str, str | None]:
        """The pairs of ENV or LABEL in own text, expanded; the config decides for the last ENV of a key."""
        from reconstruct.dockerfile.dialect import BUILDAH
        from reconstruct.dockerfile.errors import DockerfileError
        from reconstruct.dockerfile.instruction import read_instruction

        try:
            found = read_instruction(instruction.written or "", BUILDAH, "\\").pairs
        except DockerfileError:
            found = ()
        pairs: dict[str, str | None] = {}
        for pair in found:
            pairs[self.expand_text(pair.key) or pair.key] = self.expand_text(pair.value)
        if isinstance(instruction, Env):
            for key in pairs:
                if self.last_set.get(key) == self.position and key in self.final:
                    pairs[key] = self.final[key]
        return pairs

    def expand(self, text: str) -> str | None:
        """`text` (already unquoted) with its variables replaced; None if one is unknown."""
        return self._expanded(text, quotes=False) if "$" in text else text

    def expand_text(self, text: str) -> str | None:
        """Own text, with quotes and escapes, as the builder expands it; None if a variable is unknown."""
        return self._expanded(text, quotes=True)

    def _expanded(self, text: str, *, quotes: bool) -> str | None:
        from reconstruct.dockerfile.dialect import BUILDAH
        from reconstruct.dockerfile.errors import DockerfileError
        from reconstruct.dockerfile.expand import Expander

        try:
            return Expander(BUILDAH, quotes=quotes).word(text, _Known(self))
        except (DockerfileError, _NotKnownError):
            return None


class _NotKnownError(Exception):
    """A variable whose value is unknown from history and config."""


class _Known(Mapping[str, str]):
    """The variables for the expander; an unknown one raises _NotKnownError."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def __getitem__(self, name: str) -> str:
        present, value = self._environment.lookup(name)
        if not present:
            raise KeyError(name)
        if value is None:
            raise _NotKnownError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._environment.env)

    def __len__(self) -> int:
        return len(self._environment.env)


def _plain(instruction: Env) -> dict[str, str | None]:
    return {pair.key: pair.value or "" for pair in instruction.pairs}


def _env_of(image: Image) -> dict[str, str]:
    entries = image.config.get("Env")
    pairs = (entry.partition("=") for entry in entries if isinstance(entry, str)) if isinstance(entries, list) else ()
    return {key: value for key, _, value in pairs}


def _shown(steps: Sequence[Step]) -> list[_Shown]:
    """For each step the build arguments that the next RUN shows."""
    result: list[_Shown] = []
    following = _Shown({})
    for position in range(len(steps) - 1, -1, -1):
        instruction = steps[position].instruction
        result.append(following)
        if isinstance(instruction, Env):
            following.hide((pair.key for pair in instruction.pairs), position)
        if isinstance(instruction, Run) and instruction.build_args is not None:
            following = _Shown({pair.key: pair.value or "" for pair in instruction.build_args[:_NAMES]})
    return result[::-1]


def _join(workdir: str, path: str) -> str:
    if path.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", path):
        return path
    return f"{workdir.rstrip('/')}/{path}"
