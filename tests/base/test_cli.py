"""`reconstruct base`, and what the other commands make of the base, run as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from reconstruct.errors import ReconstructError
from tests.base.making import days, entry, image, on
from tests.base.test_catalogue import config, run
from tests.base.test_find import BASE, IMAGE, LABEL, ROOT_FS, TOOLS


@pytest.fixture
def app(tmp_path: Path) -> Path:
    path = tmp_path / "app.json"
    path.write_text(json.dumps({**config(IMAGE), "config": dict(IMAGE.config)}))
    return path


@pytest.fixture
def base(tmp_path: Path) -> Path:
    path = tmp_path / "base.json"
    path.write_text(json.dumps({**config(BASE), "config": dict(BASE.config)}))
    return path


class TestBase:
    def test_the_table_has_a_row_an_image_and_the_evidence(self, app: Path) -> None:
        shown = run("base", app).stdout.splitlines()
        assert shown[1].split() == ["1", "1", "1", *shown[1].split()[3:]]
        assert shown[1].endswith("debian:bookworm-20250101")
        assert shown[2].endswith("(unnamed)")
        assert shown[3].endswith("the image's own steps")
        assert any("debuerreotype" in line for line in shown)
        assert shown[-1] == "FROM debian:bookworm-slim"

    @pytest.mark.parametrize("options", [[], ["--base", "none"], ["--base", "corp/x:1"], ["--base-steps", "3"]])
    def test_json_is_as_its_schema_says(self, app: Path, options: list[str]) -> None:
        found = json.loads(run("base", app, "--format", "json", *options).stdout)
        schema = json.loads(run("base", "--schema").stdout)
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.validate(found, schema)
        spans = [(part["first_entry"], part["entries"]) for part in (*found["images"], found["own"])]
        assert [first for first, _ in spans] == [0, *(entries for _, entries in spans[:-1])]
        assert spans[-1][1] == len(IMAGE.history)

    def test_a_given_base_is_the_last_of_the_chain(self, app: Path, base: Path) -> None:
        found = json.loads(run("base", app, "--base", base, "--format", "json").stdout)
        assert found["images"][-1]["entries"] == found["base"]["entries"] == len(BASE.history)

    def test_hostile_names_reach_no_terminal(self, tmp_path: Path) -> None:
        text = {**config(IMAGE), "config": {"Labels": {LABEL: "\x1b[31mx"}}}
        (tmp_path / "x.json").write_text(json.dumps(text))
        found = run("base", tmp_path / "x.json")
        assert "\x1b" not in found.stdout + found.stderr


class TestDockerfile:
    def test_own_steps_on_the_nearest_named_base(self, app: Path) -> None:
        found = run("dockerfile", app)
        assert found.stdout.startswith("# inferred: FROM replaces step 1: debuerreotype's stamp")
        assert "--base none prints all steps" in found.stderr
        assert found.stdout.count("\nFROM ") == 1

    def test_none_prints_all(self, app: Path) -> None:
        found = run("dockerfile", app, "--base", "none")
        assert "FROM scratch" in found.stdout
        assert "--base none" not in found.stderr

    def test_base_steps(self, app: Path) -> None:
        found = run("dockerfile", app, "--base", "corp/tools:1", "--base-steps", "4", "--no-comments")
        assert [line for line in found.stdout.splitlines() if line] == [
            "FROM corp/tools:1", "WORKDIR /app", "COPY . .", 'CMD ["app"]',
        ]  # fmt: skip

    def test_too_many_base_steps_are_an_error(self, app: Path) -> None:
        assert isinstance(run("dockerfile", app, "--base-steps", "99").exception, ReconstructError)

    @pytest.mark.parametrize("command", ["dockerfile", "base", "report", "audit"])
    def test_a_contradiction_is_a_line_or_an_error(self, app: Path, tmp_path: Path, command: str) -> None:
        other = tmp_path / "other.json"
        other.write_text(json.dumps(config(on(ROOT_FS, *days(["ENV TOOLS=2", *TOOLS[1:]], 5)))))
        found = run(command, app, "--base", other)
        assert not isinstance(found.exception, ReconstructError)
        assert "entry 2 differs" in found.stdout + found.stderr
        assert isinstance(run(command, app, "--base", other, "--strict").exception, ReconstructError)

    def test_a_matching_base_is_not_a_contradiction(self, app: Path, base: Path) -> None:
        found = run("dockerfile", app, "--base", base, "--strict")
        assert (found.exception, found.stderr) == (None, "")


class TestOthers:
    @pytest.fixture
    def old(self, tmp_path: Path) -> tuple[Path, Path]:
        """An image and its base, which has reached its end of life and runs as root."""
        below = on(ROOT_FS, *days(["ENV PYTHON_VERSION=3.7.1", 'CMD ["python3"]'], 5), config={"Cmd": ["python3"]})
        above = on(below, *days(["COPY . . # buildkit"], 20))
        for name, one in (("below", below), ("above", above)):
            (tmp_path / f"{name}.json").write_text(json.dumps({**config(one), "config": dict(one.config)}))
        return tmp_path / "above.json", tmp_path / "below.json"

    @pytest.mark.parametrize("options", [[], ["--base"]])
    def test_findings_in_the_base_are_grouped_and_not_dropped(self, old: tuple[Path, Path], options: list[str]) -> None:
        given = [*options, old[1]] if options else []
        found = run("audit", old[0], "--no-hadolint", "--format", "json", *given)
        by_rule = {one["rule"]: one["in_base"] for one in json.loads(found.stdout)["images"][0]["findings"]}
        assert {"SRC011", "USR001"} <= by_rule.keys()
        assert found.exit_code == 1
        if given:
            assert by_rule["SRC011"]
            assert by_rule["USR001"]
            shown = run("audit", old[0], "--no-hadolint", *given).stdout
            assert shown.index("in the base, base-without-a-name:") < shown.index("SRC011")

    def test_the_report_draws_the_border(self, app: Path, base: Path) -> None:
        for form in ("table", "wide"):
            shown = run("report", app, "--base", base, "--format", form).stdout.splitlines()
            (border,) = (at for at, line in enumerate(shown) if line.startswith("──"))
            assert "TOOLS" not in "".join(shown[border:])
            assert "(steps 1-4)" in shown[border]
            assert "(steps 5-7)" in shown[border]
        assert json.loads(run("report", app, "--base", base, "--format", "json").stdout)["own"]["steps"] == 3

    def test_verify_takes_the_border_that_the_catalogue_knows(self, tmp_path: Path) -> None:
        """All entries have one timestamp: without known images, the end of the base is unknown."""
        below = image(*days(["ADD root.tar.xz / # buildkit", "RUN /bin/sh -c a # buildkit"], 5))
        above = on(below, entry("RUN /bin/sh -c b # buildkit", below.history[-1].created))
        (tmp_path / "above.json").write_text(json.dumps(config(above)))
        (tmp_path / "Dockerfile").write_text("FROM corp/tools:1\nRUN b\n")
        (tmp_path / "bases.jsonl").write_text(json.dumps({"name": "corp/tools:1", "image": config(below)}))
        store = tmp_path / "c.sqlite"
        run("catalogue", "add", tmp_path / "bases.jsonl", "--catalogue", store)
        arguments = ("verify", tmp_path / "above.json", tmp_path / "Dockerfile")
        assert run(*arguments).exit_code != 0
        assert run(*arguments, "--catalogue", store).exit_code == 0

    @pytest.mark.parametrize(("version", "code"), [("1.4", 0), ("1", 0), ("2", 1), ("1.5", 1)])
    def test_verify_reports_another_version_of_the_base(self, tmp_path: Path, version: str, code: int) -> None:
        below = image(*days(["ADD root.tar.xz / # buildkit", "RUN /bin/sh -c a # buildkit"], 5))
        above = on(below, *days(["RUN /bin/sh -c b # buildkit"], 20))
        (tmp_path / "above.json").write_text(json.dumps(config(above)))
        (tmp_path / "Dockerfile").write_text(f"FROM corp/tools:{version}\nRUN b\n")
        (tmp_path / "bases.jsonl").write_text(json.dumps({"name": "corp/tools:1.4", "image": config(below)}))
        store = tmp_path / "c.sqlite"
        run("catalogue", "add", tmp_path / "bases.jsonl", "--catalogue", store)
        found = run("verify", tmp_path / "above.json", tmp_path / "Dockerfile", "--catalogue", store)
        assert found.exit_code == code

    def test_diff_compares_the_bases_by_what_the_catalogue_knows(self, app: Path, base: Path, tmp_path: Path) -> None:
        store = tmp_path / "c.sqlite"
        run("catalogue", "add", base, "--name", "corp/tools:1", "--catalogue", store)
        assert "corp/tools:1" in run("diff", app, app, "--catalogue", store, "--format", "json").stdout
