"""Whether what we write is read as what we mean: every instruction is given to the project's own reader before it is printed.

The promise is that a builder takes what we write, whatever history holds, and reads from it exactly the instructions that we
say it has. The reader tells the borders and the form of each instruction; what else a builder checks (ports, signals,
variables in a maker's own line) is proved here for common values, and predicted for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from reconstruct import pattern
from reconstruct.dockerfile.ast import instruction as ast_of
from reconstruct.dockerfile.check import check, check_mounts
from reconstruct.dockerfile.dialect import BUILDKIT
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.heredoc import heredoc_mark
from reconstruct.dockerfile.instruction import HEREDOC_KEYWORDS
from reconstruct.dockerfile.lines import Line, Lines, with_documents
from reconstruct.dockerfile.model import Instruction as Parsed
from reconstruct.dockerfile.quoting import is_json_list, marks, printable
from reconstruct.dockerfile.words import value
from reconstruct.golang import SPACES
from reconstruct.syntax import (
    Arg,
    Cmd,
    Command,
    Copy,
    Entrypoint,
    Env,
    ExecForm,
    Expose,
    Healthcheck,
    Instruction,
    Label,
    Maintainer,
    Onbuild,
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
# Words that every builder expands without a complaint: quotes closed, no escapes, plain variables.
_VARIABLE = r"\$\w++|\$\{\w++(?::[-+][^{}\"'\\`$]*+)?\}"
_EXPANDS = pattern.compile(rf"""(?:[^"'\\`$]++|{_VARIABLE}|"(?:[^"\\`$]++|{_VARIABLE})*+"|'[^'\\`]*+')*+""", re.ASCII)
_MODE = pattern.compile(r"[0-7]{3,4}")


def read(text: str, escape: str) -> Parsed:
    """The one instruction that is the whole of `text`. Raises DockerfileError where a builder would read none or several,
    or would go on to read what stands behind it."""
    found: Parsed | None = None
    bodies: list[list[Line]] = []
    number = 0
    for line in Lines(text, BUILDKIT, escape, directives=False):
        if line.number == number or (found is not None and line.kind not in ("BODY", "END")):
            raise DockerfileError("it would be read as more, or less, than one instruction")
        number = line.number
        if found is None:
            found = line.instruction
            bodies = [[]] if found is not None and found.heredocs else []
            continue
        bodies[-1].append(line)
        if line.kind == "END" and len(bodies) < len(found.heredocs):
            bodies.append([])
    if found is None or number != text.count("\n") + 1:
        raise DockerfileError("it would be read as no instruction")
    return with_documents(found, bodies)


def examine(step: Step, text: str, escape: str) -> tuple[bool, str]:
    """Whether `text` is proved to be taken as `step`'s instruction, and why it can't be written, if so."""
    meant = step.instruction
    try:
        parsed = read(text, escape)
        if parsed.keyword != meant.keyword:
            return False, f"it would be read as {parsed.keyword}"
        if _read_otherwise(parsed) or (parsed.trigger is not None and _read_otherwise(parsed.trigger)):
            return False, "older parsers would take it for an exec form"
        if (
            "<<" in parsed.text
            and (parsed.trigger or parsed).keyword in HEREDOC_KEYWORDS
            and marks(parsed.text) is None
        ):
            return False, "not every builder would see the same here-documents"
        for each in (parsed, parsed.trigger):
            if each is not None:
                check(each, BUILDKIT)
                _check_flags(each)
        got = ast_of(parsed, BUILDKIT, escape)
    except DockerfileError as error:
        return False, error.reason
    if got is None:
        return False, "it would be read as no instruction"
    if meant.written is not None:
        return _own_line_is_plain(meant, parsed), ""
    if not _agree(meant, got, parsed, step, escape):
        return False, "it has no spelling that is read back as this"
    return _is_plain(meant), ""


def _check_flags(parsed: Parsed) -> None:
    """Flags of instructions that builders do not look at, and mounts whose values are known."""
    if parsed.flags and parsed.keyword in ("ARG", "STOPSIGNAL"):
        raise DockerfileError(f"{parsed.keyword} has no flags")
    if parsed.keyword == "RUN" and parsed.flags and "$" not in "".join(parsed.flags):
        check_mounts(parsed, BUILDKIT, "/?", str)


def _read_otherwise(parsed: Parsed) -> bool:
    """Whether a list in JSON begins the text: parsers before BuildKit's take that for the whole of it."""
    args = parsed.args[1:] if parsed.keyword == "HEALTHCHECK" else parsed.args
    return not parsed.json and parsed.keyword in _JSON and bool(args) and is_json_list(" ".join(args))


_JSON = frozenset({"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "COPY", "ADD", "VOLUME", "SHELL"})


def _agree(meant: Instruction, got: Instruction, parsed: Parsed, step: Step, escape: str) -> bool:
    """Whether what is read back is what is meant, control characters spelled out."""
    match meant, got:
        case (Run(), Run()):
            return _same_script(meant, parsed) if parsed.heredocs else _same_command(meant.command, got.command, step)
        case (Cmd() | Entrypoint(), Cmd() | Entrypoint()):
            return _same_command(meant.command, got.command, step)
        case (Healthcheck(), Healthcheck()):
            return _same_check(meant, got, escape)
        case (Shell(), Shell()):
            return len(meant.words) == len(got.words)
        case (Env() | Label(), Env() | Label()):
            keys = [value(pair.key, escape) for pair in parsed.pairs]
            values = [value(pair.value, escape) for pair in parsed.pairs]
            pairs = [(printable(pair.key), printable(pair.value or "")) for pair in meant.pairs]
            return list(zip(keys, values, strict=True)) == pairs
        case (Arg(), Arg()):
            words = [word.partition("=") for word in parsed.args]
            read_back = [(key, value(text, escape) if equals else None) for key, equals, text in words]
            return read_back == [
                (printable(pair.key), None if pair.value is None else printable(pair.value)) for pair in meant.pairs
            ]
        case (Volume(), Volume()):
            return _exact(parsed.args, meant.paths, escape)
        case (User(), User()):
            return _exact(parsed.args, [meant.user], escape)
        case (Workdir(), Workdir()):
            return _exact(parsed.args, [meant.path], escape)
        case (Stopsignal(), Stopsignal()):
            return _exact(parsed.args, [meant.signal], escape)
        case (Copy(), Copy()):
            return _same_copy(meant, got, step)
        case (Maintainer(), Maintainer()):
            return _same_text(meant.name, got.name, escape)
        case (Onbuild(), Onbuild()):
            return parsed.heredocs != () or _same_text(meant.trigger, got.trigger, escape)
    return isinstance(got, Expose)


def _exact(words: Iterable[str], meant: Iterable[str], escape: str) -> bool:
    return [value(word, escape) for word in words] == [printable(word) for word in meant]


def _same_text(meant: str, got: str, escape: str) -> bool:
    meant = printable(meant).strip(SPACES)
    return got in (meant, meant + escape)


def _bare(text: str) -> str:
    """What a layout may not change: the text without its white space."""
    return "".join(text.split())


def _same_command(meant: Command, got: Command, step: Step) -> bool:
    if isinstance(meant, ShellForm):
        if isinstance(got, ShellForm):
            return _bare(got.text) == _bare(meant.text)
        return got.words[:-1] == step.shell and len(got.words) > len(step.shell)
    return isinstance(got, ExecForm) and len(got.words) == len(meant.words)


def _same_script(meant: Run, parsed: Parsed) -> bool:
    """The shell gets a document that stands alone, or the line with its documents behind it."""
    if meant.heredoc is not None and meant.heredoc.content is None:
        return True
    (line,) = parsed.args
    first = parsed.heredocs[0]
    alone = heredoc_mark(line) is not None
    text = first.text if alone else line + "".join(f"\n{each.text}{each.name}" for each in parsed.heredocs)
    return meant.command == ShellForm(text)


def _same_check(meant: Healthcheck, got: Healthcheck, escape: str) -> bool:
    numbers = ("interval", "timeout", "start_period", "start_interval", "retries")
    if meant.command is None or got.command is None:
        return meant.command is got.command
    if isinstance(meant.command, ShellForm):
        same = isinstance(got.command, ShellForm) and _same_text(
            _bare(meant.command.text) or "true", _bare(got.command.text), escape
        )
    else:
        same = isinstance(got.command, ExecForm) and len(got.command.words) == len(meant.command.words)
    return same and all(getattr(meant, name) == getattr(got, name) for name in numbers)


def _same_copy(meant: Copy, got: Copy, step: Step) -> bool:
    """The paths' number and kind: buildah keeps the destination in its own text, and a checksum stands for sources."""
    marks = [source for source in got.sources if source.startswith("<<")]
    if len(marks) != len(meant.heredocs):
        return False
    if meant.checksum is None and len(got.sources) != len(meant.sources) + len(meant.heredocs):
        return False
    return meant.keyword == got.keyword and (bool(got.destination) or not meant.destination)


def _is_plain(instruction: Instruction) -> bool:
    """Whether values that were written as they are meant are among those that every builder takes."""
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
            return _copy_is_plain(instruction)
    return True


def _in_range(port: str) -> bool:
    first, _, last = port.partition("/")[0].partition("-")
    return int(first) <= int(last or first) <= 65535


def _copy_is_plain(copy: Copy) -> bool:
    if any(name not in ("chown", "chmod", "link", "parents") for name, _ in copy.flags):
        return False
    if any(name == "chmod" and not _MODE.fullmatch(text or "") for name, text in copy.flags):
        return False
    several = len(copy.sources) > 1 or (copy.checksum or "").startswith("multi:")
    if several and not copy.destination.endswith(("/", "\\")):
        return False
    paths = (*copy.sources, copy.destination)
    return all(path.strip() and not path.startswith(("http:", "https:", "git@")) for path in paths) and bool(
        _EXPANDS.fullmatch(copy.destination)
    )


def _own_line_is_plain(meant: Instruction, parsed: Parsed) -> bool:
    """Whether a maker's own line holds nothing that BuildKit looks at more closely than the reader does."""
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
    """The line (1-based) of the Dockerfile `text` that BuildKit would refuse, and why; None if it takes it whole."""
    from reconstruct.builders.predicting import predict
    from reconstruct.errors import ReconstructError

    try:
        predict(text, builder="buildkit", platform=platform)
    except DockerfileError as error:
        return error.line, error.reason
    except ReconstructError as error:
        return None, str(error)
    return None
