"""The products that an image is built from, and when each of their releases reached its end of life.

The table is `end_of_life.json` next to this file, which has its source and date; it doesn't know releases that ended or
appeared after that date.
"""

from __future__ import annotations

import itertools
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache

from reconstruct import pattern as lazy
from reconstruct.audit.base_names import named_bases, tag_of
from reconstruct.audit.downloads import downloads
from reconstruct.audit.packages import APT, YUM, is_install, operands
from reconstruct.audit.product_names import (
    ARCHIVE,
    ENDING,
    LONE_PACKAGES,
    MODULES,
    PACKAGE_BEGINNINGS,
    PACKAGES,
    PRODUCTS,
    TEXT_HINTS,
    TEXTS,
    VAGUE,
    VARIABLE,
    VARIABLES,
)
from reconstruct.record import dataclass
from reconstruct.syntax import Add, Arg, Env, Label, RootFilesystem
from reconstruct.typed import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from reconstruct.audit.context import Context

_WINDOWS = {
    "14393": "2016", "17763": "2019", "20348": "2022", "26100": "2025", "16299": "1709-sac", "17134": "1803-sac", "18362": "1903-sac",
    "18363": "1909-sac", "19041": "2004-sac", "19042": "20h2-sac", "25398": "23h2-ac",
}  # fmt: skip


@dataclass(frozen=True)
class Product:
    """A product in an image. `step` is the position of the evidence, `told_by` describes it. `distributed`: it is a package of the
    distribution, which maintains it beyond its makers' end of life."""

    product: str
    version: str
    step: int | None
    told_by: str
    distributed: bool = False

    @property
    def release(self) -> tuple[str, str]:
        """The product and its release as the table names it, empty if it isn't there: what is supported as one."""
        return self.product, _cycle(self.product, self.version) or ""


@cache
def _file() -> Mapping[str, Any]:
    with open(os.path.join(os.path.dirname(__file__), "end_of_life.json"), encoding="utf-8") as file:
        return cast("Mapping[str, Any]", json.load(file))


def _table() -> Mapping[str, Mapping[str, list[str | bool | None]]]:
    return cast("Mapping[str, Mapping[str, list[str | bool | None]]]", _file()["products"])


def table_date() -> str:
    """The day the table was made, `2026-08-22`."""
    return str(_file()["dated"])


@dataclass(frozen=True)
class Ending:
    """The end of a release's life; `day` is None if only the fact is known. `brief`: the product's releases live for weeks only."""

    day: date | None
    brief: bool = False


def end_of_life(product: str, version: str) -> Ending | None:
    """The end of a release's life; None if the table doesn't have the release, or it has no end yet."""
    cycle = _cycle(product, version)
    if cycle is not None and not _rolls(product, cycle, version):
        day = _table()[product][cycle][0]
        if day is False:
            return None
        ends = date.fromisoformat(str(day)) if day else None
        return Ending(ends, ends is not None and _is_brief(product))
    return _older(product, version)


# A product whose releases end this close together mends nothing but its newest one.
_BRIEF = 60


@cache
def _is_brief(product: str) -> bool:
    ends = sorted({row[0] for row in _table()[product].values() if isinstance(row[0], str)})
    days = [date.fromisoformat(day) for day in ends]
    gaps = sorted((later - earlier).days for earlier, later in itertools.pairwise(days))
    return len(gaps) > 2 and gaps[len(gaps) // 2] <= _BRIEF


def _rolls(product: str, cycle: str, version: str) -> bool:
    """Whether a cycle without an end stands for the newest releases alone, because those below it have cycles of their own:
    Jenkins' 2 beside 2.568."""
    releases = _table()[product]
    endless = len(version) > len(cycle) and releases[cycle][0] is False
    return endless and any(key.startswith(f"{cycle}.") for key in releases)


def _cycle(product: str, version: str) -> str | None:
    """The table's key for a version: the longest that it begins with, the one with that code name, or, for a version cut
    short (`5`), the newest that begins with it."""
    releases = _table().get(product)
    if releases is None:
        return None
    # No release of the table has more parts.
    key = ".".join(version.lower().split(".", 8)[:8])
    while key:
        if key in releases:
            return key
        key = key.rpartition(".")[0]
    by_name, by_beginning = _shorter(product)
    return by_name.get(version.lower()) or by_beginning.get(version)


@cache
def _shorter(product: str) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The keys of a product's releases by their code names, and by what they begin with, up to a dot; the newest of each."""
    by_name: dict[str, str] = {}
    by_beginning: dict[str, str] = {}
    for key, row in _table()[product].items():
        for name in row[1:]:
            by_name.setdefault(str(name), key)
        for dot in re.finditer(r"\.", key):
            by_beginning.setdefault(key[: dot.start()], key)
    return by_name, by_beginning


def _older(product: str, version: str) -> Ending | None:
    """The end of a release missing from the table: it is past if that of the next one in the table is."""
    wanted = _numbers(version)
    newer = [(numbers, row[0]) for key, row in _table().get(product, {}).items() if (numbers := _numbers(key)) > wanted]
    if not wanted or not newer:
        return None
    if product == "Java" and wanted < (8,):
        return Ending(None)
    day = min(newer, key=lambda pair: pair[0])[1]
    ended = day is None or (day is not False and str(day) <= table_date())
    return Ending(None) if ended else None


def _numbers(version: str) -> tuple[int, ...]:
    """A version's numbers for comparison; empty if it doesn't consist of numbers."""
    parts = version.split(".")
    return tuple(int(part) for part in parts) if all(part.isdecimal() and len(part) < 9 for part in parts) else ()


def is_code_name(word: str) -> bool:
    """Whether a word is the code name of a Debian or Ubuntu release: `bookworm`."""
    return any(
        word == name for product in ("Debian", "Ubuntu") for row in _table()[product].values() for name in row[1:]
    )


def products(context: Context) -> Iterator[Product]:
    """The products whose releases the record shows: of the base, its root file system, and the language's version."""
    seen: set[tuple[str, str]] = set()
    for found in _all(context):
        if found.release not in seen:
            seen.add(found.release)
            yield found


def _all(context: Context) -> Iterator[Product]:
    for base in named_bases(context):
        yield from _of_name(base.name, base.step, base.reason)
    for position, root in context.of(RootFilesystem):
        if root.kind == "debuerreotype" and root.detail:
            yield Product("Debian", root.detail.split()[0], position, "the root file system's stamp")
    yield from _windows(context)
    for position, step in enumerate(context.steps):
        if isinstance(step.instruction, Env | Arg):
            for pair in step.instruction.pairs:
                yield from _of_variable(pair.key, pair.value or "", position)
    yield from _of_runs(context)
    yield from _labels(context)
    # Last, because what a step itself shows is more useful to the reader.
    for name, alternatives, place in _below(context):
        yield from of_any((name, *alternatives), place)


def of_any(names: Sequence[str], step: int | None) -> Iterator[Product]:
    """The products of an image that may be any of these: those common to all, in the release that lives longest."""
    told: dict[str, list[Product]] = {}
    for name in names:
        for found in {found.product: found for found in _of_name(name, step, f"base {name}")}.values():
            told.setdefault(found.product, []).append(found)
    for releases in told.values():
        if len(releases) == len(names):
            yield max(releases, key=_last_day)


def _last_day(found: Product) -> date:
    ending = end_of_life(found.product, found.version)
    return date.max if ending is None else ending.day or date.min


def _below(context: Context) -> Iterator[tuple[str, Sequence[str], int | None]]:
    """(name, others that it can be as well, first step) of the base and of the images below it, distribution first."""
    places = {step.index: position for position, step in enumerate(context.steps) if step.index is not None}
    for part in context.below:
        if part.name is not None:
            yield part.name, part.alternatives, places.get(part.first)
    if context.base is not None and not context.base.scratch:
        yield context.base.name, context.base.alternatives, 0 if context.steps else None


def _of_variable(name: str, value: str, position: int) -> Iterator[Product]:
    """The product from a variable: `REDIS_VERSION=5.0.14`, `JAVA_VERSION=jdk-16.0.2+7`."""
    if not value or not value[-1].isalnum():
        return
    if name in ("DISTTAG", "FGC"):
        if tag := re.match(r"f(\d+)", value):
            yield Product("Fedora", tag.group(1), position, f"ENV {name}")
        return
    product = VARIABLES.get(name)
    if product is None and (match := VARIABLE.fullmatch(name)):
        key = match["name"].lower().rstrip("_")
        product = None if key in VAGUE else PRODUCTS.get(key) or PRODUCTS.get(key.replace("_", "-"))
    if product and (version := version_of(product, value)):
        yield Product(product, version, position, name)


def version_of(product: str, text: str) -> str:
    """The version in a text, in the table's form; empty if there is none.

    `1:10.3.39+maria` is 10.3.39, `jdk8u292-b10` and `1.8.0_292` are Java 8.
    """
    if product in ("Java", "Oracle JDK", "Amazon Corretto"):
        match = re.match(r"(?:jdk|jre|openjdk)?[-_]?(?:1\.(?=[5-8]\b))?(\d{1,2})(?:\D|$)", text, re.IGNORECASE)
    else:
        match = re.match(r"(?:\d:)?(?:v|release-|stable-|OTP-|REL_)?(\d+(?:\.\d+)*)", text)
    version = match.group(1) if match else ""
    return "2018.03" if product == "Amazon Linux" and version == "1" else version


def _of_runs(context: Context) -> Iterator[Product]:
    """The products installed by RUNs: packages with a release in their names, archives, the repositories of a release."""
    for position, command in context.calls(
        *APT, *YUM, "apk", "zypper", "microdnf", "conda", "brew", "choco", *context.pips
    ):
        if is_install(command):
            for word in operands(command)[1:]:
                yield from _of_package(context.resolve(word, position), position, command.name)
    for position, command in context.calls(*_MODULE_MANAGERS):
        asked = command.option("-v", "--version") if command.name == "gem" else None
        for word in command.operands()[1:]:
            told = f"{word}:{asked}" if asked else word
            yield from _of_package(context.resolve(told, position), position, command.name)
    for position, text in context.texts_with(*TEXT_HINTS):
        for pattern, product in TEXTS:
            for match in pattern.finditer(text[:20_000]):
                yield Product(product, match.group(1), position, "the step's text")
    for position, _ in context.runs():
        for download in downloads(context, position):
            for url in download.urls:
                yield from _of_archive(url, position)
    for position, add in context.of(Add):
        for source in add.sources:
            yield from _of_archive(source, position)


def _of_package(word: str, position: int, manager: str) -> Iterator[Product]:
    """`postgresql-9.6`, `openjdk7`, `nginx=1.14.2-2`, `django==2.2`."""
    name, _, version = word.lower().partition("=")
    version = version.lstrip("=~").removesuffix(".*").removesuffix("*")
    told_by = f"package {name}"
    if name in LONE_PACKAGES:
        yield Product(*LONE_PACKAGES[name], position, told_by)
        return
    for pattern, product in PACKAGES if name.startswith(PACKAGE_BEGINNINGS) else ():
        match = pattern.fullmatch(name)
        if match:
            yield Product(product, ".".join(group for group in match.groups() if group), position, told_by)
            return
    if manager in _MODULE_MANAGERS:
        name, number = _module(word.lower())
        made = MODULES.get(name) or (PRODUCTS.get(name) if name not in VAGUE else None)
        if made and (number := version_of(made, number)):
            yield Product(made, number, position, f"package {name}")
        return
    if version and name in PRODUCTS and (number := version_of(PRODUCTS[name], version)):
        yield Product(PRODUCTS[name], number, position, told_by, distributed=manager in APT or manager == "apk")


_MODULE_MANAGERS = frozenset({"npm", "yarn", "pnpm", "npx", "gem", "composer"})


def _module(word: str) -> tuple[str, str]:
    """The name and the version of a package of npm (`vue@2.7`), of composer (`laravel/laravel:5.8`) or of gem (`rails:4.2`)."""
    name, _, version = word.rpartition("@") if "@" in word[1:] else word.rpartition(":")
    return name, version.lstrip("^~=v ")


def _of_archive(url: str, position: int) -> Iterator[Product]:
    """The product from the name of a downloaded archive: `redis-5.0.14.tar.gz`."""
    name = url.partition("?")[0].rstrip("/").rsplit("/", 1)[-1]
    match = ARCHIVE.match(name) if ENDING.search(name) else None
    if match:
        key = match["name"].lower().strip("-_.")
        product = PRODUCTS.get(key) if key == "go" or key not in VAGUE else None
        if product and (version := version_of(product, match["version"])):
            yield Product(product, version, position, f"archive {name[:60]}")


def _of_name(name: str, step: int | None, reason: str) -> Iterator[Product]:
    """The products from an image's name and tag: `python:3.8-slim-buster` is Python 3.8 on Debian buster."""
    parts = name.split("@", 1)[0].split(":")[0].lower().split("/")
    last, tag = parts[-1], tag_of(name).lower()
    product = PRODUCTS.get(last)
    if last in ("runtime", "sdk", "aspnet", "runtime-deps") and "dotnet" in parts:
        product = ".NET"
    if product == "Red Hat Enterprise Linux":
        version = re.search(r"\d+", last) or re.match(r"\d+", tag)
        if version or (len(parts) > 1 and (version := re.search(r"\d+", parts[-2]))):
            yield Product(product, version.group(), step, reason)
        return
    version = re.match(r"(?:v|stream|jdk|jre|release-)?(\d+(?:\.\d+)*)", tag)
    if product and version:
        told = version_of(product, version.group(1)) or version.group(1)
        yield Product("CentOS Stream" if tag.startswith("stream") else product, told, step, reason)
    elif product in ("Debian", "Ubuntu") and tag:
        yield Product(product, re.split(r"[-_]", tag)[0], step, reason)
    if product not in ("Debian", "Ubuntu"):
        for part in re.split(r"[-_]", tag):
            for distribution in ("Debian", "Ubuntu"):
                if part and not part[0].isdigit() and _cycle(distribution, part):
                    yield Product(distribution, part, step, reason)
            if alpine := _ALPINE_TAG.fullmatch(part):
                yield Product("Alpine", alpine.group(1), step, reason)
            elif java := _JAVA_TAG.fullmatch(part):
                yield Product("Java", java.group(1), step, reason)


_ALPINE_TAG = lazy.compile(r"alpine(\d+\.\d+)")
_JAVA_TAG = lazy.compile(r"(?:open)?(?:jdk|jre)-?(\d{1,2})")


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
        # Its label has no release; the last one ended with CentOS 7.
        yield Product("CentOS", "7", first, "label org.label-schema.name")
    component = str(labels.get("com.redhat.component", ""))
    if match := re.match(r"(?:ubi|rhel|rhel-server)-?(\d+)", component) or re.search(
        r"-(?:el|rhel|ubi)(\d+)\b", component
    ):
        yield Product("Red Hat Enterprise Linux", match.group(1), first, "label com.redhat.component")
    elif match := re.match(r"([a-z]+)-(\d)(\d+)-", component):
        product = PRODUCTS.get(match.group(1))
        if product:
            yield Product(product, f"{match.group(2)}.{match.group(3)}", first, "label com.redhat.component")
    # Images with their own name and version: Ubuntu's root, Bitnami's.
    for key in ("org.opencontainers.image.ref.name", "org.opencontainers.image.title"):
        name, version = str(labels.get(key, "")).lower(), str(labels.get("org.opencontainers.image.version", ""))
        if name in PRODUCTS and re.match(r"v?\d", version):
            product = PRODUCTS[name]
            yield Product(product, version_of(product, version), _label_step(context, key, first), f"label {key}")


def _label_step(context: Context, key: str, otherwise: int | None) -> int | None:
    """The step that sets a label, the last one."""
    found = [position for position, label in context.of(Label) if any(pair.key == key for pair in label.pairs)]
    return found[-1] if found else otherwise
