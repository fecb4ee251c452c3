"""Build, reconstruct, build again with the same builder on the same base, and say what differs."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any

import reconstruct
from reconstruct.image import HistoryEntry, Image
from tests.builders import sources
from tests.builders.cases import Case
from tests.builders.context import write_context
from tests.builders.engines import Builder, BuildError, Built, Engines

_CHECKSUM = re.compile(r"(file|dir|multi):[0-9a-f]{64}")
_BUILT_ON = re.compile(r"^FROM [0-9a-f]{12}$")
# The container a build ran in, and the ID of the image before: never the same twice.
_PASSING = ("Hostname", "Domainname", "Image")


def history(config: Mapping[str, Any]) -> list[tuple[str, bool, str, str]]:
    """The entries' created_by, empty_layer, comment and author.

    A checksum covers the name of what was copied too (in the classic builder's and in buildah's), which a reconstructed
    Dockerfile can't know; so of checksums only the kind is compared: file, dir or multi.
    """
    return [
        (
            _CHECKSUM.sub(r"\1:<checksum>", entry.get("created_by", "")),
            entry.get("empty_layer", False),
            _BUILT_ON.sub("FROM <the step before>", entry.get("comment", "")),
            entry.get("author", ""),
        )
        for entry in config.get("history") or []
    ]


def settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """The config in force, and the fields next to it."""
    inner = {key: value for key, value in (config.get("config") or {}).items() if key not in _PASSING}
    return inner | {key: config.get(key) for key in ("os", "architecture", "author", "variant")}


def differences(want: Mapping[str, Any], got: Mapping[str, Any]) -> list[str]:
    """What differs between two image configs, one line each; empty when they are the same."""
    found = []
    first, second = history(want), history(got)
    for position in range(max(len(first), len(second))):
        a = first[position] if position < len(first) else None
        b = second[position] if position < len(second) else None
        if a != b:
            found.append(f"history[{position}]\n  want {a!r}\n  got  {b!r}")
    mine, theirs = settings(want), settings(got)
    found += [
        f"config.{key}\n  want {json.dumps(mine.get(key), ensure_ascii=False)}"
        f"\n  got  {json.dumps(theirs.get(key), ensure_ascii=False)}"
        for key in sorted(mine.keys() | theirs.keys())
        if mine.get(key) != theirs.get(key)
    ]
    return found


class Told(Enum):
    """What a reconstruction knows about the base: the image itself, only its name, or nothing."""

    BASE = "base"
    NAME = "name"
    NOTHING = "nothing"


class Bench:
    """One case on one builder: where its files lie, and the two builds."""

    def __init__(self, engines: Engines, builder: Builder, case: Case, folder: Path) -> None:
        self._engines, self._builder, self.case, self._folder = engines, builder, case, folder
        self._context = folder / "context"
        self._context.mkdir()
        write_context(self._context)
        self._tag = f"{case.name}-{builder.name}"
        self._file(self._tag).write_text(case.text, encoding="utf-8")
        self._stages: dict[str, str] = {}

    def build(self) -> Built:
        """The case as its author wrote it; built once for all tests."""
        return self._engines.once(self._tag, lambda: self._build(self._tag, self._context, self.case.target))

    def base(self) -> Image | None:
        """The base image of the stage that the case builds; None if that is scratch."""
        command = sources.stages(self.case.text)
        position = next((i for i, stage in enumerate(command) if stage.name == (self.case.target or "").lower()), -1)
        stage = command[position]
        while any(other.name == stage.parent.lower() for other in command):
            stage = next(other for other in command if other.name == stage.parent.lower())
        if stage.parent == "scratch":
            return None
        image = reconstruct.load(dict(self._engines.bases[self._builder.name][stage.parent].config))
        return dataclasses.replace(image, tags=(f"{stage.parent}:latest",))

    def rebuild(self, text: str, with_base: bool) -> Built:
        """Builds a reconstructed Dockerfile, its sources put back; `with_base`: the base's own steps are in it too."""
        folder = self._folder / "again"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        rebuilt = sources.copies(text, {})
        if with_base and (base := self.base()) is not None:
            context = self._folder / "root"
            context.mkdir(exist_ok=True)
            name = base.tags[0].partition(":")[0]
            root = self._engines.folder / "bases" / name / "rootfs.tar"
            shutil.copy(root, context)
            step = sources.CopyStep(("rootfs.tar",), None, True)
            sources.put_back([step], rebuilt[:1], context, folder, self._extract)
            rebuilt = rebuilt[1:]
        original = sources.copies(self.case.text, dict(self.case.args), self.case.target)
        sources.put_back(original, rebuilt, self._context, folder, self._extract)
        tag = f"{self._tag}-again"
        self._file(tag).write_text(text, encoding="utf-8")
        return self._build(tag, folder, None)

    def _file(self, tag: str) -> Path:
        return self._folder / f"{tag}.Dockerfile"

    def _build(self, tag: str, context: Path, target: str | None) -> Built:
        return self._builder.build(self._file(tag), context, tag, self.case.args, target)

    def _extract(self, stage: str, path: str) -> Path:
        """Takes a path out of a stage of the case; one engine does it for all builders, the contents being the same."""
        docker = self._engines.builders["buildkit-0.8"]
        if stage not in self._stages:
            self._stages[stage] = f"{self._tag}-{stage}".lower()
            docker.build(self._file(self._tag), self._context, self._stages[stage], self.case.args, stage)
        folder = self._folder / "extracted" / str(len(list((self._folder).glob("extracted/*"))))
        folder.mkdir(parents=True)
        return docker.extract(self._stages[stage], path, folder)


def check(bench: Bench, told: Told) -> tuple[list[str], str]:
    """The differences after one round, and the Dockerfile; `told`: what is given about the base."""
    built = bench.build()
    image = reconstruct.load(dict(built.config))
    given = bench.base() if told is not Told.NOTHING else None
    if told is Told.NAME and given is not None:
        text = reconstruct.dockerfile(made_later(image, given), base=given.tags[0])
    else:
        text = reconstruct.dockerfile(image, base=given)
    try:
        again = bench.rebuild(text, with_base=given is None and "\nFROM scratch" in f"\n{text}")
    except (BuildError, ValueError) as error:
        return [f"refused: {error}"], text
    return differences(built.config, again.config), text


def made_later(image: Image, base: Image) -> Image:
    """The image as if its base had been an hour old when it was built; here both are made within minutes."""
    count = len(base.history)
    older = [_earlier(entry) for entry in image.history[:count]]
    return dataclasses.replace(image, history=(*older, *image.history[count:]))


def _earlier(entry: HistoryEntry) -> HistoryEntry:
    assert entry.created is not None
    created = datetime.fromisoformat(re.sub(r"\.\d+", "", entry.created)) - timedelta(hours=1)
    return dataclasses.replace(entry, created=created.isoformat())
