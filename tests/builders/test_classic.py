"""The classic builder's forms, Docker by Docker (moby 0.5 to 20.10)."""

from __future__ import annotations

import pytest

from reconstruct.builders.predicting import predict
from reconstruct.builders.reading import parse
from reconstruct.image import HistoryEntry, Image
from reconstruct.syntax import Add, Cmd, Copy, Dialect, Entrypoint, Env, ExecForm, Expose, Stopsignal, User, Workdir

SUM = "file:" + "ab" * 32


def read(text: str) -> object:
    (step,) = parse(Image(history=(HistoryEntry(text),)))
    assert step.dialect is Dialect.CLASSIC
    return step.instruction


@pytest.mark.parametrize("front", ["/bin/sh -c #(nop) ", "/bin/sh -c #(nop)  ", "cmd /S /C REM (nop) "])
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("CMD [/bin/bash -l]", Cmd(command=ExecForm(("/bin/bash", "-l")))),
        ('ENTRYPOINT &{["nginx"]}', Entrypoint(command=ExecForm(("nginx",)))),
        ("USER [app]", User(user="app")),
        ("STOPSIGNAL [SIGTERM]", Stopsignal(signal="SIGTERM")),
        ("EXPOSE map[80/tcp:{}]", Expose(ports=("80/tcp",))),
        ("WORKDIR /app", Workdir(path="/app")),
    ],
)
def test_older_forms_are_read(front: str, text: str, expected: object) -> None:
    assert read(front + text) == expected


@pytest.mark.parametrize("behind", ["", " "])
@pytest.mark.parametrize(("keyword", "kind"), [("ADD", Add), ("COPY", Copy)])
def test_copies_name_their_checksum_or_their_source(keyword: str, kind: type[Copy], behind: str) -> None:
    assert read(f"/bin/sh -c #(nop) {keyword} {SUM} in /a{behind}") == kind(checksum=SUM, destination="/a")
    named = read(f"/bin/sh -c #(nop) {keyword} jessie in x.tar.xz in /{behind}")
    assert named == kind(sources=("jessie in x.tar.xz",), destination="/")


def test_env_pairs_on_windows_before_1_12() -> None:
    found = read("cmd /S /C REM (nop) ENV a=b")
    assert isinstance(found, Env)


@pytest.mark.parametrize(
    ("line", "older"),
    [
        ("WORKDIR /srv", ["#(nop)  WORKDIR /srv", "#(nop) WORKDIR /srv"]),
        ("USER app", ["#(nop)  USER [app]", "#(nop) USER [app]"]),
        ('CMD ["a", "b"]', ['#(nop) CMD ["a" "b"]', "#(nop) CMD [a b]"]),
        ('ENTRYPOINT ["a"]', ['#(nop) ENTRYPOINT &{["a"]}', "#(nop) ENTRYPOINT [a]"]),
        ("EXPOSE 80", ["#(nop) EXPOSE 80/tcp", "#(nop) EXPOSE map[80/tcp:{}]"]),
        ("HEALTHCHECK --retries=3 CMD x", ['#(nop)  HEALTHCHECK &{["CMD-SHELL" "x"] "0s" "0s" \'\\x03\'}']),
        ("ADD a /b", [f"#(nop) ADD {SUM} in /b", f"#(nop) ADD {SUM} in /b "]),
    ],
)
def test_older_texts_are_taken_for_the_same_step(line: str, older: list[str]) -> None:
    (entry,) = predict(f"FROM scratch\n{line}\n", builder="classic").own
    for text in older:
        assert entry.matches(f"/bin/sh -c {text}", versions=True)
        assert not entry.matches(f"/bin/sh -c {text}x", versions=True)
