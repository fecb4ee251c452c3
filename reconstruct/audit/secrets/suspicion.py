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
        (("AP",), r"\bAP[0-9A-F]"),
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
    rf"\b(?:{'|'.join(_WITH_OPTION)})(?:\.exe)?(?![\w-])"
    r"(?:[^\n;|&]|[;|&](?=\S)|(?<=\\)\n){0,300}?[\s\"'(,]-[A-Za-z#]*[uUpPawAX]"
    rf"|\b(?:{'|'.join(_ALONE)})\b|\b(?:pro|ua|ubuntu-advantage)\s+attach\b",
)
# Whether a text has any of these words at all is told many times sooner; the shortest are in many other words.
_HEADS = [re.split(r"[\\\[]", name)[0] for name in (*_WITH_OPTION, *_ALONE, "attach")]
_SHORT = 3
_LONG_HEADS = tuple(head for head in _HEADS if len(head) > _SHORT)
_SHORT_HEADS = pattern.compile(rf"(?:{'|'.join(head for head in _HEADS if len(head) <= _SHORT)})(?!\w)")
# A run of letters and digits as keys have it.
_RUN = pattern.compile(r"[A-Za-z0-9_+/-]{20,}")


def suspicious(texts: Sequence[str]) -> frozenset[int]:
    """The positions of the texts that may contain a secret."""
    whole = "\n".join(texts)
    lower = whole.lower()
    names = [word for word in _NAMES if word in lower]
    asked = [*_asked(whole, lower)]
    found = []
    for place, text in enumerate(texts):
        if not text:
            continue
        lower = text.lower() if names else ""
        if any(map(lower.__contains__, names)) or any(ask(text) for ask in asked):
            found.append(place)
    return frozenset(found)


def _asked(whole: str, lower: str) -> Iterator[Callable[[str], object]]:
    """The checks that remain for each text, given which words occur anywhere."""
    forms = [word for word in _FORMS if word in whole]
    if forms:
        yield lambda text: any(map(text.__contains__, forms))
    for word, alone in _NAMES_ALONE:
        if word in lower and alone.search(lower):
            yield lambda text, form=alone: form.search(text.lower())  # type: ignore[misc]
    for words, form in _FORMS_ALONE:
        if any(word in whole for word in words) and form.search(whole):
            yield form.search
    if (any(map(whole.__contains__, _LONG_HEADS)) or _SHORT_HEADS.search(whole)) and _PROGRAM.search(whole):
        yield _PROGRAM.search
    if any(map(_mixed, _RUN.findall(whole))):
        yield lambda text: any(map(_mixed, _RUN.findall(text)))


def _mixed(run: str) -> bool:
    """Whether a run contains digits, lower-case and upper-case letters."""
    return run != run.lower() and run != run.upper() and any(map(str.isdigit, run))
