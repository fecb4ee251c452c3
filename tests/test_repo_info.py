"""How a page of repo-info shows an entry, and back: whatever a page says, it can be said again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconstruct import repo_info

WORDS = st.sampled_from(
    [
        "RUN ",
        "/bin/sh -c ",
        "#(nop) ",
        " ",
        "|1 A=1 ",
        "ENV A=1",
        "CMD [x]",
        "make",
        "# buildkit",
        "cmd /S /C ",
        "ADD ",
        "\n",
        "R ",
    ]
)
TEXTS = st.lists(WORDS, max_size=6).map("".join)
SHELLS = st.sampled_from([(), ("powershell", "-Command"), ("/bin/bash", "-c")])


@given(st.lists(TEXTS, max_size=5), SHELLS, st.booleans(), st.sampled_from(["", "20.10"]))
def test_what_was_shown_once_is_shown_so_again(
    entries: list[str], shell: tuple[str, ...], windows: bool, version: str
) -> None:
    shells = repo_info.shells_of(shell)
    page = [repo_info.shown(text, shells) for text in entries]
    restored = repo_info.created_by(page, shell, windows=windows, docker_version=version)
    assert [repo_info.shown(text, shells) for text in restored] == page


@given(st.lists(st.text(), max_size=5), SHELLS, st.booleans(), st.booleans())
def test_no_page_breaks_it(texts: list[str], shell: tuple[str, ...], windows: bool, first: bool) -> None:
    found = repo_info.created_by(texts, shell, windows=windows, docker_version="", first_schema=first)
    assert len(found) == len(texts)
