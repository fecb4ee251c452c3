"""The differences between two steps of one kind: none for equal steps, else one Change for each part.

Two steps are compared by what both builders record. Between steps of the same builder (`strict`) a part
that only one has is a difference; between two builders it may only be a matter of what was recorded.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence

from reconstruct import pattern
from reconstruct.diff.canonical import (
    UNKNOWN,
    ArgView,
    Canon,
    CopyView,
    PairsView,
    RunView,
    SetView,
    TextView,
    Unknown,
    Value,
    WordsView,
)
from reconstruct.diff.model import Change

COPYING = frozenset({"COPY", "ADD"})

# Settings with a single value in force: however such a step changes, it is still that setting.
SINGLE = frozenset({"CMD", "ENTRYPOINT", "USER", "WORKDIR", "STOPSIGNAL", "HEALTHCHECK", "SHELL", "MAINTAINER", "ROOT"})

# In thousandths of an added step (see `align`): a changed step costs at least CHANGED, and CHANGED + DISSIMILAR if
# the two have nothing in common; from twice a step on, they are one removed and one added.
CHANGED = 500
DISSIMILAR = 2000

# Declared without ARG (Dockerfile reference, predefined ARGs).
PROXIES = frozenset({"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"})

_WORDS = pattern.compile(r"[^\s;&|()]+")


def equal(old: Canon, new: Canon) -> bool:
    """Whether the two are the same step, by what both builders record."""
    if old.kind != new.kind:
        return old.opaque_root and new.kind in ("ROOT", "ADD", "FOREIGN") and new.position == 0
    if _is_cut(old) or _is_cut(new):
        return _begins(old, new)
    return old.exact == new.exact or next(_differences(old, new), None) is None


class Equals:
    """Finds the steps of one side, those at `places`, that equal a step of the other side.

    A RUN is looked up by its text: there may be thousands with nothing in common. Steps of another kind are compared one by one.
    """

    def __init__(self, canons: Sequence[Canon], places: Iterable[int], *, old: bool) -> None:
        self._canons = canons
        self._old = old
        self._places = list(places)
        self._kin: dict[Hashable, list[int]] = {}
        for at in self._places:
            for key in _kin(canons[at]):
                self._kin.setdefault(key, []).append(at)
        # A step at the start of the new side may equal one of another kind: a root file system.
        self._first = () if old else tuple(at for at in self._places if canons[at].position == 0)

    def candidates(self, other: Canon) -> Collection[int]:
        """The places that `equal` has to be asked about, in order."""
        if (self._old and other.position == 0) or (_is_cut(other) and other.kind == "RUN"):
            return self._places
        return sorted({at for key in (*_kin(other), other.kind) for at in self._kin.get(key, ())}.union(self._first))

    def equal(self, at: int, other: Canon) -> bool:
        """Whether the step at that place equals `other`."""
        return equal(self._canons[at], other) if self._old else equal(other, self._canons[at])


def _kin(canon: Canon) -> tuple[Hashable, ...]:
    """Keys of which equal steps of one kind share one: the texts of a RUN that isn't truncated, otherwise the kind."""
    if not isinstance(canon.view, RunView) or _is_cut(canon):
        return (canon.kind,)
    return ("joined", canon.view.joined), ("text", canon.view.text)


def _is_cut(canon: Canon) -> bool:
    return canon.step.entry is not None and canon.step.entry.cut


def _begins(old: Canon, new: Canon) -> bool:
    """Whether the texts are the same up to the end of the truncated one."""
    before, after = old.step.raw.rstrip(), new.step.raw.rstrip()
    return (_is_cut(old) and after.startswith(before)) or (_is_cut(new) and before.startswith(after))


def changes(old: Canon, new: Canon) -> tuple[Change, ...]:
    """The parts in which two steps of one kind (or COPY and ADD) differ, in the instruction's order."""
    found = [Change("instruction", None, old.kind, new.kind)] if old.kind != new.kind else []
    return (*found, *_differences(old, new))


def cost(old: Canon, new: Canon) -> int | None:
    """The cost of `new` as a changed `old`, in thousandths of a step; None if it is another step."""
    price = CHANGED
    if old.kind != new.kind:
        if not (old.kind in COPYING and new.kind in COPYING):
            return None
        price += CHANGED // 2
    if old.kind in SINGLE:
        return price + DISSIMILAR // 4
    price += round(DISSIMILAR * (1 - similarity(old, new)))
    return price if price < 2000 else None


def similarity(old: Canon, new: Canon) -> float:
    """The similarity of two steps of one kind, from 0 to 1."""
    match old.view, new.view:
        case RunView(), RunView():
            return dice(words_of(old.view.text), words_of(new.view.text))
        case PairsView(), PairsView():
            return _pairs_similarity(old.view.pairs, new.view.pairs)
        case ArgView(), ArgView():
            return _pairs_similarity(old.view.pairs, new.view.pairs)
        case CopyView(), CopyView():
            return _copy_similarity(old.view, new.view, strict=old.maker == new.maker)
        case SetView(), SetView():
            return _set_similarity(old.view, new.view)
        case TextView(), TextView():
            return dice(words_of(old.view.raw), words_of(new.view.raw))
    return 0.0


def words_of(text: str) -> Counter[str]:
    """The words of a command without connectors, with their number of occurrences."""
    return Counter(_WORDS.findall(text))


def dice(old: Counter[str], new: Counter[str]) -> float:
    """Sørensen–Dice: twice the number of shared words divided by all words."""
    total = old.total() + new.total()
    if len(old) > len(new):
        old, new = new, old
    return 2 * sum(min(count, new[word]) for word, count in old.items() if word in new) / total if total else 1.0


def _pairs_similarity(old: Mapping[str, Value], new: Mapping[str, Value]) -> float:
    shared = old.keys() & new.keys()
    same = sum(old[key] == new[key] for key in shared)
    return (len(shared) + same) / (2 * max(len(old), len(new), 1))


def _copy_similarity(old: CopyView, new: CopyView, *, strict: bool) -> float:
    if strict and isinstance(old.sources, Unknown) and isinstance(new.sources, Unknown):
        sources = float(old.checksum == new.checksum)
    elif isinstance(old.sources, Unknown) or isinstance(new.sources, Unknown):
        sources = 1.0
    else:
        sources = dice(Counter(old.sources), Counter(new.sources))
    target = float(old.target == new.target) or 0.5 * (_folder(old.target) == _folder(new.target))
    return 0.5 * sources + 0.4 * target + 0.1 * (old.flags == new.flags)


def _folder(target: str | Unknown) -> str | None:
    return None if isinstance(target, Unknown) else target.rpartition("/")[0]


def _set_similarity(old: SetView, new: SetView) -> float:
    if isinstance(old.items, Unknown) or isinstance(new.items, Unknown):
        return 1.0
    shared = len(old.items & new.items) / max(len(old.items | new.items), 1)
    # A single port or path that became another is one change.
    return max(shared, 0.3)


def _agree(old: Value, new: Value) -> bool:
    return old is UNKNOWN or new is UNKNOWN or old == new


def _shown(value: Value) -> str | None:
    return None if isinstance(value, Unknown) else value


def _differences(old: Canon, new: Canon) -> Iterator[Change]:
    strict = old.maker == new.maker
    match old.view, new.view:
        case RunView(), RunView():
            yield from _run(old.view, new.view)
        case PairsView(), PairsView():
            yield from _pairs(old.kind.lower(), old.view, new.view, strict)
        case ArgView(), ArgView():
            yield from _args(old, new, strict)
        case CopyView(), CopyView():
            yield from _copy(old.view, new.view, strict)
        case WordsView(), WordsView():
            yield from _words(old.kind, old.view, new.view)
        case SetView(), SetView():
            yield from _sets(old.kind, old.view, new.view)
        case TextView(), TextView():
            yield from _text(old, new, strict)


def _run(old: RunView, new: RunView) -> Iterator[Change]:
    if old.joined == new.joined or (old.text == new.text and old.shell_form == new.shell_form):
        return
    if old.text == new.text:
        yield Change("form", None, _form(old), _form(new))
        return
    yield Change("command", None, old.text, new.text)


def _form(view: RunView) -> str:
    return "shell" if view.shell_form else "exec"


def _pairs(field: str, old: PairsView, new: PairsView, strict: bool) -> Iterator[Change]:
    """Between two steps in the Dockerfile's own text, the text decides: an expanded value only follows from another."""
    if old.joined == new.joined and (strict or old.pairs.keys() == new.pairs.keys()):
        return
    if old.joined == new.joined and old.raw == old.pairs and new.raw == new.pairs:
        return
    before: Mapping[str, Value] = old.raw if strict else old.pairs
    after: Mapping[str, Value] = new.raw if strict else new.pairs
    for key in [*before, *(key for key in after if key not in before)]:
        if key not in after or key not in before or not _agree(before[key], after[key]):
            yield Change(field, key, _shown(before.get(key)), _shown(after.get(key)))


def _args(old: Canon, new: Canon, strict: bool) -> Iterator[Change]:
    assert isinstance(old.view, ArgView)
    assert isinstance(new.view, ArgView)
    before, after = old.view, new.view
    if before.joined == after.joined and before.listed == after.listed:
        return
    for key in [*before.pairs, *(key for key in after.pairs if key not in before.pairs)]:
        if key not in after.pairs:
            if not _unlisted(key, before.pairs[key], after):
                yield Change("arg", key, _shown(before.pairs[key]) or "", None)
        elif key not in before.pairs:
            if not _unlisted(key, after.pairs[key], before):
                yield Change("arg", key, None, _shown(after.pairs[key]) or "")
        elif not (_agree(before.pairs[key], after.pairs[key]) or (not strict and _may_agree(key, old, new))):
            yield Change("arg", key, _shown(before.pairs[key]), _shown(after.pairs[key]))


def _unlisted(key: str, value: Value, other: ArgView) -> bool:
    """Whether `other` may have declared `key` after all: buildah lists only names with a value; and if
    a line has several, `K=v L=w` may have been read as one. buildah also lists a proxy given on the command line."""
    if other.listed:
        return key in other.names or key in other.before or value is None
    if value is UNKNOWN and key.upper() in PROXIES:
        return True
    return f" {key}=" in other.joined or f" {key} " in f"{other.joined} "


def _may_agree(key: str, old: Canon, new: Canon) -> bool:
    """Whether two builders' ARGs with different values may be the same: some write the default, some the value given
    on the command line, or one from before FROM. The value in force decides, if both sides' next RUN shows it."""
    assert isinstance(old.view, ArgView)
    assert isinstance(new.view, ArgView)
    before, after = old.view.shown.get(key), new.view.shown.get(key)
    if before is not None and after is not None:
        return before == after or run_together((before, after), old.view.pairs.keys() | new.view.pairs.keys())
    hidden = key in old.shadowed or key in new.shadowed
    listed = old.view.listed or new.view.listed
    return hidden or listed or None in (old.view.pairs[key], new.view.pairs[key])


def run_together(values: Iterable[str], names: Iterable[str]) -> bool:
    """Whether one of `values` may contain another argument: builders join `A= B=x` with blanks and drop the quotes."""
    return any(f" {name}=" in f" {value}" for value in values for name in names)


def _copy(old: CopyView, new: CopyView, strict: bool) -> Iterator[Change]:
    names = [*old.flags, *(name for name in new.flags if name not in old.flags)]
    for name in names:
        before, after = old.flags.get(name), new.flags.get(name)
        if not _agree(before, after):
            yield Change("flag", f"--{name}", _shown(before), _shown(after))
    if not isinstance(old.joined, Unknown) and old.joined == new.joined:
        return
    if not isinstance(old.sources, Unknown) and not isinstance(new.sources, Unknown):
        if old.sources != new.sources:
            yield from _sources(old.sources, new.sources)
    elif strict and old.checksum and new.checksum and old.checksum != new.checksum:
        yield Change("checksum", None, old.checksum, new.checksum)
    if not _same_destination(old, new):
        yield Change("destination", None, old.destination, new.destination)


def _sources(old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Change]:
    gone = [source for source in old if source not in new]
    come = [source for source in new if source not in old]
    if len(gone) == len(come) == 1:
        yield Change("source", None, gone[0], come[0])
        return
    if not gone and not come:
        yield Change("source", None, " ".join(old), " ".join(new))
    yield from (Change("source", source, source, None) for source in gone)
    yield from (Change("source", source, None, source) for source in come)


def _same_destination(old: CopyView, new: CopyView) -> bool:
    """As written or made absolute; a name with blanks may have been split differently."""
    if old.target == new.target or (old.destination == new.destination and old.own == new.own):
        return True
    if isinstance(old.target, Unknown) or isinstance(new.target, Unknown):
        return old.own != new.own
    return (isinstance(old.joined, str) and new.joined is UNKNOWN and old.joined.endswith(" " + new.destination)) or (
        isinstance(new.joined, str) and old.joined is UNKNOWN and new.joined.endswith(" " + old.destination)
    )


def _words(kind: str, old: WordsView, new: WordsView) -> Iterator[Change]:
    for name in dict.fromkeys((*old.numbers, *new.numbers)):
        before, after = old.numbers.get(name, 0), new.numbers.get(name, 0)
        if before != after:
            yield Change(name.replace("_", "-"), None, number(name, before), number(name, after))
    if old.words == new.words or (old.text is not None and old.text == new.text):
        return
    # History shows these without quotes, so the word boundaries are a guess.
    if kind in ("SHELL", "HEALTHCHECK") and " ".join(old.words) == " ".join(new.words):
        return
    yield Change("command", None, command_text(old), command_text(new))


def command_text(view: WordsView) -> str:
    """The command as in a Dockerfile: a shell's text, or the JSON list."""
    import json

    if view.text is not None:
        return view.text
    return json.dumps(list(view.words), ensure_ascii=False)


def number(name: str, value: int) -> str | None:
    """A HEALTHCHECK option's value as written: `1m30s`, or the plain number of retries; None for the default."""
    if not value:
        return None
    if name == "retries":
        return str(value)
    seconds, rest = divmod(value, 1_000_000_000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    parts = (f"{hours}h" if hours else "", f"{minutes}m" if minutes else "")
    return "".join(parts) + (f"{seconds}{fraction}s" if seconds or rest or not any(parts) else "")


def _sets(kind: str, old: SetView, new: SetView) -> Iterator[Change]:
    if isinstance(old.items, Unknown) or isinstance(new.items, Unknown) or old.items == new.items:
        return
    if old.joined == new.joined:
        return
    field = "port" if kind == "EXPOSE" else "path"
    gone, come = sorted(old.items - new.items), sorted(new.items - old.items)
    if len(gone) == len(come) == 1:
        yield Change(field, None, gone[0], come[0])
        return
    yield from (Change(field, item, item, None) for item in gone)
    yield from (Change(field, item, None, item) for item in come)


_FIELDS = {
    "WORKDIR": "path",
    "USER": "user",
    "STOPSIGNAL": "signal",
    "MAINTAINER": "name",
    "ONBUILD": "trigger",
}


def _text(old: Canon, new: Canon, strict: bool) -> Iterator[Change]:
    assert isinstance(old.view, TextView)
    assert isinstance(new.view, TextView)
    if old.view.raw == new.view.raw and (strict or old.kind != "WORKDIR"):
        return
    if _agree(old.view.value, new.view.value):
        return
    if old.kind == "ROOT" and old.opaque_root != new.opaque_root:
        return
    if old.kind == "ROOT" and old.opaque_root and not strict_kind(old, new):
        return
    yield Change(_FIELDS.get(old.kind, "text"), None, _shown(old.view.value), _shown(new.view.value))


def strict_kind(old: Canon, new: Canon) -> bool:
    """Whether two root file systems with unknown contents were added in the same way."""
    return getattr(old.step.instruction, "kind", "") == getattr(new.step.instruction, "kind", "")
