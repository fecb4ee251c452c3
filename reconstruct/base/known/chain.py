"""How the found images are based on each other, and which of several with the same steps each one is.

Two variants of an image can have the same own steps (`python:3.10-alpine3.15` and `-alpine3.16`). The image below tells
them apart, or what COPY brought, or finally the time of the entries. An image also shows its base, because its FROM is known.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from datetime import date

from reconstruct import pattern
from reconstruct.base.evidence.marks import windows_build
from reconstruct.base.known.canonical import particulars
from reconstruct.base.known.naming import best_first, releases_first, telling
from reconstruct.base.known.search import Match
from reconstruct.base.known.store import EPOCH, NO_DAY, Listing
from reconstruct.record import dataclass
from reconstruct.syntax import Step

# How well an image's FROM matches the image below.
NAMED, OTHER_DAYS, RELATED, UNKNOWN, FOREIGN = 4, 3, 2, 1, 0
_NEAR = 10
# The length of a step's text that is searched for a release name.
_ENOUGH = 1 << 16
_WORD = pattern.compile(r"[a-z]+")
# Words in tags that aren't release names.
_MOVING = {"stable", "testing", "unstable", "oldstable", "oldoldstable", "latest", "current", "mainline"}
_WINDOWS = {"microsoft/windowsservercore": "servercore", "microsoft/nanoserver": "nanoserver"}
_ON_DOCKER_HUB = {"14393", "16299", "17134"}


@dataclass(frozen=True)
class Root:
    """The root file system at the start of the history.

    `tags` are its image's possible tags, none if nothing shows its release; `image` is the distribution's, a guess
    if there are no tags, empty if unknown.
    """

    end: int
    image: str = ""
    tags: frozenset[str] = frozenset()

    @property
    def names(self) -> list[str]:
        """Its image's name with each of its tags, those of a release first."""
        return [f"{self.image}:{tag}" for tag in releases_first(self.tags)]


@dataclass(frozen=True)
class Link:
    """One image of the chain: the likeliest listing, its tags with those of equally likely listings, the best first.

    `shaped`: only the shape of its steps is known. `alternatives` are names of other images with the same steps, one each,
    that are only less likely.
    """

    start: int
    end: int
    listing: Listing
    tags: tuple[str, ...]
    days: tuple[int, int]
    shaped: bool = False
    alternatives: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Above:
    """What the image above says about the one below: `wanted` is the name in its FROM, empty if unknown;
    `possible` are the names in the FROM of every image that it may be."""

    listing: Listing | None = None
    wanted: str = ""
    possible: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resolved:
    """The chain to the nearest image: its links, its root, and the root's possible names in the first FROM,
    the likeliest first."""

    links: tuple[Link, ...]
    root: Root | None
    names: tuple[str, ...]


def resolve(
    found: Sequence[Match],
    roots: Sequence[Root],
    steps: Sequence[Step],
    is_built: Callable[[str], bool] = lambda image: False,
) -> Resolved:
    """The chain from the matches, on these roots. `is_built` tells whether an image is known to add steps to another, so
    that no root file system alone is one."""
    graph = _Graph(found, roots, is_built)
    end = graph.deepest()
    links: list[Link] = []
    above = _Above()
    while end is not None and (match := graph.into.get(end)) is not None:
        fit, fitting = graph.fitting[id(match)]
        link, alike = _link(match, fitting, above, steps)
        links.append(link)
        # Only the shape of the steps is known: their base is reported if it is the one below, not if another is.
        told = not match.shaped or fit == NAMED
        bases = tuple(dict.fromkeys(_canonical(one.base) for one in (link.listing, *alike) if one.base))
        above = _Above(link.listing, link.listing.base if told else "", bases if told else ())
        end = match.start
    root = next((root for root in roots if root.end == end), None)
    names = tuple(dict.fromkeys(name for name in (above.wanted, *above.possible) if name))
    return Resolved(tuple(reversed(links)), root, names)


class _Graph:
    """A graph of boundaries: the best match to each, and its listings that fit the image below best, with how well."""

    def __init__(self, found: Sequence[Match], roots: Sequence[Root], is_built: Callable[[str], bool]) -> None:
        self.is_built = is_built
        self.roots = {root.end: root for root in roots}
        self.into: dict[int, Match] = {}
        self.fitting: dict[int, tuple[int, list[Listing]]] = {}
        self._scores: dict[int, tuple[int, int]] = {root.end: (0, 0) for root in roots} | {0: (0, 0)}
        for match in sorted(found, key=lambda match: (match.start, match.end)):
            self._add(match)

    def _add(self, match: Match) -> None:
        below = self._scores.get(match.start)
        if below is None:
            return
        best, fitting = self._fitting(match)
        if best == FOREIGN:
            return
        self.fitting[id(match)] = best, fitting
        score = (below[0] + best, below[1] + 1)
        named = match.end in self.roots and self.roots[match.end].tags
        if score > self._scores.get(match.end, (-1, -1)) and not named:
            self._scores[match.end] = score
            self.into[match.end] = match

    def deepest(self) -> int | None:
        return max(self.into, default=None)

    def _fitting(self, match: Match) -> tuple[int, list[Listing]]:
        """The match's listings whose FROM fits best on what is below, and how well."""
        parent = self.into.get(match.start)
        if parent is not None:
            _, below = self.fitting[id(parent)]
            on_image = [(_on_image(listing, below), listing) for listing in match.group.listings]
            best = max(fit for fit, _ in on_image)
            return best, [listing for fit, listing in on_image if fit == best]
        root = self.roots.get(match.start)
        fits = {base: self._on_root(base, match.start, root) for base in match.group.bases}
        best = max(fits.values())
        fitting = match.group.on([base for base, fit in fits.items() if fit == best]) if best != FOREIGN else []
        return best, fitting

    def _on_root(self, base: str, start: int, root: Root | None) -> int:
        """How well an image from `base` fits on the root that ends at `start`."""
        scratch = base in ("", "scratch")
        if start == 0:
            return NAMED if scratch else FOREIGN
        if scratch or root is None:
            return FOREIGN
        image, tag = _split(base)
        if root.tags:
            if _is_other_windows(image, tag, root):
                return FOREIGN
            return _fits(image, tag, root.image, root.tags) or _unseen(image)
        if _same_image(image, root.image):
            return RELATED
        return FOREIGN if self.is_built(image) else UNKNOWN


def _on_image(listing: Listing, below: Sequence[Listing]) -> int:
    """How well a listing fits on the likeliest of those below."""
    if listing.base in ("", "scratch"):
        return FOREIGN
    image, tag = _split(listing.base)
    return max(_stands(image, tag, listing, one) for one in below) or _unseen(image)


def _unseen(image: str) -> int:
    """Images built on an unofficial image, which their steps don't show."""
    return UNKNOWN if "/" in image else FOREIGN


def _is_other_windows(image: str, tag: str, root: Root) -> bool:
    """Whether `image:tag` is another release of Windows than the root's version, which is certain."""
    build = windows_build(tag)
    if not build and image not in _WINDOWS:
        return False
    builds = {found for known in root.tags if (found := windows_build(known))}
    # Docker Hub's tags move; the images moved to Microsoft's registry in 2018.
    return bool(builds) and (build not in builds if build else builds.isdisjoint(_ON_DOCKER_HUB))


def _stands(image: str, tag: str, listing: Listing, below: Listing) -> int:
    """How well a listing whose FROM is `image:tag` fits on another, which must have existed at the time."""
    fit = _fits(image, tag, below.image, below.tags)
    return OTHER_DAYS if fit == NAMED and _at_other_times(listing, below) else fit


def _at_other_times(one: Listing, other: Listing) -> bool:
    return one.first != NO_DAY != other.first and (other.last < one.first or one.last < other.first)


def _fits(image: str, tag: str, other: str, tags: Collection[str]) -> int:
    if not _same_image(image, other):
        return FOREIGN
    return NAMED if tag in tags else RELATED


def _same_image(image: str, other: str) -> bool:
    return image == other or (_WINDOWS.get(image, image).rpartition("/")[2] == other.rpartition("/")[2] != "")


def _split(name: str) -> tuple[str, str]:
    head, slash, last = name.rpartition("/")
    last, _, tag = last.partition(":")
    return f"{head}{slash}{last}", tag or "latest"


def _link(match: Match, listings: list[Listing], above: _Above, steps: Sequence[Step]) -> tuple[Link, list[Listing]]:
    """The likeliest of the listings, and those that are only less likely."""
    own, day = steps[match.start : match.end], _day(steps[match.end - 1])
    wanted, possible = _wanted(listings, above, (above.wanted,)), _wanted(listings, above, above.possible)
    likely = _same_copies(wanted, own)
    words = _named_releases(likely, steps)
    ranked = _ranked(likely, words, day)
    best = ranked[0]
    tags = list(best_first(best.tags))
    days = [best.first, best.last]
    for other in ranked[1:]:
        if other.image == best.image and tags[0] in other.tags and _gap(other, day) == _gap(best, day):
            tags += [tag for tag in other.tags if tag not in tags]
        if other.image == best.image and tags[0] in other.tags:
            days = [min(days[0], other.first), max(days[1], other.last)]
    others = ranked
    if possible != wanted:
        others = _same_copies(possible, own)
        words = _named_releases(others, steps)
        others = _ranked(others, words, day)
    gap = _gap(best, day)
    alike = [one for one in others if _gap(one, day) <= gap and (not words or bool(words & _words(one)))]
    if alternatives := _alternatives(best, tags, alike):
        tags = _shared_first(tags, alike)
    return Link(match.start, match.end, best, tuple(tags), (days[0], days[1]), match.shaped, alternatives), alike


def _wanted(listings: list[Listing], above: _Above, names: Sequence[str]) -> list[Listing]:
    """The listings that had one of the names in the FROM of the image above; all if none had, or none is known."""
    wanted = {_canonical(name) for name in names if name}
    if not wanted:
        return listings
    named = [listing for listing in listings if not wanted.isdisjoint(listing.names)]
    together = [one for one in named if above.listing is not None and not _at_other_times(above.listing, one)]
    return together or named or listings


def _ranked(listings: list[Listing], words: Collection[str], day: int | None) -> list[Listing]:
    """The likeliest first. `words`: the release that the steps name, if they name one."""
    return sorted(
        listings,
        key=lambda listing: (
            not (words and not _words(listing).isdisjoint(words)),
            _gap(listing, day),
            -len(listing.tags),
            _apart(listing, day),
            -max(listing.last, 0),
        ),
    )


def _alternatives(best: Listing, tags: Sequence[str], others: Sequence[Listing]) -> tuple[str, ...]:
    """Names of the other images, one each."""
    taken = {f"{best.image}:{tag}" for tag in tags}
    found: list[str] = []
    for other in others:
        if taken.issuperset(other.names):
            continue
        lead = f"{other.image}:{max(other.tags, key=telling)}"
        if lead not in taken:
            found.append(lead)
            taken.update(other.names)
    return tuple(found)


def _shared_first(tags: list[str], alike: Sequence[Listing]) -> list[str]:
    """Puts the name first that most of them had: on the days when it moved from one to another it is right for both.

    `3.1.2-alpine` was that of `3.1.2-alpine3.15` and then of `3.1.2-alpine3.16`; shorter names don't count.
    """
    version = tags[0].partition("-")[0]
    others = Counter(tag for one in alike if tags[0] not in one.tags for tag in one.tags)
    lead = max(tags, key=lambda tag: others[tag] if tag.partition("-")[0] == version else 0)
    return [lead, *(tag for tag in tags if tag != lead)]


def _words(listing: Listing) -> set[str]:
    """The words of the name in FROM that show the release: `bookworm`, `slim`."""
    return set(_WORD.findall(listing.base.rpartition(":")[2]))


def _named_releases(listings: Sequence[Listing], steps: Sequence[Step]) -> set[str]:
    """The one release that tells these listings apart and that the image's steps name; None if there are several.

    `deb … bookworm main` in a later step shows the release.
    """
    if len(listings) < 2:
        return set()
    words = Counter(word for listing in listings for word in _words(listing))
    telling = [word for word, count in words.items() if count < len(listings) and word not in _MOVING and len(word) > 4]
    named = {
        word
        for word in telling
        if any(word in step.raw and re.search(rf"\b{word}\b", step.raw[:_ENOUGH]) for step in steps)
    }
    return named if len(named) == 1 else set()


def _canonical(name: str) -> str:
    image, tag = _split(name)
    return f"{image}:{tag}"


def _same_copies(listings: list[Listing], steps: Sequence[Step]) -> list[Listing]:
    """Those whose COPY steps copied the same, if both are known."""
    if len(listings) < 2 or all(listing.targets is None and listing.sources is None for listing in listings):
        return listings
    targets, sources = particulars(steps)
    for mine, theirs in ((sources, "sources"), (targets, "targets")):
        same = [listing for listing in listings if mine is not None and getattr(listing, theirs) == mine]
        listings = same or listings
    return listings


def _day(step: Step) -> int | None:
    """The day of the step's entry, counted from the data's first; None if it has no plausible one."""
    text = step.entry.created if step.entry else None
    try:
        number = (date.fromisoformat((text or "")[:10]) - EPOCH).days
    except ValueError:
        return None
    return number if number >= -366 else None


def _gap(listing: Listing, day: int | None) -> int:
    """The number of days by which that day is outside the listing's range; a few count as none, because builds take days."""
    days = _apart(listing, day)
    return days if days > _NEAR else 0


def _apart(listing: Listing, day: int | None) -> int:
    # Without its days a listing is as far away as the data's first.
    return 0 if day is None else max(max(listing.first, 0) - day, day - max(listing.last, 0), 0)
