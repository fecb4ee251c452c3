"""`COPY --chown`, of which BuildKit before 0.9 and buildah keep no trace but the files' owner."""

from __future__ import annotations

import pytest

import reconstruct
from reconstruct.files.names import named
from reconstruct.files.reading import read
from reconstruct.sources import open_image
from reconstruct.syntax import Certainty, Copy
from tests.files.making import history, image, layer, member

ACCOUNTS = layer(
    member("etc/passwd", b"root:x:0:0::/:/bin/sh\napp:x:7:8::/:/bin/sh\nodd name:x:9:9::/:/bin/sh\n"),
    member("etc/group", b"root:x:0:\nstaff:x:8:app\n"),
)
BUILDKIT = {"comment": "buildkit.dockerfile.v0"}
OWNED = {"uid": 7, "gid": 8}


def copied(text: str, *members: object, later: bool = False, **entry: object) -> Copy:
    """The COPY step whose layer has the members, on a layer with the accounts (or below it, if they come `later`)."""
    steps = [history("RUN add-accounts # buildkit") | BUILDKIT, history(text) | (entry or BUILDKIT)]
    layers = [ACCOUNTS, layer(*members)]  # type: ignore[arg-type]
    order = (1, 0) if later else (0, 1)
    saved = image([layers[at] for at in order], [steps[at] for at in order])
    with open_image(saved) as opened:
        found = named(read(opened))
    step = next(step for step in found if isinstance(step.instruction, Copy))
    assert isinstance(step.instruction, Copy)
    assert any("--chown" in note.text and note.certainty is Certainty.INFERRED for note in step.notes) == (
        "chown" in dict(step.instruction.flags) and "--chown" not in text
    )
    return step.instruction


def test_the_files_owner_is_named() -> None:
    files = (member("srv/", **OWNED), member("srv/a", b"1", **OWNED), member("srv/lib/", **OWNED))
    assert copied("COPY . /srv # buildkit", *files).flags == (("chown", "app:staff"),)


def test_an_account_that_is_made_later_has_only_numbers() -> None:
    assert copied("COPY a /srv/ # buildkit", member("srv/a", b"1", **OWNED), later=True).flags == (("chown", "7:8"),)


@pytest.mark.parametrize(("uid", "gid"), [(9, 8), (7, 9), (4000000000, 8)])
def test_an_owner_without_a_plain_name_has_numbers(uid: int, gid: int) -> None:
    files = member("srv/a", b"1", uid=uid, gid=gid)
    assert copied("COPY a /srv/ # buildkit", files).flags == (("chown", f"{uid}:{gid}"),)


@pytest.mark.parametrize(
    ("text", "members"),
    [
        # Root's, or several people's.
        ("COPY a /srv/ # buildkit", (member("srv/a", b"1"),)),
        ("COPY a b /srv/ # buildkit", (member("srv/a", b"1", **OWNED), member("srv/b", b"1"))),
        # From another stage, whose files keep their owner; unpacked, as the archive says.
        ("COPY /a /srv/ # buildkit", (member("srv/a", b"1", **OWNED),)),
        ("ADD a.tar /srv/ # buildkit", (member("srv/a", b"1", **OWNED),)),
        # Another directory's.
        ("COPY a /srv/ # buildkit", (member("srv2/a", b"1", **OWNED),)),
    ],
)
def test_nothing_is_added_without_reason(text: str, members: tuple[object, ...]) -> None:
    assert copied(text, *members).flags == ()


def test_a_recorded_owner_stays() -> None:
    text = "COPY --chown=1:1 a /srv/ # buildkit"
    assert copied(text, member("srv/a", b"1", **OWNED)).flags == (("chown", "1:1"),)


def test_the_classic_builder_records_it() -> None:
    text = f"/bin/sh -c #(nop) COPY file:{'0' * 64} in /srv/ "
    assert copied(text, member("srv/a", b"1", **OWNED), comment="").flags == ()


def test_the_dockerfile_has_it() -> None:
    files = layer(member("srv/a", b"1", **OWNED))
    saved = image(
        [ACCOUNTS, files], [history("RUN true # buildkit") | BUILDKIT, history("COPY a /srv/ # buildkit") | BUILDKIT]
    )
    with open_image(saved) as opened:
        from reconstruct.writer import write

        text = write(opened.image, named(read(opened)), base=reconstruct.base(opened.image).base).text
    assert "\nCOPY --chown=app:staff a /srv/\n" in text
