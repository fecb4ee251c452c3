"""One instruction of the AST as Dockerfile text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from reconstruct import golang, pattern
from reconstruct.builders import registry
from reconstruct.dockerfile import quoting
from reconstruct.record import Later, dataclass
from reconstruct.syntax import (
    Add,
    Arg,
    Cmd,
    Command,
    Copy,
    Dialect,
    Entrypoint,
    Env,
    ExecForm,
    Expose,
    Foreign,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Pair,
    RootFilesystem,
    Run,
    Shell,
    ShellForm,
    Step,
    Stopsignal,
    User,
    Volume,
    Workdir,
)
from reconstruct.typed import TYPE_CHECKING
from reconstruct.writer.layout import one_line, shell_text

if TYPE_CHECKING:
    from reconstruct.layout.house import House

# As most authors write them (`benchmarks/layout.py` measures it): several pairs on a line longer than this stand one a line,
# those of LABEL lined up.
_LONG = {"ENV": 40, "LABEL": 100, "HEALTHCHECK": 80}
_INDENT = {"ENV": "    ", "LABEL": "      ", "HEALTHCHECK": "    "}
# Instructions that are searched for here-document markers.
_LONG_MARK = 4096
EMPTY = '""'


@dataclass(frozen=True)
class Style:
    """How to write: the escape character, the layout mode, the indent of pairs on lines of their own, if it isn't ours,
    and what the RUNs have in common, found out when one is laid out."""

    escape: str = "\\"
    layout: str = "original"
    list_indent: str = ""
    house: Later[House] | None = None


def write(step: Step, style: Style, values: Mapping[str, str | None] | None = None) -> str:
    """The step's instruction as one or more lines, without a newline at the end; empty if it isn't an instruction.

    `values`: how values of ENV are written, by name, where that isn't the value itself (`writer.variables`).
    """
    text = _write(step, style, values or {})
    if len(text) <= quoting.LONG_LINE or quoting.opens_heredoc(text.partition("\n")[0]):
        return text
    return quoting.folded(text, style.escape)


def _write(step: Step, style: Style, values: Mapping[str, str | None]) -> str:
    instruction = step.instruction
    if instruction.written is not None:
        return _written(instruction.written, step, style)
    match instruction:
        case Run():
            return _run(instruction, step, style)
        case Cmd() | Entrypoint():
            return f"{instruction.keyword} {_command(instruction.command, step, style, instruction.keyword)}"
        case Env() | Label():
            return _pairs(instruction.keyword, instruction.pairs, style, values)
        case Arg():
            return "ARG " + _no_flag(" ".join(_arg(pair, style.escape, values) for pair in instruction.pairs))
        case Copy():
            return _copy(instruction, step, style)
        case Workdir():
            return f"WORKDIR {quoting.argument(instruction.path, style.escape)}"
        case User():
            return f"USER {quoting.argument(instruction.user, style.escape) or EMPTY}"
        case Stopsignal():
            return f"STOPSIGNAL {quoting.argument(instruction.signal, style.escape)}"
        case Expose():
            return "EXPOSE " + (" ".join(_ports(instruction.ports, step.dialect, style.escape)) or EMPTY)
        case Volume():
            return f"VOLUME {quoting.word_list(instruction.paths, style.escape)}"
        case Shell():
            return f"SHELL {quoting.json_form(instruction.words)}"
        case Healthcheck():
            return _healthcheck(instruction, step, style)
        case Onbuild():
            return f"ONBUILD {_trigger(instruction.trigger, style.escape)}"
        case Maintainer():
            return f"MAINTAINER {_no_flag(quoting.text_argument(instruction.name, style.escape))}"
    return ""


def _no_flag(text: str) -> str:
    """`text` after the marker that ends the flags, if it would be taken for one."""
    return f"-- {text}" if text.startswith("--") else text


def _trigger(trigger: str, escape: str) -> str:
    """A trigger's line, or its lines if it includes here-documents."""
    if "\n" in trigger and quoting.opens_heredoc(trigger.partition("\n")[0]):
        return _clean_lines(trigger)
    return quoting.text_argument(trigger, escape)


def _written(line: str, step: Step, style: Style) -> str:
    """The Dockerfile's own line; one with newlines is a here-document without its delimiters."""
    line = line.strip("\n")
    if "\n" in line:
        return _written_heredoc(line, step)
    # Trailing blanks are in history too, except after an escape character, which continues on the next line.
    blanks = line[len(line.rstrip(" \t")) :]
    line = quoting.text_argument(line, style.escape)
    line += "" if line.endswith(style.escape) else blanks
    keyword, blank, body = _PARTS.match(line).groups()  # type: ignore[union-attr]
    lines = shell_text(body, step.shell, style.escape, style.layout, keyword.upper(), style.house) if body else [""]
    return keyword + blank + (style.escape + "\n").join(lines)


_PARTS = pattern.compile(r"([A-Za-z]*)([ \t]?)(.*)", re.DOTALL)


def _written_heredoc(text: str, step: Step) -> str:
    """buildah ≥ 1.33: `RUN <<EOT` followed by the documents' contents, without their closing lines."""
    first, _, content = text.partition("\n")
    names = re.findall(r"<<-?\s*[\"']?([A-Za-z_][\w.-]*)", first[:_LONG_MARK])
    if len(names) == 1:
        return f"{quoting.printable(first)}\n{_clean_lines(content)}\n{names[0]}"
    keyword, _, body = text.partition(" ")
    if keyword.upper() != "RUN":
        return quoting.printable(text)
    return f"RUN {quoting.json_form((*step.shell, body))}"


def _clean_lines(text: str) -> str:
    return "\n".join(quoting.printable(line) for line in text.split("\n"))


def _command(command: Command, step: Step, style: Style, keyword: str) -> str:
    """The exec form, or the shell form's text; text that can't be written unchanged follows the shell's words as JSON,
    which gives the same history and config."""
    if isinstance(command, ExecForm):
        return quoting.json_form(command.words)
    if quoting.shell_text_is_plain(command.text, style.escape, heredocs=keyword == "RUN"):
        lines = shell_text(command.text, step.shell, style.escape, style.layout, keyword, style.house)
        return (style.escape + "\n").join(lines)
    return quoting.json_form((*step.shell, command.text))


def _run(run: Run, step: Step, style: Style) -> str:
    command = run.command
    if isinstance(command, ShellForm):
        if run.heredoc is not None and run.heredoc.content is None:
            return f"RUN <<{run.heredoc.name}\n#!/bin/sh\n{run.heredoc.name}"
        if "\n" in command.text:
            return _run_lines(command.text, run, step, style.escape)
    flags = "".join(f"{flag} " for flag in _flags(run.flags))
    return f"RUN {flags}{_command(command, step, style, 'RUN')}"


def _flags(flags: Iterable[tuple[str, str | None]]) -> list[str]:
    """Flags whose values need no quotes: the parser removes quotes, and the expansion does so again."""
    return [
        f"--{name}" if value is None else f"--{name}={value}"
        for name, value in flags
        if _FLAG_NAME.fullmatch(name) and _FLAG_VALUE.fullmatch(value or "")
    ]


_FLAG_NAME = pattern.compile(r"[A-Za-z][A-Za-z-]*")
_FLAG_VALUE = pattern.compile(r"[\w.,:;/@%+=~*?{}()\[\]|!&<>^#-]*", re.ASCII)


def _run_lines(text: str, run: Run, step: Step, escape: str) -> str:
    """A RUN whose text has newlines: a here-document if it reads back as one, else JSON after the shell's words."""
    if not quoting.CONTROL.search(text.replace("\n", "")):
        if run.heredoc is None:
            # The text itself opens and closes its documents: `<<-EOT sh -e`, the body, `EOT`.
            if _is_one_instruction(f"RUN {text}", escape):
                return f"RUN {text}"
        elif text.endswith("\n") and not text.startswith("#!"):
            name = _document_name(text)
            return f"RUN <<{name}\n{text}{name}"
    return f"RUN {quoting.json_form((*step.shell, text))}"


def _is_one_instruction(text: str, escape: str) -> bool:
    from reconstruct.dockerfile.errors import DockerfileError
    from reconstruct.writer.check import read

    try:
        return bool(read(text, escape).heredocs)
    except DockerfileError:
        return False


def _document_name(text: str) -> str:
    """A here-document name that doesn't occur as a line of the text."""
    lines = set(text.split("\n"))
    return next(
        name for name in ("EOF", "EOT", *(f"EOF{number}" for number in range(len(lines) + 1))) if name not in lines
    )


def _pair(pair: Pair, escape: str) -> str:
    key = quoting.argument(pair.key, escape) if pair.key.startswith("--") else quoting.quote(pair.key, escape)
    return key if pair.value is None else f"{key}={quoting.quote(pair.value, escape)}"


def _arg(pair: Pair, escape: str, values: Mapping[str, str | None]) -> str:
    """ARG's names are used as written, including quotes."""
    key = quoting.printable(pair.key)
    if pair.value is None or pair.key in values:
        return key
    return f"{key}={quoting.quote(pair.value, escape) or EMPTY}"


def _pairs(keyword: str, pairs: tuple[Pair, ...], style: Style, values: Mapping[str, str | None]) -> str:
    written = [f"{pair.key}={values[pair.key]}" if pair.key in values else _pair(pair, style.escape) for pair in pairs]
    return pair_lines(keyword, written, style)


def pair_lines(keyword: str, written: list[str], style: Style) -> str:
    """The instruction with these words: on one line, or one a line."""
    if keyword == "LABEL":
        # As most write an empty one; of ENV's they write `A=`.
        written = [word + EMPTY if word.endswith("=") else word for word in written]
    if len(written) == 1 and style.layout == "original":
        written = [_value_lines(keyword, written[0], style.escape)]
    line = f"{keyword} {' '.join(written)}"
    if len(written) == 1 or len(line) <= _LONG[keyword] or style.layout == "flat":
        return line
    # A line that ends in the escape character would be escaped instead of continued.
    if any(word.endswith(style.escape) for word in written):
        return line
    return f"{keyword} " + f" {style.escape}\n{style.list_indent or _INDENT[keyword]}".join(written)


def _value_lines(keyword: str, word: str, escape: str) -> str:
    """A quoted value in the lines that left their indents in it, as in `ENV DEPS="gcc \\` with a package a line."""
    key, opened, value = word.partition('="')
    if not opened or not value.endswith('"'):
        return word
    # No shell reads the value, so only its spaces show the breaks.
    lines = shell_text(value[:-1], ("/bin/sh", "-c"), escape, "original", keyword)
    return f'{key}="' + f"{escape}\n".join(lines) + '"'


def _ports(ports: tuple[str, ...], dialect: Dialect, escape: str) -> list[str]:
    """Ports as people write them: `/tcp` is the default, and three or more in a row are a range; the classic builder
    kept them as written.

    Builders sort the words before they expand them (BuildKit and Docker, `instructions/parse.go`), so an unsorted order
    came from variables, and is kept by empty quotes, which sort before digits. Of a sorted one any order gives the same:
    authors count upwards (`EXPOSE 80 443 8080`), in 19 of 20 public EXPOSEs that sort otherwise as text.
    """
    words = [quoting.argument(port, escape) for port in ports]
    if not registry.of(dialect).own_ports:
        short = _ranges([port.removesuffix("/tcp") for port in ports], escape)
        words = short if short == sorted(short) else words
    if words == sorted(words) and all(map(_NUMBER.match, words)):
        return sorted(words, key=lambda word: int(_NUMBER.match(word)[0]))  # type: ignore[index]
    result: list[str] = []
    rank = 0
    for index in range(len(words) - 1, -1, -1):
        rank += index + 1 < len(words) and words[index] > words[index + 1]
        if rank > _MOST_RANKS:
            # No real variables would differ this much from the sorted order.
            return words
        result.append(EMPTY * rank + words[index])
    return result[::-1]


_MOST_RANKS = 64


def _ranges(words: list[str], escape: str) -> list[str]:
    result: list[str] = []
    index = 0
    while index < len(words):
        end = index
        while end + 1 < len(words) and _follows(words[end], words[end + 1]):
            end += 1
        if end - index >= 2:
            result.append(f"{words[index].partition('/')[0]}-{words[end]}")
            index = end + 1
        else:
            result.append(quoting.argument(words[index], escape))
            index += 1
    return result


def _follows(first: str, second: str) -> bool:
    a, b = first.partition("/"), second.partition("/")
    return bool(_NUMBER.fullmatch(a[0]) and _NUMBER.fullmatch(b[0])) and int(b[0]) == int(a[0]) + 1 and a[2] == b[2]


_NUMBER = pattern.compile(r"[0-9]{1,5}")


def source_names(copy: Copy) -> tuple[str, ...]:
    """Readable placeholders for sources known only by checksum: `file-<12 hex>-<name>`, `dir-<12 hex>`,
    `multi-<12 hex>-1` and `-2`."""
    kind, _, digest = (copy.checksum or "").partition(":")
    name = f"{kind}-{digest[:12]}"
    if kind == "multi":
        return f"{name}-1", f"{name}-2"
    if kind == "file":
        if isinstance(copy, Add) and copy.destination in ("/", "\\"):
            return (f"{name}.tar.gz",)
        last = copy.destination.replace("\\", "/").rpartition("/")[2]
        if _FILE_NAME.fullmatch(last):
            return (f"{name}-{last}",)
    return (f"{name}/",) if kind == "dir" else (name,)


_FILE_NAME = pattern.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]*")


def _copy(copy: Copy, step: Step, style: Style) -> str:
    head = " ".join([copy.keyword, *_flags(copy.flags)])
    if copy.heredocs:
        return _copy_heredocs(copy, head, style)
    sources = source_names(copy) if copy.checksum else copy.sources
    if registry.of(step.dialect).own_destination:
        # buildah keeps the destination as in the Dockerfile, including variables.
        own = copy.destination
        if re.search(r"\s", own) or not own or own.endswith(style.escape) or "<<" in own:
            return f"{head} {quoting.json_form((*sources, own))}"
        return f"{head} {quoting.word_list(sources, style.escape)} {quoting.printable(own)}"
    return f"{head} {quoting.word_list((*sources, copy.destination), style.escape)}"


def _copy_heredocs(copy: Copy, head: str, style: Style) -> str:
    words = [*(quoting.escaped(source, style.escape) for source in copy.sources)]
    openers = [f"<<{document.name}" for document in copy.heredocs]
    lines = [f"{head} {' '.join([*words, *openers])} {quoting.escaped(copy.destination, style.escape)}"]
    for document in copy.heredocs:
        lines += [*([document.content.rstrip("\n")] if document.content else []), document.name]
    return "\n".join(lines)


def _healthcheck(check: Healthcheck, step: Step, style: Style) -> str:
    if check.command is None:
        return "HEALTHCHECK NONE"
    flags = [
        f"--{name}={golang.spell_duration(value)}"
        for name, value in (
            ("interval", check.interval),
            ("timeout", check.timeout),
            ("start-period", check.start_period),
            ("start-interval", check.start_interval),
        )
        if value
    ]
    if check.retries:
        flags.append(f"--retries={check.retries}")
    head = " ".join(["HEALTHCHECK", *flags])
    if isinstance(check.command, ShellForm) and not quoting.shell_text_is_plain(
        check.command.text, style.escape, heredocs=False
    ):
        # CMD-SHELL has no other notation, so characters that a line can't contain are spelled out.
        return f"{head} CMD {quoting.text_argument(check.command.text, style.escape) or 'true'}"
    command = _command(check.command, step, style, "HEALTHCHECK")
    if flags and len(head) + len(command.split("\n", 1)[0]) > _LONG["HEALTHCHECK"] and style.layout != "flat":
        return f"{head} {style.escape}\n{_INDENT['HEALTHCHECK']}CMD {command}"
    return f"{head} CMD {command}"


def summary(step: Step, escape: str = "\\") -> str:
    """The step on one line, for tables and findings: Dockerfile text, or the tool's own text."""
    instruction = step.instruction
    if isinstance(instruction, RootFilesystem):
        return one_line(f"# root file system: {root_text(instruction)}")
    if isinstance(instruction, Foreign):
        return one_line(f"# {instruction.maker}: {instruction.text}")
    return one_line(write(step, _flat(escape)))


@cache
def _flat(escape: str) -> Style:
    return Style(escape=escape, layout="flat")


ROOTS = {
    "windows-apply": "Windows base image {detail}",
    "windows-update": "Windows update {detail}",
    "debuerreotype": "debuerreotype, Debian {detail}",
    "import": "docker import, from {detail}",
    "image-factory": "{detail}",
    "maker": "{detail}",
    "commit": "committed from a container that ran {detail}",
}


def root_text(root: RootFilesystem) -> str:
    """A description of what provided the root file system."""
    return ROOTS.get(root.kind, "{kind} {detail}").format(kind=root.kind, detail=root.detail or "unknown").strip()


__all__ = ["Style", "root_text", "source_names", "summary", "write"]
