"""One look-up: the root, the sequences of steps on it, and the resulting chain."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from functools import cache

from reconstruct.base.evidence import Case, marks
from reconstruct.base.known.canonical import texts
from reconstruct.base.known.chain import Link, Root, resolve
from reconstruct.base.known.model import KnownImage
from reconstruct.base.known.rows import by_marks
from reconstruct.base.known.search import MOST_STEPS, Search
from reconstruct.base.known.store import Store, date_of
from reconstruct.base.model import Claim
from reconstruct.base.written import numbers_kept
from reconstruct.image import Image
from reconstruct.syntax import Certainty, Copy, Label, RootFilesystem, Step

# If the root's end is unknown, an image may start after any of the first entries.
_ROOT_ENTRIES = 12
# The number of images with the same steps that are named in a line.
_MOST_TOLD = 3


@cache
def store() -> Store | None:
    """The data, opened once; None if it is missing or damaged."""
    try:
        return Store()
    except (OSError, ValueError):
        return None


def look_up(image: Image, steps: Sequence[Step], marked_roots: Sequence[Claim] | None = None) -> tuple[KnownImage, ...]:
    """The known images below, by the data and by the rows of marks; see `find`. `marked_roots`: the claims of the steps' marks,
    if they are known."""
    own = [step for step in steps if step.index is not None][:MOST_STEPS]
    data = store()
    roots = _roots(image, own, data, marked_roots if len(own) == len(steps) else None)
    found = texts(own)
    marked = by_marks(image, own, found, roots)
    roots += [_as_root(one) for one in marked if one.entries]
    try:
        known = _by_data(own, found, roots, data) if data is not None and own else []
    except (struct.error, zlib.error, ValueError, IndexError, OverflowError):
        # A damaged file counts as empty.
        known = []
    # A row says more about an image than the FROM of another on it, but less than its own steps, which have days.
    marks = {one.entries for one in marked}
    known = [one for one in known if one.days is not None or one.entries not in marks]
    ends = {one.entries for one in known}
    known += [one for one in marked if one.entries not in ends]
    return tuple(sorted(known, key=lambda one: one.entries))


def _as_root(known: KnownImage) -> Root:
    """Official images are based on other vendors' images too: swift on Red Hat's."""
    repository, _, tag = known.name.partition(":")
    return Root(known.entries, repository, frozenset((tag,) if tag else ()))


def _by_data(steps: Sequence[Step], found: Sequence[str], roots: Sequence[Root], data: Store) -> list[KnownImage]:
    matches = Search(steps, found, {root.end: root for root in roots}, data).matches()
    if not matches:
        return []
    # Those that have versions are made by Dockerfiles; distributions are listed by their tags.
    resolved = resolve(matches, roots, steps, lambda image: any(data.versions(image)))
    known = [_of_link(link) for link in resolved.links]
    root, names = resolved.root, [name for name in resolved.names if name != "scratch:latest"]
    if root is not None and root.end and names:
        known.insert(0, _of_root(root, names, known[0]))
    return known


def _roots(
    image: Image, steps: Sequence[Step], data: Store | None, marked: Sequence[Claim] | None = None
) -> list[Root]:
    roots = []
    for claim in marks.claims(Case(image=image, steps=steps)) if marked is None else marked:
        if claim.entries:
            names = [name for name in (claim.name, *claim.names) if name]
            distribution = names[0].partition(":")[0] if names else ""
            told = _tags(names) if _tells_release(steps[: claim.entries]) else []
            tags = data.also_called(distribution, told) if data is not None else frozenset(told)
            roots.append(Root(claim.entries, distribution, tags))
    return roots or [Root(end) for end in range(1, min(_ROOT_ENTRIES, len(steps)) + 1)]


def _tags(names: Sequence[str]) -> list[str]:
    parts = (name.rpartition("/")[2].partition(":") for name in names)
    return [tag for _, _, tag in parts if tag]


def _tells_release(steps: Sequence[Step]) -> bool:
    """Whether a root's steps show its release: a stamp, an archive's name, labels; not only a checksum."""
    for step in steps:
        instruction = step.instruction
        if isinstance(instruction, (RootFilesystem, Label)) or (isinstance(instruction, Copy) and instruction.sources):
            return True
    return False


def _of_link(link: Link) -> KnownImage:
    names = tuple(f"{link.listing.image}:{tag}" for tag in link.tags)
    own = link.end - link.start
    if link.shaped:
        reason = f"the {own} entries up to here have the form and version of {link.listing.image}'s"
        names = tuple(name for name in names if _is_line(name, names[0]))
        reason += _alike(link.alternatives)
        return KnownImage(names[0], names, link.end, Certainty.INFERRED, reason, None, link.alternatives)
    days = (date_of(link.days[0]), date_of(link.days[1]))
    entries = "entry" if own == 1 else f"{own} entries"
    reason = f"the {entries} up to here {'is' if own == 1 else 'are'} {names[0]}'s own, as in its Dockerfile"
    reason += _alike(link.alternatives)
    return KnownImage(names[0], names, link.end, Certainty.INFERRED, reason, days, link.alternatives)


def _is_line(name: str, full: str) -> bool:
    """Whether an image of a version newer than the data had a shorter name: that of its line, of which new ones are built;
    whether it was the newest of all is unknown."""
    repository, _, tag = name.rpartition(":")
    version, whole = tag.partition("-")[0], full.rpartition(":")[2].partition("-")[0]
    kept = numbers_kept(repository)
    return version == whole or (kept is not None and version.count(".") >= kept - 1)


def _of_root(root: Root, names: Sequence[str], above: KnownImage) -> KnownImage:
    """What the FROM of the image above says about the root; the first of the names is the likeliest."""
    whole = [name if ":" in name.rpartition("/")[2] else f"{name}:latest" for name in names]
    name, *others = dict.fromkeys(whole)
    reason = f"{above.name} is built on it" + (f"; it could also be {_listed(others)}" if others else "")
    return KnownImage(name, (name,), root.end, Certainty.INFERRED, reason, None, tuple(others))


def _alike(names: Sequence[str]) -> str:
    """The remark on other images with the same steps."""
    return f"; {_listed(names)} {'has' if len(names) == 1 else 'have'} the same steps" if names else ""


def _listed(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b, c and 4 more`."""
    more = len(names) - _MOST_TOLD
    shown = [*names[:_MOST_TOLD], *([f"{more} more"] if more > 0 else [])]
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
