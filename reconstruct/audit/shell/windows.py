"""The simple commands of PowerShell's and cmd's text."""

from __future__ import annotations

import binascii
import re

from reconstruct import pattern as lazy
from reconstruct import terminals
from reconstruct.audit.shell.command import MAX_SCRIPTS, Command, Draft, Reader
from reconstruct.record import replace

_PS_KEYWORDS = frozenset(
    {"if", "else", "elseif", "foreach", "for", "while", "try", "catch", "finally", "return", "do", ".", "&", "throw"}
)
# In cmd, parentheses group where a command may start, as after these words.
_CMD_BLOCKS = frozenset({"if", "for", "else", "do", "@if", "@for"})
# Options of powershell.exe that take a value.
_VALUED = lazy.compile(
    r"[-/](?:ex\w*|v\w*|w\w*|config\w*|psconsolefile|inputformat|outputformat|if|of|ep)", re.IGNORECASE
)


def read_as(reader: Reader, text: str, language: str, depth: int = 0, parent: int | None = None, via: str = "") -> None:
    """Adds the commands of `text` to `reader`: `language` is `powershell` or `cmd`, `depth` counts scripts inside others."""
    _Flat(reader, language, depth, parent, via).walk(text)


class _Flat:
    """One pass over tokens; brackets end a command, and commands in a bracket inside a command have it as parent."""

    def __init__(self, reader: Reader, language: str, depth: int, parent: int | None, via: str) -> None:
        self.reader, self.language, self.depth = reader, language, depth
        self.outer, self.via = parent, via
        self.draft, self.place, self.pipeline = Draft(), 0, reader.next_pipeline()
        # For every open bracket: the command that contains it, else that of the enclosing bracket.
        self.parents: list[int | None] = []
        self.word: list[str] | None = None
        self.operator = ""
        self.pending: str | None = None

    def walk(self, text: str) -> None:
        for kind, value in terminals.split(f"commands_{self.language}", text):
            if kind in ("WS", "COMMENT", "BLOCK_COMMENT"):
                self.end_word()
            elif kind in ("OPERATOR", "NEWLINE"):
                self.end_command()
                self.operator = value if kind == "OPERATOR" else "\n"
                if value != "|":
                    self.pipeline, self.place = self.reader.next_pipeline(), 0
            elif kind == "REDIRECT":
                self.end_word()
                self.pending = value
            elif kind == "BRACKET" and not self._literal():
                self.bracket(value)
            elif self.word is None:
                self.word = [_value(kind, value, self.language)]
            else:
                self.word.append(_value(kind, value, self.language))
        self.end_command()

    def _literal(self) -> bool:
        """Whether a parenthesis is text: in cmd, inside a command that opens no block."""
        words = self.draft.words
        if self.language != "cmd" or not (words or self.word is not None):
            return False
        return not (words and words[0].lower() in _CMD_BLOCKS) and not (self.parents and self.word is None)

    def bracket(self, value: str) -> None:
        joined = self.word is not None
        opened = self.end_command()
        if value[-1] in "({":
            around = self.parents[-1] if self.parents else None
            self.parents.append(opened if opened is not None else around)
            if opened is None and not joined and not self.parents[:-1]:
                self.parents[-1] = None
        elif self.parents:
            self.parents.pop()

    def end_word(self) -> None:
        if self.word is None:
            return
        value, self.word = "".join(self.word), None
        if self.pending is not None:
            self.draft.redirects.append((self.pending, value))
            self.pending = None
        else:
            self.draft.words.append(value)

    def end_command(self) -> int | None:
        self.end_word()
        done, self.draft, self.pending = self.draft, Draft(), None
        keywords: tuple[str, ...] = ()
        words = tuple(done.words)
        if self.language == "powershell":
            keywords, words = _without_keywords(words)
        if not words:
            return None
        inner = self.parents[-1] if self.parents else None
        parent = inner if inner is not None else self.outer
        via = "(" if inner is not None else self.via
        position = len(self.reader.commands)
        self.reader.commands.append(
            Command(
                words,
                (),
                tuple(done.redirects),
                self.pipeline,
                self.place,
                parent,
                via,
                (),
                "",
                self.operator,
                keywords,
            )
        )
        self.place += 1
        self.operator = ""
        read_inside(self.reader, position, self.depth)
        return position


def _value(kind: str, value: str, language: str) -> str:
    if kind in ("HERE_SINGLE", "HERE_DOUBLE"):
        return value[2:-2].strip("\r\n")
    if kind == "SINGLE":
        return value[1:-1].replace("''", "'")
    if kind == "DOUBLE":
        return re.sub(r"`([\s\S])", r"\1", value[1:-1].replace('""', '"')) if language == "powershell" else value[1:-1]
    if kind == "BRACKET":
        return value
    escape = "`" if language == "powershell" else r"\^"
    return re.sub(escape + r"([\s\S])", r"\1", value)


def _without_keywords(words: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(leading keywords, the words without them and without `$x =`)."""
    start = next((at for at, word in enumerate(words) if word.lower() not in _PS_KEYWORDS), len(words))
    keywords, words = words[:start], words[start:]
    if len(words) >= 2 and words[0].startswith(("$", "[")) and words[1] in ("=", "+="):
        words = words[2:]
    elif words and re.match(r"\$[\w:]+=.", words[0]):
        words = (words[0].split("=", 1)[1], *words[1:])
    return keywords, words


def read_inside(reader: Reader, position: int, depth: int) -> None:
    """Also reads what `powershell -Command …`, `-EncodedCommand …` and `cmd /c …` run."""
    command = reader.commands[position]
    if command.name == "cmd" and len(command.words) > 1:
        start = next(
            (at for at, word in enumerate(command.arguments) if not re.fullmatch(r"/[a-zA-Z](?::\w+)?", word)), 0
        )
        if start:
            rest = command.arguments[start:]
            reader.commands[position] = replace(command, words=rest, wrappers=(*command.wrappers, "cmd"))
            if len(rest) == 1 and " " in rest[0] and depth < MAX_SCRIPTS:
                read_as(reader, rest[0], "cmd", depth + 1, position, "-c")
    elif command.name in ("powershell", "pwsh") and len(command.words) > 1 and depth < MAX_SCRIPTS:
        how, text = _told_to_powershell(command.arguments)
        if text:
            read_as(reader, text, "powershell", depth + 1, position, how)


def is_encoded(word: str) -> bool:
    """Whether an option of powershell.exe is `-EncodedCommand`, which may be abbreviated to any prefix."""
    name = word[1:].lower()
    return word[:1] in ("-", "/") and bool(name) and ("encodedcommand".startswith(name) or name == "ec")


def _told_to_powershell(words: tuple[str, ...]) -> tuple[str, str]:
    """(`-c` or `-e`, the commands) that powershell.exe is given on its command line; empty for a file or none."""
    position = 0
    while position < len(words):
        word = words[position]
        if word[:1] in ("-", "/") and word[1:] and "command".startswith(word[1:].lower()):
            return "-c", " ".join(words[position + 1 :])
        if is_encoded(word):
            return "-e", decoded("".join(words[position + 1 : position + 2]))
        if re.match(r"(?i)[-/]f(?:ile)?$", word):
            return "", ""
        if not word.startswith(("-", "/")):
            return "-c", " ".join(words[position:])
        position += 2 if _VALUED.fullmatch(word) else 1
    return "", ""


def decoded(text: str) -> str:
    """The commands in base64 and UTF-16 after `-EncodedCommand`; empty if invalid."""
    try:
        return binascii.a2b_base64(text).decode("utf-16-le")
    except ValueError:
        return ""
