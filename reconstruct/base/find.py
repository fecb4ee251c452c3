"""The images that a build started from: the chain of bases, and the one that FROM names."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.base.evidence import Case, evidence
from reconstruct.base.model import Base, Chain
from reconstruct.base.names import is_name
from reconstruct.builders.hints import strings
from reconstruct.errors import NotFoundError
from reconstruct.image import Image
from reconstruct.record import replace
from reconstruct.syntax import Onbuild, Step
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.base.catalogue import Catalogue

NO_BASE = "none"


def find_base(
    image: Image,
    steps: Sequence[Step],
    base: Base | Image | str | None = None,
    *,
    base_steps: int | None = None,
    catalogue: Catalogue | None = None,
) -> Base:
    """The base that FROM names: `find_chain(…).base`. A Base found earlier is returned unchanged."""
    if isinstance(base, Base):
        return base
    case = _case(image, steps, base, base_steps, catalogue)
    return _none() if base == NO_BASE else _found(case).base


def find_chain(
    image: Image,
    steps: Sequence[Step],
    base: Base | Image | str | None = None,
    *,
    base_steps: int | None = None,
    catalogue: Catalogue | None = None,
) -> Chain:
    """The chain of bases of `image`, whose `steps` are given.

    `base`: the base itself, or its name; `none` finds no base and leaves every step to the image. (A Base found earlier makes
    a chain of only that base.) `base_steps`: the number of steps after which the base ends. `catalogue`: the user's own
    images. Raises NotFoundError for an invalid image name, or more steps than there are.
    """
    if isinstance(base, Base):
        return Chain(base=base)
    from reconstruct.base.parts import measured

    case = _case(image, steps, base, base_steps, catalogue)
    chain = Chain(base=_none()) if base == NO_BASE else _found(case)
    parts = measured(case, chain.images, len(image.history))
    return replace(chain, images=parts[:-1], own=parts[-1])


def _case(
    image: Image, steps: Sequence[Step], base: Image | str | None, base_steps: int | None, catalogue: Catalogue | None
) -> Case:
    _check(steps, base, base_steps)
    return Case(image, steps, base, base_steps, catalogue)


def _none() -> Base:
    return Base(reason="--base none")


def _found(case: Case) -> Chain:
    """The chain that the evidence gives, its parts not yet `measured`."""
    from reconstruct.base.evidence import marks
    from reconstruct.base.weigh import weigh

    case = replace(case, marks=marks.claims(case))
    return _with_triggered(case, weigh(case, [claim for kind in evidence() for claim in kind.claims(case)]))


def _with_triggered(case: Case, chain: Chain) -> Chain:
    """The chain, its base with the number of entries that its ONBUILD triggers made."""
    triggers = _triggers(case, chain) if not chain.base.scratch else ()
    if not triggers:
        return chain
    from reconstruct.base.triggers import made_by

    count = made_by(triggers, case.image, case.steps, chain.base)
    return replace(chain, base=replace(chain.base, triggered=count)) if count else chain


def _triggers(case: Case, chain: Chain) -> Sequence[str]:
    """The base's triggers: those of its config, if it is at hand, else of the ONBUILD entries among its own steps."""
    base = chain.base
    if base.image is not None:
        return strings(base.image.config.get("OnBuild"))
    first = max((part.entries for part in chain.images if part.entries < base.entries), default=0)
    return [
        step.instruction.trigger
        for step in case.steps
        if isinstance(step.instruction, Onbuild) and step.index is not None and first <= step.index < base.entries
    ]


def _check(steps: Sequence[Step], base: object, base_steps: int | None) -> None:
    if isinstance(base, str) and not is_name(base):
        raise NotFoundError(f"--base {base!r}: not a valid image name")
    if base is not None and not isinstance(base, (Image, str)):
        raise TypeError(f"base: an Image, a name or None, not {type(base).__name__}")
    if base_steps is None:
        return
    if base == NO_BASE:
        raise NotFoundError("--base-steps can't be used with --base none")
    if not 0 < base_steps <= len(steps):
        raise NotFoundError(f"--base-steps {base_steps}: the image has {len(steps)} steps")
