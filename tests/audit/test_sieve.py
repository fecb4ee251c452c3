"""What is left out before a search is what the search finds nothing in."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from reconstruct.audit import downloads
from reconstruct.audit.product_names import PACKAGE_BEGINNINGS, PACKAGES
from reconstruct.audit.secrets import command_line
from reconstruct.audit.secrets.detectors import checks_in
from reconstruct.audit.secrets.tokens import WORDS, forms_in, tokens

NAMES = [
    "PASSWORD",
    "my_Pw",
    "Token",
    "KEY",
    "\u212aEY",
    "pa\u017fs",
    "pat",
    "path",
    "Auth",
    "sas",
    "x",
    "=",
    " ",
    "ß",
    "-",
]
BITS = [
    *WORDS,
    "://",
    "user:",
    "hunter2pass@",
    "host",
    "a" * 44,
    "Z9" * 20,
    "sl_",
    "IBM",
    "cloudant",
    "-us7",
    ":",
    "\n",
    " ",
    "=",
]
TEXTS = st.lists(st.lists(st.sampled_from(BITS), max_size=8).map("".join), min_size=1, max_size=5)


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_the_forms_of_all_texts_are_enough_for_each(texts: list[str]) -> None:
    forms = forms_in("\n".join(texts))
    for text in texts:
        assert list(tokens(text, forms)) == list(tokens(text))


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_a_text_that_may_hold_a_secret_alone_may_hold_it_among_others(texts: list[str]) -> None:
    checks = checks_in("\n".join(texts))
    for text in texts:
        assert any(check(text) for check in checks) == bool(checks_in(text))


@given(st.lists(st.sampled_from(NAMES), max_size=6).map("".join))
@settings(max_examples=200, deadline=None)
def test_a_word_that_names_a_secret_is_seen_in_any_case(text: str) -> None:
    assert command_line.may_name(text) == bool(command_line._MAY_NAME.search(text))


@given(st.one_of([st.from_regex(pattern.pattern, fullmatch=True) for pattern, _ in PACKAGES]))
@settings(max_examples=200, deadline=None)
def test_every_package_with_a_release_begins_as_its_pattern(name: str) -> None:
    assert name.startswith(PACKAGE_BEGINNINGS)


@given(st.from_regex(downloads._AUXILIARY.pattern) | st.text("keygpKEYſ\u212a./-_sumhapubrli?", max_size=20))
@settings(max_examples=300, deadline=None)
def test_a_file_for_checks_is_told_by_a_word_that_each_has(name: str) -> None:
    assert downloads.is_auxiliary(name) == bool(downloads._AUXILIARY.search(name[-downloads._END :]))
