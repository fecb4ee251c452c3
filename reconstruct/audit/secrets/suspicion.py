"""Which texts of a record may contain a secret at all: a check of their words, before anything is parsed or searched.

A superset of what `scan` finds: a text that isn't suspicious has no secret, one that is may have none. Most texts have
none of the words, so all texts of an image are first searched together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from reconstruct import pattern
from reconstruct.audit.secrets.tokens import WORDS

# What every secret that is found by its name or its place has beside it or in it, in lower case.
_NAMES = (
    "pass", "pwd", "secret", "token", "cred", "key", "bearer", "basic", "jwt", "login", "netrc", "identified", "connection",
    "cloudant", "mnemonic", "psk", "signtool", "-----begin", "--user", "--proxy-user", "aws",
)  # fmt: skip
# Words that are too common on their own: the word in lower case, and its required context.
_NAMES_ALONE = tuple(
    (word, pattern.compile(form))
    for word, form in (
        ("pw", r"\bpw|pw\b|_pw"),
        ("auth", r"auth(?!ors?\b)"),
        ("sas", r"sas\b"),
        ("_pat", r"_pat\b"),
        ("net", r"net\s+use"),
        ("7z", r"\b7za?\b"),
        ("cookie", r"cookie:"),
        ("codecov", r"codecov"),
        ("adduser", r"adduser|add-user"),
        ("add-user", r"adduser|add-user"),
        ("ssh-keygen", r"ssh-keygen"),
        ("realm", r"\brealm\s+join"),
        ("kinit", r"\bkinit\b"),
        (" -p", r"\s(?:-u|--user(?:name)?|-U)[ =].*\s-p\s|\s-p\s.*\s(?:-u|--user(?:name)?|-U)[ =]"),
        ("mc", r"\bmc\s+(?:alias|config)\b"),
        ("rar", r"\b(?:un)?rar\b"),
        ("attach", r"\b(?:pro|ua|ubuntu-advantage)\s+attach\b"),
    )
)
# The forms of services' tokens, case and all.
_FORMS = (
    *(
        word
        for word in WORDS
        if word not in ("cio", "SK") and not any(map(word.lower().__contains__, (*_NAMES, "auth")))
    ),
    "sq0",
    "AKC",
)
_FORMS_ALONE = tuple(
    (words, pattern.compile(form))
    for words, form in (
        (("-us",), r"-us\d"),
        # A literal first, for which a search is fast.
        (("AP",), r"AP(?<=\bAP)[0-9A-F]"),
        (("AC", "SK"), r"\b(?:AC|SK)[a-z0-9]{32}"),
        (("cio",), r"cio[A-Za-z0-9]{9}"),
        (("@",), r"://[^/\s@]{0,300}@|://[^/\s]{1,200}@"),
    )
)
# Programs that take a password without naming it, by an option of the same command; and those that are enough by themselves.
_WITH_OPTION = (
    "curl", "docker", "podman", "buildah", "skopeo", "az", "twine", "zip", "unzip", "choco", "cf", "redis-cli", r"mongo\w*", "oc",
    "sqlcmd", "isql", r"ldap\w*", "cqlsh", r"mysql\w*", r"mariadb[\w-]*", "useradd", "usermod", "adduser", "dotnet", "nuget", "tsm",
    "poetry", "smbclient", "lftp", "net-snmp-create-v3-user",
)  # fmt: skip
_ALONE = (
    "rabbitmqctl", "bundle", "sqlplus", "sqlldr", "impdp", "expdp", "expect", "vault", "ngrok", "cloudflared", "wandb", "infracost",
)  # fmt: skip
_PROGRAM = pattern.compile(
    rf"\b(?:(?P<with>(?:{'|'.join(_WITH_OPTION)})(?:\.exe)?(?![\w-]))|(?:{'|'.join(_ALONE)})\b)",
)
_OPTION = pattern.compile(r"[\s\"'(,]-[A-Za-z#]*[uUpPawAX]")
# What may stand before the option in one command, and how much.
_COMMAND = pattern.compile(r"(?:[^\n;|&]|[;|&](?=\S)|(?<=\\)\n)*+")
_FAR = 300
# How each of their names begins; the pattern is tried where one stands.
_HEADS = tuple(re.split(r"[\\\[]", name)[0] for name in (*_WITH_OPTION, *_ALONE))
# The fewest characters of a word with a token in it: `xoxb-1-a`.
_SHORTEST = 8
# A run of letters and digits as keys have it; hardly a name is as long.
_LONGEST_NAME = 20
_RUN = pattern.compile(rf"[A-Za-z0-9_+/-]{{{_LONGEST_NAME},}}")


def suspicious(texts: Sequence[str]) -> frozenset[int]:
    """The positions of the texts that may contain a secret."""
    whole = "\n".join(texts)
    # Many words are repeated from text to text, and most are too short for a token.
    words = set(whole.split())
    lower = "\n".join(words).lower()
    names = [word for word in _NAMES if word in lower]
    asked = [*_asked(whole, lower, [word for word in words if len(word) >= _SHORTEST])]
    if not names and not asked:
        return frozenset()
    found = []
    for place, text in enumerate(texts):
        if not text:
            continue
        lower = text.lower() if names else ""
        if any(map(lower.__contains__, names)) or any(ask(text) for ask in asked):
            found.append(place)
    return frozenset(found)


def _asked(whole: str, lower: str, words: Sequence[str]) -> Iterator[Callable[[str], object]]:
    """The checks that remain for each text, given all: `whole`, its words, each once, in `lower` case, and the longer `words`."""
    long = "\n".join(words)
    forms = [word for word in _FORMS if word in long]
    if forms:
        yield lambda text: any(map(text.__contains__, forms))
    flat = whole.lower()
    for word, alone in _NAMES_ALONE:
        if word.lstrip() in lower and word in flat and alone.search(flat):
            yield lambda text, form=alone: form.search(text.lower())  # type: ignore[misc]
    for hints, form in _FORMS_ALONE:
        if any(hint in long for hint in hints) and form.search(whole):
            yield form.search
    heads = [head for head in _HEADS if head in lower]
    if heads and _calls(whole, heads):
        yield lambda text: _calls(text, heads)
    if any(map(_mixed, _RUN.findall("\n".join([word for word in words if len(word) >= _LONGEST_NAME])))):
        yield lambda text: any(map(_mixed, _RUN.findall(text)))


def _calls(text: str, heads: Sequence[str]) -> bool:
    """Whether `text` calls a program that takes a password; the programs' names begin with these `heads`."""
    for head in heads:
        place = text.find(head)
        while place >= 0:
            match = _PROGRAM.match(text, place)
            if match and (match["with"] is None or _has_option(text, match.end())):
                return True
            place = text.find(head, place + 1)
    return False


def _has_option(text: str, place: int) -> bool:
    """Whether the command has an option that may be a password's after `place`."""
    option = _OPTION.search(text, place, place + 2 * _FAR)
    if option is None or option.start() > place + _FAR:
        return False
    end = _COMMAND.match(text, place, option.start() + 1)
    return end is not None and end.end() >= option.start()


def _mixed(run: str) -> bool:
    """Whether a run contains digits, lower-case and upper-case letters."""
    return run != run.lower() and run != run.upper() and any(map(str.isdigit, run))
