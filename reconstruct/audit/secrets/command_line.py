"""Secrets handed to programs on their command line, or written to files of credentials."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from reconstruct.audit.commands import Command
from reconstruct.audit.secrets.names import Worth, names_secret, worth


@dataclass(frozen=True, slots=True)
class Handed:
    """A secret on a command line. `kind`: `flag`, `variable`, `login file` or `account`; `what` for people."""

    kind: str
    what: str
    secret: str
    worth: Worth = Worth.SECRET


# program → short options whose value, glued or apart, is a password
_SHORT = {
    "docker": ("-p",), "podman": ("-p",), "buildah": ("-p",), "skopeo": ("-p",), "sshpass": ("-p",), "az": ("-p",),
    "twine": ("-p",), "unzip": ("-P",), "redis-cli": ("-a",), "mongo": ("-p",), "mongosh": ("-p",), "oc": ("-p",),
    "mongodump": ("-p",), "mongorestore": ("-p",), "sqlcmd": ("-P",), "isql": ("-P",), "ldapsearch": ("-w",),
    "ldapadd": ("-w",), "ldapmodify": ("-w",), "cqlsh": ("-p",), "arangosh": (), "influx": (), "jf": (), "jfrog": (),
    "mysql": ("-p",), "mysqladmin": ("-p",), "mysqldump": ("-p",), "mariadb": ("-p",), "mariadb-admin": ("-p",),
    "useradd": ("-p",), "usermod": ("-p",),
}  # fmt: skip
# Those whose value can only be glued to the option (`-psecret`; `-p name` asks).
_GLUED_ONLY = frozenset({"mysql", "mysqladmin", "mysqldump", "mariadb", "mariadb-admin"})
_USER_AND_PASSWORD = frozenset({"-u", "--user", "-U", "--proxy-user"})
# Options that say what a password is not, or whether there is one.
_NO_VALUE = re.compile(
    r"--?(?:no|without|with|enable|disable|disabled|allow|skip|ask|prompt|use|change)-.*|.*-(?:stdin|file|prompt)"
)
_HEADER = re.compile(
    r"(?i)(?:(?:proxy-)?authorization:\s*(?:bearer|basic|token|negotiate|apikey)?\s*|(?:x-)?[\w-]*(?:token|api-?key|secret|password)"
    r"[\w-]*:\s*)(?P<secret>\S{6,})"
)
_SQL = re.compile(
    r"(?i)\b(?:identified\s+(?:with\s+\S+\s+)?by|(?:with\s+|encrypted\s+)?password\s*(?:=|\()?)\s*\\?(['\"])(?P<secret>[^'\"\\]{1,200})\\?\1"
)
_PASS_PREFIX = re.compile(r"pass:(?P<secret>.+)", re.DOTALL)
_PAIR = re.compile(
    r"(?:^|[\s\"'{,;&?])(?:export\s+)?[\"']?(?P<name>[A-Za-z_][\w.-]{1,60})[\"']?\s*(?:=|:\s)\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"',;&|}]+)"
)
_LOGIN_FILE = re.compile(
    r"(?:^|/)(?:\.netrc|_netrc|\.npmrc|\.pypirc|\.git-credentials|\.pgpass|\.my\.cnf|\.htpasswd|\.docker/config\.json|\.dockercfg|"
    r"\.aws/credentials|\.aws/config|\.s3cfg|\.boto|\.m2/settings\.xml|settings-security\.xml|\.gem/credentials|\.cargo/credentials"
    r"(?:\.toml)?|\.composer/auth\.json|auth\.json|\.config/gh/hosts\.yml|\.kube/config|\.yarnrc(?:\.yml)?|pip\.conf|\.pip/pip\.conf|"
    r"NuGet\.Config|\.env(?:\.\w+)?|id_(?:rsa|dsa|ecdsa|ed25519)|\.vault-token|\.terraformrc|credentials\.json|\.smbcredentials)$",
    re.IGNORECASE,
)


def is_login_file(path: str) -> bool:
    """Whether programs keep credentials in a file of this name."""
    return bool(_LOGIN_FILE.search(path.replace("\\", "/")))


def handed(command: Command, feeding: str) -> Iterator[Handed]:
    """The secrets in one command. `feeding` is the text that its pipeline gives it (what `echo` in front writes)."""
    for name, value in command.assignments:
        yield from _named(name, value, "variable", name)
    words = command.arguments
    if command.name in ("export", "set", "setx", "declare", "local", "readonly", "typeset"):
        for word in words:
            name, equals, value = word.partition("=")
            if equals:
                yield from _named(name, value, "variable", name)
    if command.name == "setx" and len(words) >= 2:
        yield from _named(words[0], words[1], "variable", words[0])
    yield from _flags(command)
    yield from _by_program(command, feeding)
    yield from _written(command)


def _named(name: str, value: str, kind: str, what: str) -> Iterator[Handed]:
    if names_secret(name) and not _is_dynamic(value):
        found = worth(name, value)
        if found is not Worth.NOTHING:
            yield Handed(kind, what, value.strip("\"'"), found)


def _is_dynamic(value: str) -> bool:
    """Whether a value is made from variables or commands, so that it is not in the text."""
    return bool(re.search(r"\$[\w{(@]|`|%\w+%|\{\{", value))


def _flags(command: Command) -> Iterator[Handed]:
    words = command.words
    if command.name in ("echo", "printf", "grep", "sed", "awk"):
        return
    for position, word in enumerate(words):
        if not word.startswith("-") or len(word) < 3 or word.startswith("---") or position == 0:
            continue
        name, equals, value = word.partition("=")
        if not equals and not word.startswith("--") and ":" in word:
            name, equals, value = word.partition(":")
        switch = _NO_VALUE.fullmatch(name.lower()) and not (equals and name.startswith("--with-"))
        if switch or not names_secret(name.lstrip("-").removeprefix("D")):
            continue
        if not equals:
            value = words[position + 1] if position + 1 < len(words) else ""
            if value.startswith("-"):
                continue
        yield from _named(name.lstrip("-").removeprefix("D"), value, "flag", f"{command.name} {name}")


def _by_program(command: Command, feeding: str) -> Iterator[Handed]:
    name, words = command.name, command.arguments
    if name in ("curl", "wget", "http", "https"):
        yield from _web(command)
    for option in _SHORT.get(name, ()):
        if name in ("docker", "podman", "buildah", "skopeo", "oc", "az") and "login" not in words:
            continue
        kind = "account" if name in ("useradd", "usermod") else "flag"
        for value in _option_values(words, option, glued_only=name in _GLUED_ONLY):
            yield from _plain(kind, f"{name} {option}", value)
    if name in ("useradd", "usermod"):
        for value in _option_values(words, "--password", glued_only=False):
            yield from _plain("account", f"{name} --password", value)
    if name == "chpasswd" and feeding:
        for line in feeding.replace("\\n", "\n").splitlines():
            user, colon, value = line.strip().partition(":")
            if colon and user:
                yield from _plain("account", f"chpasswd for {user[:40]}", value)
    if name == "passwd" and feeding and not _is_dynamic(feeding):
        first = re.split(r"\\n|\s", feeding.strip(), maxsplit=1)[0]
        yield from _plain("account", "passwd", first)
    if "--password-stdin" in words and feeding.strip():
        yield from _plain("flag", f"{name} --password-stdin", feeding.strip())
    if name in ("openssl", "mkpasswd") and (name == "mkpasswd" or words[:1] == ("passwd",)):
        yield from _hashed(command, feeding)
    if name == "net" and words[:1] == ("user",) and len(words) >= 3 and not words[2].startswith("/"):
        yield from _plain("account", "net user", words[2])
    if name == "convertto-securestring":
        for word in words:
            if not word.startswith("-") and not word.startswith("$"):
                yield from _plain("flag", "ConvertTo-SecureString", word)
                break
    if name == "mysqladmin" and "password" in words:
        yield from _after(words, "password", "mysqladmin password")
    if name in ("mysql", "mariadb", "psql", "sqlite3", "mongo", "mongosh", "sqlcmd"):
        for word in (*words, feeding, command.body):
            for match in _SQL.finditer(word):
                yield from _plain("flag", "a password in SQL", match["secret"])
    elif feeding == "" and name in ("echo", "printf"):
        for word in words:
            for match in _SQL.finditer(word):
                if re.search(r"(?i)identified|create\s+(?:user|role)|alter\s+(?:user|role)", word):
                    yield from _plain("flag", "a password in SQL", match["secret"])
    if name == "openssl" or name == "keytool":
        for word in words:
            match_ = _PASS_PREFIX.fullmatch(word)
            if match_:
                yield from _plain("flag", f"{name} pass:", match_["secret"])
    if name == "vault" and "login" in words:
        for word in words:
            if word.startswith("token=") or re.match(r"(?:hv)?s\.\w{20,}", word):
                yield from _plain("flag", "vault login", word.removeprefix("token="))
    if name == "cmdkey":
        for word in words:
            if word.lower().startswith("/pass:"):
                yield from _plain("flag", "cmdkey /pass", word[6:])
    if name == "htpasswd" and any(re.fullmatch(r"-[a-zA-Z0-9]*b[a-zA-Z0-9]*", word) for word in words):
        operands = command.operands()
        if len(operands) >= 2:
            yield from _plain("account", "htpasswd -b", operands[-1])
    if name in ("7z", "7za", "rar", "unrar"):
        for word in words:
            if word.startswith("-p") and len(word) > 2:
                yield from _plain("flag", f"{name} -p", word[2:])
    yield from _settings(command)


def _hashed(command: Command, feeding: str) -> Iterator[Handed]:
    """The password that `openssl passwd` or `mkpasswd` is given to hash: its last operand, or its input."""
    what = "openssl passwd" if command.name == "openssl" else "mkpasswd"
    operands = [
        word
        for before, word in itertools.pairwise(command.words)
        if not word.startswith("-") and before not in ("-salt", "-S", "--salt", "-m", "--method", "-R", "-in")
    ]
    if command.name == "openssl":
        operands = operands[1:]
    if operands:
        yield from _plain("account", what, operands[0])
    elif feeding.strip():
        yield from _plain("account", what, feeding.strip())


def _web(command: Command) -> Iterator[Handed]:
    words = command.arguments
    for position, word in enumerate(words):
        option, equals, glued = word.partition("=")
        value = glued if equals else (words[position + 1] if position + 1 < len(words) else "")
        if command.name == "curl" and (
            word in _USER_AND_PASSWORD
            or re.fullmatch(r"-[fgiIjklLNqRsSv#]+u", word)
            or (equals and option in _USER_AND_PASSWORD)
        ):
            yield from _user_password(value)
        elif command.name == "curl" and re.fullmatch(r"-u[^-\s].*:.+", word):
            yield from _user_password(word[2:])
        elif option in ("-H", "--header") or (word.startswith("-H") and len(word) > 2):
            match = _HEADER.match(word[2:] if word.startswith("-H") and len(word) > 2 else value)
            if match:
                yield from _plain("flag", f"{command.name} {option[:8]}", match["secret"])


def _user_password(value: str) -> Iterator[Handed]:
    user, colon, password = value.partition(":")
    if colon:
        yield from _plain("flag", f"curl -u {user[:40]}:", password)


def _settings(command: Command) -> Iterator[Handed]:
    """`npm config set KEY VALUE`, `composer config …`, `aws configure set …`, `git config …`, `pip config set …`."""
    words = command.arguments
    if command.name in (
        "npm",
        "yarn",
        "pnpm",
        "pip",
        "pip3",
        "aws",
        "git",
        "composer",
        "poetry",
        "bundle",
        "nuget",
        "helm",
        "conan",
    ):
        for position, word in enumerate(words):
            key, equals, value = word.partition("=")
            if not equals:
                value = words[position + 1] if position + 1 < len(words) else ""
            last = key.rsplit(":", 1)[-1].rsplit(".", 1)[-1]
            if key.startswith("-") or not any(verb in words for verb in ("config", "configure", "set")):
                continue
            forge = (
                re.match(r"(?:github-oauth|gitlab-oauth|gitlab-token|bearer)\.", key)
                if command.name == "composer"
                else None
            )
            named = names_secret(last) or forge or last in ("_auth", "_authToken")
            if named and value and not value.startswith("-"):
                yield from _plain("flag", f"{command.name} {key[:60]}", value)
    if command.name == "composer" and any("http-basic" in word for word in words):
        yield from _plain("flag", "composer http-basic", words[-1])


def _written(command: Command) -> Iterator[Handed]:
    """`echo` and `cat` into a file: credentials in a login file, `NAME=secret` in any other."""
    target = next((target for operator, target in command.redirects if ">" in operator and target), "")
    if command.name in ("set-content", "add-content", "out-file"):
        target = target or next((word for word in command.operands()), "")
    if (
        command.name not in ("echo", "printf", "cat", "tee", "set-content", "add-content", "out-file")
        and not command.body
    ):
        return
    text = "\n".join([*(command.arguments if command.name != "cat" else ()), command.body])
    if target and is_login_file(target) and not _is_dynamic(text) and len(text.strip()) > 3:
        secret = _login_secret(text, target)
        if secret:
            yield Handed("login file", target, secret)
            return
    text = text.replace("\\n", "\n").replace('\\"', '"')
    for match in _PAIR.finditer(text[:20_000]):
        yield from _named(match["name"], match["value"], "variable", match["name"])


_NETRC = re.compile(r"\bpassword\s+(?P<secret>\S+)")
_IN_LOGIN_FILE = re.compile(
    r"(?i)(?:_?auth(?:token)?|_?password|passwd|pass|secret\w*|token|aws_secret_access_key|key)[\"']?\s*[=:>]\s*[\"']?(?P<secret>[^\s\"'<]{4,})"
)


def _login_secret(text: str, target: str) -> str:
    for pattern in (_NETRC, _IN_LOGIN_FILE):
        match = pattern.search(text.replace("\\n", "\n"))
        if match:
            return match["secret"]
    if not target.endswith(("pgpass", "htpasswd", "git-credentials")):
        return ""
    # `host:port:db:user:password` and `user:hash`.
    match = re.search(
        r"^\s*[^\s:]+(?::[^\s:]+){0,3}:(?P<secret>[^\s:]{4,})\s*$", text.replace("\\n", "\n"), re.MULTILINE
    )
    return match["secret"] if match else ""


def _option_values(words: tuple[str, ...], option: str, *, glued_only: bool) -> Iterator[str]:
    for position, word in enumerate(words):
        if word == option:
            if not glued_only and position + 1 < len(words):
                yield words[position + 1]
        elif word.startswith(option) and not word.startswith("--") and len(word) > len(option):
            yield word[len(option) :].removeprefix("=")
        elif option.startswith("--") and word.startswith(option + "="):
            yield word[len(option) + 1 :]


def _after(words: tuple[str, ...], verb: str, what: str) -> Iterator[Handed]:
    position = words.index(verb)
    if position + 1 < len(words):
        yield from _plain("flag", what, words[position + 1])


def _plain(kind: str, what: str, value: str) -> Iterator[Handed]:
    """A value whose place says that it is a password."""
    value = value.strip("\"'")
    if value and not value.startswith("-") and not _is_dynamic(value) and not value.startswith(("/", "@", "%")):
        found = worth("password", value)
        if found is not Worth.NOTHING:
            yield Handed(kind, what, value, found)
