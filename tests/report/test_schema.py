"""The published schemas describe what the commands print, for every builder and maker."""

from __future__ import annotations

import dataclasses
import json as json_module
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import reconstruct
from reconstruct import syntax
from reconstruct.pairing import pair
from reconstruct.report import ast, json
from reconstruct.report.model import build
from reconstruct.show.text import json_text
from tests.report.making import image, steps
from tests.report.test_forms import hostile

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("RECONSTRUCT_SHARED", ROOT.parent / "shared"))


@cache
def validator(name: str) -> Draft202012Validator:
    schema = json_module.loads(json.schema(name))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def check(name: str, document: dict[str, Any]) -> None:
    errors = [f"{error.json_path}: {error.message[:200]}" for error in validator(name).iter_errors(document)]
    assert errors == []


def check_both(of: reconstruct.image.Image, made: tuple[syntax.Step, ...]) -> None:
    check("report", json_module.loads(json.render(build(of, made))))
    check("ast", json_module.loads(json_text(ast.document(of, made))))


def test_a_report_and_its_ast() -> None:
    check_both(image(), pair(steps(image()), image()))


def test_hostile_text() -> None:
    check_both(hostile(), reconstruct.steps(hostile()))


def test_an_image_without_any_evidence() -> None:
    empty = reconstruct.image.Image(has_history=False, has_config=False)
    check_both(empty, ())


@pytest.mark.parametrize(
    "path",
    sorted(path for path in ROOT.glob("samples/hello-*.json") if "manifest" not in path.name),
    ids=lambda path: path.name,
)
def test_the_samples(path: Path) -> None:
    of = reconstruct.load(path, manifest=path.with_name(f"{path.stem}.manifest.json"))
    check_both(of, reconstruct.steps(of))


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recordings beside the repository are not here")
def test_the_recordings() -> None:
    paths = sorted(SHARED.glob("builders/*/*.config.json"))
    assert paths
    for path in paths:
        of = reconstruct.load(path)
        check_both(of, reconstruct.steps(of))


def test_every_instruction_is_in_the_schema() -> None:
    options = json_module.loads(json.schema("ast"))["$defs"]["instruction"]["oneOf"]
    described = {option["properties"]["type"]["const"]: option["properties"] for option in options}
    classes = [
        value
        for value in vars(syntax).values()
        if isinstance(value, type) and issubclass(value, syntax.Instruction) and value is not syntax.Instruction
    ]
    assert {kind.__name__ for kind in classes} == set(described)
    for kind in classes:
        fields = {field.name for field in dataclasses.fields(kind)}
        assert fields | {"type", "keyword"} == set(described[kind.__name__]), kind
        assert (kind().keyword or None) == described[kind.__name__]["keyword"]["const"]
