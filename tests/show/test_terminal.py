"""What is known of the terminal."""

from __future__ import annotations

import pytest

from reconstruct.show import terminal


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({}, True),
        ({"LANG": "en_US.UTF-8"}, True),
        ({"LANG": "de_DE.utf8"}, True),
        ({"LANG": "en_US.ISO-8859-1"}, False),
        ({"LC_ALL": "C"}, False),
        ({"LC_ALL": "POSIX", "LANG": "en_US.UTF-8"}, False),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({"LC_CTYPE": "C.UTF-8"}, True),
    ],
)
def test_the_locale_tells_whether_there_is_more_than_ascii(
    env: dict[str, str], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    assert terminal.takes_unicode() is expected


def test_drawing_characters_have_an_ascii_equivalent_of_the_same_width() -> None:
    text = "██▌ – … │ → ⋮ ── é"
    assert terminal.plain(text) == "### - > | > : -- \\xe9"
    assert len(terminal.plain(text[:-1])) == len(text[:-1])


def test_colour_is_requested_or_suitable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert terminal.use_color(True)
    assert not terminal.use_color(None)
