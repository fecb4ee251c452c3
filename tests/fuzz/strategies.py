"""History entries and configs as nobody would write them, of every dialect: structure first, then what breaks structure.

Each maker takes a `random.Random`. `images` and `entries` are the same as Hypothesis strategies, which shrink; the scripts of
this folder call the makers with a seed, which is many times faster.
"""

from __future__ import annotations

import random
from typing import Any

from hypothesis import strategies as st

from reconstruct.image import HistoryEntry, Image

DIALECTS = ("classic", "buildkit-0.8", "buildkit", "buildah", "kaniko")
KEYWORDS = (
    *("RUN", "RUN", "RUN", "CMD", "ENTRYPOINT", "ENV", "LABEL", "ARG", "COPY", "ADD", "WORKDIR", "USER", "EXPOSE"),
    *("VOLUME", "SHELL", "HEALTHCHECK", "ONBUILD", "STOPSIGNAL", "MAINTAINER"),
)
# What a Dockerfile's reader treats specially, and what Go and Python do not see alike.
SPECIAL = (
    *(
        "<<EOF",
        "<<-EOF",
        "<<'EOF'",
        '<<"a b"',
        "<< EOF",
        "<<#x",
        "3<<EOF",
        "<<\ufeffEOF",
        "<<<",
        "<<",
        "<<${x}",
        "<<$x",
    ),
    *("'", '"', "\\", "`", "$", "${", "}", "$x", "${x}", "${x:-", "${x:-'y'}", "${²}", "$²", "$٣", "${x#", "${x/a/b}"),
    *("\\\\", "\\'", '\\"', "``", "\\\n", "`\n", "\n", "\r\n", "\r", "\t", "\v", "\f", " ", "  ", "\x00", "\x1b[31m"),
    *("\u00a0", "\u0085", "\u2028", "\u2029", "\u3000", "\u180e", "\ufeff", "\ud800", "\udc00x", "à", "日本", "𝄞", "²"),
    *("--", "--x", "--from=a", "--mount=type=bind,target=/x", "--chown=1:1", "--interval=1s", "-", "[", "]", "[]"),
    *(
        '["a"]',
        '["a", "b"] c',
        "[1]",
        '[["a"]]',
        "{",
        "=",
        "=a",
        "a=",
        "a=b",
        "a=b=c",
        "#",
        "# x",
        "#(nop) ",
        "|1 A=b ",
    ),
    *(
        "\nUSER root\n",
        "\nRUN evil\nEOF",
        "\nEOF",
        "\nEOF\nUSER root",
        "\nFROM evil\n",
        "\n#x\n",
        " # buildkit",
        "\n# escape=`\n",
    ),
    *(";", "&&", "||", "if true; then", "fi", "(", ")", "/", "/a", "C:\\a\\", ".", "..", "*", ",", ":", "@", "%s", "~"),
    *("80", "443/udp", "8000-8003", "99999", "1" * 5000, "0", "-1", "00", "5s", "1h", "1.5s", ".5s", "x" * 300),
    *(
        "RUN",
        "ONBUILD RUN a",
        "HEALTHCHECK",
        "CMD true",
        "NONE",
        "FROM",
        "AS",
        "EOF",
        "A",
        "B=1",
        "USER root",
        "map[80/tcp:{}]",
    ),
)
PLAIN = (
    "a",
    "b",
    "echo hi",
    "apt-get update",
    "app",
    "/usr/bin",
    "x=1",
    "key",
    "value",
    "one two",
    "1000:1000",
    "sh",
    "-c",
    "name",
)
SHELLS = (
    ("/bin/sh", "-c"),
    ("/bin/bash", "-o", "pipefail", "-c"),
    ("cmd", "/S", "/C"),
    ("powershell", "-Command", "x = 'y';"),
)
NAMES = ("A", "B", "x", "PATH", "VERSION", "HTTP_PROXY", "TARGETOS", "a.b", "a b", "--k", "k'", "k=")


def text(rng: random.Random, most: int = 6) -> str:
    """Some words, plain and special, with and without blanks between them."""
    parts: list[str] = []
    for _ in range(rng.randint(0, most)):
        parts.append(rng.choice(SPECIAL) if rng.random() < 0.6 else rng.choice(PLAIN))
        if rng.random() < 0.6:
            parts.append(" ")
    return "".join(parts)


def go_quote(value: str) -> str:
    """Roughly Go's `%q`."""
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\f": "\\f", '"': '\\"', "\\": "\\\\"}
    return '"' + "".join(named.get(char, char if char.isprintable() else f"\\u{ord(char):04x}") for char in value) + '"'


def words(rng: random.Random, most: int = 3) -> list[str]:
    return [text(rng, 3) for _ in range(rng.randint(0, most))]


def pairs(rng: random.Random, joined: str = " ") -> str:
    return joined.join(f"{rng.choice(NAMES)}={text(rng, 4)}" for _ in range(rng.randint(1, 3)))


def body(rng: random.Random, keyword: str, dialect: str) -> str:
    """The text after the keyword, roughly as the dialect prints it."""
    own = dialect in ("buildah", "kaniko")
    if rng.random() < 0.2:
        return text(rng)
    if keyword in ("CMD", "ENTRYPOINT") and not own:
        given = [*rng.choice(SHELLS), text(rng)] if rng.random() < 0.5 else words(rng)
        return "[" + " ".join(map(go_quote, given)) + "]"
    if keyword in ("ENV", "LABEL", "ARG"):
        return pairs(rng) if rng.random() < 0.9 else rng.choice(NAMES)
    if keyword in ("COPY", "ADD"):
        if dialect in ("classic", "buildah"):
            flags = rng.choice(["", "--chown=1:1", "--chown=" + text(rng, 2)]) if dialect == "classic" else ""
            kind = rng.choice(["file", "dir", "multi"])
            return f"{flags}{kind}:{'ab' * 32} in {text(rng, 3) or '/'} "
        flags = rng.choice(["", "--chown=1:1 ", "--chmod=755 ", "--parents ", f"--{text(rng, 2)} "])
        return flags + " ".join([*words(rng), text(rng, 2) or "/x"])
    if keyword == "EXPOSE" and not own:
        ports = " ".join(
            rng.choice(["80/tcp", "443/udp", "8000/tcp", "8001/tcp", "8002/tcp", text(rng, 1)]) for _ in range(3)
        )
        return rng.choice([f"[{ports}]", "map[" + ports.replace(" ", ":{} ") + ":{}]", ports])
    if keyword in ("VOLUME", "SHELL") and not own:
        return f"[{' '.join(words(rng) or ['/a'])}]"
    if keyword == "HEALTHCHECK":
        return healthcheck(rng, dialect)
    if keyword == "ONBUILD":
        inner = rng.choice(KEYWORDS)
        return f"{inner} {text(rng)}"
    return text(rng)


def healthcheck(rng: random.Random, dialect: str) -> str:
    test = ["CMD-SHELL", text(rng)] if rng.random() < 0.6 else ["CMD", *words(rng)]
    if dialect in ("buildah", "kaniko"):
        return rng.choice(["--interval=5s ", "", "--retries=3 "]) + "CMD " + text(rng)
    if dialect == "buildkit" and rng.random() < 0.5:
        times = (
            f"Interval:{rng.choice(['5s', '0s', text(rng, 1)])} Timeout:0s StartPeriod:0s StartInterval:0s Retries:3"
        )
        return "{Test:[" + " ".join(test) + "] " + times + "}"
    return "&{[" + " ".join(map(go_quote, test)) + r"""] "5s" "0s" "0s" '\x03'}"""


def created_by(rng: random.Random, dialect: str, windows: bool) -> str:
    """One entry's text in the dialect's frame."""
    keyword = rng.choice(KEYWORDS)
    shell = " ".join(SHELLS[2] if windows else rng.choice(SHELLS))
    if keyword == "RUN":
        command = text(rng)
        arguments = f"|{rng.randint(0, 3)} {pairs(rng)} " if rng.random() < 0.3 else ""
        if dialect == "kaniko":
            return f"RUN {command}"
        if dialect == "buildah":
            return f"{arguments}/bin/sh -c {command}"
        line = f"{arguments}{shell + ' ' if rng.random() < 0.9 else ''}{command}"
        return f"RUN {line} # buildkit" if dialect.startswith("buildkit") else line
    rest = body(rng, keyword, dialect)
    if dialect == "kaniko":
        return f"{keyword} {rest}"
    if dialect.startswith("buildkit"):
        return f"{keyword} {rest}" + (" # buildkit" if keyword in ("COPY", "ADD") else "")
    if dialect == "buildah":
        return f"/bin/sh -c #(nop) {keyword} {rest}"
    blanks = " " if keyword in ("COPY", "ADD", "WORKDIR") else "  "
    return f"{shell} #(nop){blanks}{keyword} {rest}"


def entry(rng: random.Random, dialect: str, windows: bool) -> HistoryEntry:
    """One history entry."""
    comment = {"buildkit": "buildkit.dockerfile.v0", "buildkit-0.8": "buildkit.dockerfile.v0"}.get(dialect, "")
    if dialect == "buildah" and rng.random() < 0.5:
        comment = "FROM localhost/x:latest"
    return HistoryEntry(
        created_by=created_by(rng, dialect, windows),
        comment=comment,
        author="kaniko" if dialect == "kaniko" else "",
        empty_layer=rng.random() < 0.5,
    )


def config(rng: random.Random) -> dict[str, Any]:
    """An image config's `config`: keys that are there or not, with values as they come."""
    values: dict[str, Any] = {
        "Env": [f"{rng.choice(NAMES)}={text(rng, 3)}" for _ in range(3)],
        "Labels": {rng.choice(NAMES): text(rng, 3) for _ in range(3)},
        "Cmd": words(rng),
        "Entrypoint": words(rng),
        "Volumes": {text(rng, 2): {} for _ in range(2)},
        "ExposedPorts": {rng.choice(["80/tcp", text(rng, 1)]): {}},
        "WorkingDir": text(rng, 2),
        "User": text(rng, 2),
        "Shell": list(rng.choice(SHELLS)),
        "StopSignal": rng.choice(["SIGTERM", text(rng, 1)]),
        "OnBuild": [f"{rng.choice(KEYWORDS)} {text(rng)}"],
        "Healthcheck": {"Test": ["CMD-SHELL", text(rng)], "Interval": rng.choice([0, 5, 5_000_000_000])},
    }
    return {key: value for key, value in values.items() if rng.random() < 0.3}


def image(rng: random.Random, dialect: str, windows: bool, entries: int = 6) -> Image:
    """An image whose history is of one dialect, now and then with an entry of another."""
    history = tuple(
        entry(rng, dialect if rng.random() < 0.95 else rng.choice(DIALECTS), windows)
        for _ in range(rng.randint(1, entries))
    )
    made = config(rng)
    if dialect == "buildah" and rng.random() < 0.5:
        made["Labels"] = {**made.get("Labels", {}), "io.buildah.version": "1.28.2"}
    return Image(config=made, history=history, os="windows" if windows else "linux")


def images(dialect: str, windows: bool = False) -> st.SearchStrategy[Image]:
    """Images of one dialect."""
    return st.randoms(use_true_random=False).map(lambda rng: image(rng, dialect, windows))


def entries(dialect: str, windows: bool = False) -> st.SearchStrategy[HistoryEntry]:
    """History entries of one dialect."""
    return st.randoms(use_true_random=False).map(lambda rng: entry(rng, dialect, windows))
