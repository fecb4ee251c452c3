"""`reconstruct audit`: how an image was built, and what is wrong with it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from reconstruct.audit.formats import FORMATS
from reconstruct.audit.settings import FAIL_ON
from reconstruct.cli import declare, folder, options, sweep
from reconstruct.errors import ReconstructError
from reconstruct.record import replace
from reconstruct.show import terminal
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.audit.baseline import Baseline
    from reconstruct.audit.engine import Options
    from reconstruct.audit.finding import Audit
    from reconstruct.audit.settings import Settings
    from reconstruct.cli.auditing import Choice, Interruptible


def _schema() -> str:
    from reconstruct.audit.formats.json import schema

    return schema()


@declare.command()
@declare.argument("images", metavar="IMAGE...", nargs=-1, required=True, type=options.PATH)
@options.source_options
@options.base_option
@options.format_option(*FORMATS)
@declare.option(
    "--fail-on",
    type=declare.Choice(FAIL_ON),
    help="Exit with 1 on a finding of this severity or higher.  [default: low]",
)
@declare.option("--ignore", multiple=True, metavar="RULE", help="Leave rules out, by ID or name: A,B, or repeated.")
@declare.option(
    "--baseline",
    metavar="FILE",
    help="Report only findings that aren't in an earlier audit (--format json or jsonl).",
)
@declare.option(
    "--base-age",
    type=declare.Whole(0),
    metavar="DAYS",
    help="Age in days from which a base counts as outdated at build time.  [default: 90]",
)
@declare.option("--hadolint/--no-hadolint", default=None, help="Run hadolint too (default: if it is installed).")
@declare.option(
    "--config",
    metavar="FILE",
    help="Settings (default: .reconstruct.toml or pyproject.toml, in this or a parent directory).",
)
@declare.option("--now", metavar="DATE", help="The reference date, e.g. 2026-01-31 (default: today).")
@options.schema_option(_schema)
@options.output_option
@folder.option
@sweep.jobs_option
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
    output_dir: str | None,
    jobs: int,
    color: bool | None,
) -> None:
    """Audit how each IMAGE was built: secrets in the record, where software came from, which user runs it, what it weighs,
    and whether the record is consistent.

    A directory or an archive means every image in it, a JSON lines file (.jsonl) one image per line, and - standard input:
    an image, or a list of paths. With several images, the report starts with a summary and is written as they are read.
    Exits with 1 on findings (see --fail-on), with 2 if an image can't be read.
    """
    from reconstruct.audit.settings import load
    from reconstruct.cli.auditing import Choice

    settings = load(config)
    if settings.baseline is not None:
        options.refuse_inputs(output, [settings.baseline])
    known = _baseline(baseline or settings.baseline)
    chosen = _options(settings, ignore, base_age, hadolint, now)
    chosen = replace(chosen, base=options.load_base(base, strict), base_steps=base_steps, strict=strict)
    choice = Choice(chosen, catalogue, known, manifest, platform, tag)
    tally = _Tally(fail_on or settings.fail_on or "low")
    found = _audits(images, choice, jobs, streams=output is None and format_ not in _WHOLE, into=output_dir)
    if output_dir is not None:
        _write_each(tally.counting(found), format_, tally.limit, output, output_dir)
    else:
        _write_all(found, tally, format_, output, color)
    if tally.unread and tally.images > 1 and (output_dir is not None or format_ != "table"):
        options.say(f"{tally.unread:,} of {tally.images:,} could not be read")
    if tally.unread:
        sys.exit(2)
    if tally.failed:
        sys.exit(1)


# Formats that are shown when the last image has been read.
_WHOLE = frozenset({"table", "markdown", "html"})


class _Tally:
    """The basis of the exit status: images, unreadable ones, whether a finding is at least as severe as `limit`."""

    def __init__(self, limit: str) -> None:
        self.limit = limit
        self.images = self.unread = 0
        self.failed = False

    def counting(self, audits: Iterable[Audit]) -> Iterator[Audit]:
        """The same audits, counted as they pass."""
        from reconstruct.audit.finding import fails

        for audit in audits:
            self.images += 1
            self.unread += audit.error is not None
            self.failed = self.failed or any(fails(finding.severity, self.limit) for finding in audit.findings)
            yield audit


def _audits(images: Sequence[str], choice: Choice, jobs: int, *, streams: bool, into: str | None) -> Iterator[Audit]:
    """The audits of all images; raises ReconstructError if there are none."""
    from reconstruct.cli import auditing
    from reconstruct.fleet import inputs

    lists = "-" in images and inputs.lists_paths(default=into is not None)
    several = len(images) > 1 or lists or (images[0] != "-" and inputs.is_many(images[0]))
    if choice.manifest is not None and several:
        raise ReconstructError("--manifest takes a single IMAGE")
    if not several:
        choice, jobs = choice._replace(alone=True), 1
    found = auditing.audits(images, choice, jobs=jobs, streams=streams, lists=lists)
    first = next(found, None)
    if first is None:
        raise ReconstructError(
            f"{images[0]}: no image found" + (", here or in the other files" if len(images) > 1 else "")
        )
    return chain([first], found)


def _write_all(found: Iterator[Audit], tally: _Tally, format_: str, output: str | None, color: bool | None) -> None:
    """Writes one report on all images. On standard output, Ctrl-C stops the audit, and the report is still complete."""
    from reconstruct.audit.formats import pieces
    from reconstruct.cli.auditing import Interruptible

    to_terminal = output is None
    watched: Iterator[Audit] | Interruptible = Interruptible(found) if output in (None, "-") else found
    text = pieces(
        tally.counting(watched),
        format_,
        fail_on=tally.limit,
        color=to_terminal and terminal.use_color(color),
        width=terminal.width() if to_terminal else None,
    )
    options.write_pieces(text, output, for_people=format_ == "table")
    if isinstance(watched, Interruptible) and watched.interrupted:
        raise KeyboardInterrupt


def _write_each(found: Iterator[Audit], format_: str, limit: str, output: str | None, output_dir: str) -> None:
    """Writes one report per image into a directory."""
    from reconstruct.audit.formats import render

    if output is not None:
        import click

        raise click.UsageError("--output is a single file; --output-dir writes one per image")
    target = folder.Folder(output_dir, folder.ending(format_))
    for audit in found:
        if audit.error is not None:
            options.fail(f"{audit.image}: {audit.error}")
        else:
            target.write(audit.image, render([audit], format_, fail_on=limit).encode("utf-8", "backslashreplace"))
    target.tell()


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
    """The options from the command line, else from the settings file, else the defaults."""
    from datetime import UTC, datetime

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
        now=_day(now) or datetime.now(UTC),
        base_age=base_age,
        ignore=_identities(left_out),
        hadolint=hadolint,
        ignores=settings.ignores,
        severities=settings.severities,
    )


def _identities(names: Sequence[str]) -> frozenset[str]:
    """The names as given, and the IDs of the rules that they refer to."""
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
    """Raises if `name` is no rule; a misspelt one would be silently ignored."""
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
        raise ReconstructError(f"--now {text}: not a date (YYYY-MM-DD)") from None
    return day if day.tzinfo else day.replace(tzinfo=UTC)
