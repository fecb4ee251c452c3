"""What buildah appends to an instruction, release by release (imagebuildah/stage_executor.go)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconstruct.builders import registry
from reconstruct.builders.reading import parse
from reconstruct.image import HistoryEntry, Image
from reconstruct.syntax import Copy, Dialect, Run, ShellForm
from tests.pace import is_linear, timed

SUM = "file:" + "ab" * 32
DIGEST = "3f" * 32
NOP = "/bin/sh -c #(nop) "
ANNOTATION = "org.opencontainers.image.title=demo"


def image(*texts: str, config: dict[str, Any] | None = None, version: str = "1.42.2", **more: Any) -> Image:
    config = {"Labels": {"io.buildah.version": version}, **(config or {})}
    history = [HistoryEntry("/bin/sh", comment="FROM registry.example.com/base:1"), *map(HistoryEntry, texts)]
    return Image(config=config, raw_config={"config": config}, history=tuple(history), **more)


def last(*texts: str, **more: Any) -> Any:
    return parse(image(*texts, **more))[-1].instruction


@pytest.mark.parametrize(
    "behind",
    [
        " ",  # 1.28
        " |inheritLabels=false",  # 1.40
        "    ",  # 1.41.0
        " |inheritLabels=false   ",
        f"    {ANNOTATION}",
        " |inheritLabels=false |unsetAnnotation=a.b|unsetAnnotation=c |inheritAnnotations=false a=b c",
        "      ",  # since 1.41.1
        "     |force-mtime=10 ",
        " |unsetLabel=a|unsetLabel=b |inheritLabels=false |unsetAnnotation=x |inheritAnnotations=false |clamp-mtime=0 ",
        f"      {ANNOTATION}",
        f"     |force-mtime=-5 {ANNOTATION},org.opencontainers.image.vendor=An Example, Inc.",
    ],
)
@pytest.mark.parametrize("destination", ["a", "/usr/bin/app", "$HOME/x"])
def test_marks_after_copy(behind: str, destination: str) -> None:
    found = last(f"{NOP}COPY {SUM} in {destination}{behind}")
    assert isinstance(found, Copy)
    assert (found.checksum, found.destination) == (SUM, destination)


def test_copy_keeps_its_link() -> None:
    found = last(f"{NOP}COPY --link {SUM} in /a      ")
    assert isinstance(found, Copy)
    assert found.flags == (("link", None),)


@pytest.mark.parametrize(
    "marks",
    [
        "|inheritLabels=false",
        "|unsetLabel=a|inheritLabels=false|unsetAnnotation=b|inheritAnnotations=false|force-mtime=10",
        "|clamp-mtime=0",
        "|timestamp=0",
        "|source-date-epoch=1700000000",
        "|annotation=a=b|createdAnnotation=false",
    ],
)
@pytest.mark.parametrize("text", ["HEALTHCHECK NONE", 'CMD ["a|b"]', "USER app", "ENV A=b|c"])
def test_marks_after_other_instructions(text: str, marks: str) -> None:
    found = image(f"{NOP}{text}{marks}", "/bin/sh -c true")
    assert registry.named("buildah").unmarked(found, 1) == NOP + text
    assert parse(found)[1].instruction.written == text


def test_marks_after_arg_and_run() -> None:
    steps = parse(image(f"{NOP}ARG A B|force-mtime=10", "|2 A=1 B=2 /bin/sh -c make|force-mtime=10"))
    assert [step.instruction.written for step in steps[2:]] == ["RUN make"]
    assert isinstance(steps[2].instruction, Run)


@pytest.mark.parametrize("text", ["RUN a | grep timestamp=x", "CMD echo a|cat", "ENV A=|unknownMark=3"])
def test_what_only_looks_like_a_mark_stays(text: str) -> None:
    body = text.removeprefix("RUN ")
    entry = f"/bin/sh -c {body}" if text.startswith("RUN") else NOP + text
    assert registry.named("buildah").unmarked(image(entry), 1) == entry


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ('CMD ["/app"]', {"Cmd": ["/app"]}),
        ("CMD /app --run", {"Cmd": ["/bin/sh", "-c", "/app --run"]}),
        ('ENTRYPOINT ["/app", "a=b"]', {"Entrypoint": ["/app", "a=b"]}),
        ("USER app", {"User": "app"}),
        ("WORKDIR /srv/app", {"WorkingDir": "/srv/app"}),
        ("STOPSIGNAL SIGTERM", {"StopSignal": "SIGTERM"}),
        ("EXPOSE 80 8080/tcp", {"ExposedPorts": {"80/tcp": {}, "8080/tcp": {}}}),
        ("EXPOSE 80", {"ExposedPorts": {"80/tcp": {}}}),
        ('VOLUME ["/a", "/b"]', {"Volumes": {"/a": {}, "/b": {}}}),
        ("VOLUME /data", {"Volumes": {"/data": {}}}),
        ("ENV A=1 B=two", {"Env": ["A=1", "B=two"]}),
        ('ENV A="a b"', {"Env": ["A=a b"]}),
        ("LABEL x=y", {"Labels": {"x": "y", "io.buildah.version": "1.42.0"}}),
        ("ONBUILD RUN make", {"OnBuild": ["RUN make"]}),
    ],
)
def test_annotations_end_where_the_config_says(text: str, config: dict[str, Any]) -> None:
    with_two = f"{NOP}{text}{ANNOTATION},org.opencontainers.image.vendor=Example"
    assert last(with_two, config=config).written == text
    assert last(NOP + text, config=config).written == text


def test_annotations_of_the_manifest_end_any_instruction() -> None:
    items = {"org.opencontainers.image.title": "demo", "a.b": "c,d"}
    texts = [f"/bin/sh -c make -j4{ANNOTATION},a.b=c,d", f"/bin/sh -c make -j4a.b=c,d,{ANNOTATION}"]
    for text in texts:
        assert last(text, annotations=items).written == "RUN make -j4"
    # In the midst of a build there are none.
    steps = parse(image(f"/bin/sh -c echo {ANNOTATION}", f"{NOP}USER 1", annotations=items))
    assert steps[1].instruction.written == f"RUN echo {ANNOTATION}"


def test_before_1_41_there_are_no_annotations_behind() -> None:
    assert last(f'{NOP}CMD ["/app"]a=b', version="1.39.0", config={"Cmd": ["/app"]}) != last(f'{NOP}CMD ["/app"]')


@pytest.mark.parametrize("behind", [f":{DIGEST}", f":sha256:{DIGEST}", f":{DIGEST}|force-mtime=3"])
def test_checksums_of_bound_folders(behind: str) -> None:
    command = "--mount=type=bind,source=.,target=/src make"
    assert last(f"/bin/sh -c {command}{behind}").written == f"RUN {command}"
    twice = f"--mount=target=/a {command}"
    assert last(f"/bin/sh -c {twice}:{DIGEST}{behind}").written == f"RUN {twice}"


@pytest.mark.parametrize("command", ["make", "--mount=type=cache,target=/c make", "--mount=type=tmpfs,target=/t make"])
def test_a_checksum_of_the_command_itself_stays(command: str) -> None:
    assert last(f"/bin/sh -c {command} a:{DIGEST}").written == f"RUN {command} a:{DIGEST}"


def test_here_documents_come_without_their_last_line() -> None:
    script = last("/bin/sh -c <<EOF\nset -e\nmake")
    assert isinstance(script, Run)
    assert script.heredoc is not None
    assert (script.heredoc.name, script.command) == ("EOF", ShellForm("set -e\nmake"))
    command = last("/bin/sh -c cat <<'X' > /a\nb $c")
    assert isinstance(command, Run)
    assert command.command == ShellForm("cat <<'X' > /a\nb $c\nX")


@pytest.mark.no_cover
@pytest.mark.parametrize(
    "repeat",
    [
        lambda size: "|unsetLabel=a" * (size // 13),
        lambda size: " " * size + "x",
        lambda size: f":{DIGEST}" * (size // 65),
        lambda size: " |unsetLabel=a" * (size // 14) + "x y",
    ],
    ids=["marks", "blanks", "digests", "marks and words"],
)
def test_marks_are_read_in_time_by_length(repeat: Callable[[int], str]) -> None:
    def seconds(size: int) -> float:
        return timed(lambda: [parse(image(front + repeat(size))) for front in fronts])[1]

    fronts = (f"{NOP}COPY {SUM} in a", f"{NOP}USER a", "/bin/sh -c --mount=target=/x make")
    assert is_linear(seconds, 20_000, 160_000)


def test_podmans_images_are_buildahs() -> None:
    steps = parse(image(f"{NOP}USER app", "/bin/sh -c make"))
    assert {step.dialect for step in steps[1:]} == {Dialect.BUILDAH}


@pytest.mark.parametrize("text", ["USER root ", "ENV A=b  ", "RUN make \t"])
def test_trailing_spaces_are_preserved(text: str) -> None:
    import reconstruct

    entry = f"/bin/sh -c {text[4:]}" if text.startswith("RUN") else NOP + text
    assert text + "\n" in f"{reconstruct.dockerfile(image(entry))}\n"
