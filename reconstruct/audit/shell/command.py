"""A simple command, and what a reading of a text gathers."""

from __future__ import annotations

from reconstruct import pattern as lazy
from reconstruct.record import dataclass, field

# A RUN longer than this is read up to here; a Dockerfile's line is shorter by far.
MAX_TEXT = 100_000
# Substitutions and scripts inside one another are read so deep.
MAX_DEPTH = 100
MAX_SCRIPTS = 3
SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "fish"})

_SEPARATOR = lazy.compile(r"[/\\]")


def program(word: str) -> str:
    """The program that a command's first word names: its base name, lower case, without `.exe` and cmd's `@`."""
    if "/" in word or "\\" in word:
        word = _SEPARATOR.split(word)[-1]
    return word.lower().removesuffix(".exe").lstrip("@")


@dataclass(frozen=True)
class Command:
    """A simple command: `words` with quotes gone and variables as written (`$X`), the program first.

    `pipeline` numbers the pipeline it stands in and `place` its place there. `operator` is what stands in front of the
    command on its level (`;`, `&&`, `||`, `|`, `&`, a newline; empty for the first), `keywords` the shell's words in front
    of it (`if`, `!`). `parent` is the position, in the tuple that `split` gives, of the command whose words hold this one
    as a substitution (`sh -c "$(curl …)"`), `via` how: `$(`, `<(`, `` ` ``, `<<`, `-c`, `-e` (an encoded command),
    `-exec` or `(`. `wrappers` are the programs looked through (`sudo`). `redirects` are (operator, target) and `body` is
    what here-documents feed it. `name` is the program's: see `program`; empty for an assignment alone.
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
        """The words behind the program's name."""
        return self.words[1:]

    def operands(self) -> tuple[str, ...]:
        """The arguments that are no options (`-x`, `--long`); an option's value, written apart, is among them."""
        return tuple(word for word in self.words[1:] if not word.startswith("-"))

    def has(self, *options: str) -> bool:
        """Whether one of `options` stands among the arguments, alone or as `--option=value`."""
        return any(word in options or word.partition("=")[0] in options for word in self.words[1:])

    def option(self, *options: str) -> str | None:
        """The value of one of `options`, behind `=` or in the next word; None if none of them stands there."""
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
    """A command while its words are read; `nested` are (how, what) of the substitutions in its words."""

    words: list[str] = field(default_factory=list)
    redirects: list[tuple[str, str]] = field(default_factory=list)
    assignments: list[tuple[str, str]] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    nested: list[tuple[str, object]] = field(default_factory=list)


@dataclass()
class Reader:
    """What one reading of a text gathers: commands in the order in which they stand, pipelines numbered throughout."""

    commands: list[Command] = field(default_factory=list)
    pipelines: int = 0

    def next_pipeline(self) -> int:
        """The number of a new pipeline, from 0."""
        self.pipelines += 1
        return self.pipelines - 1
