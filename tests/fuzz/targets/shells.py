"""Scripts: broken into lines that join to the same text, and read into commands by hand as by their grammars."""

from __future__ import annotations

import random
from collections.abc import Iterator

from reconstruct.audit import shell
from reconstruct.audit.shell.tokens import nodes
from reconstruct.layout import break_lines
from reconstruct.layout.gaps import Language, gaps, read
from tests.audit.shell.test_tokens import MAX_DEPTH, by_grammar, by_hand
from tests.fuzz.strategies import SPECIAL, text
from tests.fuzz.target import target

PIECES = (
    *(
        " ",
        "  ",
        "    ",
        "     ",
        "\t",
        "\t\t",
        " \t",
        ";",
        "&&",
        "||",
        "|",
        "then",
        "fi",
        "do",
        "done",
        "case x in",
        "esac",
        "if",
        "for",
        "{",
        "}",
    ),
    *(
        "(",
        ")",
        "$(",
        "$((",
        "))",
        "`",
        "'",
        '"',
        "\\",
        "^",
        "#",
        " # c",
        "<<EOF",
        "@'",
        "'@",
        '@"',
        "a",
        "b",
        "--flag",
        "$x",
        "${x",
        "}",
        "\n",
    ),
    *(
        "'two  blanks'",
        '"a \t b"',
        "é",
        "\x85",
        "\xa0",
        "apt-get install",
        "curl -fsSL http://a",
        "rm -rf /x",
        ">",
        "2>&1",
        "<(",
        "!",
        "[[",
        "]]",
        "=",
    ),
)
SHELLS = (("/bin/sh", "-c"), ("/bin/bash", "-o", "pipefail", "-c"), ("powershell", "-Command"), ("cmd", "/S", "/C"), ())


def script(rng: random.Random) -> str:
    """A line of commands, most of it not closed."""
    if rng.random() < 0.2:
        return text(rng, 8)
    return "".join(rng.choice(PIECES if rng.random() < 0.95 else SPECIAL) for _ in range(rng.randint(0, 40)))


@target("layout", "the lines join to exactly the text; none ends in the escape character or begins like a comment")
def layout(rng: random.Random) -> Iterator[str]:
    line, escape, words = script(rng), rng.choice("\\`"), rng.choice(SHELLS)
    lines = break_lines(line, shell=words, escape=escape)
    if "".join(lines) != line:
        yield f"joined otherwise: {line!r}"
    if any(each.endswith(escape) for each in lines[:-1]) or any(each.lstrip().startswith("#") for each in lines[1:]):
        yield f"a line that is no line: {lines}"


@target(
    "layout-pretty", "the lines only change white space; none ends in the escape character or begins like a comment"
)
def pretty(rng: random.Random) -> Iterator[str]:
    line, escape, words = script(rng), rng.choice("\\`"), rng.choice(SHELLS)
    lines = break_lines(line, shell=words, escape=escape, mode="pretty")
    if "".join("".join(lines).split()) != "".join(line.split()):
        yield f"joined otherwise: {line!r}"
    if any(each.rstrip().endswith(escape) for each in lines[:-1]) or any(
        each.lstrip().startswith("#") for each in lines[1:]
    ):
        yield f"a line that is no line: {lines}"


@target("layout-gaps", "the fast path finds the same white space between commands as each shell's grammar")
def between(rng: random.Random) -> Iterator[str]:
    line, spoken = script(rng), rng.choice(list(Language))
    found, unclosed = read(line, spoken, "")
    if not unclosed and gaps(line, spoken) != found:
        yield f"{spoken}: {line!r}"


@target(
    "shell-words",
    "the fast path reads the same POSIX shell tokens as the grammar; no shell's commands raise an exception",
)
def commands(rng: random.Random) -> Iterator[str]:
    line = script(rng)
    if by_hand(nodes(line, MAX_DEPTH)) != by_grammar(line):
        yield f"{line!r}"
    for language in ("posix", "powershell", "cmd"):
        shell.split(line, language)
