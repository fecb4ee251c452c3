"""The audits of every image named on the command line, one by one, in several processes if requested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from reconstruct.audit.finding import Audit
from reconstruct.cli import sweep
from reconstruct.errors import ReconstructError
from reconstruct.named import NamedTuple
from reconstruct.record import replace
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.audit.baseline import Baseline
    from reconstruct.audit.engine import Draft, Options
    from reconstruct.fleet.inputs import Item
    from reconstruct.fleet.reading import Named

# One hadolint process reads this many images' Dockerfiles, which are kept until then.
LINTED_AT_ONCE = 64


class Choice(NamedTuple):
    """How each image is chosen and audited; handed to every process. `alone`: the only input; its failure ends the run."""

    options: Options
    catalogue: str | None = None
    baseline: Baseline | None = None
    manifest: str | None = None
    platform: str | None = None
    tag: str | None = None
    alone: bool = False


def audits(sources: Sequence[str], choice: Choice, *, jobs: int, streams: bool, lists: bool) -> Iterator[Audit]:
    """The audit of every image of every input, in the order of the inputs; an Audit with an error for one that can't be read.

    Raises ReconstructError if the only input can't be read.
    """
    return sweep.over(
        "auditing",
        sources,
        _work,
        choice,
        jobs=jobs,
        lost=_lost,
        streams=streams,
        lists=lists,
        batch=LINTED_AT_ONCE,
    )


def _lost(item: Item) -> Audit:
    return Audit(image=item.label, error=f"{item.label}: {sweep.LOST}")


def _work(batch: Sequence[Item], choice: Choice) -> Iterator[Audit | sweep.NoImage]:
    """The audits of a batch. Dockerfiles for hadolint are collected until there are enough for one run."""
    from reconstruct.base.catalogue import opened

    with opened(choice.catalogue) as mine:
        choice = choice._replace(options=replace(choice.options, catalogue=mine))
        waiting: list[Audit | Draft] = []
        for item in batch:
            for one in _drafts(item, choice):
                if isinstance(one, sweep.NoImage):
                    yield one
                elif not waiting and (isinstance(one, Audit) or not one.dockerfile):
                    yield from _finished([one], choice.baseline)
                else:
                    waiting.append(one)
                    if len(waiting) >= LINTED_AT_ONCE:
                        yield from _finished(waiting, choice.baseline)
                        waiting.clear()
        yield from _finished(waiting, choice.baseline)


def _drafts(item: Item, choice: Choice) -> Iterator[Audit | Draft | sweep.NoImage]:
    """The rules' findings in every image of an input, before hadolint; an Audit for an unreadable one."""
    from reconstruct.fleet.reading import images, worth_telling

    given = {"manifest": choice.manifest, "platform": choice.platform, "tag": choice.tag}
    found = images(item, **given, strict=choice.options.strict)
    for name, image in _required(found) if choice.alone else found:
        if isinstance(image, ReconstructError):
            yield Audit(image=name, error=str(image)) if worth_telling(item) else sweep.NoImage(item.path)
        else:
            yield _draft(name, image, choice)


def _required(found: Iterator[Named]) -> Iterator[Named]:
    """The same, errors last; raises the first error if there is nothing else."""
    errors = []
    some = False
    for name, image in found:
        if isinstance(image, ReconstructError):
            errors.append((name, image))
        else:
            some = True
            yield name, image
    if errors and not some:
        raise errors[0][1]
    yield from errors


def _draft(name: str, image: Any, choice: Choice) -> Audit | Draft:
    import reconstruct
    from reconstruct.audit.engine import draft

    try:
        made = draft(image, reconstruct.steps(image), choice.options, name=name)
        if any(hit.step is not None for _, hit in made.found):
            # Most formats tell the lines of findings.
            made.written()
        return made
    except ReconstructError as error:
        if choice.alone:
            raise
        return Audit(image=name, error=str(error))
    except Exception as error:
        if choice.alone:
            raise
        # A bug of ours in one image must not affect the others: it is listed, so that it can be reported.
        return Audit(image=name, error=f"internal error: {type(error).__name__}: {error}")


def _finished(waiting: Sequence[Audit | Draft], known: Baseline | None) -> Iterator[Audit]:
    """The audits of drafts; one hadolint run reads all their Dockerfiles."""
    from reconstruct.audit.baseline import only_new
    from reconstruct.audit.engine import finish
    from reconstruct.show.text import one_line

    texts = [one.dockerfile for one in waiting if not isinstance(one, Audit) and one.dockerfile]
    linted: Mapping[str, Sequence[Mapping[str, Any]]] = {}
    notes: list[str] = []
    if texts:
        from reconstruct.audit.hadolint import run

        linted = run(texts, notes)
    for one in waiting:
        if isinstance(one, Audit):
            yield replace(one, image=one_line(one.image), error=one_line(one.error or ""))
            continue
        found = finish(one, linted)
        told = (*(one_line(note) for note in one.context.image.notes), *found.notes, *(notes if one.dockerfile else ()))
        found = replace(found, notes=told)
        yield only_new(found, known) if known is not None else found


class Interruptible:
    """Audits that Ctrl-C ends like an unreadable image, so that the report is complete; a second Ctrl-C doesn't
    wait for it."""

    def __init__(self, audits: Iterator[Audit]) -> None:
        self.interrupted = False
        self._audits = audits
        self._working = self._asked = False

    def __iter__(self) -> Iterator[Audit]:
        with self._handled():
            while True:
                try:
                    if self._asked:
                        raise KeyboardInterrupt
                    self._working = True
                    audit = next(self._audits, None)
                except KeyboardInterrupt:
                    self.interrupted = True
                    audit = Audit(image="what comes after", error="interrupted")
                finally:
                    self._working = False
                if audit is not None:
                    yield audit
                if audit is None or self.interrupted:
                    return

    @contextmanager
    def _handled(self) -> Iterator[None]:
        """Delays Ctrl-C while the report is written until the next image would be read. A run in the background goes on
        ignoring it."""
        import signal
        import threading

        here = threading.current_thread() is threading.main_thread()
        if not here or signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
            yield
            return
        before = signal.signal(signal.SIGINT, self._heard)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _heard(self, *_: object) -> None:
        if self._working or self._asked:
            raise KeyboardInterrupt
        self._asked = True
