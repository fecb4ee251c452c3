"""Which texts of a record may contain a secret at all: a check of their words, before anything is parsed or searched.

A superset of what `scan` finds: a text that isn't suspicious has no secret, one that is may have none. Most texts have
none of the words, so the words of all texts of an image are searched together, each once, then the texts with a clue
one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from reconstruct import pattern
from reconstruct.audit.secrets.names import BEFORE_KEY
from reconstruct.audit.secrets.randomness import SHORTEST_RANDOM, is_random
from reconstruct.audit.secrets.tokens import WORDS
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.image import Image

# Whether a text may have a secret of one kind, given as it is and in lower case.
Asks = Callable[[str, str], object]

# What every secret that is found by its name or its place has beside it or in it, in lower case.
_NAMES = (
    "pass", "pwd", "secret", "token", "cred", "bearer", "basic", "jwt", "netrc", "identified", "connection", "cloudant", "mnemonic",
    "psk", "signtool", "-----begin", "--user", "--proxy-user", "securestring", "art-api", "masterauth", "cryptsetup", "softlayer", "jdbc:oracle", "create_superuser", "create_user",
)  # fmt: skip
# Those within a run of letters and digits, and those with other signs.
_PLAIN_NAMES = tuple([name for name in _NAMES if name.isalnum()])
_OTHER_NAMES = tuple([name for name in _NAMES if not name.isalnum()])
# Behind a word of the name of a variable or a label: the name's rest and the sign before its value.
_SET = r"[^\s=:>]{0,400}+[\s\"'\\]{0,400}+\+?[=:>]"
# An instruction that sets one, at the start of a line, with a newline before the first, or behind `#(nop)`.
_SETS = pattern.compile(r"[\n)][^\S\n]*+(?:env|arg|label)\s")
_AUTH = pattern.compile(r"auth(?!ors?\b)")
_SETS_AUTH = pattern.compile(rf"auth(?:(?!ors?\b){_SET}|(?<=oauth)\.|(?<=_auth)\b|(?<=--auth)\b)")
_SETS_LOGIN = pattern.compile(rf"login{_SET}")
_PIPE = pattern.compile(r"\|(?!\d+\s)")


def _sets(lower: str) -> object:
    return _SETS.search(f"\n{lower}")


def _authorizes(text: str, lower: str) -> object:
    return _AUTH.search(lower) and (_SETS_AUTH.search(lower) or _sets(lower) or "snyk" in lower)


def _logs_in(text: str, lower: str) -> object:
    return _SETS_LOGIN.search(lower) or _sets(lower) or "cargo" in lower


def _adds_user(text: str, lower: str) -> object:
    """Whether the program that asks for a password may be told one by a pipe or a file; another has it on its command line."""
    if "add-user" in lower:
        return True
    place = lower.rfind("adduser")
    return place >= 0 and ("<" in lower or _PIPE.search(lower, 0, place))


# What may part the words of a name.
_PARTING = "".join([chr(code) for code in range(128) if not chr(code).isalpha() and not chr(code).isspace()])
_KEYED = (*sorted(BEFORE_KEY), "enroll")
_LONGEST_NAME = 200
# The key in a login file or in a URL's query, of IBM, of Mailgun; the program that makes keys.
_KEY_SET = pattern.compile(
    r"key(?:[\"'\\]{0,9}\s{0,200}+[=:>]|[\"'\] =:>]++[a-z0-9_-]{44}|-[a-f0-9]{32}|(?<=ssh-key)gen)"
)


def _has_key(text: str, lower: str) -> object:
    """Whether there is a word for a key that is secret: one behind a word that says so (`api_key`), or with its value."""
    place = lower.find("key")
    if place >= 0 and _KEY_SET.search(lower, place):
        return True
    while place >= 0:
        before = lower[max(0, place - _LONGEST_NAME) : place].rstrip(_PARTING)
        if before.endswith(_KEYED) or not before[-1:].isascii():
            return True
        place = lower.find("key", place + 3)
    return False


_KEY_FILE = pattern.compile(r"id_[a-z0-9]|\.(?:key|ppk|p12|pfx|jks|keytab)|priv|netrc")


def _in_lower(form: str) -> Asks:
    compiled = pattern.compile(form)
    return lambda text, lower: compiled.search(lower)


def _in_text(form: str) -> Asks:
    compiled = pattern.compile(form)
    return lambda text, lower: compiled.search(text)


# Where a name begins: behind `-D` and an escaped newline too.
_START = r"(?:(?<![A-Za-z0-9])|(?<=-D)|(?<=\\[a-z]))"
_CAMEL_PAT = _in_text(r"Pat(?<=[a-z0-9]Pat)\d*(?![A-Za-z0-9])")
_PAT = _in_text(r"[pP][aA][tT](?<=[^A-Za-z0-9\s]...)\d*(?![A-Za-z0-9])")
_PARTED_PAT = ("_pat", "-pat", ".pat", ":pat", "/pat")
# Between a program and its subcommand: options.
_THEN = r"\s(?:[^\n;|&]{0,100}\s)?"
# Words that are too common on their own, in lower case, and what must be true as well: those within a run of letters and digits,
_PLAIN: tuple[tuple[str, Asks], ...] = (
    ("key", _has_key),
    ("auth", _authorizes),
    ("login", _logs_in),
    ("adduser", _adds_user),
    ("aws", _in_lower(r"aws.{0,20}(?:s(?:ecret|k)|key|pw|pass|token)")),
    ("net", _in_lower(rf"net(?:\.exe)?[\"']?{_THEN}[\"']?use")),
    ("cookie", _in_lower(r"cookie:")),
    ("codecov", _in_lower(r"codecov")),
    ("openssl", _in_lower(r"openssl(?:\.exe)?[\"']?\s+[\"']?enc\b")),
    # A key decoded into a file of its own.
    ("base64", lambda text, lower: _KEY_FILE.search(lower)),
    # The words `pw`, `sas` and (below) `pat`, parted from others as the words of a name are.
    ("pw", _in_text(rf"(?:{_START}[pP]|(?<=[a-z0-9])P)[wW]\d*(?![a-z])")),
    ("sas", _in_text(rf"(?:{_START}[sS]|(?<=[a-z0-9])S)[aA][sS]\d*(?![a-z])")),
)
# those with other signs, or without them in the text in which it's true (a newline ends a word; then what that text has),
_OTHER: tuple[tuple[str, str, Asks], ...] = (
    ("add-user", "add-user", _adds_user),
    ("bundle_", "bundle_", _in_lower(r"bundle_\w{0,200}?__")),
    *[(option, "http", _in_lower(r"\bhttps?\s")) for option in ("-a\n", "-a=")],
    # Commands in base64.
    *[(shell, "", _in_lower(r"[-/]e(?:n(?:c\w*)?|c)?[\s\"',]++[a-z0-9+/]{8}")) for shell in ("powershell", "pwsh")],
    ("schtasks", "", _in_lower(r"/r?p\b")),
    # A hash in a line of the file of this name.
    ("shadow", "$", _in_lower(r":\\?\$\w{1,8}\\?\$")),
)
# and those between other signs.
_APART: dict[str, Asks] = {
    **dict.fromkeys(("7z", "7za"), _in_lower(r"\b7za?\b")),
    "realm": _in_lower(rf"\brealm{_THEN}join"),
    "kinit": _in_lower(r"\bkinit\b"),
    "mc": _in_lower(rf"\bmc{_THEN}(?:alias|config)\b"),
    **dict.fromkeys(("rar", "unrar"), _in_lower(r"\b(?:un)?rar\b")),
    "attach": _in_lower(rf"\b(?:pro|ua|ubuntu-advantage){_THEN}attach\b"),
}
# Forms of services' tokens, each with a literal first, for which a search is fast.
_FORMS_ALONE = tuple(
    pattern.compile(form)
    for form in (
        r"-us\d",
        r"AP(?<=\bAP)[0-9A-F][A-Za-z0-9]{8}",
        r"AC[a-z0-9]{32}",
        r"SK[a-z0-9]{32}",
        r"cio[A-Za-z0-9]{9}",
        r"A(?:[KSB]IA|CCA|3T[A-Z0-9]|GPA|IDA|ROA|IPA|N[PV]A)[A-Z0-9]{16}",
        r"gh[pousr]_[A-Za-z0-9]{30}",
        r"gl[a-z]{2,5}-[A-Za-z0-9_.-]{18}",
        # Discord's and Telegram's tokens.
        r"\.[\w-]{6}\.[\w-]{27}",
        r":(?<=\d{8}:)[0-9A-Za-z_-]{35}",
    )
)
_ADDRESS = pattern.compile(
    r"://[^/\s@]{0,300}@|://[^/\s]{1,200}@|:[^\s:@/$]{3,100}@(?:tcp|unix|udp)?\(?[\w.-]+(?::\d+)?\)?/"
)
# The words of the other forms, case and all.
_COVERED = ("aws", "auth", "key-", "akia", "asia", "abia", "acca", *_NAMES)
_FORMS = (
    *(
        word
        for word in WORDS
        if word not in ("cio", "SK", "PRIVATE KEY")
        and (not word.startswith(("gh", "gl")) or word in ("glsa_", "glc_"))
        and not any(map(word.lower().__contains__, _COVERED))
    ),
    "tskey-",
    "sq0",
    "AKC",
    "k_live_",
    "T3BlbkFJ",
)
# Those that begin a word, up to a sign that ends it; the detectors find some of the others inside words too.
_FORMS_APART = {
    word[:-1].lower(): word
    for word in _FORMS
    if word[:-1].isalnum() and (word[-1] in "_-." or word == "sig=") and word not in ("SG.", "pypi-")
}
_BEGINNING = frozenset(_FORMS_APART.values())
_FORMS_WITHIN = tuple(word for word in _FORMS if word not in _BEGINNING)
_PLAIN_FORMS = tuple((word, word.lower()) for word in _FORMS_WITHIN if word.isalnum())
_OTHER_FORMS = tuple(word for word in _FORMS_WITHIN if not word.isalnum())
# Programs that take a password without naming it: the beginning of the name, the rest, and the letters of the option that has it.
_WITH_OPTION = (
    ("curl", "", "uU:"), ("docker", "", "p"), ("podman", "", "p"), ("buildah", "", "p"), ("skopeo", "", "p"), ("az", "", "p"),
    ("twine", "", "p"), ("zip", "", "P"), ("unzip", "", "P"), ("choco", "", "p"), ("cf", "", "p"), ("redis-cli", "", "a"),
    ("mongo", r"\w*", "p"), ("oc", "", "p"), ("sqlcmd", "", "P"), ("isql", "", "P"), ("ldap", r"\w*", "w"), ("cqlsh", "", "p"),
    ("mysql", r"\w*", "p"), ("mariadb", r"[\w-]*", "p"), ("useradd", "", "p"), ("usermod", "", "p"), ("adduser", "", "p"),
    ("dotnet", "", "p"), ("nuget", "", "p"), ("tsm", "", "p"), ("poetry", "", "p"), ("smbclient", "", "uU"), ("lftp", "", "uU"),
    ("net-snmp-create-v3-user", "", "AX"), ("conan", "", "p"), ("influx", "", "p"), ("rabbitmqadmin", "", "p"),
)  # fmt: skip
# Those that are enough by themselves.
_ALONE = (
    "rabbitmqctl", "bundle", "sqlplus", "sqlldr", "impdp", "expdp", "expect", "vault", "ngrok", "cloudflared", "wandb", "infracost",
)  # fmt: skip
_LETTERS = {name: letters for name, _, letters in _WITH_OPTION}
# How their names begin, up to the first sign: a whole word, or part of one.
_HEADS_APART = {name.partition("-")[0]: name for name, rest, _ in _WITH_OPTION if not rest} | {
    name: name for name in _ALONE
}
_HEADS_WITHIN = tuple(name for name, rest, _ in _WITH_OPTION if rest)
_WORDS_APART = frozenset([*_FORMS_APART, *_HEADS_APART, *_APART])
# Everything but letters and digits.
_TO_BLANKS = {code: " " for code in range(128) if not chr(code).isalnum()}
_WORD = pattern.compile(r"[a-z0-9]+")
# A program's name isn't behind a dot, nor behind a dash, unless that closes a file (`2>&-`).
_PROGRAM = pattern.compile(
    rf"(?<![\w.])(?<!(?<!&)-)(?:(?P<with>(?:{'|'.join([name + rest for name, rest, _ in _WITH_OPTION])})(?:\.exe)?(?![\w-]))"
    rf"|(?:{'|'.join(_ALONE)})\b)"
)
# The option, its value no path, or (`:`) a user's name and the password.
_OPTIONS = {
    letters: pattern.compile(
        rf"-(?<=[\s\"'(,]-)[A-Za-z#]*[{letters.rstrip(':')}](?![\s\"'\\=]*+[/@%])"
        + (r"(?=[^:|]{0,300}:)" if ":" in letters else "")
    )
    for letters in ("uU:", "uU", "p", "P", "a", "w", "AX")
}
# A user's name, and behind `-p` a password, without its quotes: no path, no port, no variable.
_USER = pattern.compile(r"-(?:u|-user(?:name)?)[\s=,\"']")
_PASSWORD = pattern.compile(r"-p(?<![\w-]-p)[\s=,]*+(?!\$(?:[{(@]|\w+(?![\w$])))[^\s:/.,]{6}")
_UNQUOTED = str.maketrans("", "", "\"'\\")
_GLUED = pattern.compile(r"[\"'\\^`](?<=[\w-][\"'\\^`])[\"'\\^`]*+(?=[\w-])")
# The fewest characters of a word with a token in it: `xoxb-1-a`.
_SHORTEST = 8


def texts_of(image: Image) -> list[str]:
    """The text of an image's config, in which secrets in no entry are, and those of its entries."""
    settings = "\n".join([text for value in image.config.values() if value for text in _strings(value)])
    return [settings, *[f"{entry.created_by}\n{entry.comment}" for entry in image.history]]


def _strings(value: object) -> list[str]:
    """The texts in a value of the config, those of a mapping with their keys, as LABEL sets them."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        found = [f"LABEL {key}={inner}" if isinstance(inner, str) else str(key) for key, inner in value.items()]
        return found + [text for inner in value.values() if inner for text in _strings(inner)]
    if isinstance(value, list | tuple):
        return [text for inner in value if inner for text in _strings(inner)]
    return []


def suspicious(texts: Sequence[str]) -> frozenset[int]:
    """The positions of the texts that may contain a secret."""
    # Many words are repeated from text to text.
    words = set("\n".join(texts).split())
    joined = "\n".join([*words, ""])
    if _GLUED.search(joined):
        # A shell reads `PASS''WORD` without the quotes.
        texts = [f"{text}\n{_GLUED.sub('', text)}" for text in texts]
        words = set("\n".join(texts).split())
        joined = "\n".join([*words, ""])
    lower = joined.lower()
    runs = set(lower.translate(_TO_BLANKS).split() if lower.isascii() else _WORD.findall(lower))
    plain = "\n".join(runs)
    names = [name for name in _PLAIN_NAMES if name in plain] + [name for name in _OTHER_NAMES if name in lower]
    asked = [*_asked_by_name(joined, lower, plain), *_asked_by_word(plain, runs, words)]
    if not names and not asked:
        return frozenset()
    lowers = list(enumerate([text.lower() for text in texts]))
    found = {place for name in names for place, lower in lowers if name in lower}
    for mark, ask in asked:
        found.update(
            [place for place, lower in lowers if mark in lower and place not in found and ask(texts[place], lower)]
        )
    return frozenset(found)


def _asked_by_name(joined: str, lower: str, plain: str) -> Iterator[tuple[str, Asks]]:
    """The checks for the words of names that may be true of a text, each with a mark that such a text has in lower case.
    Given are the words of all texts, `joined`, as they are and in lower case, and the runs of letters and digits in these."""
    yield from [(word, ask) for word, ask in _PLAIN if word in plain]
    yield from [(mark, ask) for word, mark, ask in _OTHER if word in lower]
    if _CAMEL_PAT(joined, lower):
        yield "pat", _CAMEL_PAT
    if any(map(lower.__contains__, _PARTED_PAT)) and _PAT(joined, lower):
        yield "pat", _PAT
    if "-p" in lower and "-u" in lower:
        yield "-p", _names_user_and_password


def _asked_by_word(plain: str, runs: Collection[str], words: Collection[str]) -> Iterator[tuple[str, Asks]]:
    """The same for whole words: of programs, of tokens, and those that look random. `plain` are the `runs` of letters and
    digits of all texts' `words`."""
    apart = _WORDS_APART.intersection(runs)
    yield from [(word, _APART[word]) for word in apart if word in _APART]
    heads = [_HEADS_APART[word] for word in apart if word in _HEADS_APART]
    heads += [head for head in _HEADS_WITHIN if head in plain]
    for head in heads:
        yield head, lambda text, lower, head=head: _calls(text, lower, head)  # type: ignore[misc]
    # Most words are too short for a token.
    long = [word for word in words if len(word) >= _SHORTEST]
    joined = "\n".join(long)
    forms = [word for word, run in _PLAIN_FORMS if run in plain and word in joined]
    forms += [word for word in _OTHER_FORMS if word in joined]
    forms += [_FORMS_APART[word] for word in apart if word in _FORMS_APART]
    if forms:
        yield "", lambda text, lower: any(map(text.__contains__, forms))
    for form in _FORMS_ALONE:
        if form.search(joined):
            yield "", lambda text, lower, form=form: form.search(text)  # type: ignore[misc]
    if "@" in joined:
        yield "@", lambda text, lower: _ADDRESS.search(text)
    drawn = [word for word in long if len(word) >= SHORTEST_RANDOM and _is_drawn(word)]
    if drawn:
        yield "", lambda text, lower: any(map(text.__contains__, drawn))


def _names_user_and_password(text: str, lower: str) -> object:
    return _USER.search(lower) and _PASSWORD.search(text.replace("\\\n", "").translate(_UNQUOTED))


def _calls(text: str, lower: str, head: str) -> bool:
    """Whether `text` calls a program that takes a password, with such an option behind it; its name begins with `head`. Windows
    reads the names in capitals as well; an option's letter is another in capitals."""
    place = lower.find(head)
    while place >= 0:
        if match := _PROGRAM.match(lower, place):
            # A letter that is two in lower case moves the places; then any option of the text counts.
            start = match.end() if len(text) == len(lower) else 0
            # What isn't behind the first call isn't behind another.
            return match["with"] is None or _OPTIONS[_LETTERS[head]].search(text, start) is not None
        place = lower.find(head, place + 1)
    return False


def _is_drawn(word: str) -> bool:
    """Whether a word is a random value, or one behind its name."""
    named = word.rstrip("=\"'")
    value = named.rpartition("=")[2]
    if "." in value or ":" in value or len(value) < SHORTEST_RANDOM - 2:
        return False
    return is_random((value + word[len(named) :]).translate(_UNQUOTED).replace("`", ""))
