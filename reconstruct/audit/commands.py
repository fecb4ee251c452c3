"""Splits the text of RUN, CMD, ENTRYPOINT and HEALTHCHECK into simple commands with their words.

Lark grammars read the text (`grammars/commands_{posix,powershell,cmd}.lark`); text that is cut off or malformed still
gives commands, by a coarser split. Wrappers (`sudo`, `env`, `sh -c '…'`) are looked through: the command inside counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from reconstruct import grammar

if TYPE_CHECKING:
    from lark import Token, Tree

# A RUN longer than this is read up to here; a Dockerfile's line is shorter by far.
MAX_TEXT = 100_000
MAX_DEPTH = 100
_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh", "busybox"})


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command: `words` with quotes gone and variables as written (`$X`), the program first.

    `pipeline` numbers the pipeline it stands in and `place` its place there; `parent` is the position, in the tuple
    that `split` gives, of the command whose words hold this one as a substitution (`sh -c "$(curl …)"`), `via` how:
    `$(`, `<(`, `` ` ``, `<<` or `-c`. `wrappers` are the programs looked through (`sudo`). `redirects` are (operator, target) and `body` is what here-documents feed it.
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

    @property
    def name(self) -> str:
        """The program's base name, lower case, without `.exe`; empty for an assignment alone."""
        if not self.words:
            return ""
        base = re.split(r"[/\\]", self.words[0])[-1].lower()
        return base.removesuffix(".exe")

    @property
    def arguments(self) -> tuple[str, ...]:
        return self.words[1:]

    def operands(self) -> tuple[str, ...]:
        """The arguments that are no options (`-x`, `--long`); an option's value, written apart, is among them."""
        return tuple(word for word in self.arguments if not word.startswith("-"))

    def has(self, *options: str) -> bool:
        """Whether one of `options` stands among the arguments, alone or as `--option=value`."""
        return any(word in options or word.split("=", 1)[0] in options for word in self.arguments)


@dataclass(slots=True)
class _Draft:
    words: list[str] = field(default_factory=list)
    redirects: list[tuple[str, str]] = field(default_factory=list)
    assignments: list[tuple[str, str]] = field(default_factory=list)
    nested: list[tuple[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class _Reader:
    """What one reading of a text gathers: commands in the order in which they stand, pipelines numbered throughout."""

    commands: list[Command] = field(default_factory=list)
    pipelines: int = 0


def split(text: str, language: str = "posix") -> tuple[Command, ...]:
    """The simple commands of `text`, in order. `language`: `posix`, `powershell` or `cmd`. Never raises.

    A command inside another's words comes after it and names it as `parent`.
    """
    text = text[:MAX_TEXT]
    reader = _Reader()
    if language == "posix":
        _read_posix(reader, text, None, "", 0)
    else:
        _read_flat(reader, text, language)
    return tuple(reader.commands)


def language_of(shell: Iterable[str]) -> str:
    """Which language the words of a SHELL stand for: `posix`, `powershell` or `cmd`."""
    words = list(shell)
    name = re.split(r"[/\\]", words[0])[-1].lower().removesuffix(".exe") if words else "sh"
    if name in ("powershell", "pwsh"):
        return "powershell"
    return "cmd" if name == "cmd" else "posix"


# --- POSIX -----------------------------------------------------------------------------------------------------------

_KEYWORDS = frozenset({"if", "then", "else", "elif", "do", "while", "until", "!", "{", "time", "exec"})
_CLOSERS = frozenset({"fi", "done", "esac", "}"})
_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\+?=(.*)", re.DOTALL)
_HEREDOC = re.compile(r"<<-?[ \t]*(['\"]?)([A-Za-z_][A-Za-z0-9_]*)\1")


def _read_posix(reader: _Reader, text: str, parent: int | None, via: str, depth: int) -> None:
    text, bodies = _take_heredocs(text)
    tree = _parse(text) if _nesting(text) <= MAX_DEPTH else None
    before = len(reader.commands)
    if tree is None:
        _read_coarse(reader, text, parent, via)
    else:
        _walk(reader, tree.children, text, parent, via, depth)
    if bodies:
        _attach_bodies(reader, before, bodies, depth)


def _nesting(text: str) -> int:
    depth = deepest = 0
    for match in re.finditer(r"[()]", text):
        depth += 1 if match.group() == "(" else -1
        deepest = max(deepest, depth)
    return deepest


def _parse(text: str) -> Tree[Token] | None:
    from lark.exceptions import LarkError

    try:
        return grammar.load("commands_posix").parse(text)
    except LarkError:
        return None


def _take_heredocs(text: str) -> tuple[str, list[str]]:
    """`text` with the bodies of its here-documents blanked out (lengths kept), and the bodies in order."""
    if "<<" not in text or "\n" not in text:
        return text, []
    lines = text.split("\n")
    bodies: list[str] = []
    kept: list[str] = []
    waiting: list[str] = []
    body: list[str] = []
    for line in lines:
        if not waiting:
            kept.append(line)
            waiting = [match.group(2) for match in _HEREDOC.finditer(line.replace("<<<", "   "))]
            body = []
            continue
        kept.append(" " * len(line))
        if line.strip() == waiting[0]:
            bodies.append("\n".join(body))
            waiting.pop(0)
            body = []
        else:
            body.append(line)
    if waiting:
        bodies.append("\n".join(body))
    return "\n".join(kept), bodies


def _attach_bodies(reader: _Reader, first: int, bodies: list[str], depth: int) -> None:
    """Gives each here-document's body to the command that reads it; a shell's body is a script of its own."""
    for position in range(first, len(reader.commands)):
        command = reader.commands[position]
        for operator, _ in command.redirects:
            if operator.lstrip("0123456789") in ("<<", "<<-") and bodies:
                body = bodies.pop(0)
                command = replace(command, body=(command.body + "\n" + body).strip("\n"))
                reader.commands[position] = command
                if (not command.words or command.name in _SHELLS) and depth < 3:
                    _read_posix(reader, body, position, "<<", depth + 1)


def _walk(reader: _Reader, nodes: list[Any], text: str, parent: int | None, via: str, depth: int) -> None:
    """Reads one level of a tree: words are runs of adjacent pieces, operators end commands."""
    state = _Level(reader, text, parent, via, depth)
    queue = list(reversed(nodes))
    while queue:
        node = queue.pop()
        kind = getattr(node, "type", None) or node.data
        if kind == "group":
            # A subshell's commands stand on this level, between separators.
            queue.extend(reversed(node.children))
        elif kind in ("WS", "COMMENT"):
            state.end_word()
        elif kind in ("LPAR", "RPAR", "NEWLINE"):
            state.end_command(piped=False)
        elif kind == "OPERATOR":
            state.end_command(piped=str(node) in ("|", "|&"))
        elif kind == "REDIRECT":
            state.redirect(str(node))
        else:
            state.piece(node)
    state.end_command(piped=False)


@dataclass(slots=True)
class _Level:
    reader: _Reader
    text: str
    parent: int | None
    via: str
    depth: int
    draft: _Draft = field(default_factory=_Draft)
    word: list[str] | None = None
    quoted: bool = False
    pending: str | None = None
    place: int = 0
    pipeline: int = -1

    def piece(self, node: Any) -> None:
        if self.word is None:
            self.word, self.quoted = [], False
        self.word.append(self._value(node))

    def _value(self, node: Any) -> str:
        kind = getattr(node, "type", None) or node.data
        if kind == "PLAIN":
            return re.sub(r"\\([\s\S])", lambda m: "" if m.group(1) == "\n" else m.group(1), str(node))
        self.quoted = self.quoted or kind in ("SINGLE", "double")
        if kind == "SINGLE":
            return str(node).removeprefix("$")[1:-1]
        if kind == "BACKTICK":
            self.draft.nested.append(("`", str(node)[1:-1]))
            return str(node)
        if kind == "substitution" or kind == "quoted_substitution":
            self.draft.nested.append((str(node.children[0]), node.children[1:-1]))
            start, end = _extent(node)
            return self.text[start:end]
        if kind == "double":
            return "".join(
                re.sub(r'\\(["\\$`\n])', lambda m: m.group(1).strip("\n"), str(child))
                if getattr(child, "type", None) == "QUOTED"
                else self._value(child)
                for child in node.children[1:-1]
            )
        return str(node)

    def redirect(self, operator: str) -> None:
        self.end_word()
        if re.search(r"&(?:[0-9]+|-)$", operator):
            self.draft.redirects.append((operator, ""))
        else:
            self.pending = operator

    def end_word(self) -> None:
        if self.word is None:
            return
        value = "".join(self.word)
        quoted, self.word = self.quoted, None
        draft = self.draft
        if self.pending is not None:
            draft.redirects.append((self.pending, value))
            self.pending = None
            return
        if not draft.words and not quoted and value in _KEYWORDS | _CLOSERS:
            return
        assignment = _ASSIGNMENT.fullmatch(value) if not draft.words else None
        if assignment:
            draft.assignments.append((assignment.group(1), assignment.group(2)))
        else:
            draft.words.append(value)

    def end_command(self, piped: bool) -> None:
        self.end_word()
        draft, self.draft, self.pending = self.draft, _Draft(), None
        if piped and self.pipeline < 0 and not (draft.words or draft.assignments or draft.redirects):
            # `(curl …) | sh`: what stands behind a group goes on with the pipeline of its last command.
            last = next((found for found in reversed(self.reader.commands[-20:]) if found.parent == self.parent), None)
            if last is not None:
                self.pipeline, self.place = last.pipeline, last.place + 1
        if self.pipeline < 0:
            self.pipeline = self.reader.pipelines
            self.reader.pipelines += 1
        here = self.pipeline
        if draft.words or draft.assignments or draft.redirects:
            self._emit(draft, here)
            self.place += 1
        if not piped:
            self.pipeline, self.place = -1, 0

    def _emit(self, draft: _Draft, pipeline: int) -> None:
        command = Command(
            words=tuple(draft.words),
            assignments=tuple(draft.assignments),
            redirects=tuple(draft.redirects),
            pipeline=pipeline,
            place=self.place,
            parent=self.parent,
            via=self.via,
        )
        _add(self.reader, command, draft.nested, self.text, self.depth)


def _add(reader: _Reader, command: Command, nested: list[tuple[str, Any]], text: str, depth: int) -> None:
    """Adds a command with its wrappers looked through, then what its words hold as substitutions or as a script."""
    command, script = _unwrap(command)
    position = len(reader.commands)
    reader.commands.append(command)
    if depth >= MAX_DEPTH:
        return
    for via, inner in nested:
        if isinstance(inner, str):
            if depth < 3:
                _read_posix(reader, inner, position, via, depth + 1)
        else:
            _walk(reader, inner, text, position, via, depth + 1)
    if script is not None and depth < 3:
        _read_posix(reader, script, position, "-c", depth + 1)
    if command.name == "find":
        _add_found(reader, command, position)


def _add_found(reader: _Reader, command: Command, position: int) -> None:
    """The commands that `find … -exec COMMAND {} +` runs, each a command of its own with `find` as its parent."""
    words = list(command.arguments)
    for start, word in enumerate(words):
        if word in ("-exec", "-execdir", "-ok", "-okdir"):
            end = next((at for at in range(start + 1, len(words)) if words[at] in (";", "+", "\\;")), len(words))
            if start + 1 < end:
                inner, _ = _unwrap(
                    Command(tuple(words[start + 1 : end]), (), (), reader.pipelines, 0, position, "-exec")
                )
                reader.pipelines += 1
                reader.commands.append(inner)


def _extent(node: Any) -> tuple[int, int]:
    """Where a node's text starts and ends. Trees begin and end with a token, by the grammar."""
    first, last = node, node
    while not hasattr(first, "type"):
        first = first.children[0]
    while not hasattr(last, "type"):
        last = last.children[-1]
    return first.start_pos, last.end_pos


# Wrappers, and their options that take a value of their own.
_WRAPPERS = {
    "sudo": frozenset(["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-U", "-T", "-D", "-R"]),
    "doas": frozenset({"-u", "-C"}),
    "env": frozenset({"-u", "-C", "-S", "--unset", "--chdir"}),
    "nice": frozenset({"-n"}),
    "nohup": frozenset[str](),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "xargs": frozenset(["-n", "-I", "-P", "-L", "-d", "-s", "-E", "-a"]),
    "timeout": frozenset({"-s", "-k"}),
    "retry": frozenset[str](),
    "eatmydata": frozenset[str](),
    "chronic": frozenset[str](),
    "fakeroot": frozenset[str](),
    "gosu": frozenset[str](),
    "su-exec": frozenset[str](),
    "setpriv": frozenset[str](),
    "busybox": frozenset[str](),
    "tini": frozenset[str](),
    "command": frozenset[str](),
}
_ONE_OPERAND_FIRST = frozenset({"timeout", "gosu", "su-exec"})


def _unwrap(command: Command) -> tuple[Command, str | None]:
    """The command behind `sudo`, `env` and the like; and the script of `sh -c SCRIPT`, None where there is none."""
    for _ in range(8):
        valued = _WRAPPERS.get(command.name)
        if valued is None:
            break
        inner = _behind(command, valued)
        if inner is None:
            break
        command = inner
    return command, _script(command)


def _behind(command: Command, valued: frozenset[str]) -> Command | None:
    words = list(command.arguments)
    if command.name == "command" and words[:1] in (["-v"], ["-V"]):
        return None
    assignments = list(command.assignments)
    position = 0
    while position < len(words):
        word = words[position]
        match = _ASSIGNMENT.fullmatch(word)
        if match and command.name in ("env", "sudo"):
            assignments.append((match.group(1), match.group(2)))
        elif not word.startswith("-") or word == "-":
            break
        elif word in valued:
            position += 1
        position += 1
    if command.name in _ONE_OPERAND_FIRST:
        position += 1
    if position >= len(words):
        return None
    wrappers = (*command.wrappers, command.name)
    return replace(command, words=tuple(words[position:]), assignments=tuple(assignments), wrappers=wrappers)


def _script(command: Command) -> str | None:
    """The script that a shell is told to run: `sh -c SCRIPT`, `bash -lc SCRIPT`, `su -c SCRIPT`, `eval WORDS`."""
    if command.name == "eval":
        return " ".join(command.arguments)
    if command.name not in _SHELLS | {"su", "runuser"}:
        return None
    for position, word in enumerate(command.arguments[:-1]):
        if re.fullmatch(r"-[a-z]*c|--command", word):
            return command.arguments[position + 1]
    return None


def _read_coarse(reader: _Reader, text: str, parent: int | None, via: str) -> None:
    """For text whose quotes do not close: words at blanks, commands at operators."""
    for segment in re.finditer(r"[^;&\n]+", text):
        reader.pipelines += 1
        place = 0
        for part in segment.group().split("|"):
            words = [word.strip("\"'()") for word in part.split()]
            while words and words[0] in _KEYWORDS | _CLOSERS:
                words.pop(0)
            if not words:
                continue
            command = Command(tuple(words), pipeline=reader.pipelines - 1, place=place, parent=parent, via=via)
            reader.commands.append(_unwrap(command)[0])
            place += 1


# --- PowerShell and cmd ----------------------------------------------------------------------------------------------


def _read_flat(reader: _Reader, text: str, language: str) -> None:
    """One pass over tokens; brackets end a command, and what a bracket opened inside a command has it as parent."""
    draft, place, pipeline = _Draft(), 0, 0
    parents: list[int | None] = []
    word: list[str] | None = None

    def end_word() -> None:
        nonlocal word
        if word is not None:
            draft.words.append("".join(word))
            word = None

    def end_command() -> int | None:
        nonlocal draft, place
        end_word()
        done, draft = draft, _Draft()
        words = _powershell_words(done.words) if language == "powershell" else done.words
        if not words:
            return None
        parent = next((p for p in reversed(parents) if p is not None), None)
        command = Command(
            tuple(words), (), tuple(done.redirects), pipeline, place, parent, "(" if parent is not None else "",
        )  # fmt: skip
        reader.commands.append(command)
        place += 1
        _nested_shell(reader, len(reader.commands) - 1)
        return len(reader.commands) - 1

    for token in _tokens(text, language):
        kind, value = token.type, str(token)
        if kind in ("WS", "COMMENT", "BLOCK_COMMENT"):
            end_word()
        elif kind in ("OPERATOR", "NEWLINE"):
            end_command()
            if value != "|":
                pipeline += 1
                place = 0
        elif kind == "BRACKET":
            joined = word is not None
            opened = end_command()
            if value[-1] in "({":
                parents.append(opened if opened is not None else (parents[-1] if joined and parents else None))
            elif parents:
                parents.pop()
        else:
            word = [*(word or ()), _flat_value(kind, value, language)]
    end_command()


def _tokens(text: str, language: str) -> Iterator[Token]:
    return grammar.lexer(f"commands_{language}").lex(text)


def _flat_value(kind: str, value: str, language: str) -> str:
    if kind in ("HERE_SINGLE", "HERE_DOUBLE"):
        return value[2:-2].strip("\r\n")
    if kind == "SINGLE":
        return value[1:-1].replace("''", "'")
    if kind == "DOUBLE":
        return re.sub(r"`([\s\S])", r"\1", value[1:-1].replace('""', '"')) if language == "powershell" else value[1:-1]
    escape = "`" if language == "powershell" else r"\^"
    return re.sub(escape + r"([\s\S])", r"\1", value)


_PS_KEYWORDS = frozenset(
    {"if", "else", "elseif", "foreach", "for", "while", "try", "catch", "finally", "return", "do", "."}
)


def _powershell_words(words: list[str]) -> list[str]:
    """The words without keywords in front and without `$x =`."""
    while words and words[0].lower() in _PS_KEYWORDS:
        words = words[1:]
    if len(words) >= 2 and words[0].startswith(("$", "[")) and words[1] in ("=", "+="):
        words = words[2:]
    elif words and re.match(r"\$[\w:]+=.", words[0]):
        words = [words[0].split("=", 1)[1], *words[1:]]
    return words


def _nested_shell(reader: _Reader, position: int) -> None:
    """`powershell -Command …` and `cmd /c …` inside a command: what they run is read too."""
    command = reader.commands[position]
    if command.name == "cmd" and command.arguments and position < 10_000:
        rest = list(command.arguments)
        while rest and re.fullmatch(r"/[a-zA-Z](?::\w+)?", rest[0]):
            rest.pop(0)
        if rest and len(rest) < len(command.arguments):
            reader.commands[position] = replace(command, words=tuple(rest), wrappers=(*command.wrappers, "cmd"))
        return
    if command.name in ("powershell", "pwsh") and len(command.words) > 1 and position < 10_000:
        rest = list(command.arguments)
        for index, word in enumerate(rest):
            if word.lower() in ("-command", "-c"):
                inner = split(" ".join(rest[index + 1 :]), "powershell")
                base = len(reader.commands)
                reader.commands.extend(
                    replace(
                        found,
                        parent=position if found.parent is None else base + found.parent,
                        via=found.via or "-c",
                        pipeline=found.pipeline + MAX_TEXT + base,
                    )
                    for found in inner
                )
                return
