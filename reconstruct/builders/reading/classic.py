"""The classic builder's history, Linux and Windows: `<shell> #(nop)  CMD …`, `|N A=1 <shell> <text>`."""

from __future__ import annotations

from reconstruct import pattern
from reconstruct.builders.reading import bodies, build_args, copying
from reconstruct.builders.reading.shells import split_shell
from reconstruct.builders.reading.state import Reading, State
from reconstruct.builders.recognise import KEYWORDS
from reconstruct.syntax import ExecForm, Pair, Run, ShellForm

_SHELL_LIKE = pattern.compile(r"(?i)\S*?(?:sh|cmd|powershell|python[\d.]*|perl|node)(?:\.exe)?(?=\s|$)")
NOP = pattern.compile(r"(?P<shell>[\s\S]*?) ?#\(nop\)  *(?P<keyword>[A-Za-z]+)(?: (?P<body>[\s\S]*))?")
# More than anybody declares; a bound for histories that nobody wrote.
_MOST_ARGUMENTS = 512
_WORDS = "the exec form's word borders: the builder joined the words with blanks"


def is_instruction(created_by: str, state: State) -> bool:
    """Whether the entry is an instruction behind a shell and `#(nop)`, not a RUN whose text says `#(nop)`."""
    match = NOP.fullmatch(created_by)
    if match is None:
        return False
    shell = match["shell"]
    if shell in state.shell_texts() or (match["keyword"] == "SHELL" and match["body"] == f"[{shell}]"):
        return True
    if match["keyword"].upper() not in KEYWORDS:
        return False
    return not created_by.startswith((state.shell_text + " ", "|")) and bool(_SHELL_LIKE.match(shell) or not shell)


def instruction(created_by: str, state: State) -> Reading | None:
    """An entry that carries `#(nop)`: any instruction but RUN. The text in front is the shell in force."""
    match = NOP.fullmatch(created_by)
    if match is None:
        return None
    keyword, body = match["keyword"].upper(), match["body"] or ""
    if match["shell"] and match["shell"] != state.shell_text and keyword != "SHELL":
        # A base set this shell where its own history does not show it.
        known = [words for words in (state.hints.shell, *state.shells_seen) if words]
        state.shell = split_shell(match["shell"], known)[0]
    if keyword in ("COPY", "ADD"):
        return copying.checksummed(keyword, body) or copying.named(keyword, body.rstrip(" "), state)
    return bodies.read(keyword, body, state)


def run(created_by: str, state: State) -> Reading:
    """An entry without `#(nop)`: RUN, its words joined by blanks."""
    pairs = None
    text = created_by
    inferred: tuple[str, ...] = ()
    prefix = _prefix(created_by, state)
    if prefix is not None:
        pairs, text = prefix.pairs, prefix.rest
        if not prefix.sure:
            inferred = ("where the build arguments end and the command begins",)
    return command(text, pairs, state, inferred)


def _prefix(created_by: str, state: State) -> build_args.Prefix | None:
    if build_args.count(created_by) is None:
        return None
    declared = state.declared[-_MOST_ARGUMENTS:]
    expected = {pair.key: pair.value for pair in declared if pair.value is not None}
    names = sorted({pair.key for pair in declared} - state.env.keys())
    valued = sorted({pair.key for pair in declared if pair.value is not None} - state.env.keys())
    return build_args.read_counted(
        created_by,
        candidates=(valued, names),
        declared={pair.key for pair in declared},
        expected=expected,
        shells=state.shell_texts(),
    )


def command(
    text: str,
    pairs: tuple[Pair, ...] | None,
    state: State,
    inferred: tuple[str, ...],
) -> Reading:
    """RUN's command: shell form where the shell in force stands in front, else exec form."""
    for shell in state.shell_texts():
        if text.startswith(shell + " "):
            if shell != state.shell_text and shell == " ".join(state.hints.shell) and not state.shells_seen:
                state.shell = state.hints.shell
            elif shell != state.shell_text:
                continue
            return Reading(Run(command=ShellForm(text[len(shell) + 1 :]), build_args=pairs), inferred=inferred)
    return Reading(
        Run(command=ExecForm(bodies.exec_words(text)), build_args=pairs),
        inferred=(*inferred, _WORDS) if " " in text else inferred,
    )
