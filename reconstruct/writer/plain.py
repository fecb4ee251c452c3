"""Steps in plain characters, as most are: these show at once how a step is written, and that every builder takes it.

What is said here of a text, `writer.instructions` writes and `writer.check` proves of any; tests hold them equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from reconstruct import pattern
from reconstruct.builders import registry
from reconstruct.dockerfile.quoting import has_long_line, plain_words
from reconstruct.syntax import (
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    ExecForm,
    Instruction,
    Label,
    Run,
    Shell,
    Step,
    User,
    Volume,
    Workdir,
)
from reconstruct.typed import Any
from reconstruct.writer.check import copy_is_plain, own_line_plainly
from reconstruct.writer.instructions import EMPTY, Style, pair_lines, source_names
from reconstruct.writer.layout import shell_text

Values = Mapping[str, str | None]

_WORD = pattern.compile(r"(?!--)[\w./:@%+=,*?!~^-]++", re.ASCII)
_NAME = pattern.compile(r"[A-Za-z_][\w./-]*+", re.ASCII)
# Values that stand as they are, those that only need double quotes, and those that need single ones for their `$` or `"`.
_BARE = pattern.compile(r"[\w./:@%+=,*?!~^-]*+", re.ASCII)
_DOUBLE = pattern.compile(r"[ !#%&(-\[\]^_a-~]*+")
_SINGLE = pattern.compile(r"[ -&(-\[\]^_a-~]*+")
# A value that continues a variable's (`writer.variables`).
_CONTINUED = pattern.compile(r"(?:[\w./:@%+,-]|\$[A-Za-z_]\w*+)++", re.ASCII)
# Words without escapes in JSON.
_JSON = pattern.compile(r"[ !#-\[\]-~]*+")


def plain_text(step: Step, style: Style, values: Values) -> str | None:
    """The step's text if its characters prove that it is read back as this step and accepted; None if that is to be examined."""
    instruction = step.instruction
    write = _WRITERS.get(type(instruction))
    if write is None or style.layout == "pretty":
        return None
    if instruction.written is not None:
        text = _own_line(instruction, instruction.written, step, style)
    else:
        text = write(instruction, step, style, values)
    return None if text is None or has_long_line(text) else text


def _command(meant: Run | Cmd | Entrypoint, step: Step, style: Style, _: Values) -> str | None:
    if isinstance(meant, Run) and (meant.flags or meant.heredoc is not None):
        return None
    command = meant.command
    if isinstance(command, ExecForm):
        return _json(meant.keyword, command.words)
    if command.text[:1] in _OPENING or not _is_one_line(command.text, style.escape):
        return None
    return _laid_out(meant.keyword, command.text, step, style)


# What a flag or a JSON list begins with; no text at all.
_OPENING = ("", "-", "[")


def _own_line(meant: Instruction, line: str, step: Step, style: Style) -> str | None:
    """A line that the builder kept."""
    if not _is_one_line(line, style.escape) or not own_line_plainly(meant, line):
        return None
    return _laid_out(meant.keyword, line[len(meant.keyword) + 1 :], step, style)


def _is_one_line(text: str, escape: str) -> bool:
    """Whether text stays as it is on a line, without blanks around it, and neither goes on after it nor opens a document."""
    if text[:1] in _BLANK or text[-1:] in _BLANK or text[-1] == escape or "<<" in text:
        return False
    return text.isprintable() or text.replace("\t", " ").isprintable()


_BLANK = ("", " ", "\t")


def _laid_out(keyword: str, text: str, step: Step, style: Style) -> str:
    lines = shell_text(text, step.shell, style.escape, style.layout, keyword, style.house)
    return f"{keyword} " + f"{style.escape}\n".join(lines)


def _json(keyword: str, words: Sequence[str]) -> str | None:
    shown = '", "'.join(words)
    if not shown or "<<" in shown or not _JSON.fullmatch("".join(words)):
        return None
    return f'{keyword} ["{shown}"]'


def _shell(meant: Shell, _: Step, __: Style, ___: Values) -> str | None:
    return _json("SHELL", meant.words)


def _pairs(meant: Env | Label, _: Step, style: Style, values: Values) -> str | None:
    words = []
    for pair in meant.pairs:
        key = pair.key
        if key in values:
            value = values[key]
            shown = value if value and _CONTINUED.fullmatch(value) else None
        else:
            shown = _quoted(pair.value)
        if shown is None or not _NAME.fullmatch(key):
            return None
        words.append(f"{key}={shown}")
    if not words or (len(words) > 1 and len({pair.key for pair in meant.pairs}) < len(words)):
        return None
    return pair_lines(meant.keyword, words, style)


def _quoted(value: str | None) -> str | None:
    """A plain value as a word; None for any other."""
    if value is None or _BARE.fullmatch(value):
        return value
    if _DOUBLE.fullmatch(value):
        return f'"{value}"' if " " in value else None
    return f"'{value}'" if _SINGLE.fullmatch(value) else None


def _arg(meant: Arg, _: Step, __: Style, values: Values) -> str | None:
    words = []
    for pair in meant.pairs:
        if pair.value is None or pair.key in values:
            word = pair.key
        elif (shown := _quoted(pair.value)) is not None:
            word = f"{pair.key}={shown or EMPTY}"
        else:
            return None
        if not _NAME.fullmatch(pair.key):
            return None
        words.append(word)
    return f"ARG {' '.join(words)}" if words else None


def _copy(meant: Copy, step: Step, style: Style, _: Values) -> str | None:
    if meant.flags or meant.heredocs or registry.of(step.dialect).own_destination:
        return None
    sources = source_names(meant) if meant.checksum else meant.sources
    line = plain_words((*sources, meant.destination)) if sources else ""
    return f"{meant.keyword} {line}" if line and copy_is_plain(meant, style.escape) else None


def _volume(meant: Volume, _: Step, __: Style, ___: Values) -> str | None:
    line = plain_words(meant.paths)
    return f"VOLUME {line}" if line else None


def _workdir(meant: Workdir, _: Step, __: Style, ___: Values) -> str | None:
    return f"WORKDIR {meant.path}" if _WORD.fullmatch(meant.path) else None


def _user(meant: User, _: Step, __: Style, ___: Values) -> str | None:
    return f"USER {meant.user}" if _WORD.fullmatch(meant.user) else None


_WRITERS: dict[type[Instruction], Callable[[Any, Step, Style, Values], str | None]] = {
    Run: _command,
    Cmd: _command,
    Entrypoint: _command,
    Shell: _shell,
    Env: _pairs,
    Label: _pairs,
    Arg: _arg,
    Copy: _copy,
    Add: _copy,
    Volume: _volume,
    Workdir: _workdir,
    User: _user,
}
