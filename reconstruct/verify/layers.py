"""Checks the image's layers against the entries that made them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from reconstruct import pattern
from reconstruct.builders import registry
from reconstruct.builders.prediction import Entry, Prediction
from reconstruct.dockerfile.model import Instruction
from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.pairing import EMPTY_DIFF_ID
from reconstruct.verify.model import Check, Mismatch, Subject, Verdict

_CHANGING = frozenset({"RUN", "COPY", "ADD"})
# Commands that change no file, and wrappers that only call another command.
_IDLE = pattern.compile(
    r"\s*(?:(?:/\S*/)?(?:true|:|echo|printf|test|\[|ls|cat|env|printenv|id|whoami|which|type|command -v|pwd|sleep|set|export|exit|cd|"
    r"uname|date|hostname|df|du|stat|head|tail|grep|sh -n|nginx -t)(?:\s[^>]*)?|[^>;&|]*\s(?:--version|-version|-V|--help|version))\s*"
)


# A shell's words in front of a command, and those that run none: `fi`, `for x in 1 2`, an assignment.
_KEYWORDS = pattern.compile(
    r"^(?:\s*(?:(?:if|then|else|elif|do|while|until|!|\{|\()(?=\s|$|\()|case\s+\S+\s+in(?=\s|$)|[^\s()]+\)(?=\s|$)))+"
)
_WORDS = pattern.compile(r"\s*(?:(?:fi|done|esac|\}|\))\s*|for \w+ in [^>()`]*|(?:[A-Za-z_]\w*=[^\s>()`]*\s*)+)")
_WRITTEN = pattern.compile(r"type=(?:cache|tmpfs)|(?:^|,)(?:rw|readwrite)(?:,|=true|$)")
_SILENCED = pattern.compile(r"[12&]?>\s*(?:/dev/null|&[12])")


def checks(
    image: Image, saved: Sequence[HistoryEntry], prediction: Prediction, first: int, base: Image | None
) -> Iterator[Check]:
    """The checks of the layers. `saved` is the history as saved; `first` the entry of the first own step."""
    if not image.layers:
        yield _without_layers(image, saved)
        return
    found = [
        *_counts(image, saved),
        *_of_base(image, base),
        *_of_root(image, first, base),
        *_of_steps(image, prediction, first),
    ]
    yield from found
    if not found:
        count = f"{len(image.layers)} layer{'s' if len(image.layers) != 1 else ''}"
        yield Check(Subject.LAYERS, Verdict.MATCHES, f"{count}, each with its history entry")


def _without_layers(image: Image, saved: Sequence[HistoryEntry]) -> Check:
    """A form may not list layers; but a config that lists none although its entries made some contradicts itself."""
    rootfs = image.raw_config.get("rootfs")
    listed = isinstance(rootfs, Mapping) and rootfs.get("diff_ids") == []
    made = sum(not entry.empty_layer for entry in saved)
    if listed and made:
        detail = f"the image has no layers, but {made} history entries that should have one"
        return Check(Subject.LAYERS, Verdict.UNKNOWN, detail, Mismatch("layers", str(made), "0"))
    return Check(Subject.LAYERS, Verdict.UNKNOWN, "the saved form lists no layers", counts=False)


def _counts(image: Image, saved: Sequence[HistoryEntry]) -> Iterator[Check]:
    made = sum(not entry.empty_layer for entry in saved)
    if made != len(image.layers):
        difference = Mismatch("layers", f"{made} by history", str(len(image.layers)))
        detail = f"the image has {len(image.layers)} layers, but {made} history entries that should have one"
        yield Check(Subject.LAYERS, Verdict.UNKNOWN, detail, difference)


def _of_base(image: Image, base: Image | None) -> Iterator[Check]:
    if base is None:
        return
    theirs = [layer.diff_id for layer in base.layers]
    mine = [layer.diff_id for layer in image.layers]
    if not theirs or None in theirs or None in mine[: len(theirs)]:
        return
    for position, (one, other) in enumerate(zip(theirs, [*mine, *[None] * len(theirs)], strict=False)):
        if one != other:
            difference = Mismatch(f"layer {position + 1}", str(one), other)
            yield Check(Subject.LAYERS, Verdict.DIFFERS, "the image doesn't start with the base's layers", difference)
            return


def _of_root(image: Image, first: int, base: Image | None) -> Iterator[Check]:
    """A base begins with files."""
    if base is None and first and image.layers[0].diff_id == EMPTY_DIFF_ID and not image.history[0].empty_layer:
        yield Check(Subject.LAYERS, Verdict.UNKNOWN, "the base's first layer is empty")


def _of_steps(image: Image, prediction: Prediction, first: int) -> Iterator[Check]:
    builder = registry.named(prediction.builder)
    layers = _by_entry(image)
    below = {layers[index].diff_id for index in layers if index < first} - {EMPTY_DIFF_ID, None}
    copied: set[str] = set()
    shared = builder.one_layer_for_all and _in_one_layer(image.history[first:])
    mine: dict[str | None, str] = {None: "", EMPTY_DIFF_ID: ""}
    if shared and (blank := _all_in_a_blank(image, prediction, first, layers)):
        yield Check(Subject.LAYERS, Verdict.UNKNOWN, blank)
    for position, entry in enumerate(prediction.own):
        index = first + position
        if not 0 <= index < len(image.history) or entry.instruction is None:
            continue
        actual = image.history[index]
        keyword = entry.instruction.keyword
        where = f"line {entry.instruction.start} ({keyword})"
        if entry.empty_layer is not None and entry.empty_layer != actual.empty_layer and not shared:
            expected, told = ("no layer", "a layer") if entry.empty_layer else ("a layer", "no layer")
            yield Check(Subject.LAYERS, Verdict.DIFFERS, f"{where} makes {expected}", Mismatch(where, expected, told))
        elif index in layers and layers[index].diff_id in below:
            detail = f"{where} has the same layer as a step of the base"
            yield Check(
                Subject.LAYERS, Verdict.UNKNOWN, detail, Mismatch(where, "a layer of its own", layers[index].diff_id)
            )
        elif index in layers and _is_anothers(keyword, other := mine.setdefault(layers[index].diff_id, where)):
            yield Check(Subject.LAYERS, Verdict.UNKNOWN, f"{where} has the same layer as {other}")
        elif keyword in ("COPY", "ADD") and _again(entry, copied):
            # Copying the same files again changes nothing.
            continue
        elif keyword in _CHANGING and _emptied(entry, actual, layers.get(index), shared):
            detail = f"{where} has an empty layer, although its command should change files"
            yield Check(Subject.LAYERS, Verdict.UNKNOWN, detail, Mismatch(where, "a layer with files", "an empty one"))


def _all_in_a_blank(image: Image, prediction: Prediction, first: int, layers: Mapping[int, Layer]) -> str:
    """What is wrong if one layer has the changes of the whole build and is empty, although a step should have left something."""
    last = layers.get(len(image.history) - 1)
    if last is None or last.diff_id != EMPTY_DIFF_ID:
        return ""
    for entry in prediction.own:
        made = entry.instruction
        if made is not None and made.keyword in _CHANGING and (made.keyword != "RUN" or not _idle(made)):
            return f"line {made.start} ({made.keyword}) has an empty layer, although its command should change files"
    return ""


def _is_anothers(keyword: str, where: str) -> bool:
    """Whether a step can't have the layer of the step at `where`: what one copies, the other doesn't run into being.

    Two RUNs that hardly do anything, and two COPYs of the same files, may well leave the same.
    """
    run = where.endswith("(RUN)")
    return (keyword in ("COPY", "ADD") and run) or (keyword == "RUN" and where.endswith(("(COPY)", "(ADD)")))


def _again(entry: Entry, copied: set[str]) -> bool:
    """Whether a COPY's sources were all copied by a step before; `copied` takes note of them."""
    sources = set(entry.instruction.args[:-1]) if entry.instruction else set()
    known = bool(sources) and sources <= copied
    copied |= sources
    return known


def _in_one_layer(own: Sequence[HistoryEntry]) -> bool:
    """Whether one layer, the last entry's, has the changes of the whole build."""
    return not any(not entry.empty_layer for entry in own[:-1])


def _by_entry(image: Image) -> dict[int, Layer]:
    making = [index for index, entry in enumerate(image.history) if not entry.empty_layer]
    return dict(zip(making, image.layers, strict=True)) if len(making) == len(image.layers) else {}


def _emptied(entry: Entry, actual: HistoryEntry, layer: Layer | None, shared: bool) -> bool:
    """Whether the step left nothing although it should have; a RUN that only prints leaves nothing.

    `shared`: the files of a step without a layer may be in a later one.
    """
    empty = (actual.empty_layer and not shared) or (layer is not None and layer.diff_id == EMPTY_DIFF_ID)
    instruction = entry.instruction
    if not empty or instruction is None:
        return False
    return instruction.keyword != "RUN" or not _idle(instruction)


def _idle(instruction: Instruction) -> bool:
    """Whether a RUN only prints, or writes to what it mounts, as far as its commands show."""
    if any(flag.startswith("--mount") and _WRITTEN.search(flag) for flag in instruction.flags):
        return True
    words = list(instruction.args)
    if instruction.json and words[1:2] == ["-c"] and len(words) == 3:
        words = words[2:]
    elif instruction.json:
        return bool(words) and _IDLE.fullmatch(" ".join(words).replace(">", " ")) is not None
    # A here-document is the script of the shell that reads it.
    script = [document.content or "" for document in instruction.heredocs] or words
    text = _SILENCED.sub(" ", "\n".join(script)).replace("\\\n", " ")
    parts = (_KEYWORDS.sub("", part) for part in re.split(r"&&|\|\||[;|\n]", text))
    return all(not part.strip() or _IDLE.fullmatch(part) or _WORDS.fullmatch(part) for part in parts)
