"""What hides the secrets of a build record in whatever else is shown of it: the report, a comparison, a verdict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from reconstruct import pattern
from reconstruct.audit.masking import Masker
from reconstruct.audit.secrets.tokens import HINT

if TYPE_CHECKING:
    from reconstruct.image import Image
    from reconstruct.syntax import Step

# What every secret that `scan` finds has beside it or in it, unless its form gives it away (`tokens.HINT`): a word that
# names one, a program's option or a scheme that takes one, or a run of mixed characters. Most records have none of these.
_SUSPECT = pattern.compile(
    r"(?i:pass|pwd|\bpw|pw\b|_pw|secret|token|cred|key|auth|bearer|basic|jwt|sas\b|_pat\b|login|netrc|identified|cmdkey"
    r"|net\s+user|connection|cloudant)|-----BEGIN|-us\d|\bsq0|\bAKC|\bAP[0-9A-F]|\b(?:AC|SK)[a-z0-9]{32}"
    r"|\b(?:curl|docker|podman|buildah|skopeo|az|twine|unzip|redis-cli|mongo|oc|sqlcmd|isql|ldap|cqlsh|mysql|mariadb|useradd|usermod)"
    r"[^\n;|&]{0,200}?\s-[A-Za-z#]*[uUpPaw]|\s--(?:user|proxy-user)|\b(?:7z|7za|rar|unrar|sshpass|htpasswd|mkpasswd)\b"
    r"|(?<![A-Za-z0-9_+/=-])(?=[A-Za-z_+/=-]*[0-9])(?=[a-z0-9_+/=-]*[A-Z])(?=[A-Z0-9_+/=-]*[a-z])[A-Za-z0-9_+/=-]{20}"
)
_URL = pattern.compile(r"://[^/\s]{1,200}@")


def masker_of(*builds: tuple[Image, Sequence[Step]]) -> Masker:
    """Hides the secrets of these images, each with its steps, as the audit finds them; false where there are none."""
    masker = Masker()
    for image, steps in builds:
        if not any(_suspicious(text) for text in _texts(image)):
            continue
        from reconstruct.audit.context import Context

        # Reading the property registers every secret with the masker.
        _ = Context(image, tuple(steps), masker=masker).secrets
    return masker


def _suspicious(text: str) -> bool:
    if _SUSPECT.search(text):
        return True
    # `://` is a hint of credentials in a URL, and in every URL.
    return HINT.search(text.replace("://", "")) is not None or _URL.search(text) is not None


def _texts(image: Image) -> Iterator[str]:
    """The text of a record that `scan` looks at."""
    for entry in image.history:
        yield entry.created_by
        yield entry.comment
    for value in image.config.values():
        yield from _strings(value)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield f"{key}={inner}" if isinstance(inner, str) else str(key)
            yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)
