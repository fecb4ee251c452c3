"""How files of saved images are called. Forms are told by their content; names only tell a file from an image's name."""

from __future__ import annotations

SUFFIXES = (
    ".json",
    ".jsonl",
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


def has_suffix(name: str) -> bool:
    """Whether a file's name ends as those of saved images do."""
    return name.lower().endswith(SUFFIXES)


def names_a_file(text: str) -> bool:
    """Whether `text`, given where a file or an image's name may stand, can only mean a file."""
    return has_suffix(text) or text.startswith(("/", "./", "../", "~")) or text in (".", "..")
