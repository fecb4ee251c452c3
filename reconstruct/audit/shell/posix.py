"""The simple commands of a POSIX shell's text."""

from __future__ import annotations

import re

from reconstruct import pattern as lazy
from reconstruct.audit.shell.command import MAX_DEPTH, MAX_SCRIPTS, SHELLS, Command, Draft, Reader
from reconstruct.audit.shell.tokens import Node, nodes
from reconstruct.audit.shell.wrappers import ASSIGNMENT, script, unwrap
from reconstruct.record import dataclass, field, replace

_KEYWORDS = frozenset({"if", "then", "else", "elif", "do", "while", "until", "!", "{", "time", "exec"})
_CLOSERS = frozenset({"fi", "done", "esac", "}"})
_DROPPED = _KEYWORDS | _CLOSERS
_HEREDOC = lazy.compile(r"<<-?[ \t]*(['\"]?)([A-Za-z_][A-Za-z0-9_]*)\1")
_ESCAPED = lazy.compile(r"\\([\s\S])")
_ESCAPED_IN_QUOTES = lazy.compile(r'\\(["\\$`\n])')
_TO_DESCRIPTOR = lazy.compile(r"&(?:[0-9]+|-)$")


def read(reader: Reader, text: str, parent: int | None = None, via: str = "", depth: int = 0) -> None:
    """Adds the commands of `text` to `reader`; `depth` is the number of enclosing scripts."""
    text, bodies = _take_heredocs(text)
    tree = nodes(text, MAX_DEPTH)
    before = len(reader.commands)
    if tree is None:
        _read_coarse(reader, text, parent, via)
    else:
        _Level(reader, text, parent, via, depth).walk(tree)
    if bodies:
        _attach_bodies(reader, before, bodies, depth)


def _take_heredocs(text: str) -> tuple[str, list[str]]:
    """`text` with the bodies of its here-documents blanked out (lengths kept), and the bodies in order."""
    if "<<" not in text or "\n" not in text:
        return text, []
    bodies: list[str] = []
    kept: list[str] = []
    waiting: list[str] = []
    ended = 0
    body: list[str] = []
    for line in text.split("\n"):
        if ended == len(waiting):
            kept.append(line)
            waiting = [match.group(2) for match in _HEREDOC.finditer(line.replace("<<<", "   "))]
            ended, body = 0, []
            continue
        kept.append(" " * len(line))
        if line.strip() == waiting[ended]:
            bodies.append("\n".join(body))
            ended += 1
            body = []
        else:
            body.append(line)
    if ended < len(waiting):
        bodies.append("\n".join(body))
    return "\n".join(kept), bodies


def _attach_bodies(reader: Reader, first: int, bodies: list[str], depth: int) -> None:
    """Gives each here-document's body to the command that reads it; a shell's body is a script of its own."""
    waiting = iter(bodies)
    for position in range(first, len(reader.commands)):
        command = reader.commands[position]
        wanted = sum(operator.lstrip("0123456789") in ("<<", "<<-") for operator, _ in command.redirects)
        own = [body for _, body in zip(range(wanted), waiting, strict=False)]
        if not own:
            continue
        reader.commands[position] = replace(command, body="\n".join([command.body, *own]).strip("\n"))
        if (not command.words or command.name in SHELLS) and depth < MAX_SCRIPTS:
            for body in own:
                read(reader, body, position, "<<", depth + 1)


@dataclass()
class _Level:
    """One level of a text: words are runs of adjacent pieces, operators end commands."""

    reader: Reader
    text: str
    parent: int | None
    via: str
    depth: int
    draft: Draft = field(default_factory=Draft)
    word: list[str] | None = None
    quoted: bool = False
    pending: str | None = None
    operator: str = ""
    place: int = 0
    pipeline: int = -1
    # Pipelines that a group reads from; its commands belong to them too.
    groups: list[tuple[int, int] | None] = field(default_factory=list)

    def walk(self, tree: list[Node] | tuple[Node, ...]) -> None:
        for node in tree:
            kind = node[0]
            if kind == "PLAIN":
                value = node[1]
                if "\\" in value:
                    value = _ESCAPED.sub(_unescaped, value)
                if self.word is None:
                    self.word, self.quoted = [value], False
                else:
                    self.word.append(value)
            elif kind in ("WS", "COMMENT"):
                self.end_word()
            elif kind == "OPERATOR":
                self.end_command(node[1])
            elif kind == "NEWLINE":
                self.end_command("\n")
            elif kind == "REDIRECT":
                self.redirect(node[1])
            elif kind == "LPAR":
                self.open_group()
            elif kind == "RPAR":
                self.end_command(")")
                if self.groups:
                    self.groups.pop()
            else:
                if self.word is None:
                    self.word, self.quoted = [], False
                self.word.append(self.value(node))
        self.end_command("")

    def value(self, node: Node) -> str:
        kind = node.kind
        if kind == "SINGLE":
            self.quoted = True
            return node.value.removeprefix("$")[1:-1]
        if kind == "double":
            self.quoted = True
            return "".join(
                [
                    _ESCAPED_IN_QUOTES.sub(_unescaped, child.value) if child.kind == "QUOTED" else self.value(child)
                    for child in node.children
                ]
            )
        if kind == "BACKTICK":
            self.draft.nested.append(("`", node.value[1:-1]))
        elif kind == "substitution":
            self.draft.nested.append((node.value, node.children))
            return self.text[node.start : node.end]
        return node.value

    def redirect(self, operator: str) -> None:
        self.end_word()
        if _TO_DESCRIPTOR.search(operator):
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
        elif draft.words:
            draft.words.append(value)
        elif not quoted and value in _DROPPED:
            draft.keywords.append(value)
        elif "=" in value and (assignment := ASSIGNMENT.fullmatch(value)):
            draft.assignments.append((assignment.group(1), assignment.group(2)))
        else:
            draft.words.append(value)

    def open_group(self) -> None:
        """Opens a parenthesis; after a pipe, every command of the group reads from it."""
        self.end_word()
        fed = self.operator in ("|", "|&") and not self._started
        if not fed:
            fed_from = self.groups[-1] if self.groups and not self._started else None
            self.end_command("(")
            self.groups.append(fed_from)
        else:
            self.groups.append((self.pipeline, self.place))

    @property
    def _started(self) -> bool:
        draft = self.draft
        return bool(draft.words or draft.assignments or draft.redirects)

    def end_command(self, operator: str) -> None:
        self.end_word()
        piped = operator in ("|", "|&")
        draft, self.draft, self.pending = self.draft, Draft(), None
        something = bool(draft.words or draft.assignments or draft.redirects)
        if piped and self.pipeline < 0 and not something:
            # `(curl …) | sh`: a pipe after a group continues the pipeline of its last command.
            last = next((found for found in reversed(self.reader.commands[-20:]) if found.parent == self.parent), None)
            if last is not None:
                self.pipeline, self.place = last.pipeline, last.place + 1
        if self.pipeline < 0:
            fed = self.groups[-1] if self.groups else None
            self.pipeline, self.place = fed if fed is not None else (self.reader.next_pipeline(), 0)
        if something:
            self._emit(draft)
            self.place += 1
        elif operator in ("\n", "("):
            # `if` and its command may be on separate lines.
            self.draft.keywords = [word for word in draft.keywords if word not in _CLOSERS]
        if something or operator not in ("", "\n", "("):
            self.operator = operator
        if not piped:
            self.pipeline, self.place = -1, 0

    def _emit(self, draft: Draft) -> None:
        command = Command(
            tuple(draft.words),
            tuple(draft.assignments),
            tuple(draft.redirects),
            self.pipeline,
            self.place,
            self.parent,
            self.via,
            (),
            "",
            self.operator,
            tuple(draft.keywords),
        )
        _add(self.reader, command, draft, self.text, self.depth)


def _unescaped(match: re.Match[str]) -> str:
    return "" if match.group(1) == "\n" else match.group(1)


def _add(reader: Reader, command: Command, draft: Draft, text: str, depth: int) -> None:
    """Adds an unwrapped command, then the substitutions and scripts in its words."""
    command = unwrap(command)
    position = len(reader.commands)
    reader.commands.append(command)
    if depth < MAX_DEPTH:
        for via, inner in draft.nested:
            if not isinstance(inner, str):
                _Level(reader, text, position, via, depth + 1).walk(inner)  # type: ignore[arg-type]
            elif depth < MAX_SCRIPTS:
                read(reader, inner, position, via, depth + 1)
    if depth < MAX_SCRIPTS and (told := script(command)) is not None:
        read(reader, told, position, "-c", depth + 1)
    if command.name == "find":
        _add_found(reader, command, position)
    elif command.name in ("powershell", "pwsh", "cmd"):
        from reconstruct.audit.shell.windows import read_inside

        read_inside(reader, position, depth)


def _add_found(reader: Reader, command: Command, position: int) -> None:
    """The commands that `find … -exec COMMAND {} +` runs, each a command of its own with `find` as its parent."""
    words = command.words
    start = 1
    while start < len(words):
        if words[start] in ("-exec", "-execdir", "-ok", "-okdir"):
            end = next((at for at in range(start + 1, len(words)) if words[at] in (";", "+", "\\;")), len(words))
            if start + 1 < end:
                inner = Command(words[start + 1 : end], (), (), reader.next_pipeline(), 0, position, "-exec")
                reader.commands.append(unwrap(inner))
            start = end
        start += 1


def _read_coarse(reader: Reader, text: str, parent: int | None, via: str) -> None:
    """For text whose quotes don't close: words at blanks, commands at operators."""
    for segment in re.finditer(r"[^;&\n]+", text):
        pipeline = reader.next_pipeline()
        place = 0
        for part in segment.group().split("|"):
            words = [word.strip("\"'()") for word in part.split()]
            start = next((at for at, word in enumerate(words) if word not in _DROPPED), len(words))
            if start < len(words):
                command = Command(
                    tuple(words[start:]), (), (), pipeline, place, parent, via, operator="|" if place else ";"
                )
                reader.commands.append(unwrap(command))
                place += 1
