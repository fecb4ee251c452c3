"""The documentation's site builds, every link in it has a target, and its reference is made from the code."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from reconstruct.audit.registry import rules
from reconstruct.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]


def hooks() -> Any:
    spec = importlib.util.spec_from_file_location("docs_hooks", ROOT / "docs" / "hooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_has_every_command_rule_and_schema() -> None:
    pages = hooks().pages()
    assert all(f"## reconstruct {name}\n" in pages["commands"] for name in COMMANDS)
    assert all(f"### {rule.id} {rule.name}\n" in pages["rules"] for rule in rules())
    assert pages["formats"].count('"$schema"') == len(hooks().SCHEMAS)
    assert "baseline" in pages["settings"]
    assert "## reconstruct.verify" in pages["python"]


def test_readme_leads_to_files_that_exist() -> None:
    text = (ROOT / "README.md").read_text()
    targets = [target for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in target]
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_site_builds_and_its_links_have_targets(tmp_path: Path) -> None:
    pytest.importorskip("material", reason="mkdocs-material is not installed (extra docs)")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT, capture_output=True, text=True, env={"PATH": "/usr/bin:/bin", "NO_MKDOCS_2_WARNING": "1", "DISABLE_MKDOCS_2_WARNING": "true"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 15
    for page in pages:
        # No page loads anything from another host; links for the reader don't count.
        asked = re.findall(
            r"""<(?:script|img|link|iframe)[^>]*(?:src|href)=["']?(https?://[^"' >]+)""", page.read_text()
        )
        assert [url for url in asked if "canonical" not in url] == [], page
