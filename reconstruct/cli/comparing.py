"""`reconstruct diff` on two sets of images: pairs them by name, compares each pair, and shows a summary first."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence

from reconstruct.cli import folder, options, sweep
from reconstruct.errors import ReconstructError
from reconstruct.named import NamedTuple
from reconstruct.typed import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from reconstruct.cli.putting import Verdicts
    from reconstruct.diff.partners import Keys
    from reconstruct.fleet.inputs import Item
    from reconstruct.image import Image

# An image's status, by position: the first three are the exit statuses of one comparison.
SAME, CHANGED, UNKNOWN, ADDED, GONE = range(5)
_WORDS = ("same", "changed", "unknown", "added", "gone")


class Choice(NamedTuple):
    """How the images of one side are chosen."""

    root: str
    platform: str | None = None
    tag: str | None = None
    strict: bool = False

    def options(self) -> dict[str, Any]:
        """The arguments for `fleet.reading`."""
        return {"platform": self.platform, "tag": self.tag, "strict": self.strict}


class Known(NamedTuple):
    """An image of one side: its input, its name, its keys; or why it can't be read."""

    item: Item
    at: int
    name: str
    keys: Keys = ()
    key: str = ""
    error: str = ""


class Pair(NamedTuple):
    """Two images, one of either side, that belong together."""

    name: str
    old: Known
    new: Known


class Result(NamedTuple):
    """The output of comparing a pair, or for an image without a partner; or why there is none."""

    name: str
    status: int
    text: bytes = b""
    notes: tuple[str, ...] = ()
    error: str = ""


class Asked(NamedTuple):
    """What to do with each pair: the single command's function, how the sides are chosen, its options."""

    compare: Callable[..., None]
    sides: tuple[Choice, Choice]
    given: dict[str, Any]


def compare_all(asked: Asked, format_: str, output_dir: str | None, jobs: int) -> NoReturn:
    """Compares the images of two directories, archives or JSON lines files, and exits with the status."""
    sides = [_side(label, choice, jobs) for label, choice in zip(("old", "new"), asked.sides, strict=True)]
    unread = [known for side in sides for known in side if known.error]
    for known in unread:
        options.fail(known.error if known.name in known.error else f"{known.name}: {known.error}")
    old, new = ([known for known in side if not known.error] for side in sides)
    if not old and not new:
        raise ReconstructError(f"{asked.sides[0].root}, {asked.sides[1].root}: no image found")
    put, end = _into(format_, output_dir)
    failed, worst = len(unread), 0
    for result in _results(asked, old, new, jobs):
        for note in result.notes:
            options.say(f"{result.name}: {note}")
        if result.error:
            failed += 1
            options.fail(f"{result.name}: {result.error}")
            continue
        worst = max(worst, UNKNOWN if result.status == UNKNOWN else bool(result.status))
        put(result)
    end(failed)
    sys.exit(2 if failed else worst)


def _side(label: str, choice: Choice, jobs: int) -> list[Known]:
    """Every image of a side, in order."""
    found = sweep.over(
        f"reading {label}", [choice.root], _known, choice, jobs=jobs, lost=_lost, streams=False, lists=True
    )
    return list(found)


def _known(batch: Sequence[Item], choice: Choice) -> Iterator[Known | sweep.NoImage]:
    from reconstruct.fleet.inputs import without_data
    from reconstruct.fleet.reading import images, key_of, worth_telling

    for item in batch:
        for index, (name, image) in enumerate(images(item, **choice.options())):
            kept = without_data(item)
            if not isinstance(image, ReconstructError):
                yield Known(kept, index, name, _keys(name, item, image, choice.root), key_of(image))
            elif worth_telling(item):
                yield Known(kept, index, name, error=str(image))
            else:
                yield sweep.NoImage(item.path)


def _keys(name: str, item: Item, image: Image, root: str) -> Keys:
    """Its path in the directory, then its name and platform, then these without the tag, then the image itself."""
    from reconstruct import reference
    from reconstruct.fleet.reading import key_of

    platform = image.platform if image.architecture else ""
    tag = image.tags[0] if image.tags else None
    # Lines have no name of their own, and two archives may have different names.
    place = name.removeprefix(root) if item.offset < 0 and item.label != root else None
    return (
        place,
        (reference.canonical(tag), platform) if tag else None,
        (reference.split(tag).repository, platform) if tag else None,
        key_of(image),
    )


def _lost(item: Item) -> Known:
    return Known(item, 0, item.label, error=f"{item.label}: {sweep.LOST}")


def _results(asked: Asked, old: list[Known], new: list[Known], jobs: int) -> Iterator[Result]:
    """The result for every image: pairs and added ones in the new order, then removed ones."""
    from reconstruct.diff.partners import partners

    found = [
        (None if before is None else old[before], None if after is None else new[after])
        for before, after in partners([known.keys for known in old], [known.keys for known in new])
    ]
    pairs = [Pair(_called(*asked.sides, before, after), before, after) for before, after in found if before and after]
    changed = [pair for pair in pairs if pair.old.key != pair.new.key]
    compared = sweep.each(
        "comparing", changed, lambda: len(changed), _compared, asked, jobs=jobs, lost=_lost_pair, streams=False
    )
    for before, after in found:
        if before is not None and after is not None:
            if before.key == after.key:
                yield Result(_called(*asked.sides, before, after), SAME)
            else:
                yield next(compared)
        elif after is not None:
            yield Result(_place(after, asked.sides[1]), ADDED)
        elif before is not None:
            yield Result(_place(before, asked.sides[0]), GONE)


def _called(old: Choice, new: Choice, before: Known, after: Known) -> str:
    """A pair's name: its path in both directories if that is the same, else both names."""
    place = _place(after, new)
    return place if place == _place(before, old) else f"{before.name} → {after.name}"


def _place(known: Known, side: Choice) -> str:
    return known.name.removeprefix(side.root).strip(os.sep) or known.name


def _lost_pair(pair: Pair) -> Result:
    return Result(pair.name, UNKNOWN, error=sweep.LOST)


def _compared(batch: Sequence[Pair], asked: Asked) -> Iterator[Result]:
    """The single command's result for each pair."""
    from reconstruct.fleet.reading import image_at

    for pair in batch:
        with options.captured() as (pieces, notes):
            status, problem = SAME, ""
            try:
                before, after = (
                    image_at(known.item, known.at, **side.options())
                    for known, side in zip((pair.old, pair.new), asked.sides, strict=True)
                )
                notes.extend((*before.notes, *after.notes))
                asked.compare(before, after, (pair.old.name, pair.new.name), output=None, **asked.given)
            except ReconstructError as error:
                problem = str(error)
            except SystemExit as exit_:
                status = exit_.code if isinstance(exit_.code, int) else UNKNOWN
            except Exception as error:
                if type(error).__module__.startswith("click"):
                    raise
                # A bug of ours in one pair must not affect the others: it is listed, so that it can be reported.
                problem = f"internal error: {type(error).__name__}: {error}"
        yield Result(pair.name, status, b"".join(pieces), tuple(notes), problem)


def _into(format_: str, output_dir: str | None) -> tuple[Callable[[Result], None], Callable[[int], None]]:
    """The function for each result, and the one to call at the end."""
    if output_dir is not None:
        target = folder.Folder(output_dir, folder.ending(format_))
        summary = _summary()

        def write(result: Result) -> None:
            if result.status in (CHANGED, UNKNOWN):
                target.write(result.name, result.text)
            summary.put(result.name, b"", result.status)

        def end(failed: int) -> None:
            summary.end(failed)
            target.tell()

        return write, end
    if format_ == "json":
        return _put_line, lambda failed: None
    summary = _summary()

    def put(result: Result) -> None:
        # Added and removed images can't be compared; all of them are listed below the summary.
        alone = f"{_WORDS[result.status]}: {result.name}\n".encode("utf-8", "backslashreplace")
        text = alone if result.status in (ADDED, GONE) else result.text if result.status else b""
        summary.put(result.name, text, result.status)

    return put, summary.end


def _summary() -> Verdicts:
    from reconstruct.cli.putting import Verdicts

    return Verdicts([(word, word) if word != "same" else ("the same", "the same") for word in _WORDS])


def _put_line(result: Result) -> None:
    """A line of JSON for each image: its name, its status, and the difference if any."""
    import json

    from reconstruct.show.text import json_line

    difference = json.loads(result.text) if result.text else None
    value = {"name": result.name, "status": _WORDS[result.status], "difference": difference}
    options.write_pieces(_ended(json_line(value)))


def _ended(line: str) -> Iterable[str]:
    yield line + "\n"
