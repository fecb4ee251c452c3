"""The commands described from their own definitions: man pages (roff) and the documentation's reference (markdown)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass

import click

from reconstruct import __version__
from reconstruct.cli.examples import EXAMPLES
from reconstruct.cli.group import cli
from reconstruct.cli.main import COMMANDS


@dataclass(frozen=True, slots=True)
class Description:
    """A command: `name` as typed, `usage` after it, its paragraphs, (option, text) pairs, example lines."""

    name: str
    line: str
    usage: str
    paragraphs: tuple[str, ...]
    options: tuple[tuple[str, str], ...]
    examples: tuple[str, ...]


def descriptions() -> Iterator[Description]:
    """Every command, in the order of `--help`; subcommands after their group."""
    context = click.Context(cli, info_name="reconstruct", **cli.context_settings)
    yield _described(cli, context, "reconstruct", "Say how a saved container image was built.")
    for name, (_, line) in COMMANDS.items():
        command = cli.get_command(context, name)
        assert command is not None
        inner = click.Context(command, info_name=name, parent=context)
        yield _described(command, inner, f"reconstruct {name}", line)
        if isinstance(command, click.Group):
            for sub in command.commands.values():
                deeper = click.Context(sub, info_name=sub.name, parent=inner)
                yield _described(sub, deeper, f"reconstruct {name} {sub.name}", sub.get_short_help_str(200))


def _described(command: click.Command, context: click.Context, name: str, line: str) -> Description:
    text = inspect.cleandoc(command.help or "")
    blocks = [block.strip() for block in text.split("\n\n") if block.strip()]
    shown = tuple(" ".join(block.split()) for block in blocks if not block.startswith("\b"))
    own = [each.strip() for block in blocks if block.startswith("\b") for each in block.splitlines()[1:]]
    options = []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            options.append((record[0], " ".join(record[1].split())))
    words = name.split()
    examples = tuple(each for each in own if "reconstruct" in each) or (
        EXAMPLES.get(words[1], ()) if len(words) == 2 else ()
    )
    return Description(name, line, " ".join(command.collect_usage_pieces(context)), shown, tuple(options), examples)


_STATUS = (
    ("0", "done; for diff and verify: no difference; for audit: no finding"),
    ("1", "a finding (audit) or a difference (diff, verify)"),
    ("2", "bad usage, unreadable input, or an unknown verdict"),
    ("130", "interrupted"),
)


def man_pages() -> dict[str, str]:
    """File name → page in roff (man(7)), one per command: `reconstruct.1`, `reconstruct-report.1`, …"""
    found = list(descriptions())
    return {f"{each.name.replace(' ', '-')}.1": _page(each, found) for each in found}


def _page(each: Description, others: list[Description]) -> str:
    title = each.name.replace(" ", "-")
    lines = [f'.TH "{title.upper()}" "1" "" "reconstruct {__version__}" "User Commands"', ".SH NAME"]
    lines += [
        f"{title} \\- {_roff(each.line)}",
        ".SH SYNOPSIS",
        f".B {_roff(each.name)}",
        _roff(each.usage),
        ".SH DESCRIPTION",
    ]
    for paragraph in each.paragraphs:
        lines += [".PP", _roff(paragraph)]
    lines.append(".SH OPTIONS")
    for flags, text in each.options:
        lines += [".TP", f".B {_roff(flags)}", _roff(text) or "\\&"]
    lines.append(".SH EXIT STATUS")
    for status, text in _STATUS:
        lines += [".TP", f".B {status}", _roff(text)]
    if each.examples:
        lines += [".SH EXAMPLES", ".nf", *(_roff(line) for line in each.examples), ".fi"]
    related = [
        f".BR {_roff(one.name.replace(' ', '-'))} (1)" for one in others if one is not each and one.name.count(" ") < 2
    ]
    return "\n".join([*lines, ".SH SEE ALSO", *related]) + "\n"


def _roff(text: str) -> str:
    """Escapes text for roff: backslashes, hyphens and lines that would be requests."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    escaped = re.sub(r"[^\x00-\x7f]", lambda found: f"\\[u{ord(found.group()):04X}]", escaped)
    return re.sub(r"^(?=[.'])", "\\\\&", escaped, flags=re.MULTILINE)


def reference() -> str:
    """All commands as one page of markdown."""
    from reconstruct.show.text import code_span, markdown

    lines = ["# Commands", "", "Generated from the commands' definitions. Exit status:", ""]
    lines += [f"- {code_span(status)}: {markdown(text)}" for status, text in _STATUS]
    for each in descriptions():
        lines += ["", f"## {each.name}", "", f"{code_span(f'{each.name} {each.usage}', in_table=False)}"]
        for paragraph in each.paragraphs:
            lines += ["", _prose(paragraph)]
        if each.options:
            lines += ["", "| option | |", "| --- | --- |"]
            lines += [f"| {code_span(flags)} | {_prose(text)} |" for flags, text in each.options]
        if each.examples:
            lines += ["", "```sh", *each.examples, "```"]
    return "\n".join(lines) + "\n"


def _prose(text: str) -> str:
    """Help text as markdown: text between backticks is code."""
    from reconstruct.show.text import code_span, markdown

    parts = re.split(r"(`[^`]+`)", text)
    return "".join(
        code_span(part[1:-1]) if part.startswith("`") and len(part) > 2 else markdown(part, inside=True)
        for part in parts
    )
