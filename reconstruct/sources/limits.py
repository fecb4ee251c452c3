"""Limits on inputs, which are hostile: anything over one of these is refused with a clear message."""

from __future__ import annotations

from reconstruct.errors import UnreadableError


class OverLimitError(UnreadableError):
    """A limit is exceeded; the caller that knows the input's name prepends it."""


# A JSON document or a text. Configs are about 20 KB, provenance statements up to a few MB.
MAX_DOCUMENT = 16 << 20
# Values and members in one JSON document: what bounds the memory of the parsed form.
MAX_VALUES = 500_000
# One text of a config, in characters. Linux accepts no argument or variable of more than 128 KiB, so texts from a command
# line or an environment are far below; labels of buildpacks have hundreds of KB.
MAX_TEXT = 1 << 20
# History entries or layers of one image; engines stop at 127 layers.
MAX_STEPS = 20_000
# … and of all images that one reading processes.
MAX_ALL_STEPS = 500_000
# The documents kept of an archive that can be read only once (compressed, or a pipe).
MAX_KEPT = 48 << 20
# All documents of one reading together: their bytes, their values, and the memory for those kept parsed (bytes).
MAX_PARSED = 256 << 20
MAX_PARSED_VALUES = 10_000_000
MAX_PARSED_KEPT = 32 << 20
# Members of one tar archive, and bytes of one extended header (a long name, pax records).
MAX_MEMBERS = 250_000
MAX_HEADER = 1 << 20
# Nested indexes, and manifests reached through them.
MAX_NESTING = 16
MAX_MANIFESTS = 10_000
# Documents in one text that are searched for those that describe the same image.
MAX_JOINED = 300
# A compressed input that expands beyond the first, with a ratio above the second, is a bomb.
BOMB_SIZE = 256 << 20
BOMB_RATIO = 300
# A layer may have files of zeros that compress like a bomb; it counts as one only beyond this size.
BOMB_LAYER = 8 << 30
# The window an xz or zstd stream may ask for.
MAX_WINDOW = 128 << 20
