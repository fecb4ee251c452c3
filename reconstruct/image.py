"""A saved image, as every source produces it and every later stage reads it."""

from __future__ import annotations

from collections.abc import Mapping

from reconstruct.record import dataclass, field
from reconstruct.typed import Any

FOREIGN_MEDIA_TYPES = frozenset(
    {
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
    }
)


@dataclass(frozen=True)
class HistoryEntry:
    """One entry of an image config's `history` (OCI image spec, config.md), as it was saved.

    `created` is the config's original RFC 3339 text; `size` is in bytes, uncompressed, and only known if the saved form
        gives one per entry (`docker history`, an engine's API). `cut`: a printed form has truncated `created_by` (`docker
        history` without `--no-trunc`).
    """

    created_by: str = ""
    created: str | None = None
    author: str = ""
    comment: str = ""
    empty_layer: bool = False
    size: int | None = None
    cut: bool = False


@dataclass(frozen=True)
class Layer:
    """One layer. A field is None if the saved form doesn't know it, never 0.

    `digest` is the blob's (as a manifest names it), `diff_id` the uncompressed tar's, `compressed_size` the blob's
    bytes (transfer size), `size` the uncompressed tar's bytes.
    """

    digest: str | None = None
    diff_id: str | None = None
    media_type: str | None = None
    compressed_size: int | None = None
    size: int | None = None
    urls: tuple[str, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    last_modified: str | None = None

    @property
    def foreign(self) -> bool:
        """Whether the layer is distributed elsewhere (Windows base layers): by media type or by its URLs."""
        return self.media_type in FOREIGN_MEDIA_TYPES or bool(self.urls)


@dataclass(frozen=True)
class SourceLocation:
    """The lines (1-based, inclusive) of the original Dockerfile that a build step came from."""

    start: int
    end: int


@dataclass(frozen=True)
class Provenance:
    """A build provenance attestation found next to the image.

    `dockerfile` is the original text if the statement has it (BuildKit, mode=max), else None. It is decoded with
        `surrogateescape`; `dockerfile_data` has the bytes as saved.
    `mode` is `max` or `min` for BuildKit's, else empty. `base_images` are (name, digest) of the images that the build
    used, the last stage's base first. `layer_locations` gives the lines of a layer by its blob digest; as one digest may
    occur twice, `layer_lines` gives them by position, parallel to `Image.layers` (empty if nothing is known).
    """

    builder: str = ""
    predicate_type: str = ""
    mode: str = ""
    dockerfile: str | None = None
    filename: str | None = None
    base_images: tuple[tuple[str, str], ...] = ()
    layer_locations: Mapping[str, tuple[SourceLocation, ...]] = field(default_factory=dict)
    dockerfile_data: bytes | None = None
    layer_lines: tuple[tuple[SourceLocation, ...], ...] = ()


@dataclass(frozen=True)
class Image:
    """A saved image: its config as saved (`raw_config`), and the typed facts that later stages need.

    `index_platform` is the platform that an index gives for the image (OCI image spec, image-index.md), as it was saved.
    `config` is the `config` object of the image config (Env, Cmd, Labels …; keys as Docker spells them), empty when the
    form has none. `history` is oldest first. `layers` is the root file system's, base first. `has_history` and
    `has_config` distinguish a form that doesn't know from an image that has none. `notes` are remarks on the reading, for
        people; `doubts` are contradictions in the input (a digest, a size, a count), which are errors with `strict`.
    """

    raw_config: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    history: tuple[HistoryEntry, ...] = ()
    layers: tuple[Layer, ...] = ()
    os: str = "linux"
    os_version: str | None = None
    architecture: str | None = None
    variant: str | None = None
    created: str | None = None
    author: str = ""
    docker_version: str = ""
    image_id: str | None = None
    digest: str | None = None
    media_type: str | None = None
    index_digest: str | None = None
    index_media_type: str | None = None
    index_platform: Mapping[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    provenance: Provenance | None = None
    attestations: tuple[str, ...] = ()
    has_history: bool = True
    has_config: bool = True

    def __repr__(self) -> str:
        name = self.tags[0] if self.tags else self.image_id or self.source or "unnamed"
        return f"<Image {name[:80]!r} {self.platform}: {len(self.history)} history entries, {len(self.layers)} layers>"

    @property
    def platform(self) -> str:
        """`os/architecture[/variant]`, as `docker --platform` takes it, without unknown parts."""
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    @property
    def windows(self) -> bool:
        """Whether `os` is windows: paths, the default shell and the layers of settings differ there."""
        return self.os == "windows"
