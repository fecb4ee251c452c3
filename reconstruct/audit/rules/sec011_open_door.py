"""SEC011: A setting disables authentication."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cwe
from reconstruct.audit.shell.sed import put_in
from reconstruct.syntax import Cmd, Entrypoint, Env, Run

# (name, values that open the door)
_SETTINGS = (
    (r"(?:MYSQL|MARIADB)_ALLOW_EMPTY(?:_ROOT)?_PASSWORD", r"(?i)yes|true|1"),
    (r"POSTGRES_HOST_AUTH_METHOD", r"(?i)trust"),
    (r"ALLOW_EMPTY_PASSWORD|ALLOW_ANONYMOUS_LOGIN|ALLOW_PLAINTEXT_LISTENER", r"(?i)yes|true|1"),
    (r"NEO4J_AUTH", r"(?i)none"),
    (r"[A-Z0-9_]*NO_?AUTH", r"(?i)yes|true|1"),
    (r"(?:xpack\.security\.enabled|XPACK_SECURITY_ENABLED|DISABLE_AUTH_FALSE)", r"(?i)false"),
    (r"DISABLE_(?:AUTH|AUTHENTICATION|SECURITY(?:_PLUGIN)?)|AUTH_DISABLED", r"(?i)yes|true|1"),
    (r"GF_AUTH_ANONYMOUS_ENABLED|AUTHENTICATION_ANONYMOUS_ACCESS_ENABLED", r"(?i)true"),
)
# Few variables have one of these names.
_NAMES = lazy.compile("|".join(name for name, _ in _SETTINGS))
_FLAGS = lazy.compile(
    r"--(?:NotebookApp|ServerApp|IdentityProvider)\.(?:token|password)=(?:''|\"\"|(?=\s|$))|--skip-grant-tables|--noauth\b|"
    r"--protected-mode\s+no|--no-auth\b|--auth[= ]none\b|xpack\.security\.enabled=false|--insecure-basic-auth|--allow-anonymous\b|--disable-auth\b|"
    r"--without-authentication|plugins\.security\.disabled=true|--auth-mode=none|--no-password\b(?=.*vnc)|-SecurityTypes\s+None"
)


# Lines of configuration files that let anyone in, as a step writes them.
_LINES = lazy.compile(
    r"(?:NotebookApp|ServerApp|IdentityProvider)\.(?:token|password)\s*=\s*u?(?:''|\"\")|"
    r"\bhost(?:ssl|nossl)?\s+all\s+\S+\s+(?:0\.0\.0\.0/0|::/0|all|samenet)\s+trust\b|\bprotected-mode\s+no\b|\bxpack\.security\.enabled:\s*[\"']?false|"
    r"\bauthorization:\s*[\"']?disabled|(?:^|\n|\\n|['\"])\s*skip[-_]grant[-_]tables|\banonymous_enable\s*=\s*YES|\ballow_anonymous\s+true|\bguest ok\s*=\s*yes|"
    r"\bloopback_users(?:\.guest)?\s*=\s*(?:none|false)|\bplugins\.security\.disabled:\s*true|\bsecurity\.authorization[\"']?\s*[:=]\s*[\"']?disabled",
    re.IGNORECASE,
)
_LINE_WORDS = (
    "app.token", "app.password", "provider.token", "trust", "protected-mode", "xpack.security", "disabled", "grant", "anonymous", "guest ok", "loopback_users",
)  # fmt: skip
_WRITERS = frozenset({"echo", "printf", "cat", "tee", "sed", "set-content", "add-content"})


def check(context: Context) -> Iterator[Hit]:
    """Fires for an ENV that lets anyone in (`trust`, an empty password), and for a flag in CMD, ENTRYPOINT or RUN."""
    for position, env in context.of(Env):
        for pair in env.pairs:
            for name, values in _SETTINGS if _NAMES.fullmatch(pair.key) else ():
                if re.fullmatch(name, pair.key) and re.fullmatch(values, pair.value or ""):
                    yield Hit(position, f"{pair.key} disables authentication", subject=(pair.key,))
    for position, _ in context.texts_with(*_LINE_WORDS):
        for command in context.commands(position):
            if command.name not in _WRITERS or not (
                command.redirects or command.name in ("sed", "tee") or command.operands()
            ):
                continue
            put = "\n".join(text for _, text in put_in(command)) if command.name == "sed" else ""
            text = (put or "\n".join([*command.arguments, command.body])).replace("\\n", "\n")
            opened = put.strip() == "trust" and any("pg_hba" in word for word in command.arguments)
            if opened:
                yield Hit(position, "trust in pg_hba.conf disables authentication", subject=("pg_hba.conf", "trust"))
                break
            if match := _LINES.search(text):
                line = match.group().strip()
                yield Hit(position, f"{context.show(line, 60)} disables authentication", subject=(line,))
                break
    for position in sorted(position for kind in (Cmd, Entrypoint, Run) for position, _ in context.of(kind)):
        if "-" in (text := context.text(position)):
            match = _FLAGS.search(text)
            if match:
                flag = match.group()
                yield Hit(position, f"{context.show(flag, 60)} disables authentication", subject=(flag,))


rule = Rule(
    id="SEC011",
    name="authentication-off",
    family=Family.SECRETS,
    severity=Severity.MEDIUM,
    summary="A setting disables authentication",
    why=(
        "The variable makes the program in the image accept anyone: an empty database password, trust for every "
        "connection, a notebook without a token. The setting applies wherever the image runs without overriding "
        "it."
    ),
    fix="Remove the setting from the image; pass it only when starting containers meant for tests.",
    references=(cwe(306, "Missing Authentication for Critical Function"),),
    check=check,
)
