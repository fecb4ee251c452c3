"""`reconstruct audit`: how an image was built, and whether to worry."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from reconstruct.audit.formats import FORMATS
from reconstruct.audit.settings import FAIL_ON
from reconstruct.cli import options
from reconstruct.errors import ReconstructError
from reconstruct.record import replace
from reconstruct.show import terminal

if TYPE_CHECKING:
    from reconstruct.audit.baseline import Baseline
    from reconstruct.audit.engine import Draft as _Draft
    from reconstruct.audit.engine import Options
    from reconstruct.audit.finding import Audit
    from reconstruct.audit.inputs import Input
    from reconstruct.audit.settings import Settings


def _schema() -> str:
    from reconstruct.audit.formats.json import schema

    return schema()


@click.command()
@click.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=options.PATH)
@options.source_options
@options.base_option
@options.format_option(*FORMATS)
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    help="Exit with 1 on a finding as severe as this, or more.  [default: low]",
)
@click.option("--ignore", multiple=True, metavar="RULE", help="Leave rules out, by ID or name: A,B, or repeated.")
@click.option("--baseline", metavar="FILE", help="Report only what an earlier audit (--format json) did not have.")
@click.option(
    "--base-age", type=click.IntRange(min=0), metavar="DAYS", help="When a base was old at build.  [default: 90]"
)
@click.option("--hadolint/--no-hadolint", default=None, help="Run hadolint too (default: where it is installed).")
@click.option(
    "--config", metavar="FILE", help="Settings (default: .reconstruct.toml or pyproject.toml, here or above)."
)
@click.option("--now", metavar="DATE", help="The day to judge dates by, as 2026-01-31 (default: today).")
@options.schema_option(_schema)
@options.output_option
@options.color_option
def command(
    images: tuple[str, ...],
    manifest: str | None,
    platform: str | None,
    tag: str | None,
    strict: bool,
    base: str | None,
    base_steps: int | None,
    catalogue: str | None,
    format_: str,
    fail_on: str | None,
    ignore: tuple[str, ...],
    baseline: str | None,
    base_age: int | None,
    hadolint: bool | None,
    config: str | None,
    now: str | None,
    output: str | None,
    color: bool | None,
) -> None:
    """Audit how each IMAGE was built: secrets in the record, where things come from, who runs it, what it weighs, and
    whether the record holds together.

    A folder stands for every image in it, an archive for every image that it holds. Exits with 1 on findings (see
    --fail-on), with 2 if an image can't be read.
    """
    from reconstruct.audit.finding import Audit
    from reconstruct.audit.formats import render
    from reconstruct.audit.formats.junit import fails
    from reconstruct.audit.inputs import expand
    from reconstruct.audit.settings import load
    from reconstruct.base.catalogue import opened

    settings = load(config)
    if settings.baseline is not None:
        options.refuse_inputs(output, [settings.baseline])
    known = _baseline(baseline or settings.baseline)
    chosen = _options(settings, ignore, base_age, hadolint, now)
    chosen = replace(chosen, base=options.load_base(base, strict), base_steps=base_steps, strict=strict)
    expanded = expand(images)
    inputs = expanded.inputs
    for note in expanded.notes:
        options.say(note)
    if manifest is not None and len(inputs) > 1:
        raise ReconstructError("--manifest goes with one IMAGE")
    with opened(catalogue) as mine:
        chosen = replace(chosen, catalogue=mine)
        audits = _audit_all(inputs, chosen, known, manifest=manifest, platform=platform, tag=tag, strict=strict)
    audits += [Audit(image=path, error=error) for path, error in expanded.errors]
    limit = fail_on or settings.fail_on or "low"
    to_terminal = output is None
    text = render(
        audits,
        format_,
        fail_on=limit,
        color=to_terminal and terminal.use_color(color),
        width=terminal.width() if to_terminal else None,
    )
    (options.show if format_ == "table" else options.write)(text, output)
    if any(audit.error is not None for audit in audits):
        sys.exit(2)
    if any(fails(finding.severity, limit) for audit in audits for finding in audit.findings):
        sys.exit(1)


def _baseline(path: str | None) -> Baseline | None:
    if path is None:
        return None
    from reconstruct.audit.baseline import load

    return load(path)


def _options(
    settings: Settings,
    ignore: tuple[str, ...],
    base_age: int | None,
    hadolint: bool | None,
    now: str | None,
) -> Options:
    """What the command line says, else the file, else the default."""
    from reconstruct.audit.engine import Options
    from reconstruct.audit.settings import check_rules, split_names

    given = [name for text in ignore for name in split_names(text)]
    for name in given:
        _check_rule(name)
    check_rules(settings, _check_rule)
    left_out = (*settings.ignore, *given)
    defaults = Options()
    if hadolint is None:
        hadolint = settings.hadolint if settings.hadolint is not None else defaults.hadolint
    if base_age is None:
        base_age = settings.base_age if settings.base_age is not None else defaults.base_age
    return Options(
        now=_day(now),
        base_age=base_age,
        ignore=_identities(left_out),
        hadolint=hadolint,
        ignores=settings.ignores,
        severities=settings.severities,
    )


def _identities(names: Sequence[str]) -> frozenset[str]:
    """The names as given, and the IDs of the rules that they name, however they are written."""
    from reconstruct.audit.registry import find
    from reconstruct.errors import NotFoundError

    found = set(names)
    for name in names:
        try:
            found.add(find(name).id)
        except NotFoundError:
            found.add(name.upper())
    return frozenset(found)


def _check_rule(name: str) -> None:
    """Raises where `name` is no rule: a misspelt one would be ignored in silence."""
    import re

    if re.fullmatch(r"(?:DL|SC)\d{4}", name.upper()):
        return
    from reconstruct.audit.registry import find

    find(name)


def _day(text: str | None) -> Any:
    if text is None:
        return None
    from datetime import UTC, datetime

    try:
        day = datetime.fromisoformat(text)
    except ValueError:
        raise ReconstructError(f"--now {text}: not a date; write it as 2026-01-31") from None
    return day if day.tzinfo else day.replace(tzinfo=UTC)


# So many images' Dockerfiles are read by one hadolint, and kept until then.
_LINTED_AT_ONCE = 200


def _audit_all(inputs: Sequence[Input], chosen: Options, known: Baseline | None, **choice: Any) -> list[Audit]:
    """The audit of every image of every input. In a run of one input a failure ends it, in a batch it is reported."""
    from reconstruct.audit.finding import Audit

    audits: list[Audit] = []
    waiting: list[Audit | _Draft] = []
    with _progress(inputs) as watched:
        for source in watched:
            try:
                waiting.extend(_drafts(source, chosen, **choice))
            except ReconstructError as error:
                if len(inputs) == 1 and source.named:
                    raise
                if not source.named and _is_no_image(source.path):
                    continue
                waiting.append(Audit(image=source.path, error=str(error)))
            if len(waiting) >= _LINTED_AT_ONCE:
                audits.extend(_finished(waiting, known))
                waiting.clear()
        audits.extend(_finished(waiting, known))
    if not audits:
        raise ReconstructError(f"{inputs[0].path}: no image here, nor in the other files")
    return audits


def _drafts(source: Input, chosen: Options, **choice: Any) -> Iterator[Audit | _Draft]:
    """What the rules found in every image of an input, before hadolint; an Audit for one that can't be read."""
    import reconstruct
    from reconstruct.audit.engine import draft
    from reconstruct.audit.finding import Audit
    from reconstruct.audit.inputs import images

    for name, image in images(source, **choice):
        if isinstance(image, ReconstructError):
            yield Audit(image=name, error=str(image))
        else:
            yield draft(image, reconstruct.steps(image), chosen, name=name)


def _finished(waiting: Sequence[Audit | _Draft], known: Baseline | None) -> Iterator[Audit]:
    """The audits of drafts: one hadolint reads all their Dockerfiles."""
    from reconstruct.audit.baseline import only_new
    from reconstruct.audit.engine import finish
    from reconstruct.audit.finding import Audit
    from reconstruct.record import replace
    from reconstruct.show.text import one_line

    texts = [one.dockerfile for one in waiting if not isinstance(one, Audit) and one.dockerfile]
    linted: Mapping[str, Sequence[Mapping[str, Any]]] = {}
    notes: list[str] = []
    if texts:
        from reconstruct.audit.hadolint import run

        linted = run(texts, notes)
    for one in waiting:
        if isinstance(one, Audit):
            yield one
            continue
        found = finish(one, linted)
        told = (*(one_line(note) for note in one.context.image.notes), *found.notes, *(notes if one.dockerfile else ()))
        found = replace(found, notes=told)
        yield only_new(found, known) if known is not None else found


def _is_no_image(path: str) -> bool:
    """Whether a file in a folder does not even claim to be an image: a README, a checksum list."""
    from reconstruct.sources.suffixes import has_suffix

    return not has_suffix(path)


@contextmanager
def _progress(inputs: Sequence[Input]) -> Iterator[Any]:
    """A bar on standard error for several inputs on a terminal; nothing otherwise."""
    if len(inputs) < 2 or not sys.stderr.isatty():
        yield inputs
        return
    with click.progressbar(inputs, label="auditing", file=sys.stderr, show_pos=True) as watched:
        yield watched
