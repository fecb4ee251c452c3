"""Whether a name shows that its value is secret, and whether a value can be one."""

from __future__ import annotations

import itertools
import re
from enum import Enum

from reconstruct import pattern as lazy

# A name is split into words; one of these, or a pair of words, names a secret.
_WORDS = frozenset(
    {
        "password", "passwd", "pass", "passphrase", "passcode", "passwort", "pwd", "pw", "secret", "secrets", "token",
        "tokens", "credential", "credentials", "creds", "apikey", "accesskey", "secretkey", "privatekey", "authtoken",
        "accesstoken", "bearer", "jwt", "connectionstring", "sas", "mnemonic", "psk",
    }
)  # fmt: skip
_PASSWORD_WORDS = frozenset({"password", "passwd", "pass", "passphrase", "passcode", "passwort", "pwd", "pw"})
BEFORE_KEY = frozenset(
    {
        "api", "access", "secret", "private", "auth", "encryption", "encrypt", "signing", "master", "deploy", "account",
        "storage", "ssh", "rsa", "license", "licence", "admin", "app", "jwt", "session", "crypto", "hmac", "shared",
        "subscription", "instrumentation", "ingest", "write", "activation", "registration", "enrollment", "join", "preauth", "webhook",
    }
)  # fmt: skip
# Such a word at the end shows that the value only describes or locates a secret.
_ENDS = frozenset(
    {
        "file", "files", "path", "dir", "directory", "folder", "name", "id", "ids", "url", "uri", "endpoint", "host", "port",
        "length", "len", "size", "ttl", "expiry", "expiration", "expires", "timeout", "lifetime", "age", "type", "kind",
        "algorithm", "alg", "policy", "enabled", "disabled", "enable", "disable", "required", "min", "max", "count", "limit",
        "header", "field", "provider", "version", "sha", "sha1", "sha256", "sha512", "md5", "checksum", "digest", "sum",
        "fingerprint", "issuer", "audience", "method", "backend", "store", "manager", "rotation", "dummy", "region", "server",
        "format", "prefix", "suffix", "encoding", "prompt", "helper", "command", "cmd", "user", "username", "service", "stdin",
        "env", "var", "variable", "ref", "source", "mount", "volume", "title", "description", "parallelism", "mode", "rounds",
        "strength", "validation", "validator", "complexity", "attempts", "reset", "change", "hint", "label", "key_id", "sock",
        "location", "class", "plugin", "hasher", "hashers", "hashing", "script", "scripts", "template", "html", "page", "form", "rule", "rules", "driver",
        "handler", "generator", "check", "checker", "test", "callback", "domain", "cost", "iterations", "salt_length", "entropy", "alias", "index", "table",
        "column", "schema", "bucket", "namespace", "group", "role", "status", "state", "message", "error", "icon", "color", "regex", "pattern", "delimiter", "separator", "vocab", "limits", "scope", "scopes",
    }
)  # fmt: skip
# Such a word anywhere shows the same.
_ANYWHERE = frozenset(
    {
        "public", "pub", "tokenizer", "tokenizers", "tokenize", "max", "min", "num", "allow", "random", "generate", "disable",
        "disabled", "enable", "enabled", "require", "no", "without", "has", "use", "is", "skip", "ignore", "keyring", "dummy",
        "keyboard", "hash", "onetime", "through", "thru", "passthrough", "hasher", "hashers", "nopasswd", "rate", "counter", "encryption_type",
    }
)  # fmt: skip
_GLUED = lazy.compile(
    r"(?:password|passwd|passphrase|apikey|secret|token|passwort)s?$|^(?!.*(?:bypass|compass|trespass|overpass|underpass|surpass)$)[a-z]{2,}pass$|"
    r"^(?:masterauth|requirepass)$|"
    r"^(?:api|auth|access|activation|secret|private|master|shared|encrypt(?:ion)?|licen[cs]e|registration|enroll(?:ment)?|preauth|deploy|signing)keys?$"
)
# Every name of a secret contains one of these; this quickly rules out most names.
_HINT = lazy.compile(r"(?i)pass|pw|secret|token|cred|key|jwt|bearer|connectionstring|sas|pat|masterauth|mnemonic|psk")
_APART = lazy.compile(r"[^a-z0-9]+")
_CAMEL = lazy.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def words_of(name: str) -> list[str]:
    """The words of a name in lower case, without a trailing number (`PASSWORD2`)."""
    found = [word for word in _APART.split(_CAMEL.sub("_", name).lower()) if word]
    return [word if word in _ENDS else word.rstrip("0123456789") or word for word in found]


def names_secret(name: str) -> bool:
    """Whether `name` (of a variable, a label, an option) shows that its value is secret."""
    if len(name) > 200 or not _HINT.search(name):
        return False
    words = words_of(name)
    if not words or words[-1] in _ENDS or name.upper() in ("PWD", "OLDPWD"):
        return False
    if any(word in _ANYWHERE for word in words):
        return False
    if any(word in _WORDS for word in words) or _GLUED.search(words[-1]):
        return True
    if words[-1] == "pat" and len(words) > 1:
        # A personal access token: `GITHUB_PAT`.
        return True
    return any(a in BEFORE_KEY and b in ("key", "keys") for a, b in itertools.pairwise(words))


def names_password(name: str) -> bool:
    """Whether `name` shows that its value is a password, which may be short and simple."""
    words = words_of(name)
    return any(word in _PASSWORD_WORDS for word in words) or bool(words and words[-1].endswith(("password", "passwd")))


class Worth(Enum):
    """The worth of a value with a secret's name: nothing, a placeholder, a well-known default, or a secret."""

    NOTHING = 0
    PLACEHOLDER = 1
    DEFAULT = 2
    SECRET = 3


_VARIABLE = lazy.compile(
    r"\$\{?\w+(?::?[-+?=][^}]*)?\}?|%\w+%|\$\(.*\)|`.*`|\{\{.*\}\}|\$env:\w+|@\w+@|%[sdq](?:\\n)?|\$\[.*\]", re.DOTALL
)
_SWITCH = frozenset(
    ["true", "false", "yes", "no", "on", "off", "none", "null", "nil", "undefined", "unset", "notset", "enabled", "disabled", "required", "optional", "auto", "default", "env", "file", "prompt", "stdin", "string", "peer", "ident", "trust", "md5", "reject", "scram-sha-256", "interactive", "keyring"]
)  # fmt: skip
_PLACEHOLDER = lazy.compile(
    r"<[^>]*>|\[[^\]]*\]|x{3,}|\*+|\.{3,}|(?:your|my|insert|put|replace|enter)[-_ ].*|.*(?:placeholder|redacted|dummy|replace_?me|"
    r"fill_?me|_here|-here| here)\W*|todo|tbd|fixme|example|sample|fake|secret_?key_?base|not[-_ ]?(?:a[-_ ])?(?:real|needed|used).*",
    re.IGNORECASE,
)
_DEFAULTS = frozenset(
    ["password", "passwd", "pass", "secret", "admin", "root", "test", "guest", "default", "postgres", "mysql", "user", "letmein", "qwerty", "1234", "12345", "123456", "12345678", "123456789", "toor", "admin123", "password1", "password123", "pass123", "docker", "p@ssw0rd", "passw0rd", "foobar", "foo", "bar", "demo"]
)  # fmt: skip


# Words of a sentence: `Default password: see the manual`.
_PROSE = frozenset(
    ["see", "the", "a", "an", "is", "are", "was", "as", "ask", "asked", "use", "using", "set", "same", "shown", "given", "printed", "generated", "stored", "with", "from", "please", "check", "must", "should", "will"]
)  # fmt: skip
# Words that ask to be replaced.
_TO_CHANGE = lazy.compile(r"(?i)change[-_ ]?(?:me|it|this|in[-_ ]?production)\W*")
# A script's name, or a class with its package, which creates or checks a secret.
_PROGRAM = lazy.compile(
    r"[\w./-]+\.(?:sh|bash|py|rb|pl|js|ts|ps1|cmd|bat|exe|jar|html?|css)|(?:[a-z_][a-z0-9_]*\.){2,}[A-Z]\w*|bcrypt|argon2\w*|scrypt|pbkdf2\w*|scram-sha-\d+"
)

# An OpenPGP key's fingerprint, or several: `SWIFT_SIGNING_KEY=52BB7E3DE28A71BE22EC05FFEF80A866B47A981F`.
_FINGERPRINTS = lazy.compile(r"(?:0x)?[0-9A-F]{40}(?:[\s,;]+(?:0x)?[0-9A-F]{40})*")


def worth(name: str, value: str) -> Worth:
    """The worth of `value` to a thief, given that its `name` shows a secret."""
    value = value.strip().strip("\"'").strip()
    if not value or _VARIABLE.fullmatch(value) or value.lower() in _SWITCH or value in _PROSE:
        return Worth.NOTHING
    if _PLACEHOLDER.fullmatch(value) or "EXAMPLE" in value or _TO_CHANGE.fullmatch(value):
        return Worth.PLACEHOLDER
    if _PROGRAM.fullmatch(value):
        return Worth.NOTHING
    if _is_location(value) or (
        _FINGERPRINTS.fullmatch(value) and re.search(r"(?i)key", name) and not names_password(name)
    ):
        return Worth.NOTHING
    if words_of(name)[-1:] == ["pat"] and not re.fullmatch(r"[A-Za-z0-9_-]{16,}", value):
        # A pattern, not a token.
        return Worth.NOTHING
    if value.lower() in _DEFAULTS:
        return Worth.DEFAULT
    if re.fullmatch(r"\d{1,6}(?:\.\d+)?(?:s|m|h|d|ms|kb|mb)?", value) and not names_password(name):
        return Worth.NOTHING
    return Worth.SECRET


def _is_location(value: str) -> bool:
    if re.fullmatch(r"(?:/[\w.@${}-]+){2,}/?|~?/[\w./-]*\.\w{1,5}|[A-Za-z]:[\\/].*|\.{1,2}/.*|~/.*", value):
        return True
    return bool(
        re.match(r"(?:https?|file|ssh|git|tcp|unix|vault|arn|secretsmanager|projects)[:/]", value)
    ) and not re.match(r"[a-z]+://[^/@\s]+:[^/@\s]+@", value)
