"""What the house's plan says of imports, read from the code."""

from __future__ import annotations

import re
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "reconstruct"


def _imports(folder: str) -> dict[str, str]:
    found = {}
    for path in sorted((PACKAGE / folder).rglob("*.py")):
        for name in re.findall(r"^\s*(?:from|import) (reconstruct[\w.]*)", path.read_text(encoding="utf-8"), re.M):
            found[f"{path.relative_to(PACKAGE)}: {name}"] = name
    return found


def test_no_output_uses_another() -> None:
    for folder in ("audit", "diff"):
        assert not [where for where, name in _imports(folder).items() if name.startswith("reconstruct.report")]


def test_show_knows_no_command_and_no_output() -> None:
    allowed = (
        "reconstruct.show",
        "reconstruct.errors",
        "reconstruct.pattern",
        "reconstruct.record",
        "reconstruct.times",
        "reconstruct.typed",
    )
    assert not [
        where for where, name in _imports("show").items() if name != "reconstruct" and not name.startswith(allowed)
    ]


def test_colour_codes_are_in_one_place() -> None:
    painters = [
        path.name for path in PACKAGE.rglob("*.py") if re.search(r"\\x1b\[(?!K)|\\033\[", path.read_text("utf-8"))
    ]
    assert painters == []
