"""The registry of saved forms: the interface of their modules, and the list of them.

Forms are detected only by content. A form's module is imported when an input may have that form; to add a form, add its
module and its name here.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module

from reconstruct.typed import TYPE_CHECKING, Protocol, cast

if TYPE_CHECKING:
    from reconstruct.sources.files import Files
    from reconstruct.sources.interface import Candidate, Document, Reading


class FileForm(Protocol):
    """A directory or an archive. `NAME` is what `reconstruct list` prints."""

    NAME: str

    def recognises_files(self, files: Files) -> bool:
        """Whether the files have this form."""

    def images_of_files(self, files: Files, reading: Reading) -> list[Candidate]:
        """Every image in them. UnreadableError if there is none."""


class ValueForm(Protocol):
    """A parsed JSON value, as printed by a command or an API."""

    NAME: str

    def recognises(self, value: object) -> bool:
        """Whether the value has this form."""

    def images(self, value: object, found: Document, reading: Reading) -> list[Candidate]:
        """Every image that it describes; `found` is the document that contains it."""


class TextForm(Protocol):
    """A text other than JSON: a printed table, a page."""

    NAME: str

    def recognises_text(self, text: str) -> bool:
        """Whether the text has this form."""

    def images_of_text(self, text: str, reading: Reading) -> list[Candidate]:
        """Every image that it describes."""


# Tried in this order; the first that recognises an input reads it.
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
    "scanners",
    "excerpt",
    "inside",
)
TEXTS = ("umoci", "history", "repo_info", "pasted", "commands", "columns", "numbered")


def of_files() -> Iterator[FileForm]:
    """The forms of folders and archives in the order they are tried, each imported when its turn comes."""
    return (cast("FileForm", _module(name)) for name in FILES)


def of_values() -> Iterator[ValueForm]:
    """The forms of JSON values in the order they are tried, each imported when its turn comes."""
    return (cast("ValueForm", _module(name)) for name in VALUES)


def of_texts() -> Iterator[TextForm]:
    """The forms of other texts in the order they are tried, each imported when its turn comes."""
    return (cast("TextForm", _module(name)) for name in TEXTS)


def _module(name: str) -> object:
    return import_module(f"reconstruct.sources.{name}")
