"""Which products an image is built from, and when each release of them reached its end of life.

The table is `end_of_life.json` beside this file, which names its source and carries its date: releases that ended after
that date, or appeared after it, are not known to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from reconstruct.audit.base_names import named_bases, tag_of
from reconstruct.syntax import Env, RootFilesystem

if TYPE_CHECKING:
    from reconstruct.audit.context import Context

# The last part of an image's name → product.
_IMAGES = {
    "debian": "Debian", "ubuntu": "Ubuntu", "alpine": "Alpine", "centos": "CentOS", "fedora": "Fedora", "rockylinux": "Rocky Linux",
    "almalinux": "AlmaLinux", "amazonlinux": "Amazon Linux", "oraclelinux": "Oracle Linux", "leap": "openSUSE Leap",
    "ubi6": "Red Hat Enterprise Linux", "ubi7": "Red Hat Enterprise Linux", "ubi8": "Red Hat Enterprise Linux", "node": "Node.js",
    "python": "Python", "php": "PHP", "ruby": "Ruby", "golang": "Go", "perl": "Perl", "postgres": "PostgreSQL", "mysql": "MySQL",
    "mongo": "MongoDB", "aspnet": ".NET", "runtime": ".NET", "sdk": ".NET", "stream8": "CentOS Stream", "stream9": "CentOS Stream",
}  # fmt: skip
_VARIABLES = {
    "PYTHON_VERSION": "Python", "NODE_VERSION": "Node.js", "PHP_VERSION": "PHP", "RUBY_VERSION": "Ruby", "RUBY_MAJOR": "Ruby",
    "GOLANG_VERSION": "Go", "PG_MAJOR": "PostgreSQL", "PG_VERSION": "PostgreSQL", "MYSQL_MAJOR": "MySQL", "MYSQL_VERSION": "MySQL",
    "MONGO_MAJOR": "MongoDB", "MONGO_VERSION": "MongoDB", "DOTNET_VERSION": ".NET", "ASPNET_VERSION": ".NET",
    "PERL_VERSION": "Perl",
}  # fmt: skip
_WINDOWS = {
    "14393": "2016", "17763": "2019", "20348": "2022", "26100": "2025", "16299": "1709-sac", "17134": "1803-sac", "18362": "1903-sac",
    "18363": "1909-sac", "19041": "2004-sac", "19042": "20h2-sac", "25398": "23h2-ac",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Product:
    """A product in an image. `step` is the position of what tells it, `told_by` names that."""

    product: str
    version: str
    step: int | None
    told_by: str


@cache
def _table() -> Mapping[str, Mapping[str, list[str]]]:
    text = (Path(__file__).parent / "end_of_life.json").read_text(encoding="utf-8")
    products: Mapping[str, Mapping[str, list[str]]] = json.loads(text)["products"]
    return products


def table_date() -> str:
    """The day the table was made, `2026-08-22`."""
    return str(json.loads((Path(__file__).parent / "end_of_life.json").read_text(encoding="utf-8"))["dated"])


def end_of_life(product: str, version: str) -> date | None:
    """The day on which a release reached its end of life; None where the table has no such release or no day for it."""
    cycle = _cycle(product, version)
    return date.fromisoformat(_table()[product][cycle][0]) if cycle else None


def _cycle(product: str, version: str) -> str | None:
    """The table's key for a version: the longest that it begins with, or the one with that code name."""
    releases = _table().get(product, {})
    parts = version.lower().split(".")
    for length in range(len(parts), 0, -1):
        key = ".".join(parts[:length])
        if key in releases:
            return key
    return next((key for key, row in releases.items() if row[1:] == [version.lower()]), None)


def is_code_name(word: str) -> bool:
    """Whether a word is the code name of a Debian or Ubuntu release: `bookworm`."""
    return any(word == name for product in ("Debian", "Ubuntu") for row in _table()[product].values() for name in row[1:])


def products(context: Context) -> Iterator[Product]:
    """The products whose releases the record tells: of the base, its root file system, and the language's version."""
    seen: set[tuple[str, str | None]] = set()
    for found in _all(context):
        key = (found.product, _cycle(found.product, found.version))
        if key not in seen:
            seen.add(key)
            yield found


def _all(context: Context) -> Iterator[Product]:
    for name, _digest, reason, step in named_bases(context):
        yield from _of_name(name, step, reason)
    if context.base is not None and not context.base.scratch:
        yield from _of_name(context.base.name, 0 if context.steps else None, context.base.reason)
    for position, root in context.of(RootFilesystem):
        if root.kind == "debuerreotype" and root.detail:
            yield Product("Debian", root.detail.split()[0], position, "the root file system's stamp")
    yield from _windows(context)
    for position, env in context.of(Env):
        for pair in env.pairs:
            match = re.match(r"v?(\d+(?:\.\d+)*)", pair.value or "")
            if pair.key in _VARIABLES and match:
                yield Product(_VARIABLES[pair.key], match.group(1), position, f"ENV {pair.key}")
            elif pair.key in ("DISTTAG", "FGC") and (tag := re.match(r"f(\d+)", pair.value or "")):
                yield Product("Fedora", tag.group(1), position, f"ENV {pair.key}")
    yield from _labels(context)


def _of_name(name: str, step: int | None, reason: str) -> Iterator[Product]:
    """What an image's name and tag say: `python:3.8-slim-buster` is Python 3.8 on Debian buster."""
    last = name.split("@", 1)[0].rsplit("/", 1)[-1].split(":")[0].lower()
    tag = tag_of(name).lower()
    product = _IMAGES.get(last)
    if product == "Red Hat Enterprise Linux":
        yield Product(product, last.removeprefix("ubi"), step, reason)
        return
    version = re.match(r"(?:v|stream)?(\d+(?:\.\d+)*)", tag)
    if product and version:
        yield Product("CentOS Stream" if tag.startswith("stream") else product, version.group(1), step, reason)
    elif product in ("Debian", "Ubuntu") and tag:
        yield Product(product, re.split(r"[-_]", tag)[0], step, reason)
    if product not in ("Debian", "Ubuntu"):
        for part in re.split(r"[-_]", tag)[1:]:
            if _cycle("Debian", part) and not part[0].isdigit():
                yield Product("Debian", part, step, reason)
            elif alpine := re.fullmatch(r"alpine(\d+\.\d+)", part):
                yield Product("Alpine", alpine.group(1), step, reason)


def _windows(context: Context) -> Iterator[Product]:
    if not context.image.windows or not context.image.os_version:
        return
    build = re.match(r"10\.0\.(\d+)", context.image.os_version)
    if build and build.group(1) in _WINDOWS:
        yield Product(
            "Windows Server", _WINDOWS[build.group(1)], 0 if context.steps else None, "the image's os.version"
        )


def _labels(context: Context) -> Iterator[Product]:
    labels = context.config("Labels")
    if not isinstance(labels, dict):
        return
    first = 0 if context.steps else None
    if str(labels.get("org.label-schema.name", "")).startswith("CentOS"):
        # Its label carries no release; the last one ended with CentOS 7.
        yield Product("CentOS", "7", first, "label org.label-schema.name")
    component = re.match(r"ubi(\d+)", str(labels.get("com.redhat.component", "")))
    if component:
        yield Product("Red Hat Enterprise Linux", component.group(1), first, "label com.redhat.component")
