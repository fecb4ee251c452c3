"""The state set by earlier steps that is needed to read the next one."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct import pattern
from reconstruct.builders.base import LINUX_SHELL, WINDOWS_SHELL
from reconstruct.builders.hints import Hints
from reconstruct.builders.shells import split_shell
from reconstruct.image import Image
from reconstruct.record import dataclass, field
from reconstruct.syntax import Instruction, Pair

_COUNT = pattern.compile(r"\|(\d{1,6}) ")
_FAR = 200
_ENOUGH = 1 << 16
_RUNS = pattern.compile(r"(?:CMD|ENTRYPOINT) |[^\n]{0,64}#\(nop\) +(?:CMD|ENTRYPOINT) ")
_ARG = pattern.compile(r"^ARG |#\(nop\) +ARG ")


@dataclass()
class State:
    """The builder's state while history is read, oldest entry first.

    `shell` is the shell in force, `texts` the created_by of all entries, `index` the position of the one being read.
    `declared` are ARG's names in order, with their defaults, as often as they were declared; `env` what ENV has set so
    far. `arg_names` are the names that some `|N` list in this history shows, `shown` the first of those lists' texts.
    `settings`: what a line with a variable sets, of those read so far (see arg_values). `by_docker`: some entry is certainly the classic builder's.
    """

    image: Image
    hints: Hints
    shell: tuple[str, ...]
    declared: list[Pair] = field(default_factory=list)
    env: dict[str, str] = field(default_factory=dict)
    arg_names: set[str] = field(default_factory=set)
    shown: list[str] = field(default_factory=list)
    texts: Sequence[str] = ()
    index: int = 0
    shells_seen: dict[str, tuple[str, ...]] = field(default_factory=dict)
    settings: dict[str, tuple[tuple[str, str, str], ...]] = field(default_factory=dict)
    by_docker: bool = False
    _joined: tuple[tuple[str, ...], tuple[str, list[str]]] | None = None

    @classmethod
    def of(cls, image: Image) -> State:
        """The state before an image's first entry, with the platform's default shell."""
        return cls(
            image=image,
            hints=Hints.of(image),
            shell=WINDOWS_SHELL if image.windows else LINUX_SHELL,
        )

    def names_shown_of_next_arg(self) -> tuple[int, ...]:
        """How many names the next RUN can show beyond those declared, if the ARG being read is the last before it."""
        for text in self.later:
            body = text[:_ENOUGH].removeprefix("RUN ")
            head = _COUNT.match(body)
            if head is None:
                if _ARG.search(text[:200]):
                    return ()
                continue
            known = [pair.key for pair in self.declared[-64:] if f" {pair.key}=" in body]
            number = int(head.group(1))
            # BuildKit up to 0.9 showed a name as often as it was declared.
            return (number - len(set(known)), number - len(known))
        return ()

    @property
    def windows(self) -> bool:
        """Whether the image is a Windows one."""
        return self.image.windows

    @property
    def later(self) -> Sequence[str]:
        """The created_by of the following entries, up to a plausible number."""
        return self.texts[self.index + 1 : self.index + _FAR]

    def was_running(self, created_by: str) -> bool:
        """Whether this is what a container of the image so far runs: the config's CMD, which no later entry sets. After a
        shell it may as well be a RUN with the same text (`CMD tool --help`, then `RUN tool --help`)."""
        return (
            created_by == self.hints.command != ""
            and self.index > 0
            and not any(created_by.startswith(f"{shell} ") for shell in self.shell_texts())
            and not any(_RUNS.match(text) for text in self.later)
        )

    def shell_words(self, text: str) -> tuple[tuple[str, ...], bool]:
        """The words of a shell, separated by blanks, and whether their boundaries are known."""
        if text and text == " ".join(self.hints.shell):
            return self.hints.shell, True
        return (self.shells_seen[text], True) if text in self.shells_seen else split_shell(text)

    @property
    def shell_text(self) -> str:
        """The shell in force, its words joined."""
        return self._shells()[0]

    def shell_texts(self) -> list[str]:
        """The shells that may precede a command, joined: the one in force first, then other known ones."""
        return self._shells()[1]

    def _shells(self) -> tuple[str, list[str]]:
        if self._joined is None or self._joined[0] is not self.shell:
            known = [self.shell, self.hints.shell, WINDOWS_SHELL if self.windows else LINUX_SHELL]
            texts = [" ".join(words) for words in known]
            self._joined = self.shell, (texts[0], list(dict.fromkeys(filter(None, texts))))
        return self._joined[1]


@dataclass(frozen=True)
class Reading:
    """An instruction as read by one dialect, before it becomes a Step."""

    instruction: Instruction
    inferred: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
