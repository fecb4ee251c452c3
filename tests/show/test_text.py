"""Text made safe, a kind of output at a time."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconstruct.show import text as safe

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
COMMANDS = (
    "::error::x",
    "  ::error file=a::x",
    "a ##[error]x",
    "##vso[task.setvariable]x",
    "##teamcity[x]",
    "\t::set-output::",
)
ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=60) | st.sampled_from(COMMANDS)


def is_command(line: str) -> bool:
    """What a CI system would take for a command, detected independently."""
    return line.strip().startswith("::") or "##[" in line or re.search(r"##[A-Za-z]+\[", line) is not None


@given(ANY)
def test_a_terminal_gets_no_control_and_a_log_no_command(text: str) -> None:
    for shown in (safe.visible(text), safe.one_line(text), safe.xml(text)):
        assert not CONTROL.search(shown)
        assert not any(is_command(line) for line in shown.split("\n"))
    assert "\n" not in safe.one_line(text)
    assert "\t" not in safe.one_line(text)


@given(ANY)
def test_plain_text_stays(text: str) -> None:
    if text.isprintable() and "::" not in text and "##" not in text and not CONTROL.search(text):
        assert safe.one_line(text) == safe.visible(text) == text


def test_no_printable_character_is_spelled_out() -> None:
    printable = "".join([char for char in map(chr, range(sys.maxunicode + 1)) if char.isprintable()])
    assert not safe._CONTROL_LINE.search(printable)


@given(st.recursive(ANY, lambda inner: st.lists(inner) | st.dictionaries(ANY, inner), max_leaves=5))
def test_json_is_ascii_and_comes_back(value: object) -> None:
    shown = safe.json_text(value)
    assert shown.isascii()
    assert "\x7f" not in shown
    assert not any(is_command(line) for line in (shown + safe.json_line(value)).splitlines())
    assert json.loads(safe.json_line(value)) == json.loads(shown)
    assert json.loads(shown) == json.loads(json.dumps(value))


@given(ANY)
def test_html_has_only_text(text: str) -> None:
    seen: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            seen.append(tag)

        def handle_comment(self, data: str) -> None:
            seen.append(data)

    shown = safe.html(text)
    Reader(convert_charrefs=True).feed(f'<p title="{shown}">{shown}</p>')
    assert seen == ["p"]
    assert html.unescape(shown) == safe.visible(text)


@given(ANY)
def test_a_cell_is_never_a_formula(text: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerow(["x", safe.csv_cell(text)])
    (row,) = csv.reader(io.StringIO(out.getvalue()))
    assert row[1].lstrip()[:1] not in ("=", "+", "-", "@")


@given(ANY)
def test_xml_is_well_formed(text: str) -> None:
    element = ElementTree.Element("a", b=safe.xml(text))
    element.text = safe.xml(text)
    back = ElementTree.fromstring(ElementTree.tostring(element, encoding="unicode"))
    assert (back.text or "") == safe.xml(text)


@pytest.mark.parametrize(
    "text",
    ["@someone", "a@b.example", "https://evil.example/x", "www.evil.example", "see #12", "owner/repo#3", "[x](javascript:y)", "![x](y)",
     "<img src=x onerror=alert(1)>", "<!-- x", "a|b", "# head", "- item", "`code`", "*b*", "$x$", "&lt;", "mailto:a@b.example", "javascript:x", "1. x", "- x", "+ x", "2020-01-02 10:00"],
)  # fmt: skip
def test_markdown_has_no_link_no_mention_no_markup(text: str) -> None:
    shown = safe.markdown(text)
    bare = shown.replace("<!-- -->", "\0")
    assert not re.search(r"@\w|#\w|//|www\.|mailto:\w", bare)
    assert "<" not in bare
    assert not re.search(r"(?<!\\)[`*\[\]|$#]|^\s*[-+=]|^\d+[.)]", bare)
    # What a reader sees is the text.
    assert html.unescape(re.sub(r"\\([^\w\s])", r"\1", shown.replace("<!-- -->", ""))) == text


@given(ANY)
def test_nothing_leaves_a_code_span_or_a_block(text: str) -> None:
    span = safe.code_span(text, in_table=False)
    fence = re.match("`+", span)
    assert fence
    assert "\n" not in span
    inner = span[len(fence.group()) : -len(fence.group())]
    assert fence.group() not in re.findall("`+", inner)
    block = safe.code_block(text).split("\n")
    assert not any(set(line.strip()) == {"`"} and len(line.strip()) >= len(block[0]) for line in block[1:-1])


@given(ANY)
def test_an_annotation_is_one_command(text: str) -> None:
    line = f"::error file={safe.annotation(text, value=True)}::{safe.annotation(text)}"
    assert len(line.splitlines()) == 1
    assert ":" not in safe.annotation(text, value=True)
    assert "," not in safe.annotation(text, value=True)
