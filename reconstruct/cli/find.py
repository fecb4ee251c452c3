"""`reconstruct find`: ready-made queries for an index."""

from __future__ import annotations

from collections.abc import Callable

from reconstruct.cli import answer as answers
from reconstruct.cli import declare, options
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.fleet.query import Answer


@declare.command()
@declare.argument("index", metavar="DIR")
@declare.option("--step", metavar="TEXT", help="Steps that contain this text, ignoring case.")
@declare.option("--regex", is_flag=True, help="--step is a regular expression (RE2).")
@declare.option("--rule", metavar="RULE", help="Findings of this audit rule, by ID or name.")
@declare.option("--base", metavar="NAME", help="Images based on this one; * and ? are wildcards.")
@declare.option("--label", metavar="K[=V]", help="Images with this label.")
@declare.option("--since", metavar="DATE", help="Images created on this day or later, e.g. 2026-01-31.")
@declare.option("--shared-layers", is_flag=True, help="Layers that several images share, and the bytes saved.")
@declare.option(
    "--not-shared", is_flag=True, help="The same step on the same base with different layers, and the bytes lost."
)
@declare.option("--bases", is_flag=True, help="Which image is based on which.")
@declare.option("--drift", metavar="OLD", help="What changed since the index in OLD.")
@options.format_option("table", "json", "jsonl", "csv", "dot", "mermaid")
@options.output_option
def command(
    index: str,
    step: str | None,
    regex: bool,
    rule: str | None,
    base: str | None,
    label: str | None,
    since: str | None,
    shared_layers: bool,
    not_shared: bool,
    bases: bool,
    drift: str | None,
    format_: str,
    output: str | None,
) -> None:
    """Run common queries on the index in DIR.

    \b
    reconstruct find fleet.index --step 'curl https://codecov.io/bash'
    reconstruct find fleet.index --base 'python:3.9*' --rule SRC011
    reconstruct find fleet.index --drift last-week.index
    """
    import click

    from reconstruct.fleet import questions

    wanted = questions.Find(step, regex, rule, base, _pair(label), since)
    others: dict[str, Callable[[], Answer]] = {}
    if shared_layers:
        others["--shared-layers"] = lambda: questions.shared_layers(index)
    if not_shared:
        others["--not-shared"] = lambda: questions.not_shared(index)
    if bases:
        others["--bases"] = lambda: questions.graph(index)
    if drift is not None:
        others["--drift"] = lambda: questions.drift(index, drift)
    asked = wanted != questions.Find()
    if len(others) + asked != 1:
        raise click.UsageError(
            "use --step, --rule, --base, --label and --since together, or one of the other options alone"
        )
    if format_ in ("dot", "mermaid") and not bases:
        raise click.UsageError(f"--format {format_} needs --bases")
    answer = questions.find(index, wanted) if asked else next(iter(others.values()))()
    answers.write(answer, format_, output)


def _pair(label: str | None) -> tuple[str, str | None] | None:
    if label is None:
        return None
    key, equals, value = label.partition("=")
    return key, value if equals else None
