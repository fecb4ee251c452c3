"""SEC010: A file that usually holds secrets is copied into the image."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import BUILD_SECRETS, Hit, Rule, cis, cwe
from reconstruct.audit.secrets.command_line import is_login_file
from reconstruct.syntax import Copy

_KEYS = lazy.compile(
    r"(?:^|/)(?:id_(?:rsa|dsa|ecdsa|ed25519)|[\w.-]*private[-_.]?key[\w.-]*|[\w.-]+\.(?:ppk|p12|pfx|jks|keystore|kdbx)|"
    r"(?!(?:apt|archive|deb|gpg|public|pub|release|repo|rpm|signing)[\w-]*\.key)(?:server|tls|ssl|client|ca|master|privkey|priv|domain|host|root[\w-]*ca|[\w-]+[-_.](?:server|client|tls|ssl|ca|prod))[\w-]*\.key|privkey\.pem|[\w.-]*-key\.pem|key\.pem|private/[\w.-]+|(?:server|client|tls|ssl|host|domain|site|admin|prod|wildcard|[\w-]*private)[\w-]*\.pem|ssh_host_\w+_key|terraform\.tfstate(?:\.backup)?|[\w.-]+\.tfstate|[\w.-]+\.tfvars(?:\.json)?|\.git/?|\.svn/?|\.hg/?|wp-config\.php|[\w.-]+\.ovpn|[\w.-]*kubeconfig[\w.-]*|[\w.-]+\.keytab|krb5\.keytab|\.docker/?|master\.key|\.?vault[-_.]?(?:token|pass(?:word)?(?:[-_.]?file)?)(?:\.txt)?|[\w-]*oauth[-_]?token[\w.-]*|\.ssh/?|\.aws/?|"
    r"\.gnupg/?|\.kube/?|\.vault-token|(?:[\w.-]*[-_.])?secrets?\.(?:json|ya?ml|env|txt|toml|properties|enc)|[\w-]*service[-_]?account[\w-]*\.json|"
    r"gcloud[\w-]*\.json|htpasswd|shadow|(?:[\w.-]*[-_.])?(?:passwords?|passwd|passphrase)\.(?:txt|json|ya?ml|csv|conf|enc)|[\w.-]*credentials?(?:\.(?:json|ya?ml|xml|csv|txt|ini))?)$",
    re.IGNORECASE,
)
# Samples, and files that only say how a program looks for credentials.
_HARMLESS = lazy.compile(
    r"(?i)example|sample|template|snakeoil|\.dist$|\.tmpl$|\.pub$|\.env\.(?:test|ci|dist)$|NuGet\.config$|pip\.conf$|yarnrc|\.(?:html?|css|ts|tsx|jsx?|go|py|rb|java|md|rst|cs|php\.txt)$(?<!wp-config\.php)"
)


def check(context: Context) -> Iterator[Hit]:
    """Fires if a source or the destination of COPY or ADD is named like a file of secrets; samples are left out."""
    for position, copy in context.of(Copy):
        sources = copy.sources
        # The sources, if known, say more than their destination directory.
        if sources and all(_HARMLESS.search(path) for path in sources):
            continue
        for path in (*sources, copy.destination.replace("\\", "/")):
            if (
                path is copy.destination
                and sources
                and path.endswith("/")
                and not path.endswith((".git/", ".ssh/", ".aws/", ".gnupg/"))
            ):
                continue
            if _HARMLESS.search(path) or not (_KEYS.search(path) or is_login_file(path)) or "://" in path:
                continue
            sure = re.search(
                r"(?i)id_[a-z0-9]+$|private|\.netrc|\.git-cred|\.aws|\.pgpass|\.ssh|\.key$|\.kube|tfstate|\.ppk$|\.keytab$",
                path,
            )
            severity = Severity.HIGH if sure else Severity.MEDIUM
            size = context.layer_bytes(position)
            yield Hit(
                position,
                f"{context.show(path, 100)} usually contains secrets and is copied in",
                severity=severity,
                bytes=size,
                subject=(path,),
            )
            break


rule = Rule(
    id="SEC010",
    name="secret-file-copied",
    family=Family.SECRETS,
    severity=Severity.HIGH,
    summary="A file that usually holds secrets is copied into the image",
    why=(
        "COPY or ADD names a file in which programs keep credentials: a private key, `.netrc`, `.npmrc`, `.env`, "
        "cloud credentials. It stays in its layer even if a later step deletes it."
    ),
    fix=(
        "List the file in `.dockerignore`, and mount it where a step needs it: `RUN --mount=type=secret`. Rotate "
        "the secrets in it."
    ),
    references=(
        cis("4.10", "Ensure secrets are not stored in Dockerfiles"),
        cwe(538, "Insertion of Sensitive Information into Externally-Accessible File or Directory"),
        BUILD_SECRETS,
    ),
    check=check,
)
