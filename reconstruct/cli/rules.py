"""`reconstruct rules`: the audit's rules."""

from __future__ import annotations

from reconstruct.cli import declare, options
from reconstruct.show import terminal


@declare.command()
@options.format_option("table", "markdown", "json")
@options.output_option
def command(format_: str, output: str | None) -> None:
    """List the rules of `reconstruct audit`: ID, severity, name and what each one finds."""
    from reconstruct.audit.registry import rules

    if format_ == "json":
        from reconstruct.audit.formats.json import rule_value
        from reconstruct.show.text import json_text

        options.write(json_text([rule_value(rule) for rule in rules()]), output)
        return
    head = ("rule", "severity", "name", "finds")
    rows = [(rule.id, str(rule.severity), rule.name, rule.summary) for rule in rules()]
    if format_ == "markdown":
        from reconstruct.show.tables import tabulate

        options.write(tabulate()(rows, headers=head, tablefmt="github", disable_numparse=True), output)
        return
    from reconstruct.show.grid import Column, fitted

    blocks = []
    for family in dict.fromkeys(rule.family for rule in rules()):
        chosen = [row for row, rule in zip(rows, rules(), strict=True) if rule.family is family]
        width = terminal.width() if output is None else None
        columns = [Column(name, worth) for name, worth in zip(head, (None, 2, 1, None), strict=True)]
        table = fitted(columns, chosen, width)
        lines = [f"{family[0].upper()}{family[1:]}", table.head, *(line for row in table.rows for line in row)]
        blocks.append("\n".join(lines))
    blocks.append(_about_hadolint())
    options.show("\n\n".join(blocks), output)


def _about_hadolint() -> str:
    from reconstruct.audit.hadolint import EXCLUDED, executable

    state = "installed" if executable() else "not installed: pip install reconstruct[lint]"
    left_out = f"except {len(EXCLUDED)}: {' '.join(sorted(EXCLUDED))}"
    text = f"With hadolint ({state}), its rules run too, {left_out}"
    import click

    return click.wrap_text(text, width=terminal.width() or 100)
