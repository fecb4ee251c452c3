"""The bounds on what is read. Inputs are hostile: whatever is over one of these is refused with a clear line."""

from __future__ import annotations

# A JSON document or a text. The largest seen in the wild are provenance statements of some megabytes; a config is 20 KB.
MAX_DOCUMENT = 32 << 20
# Values, members and separators in one JSON document: what bounds the memory of the parsed form.
MAX_VALUES = 1_000_000
# The JSON kept of one archive that can be read only once (compressed, or a pipe).
MAX_KEPT = 96 << 20
# Members of one tar archive, and bytes of one extended header (a long name, pax records).
MAX_MEMBERS = 200_000
MAX_HEADER = 1 << 20
# Indexes inside indexes, and manifests reached through them.
MAX_NESTING = 16
MAX_MANIFESTS = 10_000
# A compressed input that has grown beyond the first and is packed tighter than the second is a bomb, no archive.
BOMB_SIZE = 1 << 30
BOMB_RATIO = 500
# The window an xz or zstd stream may ask for.
MAX_WINDOW = 128 << 20
