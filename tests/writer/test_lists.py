"""Instructions of several words are split into lines as most authors do, and read back unchanged."""

from __future__ import annotations

import pytest

from reconstruct.dockerfile import parse_dockerfile
from reconstruct.syntax import Copy, Env, ExecForm, Expose, Healthcheck, Instruction, Label, Pair, ShellForm, Step
from reconstruct.writer.instructions import Style, write

WRITTEN: list[tuple[Instruction, str]] = [
    (Env(pairs=(Pair("A", "1"), Pair("B", "2"))), "ENV A=1 B=2"),
    (
        Env(pairs=(Pair("LANG", "C.UTF-8"), Pair("PATH", "/usr/local/bin:/usr/bin"))),
        "ENV LANG=C.UTF-8 \\\n    PATH=/usr/local/bin:/usr/bin",
    ),
    (Env(pairs=(Pair("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"),)), "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"),
    (
        Label(pairs=(Pair("org.opencontainers.image.title", "a"), Pair("org.opencontainers.image.version", "1"))),
        "LABEL org.opencontainers.image.title=a org.opencontainers.image.version=1",
    ),
    (
        Label(pairs=(Pair("org.opencontainers.image.title", "a" * 30), Pair("org.opencontainers.image.version", "1.0"))),
        f"LABEL org.opencontainers.image.title={'a' * 30} \\\n      org.opencontainers.image.version=1.0",
    ),
    (Copy(sources=tuple(f"file{n}.txt" for n in range(9)), destination="/srv/"), f"COPY {' '.join(f'file{n}.txt' for n in range(9))} /srv/"),
    (Expose(ports=tuple(f"{n}000/tcp" for n in range(1, 10))), f"EXPOSE {' '.join(f'{n}000' for n in range(1, 10))}"),
    (
        Healthcheck(command=ShellForm("curl -fsS http://localhost:8080/healthy || exit 1"), interval=30_000_000_000, retries=3),
        "HEALTHCHECK --interval=30s --retries=3 \\\n    CMD curl -fsS http://localhost:8080/healthy || exit 1",
    ),
    (Healthcheck(command=ExecForm(("/check",)), retries=3), 'HEALTHCHECK --retries=3 CMD ["/check"]'),
]  # fmt: skip


@pytest.mark.parametrize(("instruction", "text"), WRITTEN, ids=[text[:30] for _, text in WRITTEN])
def test_lists(instruction: Instruction, text: str) -> None:
    assert write(Step(instruction), Style()) == text
    flat = write(Step(instruction), Style(layout="flat"))
    assert "\n" not in flat
    one, other = (parse_dockerfile(f"FROM a\n{source}\n").instructions[1] for source in (text, flat))
    assert (one.flags, one.args, one.pairs) == (other.flags, other.args, other.pairs)
