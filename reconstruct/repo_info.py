"""How docker-library's repo-info pages show a history entry, and the entry restored from it.

The pages' generator (`.remote.pl` of that repository) removes the shell before a command, puts RUN before text without
an instruction, and puts build arguments on their own line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from reconstruct import pattern
from reconstruct.entries import BUILDKIT_MARK as MARK

DEFAULT_SHELL = "/bin/sh -c "
_NOP = pattern.compile(r"#\(nop\) +")
_INSTRUCTION = pattern.compile(r"[A-Z]+ ")
_FILES = pattern.compile(r"(?:COPY|ADD|WORKDIR) ")
_ARGUMENT = pattern.compile(r"(?:^| )[A-Za-z_][A-Za-z0-9_]*=")
_BREAK = pattern.compile(r"\\\n(?=\t| {4})")
_INDENT = pattern.compile(r"(?:\t| {4})+")
_UNPARSED = "# unable to parse image command string further:\n"
# Not run by a shell: Windows' base layers, debuerreotype's stamp.
_NO_SHELL = pattern.compile(r"Apply image |Install update |# |$")


def shown(created_by: str, shells: Iterable[str]) -> str:
    """A history entry as the page shows it. `shells` are the texts before a command, each with its trailing blank."""
    shell = "|".join(map(re.escape, shells))
    text = created_by.removeprefix("RUN ")
    arguments = ""
    if text.startswith("|"):
        # Shortest first: the arguments end at the first shell.
        match = re.match(rf"\|\d+ (.*?) (?=(?:{shell}))", text, re.ASCII)
        if match is None:
            return _UNPARSED + text
        arguments, text = f"# ARGS: {match[1]}\n", text[match.end() :]
    text = re.sub(rf"\A(?:{shell})", "", text)
    bare = _NOP.sub("", text, count=1) if _NOP.match(text) else None
    if bare is not None:
        return arguments + bare
    return arguments + (text if _INSTRUCTION.match(text) else f"RUN {text}")


def shown_of_schema_1(created_by: str) -> str:
    """An entry of a schema 1 manifest as the page shows it: lines that were joined are broken at their indents."""
    text = created_by.removeprefix(DEFAULT_SHELL)
    if text.startswith("#(nop) "):
        return text.removeprefix("#(nop) ")
    return "RUN " + (text if "\n" in text else _INDENT.sub(lambda match: "\\\n" + match.group(), text))


def joined(text: str) -> str:
    """A schema 1 page's text without the line breaks that the generator added."""
    return _BREAK.sub("", text)


def shells_of(shell: Sequence[str], default: str = DEFAULT_SHELL) -> list[str]:
    """The texts that the page removes, for an image whose config has this `Shell` (empty if it has none)."""
    return [default, " ".join(shell) + " "] if shell else [default]


def created_by(
    texts: Sequence[str], shell: Sequence[str], *, windows: bool, docker_version: str, first_schema: bool = False
) -> list[str]:
    """The created_by of each text of a page, oldest first, with the shell and the wrapper that were removed.

    `shell` and `docker_version` are those that the page gives for the config (empty if BuildKit built the image).
    For any text, `shown` of the result is the page's text again.
    """
    page_shell = " ".join(shell)
    current = page_shell if windows else DEFAULT_SHELL.strip()
    if not any(text.startswith("SHELL ") for text in texts):
        current = page_shell or current
    shells = shells_of(shell)
    found = []
    for text, modern in zip(texts, _by_buildkit(texts, docker_version), strict=True):
        if text.startswith("SHELL ") and page_shell:
            current = page_shell
        restored = _restored(joined(text) if first_schema else text, current, modern)
        found.append(restored if first_schema else _proved(text, restored, shells))
    return found


def _proved(text: str, restored: str, shells: Sequence[str]) -> str:
    """The restored text if the page would show it the same way; else the simplest text that it would."""
    front, rest = "", text
    if text.startswith("# ARGS: "):
        line, _, rest = text.partition("\n")
        front = f"|1 {line.removeprefix('# ARGS: ')} "
    command = rest.removeprefix("RUN ")
    plainest = (
        restored,
        command,
        rest,
        f"RUN {rest}",
        *(f"{front}{DEFAULT_SHELL}{each}" for each in (command, rest, f"#(nop) {rest}")),
    )
    return next((each for each in plainest if shown(each, shells) == text), restored)


def _by_buildkit(texts: Sequence[str], docker_version: str) -> list[bool]:
    """For each entry, whether BuildKit wrote it. Only commands are marked; settings go with the next command."""
    marks: list[bool | None] = [
        text.endswith(MARK) if text.startswith("RUN ") or _FILES.match(text) else None for text in texts
    ]
    known = [mark for mark in marks if mark is not None]
    following = known[-1] if known else not docker_version
    result = []
    for mark in reversed(marks):
        following = following if mark is None else mark
        result.append(following)
    return result[::-1]


def _restored(text: str, shell: str, modern: bool) -> str:
    arguments = ""
    if text.startswith("# ARGS: "):
        line, _, text = text.partition("\n")
        values = line.removeprefix("# ARGS: ")
        arguments = f"|{len(_ARGUMENT.findall(values)) or 1} {values} "
    if text.startswith(_UNPARSED):
        return ("RUN " if modern else "") + text.removeprefix(_UNPARSED)
    if text.startswith("RUN ") or text == "RUN":
        command = text[4:]
        if not arguments and (_NO_SHELL.match(command) or not shell or " #(nop) " in command[:200]):
            return command
        front = "RUN " if modern else ""
        return f"{front}{arguments}{shell} {command}"
    if modern or not shell or not _INSTRUCTION.match(text):
        return text
    # The classic builder puts two blanks before a setting, one before what it committed as a layer.
    return f"{shell} #(nop) {text}" if _FILES.match(text) else f"{shell} #(nop)  {text}"
