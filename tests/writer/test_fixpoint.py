"""What we write, read back: the same values, the same entries, whatever they hold."""

from __future__ import annotations

from typing import Any

import dockerfile as official
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reconstruct
from reconstruct.builders.base import KEYWORDS
from reconstruct.builders.predicting import predict
from reconstruct.dockerfile import quoting
from reconstruct.image import HistoryEntry, Image

BUILDKIT = "buildkit.dockerfile.v0"
NOP = "/bin/sh -c #(nop)  "
BASE = Image(config={"Env": ["PATH=/bin"]}, history=(HistoryEntry(comment="Imported from -"),))

# Anything a config can hold but newlines and controls, which no Dockerfile can spell in a value.
VALUES = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=40) | st.text(
    st.sampled_from(list("ab \"'\\$`={}[]<>#%,;\tß日")), max_size=20
)
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.]{0,8}", fullmatch=True)


def image(*entries: HistoryEntry, config: dict[str, Any] | None = None, os: str = "linux") -> Image:
    return Image(config=config or {}, history=(*BASE.history, *entries), os=os)


@pytest.mark.parametrize("escape", ["\\", "`"])
@settings(deadline=None)
@given(value=VALUES)
def test_quoted_words_read_back(escape: str, value: str) -> None:
    value = value.replace("\t", "\t").strip("\x85\xa0") or "x"
    text = f"# escape={escape}\nFROM base\nENV K={quoting.quote(value, escape)}\n"
    assert dict(pair.split("=", 1) for pair in predict(text, builder="buildkit", base=BASE).config["Env"])["K"] == value


@settings(deadline=None)
@given(
    values=st.dictionaries(NAMES.filter(lambda name: name != "PATH"), VALUES, min_size=1, max_size=4),
    windows=st.booleans(),
)
@pytest.mark.parametrize("builder", ["buildkit", "buildkit-0.8", "classic"])
def test_env_and_labels_come_back(builder: str, values: dict[str, str], windows: bool) -> None:
    if windows and builder != "buildkit":
        return
    joined = " ".join(f"{key}={value}" for key, value in values.items())
    frame = NOP if builder == "classic" else ""
    if windows:
        base = Image(config={"Env": ["PATH=C:\\"]}, history=BASE.history, os="windows")
    else:
        base = BASE
    config = {"Env": [*base.config["Env"], *(f"{k}={v}" for k, v in values.items())], "Labels": dict(values)}
    comment = "" if builder == "classic" else BUILDKIT
    made = image(
        HistoryEntry(created_by=f"{frame}ENV {joined}", comment=comment, empty_layer=True),
        HistoryEntry(created_by=f"{frame}LABEL {joined}", comment=comment, empty_layer=True),
        config=config,
        os="windows" if windows else "linux",
    )
    text = reconstruct.dockerfile(made, base=base)
    again = predict(text, builder=builder, base=base, platform="windows/amd64" if windows else "linux/amd64")
    assert [entry.created_by for entry in again.own] == [entry.created_by for entry in made.history[1:]]
    assert again.config["Labels"] == values
    env = dict(pair.split("=", 1) for pair in again.config["Env"])
    assert {key: env[key] for key in values} == values


SHELL_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60) | st.text(
    st.sampled_from(list("ab \"'\\$`[]<>#\n\t|&;-E\x1bOF")), min_size=1, max_size=40
)


@settings(deadline=None)
@given(text=SHELL_TEXTS)
@pytest.mark.parametrize("builder", ["buildkit", "classic"])
def test_run_cmd_and_healthcheck_come_back(builder: str, text: str) -> None:
    frame, mark, comment = ("", " # buildkit", BUILDKIT) if builder == "buildkit" else (NOP, "", "")
    quoted = '["/bin/sh" "-c" ' + _go_quote(text) + "]"
    run = f"RUN /bin/sh -c {text}{mark}" if builder == "buildkit" else f"/bin/sh -c {text}"
    made = image(
        HistoryEntry(created_by=run, comment=comment),
        HistoryEntry(created_by=f"{frame}CMD {quoted}", comment=comment, empty_layer=True),
        config={"Cmd": ["/bin/sh", "-c", text], "Env": ["PATH=/bin"]},
    )
    written = reconstruct.dockerfile(made, base=BASE)
    assert not quoting.CONTROL.search(written.replace("\n", ""))
    again = predict(written, builder=builder, base=BASE)
    if "/dev/pipes/" not in text and "#(nop)" not in text:
        assert again.own[0].created_by == run
        assert again.own[-1].created_by == f"{frame}CMD {quoted}"
    assert again.config["Cmd"] == ["/bin/sh", "-c", text]


def _go_quote(text: str) -> str:
    """Go's %q for the characters the strategy makes."""
    import unicodedata

    named = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v", '"': '"', "\\": "\\"}
    out = []
    for char in text:
        if char in named:
            out.append("\\" + named[char])
        elif char == " " or unicodedata.category(char)[0] in "LMNPS":
            out.append(char)
        else:
            code = ord(char)
            out.append(f"\\x{code:02x}" if code < 0x80 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")
    return '"' + "".join(out) + '"'


ENTRIES = st.builds(
    HistoryEntry,
    created_by=st.one_of(
        st.text(max_size=60),
        st.builds(
            lambda frame, keyword, body, mark: f"{frame}{keyword} {body}{mark}",
            st.sampled_from(["", NOP, "/bin/sh -c #(nop) ", "powershell -Command $x; #(nop)  ", "|1 A=b /bin/sh -c "]),
            st.sampled_from(
                [
                    "RUN",
                    "CMD",
                    "ENV",
                    "LABEL",
                    "ARG",
                    "COPY",
                    "ADD",
                    "WORKDIR",
                    "USER",
                    "EXPOSE",
                    "VOLUME",
                    "SHELL",
                    "HEALTHCHECK",
                    "ONBUILD",
                    "ENTRYPOINT",
                    "STOPSIGNAL",
                    "MAINTAINER",
                    "FROM",
                ]
            ),
            st.text(st.sampled_from(list("ab \"'\\$`[]{}<>#\n\r\t|&;:=/-,0123456789\x1b\x9b")), max_size=40),
            st.sampled_from(["", " # buildkit"]),
        ),
    ),
    comment=st.sampled_from(["", BUILDKIT, "FROM scratch\nRUN evil", "FROM localhost/x:latest"]),
    author=st.sampled_from(["", "kaniko", "Bazel\nRUN evil"]),
    empty_layer=st.booleans(),
)


@settings(deadline=None, max_examples=300)
@given(
    entries=st.lists(ENTRIES, max_size=6),
    label=st.sampled_from([{}, {"io.buildah.version": "1.28"}, {"org.opencontainers.image.base.name": "a\nRUN evil"}]),
    os=st.sampled_from(["linux", "windows"]),
)
def test_whatever_history_holds_it_is_a_dockerfile(entries: list[HistoryEntry], label: dict[str, str], os: str) -> None:
    made = Image(config={"Labels": label}, history=tuple(entries), os=os)
    for comments in (True, False):
        text = reconstruct.dockerfile(made, comments=comments)
        assert not quoting.CONTROL.search(text.replace("\n", "")), "a terminal would obey this"
        commands = official.parse_string(text)
        assert {command.cmd.upper() for command in commands} <= {"FROM", *KEYWORDS}
        steps = [command for command in commands if command.cmd.upper() not in ("FROM", "ARG")]
        assert len(steps) <= len(entries) + len(label), "an entry added an instruction of its own"
