"""`reconstruct explain`: one rule of the audit in full."""

from __future__ import annotations

import re
from textwrap import fill

from reconstruct.cli import declare, options
from reconstruct.show import terminal


@declare.command()
@declare.argument("rule", metavar="RULE")
@options.output_option
def command(rule: str, output: str | None) -> None:
    """Explain RULE (an ID such as SEC001, or a name): why it matters, what to do, and its references."""
    options.show(_text(rule), output)


def _text(name: str) -> str:
    from reconstruct.audit.registry import find

    if re.fullmatch(r"(?:DL|SC)\d{4}", name.upper()):
        return _of_hadolint(name.upper())
    rule = find(name)
    width = min(terminal.width() or 100, 100)
    parts = [
        f"{rule.id} {rule.name} ({rule.severity}): {rule.summary}.",
        f"Category: {rule.family}.",
        fill(rule.why, width, break_on_hyphens=False),
        fill(f"What to do: {rule.fix}", width, break_on_hyphens=False),
        "\n".join(["See:", *(f"  {reference.title}\n    {reference.url}" for reference in rule.references)]),
    ]
    return "\n\n".join(parts)


def _of_hadolint(code: str) -> str:
    from reconstruct.audit.hadolint import EXCLUDED, described

    reference = described(code).references[0]
    left_out = f"\n\nNot reported here: {EXCLUDED[code]}." if code in EXCLUDED else ""
    return f"{code} is a {'ShellCheck' if code.startswith('SC') else 'hadolint'} rule: {reference.url}{left_out}"
