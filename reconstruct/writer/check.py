"""Checks that our output is read as intended: every instruction is parsed with the project's own reader before it is printed.

The promise is that a builder accepts our output, whatever history contains, and reads exactly the instructions that we say
it has. The reader finds the boundaries and the form of each instruction; a builder's other checks (ports, signals,
variables in lines kept by the builder) are proved here for common values, and predicted for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from reconstruct import pattern
from reconstruct.dockerfile.check import check, check_mounts, healthcheck
from reconstruct.dockerfile.dialect import BUILDKIT, CLASSIC
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.instruction import HEREDOC_KEYWORDS, read_instruction, split_keyword
from reconstruct.dockerfile.model import Instruction as Parsed
from reconstruct.dockerfile.quoting import PLAIN_WORDS, has_long_line, is_json_list, marks, printable
from reconstruct.dockerfile.words import value
from reconstruct.golang import SPACES
from reconstruct.record import replace
from reconstruct.syntax import (
    Arg,
    Cmd,
    Command,
    Copy,
    Dialect,
    Entrypoint,
    Env,
    ExecForm,
    Expose,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
    Pair,
    Run,
    Shell,
    ShellForm,
    Step,
    Stopsignal,
    User,
    Volume,
    Workdir,
)

_PORT = pattern.compile(r"[0-9]{1,5}(?:-[0-9]{1,5})?(?:/(?:tcp|udp|sctp))?")
_SIGNAL = pattern.compile(
    r"SIG(?:HUP|INT|QUIT|ABRT|USR1|USR2|TERM|KILL|WINCH|STOP|CONT|PWR|ALRM|PIPE)|[1-9]|[1-5][0-9]|6[0-4]"
)
# Words that every builder expands without an error: closed quotes, no escapes, plain variables.
_VARIABLE = r"\$\w++|\$\{\w++(?::[-+][^{}\"'\\`$]*+)?\}"
_EXPANDS = pattern.compile(rf"""(?:[^"'\\`$]++|{_VARIABLE}|"(?:[^"\\`$]++|{_VARIABLE})*+"|'[^'\\`]*+')*+""", re.ASCII)
_MODE = pattern.compile(r"[0-7]{3,4}")


def read(text: str, escape: str) -> Parsed:
    """The single instruction that is all of `text`. Raises DockerfileError if a builder would read none or several,
    or would continue with the text after it."""
    if (common := joined(text, escape)) is not None:
        return read_instruction(common, BUILDKIT, escape, 1, text.count("\n") + 1)
    from reconstruct.dockerfile.lines import Line, Lines, with_documents

    found: Parsed | None = None
    bodies: list[list[Line]] = []
    number = 0
    for line in Lines(text, BUILDKIT, escape, directives=False):
        if line.number == number or (found is not None and line.kind not in ("BODY", "END")):
            raise DockerfileError("it would not be parsed as exactly one instruction")
        number = line.number
        if found is None:
            found = line.instruction
            bodies = [[]] if found is not None and found.heredocs else []
            continue
        bodies[-1].append(line)
        if line.kind == "END" and len(bodies) < len(found.heredocs):
            bodies.append([])
    if found is None or number != text.count("\n") + 1:
        raise DockerfileError("it would not be parsed as an instruction")
    return with_documents(found, bodies)


def joined(text: str, escape: str) -> str | None:
    """The logical line of the lines of `text` in the common case; None if `Lines` is needed:
    for here-documents, comments, empty lines, white space after an escape character."""
    if "<<" in text or "\r" in text or has_long_line(text) or not "A" <= text[:1] <= "z":
        return None
    if "\n" not in text:
        return None if text.rstrip(" \t").endswith(escape) else text
    *lines, last = text.split("\n")
    parts = []
    for line in lines:
        if line[-1:] != escape or line[-2:] == escape * 2 or line.lstrip(SPACES)[:1] == "#":
            return None
        parts.append(line[:-1])
    if last.rstrip(" \t").endswith(escape) or last.lstrip(SPACES)[:1] in ("", "#"):
        return None
    return "".join(parts) + last


def examine(step: Step, text: str, escape: str, values: Mapping[str, str | None] | None = None) -> tuple[bool, str]:
    """Whether `text` is proved to be read as `step`'s instruction, and why it can't be written, if it can't.

    `values`: how values of ENV are meant to be written, where that isn't the value itself.
    """
    meant = step.instruction
    line = joined(text, escape)
    if line is not None and meant.written is not None:
        if own_line_plainly(meant, line):
            return True, ""
    elif line is not None and not values and _plainly(meant, line, step):
        return _is_plain(meant, escape), ""
    return by_reader(step, text, escape, values or {})


def by_reader(step: Step, text: str, escape: str, values: Mapping[str, str | None]) -> tuple[bool, str]:
    """`examine` for any text: by parsing it."""
    meant = step.instruction
    try:
        parsed = read(text, escape)
        if parsed.keyword != meant.keyword:
            return False, f"it would be parsed as {parsed.keyword}"
        if _read_otherwise(parsed) or (parsed.trigger and _read_otherwise(parsed.trigger)):
            return False, "older parsers would take it for exec form"
        if (
            "<<" in parsed.text
            and (parsed.trigger or parsed).keyword in HEREDOC_KEYWORDS
            and marks(parsed.text) is None
        ):
            return False, "builders would parse its here-documents differently"
        check(parsed, BUILDKIT)
        if parsed.flags:
            _check_flags(parsed, escape)
        if parsed.trigger is not None:
            check(parsed.trigger, BUILDKIT)
            _check_flags(replace(parsed.trigger, text=split_keyword(parsed.text)[1]), escape)
        if meant.written is None and not _agree(meant, parsed, step, escape, values):
            return False, "it can't be written so that it is parsed back unchanged"
    except DockerfileError as error:
        return False, error.reason
    if meant.written is not None:
        return bool(parsed.args or parsed.pairs) and _own_line_is_plain(meant, parsed), ""
    return _is_plain(meant, escape), ""


# Pairs of a plain name and a value in plain characters or in quotes, with nothing in it that expands or escapes.
_PAIR = r"""[A-Za-z_][\w./-]*+=(?:[\w./:@%+=,*?!~^-]++|"[ !#%&(-\[\]^_a-~]*+"|'[ -&(-\[\]^_a-~]*+')*+"""
_PAIRS = pattern.compile(rf"(?: ++{_PAIR})++", re.ASCII)
_ONE_PAIR = pattern.compile(_PAIR, re.ASCII)
# `ENV NAME value`, the value without quotes and escapes, and with plain variables.
_OLD_FORM = pattern.compile(
    r"ENV [A-Za-z_][\w.-]*+ (?=[^ ])(?:[\w./:;@%+=,*?!~^ -]|\$(?:[A-Za-z_]\w*+|\{[A-Za-z_]\w*+\}))*+(?<! )", re.ASCII
)
# A JSON list of words without escapes.
_LIST = pattern.compile(r'\["[ !#-\[\]-~]*+"(?:, ?"[ !#-\[\]-~]*+")*+\]')
_IN_JSON = pattern.compile(r"[ !#-\[\]-~]*")


def _plainly(meant: Instruction, line: str, step: Step) -> bool:
    """Whether the characters of a logical line prove that it is read back as `meant`: of the common forms, which need no reader,
    those that `plain_text` leaves."""
    keyword = meant.keyword
    if isinstance(meant, (Run, Cmd, Entrypoint)):
        command = meant.command
        if isinstance(command, ShellForm):
            return line == f"{keyword} {command.text}" and _is_bare(command.text)
        shown = '", "'.join(command.words)
        return line == f'{keyword} ["{shown}"]' and bool(_IN_JSON.fullmatch("".join(command.words)))
    if isinstance(meant, (Env, Label)) and line.startswith(f"{keyword} ") and _PAIRS.fullmatch(line, len(keyword)):
        shown_words = _ONE_PAIR.findall(line, len(keyword))
        return len(shown_words) == len(meant.pairs) and all(map(_shows, shown_words, meant.pairs))
    words = _plain_words(line, keyword)
    if not words:
        return False
    match meant:
        case Env() | Label():
            return words == [f"{pair.key}={pair.value or ''}" for pair in meant.pairs] and _named(meant.pairs)
        case Stopsignal():
            return words == [meant.signal]
        case Copy():
            # buildah keeps the destination in its own text.
            return step.dialect is Dialect.BUILDAH and not meant.heredocs and _as_many_words(meant, words)
    return isinstance(meant, Expose)


def own_line_plainly(meant: Instruction, line: str) -> bool:
    """The same for a line kept by the builder: its characters prove that every builder takes it."""
    keyword = meant.keyword
    if isinstance(meant, (Run, Cmd, Entrypoint)):
        shown = line.removeprefix(f"{keyword} ")
        if shown[:1] == "[":
            return bool(_LIST.fullmatch(shown))
        return shown is not line and _is_bare(shown)
    if isinstance(meant, (Env, Label, Arg)) and line.startswith(f"{keyword} ") and _PAIRS.fullmatch(line, len(keyword)):
        return True
    if isinstance(meant, Env) and _OLD_FORM.fullmatch(line):
        return True
    words = _plain_words(line, keyword)
    if not words:
        return False
    match meant:
        case Env() | Label():
            return all("=" in word[1:] and word[0] != "=" for word in words)
        case Arg():
            return all(word[0] != "=" for word in words)
        case Stopsignal():
            return len(words) == 1 and bool(_SIGNAL.fullmatch(words[0]))
        case Expose():
            return all(_PORT.fullmatch(port) and _in_range(port) for port in words)
    return isinstance(meant, (Workdir, User, Volume))


def _is_bare(text: str) -> bool:
    """Whether a shell form's text begins and ends as it is read: it is no flag, no JSON list, and has no blanks around it."""
    return text[:1] not in _OPENING and text.strip(SPACES) == text


def _plain_words(line: str, keyword: str) -> list[str]:
    """The words behind the keyword of a line in plain characters; none if it isn't such a line."""
    head, *words = line.split() if PLAIN_WORDS.fullmatch(line) else ("",)
    return words if head == keyword else []


def _shows(word: str, pair: Pair) -> bool:
    """Whether a word of `_PAIR` is the pair, in one pair of quotes or in none."""
    key, text = pair.key, pair.value or ""
    if "=" in key or "'" in text:
        return False
    return word == f"{key}='{text}'" or ('"' not in text and word in (f"{key}={text}", f'{key}="{text}"'))


# What a flag or a JSON list begins with; no text at all.
_OPENING = ("", "-", "[")


def _named(pairs: Iterable[Pair]) -> bool:
    """Whether the names of pairs end where their words' first `=` stands."""
    return all(pair.key and "=" not in pair.key for pair in pairs)


def _as_many_words(meant: Copy, words: list[str]) -> bool:
    """Whether plain words may be COPY's; a checksum replaces any number of sources."""
    return len(words) > 1 and (meant.checksum is not None or len(words) == len(meant.sources) + 1)


def _check_flags(parsed: Parsed, escape: str) -> None:
    """Checks flags of instructions that ignore them, mounts with known values, and the escape character, which
    older parsers ignore in flags."""
    if escape != "\\" and parsed.flags != read_instruction(parsed.text, CLASSIC, escape).flags:
        raise DockerfileError("builders would parse its flags differently")
    if parsed.flags and parsed.keyword in ("ARG", "STOPSIGNAL"):
        raise DockerfileError(f"{parsed.keyword} has no flags")
    if parsed.keyword == "RUN" and parsed.flags and "$" not in "".join(parsed.flags):
        check_mounts(parsed, BUILDKIT, "/?", str)


def _read_otherwise(parsed: Parsed) -> bool:
    """Whether the text starts with a JSON list, which parsers before BuildKit's take for all of it."""
    args = parsed.args[1:] if parsed.keyword == "HEALTHCHECK" else parsed.args
    if parsed.json or not args or args[0].lstrip(SPACES)[:1] != "[" or parsed.keyword not in _JSON:
        return False
    return is_json_list(" ".join(args))


_JSON = frozenset({"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "COPY", "ADD", "VOLUME", "SHELL"})


def _agree(meant: Instruction, parsed: Parsed, step: Step, escape: str, values: Mapping[str, str | None]) -> bool:
    """Whether the text read back equals the intended one, with control characters spelled out."""
    match meant:
        case Run():
            return _same_script(meant, parsed) if parsed.heredocs else _same_command(meant.command, parsed, step)
        case Cmd() | Entrypoint():
            return _same_command(meant.command, parsed, step)
        case Env() | Label():
            read_back = [
                (value(pair.key, escape), pair.value if pair.key in values else value(pair.value, escape))
                for pair in parsed.pairs
            ]
            return read_back == [
                (printable(pair.key), values.get(pair.key, printable(pair.value or ""))) for pair in meant.pairs
            ]
        case Arg():
            words = [word.partition("=") for word in parsed.args]
            given = [(key, value(text, escape) if equals else None) for key, equals, text in words]
            return given == [
                (printable(pair.key), None if pair.value is None or pair.key in values else printable(pair.value))
                for pair in meant.pairs
            ]
        case Volume():
            return _exact(parsed.args, meant.paths, escape)
        case User():
            return _exact(parsed.args, [meant.user], escape)
        case Workdir():
            return _exact(parsed.args, [meant.path], escape)
        case Stopsignal():
            return _exact(parsed.args, [meant.signal], escape)
        case Copy():
            return _same_copy(meant, parsed, step, escape)
        case Shell():
            return parsed.args == _as_json(meant.words)
        case Healthcheck():
            return _same_check(meant, parsed, escape)
        case Maintainer():
            return _same_text(meant.name, parsed.args[0], escape)
        case Onbuild():
            return parsed.heredocs != () or _same_text(meant.trigger, split_keyword(parsed.text)[1], escape)
    return bool(parsed.args)


def _exact(words: Iterable[str], meant: Iterable[str], escape: str) -> bool:
    return [value(word, escape) for word in words] == [printable(word) for word in meant]


def _same_text(meant: str, got: str, escape: str) -> bool:
    meant = printable(meant).strip(SPACES)
    return got in (meant, meant + escape)


def _as_json(words: Iterable[str]) -> tuple[str, ...]:
    """JSON can spell every word, except unpaired surrogates."""
    return tuple(word if word.isascii() else _SURROGATE.sub("\ufffd", word) for word in words)


_SURROGATE = pattern.compile(r"[\ud800-\udfff]")


def _same_command(meant: Command, parsed: Parsed, step: Step) -> bool:
    if isinstance(meant, ExecForm):
        return parsed.json and parsed.args == _as_json(meant.words)
    if parsed.json:
        return parsed.args == _as_json((*step.shell, meant.text))
    (got,) = parsed.args or ("",)
    # A layout of our own changes white space.
    return got == meant.text or "".join(got.split()) == "".join(meant.text.split())


def _same_script(meant: Run, parsed: Parsed) -> bool:
    """The shell gets a single document, or the line with its documents after it."""
    if meant.heredoc is not None and meant.heredoc.content is None:
        return True
    from reconstruct.dockerfile.heredoc import heredoc_mark

    (line,) = parsed.args
    first = parsed.heredocs[0]
    alone = heredoc_mark(line) is not None
    text = first.text if alone else line + "".join(f"\n{each.text}{each.name}" for each in parsed.heredocs)
    return meant.command == ShellForm(text)


def _same_check(meant: Healthcheck, parsed: Parsed, escape: str) -> bool:
    got = healthcheck(parsed, BUILDKIT)
    kind, *words = got["Test"]
    if meant.command is None:
        return bool(kind == "NONE")
    if isinstance(meant.command, ExecForm):
        same = kind == "CMD" and tuple(words) == _as_json(meant.command.words)
    else:
        text = "".join(meant.command.text.split()) or "true"
        same = kind == "CMD-SHELL" and _same_text(text, "".join(words[0].split()), escape)
    numbers = (meant.interval, meant.timeout, meant.start_period, meant.start_interval, meant.retries)
    return same and numbers == tuple(got.get(key, 0) for key in _NUMBERS)


_NUMBERS = ("Interval", "Timeout", "StartPeriod", "StartInterval", "Retries")


def _same_copy(meant: Copy, parsed: Parsed, step: Step, escape: str) -> bool:
    """Compares the words; a checksum replaces sources, and buildah keeps the destination in its own text."""
    *sources, destination = parsed.args
    documents = [source for source in sources if source.startswith("<<")]
    if len(documents) != len(meant.heredocs):
        return False
    if meant.checksum is None and len(sources) != len(meant.sources) + len(meant.heredocs):
        return False
    if step.dialect is Dialect.BUILDAH:
        return bool(destination)
    named = () if meant.checksum is not None else meant.sources
    return _exact([*sources[: len(named)], destination], [*named, meant.destination], escape)


def _is_plain(instruction: Instruction, escape: str) -> bool:
    """Whether values written unchanged are among those that every builder accepts."""
    match instruction:
        case Expose():
            return all(_PORT.fullmatch(port) and _in_range(port) for port in instruction.ports)
        case Stopsignal():
            return bool(_SIGNAL.fullmatch(instruction.signal))
        case Volume():
            return all(path.strip() for path in instruction.paths)
        case Workdir():
            return bool(instruction.path.strip())
        case Copy():
            return copy_is_plain(instruction, escape)
    return True


def _in_range(port: str) -> bool:
    first, _, last = port.partition("/")[0].partition("-")
    return int(first) <= int(last or first) <= 65535


def copy_is_plain(copy: Copy, escape: str) -> bool:
    """Whether every builder accepts COPY's or ADD's values: common flags, no address, a destination that is expanded
    without an error, a folder for several sources."""
    for name, text in copy.flags:
        if name not in ("chown", "chmod", "link", "parents") or (name == "chmod" and not _MODE.fullmatch(text or "")):
            return False
    destination = copy.destination
    several = len(copy.sources) > 1 or (copy.checksum or "").startswith("multi:")
    if several and not destination.endswith(("/", "\\")):
        return False
    paths = (*copy.sources, destination)
    for path in paths:
        if not path.strip() or path.startswith(("http:", "https:", "git@")):
            return False
    if (escape == "`" and "\\" in destination) or any(path[1:2] == ":" for path in paths):
        return all(_ON_WINDOWS.fullmatch(path) for path in paths)
    return _expands(destination)


# Paths that aren't on another drive than the system's, nor on another machine.
_ON_WINDOWS = pattern.compile(r"(?:[Cc]:(?=.))?(?![\\/]{2})[\w.\\/ ()+,-]++", re.ASCII)


def _own_line_is_plain(meant: Instruction, parsed: Parsed) -> bool:
    """Whether a line kept by the builder has nothing that BuildKit checks more strictly than the reader."""
    if parsed.heredocs or parsed.flags:
        return isinstance(meant, Healthcheck)
    match meant:
        case Expose():
            return all(_PORT.fullmatch(port) and _in_range(port) for port in parsed.args)
        case Stopsignal():
            return bool(_SIGNAL.fullmatch(parsed.args[0]))
        case Env() | Label():
            return all(_expands(pair.key) and _expands(pair.value) for pair in parsed.pairs)
        case Arg():
            return all(_expands(word) for word in parsed.args)
        case Workdir() | User():
            return _expands(parsed.args[0])
        case Volume():
            return all(_expands(word) and "$" not in word for word in parsed.args)
        case Copy():
            return False
    return True


def _expands(word: str) -> bool:
    return bool(_EXPANDS.fullmatch(word))


def refused(text: str, platform: str) -> tuple[int | None, str] | None:
    """The line (1-based) of the Dockerfile `text` that BuildKit would reject, and why; None if it accepts everything."""
    from reconstruct.builders.predicting import predict
    from reconstruct.errors import ReconstructError

    try:
        predict(text, builder="buildkit", platform=platform)
    except DockerfileError as error:
        return error.line, error.reason
    except ReconstructError as error:
        return None, str(error)
    return None
