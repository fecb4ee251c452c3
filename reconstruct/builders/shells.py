"""SHELL's words: `[a b c]` has no quotes, so the word boundaries come from elsewhere."""

from __future__ import annotations

from reconstruct import pattern

# The text after these is one word to the end: a command before the step's own.
_COMMAND = pattern.compile(r"(?i) (?:-c|-command|/c|/s /c) ")
_SHELL = pattern.compile(r"(?:^|[/\\])(?:ba|da|a|z|k|c|fi)?sh(?:\.exe)?$|(?i:(?:powershell|pwsh|cmd)(?:\.exe)?$)")
_OPTION = pattern.compile(r"(?i)-[a-z]*c|-command|/c")
_POWERSHELL = pattern.compile(r"(?i)(?:^|[/\\])(?:powershell|pwsh)(?:\.exe)?$")


def split_shell(text: str) -> tuple[tuple[str, ...], bool]:
    """The words of a shell, separated by blanks, and whether the split is certain.

    A blank is a boundary, but the text after `-Command` or `-c` is one word, as in `powershell -Command
    $ErrorActionPreference = 'Stop';`.
    """
    match = _COMMAND.search(text + " ")
    if match is None or match.end() > len(text):
        return tuple(text.split(" ")), not _POWERSHELL.search(text.split(" ")[0])
    head, rest = text[: match.end() - 1].split(" "), text[match.end() :]
    return (*head, rest), False


def exec_words(text: str) -> tuple[str, ...]:
    """The words of an exec form from words joined by blanks: split at blanks, but `sh -c` takes the rest as one."""
    words = text.split(" ")
    if not _SHELL.search(words[0]):
        return tuple(words)
    for index, word in enumerate(words[1:4], start=1):
        if _OPTION.fullmatch(word) and index + 1 < len(words):
            return (*words[: index + 1], " ".join(words[index + 1 :]))
        if not word.startswith(("-", "/")):
            break
    return tuple(words)
