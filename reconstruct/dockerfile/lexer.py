"""The link between lines and `grammars/dockerfile.lark`: a lexer whose tokens are lines, and the transformer of the
tree."""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token, Transformer
from lark.lexer import Lexer

from reconstruct.dockerfile.lines import Line, with_documents
from reconstruct.dockerfile.model import Directive, Instruction
from reconstruct.typed import Any


class LineLexer(Lexer):
    """Gives the parser the lines of a `Lines`, each as a token with its `Line`."""

    __future_interface__ = 1

    def __init__(self, lexer_conf: Any) -> None:
        """The grammar's terminals aren't needed, because the lines are already classified."""

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:
        for line in lexer_state.text:
            token = Token(line.kind, line.text)
            token.value = line
            yield token


class Reading(Transformer[Token, "list[Directive | Instruction]"]):
    """The tree of a file → its directives and instructions, in order."""

    def start(self, children: list[Any]) -> list[Directive | Instruction]:
        lines = (child.value.directive if isinstance(child, Token) else child for child in children)
        return [made for made in lines if made is not None]

    def instruction(self, children: list[Any]) -> Instruction:
        (last, *documents) = children
        return with_documents(last.instruction, documents)

    def text(self, children: list[Token]) -> Line:
        line: Line = children[-1].value
        return line

    def heredoc(self, children: list[Token]) -> list[Line]:
        return [token.value for token in children]
