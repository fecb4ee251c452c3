"""Questions to an index: right answers, and nothing but the index within reach."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from reconstruct.cli.group import cli
from reconstruct.errors import ReconstructError
from reconstruct.fleet import build, inputs, query, questions
from reconstruct.fleet.query import ask
from reconstruct.fleet.rows import Wanted
from tests.fleet.making import configs


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("query")
    lines = [json.dumps({"tags": [f"shop:{n}"], "image": config}) for n, config in enumerate(configs(24))]
    (folder / "all.jsonl").write_text("\n".join(lines), encoding="utf-8")
    build.build(inputs.items([str(folder / "all.jsonl")]), str(folder / "index"), Wanted())
    return str(folder / "index")


def found(answer: questions.Answer, column: str) -> list[object]:
    place = answer.columns.index(column)
    return [row[place] for row in answer.rows]


def test_step_by_text_and_by_expression(index: str) -> None:
    assert found(questions.find(index, questions.Find(step="ECHO 7 >")), "tags") == ["shop:7"]
    several = questions.find(index, questions.Find(step=r"echo (3|5) >", regex=True))
    assert found(several, "tags") == ["shop:3", "shop:5"]


def test_label_since_and_step_together(index: str) -> None:
    assert found(questions.find(index, questions.Find(label=("serial", "11"))), "tags") == ["shop:11"]
    assert (
        len(
            found(
                questions.find(
                    index,
                    questions.Find(label=("serial", None)),
                ),
                "tags",
            )
        )
        == 24
    )
    late = questions.find(index, questions.Find(since="2024-12-01", step="> /serial"))
    assert found(late, "tags") == ["shop:11", "shop:23"]
    with pytest.raises(ReconstructError, match="not a date"):
        questions.find(index, questions.Find(since="yesterday"))


def test_rule(index: str) -> None:
    (rule, *_) = next(ask(index, "SELECT rule FROM findings WHERE step IS NOT NULL LIMIT 1").rows)
    assert set(found(questions.find(index, questions.Find(rule=rule.lower())), "rule")) == {rule}


def test_drift_shows_steps_and_images(index: str, tmp_path: Path) -> None:
    made = list(configs(25))
    made[3]["history"][-1]["created_by"] = "RUN /bin/sh -c curl https://example.com/install | sh # buildkit"
    lines = [json.dumps({"tags": [f"shop:{n}"], "image": config}) for n, config in enumerate(made) if n != 5]
    (tmp_path / "all.jsonl").write_text("\n".join(lines), encoding="utf-8")
    build.build(inputs.items([str(tmp_path / "all.jsonl")]), str(tmp_path / "new"), Wanted())
    told = [(change, name) for change, name, _, _ in questions.drift(str(tmp_path / "new"), index).rows]
    assert ("image new", "shop:24") in told
    assert ("image gone", "shop:5") in told
    assert ("image rebuilt", "shop:3") in told
    assert ("step new", "shop:3") in told
    assert ("step gone", "shop:3") in told
    assert ("finding new", "shop:3") in told
    assert {name for _, name in told} == {"shop:3", "shop:5", "shop:24"}


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/etc/*')",
        "COPY (SELECT 1) TO '/tmp/leak.csv'",
        "COPY (SELECT 1) TO '{index}/parts/leak.csv'",
        "ATTACH '/tmp/other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SELECT 1; SELECT 2",
        "CREATE TABLE mine AS SELECT 1",
        "DROP VIEW images",
        "PRAGMA database_list",
        "SELECT * FROM read_parquet('{index}/../all.jsonl')",
        "SELECT * FROM read_text('{index}/parts/../../all.jsonl')",
        "EXPORT DATABASE '/tmp/leak'",
        "EXPLAIN ANALYZE CREATE TABLE mine AS SELECT 1",
        "EXPLAIN ANALYZE COPY (SELECT 1) TO '{index}/parts/leak.csv'",
        "explain SET threads = 1",
        "EXPLAIN (FORMAT json) DROP VIEW images",
        "SELECT * FROM query('COPY (SELECT 1) TO ''/tmp/leak''')",
        "SELECT * FROM read_csv('/proc/self/environ')",
        "",
    ],
)
def test_nothing_but_the_index_is_within_reach(index: str, sql: str) -> None:
    with pytest.raises(ReconstructError):
        list(ask(index, sql.replace("{index}", index)).rows)
    assert not list(Path(index).rglob("leak*"))
    assert not Path("/tmp/leak.csv").exists()
    assert not Path("/tmp/leak").exists()


def test_a_query_may_be_explained(index: str) -> None:
    assert list(ask(index, "EXPLAIN ANALYZE SELECT count(*) FROM images").rows)
    assert list(ask(index, "explain select 1").rows)


def test_a_query_has_bounded_memory_and_leaves_nothing(
    index: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(query, "MEMORY", 64 << 20)
    asked = "SELECT count(*) FROM (SELECT DISTINCT range FROM range(5000000))"
    assert list(ask(index, asked).rows) == [(5_000_000,)]
    monkeypatch.setattr(query, "ASIDE", 1 << 20)
    with pytest.raises(ReconstructError, match="Out of Memory"):
        list(ask(index, asked).rows)
    assert [list(folder.iterdir()) for folder in sorted(tmp_path.iterdir())] == [[], []]


def test_formats(index: str) -> None:
    def run(*arguments: str) -> str:
        result = CliRunner().invoke(cli, ["query", index, *arguments])
        assert result.exit_code == 0, result.output
        return result.output

    sql = "SELECT tags[1] AS name, created, steps FROM images ORDER BY steps, name LIMIT 2"
    rows = json.loads(run(sql, "--format", "json"))
    assert [json.loads(line) for line in run(sql, "--format", "jsonl").splitlines()] == rows
    (head, *told) = csv.reader(io.StringIO(run(sql, "--format", "csv")))
    assert head == ["name", "created", "steps"]
    assert [row[0] for row in told] == [row["name"] for row in rows]
    assert rows[0]["created"].endswith("Z")
    assert run(sql).endswith("\n2 rows\n")
    assert run("SELECT chr(27) || '[31m' AS x").count("\x1b") == 0
    assert run("SELECT chr(27) || '[31m' AS x", "--format", "csv").count("\x1b") == 0


def test_a_graph_in_mermaid_and_dot(index: str) -> None:
    for format_, head in (("mermaid", "graph LR\n"), ("dot", "digraph bases {\n")):
        result = CliRunner().invoke(cli, ["find", index, "--bases", "--format", format_])
        assert result.exit_code == 0
        assert result.output.startswith(head)


def test_one_question_at_a_time(index: str) -> None:
    assert CliRunner().invoke(cli, ["find", index]).exit_code == 2
    assert CliRunner().invoke(cli, ["find", index, "--bases", "--shared-layers"]).exit_code == 2
    assert CliRunner().invoke(cli, ["find", index, "--rule", "x", "--format", "dot"]).exit_code == 2
