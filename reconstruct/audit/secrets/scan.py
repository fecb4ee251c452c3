"""All secrets of a build record, each once, with the step and the place it stands in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from reconstruct.audit.finding import Severity
from reconstruct.audit.masking import masked
from reconstruct.audit.secrets.command_line import handed
from reconstruct.audit.secrets.detectors import MISSING, available, detect
from reconstruct.audit.secrets.names import Worth, names_secret, worth
from reconstruct.audit.secrets.tokens import PRIVATE_KEY, URL_CREDENTIALS, Token, tokens
from reconstruct.syntax import Arg, Env, Label, Onbuild, Run, Shell

if TYPE_CHECKING:
    from reconstruct.audit.commands import Command
    from reconstruct.audit.context import Context


class Place(StrEnum):
    """Where a secret stands, which decides the rule that reports it."""

    ENV = "ENV"
    ARG = "ARG"
    BUILD_ARG = "build argument"
    COMMAND = "command"
    LABEL = "label"
    KEY = "private key"
    URL = "URL"
    TOKEN = "token"
    LOGIN_FILE = "login file"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Secret:
    """`step` is a position, None for what only the config holds. `what` says what it is, `name` the variable's name."""

    step: int | None
    place: Place
    what: str
    secret: str
    worth: Worth = Worth.SECRET
    name: str = ""
    service: bool = False
    related: tuple[int, ...] = ()


def scan(context: Context) -> tuple[Secret, ...]:
    """The secrets of an image, in the order of its steps; each is registered for masking."""
    if not available() and MISSING not in context.notes:
        context.notes.append(MISSING)
    found: list[Secret] = []
    build_args: dict[tuple[str, str], int] = {}
    for position in range(len(context.steps)):
        found.extend(_of_step(context, position, build_args, found))
    found.extend(_of_config(context))
    for secret in found:
        context.mask(secret.secret)
    return tuple(found)


def _of_step(
    context: Context, position: int, build_args: dict[tuple[str, str], int], found: list[Secret]
) -> Iterator[Secret]:
    instruction = context.steps[position].instruction
    if isinstance(instruction, Env | Arg | Label):
        place = {Env: Place.ENV, Arg: Place.ARG, Label: Place.LABEL}[type(instruction)]
        for pair in instruction.pairs:
            yield from _pair(position, place, pair.key, pair.value or "", {})
        return
    values: dict[str, str] = {}
    if isinstance(instruction, Run):
        for pair in instruction.build_args or ():
            for secret in _pair(position, Place.BUILD_ARG, pair.key, pair.value or "", values):
                values[secret.secret] = pair.key
                yield from _once(secret, build_args, found)
    yield from _in_commands(context, position, values)


def _once(secret: Secret, seen: dict[tuple[str, str], int], found: list[Secret]) -> Iterator[Secret]:
    """A build argument is written before every RUN: the first is reported, the others are related to it."""
    key = (secret.name, secret.secret)
    if key in seen or any(
        earlier.place in (Place.ARG, Place.ENV) and (earlier.name, earlier.secret) == key for earlier in found
    ):
        return
    seen[key] = secret.step or 0
    yield secret


def _pair(step: int | None, place: Place, name: str, value: str, known: dict[str, str]) -> Iterator[Secret]:
    """The secret in a `name=value`: by its form first, then by its name."""
    formed = list(_formed(value))
    for token in formed:
        yield Secret(step, _place_of(token, place), token.kind, token.secret, name=name, service=_is_service(token))
    if not formed and (header := _AUTHORIZATION.fullmatch(value)):
        yield Secret(step, place, "an authorization header", header["secret"], name=name)
        return
    inside = None if formed or names_secret(name) else _IN_CONNECTION.search(value)
    if inside and worth("password", inside["secret"]) is not Worth.NOTHING:
        yield Secret(step, place, "a password in a connection string", inside["secret"], name=name)
        return
    if formed or not names_secret(name):
        if not formed and place in (Place.ENV, Place.ARG, Place.BUILD_ARG) and _is_random(name, value):
            yield Secret(step, place, "a random-looking value", value, Worth.PLACEHOLDER, name)
        return
    found = worth(name, value)
    if found is not Worth.NOTHING and value not in known:
        yield Secret(step, place, "a value", value, found, name)


# `jdbc:mysql://db/app?user=a&password=b`, `Server=db;User Id=sa;Password=b`.
_IN_CONNECTION = re.compile(r"(?i)[?&;]\s*(?:password|passwd|pwd)\s*=\s*(?P<secret>[^;&\s\"'$]{3,200})")


_AUTHORIZATION = re.compile(r"(?i)(?:basic|bearer)\s+(?P<secret>[A-Za-z0-9+/_.=-]{12,})")


def _place_of(token: Token, place: Place) -> Place:
    if token.kind == PRIVATE_KEY:
        return Place.KEY
    if token.kind == URL_CREDENTIALS:
        return Place.URL
    return Place.TOKEN if place is Place.COMMAND else place


def _is_service(token: Token) -> bool:
    return token.kind not in (PRIVATE_KEY, URL_CREDENTIALS)


def _formed(text: str) -> Iterator[Token]:
    """The secrets that show by their form, ours and detect-secrets', none inside another."""
    taken: list[str] = []
    for token in (*tokens(text), *detect(text)):
        if not any(token.secret in other or other in token.secret for other in taken):
            taken.append(token.secret)
            yield token


def _in_commands(context: Context, position: int, values: dict[str, str]) -> Iterator[Secret]:
    step = context.steps[position]
    text = _whole_text(context, position)
    taken = list(values)
    for token in _formed(text):
        if not any(token.secret in other or other in token.secret for other in taken):
            taken.append(token.secret)
            yield Secret(
                position, _place_of(token, Place.COMMAND), token.kind, token.secret, service=_is_service(token)
            )
    if isinstance(step.instruction, Onbuild):
        yield from _trigger(position, step.instruction.trigger)
    if not context.text(position):
        return
    for match in _POWERSHELL_SET.finditer(context.text(position)):
        name, value = match["name"] or match["variable"], match["value"]
        kind = worth(name, value)
        if names_secret(name) and kind is not Worth.NOTHING and not any(value in other for other in taken):
            taken.append(value)
            yield Secret(position, Place.COMMAND, name, value, kind)
    commands = context.commands(position)
    writers = {(command.pipeline, command.place): command for command in commands}
    for command in commands:
        for one in handed(command, feeding(command, writers)):
            if any(one.secret in other or other in one.secret for other in taken):
                continue
            taken.append(one.secret)
            place = {"login file": Place.LOGIN_FILE, "account": Place.ACCOUNT}.get(one.kind, Place.COMMAND)
            yield Secret(position, place, one.what, one.secret, one.worth)


# `$env:NAME = 'value'` and `[Environment]::SetEnvironmentVariable('NAME', 'value', …)`.
_POWERSHELL_SET = re.compile(
    r"(?:\$env:(?P<name>\w+)\s*=\s*|SetEnvironmentVariable\(\s*['\"](?P<variable>\w+)['\"]\s*,\s*)"
    r"(?P<quote>['\"])(?P<value>[^'\"\n$]{1,500})(?P=quote)",
    re.IGNORECASE,
)


def _whole_text(context: Context, position: int) -> str:
    step = context.steps[position]
    comment = step.entry.comment if step.entry else ""
    text = context.text(position)
    if isinstance(step.instruction, Onbuild):
        text = step.instruction.trigger
    elif isinstance(step.instruction, Shell):
        text = " ".join(step.instruction.words)
    elif not text:
        text = step.raw
    return f"{text}\n{comment}" if comment else text


def _trigger(position: int, trigger: str) -> Iterator[Secret]:
    keyword, _, rest = trigger.partition(" ")
    if keyword.upper() not in ("ENV", "ARG", "LABEL"):
        return
    for match in re.finditer(r"([A-Za-z_][\w.-]*)[= ](\"[^\"]*\"|'[^']*'|\S+)", rest):
        value = match.group(2).strip("\"'")
        if names_secret(match.group(1)) and worth(match.group(1), value) is Worth.SECRET:
            yield Secret(position, Place.ENV, "a value", value, name=match.group(1))


def feeding(command: Command, writers: Mapping[tuple[int, int], Command]) -> str:
    """The text that a command's pipeline writes into it, as far as `echo`, `printf` and here-documents show it.

    `writers` are the commands by (pipeline, place).
    """
    here = command.body + "".join(target for operator, target in command.redirects if operator == "<<<")
    source = next((target for operator, target in command.redirects if operator == "<" and target), None)
    if source is not None and command.name in ("chpasswd", "passwd", "docker", "podman"):
        # What `echo` wrote to the file before is fed to it.
        for writer in writers.values():
            if writer.name in ("echo", "printf") and any(target == source for _, target in writer.redirects):
                here += " ".join(word for word in writer.arguments if not re.fullmatch(r"-[neE]+", word))
    other = writers.get((command.pipeline, command.place - 1))
    if other is None or other.name not in ("echo", "printf", "cat", "yes"):
        return here
    words = [word for word in other.arguments if word not in ("-e", "-n", "-en", "-ne", "--")]
    if other.name == "printf" and len(words) > 1 and "%s" in words[0]:
        # The format's verbs take the words that follow.
        parts = words[0].split("%s")
        values = iter(words[1:])
        words = [parts[0] + "".join(next(values, "") + part for part in parts[1:])]
    return here + (other.body if other.name == "cat" else " ".join(words))


def _of_config(context: Context) -> Iterator[Secret]:
    """Env and Labels of the config that no step sets: what `docker commit --change` and other makers leave."""
    set_env = {pair.key for _, env in context.of(Env) for pair in env.pairs}
    set_labels = {pair.key for _, label in context.of(Label) for pair in label.pairs}
    for item in context.config("Env") or ():
        name, _, value = str(item).partition("=")
        if name not in set_env:
            yield from _pair(None, Place.ENV, name, value, {})
    labels = context.config("Labels")
    for name, value in labels.items() if isinstance(labels, dict) else ():
        if name not in set_labels:
            yield from _pair(None, Place.LABEL, str(name), str(value), {})


_RANDOM = re.compile(
    r"(?=[A-Za-z0-9+/_-]*[a-z])(?=[A-Za-z0-9+/_-]*[A-Z])(?=[A-Za-z0-9+/_-]*\d)[A-Za-z0-9+/_-]{32,100}={0,2}"
)


def _is_random(name: str, value: str) -> bool:
    """Whether a value looks drawn at random: mixed case and digits, and as many bits a character as such text has."""
    if not _RANDOM.fullmatch(value) or value.count("/") > 3 or value.count("-") > 3 or value.count("_") > 3:
        return False
    if re.search(
        r"(?i)sha|sum|digest|hash|fingerprint|integrity|version|commit|rev|build|public|gpg|uuid|etag|path|url", name
    ):
        return False
    from collections import Counter
    from math import log2

    size = len(value)
    bits = -sum(count / size * log2(count / size) for count in Counter(value).values())
    return bits >= 4.3


def severity(secret: Secret) -> Severity:
    """A service's own token is the worst; a placeholder is barely a finding."""
    if secret.service:
        return Severity.CRITICAL
    if secret.what == "a random-looking value":
        return Severity.MEDIUM
    return {Worth.PLACEHOLDER: Severity.LOW, Worth.DEFAULT: Severity.MEDIUM}.get(secret.worth, Severity.HIGH)


def describe(secret: Secret) -> str:
    """What a secret is, with what may be shown of it."""
    if secret.service:
        return f"a {secret.what}"
    if secret.what == "a random-looking value":
        return "a value that looks random, like a key"
    return {
        Worth.PLACEHOLDER: "a placeholder for a secret",
        Worth.DEFAULT: "a well-known default password",
    }.get(secret.worth, "a secret")


def excerpt(context: Context, secret: Secret) -> str:
    """The part of a step's text around a secret, from word to word, with every secret masked before it is cut."""
    if secret.step is None:
        return ""
    text = context.masker(context.text(secret.step))
    shown = masked(secret.secret)
    place = text.find(shown)
    if place < 0:
        return text
    start, end = max(0, place - 80), place + len(shown) + 40
    before = text[start:place]
    if start:
        before = "…" + (before.partition(" ")[2] if " " in before else before)
    return before + text[place:end] + ("…" if end < len(text) else "")
