"""All secrets of a build record, each once, with its step and position."""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Iterable, Iterator
from enum import StrEnum

from reconstruct import pattern as lazy
from reconstruct.audit.context import MAX_TOTAL
from reconstruct.audit.finding import Severity
from reconstruct.audit.masking import masked
from reconstruct.audit.secrets.command_line import Handed, handed, handed_to_file
from reconstruct.audit.secrets.detectors import MISSING, Check, available, checks_in, detect
from reconstruct.audit.secrets.feeding import Writers
from reconstruct.audit.secrets.inside import inside
from reconstruct.audit.secrets.names import Worth, names_secret, worth
from reconstruct.audit.secrets.randomness import is_random, names_random
from reconstruct.audit.secrets.tokens import Form, Kind, Token, forms_in, tokens
from reconstruct.record import dataclass
from reconstruct.syntax import Arg, Env, Label, Onbuild, Run, Shell
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.audit.context import Context


class Place(StrEnum):
    """The position of a secret, which decides the rule that reports it."""

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


# With more secrets than this in one step, or one image, the rest are of the same kind.
MAX_IN_STEP, MAX_IN_IMAGE = 200, 2_000


@dataclass(frozen=True)
class Secret:
    """`step` is a position, None if it is only in the config. `what` says what it is, `name` is the variable's name; `weak`
    marks a value used as an example in documentation. `at` is where in a step's text it is given, in the record's own words:
    the option, the variable, the host, the file; for a service's token, which it is."""

    step: int | None
    place: Place
    what: str
    secret: str
    worth: Worth = Worth.SECRET
    name: str = ""
    kind: Kind = Kind.NAMED
    weak: bool = False
    at: str = ""

    @property
    def sure(self) -> bool:
        """Whether it is a secret wherever else it is found, and no word that may mean something else (a default such as `root`)."""
        return (self.worth is Worth.SECRET and not self.weak) or self.kind is Kind.RANDOM

    @property
    def subject(self) -> tuple[str, ...]:
        """What tells it from others of its step, without its value: the variable's name, or where it is given."""
        return tuple(filter(None, (self.name or self.at,)))


@dataclass(frozen=True)
class Sieve:
    """Which forms of secrets, and which detectors' words, are in any of the texts to search: in most images next to none."""

    forms: tuple[Form, ...]
    checks: tuple[Check, ...]

    @staticmethod
    def of(texts: str) -> Sieve:
        """The sieve for any part of `texts`."""
        return Sieve(forms_in(texts), checks_in(texts))


def scan(context: Context, suspicious: Container[int]) -> tuple[Secret, ...]:
    """The secrets of an image, in the order of its steps, and those of the config; each is registered for masking. `suspicious`
    are those of `texts_of` that may hold one: the steps of others aren't searched."""
    if not available() and MISSING not in context.notes:
        context.notes.append(MISSING)
    _split_in_order(context)
    found: list[Secret] = []
    told: set[tuple[str, str]] = set()
    # Secrets in no entry are in the config.
    places = [
        at for at, step in enumerate(context.steps) if (0 if step.index is None else step.index + 1) in suspicious
    ]
    in_config = 0 in suspicious
    if not places and not in_config:
        return ()
    sieve = Sieve.of("\n".join([*_searched(context, places)]))
    for position in places:
        found.extend(_of_step(context, position, told, sieve))
        if len(found) > MAX_IN_IMAGE:
            context.notes.append(
                f"more than {MAX_IN_IMAGE} secrets: the steps after step {position + 1} were not searched"
            )
            break
    if in_config:
        found.extend(_of_config(context, sieve))
    for secret in found:
        context.masker.add(secret.secret, sure=secret.sure)
    return tuple(found)


def _split_in_order(context: Context) -> None:
    """Splits the commands of an image that has too many, so that it is the last ones that aren't read."""
    positions = range(len(context.steps))
    if sum([len(context.text(position)) for position in positions]) > MAX_TOTAL:
        for position in positions:
            if context.text(position):
                context.commands(position)


def _searched(context: Context, positions: Iterable[int]) -> Iterator[str]:
    """Every text that is searched for forms: of these steps, and of the config."""
    for position in positions:
        instruction = context.steps[position].instruction
        if isinstance(instruction, Env | Arg | Label):
            yield from (pair.value or "" for pair in instruction.pairs)
            continue
        if isinstance(instruction, Run):
            yield from (pair.value or "" for pair in instruction.build_args or ())
        yield _whole_text(context, position)
    yield from map(str, context.config("Env") or ())
    labels = context.config("Labels")
    yield from map(str, labels.values()) if isinstance(labels, dict) else ()


def _of_step(context: Context, position: int, told: set[tuple[str, str]], sieve: Sieve) -> Iterator[Secret]:
    """The secrets of a step; `told` are the (name, value) of variables already reported."""
    instruction = context.steps[position].instruction
    if isinstance(instruction, Env | Arg | Label):
        place = {Env: Place.ENV, Arg: Place.ARG, Label: Place.LABEL}[type(instruction)]
        for pair in instruction.pairs:
            for secret in _pair(position, place, pair.key, pair.value or "", sieve):
                if place is not Place.LABEL:
                    told.add((pair.key, secret.secret))
                yield secret
        return
    values: list[str] = []
    if isinstance(instruction, Run):
        for pair in instruction.build_args or ():
            for secret in _pair(position, Place.BUILD_ARG, pair.key, pair.value or "", sieve):
                values.append(secret.secret)
                # A build argument is written before every RUN; only the first is reported.
                if (secret.name, secret.secret) not in told:
                    told.add((secret.name, secret.secret))
                    yield secret
    yield from _in_commands(context, position, values, sieve)


def _pair(step: int | None, place: Place, name: str, value: str, sieve: Sieve) -> Iterator[Secret]:
    """The secret in a `name=value`: by its form first, then by its name, then by its content."""
    if len(value) < 3:
        return
    formed = list(_formed(value, sieve))
    for token in formed:
        yield Secret(
            step, _place_of(token, place), token.what, token.secret, name=name, kind=token.kind, weak=token.weak
        )
    if formed:
        return
    if header := _AUTHORIZATION.fullmatch(value):
        yield Secret(step, place, "an authorization header", header["secret"], name=name, kind=Kind.HEADER)
        return
    if names_secret(name):
        found = worth(name, value)
        if found is not Worth.NOTHING and not _is_settings(value):
            yield Secret(step, place, "a value", value, found, name)
            return
    if within := inside(name, value):
        yield Secret(step, place, "a password in its value", *within, name, Kind.CONNECTION)
    elif place in (Place.ENV, Place.ARG, Place.BUILD_ARG) and is_random(value) and not names_random(name):
        yield Secret(step, place, "a random-looking value", value, Worth.PLACEHOLDER, name, Kind.RANDOM)


def _is_settings(value: str) -> bool:
    """Whether a value is a list of settings or JSON, only part of which is secret."""
    return value.startswith("{") and ":" in value


_AUTHORIZATION = lazy.compile(r"(?i)(?:basic|bearer)\s+(?P<secret>[A-Za-z0-9+/_.=-]{12,})")


def _place_of(token: Token, place: Place) -> Place:
    if token.kind is Kind.PRIVATE_KEY:
        return Place.KEY
    if token.kind is Kind.URL:
        return Place.URL
    return Place.TOKEN if place is Place.COMMAND else place


# The shortest text with a secret recognised by form: `a://b:c@d`.
_SHORTEST = 8


def _formed(text: str, sieve: Sieve) -> Iterator[Token]:
    """The secrets recognised by form, ours and detect-secrets', none inside another."""
    if len(text) < _SHORTEST:
        return
    taken: list[str] = []
    for token in itertools.chain(tokens(text, sieve.forms), detect(text, sieve.checks)):
        if not any(token.secret in other or other in token.secret for other in taken):
            taken.append(token.secret)
            yield token
            if len(taken) >= MAX_IN_STEP:
                return


def _in_commands(context: Context, position: int, values: list[str], sieve: Sieve) -> Iterator[Secret]:
    step = context.steps[position]
    taken = values
    for token in _formed(_whole_text(context, position), sieve):
        if not _known(token.secret, taken):
            taken.append(token.secret)
            place = _place_of(token, Place.COMMAND)
            at = token.what if token.kind is Kind.SERVICE else token.host
            yield Secret(position, place, token.what, token.secret, kind=token.kind, weak=token.weak, at=at)
    if isinstance(step.instruction, Onbuild):
        yield from _trigger(position, step.instruction.trigger)
    if not context.text(position):
        return
    for one in _handed(context, position):
        if len(taken) > MAX_IN_STEP:
            return
        if not _known(one.secret, taken):
            taken.append(one.secret)
            place = {"login file": Place.LOGIN_FILE, "account": Place.ACCOUNT, "key": Place.KEY}.get(
                one.kind, Place.COMMAND
            )
            yield Secret(position, place, one.what, one.secret, one.worth, kind=Kind.HANDED, at=one.at or one.what)


def _known(secret: str, taken: list[str]) -> bool:
    return any(secret in other or other in secret for other in taken)


def _handed(context: Context, position: int) -> Iterator[Handed]:
    """The secrets that a step's commands pass, PowerShell's settings first."""
    text = context.text(position)
    if "NetworkCredential" in text or "PSCredential" in text:
        for match in _POWERSHELL_LOGIN.finditer(text):
            if (found := worth("password", match["secret"])) is not Worth.NOTHING:
                yield Handed("flag", "a login in PowerShell", match["secret"], found, "Credential")
    if "$env:" in text.lower() or "SetEnvironmentVariable" in text or "Authorization" in text:
        for match in _POWERSHELL_SET.finditer(text):
            name, value = match["name"] or match["variable"], match["value"]
            kind = worth(name, value)
            if names_secret(name) and kind is not Worth.NOTHING:
                yield Handed("variable", name, value, kind)
        for match in _POWERSHELL_HEADER.finditer(text):
            yield Handed("flag", "an authorization header", match["secret"], at="Authorization")
    if "-headers" in text.lower():
        for match in _POWERSHELL_KEY.finditer(text):
            if names_secret(match["name"]) and worth(match["name"], match["secret"]) is Worth.SECRET:
                yield Handed("flag", f"the header {match['name']}", match["secret"], at=match["name"])
    commands = context.commands(position)
    writers: Writers | None = None
    for command in commands:
        fed = ""
        if command.place or command.body or command.redirects:
            writers = writers or Writers(commands)
            fed = writers.feeding(command)
        yield from handed(command, fed)
        if command.via == "<(" and command.parent is not None and command.name in ("echo", "printf"):
            yield from handed_to_file(commands[command.parent], command)


_POWERSHELL_HEADER = lazy.compile(
    r"Authorization['\"]?\s*[=:]\s*['\"](?:(?:Bearer|Basic|Token)\s+)(?P<secret>[^'\"$\s]{6,500})['\"]", re.IGNORECASE
)
# `@{ 'X-Api-Key' = 'x' }`
_POWERSHELL_KEY = lazy.compile(r"['\"](?P<name>[A-Za-z][\w-]{2,60})['\"]\s*=\s*['\"](?P<secret>[^'\"$\s]{8,500})['\"]")
# `New-Object System.Net.NetworkCredential('user', 'password')`
_POWERSHELL_LOGIN = lazy.compile(
    r"(?i)(?:Network|PS)Credential\]?(?:::new)?\s*\(\s*['\"][^'\"\n]{1,100}['\"]\s*,\s*['\"](?P<secret>[^'\"$\n]{3,200})['\"]"
)
# `$env:NAME = 'value'` and `[Environment]::SetEnvironmentVariable('NAME', 'value', …)`.
_POWERSHELL_SET = lazy.compile(
    r"(?:\$env:(?P<name>\w+)\s*=\s*|SetEnvironmentVariable\(\s*['\"](?P<variable>\w+)['\"]\s*,\s*)"
    r"(?P<quote>['\"])(?P<value>[^'\"\n$]{1,500})(?P=quote)",
    re.IGNORECASE,
)


def _whole_text(context: Context, position: int) -> str:
    """All text of a step that is searched, put together once."""
    key = ("searched text", position)
    found: str | None = context.memo.get(key)
    if found is None:
        found = context.memo[key] = _put_together(context, position)
    return found


def _put_together(context: Context, position: int) -> str:
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


def _of_config(context: Context, sieve: Sieve) -> Iterator[Secret]:
    """Secrets in the config's Env and Labels that no step sets, from `docker commit --change` and other tools."""
    set_env = {pair.key for _, env in context.of(Env) for pair in env.pairs}
    set_labels = {pair.key for _, label in context.of(Label) for pair in label.pairs}
    for item in context.config("Env") or ():
        name, _, value = str(item).partition("=")
        if name not in set_env:
            yield from _pair(None, Place.ENV, name, value, sieve)
    labels = context.config("Labels")
    for name, value in labels.items() if isinstance(labels, dict) else ():
        if name not in set_labels:
            yield from _pair(None, Place.LABEL, str(name), str(value), sieve)


def severity(secret: Secret) -> Severity:
    """The severity: a service's own token is the worst; a placeholder is barely a finding."""
    if secret.weak:
        return Severity.LOW
    if secret.kind is Kind.SERVICE:
        return Severity.CRITICAL
    if secret.kind is Kind.RANDOM:
        return Severity.MEDIUM
    return {Worth.PLACEHOLDER: Severity.LOW, Worth.DEFAULT: Severity.MEDIUM}.get(secret.worth, Severity.HIGH)


def describe(secret: Secret) -> str:
    """A description of a secret, with its masked form."""
    if secret.kind is Kind.SERVICE:
        return f"{article(secret.what)} {secret.what}" + (", a documented example" if secret.weak else "")
    if secret.kind is Kind.RANDOM:
        return "a value that looks random, like a key"
    return {
        Worth.PLACEHOLDER: "a placeholder for a secret",
        Worth.DEFAULT: "a well-known default password",
    }.get(secret.worth, "a secret")


def article(noun: str) -> str:
    """`a` or `an`, by the name's pronunciation: an AWS key, an npm token, a GitHub token."""
    first = noun.split()[0]
    spelt = len(first) > 1 and (first.isupper() or first == "npm")
    return "an" if (first[0].upper() in "AEFHILMNORSX" if spelt else first[0].lower() in "aeio") else "a"


def excerpt(context: Context, secret: Secret) -> str:
    """The part of a step's text around a secret, cut at words, with every secret masked before cutting."""
    if secret.step is None:
        return ""
    text = context.masked_text(secret.step)
    shown = masked(secret.secret)
    place = text.find(shown)
    if place < 0:
        return text
    start, end = max(0, place - 80), place + len(shown) + 40
    before = text[start:place]
    if start:
        before = "…" + (before.partition(" ")[2] if " " in before else before)
    return before + text[place:end] + ("…" if end < len(text) else "")
