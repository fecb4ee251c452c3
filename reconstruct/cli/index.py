"""`reconstruct index`: many images → an index in Parquet."""

from __future__ import annotations

import os
import sys

from reconstruct.cli import declare, options, progress, sweep
from reconstruct.errors import ReconstructError


@declare.command()
@declare.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@declare.option(
    "--output", "-o", metavar="DIR", required=True, help="The index's directory; created if needed, else added to."
)
@declare.option("--jobs", "-j", type=declare.Whole(1), metavar="N", help="Processes.  [default: one per core]")
@declare.option("--audit/--no-audit", default=True, help="Audit each image too (default), or leave out findings.")
@declare.option("--now", metavar="DATE", help="The reference date, e.g. 2026-01-31 (default: today).")
@declare.option("--strict", is_flag=True, help="Treat doubts, such as a digest mismatch, as errors.")
@declare.option(
    "--scheduler",
    metavar="URL",
    help="Use the Dask cluster at this address (tcp://host:8786); SOURCE may be fsspec URLs.",
)
def command(
    sources: tuple[str, ...],
    output: str,
    jobs: int | None,
    audit: bool,
    now: str | None,
    strict: bool,
    scheduler: str | None,
) -> None:
    """Index every image in SOURCE for `reconstruct query` and `reconstruct find`.

    SOURCE is a file of any saved form, a directory of these, a JSON lines file (.jsonl), or - for a list of paths on
    standard input. Images already in the index are skipped; run the command again to resume after it was killed.

    \b
    reconstruct index configs/ --output fleet.index
    find /registry -name '*.json' | reconstruct index - --output fleet.index --jobs 8
    """
    from reconstruct.cli.audit import _day
    from reconstruct.fleet import build, cluster, inputs
    from reconstruct.fleet.rows import Wanted

    passed_over = inputs.PassedOver()
    wanted = Wanted(audit=audit, strict=strict, now=_day(now))
    if not scheduler:
        inputs.require(sources)
    found = cluster.items(sources) if scheduler else inputs.items(sources, passed_over)
    with progress.shown("indexing", None if scheduler else lambda: inputs.count(sources)) as advance:
        done = build.build(
            found,
            output,
            wanted,
            jobs=jobs or os.cpu_count() or 1,
            progress=advance,
            runner=cluster.runner(scheduler) if scheduler else None,
            died=sweep.say_died,
        )
    for note in passed_over.notes():
        options.say(note)
    held = f", {done.again:,} already indexed or duplicates" if done.again else ""
    import click

    click.echo(f"{output}: {done.images:,} image{'s' * (done.images != 1)} added{held}, {done.errors:,} unreadable")
    if done.errors:
        options.say(f"unreadable inputs: reconstruct query {output} 'SELECT * FROM errors'")
    if not done.images and not done.again:
        raise ReconstructError(
            f"{sources[0]}: no image found" + (", here or in the other sources" if len(sources) > 1 else "")
        )
    if done.errors and strict:
        sys.exit(2)
