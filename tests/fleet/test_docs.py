"""docs/fleet.md says what the schema says."""

from __future__ import annotations

from pathlib import Path

from reconstruct.fleet import schema


def test_the_tables_of_the_page_are_the_schema() -> None:
    page = (Path(__file__).parents[2] / "docs" / "fleet.md").read_text(encoding="utf-8")
    assert schema.as_markdown().rstrip() in page
    assert f"version {schema.VERSION}," in page
