"""The secret inside a variable's value: of a connection string, of JSON, of a program's options."""

from __future__ import annotations

from reconstruct import pattern as lazy
from reconstruct.audit.secrets.names import Worth, names_secret, words_of, worth

_DYNAMIC = lazy.compile(r"\$[\w{(@]|`|%\w+%|\{\{|^%[sdq]$")


def is_dynamic(value: str) -> bool:
    """Whether a value comes from variables or commands, so that it isn't in the text."""
    if "$" in value:
        # The parts of a hash begin with the same sign as variables do.
        value = _HASH.sub("", value)
    return bool(_DYNAMIC.search(value)) and not _CRYPT.match(value)


# A crypt(3) hash: by itself, or with its salt and cost in a text.
_HASH = lazy.compile(r"\$(?:1|2[abxy]?|5|6|7|y|gy|apr1)\$[^$\s:]{1,40}\$[./A-Za-z0-9$]{8,}")
_CRYPT = lazy.compile(r"\$(?:1|2[abxy]?|5|6|7|y|gy|apr1|sha1|md5)\$[./A-Za-z0-9$=,]{8,}")


def inside(name: str, value: str) -> tuple[str, Worth] | None:
    """The secret inside a variable's value: of a connection string, of JSON, of a program's options; with its worth."""
    if "=" in value or ":" in value or "/" in value or " " in value:
        for pattern in (_IN_CONNECTION, _IN_DSN, _IN_THIN):
            match = pattern.search(value)
            if match and (found := worth("password", match["secret"])) is not Worth.NOTHING:
                return match["secret"], found
        # Bundler reads `user:password` for the host in the variable's name.
        pair = name.upper().endswith("_AUTH") or (name.startswith("BUNDLE_") and "__" in name)
        if match := _IN_AUTH.fullmatch(value) if pair else None:
            return match["secret"], worth("password", match["secret"])
    if not _LOGIN_WORDS.isdisjoint(words_of(name)) and (plain := _login(value)):
        return value, worth("password", plain)
    if "-" in value or "{" in value:
        for match in _IN_OPTIONS.finditer(value[:20_000]):
            key, inner = (match["key"] or match["json"]).rsplit(":", 1)[-1], match["quoted"] or match["plain"] or ""
            if names_secret(key) and not is_dynamic(inner):
                found = worth(key, inner)
                if found is not Worth.NOTHING:
                    return inner, found
    return None


def _login(value: str) -> str:
    """The password of a `user:password` in base64; empty if the value isn't one."""
    import binascii

    if not _BASE64.fullmatch(value):
        return ""
    try:
        text = binascii.a2b_base64(value + "=" * (-len(value) % 4)).decode("ascii")
    except ValueError:
        return ""
    return match["secret"] if (match := _USER_AND_PASSWORD.fullmatch(text)) else ""


_LOGIN_WORDS = frozenset({"auth", "basic", "credentials", "creds", "login", "authorization"})
_BASE64 = lazy.compile(r"[A-Za-z0-9+/]{12,400}={0,2}")
_USER_AND_PASSWORD = lazy.compile(r"[\w.@+-]{1,80}:(?P<secret>[!-~]{4,200})")
# `jdbc:mysql://db/app?user=a&password=b`, `Server=db;User Id=sa;Password=b`.
_IN_CONNECTION = lazy.compile(r"(?i)(?:[?&;]\s*|\s)(?:password|passwd|pwd)\s*=\s*[\"']?(?P<secret>[^;&\s\"'$]{3,200})")
# `jdbc:oracle:thin:scott/tiger@//db:1521/XE`
_IN_THIN = lazy.compile(r"jdbc:oracle:\w+:[\w.-]{1,60}/(?P<secret>[^\s@/$]{3,100})@")
# `app:password@tcp(db:3306)/app`
_IN_DSN = lazy.compile(r"^[\w.-]{1,60}:(?P<secret>[^\s:@/$]{3,100})@(?:tcp|unix|udp)?\(?[\w.-]+(?::\d+)?\)?/")
# `NEO4J_AUTH=neo4j/password`
_IN_AUTH = lazy.compile(r"[\w.-]{1,60}[/:](?P<secret>[^\s/:$]{4,100})")
# `-Ddb.password=x`, `--db-password x`, `"password": "x"`
_IN_OPTIONS = lazy.compile(
    r"(?:(?:^|\s)--?(?:D)?(?P<key>[A-Za-z][\w.:-]{1,80})(?:=|\s+)|(?:[\"']|(?<=[{,]))(?P<json>[A-Za-z_][\w.-]{1,80})[\"']?\s*:\s*)"
    r"(?:[\"'](?P<quoted>[^\"']{1,200})[\"']|(?P<plain>[^\s\"',{}\[\]-][^\s\"',\[\]]{0,200}))"
)
