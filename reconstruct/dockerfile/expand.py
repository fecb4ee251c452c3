"""Expands one argument as a given builder does: removes quotes and escapes, and inserts variables.

`grammars/dockerfile_expand.lark` knows all forms. Text whose substitutions are `$x` and `${x}` alone, which is nearly all
there is, is read into the same nodes without Lark, whose loading costs more than reading a small image.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from reconstruct import grammar, pattern
from reconstruct.dockerfile import glob
from reconstruct.dockerfile.dialect import BUILDKIT, DIALECTS, Dialect
from reconstruct.dockerfile.errors import DockerfileError, TooMuchError
from reconstruct.golang import SPACES
from reconstruct.record import dataclass, field
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark import Lark

# A few lines of `ENV A=$A$A` double a value again and again, and nesting takes stack: both are bounded.
MAX_CHARACTERS = 1 << 22
MAX_DEPTH = 60

# Go's text/scanner drops it at the start of its input.
_BOM = "\ufeff"


@cache
def _parser(escape: str, variable: str) -> Lark:
    from lark import Lark

    text = grammar.text("dockerfile_expand").replace("@E@", "\\\\" if escape == "\\" else escape)
    return Lark(text.replace("@VAR@", variable.replace("/", r"\/")), parser="lalr", maybe_placeholders=False)


class _Token(str):
    """A terminal of the grammar, like Lark's tokens: text with a type."""

    type: str

    def __new__(cls, kind: str, text: str) -> _Token:
        made = super().__new__(cls, text)
        made.type = kind
        return made


class _Tree:
    """A rule of the grammar with its children, like Lark's trees."""

    __slots__ = ("children", "data")

    def __init__(self, data: str, children: list[Any]) -> None:
        self.data = data
        self.children = children


def _forms(escape: str, variable: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The terminals of text outside quotes and inside, named as in the grammar; no other `${…}` than `${x}` among them."""
    e = "\\\\" if escape == "\\" else escape
    dollar = rf"(?P<VARIABLE>\$(?:{variable}))|\$\{{(?P<NAME>\d+|[^\W\d]\w*)\}}|(?P<LONE>\$(?!\{{))"
    within = rf"(?P<QUOTED_TEXT>[^\"${e}]++)|(?P<QUOTED_ESCAPE>{e}[\"${e}])|(?P<QUOTED_BARE>{e}(?![\"${e}]))|{dollar}"
    unnamed = re.sub(r"\?P<\w+>", "?:", within)
    outside = (
        rf"(?P<TEXT>[^'\"${e}]++)|(?P<SINGLE>'[^']*+')|(?P<ESCAPED>{e}[\s\S]?)|\"(?P<double>(?:{unnamed})*+)\"|{dollar}"
    )
    return pattern.compile(outside), pattern.compile(within)


_FORMS = {
    (escape, variable): _forms(escape, variable)
    for escape in ("\\", "`")
    for variable in sorted({dialect.variable for dialect in DIALECTS.values()})
}


def _plain_nodes(text: str, forms: tuple[re.Pattern[str], re.Pattern[str]]) -> list[_Token | _Tree] | None:
    """The nodes that the grammar gives; None for text that only it can read."""
    nodes: list[_Token | _Tree] = []
    end = 0
    for match in forms[0].finditer(text):
        if match.start() != end:
            return None
        end = match.end()
        kind = match.lastgroup or ""
        if kind == "NAME":
            nodes.append(_Tree("braced", [_Token("NAME", match["NAME"])]))
        elif kind == "double":
            nodes.append(_Tree("double", _plain_nodes(match["double"], forms[1:] * 2) or []))
        else:
            nodes.append(_Token(kind, match[0]))
    return nodes if end == len(text) else None


@dataclass()
class _Pieces:
    """The result as it grows: (text, whether white space in it parts words)."""

    parts: list[tuple[str | None, bool]] = field(default_factory=list)
    size: int = 0

    def add(self, text: str, splits: bool = False) -> None:
        self.size += len(text)
        if self.size > MAX_CHARACTERS:
            raise TooMuchError(f"a value expands to more than {MAX_CHARACTERS} characters")
        self.parts.append((text, splits))

    def forget_word(self) -> None:
        """Drops the word so far for `words`, because the builder's lexer has one buffer for all nesting."""
        self.parts.append((None, False))

    def word(self) -> str:
        return "".join(text for text, _ in self.parts if text is not None)

    def words(self, marks: bool) -> list[str]:
        """The words: parted by white space of the text and of variables, not by that of quotes and escapes.

        `marks`: white space behind `<<` parts nothing.
        """
        words: list[str] = []
        current: list[str] = []
        for text, splits in self.parts:
            if text is None:
                current.clear()
                continue
            if not splits:
                current.append(text)
                continue
            start = 0
            for match in _BORDER.finditer(text):
                if match[1] is not None and marks:
                    continue
                end = match.start() if match[1] is None else match.end(1)
                current.append(text[start:end])
                if end < match.end():
                    _flush(current, words)
                start = match.end()
            current.append(text[start:])
        _flush(current, words)
        return words


# White space, or a here-document's mark with the white space that the builder's lexer leaves to it.
_BORDER = pattern.compile(f"(<<)[\\t\\r ]*|[{SPACES}]+")


def _flush(current: list[str], words: list[str]) -> None:
    word = "".join(current)
    current.clear()
    if word:
        words.append(word)


@dataclass(frozen=True)
class Expander:
    """Expands words for one dialect and escape character.

    `keep_unset` leaves variables without a value unchanged, `keep_quotes` and `keep_escapes` do so for quotes and
    escapes; with `quotes` False, quotes are plain text. DockerfileError for a word that the builder rejects.
    """

    dialect: Dialect = BUILDKIT
    escape: str = "\\"
    keep_unset: bool = False
    keep_quotes: bool = False
    keep_escapes: bool = False
    quotes: bool = True

    def word(self, text: str, env: Mapping[str, str]) -> str:
        """`text` expanded to one word, white space included."""
        text = text.removeprefix(_BOM)
        if self._plain(text):
            return text
        return self._expand(text, env).word()

    def words(self, text: str, env: Mapping[str, str], *, marks: bool = True) -> list[str]:
        """`text` expanded and split into words at white space outside quotes; if the dialect has here-documents, and
        with `marks`, not at white space after `<<`."""
        text = text.removeprefix(_BOM)
        pieces = _Pieces()
        if self._plain(text):
            pieces.add(text, True)
        else:
            pieces = self._expand(text, env)
        return pieces.words(marks and self.dialect.heredocs)

    def _plain(self, text: str) -> bool:
        return not ("$" in text or '"' in text or "'" in text or self._escape in text)

    @property
    def _escape(self) -> str:
        return self.escape if self.dialect.escape_in_words else "\\"

    def _expand(self, text: str, env: Mapping[str, str]) -> _Pieces:
        if text.count("${") > 10_000:
            raise TooMuchError("too many variables in one argument")
        nodes: list[Any] | None = _plain_nodes(self._hide_quotes(text), _FORMS[self._escape, self.dialect.variable])
        if nodes is None:
            nodes = self._nodes(text)
        pieces = _Pieces()
        _Evaluation(self, env).pieces(nodes, pieces, self.keep_escapes, 0)
        return pieces

    def _nodes(self, text: str) -> list[Any]:
        """The grammar's nodes for `text`."""
        from lark.exceptions import UnexpectedInput

        try:
            return _parser(self._escape, self.dialect.variable).parse(self._hide_quotes(text)).children
        except UnexpectedInput as error:
            raise DockerfileError(_syntax_error(text, error.pos_in_stream or 0)) from None

    def _hide_quotes(self, text: str) -> str:
        if self.quotes:
            return text
        return text.replace("'", "\ue002").replace('"', "\ue003")


def _syntax_error(text: str, position: int) -> str:
    shown = text if len(text) < 60 else text[:57] + "…"
    return f"failed to process {shown!r}: quotes or a substitution do not end or are unknown (at {position + 1})"


def _name(text: str) -> str:
    """How much of `text` is a name to Go, which takes letters and decimal digits, but no `²` and no `Ⅷ`."""
    if text.isascii():
        return text
    import unicodedata

    for position, char in enumerate(text):
        category = unicodedata.category(char)
        if not char.isascii() and category[0] != "L" and category != "Nd":
            return text[:position]
    return text


@dataclass()
class _Evaluation:
    expander: Expander
    env: Mapping[str, str]
    nested: int = 0

    def pieces(self, nodes: list[Any], out: _Pieces, raw: bool, depth: int) -> None:
        """Adds what `nodes` expand to. `raw` keeps escapes, as the patterns of `${x#…}` need them."""
        if depth > MAX_DEPTH:
            raise TooMuchError(f"substitutions nest deeper than {MAX_DEPTH}")
        for node in nodes:
            kind = getattr(node, "type", None)
            if kind is None:
                self._tree(node, out, raw, depth)
                continue
            text = self._plain(str(node))
            if kind in ("TEXT", "BODY_TEXT", "PATTERN_TEXT"):
                out.add(text, True)
            elif kind == "SINGLE":
                out.add(text if self.expander.keep_quotes else text[1:-1])
            elif kind == "ESCAPED" or kind == "QUOTED_ESCAPE":
                out.add(text if raw else text[1:])
            elif kind == "VARIABLE":
                name = _name(text[1:])
                value = self.env.get(name) if name else "$"
                out.add(f"${name}" if value is None and self.expander.keep_unset else value or "", True)
                if len(name) + 1 < len(text):
                    out.add(text[len(name) + 1 :], True)
            else:
                out.add(text, kind == "LONE")

    def _plain(self, text: str) -> str:
        return text if self.expander.quotes else text.replace("\ue002", "'").replace("\ue003", '"')

    def _tree(self, tree: Any, out: _Pieces, raw: bool, depth: int) -> None:
        before = self.nested
        if tree.data.startswith("double"):
            inner = _Pieces()
            self.pieces(tree.children, inner, raw, depth + 1)
            quote = '"' if self.expander.keep_quotes else ""
            text, splits = quote + inner.word() + quote, False
        else:
            text, splits = self._dollar(tree, depth), True
        if self.nested > before and self.expander.dialect.patterns:
            out.forget_word()
        out.add(text, splits)

    def _dollar(self, tree: Any, depth: int) -> str:
        name = ""
        children = list(tree.children)
        if children and getattr(children[0], "type", "") == "NAME":
            name = str(children.pop(0))
        if name != _name(name) or not self._allowed(name, str(children[0]) if children else "}"):
            raise DockerfileError(f"bad substitution of ${{{name}…}}")
        return self._braced(str(tree.data), name, children, depth)

    def _allowed(self, name: str, operator: str) -> bool:
        dialect = self.expander.dialect
        if dialect.bare_braces:
            return not name or name == "_" or name.replace("_", "a").isalnum()
        return bool(name) or operator[0] not in "}:"

    def _braced(self, form: str, name: str, children: list[Any], depth: int) -> str:
        value = self.env.get(name)
        if form.startswith("braced"):
            return f"${{{name}}}" if value is None and self.expander.keep_unset else value or ""
        operator = str(children[0])
        dialect = self.expander.dialect
        if form == "conditional" and operator in dialect.operators:
            return self._conditional(name, operator, value, self._inner(children[1], False, depth))
        if form == "trim" and dialect.patterns:
            return self._trim(name, operator, value, self._inner(children[1], True, depth))
        if form == "replace" and dialect.patterns:
            pattern, replacement = (self._inner(child, True, depth) for child in children[1:])
            return self._replace(name, operator, value, pattern, replacement)
        raise DockerfileError(f"unsupported modifier ({operator}) in substitution of ${name}")

    def _inner(self, body: Any, raw: bool, depth: int) -> str:
        self.nested += 1
        pieces = _Pieces()
        self.pieces(body.children, pieces, raw, depth + 1)
        return pieces.word()

    def _conditional(self, name: str, operator: str, value: str | None, word: str) -> str:
        if value is None and self.expander.keep_unset:
            return f"${{{name}{operator}{word}}}"
        missing = not value if operator.startswith(":") else value is None
        if operator.endswith("-"):
            return word if missing else value or ""
        if operator.endswith("+"):
            return "" if missing else word
        if missing:
            raise DockerfileError(
                f"{name}: {word or 'is not allowed to be ' + ('unset' if value is None else 'empty')}"
            )
        return value or ""

    def _trim(self, name: str, operator: str, value: str | None, word: str) -> str:
        if value is None and self.expander.keep_unset:
            return f"${{{name}{operator}{word}}}"
        longest = word.startswith(operator)
        return glob.trim(value or "", word[1:] if longest else word, longest=longest, end=operator == "%")

    def _replace(self, name: str, slashes: str, value: str | None, pattern: str, replacement: str) -> str:
        if value is None and self.expander.keep_unset:
            return f"${{{name}/{pattern}/{replacement}}}"
        return glob.replace(value or "", pattern, replacement, everywhere=slashes == "//")
