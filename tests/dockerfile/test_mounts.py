"""RUN's mounts: what BuildKit refuses in them, when it reads the file and when it runs the step."""

from __future__ import annotations

import pytest

from reconstruct.builders.predicting import predict
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.mounts import Mount, fields, read


def test_fields_are_csv() -> None:
    assert fields('type=bind,"target=/a,b",src="" x'.replace('"" x', "x")) == ["type=bind", "target=/a,b", "src=x"]
    assert fields('"a""b"') == ['a"b']
    assert fields("a,") == ["a", ""]
    for text in ("", 'a"b', '"a', '"a"b'):
        with pytest.raises(DockerfileError, match="csv"):
            fields(text)


def test_a_mount() -> None:
    assert read("type=cache,dst=$X,sharing=Locked", lambda text: text.replace("$X", "/c")) == Mount(
        "cache", target="/c"
    )


@pytest.mark.parametrize("target", ["/x", "x", "../x", "C:\\x"])
def test_places(target: str) -> None:
    assert Mount(target=target).place("/w") == {"x": "/w/x", "../x": "/x"}.get(target, target)


@pytest.mark.parametrize(
    ("mount", "words"),
    [
        ("type=cache", "invalid mount target"),
        ("type=bind,target=/", "invalid mount target"),
        ("type=tmpfs,target=.", "invalid mount target"),
        ("type=cache,target", "key=value"),
        ("type=nope,target=/x", "unsupported mount type"),
        ("target=/x,uid=1", "not allowed"),
        ("type=cache,target=/x,mode=999", "invalid value"),
        ("type=cache,target=/x,uid=-1", "invalid value"),
        ("type=cache,target=/x,sharing=none", "sharing"),
        ("target=/x,sharing=locked", "sharing"),
        ("target=/x,required", "unexpected key"),
        ("type=tmpfs,target=/x,size=much", "invalid value"),
        ("type=secret", "one of source, target"),
        ("type=secret,from=a,id=x", "from"),
        ("type=secret,id=x,src=y", "both source and id"),
        ("target=/x,from=$A", "variable expansion"),
        ("target=/x,what=1", "unexpected key"),
        ('target=/x\\"', "csv"),
    ],
)
def test_what_is_refused(mount: str, words: str) -> None:
    with pytest.raises(DockerfileError, match=words):
        predict(f"FROM scratch\nRUN --mount={mount} true\n", builder="buildkit")


@pytest.mark.parametrize(
    "mount",
    [
        "type=cache,target=/c",
        "type=secret,id=x",
        "type=ssh",
        "type=tmpfs,target=/t,size=1g",
        "type=cache,target=x,uid=1,mode=0755",
    ],
)
def test_what_is_taken(mount: str) -> None:
    for head in ("FROM scratch", "FROM a", "FROM scratch\nWORKDIR /w"):
        assert predict(f"{head}\nRUN --mount={mount} true\n", builder="buildkit")


def test_the_folder_below_is_not_known_of_an_unknown_base() -> None:
    assert predict("FROM a\nRUN --mount=type=cache true\n", builder="buildkit")
    assert predict("FROM scratch\nWORKDIR /w\nRUN --mount=type=cache true\n", builder="buildkit")
