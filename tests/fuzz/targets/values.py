"""Values as Go prints and reads them, names of images, moments: each printed and read back."""

from __future__ import annotations

import contextlib
import json
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

from reconstruct import golang, reference, times
from reconstruct.errors import NotFoundError
from tests.fuzz.strategies import text
from tests.fuzz.target import target


@target("go-quotes", "Go's quoted text is read back; other text is read or returned as None")
def quotes(rng: random.Random) -> Iterator[str]:
    words = [_text(rng) for _ in range(rng.randint(0, 4))]
    if golang.quoted_list(golang.quote_list(words)) != tuple(words):
        yield f"quoted list: {words}"
    source = text(rng, 5)
    for read in (golang.quoted_list, golang.quoted_struct, golang.port_map, golang.health, golang.duration):
        for shaped in (
            source,
            f"[{source}]",
            f'&{{[{source}] "1s" "0s" \'\\x03\'}}',
            f"map[{source}]",
            f"{{Test:[{source}] Interval:1s}}",
        ):
            read(shaped)


def _text(rng: random.Random) -> str:
    return re.sub("[\ud800-\udfff]", "?", text(rng, 3))


@target("go-durations", "durations are printed and read back; other text raises only ValueError")
def durations(rng: random.Random) -> Iterator[str]:
    nanoseconds = rng.choice((rng.randrange(1 << 53), rng.randrange(1000), rng.randrange(1 << 40) * 1000))
    for shown in (golang.show_duration(nanoseconds), golang.spell_duration(nanoseconds)):
        if abs(golang.parse_duration(shown) - nanoseconds) > 1:
            yield f"{nanoseconds}: {shown}"
    source = "".join(
        rng.choice(("1", "9" * 30, ".", "-", "h", "m", "s", "ms", "µs", "us", "ns", " ", "²", "e"))
        for _ in range(rng.randint(0, 6))
    )
    try:
        if not -(1 << 63) <= golang.parse_duration(source) < 1 << 63:
            yield f"beyond int64: {source!r}"
    except ValueError:
        pass


@target("json-words", "arrays of strings are read as in JSON; anything else is shell form, or rejected")
def json_words(rng: random.Random) -> Iterator[str]:
    words = [_text(rng) for _ in range(rng.randint(0, 4))]
    if golang.json_words(json.dumps(words)) != words:
        yield f"{words}"
    source = rng.choice(("[", "")) + text(rng, 4) + rng.choice(("]", ""))
    try:
        found = golang.json_words(source)
    except ValueError:
        return
    if found is not None and json.loads(source.strip(golang.SPACES), strict=False) != found:
        yield f"{source!r}: {found}"


# distribution's grammar of names, written down once more (https://pkg.go.dev/github.com/distribution/reference).
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_HOST = r"(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
_NAME = re.compile(
    rf"(?:{_HOST}/)?{_PART}(?:/{_PART})*(?::\w[\w.-]{{0,127}})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{{32,}})?",
    re.ASCII,
)


@target("references", "names follow distribution's grammar; the parts join to the name; canonical names are unchanged")
def references(rng: random.Random) -> Iterator[str]:
    pieces = (
        "a",
        "docker.io",
        "library",
        "localhost",
        ":",
        ":",
        "/",
        "/",
        "@sha256:" + "a" * 64,
        "@",
        "_",
        "__",
        "-",
        ".",
        "A",
        "80",
        "latest",
        "[::1]",
        "é",
        " ",
        "a" * 64,
    )
    name = "".join(rng.choice(pieces) for _ in range(rng.randint(1, 7)))
    if reference.is_name(name) and not _NAME.fullmatch(name):
        yield f"no name: {name!r}"
    if str(reference.read(name)) != name and reference.is_name(name):
        yield f"parts: {name!r}"
    if reference.is_name(name) and reference.canonical(reference.canonical(name)) != reference.canonical(name):
        yield f"canonical: {name!r}"
    with contextlib.suppress(NotFoundError):
        reference.parse_platform(name)


@target("moments", "RFC 3339 times are read back; other text is a time or None")
def moments(rng: random.Random) -> Iterator[str]:
    zone = rng.choice((UTC, timezone(timedelta(minutes=rng.randrange(-1439, 1440)))))
    moment = datetime(
        rng.randint(2, 9998),
        rng.randint(1, 12),
        rng.randint(1, 28),
        rng.randrange(24),
        rng.randrange(60),
        rng.randrange(60),
        tzinfo=zone,
    )
    if times.parse(times.rfc3339(moment)) != moment:
        yield f"{moment}"
    source = list(moment.isoformat() + rng.choice(("Z", ".123456789Z", "+23:59", "-00:00", "")))
    for _ in range(rng.randint(0, 3)):
        source[rng.randrange(len(source))] = rng.choice(("", "9", "0", "T", "z", ":", ".", "²", "60", "\0", "99999"))
    times.parse("".join(source))
    times.from_seconds(rng.choice((0, -1, 1 << 31, 1 << 63, -(1 << 63), rng.randrange(1 << 40))))
