"""What the steps before have set, as far as reading the next one needs it."""

from __future__ import annotations

from dataclasses import dataclass, field

from reconstruct.image import Image
from reconstruct.parse.hints import Hints
from reconstruct.syntax import Instruction, Pair

LINUX_SHELL = ("/bin/sh", "-c")
WINDOWS_SHELL = ("cmd", "/S", "/C")


@dataclass(slots=True)
class State:
    """The builder's state while history is read, oldest entry first.

    `shell` is the shell in force. `declared` are ARG's names in order, with their defaults, as often as they were
    declared; `env` what ENV has set so far. `arg_names` are the names that some `|N` list in this history shows.
    """

    windows: bool
    hints: Hints
    shell: tuple[str, ...]
    declared: list[Pair] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    arg_names: set[str] = field(default_factory=set)
    shown: list[str] = field(default_factory=list)
    shells_seen: list[tuple[str, ...]] = field(default_factory=list)

    @classmethod
    def of(cls, image: Image) -> State:
        return cls(
            windows=image.windows,
            hints=Hints.of(image),
            shell=WINDOWS_SHELL if image.windows else LINUX_SHELL,
        )

    @property
    def shell_text(self) -> str:
        return " ".join(self.shell)

    def shell_texts(self) -> list[str]:
        """The shells that may stand before a command, joined: the one in force first, then those known otherwise."""
        known = [self.shell, self.hints.shell, WINDOWS_SHELL if self.windows else LINUX_SHELL]
        return list(dict.fromkeys(" ".join(words) for words in known if words))


@dataclass(frozen=True, slots=True)
class Reading:
    """An instruction as one dialect reads it, before it becomes a Step."""

    instruction: Instruction
    inferred: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
