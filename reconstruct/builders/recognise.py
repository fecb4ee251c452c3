"""Which builder wrote each entry. Most entries show it themselves; the rest follow their neighbours."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.builders import makers, registry
from reconstruct.image import HistoryEntry, Image
from reconstruct.syntax import Dialect

# The entries of these two can look alike (RUN, COPY, ADD, WORKDIR).
_ALIKE = (Dialect.CLASSIC, Dialect.BUILDAH)
# Tried in this order; for a dialect of several builders, the newest.
_ORDER = (Dialect.KANIKO, Dialect.BUILDAH, Dialect.BUILDKIT, Dialect.CLASSIC)


def signed(image: Image) -> bool:
    """Whether buildah signed the image."""
    return registry.named("buildah").signed(image)


def writer(entry: HistoryEntry, buildah: bool) -> Dialect | None:
    """The dialect that the entry itself shows, else None; `buildah`: buildah signed the image."""
    for dialect in _ORDER:
        if registry.of(dialect).wrote(entry, buildah):
            return dialect
    return None


def kind(entry: HistoryEntry, dialect: Dialect) -> Dialect:
    """The `dialect` of an entry, as in `dialects`; OTHER for that of a tool that isn't a builder, and for one without a text."""
    return Dialect.OTHER if makers.made(entry) else dialect


def last_writers(image: Image) -> list[str]:
    """The names of the builders that may have made the image's last part, the likeliest first."""
    if not image.history:
        return ["buildkit"]
    found = dialects(image)
    last = kind(image.history[-1], found[-1])
    if last is Dialect.KANIKO:
        return ["kaniko"]
    if last is Dialect.BUILDKIT or (last is Dialect.OTHER and Dialect.BUILDKIT in map(kind, image.history, found)):
        version = registry.named("buildkit").version(image)
        names = {"0.13": ["buildkit"], "0.12": ["buildkit-0.8", "buildkit"]}.get(
            version or "", ["buildkit", "buildkit-0.8"]
        )
    elif last is Dialect.OTHER:
        names = ["buildkit", "classic", "buildah"]
    elif writer(image.history[-1], signed(image)) is None and not image.docker_version:
        names = ["buildah"] if registry.named("buildah").version(image) else ["classic", "buildah"]
    else:
        names = ["buildah" if last is Dialect.BUILDAH and not image.docker_version else "classic"]
    if image.config.get("OnBuild"):
        # BuildKit writes no entry for ONBUILD.
        names += [name for name in ("buildkit", "buildkit-0.8") if name not in names]
    return names


def dialects(image: Image) -> tuple[Dialect, ...]:
    """The dialect of every history entry, in order.

    An entry that could be the classic builder's or buildah's follows its neighbours: both if they agree, else the one after
    it, because a build starts with a line that shows the builder.
    """
    buildah = signed(image)
    found: list[Dialect | None] = []
    authors = {entry.author for entry in image.history}
    asked = [
        (builder.dialect, builder.wrote)
        for builder in map(registry.of, _ORDER)
        if (buildah or not builder.signs) and (not builder.author or builder.author in authors)
    ]
    for entry in image.history:
        for dialect, wrote in asked:
            if wrote(entry, buildah):
                found.append(dialect)
                break
        else:
            found.append(None)
    if None not in found:
        return tuple(found)  # type: ignore[arg-type]
    fallback = Dialect.BUILDAH if buildah else Dialect.CLASSIC
    shown = [dialect for dialect in _ALIKE if dialect in found]
    if len(shown) < len(_ALIKE):
        other = shown[0] if shown else fallback
        return tuple([dialect or other for dialect in found])
    following = _spread(found[::-1])[::-1]
    before = _spread(found)
    return tuple(
        dialect or after or earlier or fallback
        for dialect, after, earlier in zip(found, following, before, strict=True)
    )


def _spread(found: Sequence[Dialect | None]) -> list[Dialect | None]:
    """For each position, the last dialect of the look-alikes up to there."""
    result: list[Dialect | None] = []
    last: Dialect | None = None
    for dialect in found:
        last = dialect if dialect in _ALIKE else last
        result.append(last)
    return result
