"""Secrets passed to programs on their command line, or written to credentials files."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.secrets.feeding import printed
from reconstruct.audit.secrets.inside import inside, is_dynamic
from reconstruct.audit.secrets.names import Worth, names_secret, worth
from reconstruct.audit.secrets.tokens import EXAMPLE_HOST
from reconstruct.audit.shell import Command
from reconstruct.audit.shell.sed import put_in
from reconstruct.record import dataclass, replace


@dataclass(frozen=True)
class Handed:
    """A secret on a command line. `kind`: `flag`, `variable`, `login file`, `account` or `key`; `what` for people; `at` is where it
    is given, in the command's own words, if `what` isn't that."""

    kind: str
    what: str
    secret: str
    worth: Worth = Worth.SECRET
    at: str = ""


# program → short options whose value, attached or separate, is a password
_SHORT = {
    "docker": ("-p",), "podman": ("-p",), "buildah": ("-p",), "skopeo": ("-p",), "sshpass": ("-p",), "az": ("-p",),
    "twine": ("-p",), "unzip": ("-P",), "redis-cli": ("-a",), "mongo": ("-p",), "mongosh": ("-p",), "oc": ("-p",),
    "mongodump": ("-p",), "mongorestore": ("-p",), "sqlcmd": ("-P",), "isql": ("-P",), "zip": ("-P",), "choco": ("-p",), "cf": ("-p",), "codecov": ("-t",), "ssh-keygen": ("-N",), "slappasswd": ("-s",), "ldapsearch": ("-w",),
    "ldapadd": ("-w",), "ldapmodify": ("-w",), "cqlsh": ("-p",), "arangosh": (), "influx": ("-p",), "rabbitmqadmin": ("-p",), "conan": ("-p", "--password"), "ldappasswd": ("-s", "-w"), "jf": (), "jfrog": (),
    "mysql": ("-p",), "mysqladmin": ("-p",), "mysqldump": ("-p",), "mariadb": ("-p",), "mariadb-admin": ("-p",),
    "useradd": ("-p",), "usermod": ("-p",), "dotnet": ("-p",), "smbclient": (), "svn": (), "kinit": (), "vncpasswd": (), "tsm": ("-p",), "poetry": ("-p",), "net-snmp-create-v3-user": ("-A", "-X"), "mosquitto_passwd": (),
}  # fmt: skip
# Those whose value must be attached to the option (`-psecret`; `-p name` prompts).
_GLUED_ONLY = frozenset({"mysql", "mysqladmin", "mysqldump", "mariadb", "mariadb-admin"})
_DATA = frozenset({"-d", "--data", "--data-raw", "--data-binary", "--data-urlencode", "--json", "-F", "--form"})
_POSTED = frozenset({"--post-data", "--body-data"})
_USER_AND_PASSWORD = frozenset({"-u", "--user", "-U", "--proxy-user"})
# Options about passwords whose value isn't one.
_NO_VALUE = lazy.compile(
    r"--?(?:no|without|with|enable|disable|disabled|allow|skip|ask|prompt|use|change)-.*|.*-(?:stdin|file|prompt)"
)
_HEADER = lazy.compile(
    r"(?i)(?:(?:proxy-)?authorization:\s*(?:bearer|basic|token|negotiate|apikey)?\s*|(?:x-)?[\w-]*(?:token|(?:api|auth|access)-?key|art-api|secret|password)"
    r"[\w-]*:\s*|cookie:\s*(?:[^;\s]+;\s*)*[\w-]*(?:token|session|sid|auth)[\w-]*=)(?P<secret>(?!(?:bearer|basic|token|negotiate|apikey)(?:\s|$))\S{6,})"
)
_SQL = lazy.compile(
    r"(?i)\b(?:identified\s+(?:with\s+\S+\s+)?by|(?:with\s+|encrypted\s+)?password\s*(?:=|\()?)\s*\\?(['\"])(?P<secret>[^'\"\\]{1,200})\\?\1"
)
_PASS_PREFIX = lazy.compile(r"pass:(?P<secret>.+)", re.DOTALL)
_PAIR = lazy.compile(
    r"(?:^|[\s\"'{(,;&?.])(?:export\s+)?[\"']?(?P<name>[A-Za-z_][\w.-]{1,60})[\"']?\s*(?:=|:(?=[\s\"']))\s*(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"',;&|}]+)"
)
_LOGIN_FILE = lazy.compile(
    r"(?:^|/)(?:\.netrc|_netrc|\.npmrc|\.pypirc|\.git-credentials|\.pgpass|\.my\.cnf|\.htpasswd|\.docker/config\.json|\.dockercfg|"
    r"\.aws/credentials|\.aws/config|\.s3cfg|\.boto|\.m2/settings\.xml|settings-security\.xml|\.gem/credentials|\.cargo/credentials"
    r"(?:\.toml)?|etc/apt/auth\.conf(?:\.d/[\w.-]+)?|\.composer/auth\.json|auth\.json|\.config/gh/hosts\.yml|\.kube/config|\.yarnrc(?:\.yml)?|pip\.conf|\.pip/pip\.conf|"
    r"NuGet\.Config|\.env(?:\.\w+)?|id_(?:rsa|dsa|ecdsa|ed25519)|\.vault-token|\.terraformrc|credentials\.json|\.smbcredentials)$",
    re.IGNORECASE,
)


def is_login_file(path: str) -> bool:
    """Whether programs store credentials in a file of this name."""
    return bool(_LOGIN_FILE.search(path.replace("\\", "/")))


# Every secret on a command line has a word that names one, or a program that takes one without a name.
_MAY_NAME = lazy.compile(r"(?i)pass|pw|secret|token|cred|key|jwt|bearer|connectionstring|sas|pat\b|auth|identified")
# What it matches has one of these, in text of ASCII.
_NAMING = (
    "pass",
    "pw",
    "secret",
    "token",
    "cred",
    "key",
    "jwt",
    "bearer",
    "connectionstring",
    "sas",
    "pat",
    "auth",
    "identified",
)
_EXPORTING = frozenset({"export", "set", "setx", "declare", "local", "readonly", "typeset"})
_QUOTING = frozenset(
    {
        "echo",
        "printf",
        "grep",
        "egrep",
        "sed",
        "awk",
        "gawk",
        "perl",
        "test",
        "[",
        "[[",
        "case",
        "sort",
        "cut",
        "tr",
        "find",
        "rm",
        "ls",
        "cat",
    }
)
_WRITERS = frozenset({"echo", "printf", "cat", "tee", "set-content", "add-content", "out-file"})


def may_name(text: str) -> bool:
    """Whether a command's text has a word that names a secret."""
    if text.isascii() and not any(map(text.lower().__contains__, _NAMING)):
        return False
    return _MAY_NAME.search(text) is not None


def handed(command: Command, feeding: str) -> Iterator[Handed]:
    """The secrets in one command. `feeding` is its input from the pipeline (what a preceding `echo` writes)."""
    name = command.name
    for variable, value in command.assignments:
        yield from _variable(variable, value)
    for other, value in command.redirects:
        if other == "<<<" and name not in _WRITERS and name not in _FED and "=" in value:
            yield from _pairs(value)
    if not command.words:
        return
    told = _BY_PROGRAM.get(name)
    if told is not None:
        yield from told(command, feeding)
    if "--password-stdin" in command.words and feeding.strip():
        yield from _plain("flag", f"{name} --password-stdin", feeding.strip())
    if name in _WRITERS or command.body:
        yield from _written(command, feeding)
    if name in _QUOTING:
        return
    text = " ".join(command.words)
    if may_name(text):
        yield from _options(command)
        yield from _by_verb(command)
        yield from _in_code(command)
        yield from _fed_secret(command, feeding)
        if name not in _SETTERS:
            yield from _settings(command)
    if "-p" in command.words:
        yield from _user_then_password(command)
    if "--user" in text or "--creds" in text:
        yield from _user_with_password(command)


def _user_with_password(command: Command) -> Iterator[Handed]:
    """`--user NAME:PASSWORD` of any program: what is behind the colon is no group."""
    if command.name in _BY_PROGRAM:
        return
    for option in ("--user", "--creds"):
        match = re.fullmatch(r"[\w.@-]{1,80}:(?P<secret>\S{6,200})", command.option(option) or "")
        if match and re.search(r"[A-Za-z]", match["secret"]) and re.search(r"[^a-z_-]", match["secret"]):
            yield from _plain("flag", f"{command.name} {option}", match["secret"])


def _by_verb(command: Command) -> Iterator[Handed]:
    """`reset-admin-password PASSWORD`, `set-agent-token default TOKEN`: the last operand behind such a verb."""
    words = command.operands()
    at = next((index for index, word in enumerate(words) if _SETS.fullmatch(word)), None)
    if at is not None and len(words) > at + 1 and command.name not in _BY_PROGRAM:
        yield from _plain("flag", f"{command.name} {words[at]}", words[-1])


_SETS = lazy.compile(r"(?:set|reset|change|update)(?:[-_][a-z]+)*[-_]?(?:password|passwd|token|secret)")


def _user_then_password(command: Command) -> Iterator[Handed]:
    """`-u NAME -p PASSWORD` of any program: what follows is neither a port nor a path."""
    user = command.option("-u", "--user", "--username", "-U")
    if user is None or user.isdigit() or command.name in _SHORT:
        return
    for value in _option_values(command.arguments, "-p", glued_only=False):
        if re.fullmatch(r"[^\s:/\\.,]{6,100}", value) and re.search(r"[^a-z_-]", value) and not value.isdigit():
            yield from _plain("flag", f"{command.name} -p", value)


def _in_code(command: Command) -> Iterator[Handed]:
    """A secret in a program's text among the arguments: `password: 'x'`, `create_superuser('a', 'b', 'x')`, SQL."""
    for word in command.arguments:
        if not may_name(word) or not (" " in word or "(" in word or "=" in word):
            continue
        if "'" in word or '"' in word:
            yield from _pairs(word[:20_000])
            for match in _MADE.finditer(word[:20_000]):
                yield from _plain("account", match["call"], match["secret"])
        if _STATEMENT.search(word) and command.name not in _BY_PROGRAM:
            yield from _in_sql(word)


_MADE = lazy.compile(
    r"(?P<call>create_superuser|create_user|set_password)\((?:[^()]{0,200},)?\s*['\"](?P<secret>[^'\"]{4,100})['\"]\s*\)"
)
_STATEMENT = lazy.compile(r"(?i)\b(?:create|alter)\s+(?:user|role|login)\b")


def _fed_secret(command: Command, feeding: str) -> Iterator[Handed]:
    """A single word that is fed to a command that names a secret: `echo x | keystore add bootstrap.password`."""
    word = feeding.strip()
    if re.fullmatch(r"\S{6,200}", word) and not is_dynamic(word) and command.name not in _FED:
        named = next((name for name in command.operands() if names_secret(name)), "")
        if named:
            yield from _plain("flag", f"{command.name} {named[:60]}", word)


def handed_to_file(command: Command, writer: Command) -> Iterator[Handed]:
    """`--password-file <(echo SECRET)`: the text that `writer` prints into the file in an option of `command`."""
    for option, value in itertools.pairwise(command.words):
        if value.startswith("<(") and _MAY_NAME.search(option) and option.startswith("-"):
            yield from _plain("flag", f"{command.name} {option}", printed(writer))


def _named(name: str, value: str, kind: str, what: str) -> Iterator[Handed]:
    if names_secret(name) and not is_dynamic(value):
        found = worth(name, value)
        if found is not Worth.NOTHING:
            yield Handed(kind, what, value.strip("\"'"), found)


def _variable(name: str, value: str) -> Iterator[Handed]:
    """A variable passed to a command or exported: its value, or the secret inside it."""
    found = list(_named(name, value, "variable", name))
    yield from found
    if not found and len(value) > 3 and (within := inside(name, value)) and not is_dynamic(within[0]):
        yield Handed("variable", name, *within)


def _options(command: Command) -> Iterator[Handed]:
    """`--password x`, `-Dname=x`, `NAME=x` and `--set name=x` among a command's words."""
    words = command.words
    exports = command.name in _EXPORTING
    for position in range(1, len(words)):
        word = words[position]
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            if equals and "," in value and "=" in value and _MAY_NAME.search(value):
                yield from _pairs(word)
            elif equals and exports and _IDENTIFIER.fullmatch(name):
                yield from _variable(name, value)
            elif equals and _IDENTIFIER.fullmatch(name):
                yield from _named(name.rsplit(".", 1)[-1] if "." in name else name, value, "variable", name)
            elif "," in word and equals:
                yield from _pairs(word)
            continue
        if len(word) < 3 or word.startswith("---") or exports:
            continue
        if not equals and not word.startswith("--") and ":" in word:
            name, equals, value = word.partition(":")
        if equals and "=" in value and (inner := _INNER.match(value)):
            yield from _named(inner["name"], inner["value"], "flag", f"{command.name} {name}={inner['name']}")
        switch = _NO_VALUE.fullmatch(name.lower()) and not (equals and name.startswith("--with-"))
        bare = name.lstrip("-").removeprefix("D")
        if switch or not names_secret(bare):
            continue
        if not equals:
            value = words[position + 1] if position + 1 < len(words) else ""
            if value.startswith("-"):
                continue
        yield from _named(bare, value, "flag", f"{command.name} {name}")


_IDENTIFIER = lazy.compile(r"[A-Za-z_][\w.-]{0,80}")
_INNER = lazy.compile(r"(?P<name>[A-Za-z_][\w.-]{0,80})=(?P<value>[^=].*)", re.DOTALL)


def _login(command: Command, feeding: str) -> Iterator[Handed]:
    """`docker login -p`, `oc login -p`, `az login -p`, `skopeo login -p`."""
    if "login" in command.words:
        yield from _short(command, feeding)


def _short(command: Command, feeding: str) -> Iterator[Handed]:
    name = command.name
    for option in _SHORT.get(name, ()):
        for value in _option_values(command.arguments, option, glued_only=name in _GLUED_ONLY):
            yield from _plain("flag", f"{name} {option}", value)


def _account(command: Command, feeding: str) -> Iterator[Handed]:
    if command.name == "adduser":
        yield from _typed(command, feeding)
    for option in ("-p", "--password"):
        for value in _option_values(command.arguments, option, glued_only=False):
            yield from _plain("account", f"{command.name} {option}", value)


def _chpasswd(command: Command, feeding: str) -> Iterator[Handed]:
    for line in feeding.replace("\\n", "\n").splitlines():
        user, colon, value = line.strip().partition(":")
        if colon and user:
            yield from _plain("account", f"chpasswd for {user[:40]}", value, f"chpasswd {user}")


def _passwd(command: Command, feeding: str) -> Iterator[Handed]:
    if feeding.strip() and not is_dynamic(feeding):
        yield from _plain("account", "passwd", re.split(r"\\n|\s", feeding.strip(), maxsplit=1)[0])


def _typed(command: Command, feeding: str) -> Iterator[Handed]:
    """A password entered twice for a program that prompts: `printf 'x\\nx\\n' | smbpasswd -a -s user`, `yes x | adduser`."""
    lines = feeding.replace("\\n", "\n").split("\n") if not is_dynamic(feeding) else []
    lines = [line.strip() for line in lines if line.strip()]
    again = len(lines) > 1 and lines[0] == lines[1]
    if lines and (again or len(lines) == 1) and re.fullmatch(r"\S{6,100}", lines[0]):
        yield from _plain("account", command.name, lines[0])


def _add_user(command: Command, feeding: str) -> Iterator[Handed]:
    """JBoss' `add-user.sh NAME PASSWORD`."""
    words = command.operands()
    if len(words) > 1:
        yield from _plain("account", command.name, words[1])


def _prompted(command: Command, feeding: str) -> Iterator[Handed]:
    """A password fed to a program that asks for one: `kinit NAME <<< PASSWORD`."""
    if re.fullmatch(r"\S{6,100}", feeding.strip()) and not is_dynamic(feeding):
        yield from _plain("account", command.name, feeding.strip())


def _store(command: Command, feeding: str) -> Iterator[Handed]:
    """`mc alias set NAME URL ACCESS SECRET`."""
    words = command.operands()
    if words[:2] in (("alias", "set"), ("config", "host")) and len(words) > 5:
        yield from _plain("flag", f"mc {words[0]} {words[1]}", words[-1])


def _net(command: Command, feeding: str) -> Iterator[Handed]:
    words = command.arguments
    if words[:1] == ("user",) and len(words) >= 3 and not words[2].startswith("/"):
        yield from _plain("account", "net user", words[2])
    if words[:1] == ("use",) and any(word.lower().startswith("/user:") for word in words):
        plain = [word for word in words[1:] if not re.match(r"/|\\|[A-Za-z*]:?$", word)]
        for word in plain[:1]:
            yield from _plain("flag", "net use", word)


def _registry(command: Command, feeding: str) -> Iterator[Handed]:
    """`reg add KEY /v NAME /d VALUE`."""
    words = {word.lower(): value for word, value in itertools.pairwise(command.arguments)}
    if "/v" in words and "/d" in words:
        yield from _named(words["/v"], words["/d"], "variable", f"reg add {words['/v'][:60]}")


def _secure_string(command: Command, feeding: str) -> Iterator[Handed]:
    value = next((word for word in command.arguments if not word.startswith(("-", "$"))), "")
    yield from _plain("flag", "ConvertTo-SecureString", value)


def _sql(command: Command, feeding: str) -> Iterator[Handed]:
    yield from _short(command, feeding)
    words = command.arguments
    if command.name in ("mysqladmin", "mariadb-admin") and "password" in words:
        yield from _after(words, "password", "mysqladmin password")
    for word in (*words, feeding, command.body):
        yield from _in_sql(word)
        if command.name.startswith("mongo"):
            for match in _MONGO.finditer(word):
                yield from _plain("flag", "a password in a script", match["secret"], command.name)


_MONGO = lazy.compile(r"\b(?:pwd|password)['\"]?\s*:\s*['\"](?P<secret>[^'\"]{1,100})['\"]")


def _sqlplus(command: Command, feeding: str) -> Iterator[Handed]:
    for word in command.arguments:
        match = re.match(r"\w+/(?P<secret>[^@\s/$]{2,100})(?:@|$)", word)
        if match and not word.startswith(("-", "@")):
            yield from _plain("flag", f"{command.name} user/password", match["secret"], command.name)
            return


def _prefixed(command: Command, feeding: str) -> Iterator[Handed]:
    """`openssl … -passin pass:x` and `openssl passwd x`."""
    for word in command.arguments:
        match = _PASS_PREFIX.fullmatch(word)
        if match:
            yield from _plain("flag", f"{command.name} pass:", match["secret"])
    if command.arguments[:1] == ("passwd",):
        yield from _hashed(command, feeding)
    if command.arguments[:1] == ("enc",) and (value := command.option("-k")):
        yield from _plain("flag", "openssl enc -k", value)


# program → the words behind which it takes a token
_TOKEN_BEHIND = {
    "snyk": ("auth",), "cargo": ("login",), "pro": ("attach",), "ua": ("attach",), "ubuntu-advantage": ("attach",), "ngrok": ("authtoken", "add-authtoken"),
    "cloudflared": ("service install",), "wandb": ("login",), "infracost": ("set api_key",),
}  # fmt: skip


def _token_operand(command: Command, feeding: str) -> Iterator[Handed]:
    """`snyk auth TOKEN`, `cargo login TOKEN`, `pro attach TOKEN`."""
    operands = command.operands()
    for behind in _TOKEN_BEHIND.get(command.name, ()):
        words = tuple(behind.split())
        for at in range(len(operands) - len(words)):
            if operands[at : at + len(words)] == words:
                yield from _plain("flag", f"{command.name} {behind}", operands[at + len(words)])
    if command.name == "cargo":
        yield from _settings(command, feeding)


def _windows_task(command: Command, feeding: str) -> Iterator[Handed]:
    """`schtasks … /rp PASSWORD`, `sc config … password= PASSWORD`."""
    for option, value in itertools.pairwise(command.arguments):
        if option.lower() in ("/rp", "/p", "password="):
            yield from _plain("account", f"{command.name} {option}", value)


def _mosquitto(command: Command, feeding: str) -> Iterator[Handed]:
    if command.has("-b") and len(command.operands()) > 2:
        yield from _plain("account", "mosquitto_passwd -b", command.operands()[-1])


def _perl(command: Command, feeding: str) -> Iterator[Handed]:
    """`perl -pi -e 's/…/…/'`, which works as sed does."""
    if any(re.fullmatch(r"-[a-z0-9.]*p[a-z0-9.]*", word) for word in command.arguments):
        yield from _sed(command, feeding)


def _vault(command: Command, feeding: str) -> Iterator[Handed]:
    if "login" in command.words:
        for word in command.arguments:
            if word.startswith("token=") or re.match(r"(?:hv)?s\.\w{20,}", word):
                yield from _plain("flag", "vault login", word.removeprefix("token="))
    if (token := command.option("-dev-root-token-id", "--dev-root-token-id")) and token != "root":
        yield from _plain("flag", "vault -dev-root-token-id", token)


def _cmdkey(command: Command, feeding: str) -> Iterator[Handed]:
    for word in command.arguments:
        if word.lower().startswith("/pass:"):
            yield from _plain("flag", "cmdkey /pass", word[6:])


def _htpasswd(command: Command, feeding: str) -> Iterator[Handed]:
    if any(re.fullmatch(r"-[a-zA-Z0-9]*b[a-zA-Z0-9]*", word) for word in command.arguments):
        operands = command.operands()
        if len(operands) >= 2:
            yield from _plain("account", "htpasswd -b", operands[-1])


def _archive(command: Command, feeding: str) -> Iterator[Handed]:
    for word in command.arguments:
        if word.startswith("-p") and len(word) > 2:
            yield from _plain("flag", f"{command.name} -p", word[2:])


def _debconf(command: Command, feeding: str) -> Iterator[Handed]:
    """`package question password VALUE`, as input for debconf; a question may also name a password and take any text."""
    for line in feeding.replace("\\n", "\n").splitlines():
        match = re.match(r"\s*[\"']?\S+\s+(?P<question>\S+)\s+(?P<type>password|string|text)\s+(?P<secret>\S+)", line)
        if match and (match["type"] == "password" or names_secret(match["question"].rsplit("/", 1)[-1])):
            yield from _plain("account", f"debconf {match['question'][:60]}", match["secret"])


def _rabbitmq(command: Command, feeding: str) -> Iterator[Handed]:
    words = command.arguments
    for verb in ("add_user", "change_password", "authenticate_user"):
        if verb in words:
            operands = [word for word in words[words.index(verb) + 1 :] if not word.startswith("-")]
            if len(operands) >= 2:
                yield from _plain("account", f"rabbitmqctl {verb}", operands[1])


def _nuget(command: Command, feeding: str) -> Iterator[Handed]:
    words = command.arguments
    lower = tuple(word.lower() for word in words)
    if "setapikey" in lower:
        yield from _after(words, words[lower.index("setapikey")], "nuget setapikey")
    if "nuget" in (command.name, *lower) and "source" in " ".join(lower):
        for value in _option_values(words, "-p", glued_only=False):
            yield from _plain("flag", f"{command.name} -p", value)


def _poetry(command: Command, feeding: str) -> Iterator[Handed]:
    operands = command.operands()
    if operands[:1] == ("config",) and len(operands) > 2 and operands[1].startswith(("http-basic.", "pypi-token.")):
        yield from _plain("flag", f"poetry config {operands[1][:40]}", operands[-1])
    if "publish" in operands:
        yield from _short(command, feeding)
    yield from _settings(command, feeding)


def _redis(command: Command, feeding: str) -> Iterator[Handed]:
    yield from _short(command, feeding)
    lower = tuple(word.lower() for word in command.arguments)
    for word in ("requirepass", "masterauth"):
        if "config" in lower and word in lower:
            yield from _after(command.arguments, command.arguments[lower.index(word)], f"redis-cli {word}")


def _bundle(command: Command, feeding: str) -> Iterator[Handed]:
    operands = command.operands()
    if "config" in operands and (match := re.fullmatch(r"[\w.@-]+:([^\s:/]{4,})", operands[-1])):
        yield from _plain("flag", "bundle config", match.group(1))
    yield from _settings(command, feeding)


def _setx(command: Command, feeding: str) -> Iterator[Handed]:
    words = [word for word in command.arguments if not re.fullmatch(r"/[a-zA-Z]", word)]
    if len(words) >= 2:
        yield from _named(words[0], words[1], "variable", words[0])


def _user_and_password(command: Command, feeding: str) -> Iterator[Handed]:
    """`smbclient -U user%password`, `lftp -u user,password`."""
    mark = "," if command.name == "lftp" else "%"
    for option in ("-U", "--user", "-u"):
        value = command.option(option) or ""
        if mark in value:
            yield from _plain("flag", f"{command.name} {option}", value.partition(mark)[2])


def _expect(command: Command, feeding: str) -> Iterator[Handed]:
    text = "\n".join([*command.arguments, command.body])
    for match in re.finditer(r"(?i)assword[^\n;]{0,40}[;\n]\s*send\s+(?:--\s+)?[\"']([^\"'\\$]{3,100})\\[rn]", text):
        yield from _plain("account", "expect", match.group(1))


def _sed(command: Command, feeding: str) -> Iterator[Handed]:
    """The password that sed inserts: `s/password=.*/password=x/`, `s/@@PASSWORD@@/x/`."""
    for searched, put in put_in(command):
        found = list(_pairs(put)) or list(_directive(put.replace("\\1", "").strip() or put, searched))
        yield from found
        if not found and not is_dynamic(put):
            wanted = searched.strip("@{}<>_%[]^$ \\")
            if _IDENTIFIER.fullmatch(wanted) and names_secret(wanted) and re.fullmatch(r"[^\s=:\\&]{4,100}", put):
                yield from _named(wanted, put, "variable", wanted)


def _directive(text: str, searched: str = "") -> Iterator[Handed]:
    """A line of a configuration file with name and value separated by a blank: `requirepass x`."""
    for match in re.finditer(
        r"(?:^|\n|\\n)\s*(?P<name>[A-Za-z_][\w.-]{2,40})[ \t]+(?P<value>[^\s\"';]{4,100})\s*(?=$|\n|\\n)", text
    ):
        yield from _named(match["name"], match["value"], "variable", match["name"])
    if (
        searched
        and re.fullmatch(r"[^\s=:\\&$]{6,100}", text)
        and (name := re.search(r"\(?\^?#?\s*([A-Za-z_][\w-]{3,40})", searched))
    ):
        yield from _named(name.group(1), text, "variable", name.group(1))


def _base64(command: Command, feeding: str) -> Iterator[Handed]:
    """A private key decoded from base64."""
    if not any(re.fullmatch(r"-[a-zA-Z]*[dD][a-zA-Z]*|--decode", word) for word in command.arguments):
        return
    target = next(iter(command.outputs), "")
    text = feeding.strip()
    if re.fullmatch(r"[A-Za-z0-9+/\s]{24,}={0,2}", text) and (
        re.search(r"(?:^|/)id_[a-z0-9]+$|\.(?:key|ppk|p12|pfx|jks|keytab)$|private|privkey|\.netrc$", target)
    ):
        yield Handed("key", target, text)


def _hashed(command: Command, feeding: str) -> Iterator[Handed]:
    """The password that `openssl passwd` or `mkpasswd` hashes: its last operand, or its input."""
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
        if (command.name in ("http", "https") and option in ("-a", "--auth")) or (
            command.name == "curl"
            and (
                word in _USER_AND_PASSWORD
                or re.fullmatch(r"-[fgiIjklLNqRsSv#]+u", word)
                or (equals and option in _USER_AND_PASSWORD)
            )
        ):
            yield from _user_password(value, words)
        elif command.name == "curl" and re.fullmatch(r"-u[^-\s].*:.+", word):
            yield from _user_password(word[2:], words)
        elif option in (_DATA if command.name == "curl" else _POSTED):
            yield from _pairs(value)
        elif option in ("-H", "--header") or (word.startswith("-H") and len(word) > 2):
            match = _HEADER.match(word[2:] if word.startswith("-H") and len(word) > 2 else value)
            if match:
                yield from _plain("flag", f"{command.name} {option[:8]}", match["secret"])


# A host name is within this many characters of a URL.
_HOST = 300


def _user_password(value: str, words: tuple[str, ...]) -> Iterator[Handed]:
    user, colon, password = value.partition(":")
    if colon:
        for found in _plain("flag", f"curl -u {user[:40]}:", password):
            # `user:pass` at example.com is what documents show.
            example = found.worth is not Worth.SECRET and any(EXAMPLE_HOST.search(word[:_HOST]) for word in words)
            yield replace(found, worth=Worth.PLACEHOLDER) if example else found


def _settings(command: Command, feeding: str = "") -> Iterator[Handed]:
    """`npm config set KEY VALUE`, `composer config …`, `aws configure set …`, `git config …`, `pip config set …`."""
    words = command.arguments
    if any(verb in words for verb in ("config", "configure", "set", "--set", "setenv")):
        for position, word in enumerate(words):
            key, equals, value = word.partition("=")
            if key.startswith("-"):
                continue
            if not equals:
                value = words[position + 1] if position + 1 < len(words) else ""
            last = key.rsplit(":", 1)[-1].rsplit(".", 1)[-1]
            forge = command.name == "composer" and re.match(r"(?:github-oauth|gitlab-oauth|gitlab-token|bearer)\.", key)
            named = names_secret(last) or forge or last in ("_auth", "_authToken")
            if last.lower() == "extraheader" and (header := _HEADER.match(value)):
                yield from _plain("flag", f"{command.name} {key[:60]}", header["secret"])
            if named and value and not value.startswith("-"):
                yield from _plain("flag", f"{command.name} {key[:60]}", value)
    if command.name == "composer" and any("http-basic" in word for word in words):
        yield from _plain("flag", "composer http-basic", words[-1])


def _written(command: Command, feeding: str) -> Iterator[Handed]:
    """`echo` and `cat` into a file: credentials in a login file, `NAME=secret` in any other."""
    target = next((target for operator, target in command.redirects if ">" in operator and target), "")
    if command.name in ("set-content", "add-content", "out-file", "tee"):
        target = target or command.option("-Path", "-FilePath", "-path") or next(iter(command.operands()), "")
    strings = [target for operator, target in command.redirects if operator == "<<<"]
    own = command.arguments if command.name not in ("cat", "tee") else ()
    text = "\n".join([*own, command.body, *strings, feeding if command.name == "tee" else ""])
    if target and is_login_file(target) and not is_dynamic(text) and len(text.strip()) > 3:
        secret = _login_secret(text, target)
        if secret:
            yield Handed("login file", target, secret)
            return
    if re.search(r"/etc/(?:master\.passwd|g?shadow)$", target):
        for match in _SHADOW.finditer(text):
            yield Handed("account", f"a line of {target}", match["secret"], at=target)
    if target:
        base = re.split(r"[/\\]", target)[-1]
        words = [word for word in own if not re.fullmatch(r"-[neE]+", word)]
        named = base not in ("passwd", "shadow", "group") and names_secret(base.rsplit(".", 1)[0])
        if len(words) == 1 and re.fullmatch(r"\S{4,200}", words[0]) and named and "=" not in words[0]:
            yield from _named(base.rsplit(".", 1)[0], words[0], "variable", target)
        if re.search(r"\.(?:conf|cnf|cfg|ini|properties)$|rc$", target):
            yield from _directive("\n".join([*words, command.body, *strings]))
    if may_name(text):
        plain = text.replace("\\n", "\n").replace('\\"', '"')[:20_000]
        yield from _pairs(plain)
        if target:
            yield from _in_source(plain)
        if re.search(r"(?i)identified|create\s+(?:user|role)|alter\s+(?:user|role)", text):
            yield from _in_sql(text)


# A line of /etc/shadow with a hash.
_SHADOW = lazy.compile(r"(?:^|\n)[\w.-]+:(?P<secret>\$\w{1,8}\$[^:\s]{8,200}):")


def _pairs(text: str) -> Iterator[Handed]:
    """`NAME=secret` and `"name": "secret"` in a text, and a password inside such a value."""
    for match in _PAIR.finditer(text):
        # `NOPASSWD: ALL` is a permission, not a password.
        if match["name"] == "NOPASSWD":
            continue
        found = list(_named(match["name"], match["value"], "variable", match["name"]))
        yield from found
        value = match["value"].strip("\"'")
        if not found and ";" in value and not is_dynamic(value) and (within := inside(match["name"], value)):
            yield Handed("variable", match["name"], *within)


# `define('NAME', 'value')`, `:name => 'value'`, `<name>value</name>`, `key="name" value="value"`
_PASSED = lazy.compile(r"[\"':](?P<name>[A-Za-z_][\w.-]{1,60})[\"']?\s*(?:,|=>)\s*[\"'](?P<value>[^\"'\n]{1,200})[\"']")
_ELEMENT = lazy.compile(r"<(?P<name>[A-Za-z][\w.:-]{1,60})>(?P<value>[^<>\s]{1,200})</")
_ATTRIBUTE = lazy.compile(
    r"\b(?:key|name)=[\"'](?P<name>[A-Za-z_][\w.:-]{1,60})[\"']\s+value=[\"'](?P<value>[^\"'\n]{1,200})[\"']"
)


def _in_source(text: str) -> Iterator[Handed]:
    """A name with its secret in a program's source or in XML."""
    for form in (_PASSED, _ELEMENT, _ATTRIBUTE):
        for match in form.finditer(text):
            name = match["name"].rsplit(":", 1)[-1]
            yield from _named(name, match["value"], "variable", name)


_NETRC = lazy.compile(r"\bpassword\s+(?P<secret>\S+)")
_IN_LOGIN_FILE = lazy.compile(
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


# Markers for accounts without a password.
_LOCKED = frozenset({"*", "!", "!!", "x", "!*", "*LK*", "NP"})


def _plain(kind: str, what: str, value: str, at: str = "") -> Iterator[Handed]:
    """A value that is a password because of its position."""
    value = value.strip("\"'")
    if kind == "account" and (value in _LOCKED or value.startswith(("!", "*"))):
        return
    if value and not value.startswith(("-", "/", "@", "%")) and not is_dynamic(value):
        found = worth("password", value)
        if found is not Worth.NOTHING:
            yield Handed(kind, what, value, found, at)


def _in_sql(text: str) -> Iterator[Handed]:
    for match in _SQL.finditer(text):
        yield from _plain("flag", "a password in SQL", match["secret"], "SQL")


# Programs whose settings may be secret.
_SETTERS = ("npm", "yarn", "pnpm", "pip", "pip3", "aws", "git", "composer", "helm")
# Programs whose input is a secret rather than settings.
_FED = frozenset({"chpasswd", "passwd", "debconf-set-selections"})
_BY_PROGRAM: dict[str, Callable[[Command, str], Iterator[Handed]]] = {
    **dict.fromkeys(("curl", "wget", "http", "https"), lambda command, feeding: _web(command)),
    **dict.fromkeys(("docker", "podman", "buildah", "skopeo", "oc", "az"), _login),
    **dict.fromkeys(
        (
            "sshpass",
            "twine",
            "unzip",
            "zip",
            "choco",
            "cf",
            "codecov",
            "ssh-keygen",
            "slappasswd",
            "ldapsearch",
            "ldapadd",
            "ldapmodify",
            "cqlsh",
            "isql",
            "net-snmp-create-v3-user",
            "mongodump",
            "mongorestore",
            "influx",
            "rabbitmqadmin",
            "ldappasswd",
        ),
        _short,
    ),
    **dict.fromkeys(("useradd", "usermod", "adduser"), _account),
    **dict.fromkeys(
        (
            "mysql",
            "mariadb",
            "psql",
            "sqlite3",
            "mongo",
            "mongosh",
            "sqlcmd",
            "mysqladmin",
            "mariadb-admin",
            "mysqldump",
            "clickhouse-client",
        ),
        _sql,
    ),
    **dict.fromkeys(_SETTERS, _settings),
    "conan": _short,
    "redis-cli": _redis,
    **dict.fromkeys(("7z", "7za", "rar", "unrar"), _archive),
    **dict.fromkeys(("nuget", "dotnet"), _nuget),
    **dict.fromkeys(("smbclient", "lftp"), _user_and_password),
    **dict.fromkeys(("sqlplus", "sqlldr", "impdp", "expdp"), _sqlplus),
    "chpasswd": _chpasswd,
    "passwd": _passwd,
    "net": _net,
    "convertto-securestring": _secure_string,
    "openssl": _prefixed,
    "keytool": _prefixed,
    "mkpasswd": lambda command, feeding: _hashed(command, feeding),
    "vault": _vault,
    **dict.fromkeys(_TOKEN_BEHIND, _token_operand),
    "reg": _registry,
    "mc": _store,
    **dict.fromkeys(("add-user", "add-user.sh", "add-user-keycloak.sh"), _add_user),
    **dict.fromkeys(("kinit", "realm", "vncpasswd", "cryptsetup"), _prompted),
    "schtasks": _windows_task,
    "sc": _windows_task,
    "signtool": _windows_task,
    "mosquitto_passwd": _mosquitto,
    "perl": _perl,
    "smbpasswd": _typed,
    "cmdkey": _cmdkey,
    "htpasswd": _htpasswd,
    "debconf-set-selections": _debconf,
    "rabbitmqctl": _rabbitmq,
    "poetry": _poetry,
    "bundle": _bundle,
    "setx": _setx,
    "expect": _expect,
    "sed": _sed,
    "base64": _base64,
}
