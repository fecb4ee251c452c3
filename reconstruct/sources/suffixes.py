"""How files of saved images are called. Forms are told by their content; names only tell a file from an image's name."""

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
    """Whether a file's name ends as those of saved images do."""
    return name.lower().endswith(SUFFIXES)


def claims_an_image(path: str) -> bool:
    """Whether a file that was found in a folder claims by its name to be a saved image.

    All are tried. One that claims it and can't be read is an error; any other is skipped, as a README or a list of
    checksums is: pages and listings are saved forms too, but most files of their names are none.
    """
    return has_suffix(path) and not path.lower().endswith(_OFTEN_OTHER)


def names_a_file(text: str) -> bool:
    """Whether `text`, given where a file or an image's name may stand, can only mean a file."""
    return has_suffix(text) or text.startswith(("/", "./", "../", "~")) or text in (".", "..")
