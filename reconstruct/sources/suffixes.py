"""File names of saved images. Forms are detected by content; names only distinguish a file from an image's name."""

from __future__ import annotations

SUFFIXES = (
    ".json",
    ".jsonl",
    ".ndjson",
    ".tar",
    ".gz",
    ".tgz",
    ".bz2",
    ".tbz2",
    ".tbz",
    ".xz",
    ".txz",
    ".zst",
    ".tzst",
    ".zstd",
    ".oci",
    ".md",
    ".txt",
)

_OFTEN_OTHER = (".md", ".txt")


def has_suffix(name: str) -> bool:
    """Whether a file's name ends like those of saved images."""
    return name.lower().endswith(SUFFIXES)


def claims_an_image(path: str) -> bool:
    """Whether a file found in a directory claims by its name to be a saved image.

    All files are tried. One that claims it and can't be read is an error; any other is skipped, such as a README or a list
    of checksums: pages and listings are saved forms too, but most files with such names aren't.
    """
    return has_suffix(path) and not path.lower().endswith(_OFTEN_OTHER)


def names_a_file(text: str) -> bool:
    """Whether `text`, given as a file or an image's name, can only mean a file."""
    return has_suffix(text) or text.startswith(("/", "./", "../", "~")) or text in (".", "..")
