"""From claims to the chain: where each base ends, which name counts, and which claims contradict the choice."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from reconstruct.base.evidence import Case
from reconstruct.base.evidence.given import PLACEHOLDER
from reconstruct.base.evidence.known import aliases
from reconstruct.base.evidence.looks import STRONG
from reconstruct.base.evidence.marks import leading_root
from reconstruct.base.model import Base, Chain, Claim, Part, Source
from reconstruct.base.names import agrees, canonical, distribution, same_repository
from reconstruct.record import replace
from reconstruct.syntax import Certainty, Dialect

# More nameless boundaries than this aren't images; no real build has such a history.
_MOST_BORDERS = 8


def weigh(case: Case, claims: Iterable[Claim]) -> Chain:
    """The chain that follows from the claims on `case`, its parts not yet `measured`."""
    ledger = _Ledger(case, sorted(claims, key=lambda claim: claim.source.rank))
    ledger.place_all()
    ledger.drop_superseded()
    return ledger.chain()


def _each_once(names: Sequence[str]) -> tuple[str, ...]:
    """The names in order without duplicates, and Docker Hub's in short form too."""
    found = dict.fromkeys(names)
    for name in names:
        if name.startswith(("docker.io/", "library/")):
            found[canonical(name)] = None
    return tuple(found)


class _Ledger:
    """The claims while they are placed and sorted out."""

    def __init__(self, case: Case, claims: Sequence[Claim]) -> None:
        self.case = case
        self.count = len(case.image.history)
        self.named = [claim for claim in claims if claim.name is not None and self._fits(claim)]
        self.waiting = [claim for claim in claims if claim.name is not None and claim.entries is None]
        self.looks = [claim for claim in claims if claim.name is None and claim.source is Source.HISTORY]
        self.bare = [claim for claim in claims if claim.name is None and claim.source in (Source.MARKS, Source.GIVEN)]
        self.disagreements: list[str] = []

    def _fits(self, claim: Claim) -> bool:
        return claim.entries is not None and 0 <= claim.entries <= self.count

    # -- claims that name an image and don't say where it ends ------------------------------------------------------

    def place_all(self) -> None:
        """Finds an end for each; weaker evidence comes first, so that the user's word is compared with all of it."""
        for claim in reversed(self.waiting):
            placed = self._placed(claim)
            if placed is None:
                self.disagreements.append(f"{claim.reason}: {claim.name}; it fits no position in the history")
            else:
                self.named.append(placed)
        self.named.sort(key=lambda claim: claim.source.rank)

    def _placed(self, claim: Claim) -> Claim | None:
        if claim.source is Source.LABELS and self._of_another_root(claim):
            return None
        limit = claim.within
        if limit is None:
            # Only the user may name the image that this one looks like as its own base.
            limit = self.count if claim.source is Source.GIVEN else self.count - 1
        found = [other for other in self.named if other.entries is not None and other.entries <= limit]
        agreeing = [other for other in found if agrees(claim.name or "", other.possible)]
        if agreeing:
            sure = claim.certainty is Certainty.EXACT and any(one.certainty is Certainty.EXACT for one in agreeing)
            return self._at(claim, agreeing, Certainty.EXACT if sure else Certainty.INFERRED)
        related = [other for other in found if same_repository(claim.name or "", other.name or "")]
        if related:
            return self._at(claim, related, Certainty.INFERRED)
        deepest = max((other.entries or 0 for other in found), default=0)
        border = self._border(deepest, limit)
        if border is not None:
            reason = f"{claim.reason}; its end is a guess: {border.reason}"
            return replace(claim, entries=border.entries, certainty=Certainty.INFERRED, reason=reason)
        return self._without_border(claim, found)

    def _of_another_root(self, claim: Claim) -> bool:
        """Whether the name is a distribution's but the root file system another's: a label copied from elsewhere."""
        named = distribution(claim.name or "")
        roots = {distribution(other.name or "") for other in self.named} - {""}
        return bool(named and roots) and named not in roots

    def _at(self, claim: Claim, others: Sequence[Claim], certainty: Certainty) -> Claim:
        deepest = max(others, key=lambda other: other.entries or 0)
        reason = claim.reason
        if claim.source is Source.GIVEN and certainty is not Certainty.EXACT:
            reason += f"; it ends where {deepest.name} does ({deepest.reason})"
        return replace(claim, entries=deepest.entries, certainty=certainty, reason=reason)

    def _border(self, above: int, limit: int) -> Claim | None:
        """The boundary by looks to use: the last strong one, preferably one supported by times; else the
        likeliest. A CMD in the middle of a Dockerfile looks like an end, but without a pause."""
        among = [one for one in self.looks if one.entries is not None and above <= one.entries <= limit]
        # An image with this name can't end where one with another name does.
        among = [one for one in among if one.entries != above] or among
        strong = [one for one in among if one.weight >= STRONG]
        if strong:
            return max(strong, key=lambda one: (one.timed, one.entries or 0))
        return max(among, key=lambda one: (one.weight, one.entries or 0), default=None)

    def _without_border(self, claim: Claim, found: Sequence[Claim]) -> Claim | None:
        """Names from the user and the provenance apply where the nearest known image ends; a label's doesn't."""
        ends = [other.entries or 0 for other in (*found, *self.bare)]
        if claim.source is Source.LABELS or (not ends and claim.source is not Source.GIVEN):
            return None
        return replace(claim, entries=max(ends, default=0), certainty=Certainty.INFERRED)

    # -- claims that stronger ones override ----------------------------------------------------------------------------

    def drop_superseded(self) -> None:
        """Drops claims that a stronger one supersedes, and those inside a build that names its base."""
        self._tell_what_contradicts_the_user()
        # Sorted by rank, so stronger claims come before the first of a claim's rank.
        ranks = [claim.source.rank for claim in self.named]
        self.named = [
            claim
            for claim, rank in zip(self.named, ranks, strict=True)
            if not self._superseded(claim, self.named[: bisect_left(ranks, rank)])
        ]
        end = self._own_build()
        self.named = [one for one in self.named if (one.entries or 0) <= end or one.entries == self.count]
        self.looks = [one for one in self.looks if (one.entries or 0) <= end]

    def _superseded(self, claim: Claim, stronger: Sequence[Claim]) -> bool:
        for other in stronger:
            if other.entries == claim.entries:
                continue
            if same_repository(claim.name or "", other.name or ""):
                return True
            # Stronger evidence on the root file system itself.
            if claim.source is Source.MARKS and abs((other.entries or 0) - (claim.entries or 0)) == 1:
                return True
        return False

    def _own_build(self) -> int:
        """The start of the image's own build, if recorded: no base ends later."""
        given = [claim.entries or 0 for claim in (*self.named, *self.bare) if claim.source is Source.GIVEN]
        if given:
            return max(given)
        for claim in self.named:
            if claim.source is Source.PROVENANCE and claim.certainty is Certainty.EXACT:
                return claim.entries or 0
        told = max((claim.entries or 0 for claim in self.named if claim.source is Source.BUILDAH), default=None)
        if told is None:
            return self.count
        after = [step for step in self.case.steps if step.index is not None and step.index >= told]
        return told if all(step.dialect is Dialect.BUILDAH for step in after) else self.count

    def _tell_what_contradicts_the_user(self) -> None:
        """Reports a given name that matches no image in the evidence, or a given image that isn't below."""
        for claim in self.named:
            if claim.source is not Source.GIVEN:
                continue
            if claim.image is not None and claim.contradicted:
                called = claim.name if claim.names else claim.image.source or "IMAGE"
                self.disagreements.append(f"--base {called}: {claim.contradicted}")
            elif claim.image is None:
                self._tell_other_name(claim)

    def _tell_other_name(self, claim: Claim) -> None:
        others = [other for other in self.named if other.source is not Source.GIVEN and other.entries == claim.entries]
        if others and not any(agrees(claim.name or "", other.possible) for other in others):
            first = others[0]
            self.disagreements.append(
                f"--base {claim.name}: the image shows {first.name} (up to entry {first.entries}: {first.reason})"
            )

    # -- the chain -----------------------------------------------------------------------------------------------------

    def chain(self) -> Chain:
        ends: dict[int, list[Claim]] = {}
        for claim in self.named:
            ends.setdefault(claim.entries or 0, []).append(claim)
        below = [self._link(end, ends[end]) for end in sorted(ends)]
        itself = below.pop() if below and self._is_whole(below) else None
        if itself is not None and itself.source in (Source.CATALOGUE, Source.KNOWN):
            # All of it is one image's, so none ends inside; pauses are cached steps.
            self.looks = []
        given_end = next((one.entries for one in self.bare if one.source is Source.GIVEN), None)
        if given_end is not None and not any(link.entries == given_end for link in below):
            below.append(self._nameless_given(given_end))
        base = self._base(below, ends, given_end)
        if unnamed := self._unnamed(below, base):
            # All of them are above the base.
            base = replace(base, borders=tuple((part.entries, part.reasons[0]) for part in unnamed))
            below += unnamed
        below.sort(key=lambda part: part.entries)
        return Chain(
            images=tuple(below),
            own=Part(0, self.count),
            base=base,
            known_as=itself.names if itself is not None else (),
            disagreements=tuple(dict.fromkeys(self.disagreements)),
        )

    def _is_whole(self, links: Sequence[Part]) -> bool:
        """Whether the last of the links is the image itself."""
        if links[-1].entries != self.count or links[-1].source is Source.GIVEN:
            return False
        # There is no Dockerfile to write for only a root file system.
        return len(links) > 1 or leading_root(self.case.steps) != len(self.case.steps)

    def _link(self, end: int, claims: Sequence[Claim]) -> Part:
        """The combined claims on one end; the first is the strongest."""
        first = claims[0]
        names = [first.name or "", *first.names]
        agreeing = [first]
        for claim in claims[1:]:
            theirs = (claim.name or "", *claim.names)
            if agrees(first.name or "", theirs) or agrees(claim.name or "", names):
                names += theirs
                agreeing.append(claim)
            elif agrees(first.name or "", claim.alternatives):
                # It has the same steps as the first claim's image, and shows which of the two it is.
                agreeing.append(claim)
            elif claim.source.rank < Source.MARKS.rank and first.source is not Source.GIVEN:
                self.disagreements.append(f"{first.reason}: {first.name}; but {claim.reason}: {claim.name}")
        if first.source is Source.MARKS:
            names += aliases(first.name or "")
        looks = [one for one in self.looks if one.entries == end]
        exact = any(claim.certainty is Certainty.EXACT for claim in agreeing)
        return Part(
            first=0,
            entries=end,
            name=first.name,
            names=_each_once(names),
            digest=next((claim.digest for claim in agreeing if claim.digest), None),
            source=first.source,
            certainty=Certainty.EXACT if exact else Certainty.INFERRED,
            reasons=tuple(dict.fromkeys(claim.reason for claim in (*agreeing, *looks))),
            alternatives=first.alternatives,
        )

    def _nameless_given(self, end: int) -> Part:
        reason = next(one.reason for one in self.bare if one.source is Source.GIVEN)
        return Part(0, end, PLACEHOLDER, (), None, Source.GIVEN, Certainty.LOST, (reason,))

    def _base(self, below: Sequence[Part], ends: dict[int, list[Claim]], given_end: int | None) -> Base:
        """The base that FROM names: the given one, else the nearest with a name."""
        candidates = [part for part in below if part.source is Source.GIVEN or part.entries == given_end] or below
        if not candidates:
            return self._none()
        best = max(candidates, key=lambda part: part.entries)
        claims = ends.get(best.entries, ())
        image = next((claim.image for claim in claims if claim.image is not None), None)
        return Base(
            name=best.name or PLACEHOLDER,
            digest=best.digest,
            reason=best.reasons[0],
            certainty=best.certainty,
            entries=best.entries,
            image=image,
            source=best.source,
            names=best.names,
            placeholder=best.name == PLACEHOLDER,
            alternatives=best.alternatives,
        )

    def _none(self) -> Base:
        certainty = Certainty.LOST if leading_root(self.case.steps) else Certainty.INFERRED
        return Base(reason="neither history nor config names one", certainty=certainty)

    def _unnamed(self, below: Sequence[Part], base: Base) -> list[Part]:
        """Ends of nameless images above the base: roots without a mark, and strong boundaries by looks."""
        taken = {part.entries for part in below}
        found = [one for one in self.bare if one.source is Source.MARKS]
        found += [one for one in self.looks if one.weight >= STRONG]
        parts: dict[int, Part] = {}
        for one in found:
            end = one.entries or 0
            if base.entries < end < self.count and end not in taken:
                parts.setdefault(end, Part(0, end, source=one.source, reasons=(one.reason,)))
        return [parts[end] for end in sorted(parts)][-_MOST_BORDERS:]
