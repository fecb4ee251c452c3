"""SRC006: TLS certificate verification is disabled."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.downloads import checked
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, cwe
from reconstruct.audit.shell import Command
from reconstruct.audit.shell.sed import put_in
from reconstruct.syntax import Env

_ENV = {
    "NODE_TLS_REJECT_UNAUTHORIZED": r"0",
    "GIT_SSL_NO_VERIFY": r"(?i)1|true|yes",
    "PYTHONHTTPSVERIFY": r"0",
    "NPM_CONFIG_STRICT_SSL": r"(?i)false",
    "npm_config_strict_ssl": r"(?i)false",
    "CURL_INSECURE": r"(?i)1|true",
    "CURL_SSL_NO_VERIFY": r"(?i)1|true|yes",
    "WGET_NO_CHECK_CERTIFICATE": r"(?i)1|true|yes",
    "YARN_ENABLE_STRICT_SSL": r"(?i)false|0",
    "YARN_STRICT_SSL": r"(?i)false",
    "HELM_KUBEINSECURE_SKIP_TLS_VERIFY": r"(?i)1|true",
    "VAULT_SKIP_VERIFY": r"(?i)1|true",
    "ANSIBLE_GALAXY_IGNORE": r"(?i)1|true|yes",
    "DOCKER_TLS_VERIFY": r"0",
    "CARGO_HTTP_CHECK_REVOKE": r"(?i)false",
    "SSL_NO_VERIFY": r"(?i)1|true|yes",
    "SSL_VERIFY": r"(?i)false|0|none|no",
    "REQUESTS_VERIFY": r"(?i)false|0",
    "CONDA_SSL_VERIFY": r"(?i)false|0|no",
    "GOINSECURE": r".+",
    "COMPOSER_DISABLE_TLS": r"(?i)1|true",
    "AZURE_CLI_DISABLE_CONNECTION_VERIFICATION": r"(?i)1|true",
    "UV_INSECURE_HOST": r".+",
    "SVN_TRUST_SERVER_CERT": r"(?i)1|true",
    "BUNDLE_SSL_VERIFY_MODE": r"0",
    "PERL_LWP_SSL_VERIFY_HOSTNAME": r"0",
    "LDAPTLS_REQCERT": r"(?i)never|allow",
    # Set to nothing, requests verifies nothing.
    "CURL_CA_BUNDLE": r"",
    "REQUESTS_CA_BUNDLE": r"",
}
_IN_TEXT = lazy.compile(
    r"(?i)ServerCertificateValidationCallback\s*=\s*\{\s*\$true|-SkipCertificateCheck\b|http\.sslVerify\W+(?:false|0)\b|strict-ssl\W+(?:false|0)|"
    r"\bsslverify\s*=\s*(?:0|false|no)|Verify-Peer\W+(?:false|0)|ssl_verify\W+(?:false|no|0)\b|disable-tls\W+true|verify_ssl\W+false|"
    r"--insecure-skip-tls-verify|--(?:src-|dest-)?tls-verify=(?:false|0)\b|--no-verify-ssl|--insecure-registry|check_certificate\s*=\s*off|http\.ssl\.insecure=true|ssl\.allowall=true|ssl_verify_mode\W+0\b|"
    r"sslVerification\W+false|secure-http\W+false|trust_all|--no-check-certs?\b|--trust-server-cert\b|ssl:verify-certificate\W+(?:no|false|off)|--disable-ssl-verification\b|"
    r"\bansible-galaxy\s[^\n;&|]{0,200}--ignore-certs\b|\bTLS_REQCERT\s+(?:never|allow)\b|\bcertificates\.[\w-]+\.cert\s+false\b|\bgo\s+get\s+(?:-\w+\s+)*-insecure\b"
)
# What any of it needs to be there at all.
_WORDS = (
    "insecure", "check-cert", "sslverif", "strict-ssl", "strict_ssl", "verify-peer", "ssl_verify", "ssl_no_verify", "verify_ssl", "no-verify-ssl", "certificatevalidation",
    "skipcertificatecheck", "check_certificate", "disable-tls", "allowall", "reject_unauthorized", "httpsverify", "verify_hostname", "trust_all", "secure-http",
    "requests_verify", "skip_verify", "tls_verify", "tls-verify", "check_revoke", "trust-server-cert", "verify-certificate", "disable-ssl", "composer_disable_tls", "ignore-certs", "tls_reqcert", "certificates.", "ca_bundle",
)  # fmt: skip
_CURL_CLUSTER = lazy.compile(r"-[#a-zA-Z]*k[a-zA-Z#]*")


def check(context: Context) -> Iterator[Hit]:
    """Fires if a variable, option or setting switches the certificate check off; LOW if the step checks a sum."""
    for position, env in context.of(Env):
        for pair in env.pairs:
            if pair.key in _ENV and re.fullmatch(_ENV[pair.key], pair.value or ""):
                setting = f"{pair.key}={context.show(pair.value, 40)}"
                message = f"{setting} disables certificate verification in every container"
                yield Hit(position, message, subject=(pair.key,))
    curls = [position for position, _ in context.run_with("curl")]
    texts = dict.fromkeys(curls, "") | dict(context.texts_with(*_WORDS))
    for position in sorted(texts):
        found = dict.fromkeys(what for command in context.commands(position) for what in _switched_off(command))
        match = _IN_TEXT.search(context.text(position)) if texts[position] else None
        if match and not _only_replaced(context.commands(position)):
            found.setdefault(" ".join(match.group().split()))
        # A checksum in the step makes up for a server that isn't known.
        severity = Severity.LOW if checked(context, position) else None
        for what in found:
            message = f"the server's certificate is not verified: {context.show(what, 100)}"
            yield Hit(position, message, severity=severity, subject=(what,))


def _only_replaced(commands: Sequence[Command]) -> bool:
    """Whether only sed scripts say it, and none of them inserts it."""
    speaking = [command for command in commands if _IN_TEXT.search(" ".join(command.arguments))]
    return bool(speaking) and all(
        command.name == "sed" and not any(_IN_TEXT.search(put) for _, put in put_in(command)) for command in speaking
    )


def _switched_off(command: Command) -> Iterator[str]:
    """What switches the check off, in the terms of its program: an option, a setting. It is the finding's subject."""
    if command.name == "curl" and (command.has("--insecure", "--proxy-insecure") or _has_k(command)):
        yield "curl --insecure"
    elif command.name in ("wget", "wget2", "aria2c") and (
        command.has("--no-check-certificate") or command.has("--check-certificate=false")
    ):
        yield f"{command.name} --no-check-certificate"
    elif (
        command.name in ("echo", "printf")
        and any(target.endswith(".curlrc") for _, target in command.redirects)
        and re.search(r"(?m)^\s*(?:--?)?(?:insecure|k)\b", "\n".join(command.arguments).replace("\\n", "\n"))
    ):
        yield ".curlrc: insecure"
    for name, value in command.assignments:
        if name in _ENV and re.fullmatch(_ENV[name], value):
            yield f"{name}={value}"
    if command.name == "export":
        for word in command.arguments:
            name, _, value = word.partition("=")
            if name in _ENV and "=" in word and re.fullmatch(_ENV[name], value):
                yield word


def _has_k(command: Command) -> bool:
    """`-k`, alone or in a cluster of short options (`-fsSLk`), and not the value of one that takes a value."""
    for word in command.arguments:
        if word.startswith("-") and not word.startswith("--"):
            for letter in word[1:]:
                if letter == "k":
                    return True
                if letter in "oHduAebcCEFKmPQrtTUwxXyYzD":
                    break
    return False


rule = Rule(
    id="SRC006",
    name="tls-verification-off",
    family=Family.SOURCES,
    severity=Severity.HIGH,
    summary="TLS certificate verification is disabled",
    why=(
        "Without certificate verification (`curl -k`, `wget --no-check-certificate`, `http.sslVerify=false`), "
        "HTTPS protects no more than HTTP: a man in the middle can impersonate the server. If set with ENV, it "
        "stays off in every container."
    ),
    fix="Install the missing CA certificates (`ca-certificates`, or the company's own CA) and remove the option.",
    references=(cwe(295, "Improper Certificate Validation"),),
    check=check,
)
