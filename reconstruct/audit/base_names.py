"""The known names of base images."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reconstruct import reference
from reconstruct.base.model import Source
from reconstruct.record import dataclass
from reconstruct.syntax import Label
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.audit.context import Context

_LABELS = ("org.opencontainers.image.base.name", "image.base.ref.name")


@dataclass(frozen=True)
class NamedBase:
    """A base named in the record: where (`reason` in words), and the position of the step that shows it."""

    name: str
    digest: str | None
    source: Source
    reason: str
    step: int | None


def named_bases(context: Context) -> Iterator[NamedBase]:
    """Each base named in the record.

    The release from a root file system's stamp isn't a name given in a Dockerfile, so it is left out.
    """
    base = context.base
    seen: set[str] = set()
    if base is not None and base.source in (Source.BUILDAH, Source.PROVENANCE):
        seen.add(base.name)
        yield NamedBase(base.name, base.digest, base.source, base.reason, _told_by_comment(context, base.name))
    labels = context.config("Labels")
    # A step's label counts even if the config has lost it.
    by_steps = {pair.key: pair.value for _, label in context.of(Label) for pair in label.pairs}
    sources: tuple[Mapping[str, object], ...] = (
        labels if isinstance(labels, dict) else {},
        by_steps,
        context.image.annotations,
    )
    for source in sources:
        for key in _LABELS:
            name = source.get(key)
            if isinstance(name, str) and name and name not in seen and name != "scratch":
                seen.add(name)
                digest = source.get("org.opencontainers.image.base.digest")
                told = digest if isinstance(digest, str) and digest else None
                yield NamedBase(name, told, Source.LABELS, f"label {key}", _label(context, key))


def _told_by_comment(context: Context, name: str) -> int | None:
    """The step whose comment is buildah's `FROM name`, else the first of the build itself."""
    for position, step in enumerate(context.steps):
        if step.entry is not None and step.entry.comment == f"FROM {name}":
            return position
    return context.base_steps if context.base_steps < len(context.steps) else None


def _label(context: Context, key: str) -> int | None:
    found = None
    for position, label in context.of(Label):
        if any(pair.key == key for pair in label.pairs):
            found = position
    return found


def tag_of(name: str) -> str:
    """The tag of an image's name; empty if it has none."""
    return reference.read(name).tag
