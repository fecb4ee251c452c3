"""The functions of the public API, available as `reconstruct.NAME`; each imports what it needs when called.

An argument of a wrong type raises TypeError, an unknown choice ValueError, and a fault in an image or a file
`reconstruct.errors.ReconstructError`. Secrets are masked in the results of `report`, `audit`, `diff` and `verify`,
because these get passed on; `show_secrets` shows them. The results of `dockerfile` and `steps` aren't masked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from reconstruct.typed import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from datetime import datetime
    from os import PathLike

    from reconstruct.audit.finding import Audit
    from reconstruct.base import Chain
    from reconstruct.base.catalogue import Catalogue
    from reconstruct.diff.model import Difference
    from reconstruct.image import Image
    from reconstruct.report.model import Report
    from reconstruct.syntax import Step
    from reconstruct.verify.model import Verification

T = TypeVar("T")
LAYOUTS = ("original", "pretty", "flat")


def load(
    source: Any,
    *,
    manifest: Any = None,
    platform: str | None = None,
    tag: str | None = None,
    strict: bool = False,
) -> Image:
    """Reads a saved image.

    `source`: a path (file or folder), `bytes`, a binary file object, parsed JSON (a dict: an image config), or a list of
    these that describe one image (its history and the output of `inspect`). `manifest`: the image's manifest, as a path
    or a dict, if `source` is only a config. `platform` (`linux/arm64`) and `tag` (`name:tag`) choose among several saved
    images; `strict` makes doubts (a mismatching digest) errors. Layer contents aren't read.

    Raises `reconstruct.errors.UnreadableError` if it isn't an image, `NotFoundError` if nothing matches the choice.
    """
    from reconstruct.sources import load as load_image

    _readable("source", source)
    if manifest is not None:
        _readable("manifest", manifest)
    _is("platform", platform, str, optional=True)
    _is("tag", tag, str, optional=True)
    return load_image(source, manifest=manifest, platform=platform, tag=tag, strict=strict)


def steps(image: Image) -> tuple[Step, ...]:
    """The image's build steps, oldest first, each with its history entry and its layer."""
    from reconstruct.builders.reading import parse
    from reconstruct.pairing import pair

    _image("image", image)
    return pair(parse(image), image)


def dockerfile(
    image: Image,
    base: Image | str | None = None,
    comments: bool = True,
    layout: str = "original",
    *,
    base_steps: int | None = None,
    catalogue: str | PathLike[str] | None = None,
) -> str:
    """The Dockerfile that builds back to the image's history and config.

    `base`: an Image (its part is left out and FROM names it), a name to write in FROM, or `none`, which prints every step;
    by default FROM names the nearest base image that has a name. `comments`: mark what was inferred or lost. `layout`:
    `original` (the author's line breaks, recovered from white space), `pretty` or `flat`. `base_steps` and `catalogue`:
    see `base`.
    """
    from reconstruct.base import find_base
    from reconstruct.writer import write

    _base(base)
    _is("layout", layout, str)
    if layout not in LAYOUTS:
        raise ValueError(f"layout: {layout!r} is not one of {', '.join(LAYOUTS)}")
    _is("base_steps", base_steps, int, optional=True)
    found = steps(image)
    with _opened(catalogue) as known:
        below = find_base(image, found, base, base_steps=base_steps, catalogue=known)
    return write(image, found, base=below, comments=comments, layout=layout).text


def base(
    image: Image,
    base: Image | str | None = None,
    *,
    base_steps: int | None = None,
    catalogue: str | PathLike[str] | None = None,
) -> Chain:
    """The chain of base images, distribution first, each with its entries, names and certainty; see `Chain`.

    `base`: the base itself or its name, if known; `base_steps`: the number of steps after which it ends; `catalogue`: the
    path of the user's own catalogue (see `reconstruct.base.catalogue`). Raises NotFoundError for an invalid image name or more
    steps than there are, UnreadableError if the file isn't a catalogue.
    """
    from reconstruct.base import find_chain

    _base(base)
    _is("base_steps", base_steps, int, optional=True)
    with _opened(catalogue) as known:
        return find_chain(image, steps(image), base, base_steps=base_steps, catalogue=known)


def report(
    image: Image,
    base: Image | str | None = None,
    *,
    base_steps: int | None = None,
    catalogue: str | PathLike[str] | None = None,
    show_secrets: bool = False,
) -> Report:
    """Each build step with its layer, its size and its share of the total; the base and its size.

    `base`, `base_steps` and `catalogue`: as for `base`. Sizes are bytes, times UTC.
    """
    from reconstruct.base import find_base
    from reconstruct.builders.reading import parse
    from reconstruct.pairing import pair_with_notes
    from reconstruct.report.model import build

    _base(base)
    _image("image", image)
    found, remarks = pair_with_notes(parse(image), image)
    with _opened(catalogue) as known:
        below = find_base(image, found, base, base_steps=base_steps, catalogue=known)
    made = build(image, found, below, remarks)
    return made if show_secrets else masked(made, (image, found))


def audit(
    image: Image,
    *,
    base: Image | str | None = None,
    base_steps: int | None = None,
    catalogue: str | PathLike[str] | None = None,
    ignore: Collection[str] = (),
    base_age: int = 90,
    now: datetime | None = None,
    hadolint: bool = True,
    name: str | None = None,
) -> Audit:
    """The findings on how the image was built, worst first; secrets in them are masked.

    `base`, `base_steps` and `catalogue`: as for `base`. `ignore`: rules to leave out, by ID or name. `base_age`: the age
    in days from which a base was old at build. `now`: the reference date (default: the present). `hadolint`: run it too if it
    is installed. `name`: the image's name in the result.
    """
    from reconstruct.audit.engine import Options
    from reconstruct.audit.engine import audit as run

    _base(base)
    _names("ignore", ignore)
    with _opened(catalogue) as known:
        chosen = Options(
            now=now,
            base_age=base_age,
            base=base,
            base_steps=base_steps,
            catalogue=known,
            ignore=frozenset(ignore),
            hadolint=hadolint,
        )
        return run(image, steps(image), chosen, name=name)


def diff(
    old: Image,
    new: Image,
    *,
    old_name: str | None = None,
    new_name: str | None = None,
    catalogue: str | PathLike[str] | None = None,
    ignore: Collection[str] = (),
    only: Collection[str] = (),
    show_secrets: bool = False,
) -> Difference:
    """What changed from one build to another, step by step.

    `ignore` and `only`: aspects (`base`, `config`, `layers` …) or instructions (`env`, `run` …) to leave out, or to keep.
    """
    from reconstruct.diff.compare import diff as compare
    from reconstruct.diff.select import NAMES, select

    _image("old", old)
    _image("new", new)
    for kind, names in (("ignore", ignore), ("only", only)):
        _names(kind, names)
        if unknown := [each for each in names if each not in NAMES]:
            raise ValueError(f"{kind}: {unknown[0]!r} is not one of {', '.join(NAMES)}")
    with _opened(catalogue) as known:
        compared = compare(old, new, old_name=old_name or "", new_name=new_name or "", catalogue=known)
    found = select(compared, ignore, only)
    return found if show_secrets else masked(found, *((side.image, side.steps) for side in (found.old, found.new)))


def verify(
    image: Image,
    dockerfile: str | PathLike[str] | bytes,
    *,
    target: str | None = None,
    build_args: Mapping[str, str] | None = None,
    base: Image | None = None,
    catalogue: str | PathLike[str] | None = None,
    show_secrets: bool = False,
) -> Verification:
    """Whether the image was built from a Dockerfile, and if not, where it first differs.

    `dockerfile`: its path, or its bytes. `target`: the stage that was built (default: the last). `build_args`: those that
    are known; the others are solved for. `base`: the base image, whose part is then compared too.

    Raises UnreadableError if the file can't be read, DockerfileError if no builder accepts it as a Dockerfile.
    """
    from reconstruct.verify.reading import read_dockerfile

    _image("image", image)
    _is("target", target, str, optional=True)
    if base is not None:
        _image("base", base)
    if build_args is not None and not isinstance(build_args, Mapping):
        raise TypeError(f"build_args: a mapping is needed, not {type(build_args).__name__}")
    text, called = read_dockerfile(dockerfile)
    name = image.tags[0] if image.tags else image.source or "the image"
    with _opened(catalogue) as known:
        return verified(
            image,
            text,
            names=(name, called),
            target=target,
            build_args=build_args,
            base=base,
            catalogue=known,
            show_secrets=show_secrets,
        )


def verified(
    image: Image, text: str, *, names: tuple[str, str], catalogue: Catalogue | None, show_secrets: bool, **known: Any
) -> Verification:
    """`verify` for a Dockerfile's text, with an open catalogue; `names` are the names of image and Dockerfile in the result."""
    from reconstruct.dockerfile.parser import Readings
    from reconstruct.errors import ReconstructError
    from reconstruct.record import replace
    from reconstruct.verify.below import Below
    from reconstruct.verify.masking import predicted_image
    from reconstruct.verify.nearest import with_fix
    from reconstruct.verify.verdict import verify as run

    if not image.has_history:
        raise ReconstructError(f"{names[0]}: this form has no history to compare")
    readings = Readings(text)
    # What the image itself tells is found out once, however often its Dockerfile is tried.
    below = Below(image, catalogue)
    made = run(image, readings, below=below, **known)
    made = with_fix(
        made,
        below,
        readings,
        known.get("target"),
        lambda other, target: run(image, other, below=below, **{**known, "target": target}),
    )
    made = replace(made, image=names[0], dockerfile=names[1])
    if show_secrets:
        return made
    other = predicted_image(made, image)
    return masked(made, (image, lambda: below.read), (other, None))


def masked(value: T, *builds: tuple[Image, Sequence[Step] | Callable[[], Sequence[Step]] | None]) -> T:
    """`value`, a result, without the secrets of these images, each with its steps, as `masker_of` takes them."""
    from reconstruct.audit.secrets.masker import masker_of

    masker = masker_of(*builds)
    if not masker:
        return value
    from reconstruct.show.masking import masked as without

    return without(value, masker, _own_ways())


def _own_ways() -> dict[type, Any]:
    """The types with their own masking, if they have been imported."""
    import sys

    if "reconstruct.diff.model" not in sys.modules:
        return {}
    from reconstruct.diff.masking import masked_line
    from reconstruct.diff.model import LineEdit

    return {LineEdit: masked_line}


def _opened(catalogue: str | PathLike[str] | None) -> AbstractContextManager[Catalogue | None]:
    """The catalogue at that path; None without a path."""
    from contextlib import nullcontext

    if catalogue is None:
        return nullcontext()
    from reconstruct.base.catalogue import Catalogue

    return Catalogue(catalogue)


def _names(name: str, value: Any) -> None:
    if isinstance(value, str) or not isinstance(value, Collection):
        raise TypeError(f"{name}: a collection of names is needed, not {type(value).__name__}")


def _image(name: str, value: Any) -> None:
    from reconstruct.image import Image

    if not isinstance(value, Image):
        raise TypeError(f"{name}: an Image from reconstruct.load() is needed, not {type(value).__name__}")


def _base(value: Any) -> None:
    from reconstruct.image import Image

    if value is not None and not isinstance(value, (Image, str)):
        raise TypeError(f"base: an Image or a name is needed, not {type(value).__name__}")


def _is(name: str, value: Any, kind: type, *, optional: bool = False) -> None:
    if not (isinstance(value, kind) or (optional and value is None)):
        raise TypeError(f"{name}: {kind.__name__} is needed, not {type(value).__name__}")


def _readable(name: str, value: Any) -> None:
    from os import PathLike

    if not isinstance(value, (str, bytes, bytearray, memoryview, PathLike, Mapping, list, tuple)) and not hasattr(
        value, "read"
    ):
        raise TypeError(f"{name}: a path, bytes, a file or parsed JSON is needed, not {type(value).__name__}")
