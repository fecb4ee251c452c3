"""MkDocs hooks that generate the reference pages from the code when the site is built, so that nothing is written twice."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

SCHEMAS = {
    "report": "reconstruct report --schema",
    "ast": "reconstruct ast --schema",
    "audit": "reconstruct audit --schema",
    "diff": "reconstruct diff --schema",
    "verify": "reconstruct verify --schema",
    "list": "reconstruct list --schema",
}


def on_files(files: Any, config: Any) -> Any:
    """Adds the generated pages (MkDocs calls this with the site's files)."""
    from mkdocs.structure.files import File

    for name, text in pages().items():
        files.append(File.generated(config, f"reference/{name}.md", content=text))
    return files


def pages() -> dict[str, str]:
    """Name → markdown of each page under `reference/`."""
    from reconstruct.cli import manual

    return {
        "commands": manual.reference(),
        "rules": _rules(),
        "formats": _formats(),
        "settings": _settings(),
        "python": _python(),
    }


def _rules() -> str:
    from reconstruct.audit.registry import rules
    from reconstruct.show.text import code_span, markdown

    parts = [
        "# Rules of the audit",
        "",
        "The severity given is the rule's usual one; a finding's may be higher or lower.",
    ]
    family = None
    for rule in rules():
        if rule.family is not family:
            family = rule.family
            parts += ["", f"## {str(family).capitalize()}"]
        parts += [
            "",
            f"### {rule.id} {rule.name}",
            "",
            f"{markdown(rule.summary)}. Severity: {rule.severity}.",
            "",
            markdown(rule.why),
        ]
        parts += ["", f"**What to do:** {markdown(rule.fix)}", ""]
        parts += [f"- [{markdown(reference.title)}]({reference.url})" for reference in rule.references]
    parts += [
        "",
        "If hadolint is installed, its rules run too.",
        "",
        f"To explain one: {code_span('reconstruct explain SEC001')}.",
    ]
    return "\n".join(parts) + "\n"


def _formats() -> str:
    import json

    from reconstruct import report
    from reconstruct.audit import formats as audit
    from reconstruct.diff import render as diff

    parts = ["# Formats and schemas", "", "| command | `--format` |", "| --- | --- |"]
    for name, formats in (
        ("report", report.FORMATS),
        ("audit", audit.FORMATS),
        ("diff", diff.FORMATS),
        ("list", ("table", "json")),
        ("verify", ("text", "json", "patch")),
    ):
        parts.append(f"| {name} | {', '.join(f'`{each}`' for each in formats)} |")
    parts += [
        "",
        "Of many images, `json` of `dockerfile`, `report`, `ast`, `base`, `files` and `verify` is a document a line. A line of `audit --format jsonl` is "
        "`$defs/image` of the audit's schema; a line of `diff --format json` has `name`, `status` and, as `difference`, a document of the diff's.",
        "",
        "A schema's version changes if a member changes its meaning or is removed; new members don't change it.",
    ]
    for name, command in SCHEMAS.items():
        parts += ["", f"## {name}", "", f"`{command}` prints this (JSON Schema 2020-12).", ""]
        parts += ["```json", json.dumps(_schema(name), indent=2), "```"]
    return "\n".join(parts) + "\n"


def _schema(name: str) -> Any:
    import json

    from click.testing import CliRunner

    from reconstruct.cli.group import cli

    return json.loads(CliRunner().invoke(cli, [name, "--schema"]).stdout)


def _settings() -> str:
    from reconstruct.audit import settings

    text = inspect.cleandoc(settings.__doc__ or "")
    shown = inspect.getdoc(settings.Settings) or ""
    return f"# Settings\n\n{text}\n\n{shown}\n\nEnvironment: `NO_COLOR` turns colour off; `RECONSTRUCT_CATALOGUE` names the catalogue of your own images.\n"


def _python() -> str:
    from reconstruct import api

    parts = ["# Python", "", inspect.cleandoc(api.__doc__ or ""), ""]
    for name in ("load", "steps", "dockerfile", "base", "report", "audit", "diff", "verify"):
        function = getattr(api, name)
        signature = str(inspect.signature(function)).replace("'", "")
        parts += [
            f"## reconstruct.{name}",
            "",
            "```python",
            f"{name}{signature}",
            "```",
            "",
            inspect.getdoc(function) or "",
            "",
        ]
    return "\n".join(parts) + "\n"
