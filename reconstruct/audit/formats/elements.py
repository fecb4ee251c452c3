"""XML whose elements are written one by one, with the layout of a complete document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def document(root: str, elements: Iterable[ElementTree.Element]) -> Iterator[str]:
    """A document in pieces. `root` is the root's name and attributes, as in its tag."""
    empty = True
    for element in elements:
        ElementTree.indent(element, level=1)
        text: str = ElementTree.tostring(element, encoding="unicode")
        yield (f"{DECLARATION}<{root}>\n" if empty else "") + f"  {text.rstrip()}\n"
        empty = False
    yield f"{DECLARATION}<{root} />\n" if empty else f"</{root.split()[0]}>\n"
