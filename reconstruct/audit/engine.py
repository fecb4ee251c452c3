"""Runs the rules on one image and makes findings from their hits."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from reconstruct.audit.context import Context, command_text
from reconstruct.audit.finding import Audit, Family, Finding, Ignored, Severity
from reconstruct.audit.fingerprint import Fingerprints
from reconstruct.audit.registry import rules
from reconstruct.audit.rule import Hit, Rule
from reconstruct.errors import ReconstructError
from reconstruct.record import Later, dataclass, field, later, replace
from reconstruct.show.text import cell, one_line
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.audit.settings import Ignore
    from reconstruct.base import Base, Chain
    from reconstruct.base.catalogue import Catalogue
    from reconstruct.image import Image
    from reconstruct.syntax import Step
    from reconstruct.writer import Written

# A finding's text is cut here; the Dockerfile has all of it.
MAX_EVIDENCE = 300
# The words of a subject that are shown; the fingerprint has them all.
MAX_SUBJECT = 20
# The number of findings of one rule kept for an image; a note says how many more there were.
MAX_PER_RULE = 200
# The number counted.
MAX_HITS = 20_000


@dataclass(frozen=True)
class Options:
    """How to audit. `now`: the reference time, None for the present; `base_age` in days; `hadolint`: run it if installed.

    `base`, `base_steps` and `catalogue` are what is known about the base (see `reconstruct.base.find_chain`), `chain` is
    that chain if it was found before; with `strict`, contradicting evidence on it is an error.

    `ignore` are rules to leave out, by ID or name, `ignores` findings or rules ignored with a reason and perhaps an expiry
    date, `severities` severities that replace the rules' own.
    """

    now: datetime | None = None
    base_age: int = 90
    base: Base | Image | str | None = None
    base_steps: int | None = None
    chain: Chain | None = None
    catalogue: Catalogue | None = None
    strict: bool = False
    ignore: Collection[str] = ()
    hadolint: bool = True
    ignores: Sequence[Ignore] = ()
    severities: Mapping[str, Severity] = field(default_factory=dict)


def audit(image: Image, steps: Iterable[Step], options: Options | None = None, *, name: str | None = None) -> Audit:
    """The findings on `image`, whose `steps` carry their layers; worst first, then in the order of the steps.

    `name` is the image's name in the report. Never raises because of an image's content, unless `options.strict`.
    """
    return finish(draft(image, steps, options, name=name), {})


@dataclass(frozen=True)
class Draft:
    """An image that the rules have examined, before hadolint's findings are added. `written` is its Dockerfile, made when it
    is needed; `dockerfile` is the text for hadolint, empty if it isn't needed."""

    context: Context
    written: Later[Written]
    options: Options
    name: str
    found: list[tuple[Rule, Hit]]
    dockerfile: str = ""


def draft(image: Image, steps: Iterable[Step], options: Options | None = None, *, name: str | None = None) -> Draft:
    """The first half of `audit`: with several images, one hadolint then reads all their Dockerfiles (see `finish`)."""
    from reconstruct.base import find_chain
    from reconstruct.writer import write

    options = options or Options()
    steps = tuple(steps)
    chain = options.chain or find_chain(
        image, steps, options.base, base_steps=options.base_steps, catalogue=options.catalogue
    )
    if chain.disagreements and options.strict:
        raise ReconstructError(one_line(chain.disagreements[0]))
    written = Later(lambda: write(image, steps, base=chain.base))
    context = Context(image, steps, chain.base, options.now or datetime.now(UTC), options.base_age, chain.images)
    context.notes.extend(chain.disagreements)
    found = _run_rules(context)
    dockerfile = ""
    if options.hadolint:
        from reconstruct.audit.hadolint import readable

        dockerfile = readable(context, written())
    name = one_line(name or image.source or (image.tags[0] if image.tags else "image"))
    return Draft(context, written, options, name, found, dockerfile)


def finish(made: Draft, linted: Mapping[str, Sequence[Mapping[str, Any]]]) -> Audit:
    """The audit of what `draft` gave. `linted` is what hadolint found, by the text that it read."""
    context, options, image = made.context, made.options, made.context.image
    # What the Dockerfile is made of later: no more than that is kept until then.
    written, masker = made.written, context.masker
    found = list(made.found)
    if made.dockerfile:
        from reconstruct.audit.hadolint import lint, run

        if made.dockerfile not in linted:
            linted = run([made.dockerfile], context.notes)
        found.extend(lint(written(), linted.get(made.dockerfile, ())))
    findings = _findings(context, found, written)
    if options.severities:
        findings = [_rated(finding, options) for finding in findings]
    kept, ignored, rules_left_out = _sifted(context, findings, options)
    return Audit(
        image=made.name,
        findings=tuple(sorted(kept, key=_order)),
        notes=tuple(one_line(context.masker(note)) for note in context.notes),
        platform=one_line(image.platform),
        image_id=image.image_id,
        tags=tuple(one_line(tag) for tag in image.tags),
        created=image.created,
        steps=len(context.steps),
        size=_total(context),
        dockerfile=later(lambda: masker(written().text)),
        base="" if context.base is None or context.base.scratch else one_line(context.masker(context.base.name)),
        suppressed={"ignored": rules_left_out} if rules_left_out else {},
        ignored=tuple(ignored),
    )


def _order(finding: Finding) -> tuple[int, int, str]:
    return (-finding.severity.rank, -1 if finding.step is None else finding.step, finding.rule)


def _rated(finding: Finding, options: Options) -> Finding:
    severity = options.severities.get(finding.rule) or options.severities.get(finding.name)
    return replace(finding, severity=severity) if severity is not None else finding


def _sifted(context: Context, findings: list[Finding], options: Options) -> tuple[list[Finding], list[Ignored], int]:
    """(findings kept, those left out with a reason, how many are left out in all)."""
    kept: list[Finding] = []
    ignored: list[Ignored] = []
    left_out = 0
    today = context.now.date()
    for finding in findings:
        if finding.rule in options.ignore or finding.name in options.ignore:
            left_out += 1
            continue
        reason = next((one for one in options.ignores if one.applies(finding, context.image)), None)
        if reason is None or reason.expired(today):
            kept.append(finding)
            if reason is not None:
                note = f"{finding.rule} at step {finding.number}" if finding.number else finding.rule
                context.notes.append(f"{note}: its ignore expired on {reason.expires}: {reason.reason}")
            continue
        ignored.append(Ignored(finding, reason.reason, str(reason.expires) if reason.expires else None))
        left_out += 1
    return kept, ignored, left_out


def _run_rules(context: Context) -> list[tuple[Rule, Hit]]:
    found: list[tuple[Rule, Hit]] = []
    # Secrets come first, because text quoted by other rules is masked before it is cut.
    _ = context.secrets
    for rule in rules():
        hits = [*itertools.islice(rule.check(context), MAX_HITS)]
        if not hits:
            continue
        if len(hits) > MAX_PER_RULE:
            more = f"{len(hits) - MAX_PER_RULE}" if len(hits) < MAX_HITS else "many"
            context.notes.append(f"{rule.id}: {more} more findings beyond the {MAX_PER_RULE} shown")
        found.extend((rule, hit) for hit in hits[:MAX_PER_RULE])
    return found


def _findings(context: Context, found: list[tuple[Rule, Hit]], written: Later[Written]) -> list[Finding]:
    """Findings of all hits, made once every secret is known, so that each is masked everywhere."""
    prints = Fingerprints(context)
    return [
        _finding(context, rule, hit, written, prints)
        for rule, hit in found
        # An ONBUILD's layer size doesn't count.
        if rule.family is not Family.WEIGHT or hit.step is None or context.ran(hit.step)
    ]


def _finding(context: Context, rule: Rule, hit: Hit, written: Later[Written], prints: Fingerprints) -> Finding:
    position = hit.step
    severity, message = hit.severity or rule.severity, hit.message
    if position is not None and rule.family in _WHAT_RAN and not context.ran(position):
        # Nothing ran yet; the trigger only affects images built on this one.
        severity = min(severity, Severity.LOW, key=lambda one: one.rank)
        message += ", in images built on this one"
    message = _cut(cell(context.masker.message(message)))
    evidence = context.masker(hit.evidence)
    if not evidence and position is not None:
        evidence = _masked_text(context, position)[: 2 * MAX_EVIDENCE]
    subject = [prints.hide(word, position) for word in hit.subject]
    return Finding(
        rule=rule.id,
        name=rule.name,
        severity=severity,
        message=message,
        evidence=_cut(cell(evidence)),
        bytes=hit.bytes,
        related=hit.related,
        subject=tuple([_cut(cell(word)) for word in subject[:MAX_SUBJECT]]),
        fingerprint=prints.of(rule.id, position, subject, whole=hit.whole),
        **({} if position is None else _place(context, position, written)),
    )


def _place(context: Context, position: int, written: Later[Written]) -> dict[str, Any]:
    """The fields of a finding that say where it is: the step, its layer, its lines."""
    step = context.steps[position]
    layer, entry, size = step.layer, step.entry, context.layer_bytes(position)
    compressed = layer and layer.size is None and (not entry or entry.size is None)
    return {
        "step": position,
        "entry": step.index,
        "instruction": step.instruction.keyword,
        "line": later(lambda: _line(written(), position, 0)),
        "end_line": later(lambda: _line(written(), position, 1)),
        "layer": (layer.digest or layer.diff_id) if layer else None,
        "layer_size": size,
        "size_kind": None if size is None else "compressed" if compressed else "uncompressed",
        "in_base": context.in_base(position),
    }


def _line(written: Written, position: int, end: int) -> int | None:
    """A step's first line, or its last (`end` 1); None for one without lines."""
    span = written.spans.get(position)
    return span[end] if span else None


# These families are about what a step did; an ONBUILD trigger hasn't done anything yet.
_WHAT_RAN = frozenset({Family.SOURCES, Family.RUNNING})


def _cut(shown: str) -> str:
    return shown if len(shown) <= MAX_EVIDENCE else shown[: MAX_EVIDENCE - 1] + "…"


def _masked_text(context: Context, position: int) -> str:
    """A step's text with secrets masked, computed once per step."""
    key = ("masked text", position)
    if key not in context.memo:
        context.memo[key] = context.masker(_step_text(context, position))
    return str(context.memo[key])


def _step_text(context: Context, position: int) -> str:
    """The text of a step for people: its Dockerfile line."""
    from reconstruct.writer import instruction_text

    step = context.steps[position]
    if not step.instruction.keyword:
        return step.raw or (step.entry.comment if step.entry else "")
    return instruction_text(step) or command_text(step.instruction)


def _total(context: Context) -> int | None:
    """The bytes of all layers, in one kind, None where a layer's is not known."""
    layers = context.image.layers
    for sizes in ([layer.size for layer in layers], [layer.compressed_size for layer in layers]):
        known = [size for size in sizes if size is not None]
        if known and len(known) == len(sizes):
            return sum(known)
    return None


def names(found: Iterable[Finding]) -> Iterator[str]:
    """The rules that fired, once each."""
    yield from dict.fromkeys(finding.rule for finding in found)
