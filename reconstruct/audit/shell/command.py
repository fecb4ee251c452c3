"""A simple command, and the state of parsing a text."""

from __future__ import annotations

from reconstruct import pattern as lazy
from reconstruct.record import dataclass, field

# A longer RUN is read up to here; real Dockerfile lines are far shorter.
MAX_TEXT = 100_000
# The maximum nesting of substitutions and scripts.
MAX_DEPTH = 100
MAX_SCRIPTS = 3
SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "fish"})

_SEPARATOR = lazy.compile(r"[/\\]")


def program(word: str) -> str:
    """The program in a command's first word: its base name, lower case, without `.exe` and cmd's `@`."""
    if "/" in word or "\\" in word:
        word = _SEPARATOR.split(word)[-1]
    return word.lower().removesuffix(".exe").lstrip("@")


@dataclass(frozen=True)
class Command:
    """A simple command: unquoted `words` with variables as written (`$X`), the program first.

    `pipeline` is the number of its pipeline and `place` its position there. `operator` is the one before the command
    on its level (`;`, `&&`, `||`, `|`, `&`, a newline; empty for the first), `keywords` the shell keywords before
    it (`if`, `!`). `parent` is the position, in the tuple from `split`, of the command whose words contain this one
    as a substitution (`sh -c "$(curl …)"`), `via` says how: `$(`, `<(`, `` ` ``, `<<`, `-c`, `-e` (an encoded command),
    `-exec` or `(`. `wrappers` are the unwrapped programs (`sudo`). `redirects` are (operator, target) and `body` is the
    input from here-documents. `name` is the program's (see `program`); empty for a mere assignment.
    """

    words: tuple[str, ...] = ()
    assignments: tuple[tuple[str, str], ...] = ()
    redirects: tuple[tuple[str, str], ...] = ()
    pipeline: int = 0
    place: int = 0
    parent: int | None = None
    via: str = ""
    wrappers: tuple[str, ...] = ()
    body: str = ""
    operator: str = ""
    keywords: tuple[str, ...] = ()
    name: str = field(init=False, default="", compare=False)

    def __post_init__(self) -> None:
        if self.words:
            object.__setattr__(self, "name", program(self.words[0]))

    @property
    def arguments(self) -> tuple[str, ...]:
        """The words after the program's name."""
        return self.words[1:]

    def operands(self) -> tuple[str, ...]:
        """The arguments except options (`-x`, `--long`); an option's value in a separate word is included."""
        return tuple(word for word in self.words[1:] if not word.startswith("-"))

    def has(self, *options: str) -> bool:
        """Whether the arguments include one of `options`, alone or as `--option=value`."""
        return any(word in options or word.partition("=")[0] in options for word in self.words[1:])

    def option(self, *options: str) -> str | None:
        """The value of one of `options`, after `=` or in the next word; None if none is present."""
        words = self.words
        for position in range(1, len(words)):
            word, equals, value = words[position].partition("=")
            if word in options:
                return value if equals else words[position + 1] if position + 1 < len(words) else ""
        return None

    @property
    def outputs(self) -> tuple[str, ...]:
        """The files that its standard output is written to."""
        return tuple(
            target
            for operator, target in self.redirects
            if target and operator.lstrip("1") in (">", ">>", ">|", "&>", "&>>")
        )


@dataclass()
class Draft:
    """A command while it is parsed; `nested` are (how, what) of the substitutions in its words."""

    words: list[str] = field(default_factory=list)
    redirects: list[tuple[str, str]] = field(default_factory=list)
    assignments: list[tuple[str, str]] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    nested: list[tuple[str, object]] = field(default_factory=list)


@dataclass()
class Reader:
    """The result of parsing a text: commands in order, pipelines numbered throughout."""

    commands: list[Command] = field(default_factory=list)
    pipelines: int = 0

    def next_pipeline(self) -> int:
        """The number of a new pipeline, from 0."""
        self.pipelines += 1
        return self.pipelines - 1
