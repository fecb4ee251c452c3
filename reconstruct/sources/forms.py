"""The registry of saved forms: what a module of one defines, and which there are.

A form is told by its content alone. Its module is imported when an input may be of it; one form more is its module and
its name here.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from reconstruct.sources.files import Files
    from reconstruct.sources.interface import Candidate, Document, Reading


class FileForm(Protocol):
    """A folder or an archive. `NAME` is what `reconstruct list` prints."""

    NAME: str

    def recognises_files(self, files: Files) -> bool:
        """Whether the files are of this form, by what is there."""

    def images_of_files(self, files: Files, reading: Reading) -> list[Candidate]:
        """Every image in them. UnreadableError if there is none."""


class ValueForm(Protocol):
    """A parsed JSON value: what a command or an API printed."""

    NAME: str

    def recognises(self, value: object) -> bool:
        """Whether the value is of this form."""

    def images(self, value: object, found: Document, reading: Reading) -> list[Candidate]:
        """Every image that it tells of; `found` is the document that it stands in."""


class TextForm(Protocol):
    """A text that is no JSON: a printed table, a page."""

    NAME: str

    def recognises_text(self, text: str) -> bool:
        """Whether the text is of this form."""

    def images_of_text(self, text: str, reading: Reading) -> list[Candidate]:
        """Every image that it tells of."""


# Asked in this order: the first that recognises an input reads it.
FILES = (
    "oci_layout",
    "docker_archive",
    "directory",
    "legacy_archive",
    "docker_store",
    "containers_store",
    "containerd_store",
    "charliecloud",
)
VALUES = (
    "config",
    "umoci",
    "inspect",
    "history",
    "schema1",
    "quay",
    "harbor",
    "gcr",
    "imagetools",
    "hub",
    "manifests",
    "skopeo",
    "statement",
    "charliecloud",
)
TEXTS = ("umoci", "history", "repo_info")


def of_files() -> Iterator[FileForm]:
    """The forms of folders and archives in the order they are asked, each imported when its turn comes."""
    return (cast("FileForm", _module(name)) for name in FILES)


def of_values() -> Iterator[ValueForm]:
    """The forms of JSON values in the order they are asked, each imported when its turn comes."""
    return (cast("ValueForm", _module(name)) for name in VALUES)


def of_texts() -> Iterator[TextForm]:
    """The forms of other texts in the order they are asked, each imported when its turn comes."""
    return (cast("TextForm", _module(name)) for name in TEXTS)


def _module(name: str) -> object:
    return import_module(f"reconstruct.sources.{name}")
