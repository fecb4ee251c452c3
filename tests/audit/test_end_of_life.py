"""The end of life of an image's products: the table, the notation of versions, and their evidence."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from reconstruct.audit import end_of_life as end_of_life_module
from reconstruct.audit.end_of_life import Ending, end_of_life, is_code_name, table_date, version_of
from tests.audit.images import BASE, built, config, run

TOOL = Path(__file__).parents[2] / "tools" / "make_end_of_life.py"


@pytest.mark.parametrize(
    ("product", "version", "ending"),
    [
        ("Debian", "stretch", Ending(date(2022, 7, 1))),
        ("Node.js", "12.22.12", Ending(date(2022, 4, 30))),
        ("Redis", "5", Ending(date(2022, 4, 27))),  # a version cut short is the newest of its kind
        ("Java", "7", Ending(None)),  # older than all that the table has
        ("Perl", "5.8", Ending(None)),
        ("Python", "99.1", None),
        ("Python", "x", None),
        ("Nothing", "1", None),
    ],
)
def test_a_release_ends_as_the_table_says(product: str, version: str, ending: Ending | None) -> None:
    assert end_of_life(product, version) == ending


def searched(product: str, version: str) -> str | None:
    """The table's key for a version, by going through the product's releases, newest first."""
    releases = end_of_life_module._table()[product]
    parts = version.lower().split(".")
    if begins := [key for length in range(len(parts), 0, -1) if (key := ".".join(parts[:length])) in releases]:
        return begins[0]
    named = [key for key, row in releases.items() if row[1:] == [version.lower()]]
    return next(iter([*named, *[key for key in releases if key.startswith(f"{version}.")]]), None)


@pytest.mark.parametrize("product", sorted(end_of_life_module._table()))
def test_releases_are_looked_up_as_they_are_searched(product: str) -> None:
    releases = end_of_life_module._table()[product]
    told = [spelt for key, row in releases.items() for spelt in (key, *map(str, row[1:]))]
    for spelt in told:
        for version in (spelt, spelt.upper(), f"{spelt}.1", *[spelt[:end] for end in range(len(spelt))]):
            assert end_of_life_module._cycle(product, version) == searched(product, version)


@pytest.mark.parametrize(
    ("product", "text", "version"),
    [
        ("MariaDB", "1:10.3.39+maria~ubu2004", "10.3.39"),
        ("Java", "jdk8u292-b10", "8"),
        ("Java", "1.8.0_292", "8"),
        ("Java", "jdk-16.0.2+7", "16"),
        ("Java", "11.0.4", "11"),
        ("Traefik", "v1.7.34", "1.7.34"),
        ("Amazon Linux", "1", "2018.03"),
        ("Redis", "stable", ""),
    ],
)
def test_versions_are_read_as_people_write_them(product: str, text: str, version: str) -> None:
    assert version_of(product, text) == version


def test_code_names() -> None:
    assert is_code_name("bookworm")
    assert is_code_name("noble")
    assert not is_code_name("alpine")


def test_a_step_is_closer_evidence_than_the_base() -> None:
    found = [one for one in run(built(["RUN true", "ENV NODE_VERSION=12.22.12"])).findings if one.rule == "SRC011"]
    assert [(one.step, one.severity) for one in found] == [(2, "high")]


def test_one_product_is_reported_once() -> None:
    lines = ["ENV NODE_VERSION=12.22.12", "LABEL org.opencontainers.image.base.name=node:12"]
    assert sum(one.rule == "SRC011" for one in run(built(lines)).findings) == 1


def test_an_old_root_file_system() -> None:
    root = {**BASE, "created_by": "# debian.sh --arch 'amd64' out/ 'stretch' '@1776643200'"}
    assert [one.step for one in run(config([root])).findings if one.rule == "SRC011"] == [0]


def test_the_table_is_renewed_from_a_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location("make_end_of_life", TOOL)
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    (tmp_path / "products").mkdir()
    page = (
        '---\ntitle: X\n\nreleases:\n  - releaseCycle: "2.0"\n    codename: "Nice One"\n    eol: false\n'
        '  - releaseCycle: "1.1"\n    eol: 2020-01-31 # about\n  - releaseCycle: "1.0"\n    eol: true\n---\ntext\n'
    )
    (tmp_path / "products" / "x.md").write_text(page)
    monkeypatch.setattr(tool, "PRODUCTS", {"X": "x"})
    monkeypatch.setattr(tool, "TABLE", tmp_path / "table.json")
    monkeypatch.setattr("sys.argv", ["make_end_of_life.py", str(tmp_path), "--dated", "2026-01-02"])
    tool.main()
    table = json.loads((tmp_path / "table.json").read_text())
    assert table["dated"] == "2026-01-02"
    assert table["products"] == {"X": {"2.0": [False, "nice"], "1.1": ["2020-01-31"], "1.0": [None]}}
    monkeypatch.setattr(tool, "PRODUCTS", {"Y": "y"})
    with pytest.raises(SystemExit, match="no such page"):
        tool.main()


def test_the_table_has_a_date() -> None:
    assert date.fromisoformat(table_date()) >= date(2026, 8, 22)


def test_a_version_of_the_distributions_own_package_is_low() -> None:
    made = [
        finding
        for finding in run(built(["RUN apt-get install -y nginx=1.14.2-2"])).findings
        if finding.rule == "SRC011"
    ]
    assert [str(finding.severity) for finding in made] == ["low"]
    made = [finding for finding in run(built(["ENV NGINX_VERSION=1.14.2"])).findings if finding.rule == "SRC011"]
    assert [str(finding.severity) for finding in made] == ["high"]
