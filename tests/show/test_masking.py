"""Secrets hidden in typed data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from reconstruct.show.masking import TOO_DEEP, masked


class Kind(StrEnum):
    SECRET = "secret"


@dataclass(frozen=True)
class Leaf:
    text: str
    kind: Kind = Kind.SECRET
    size: int = 3


@dataclass(frozen=True)
class Tree:
    leaves: tuple[Leaf, ...]
    names: dict[str, list[str]]
    first: Leaf | None = None


def hide(text: str) -> str:
    return text.replace("secret", "****")


def test_every_text_is_masked_and_nothing_else() -> None:
    tree = Tree((Leaf("a secret"), Leaf("plain")), {"secret key": ["secret", "x"]}, Leaf("secret"))
    made = masked(tree, hide)
    assert made == Tree((Leaf("a ****"), Leaf("plain")), {"**** key": ["****", "x"]}, Leaf("****"))
    assert made.leaves[0].kind is Kind.SECRET
    assert made.leaves[1] is tree.leaves[1]


def test_without_a_secret_the_data_is_the_same() -> None:
    tree = Tree((Leaf("a"),), {"b": ["c"]})
    assert masked(tree, hide) is tree


def test_a_type_can_have_its_own_way() -> None:
    assert masked((Leaf("secret"),), hide, {Leaf: lambda leaf, mask: leaf.size}) == (3,)


def test_unlimited_nesting_is_cut() -> None:
    deep: list[object] = []
    for _ in range(5000):
        deep = [deep, "secret"]
    assert TOO_DEEP in repr(masked(deep, hide))
