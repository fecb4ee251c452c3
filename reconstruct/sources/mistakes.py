"""Recognises common inputs that aren't saved images, and suggests what to do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from reconstruct import pattern
from reconstruct.reference import is_name

if TYPE_CHECKING:
    from reconstruct.sources.files import Files

_ID = pattern.compile(r"(?:sha256:)?[0-9a-f]{12}(?:[0-9a-f]{52})?")
_DOCKERFILE = pattern.compile(
    r"(?:[^\S\n]*(?:#[^\n]*)?\n)*[^\S\n]*(?:FROM\s+(?:--\S+\s+)*\S+(?:\s+AS\s+\S+)?|ARG\s+\w+(?:=[^\n]*)?)[^\S\n]*(?:\n|\Z)",
    re.IGNORECASE,
)
_ROOT = frozenset(
    {"bin", "boot", "dev", "etc", "home", "lib", "lib64", "opt", "root", "sbin", "srv", "usr", "var", "Files", "Hives"}
)


def missing(path: str) -> str:
    """The message for a missing file `path`; if it looks like an image name, how to save the image."""
    import os

    from reconstruct.sources.suffixes import names_a_file

    match = is_name(path) or _ID.fullmatch(path) is not None
    explicit = match and (":" in path or "@" in path or _ID.fullmatch(path) is not None)
    nested = "/" in path and os.path.isdir(os.path.dirname(path))
    if not match or names_a_file(path) or nested or path.startswith((".", "/")):
        return "no such file or directory"
    file = re.sub(r"[:@].*", "", path.rsplit("/", 1)[-1]) + ".tar"
    how = f"run `docker save {path} -o {file}` first (or podman save, skopeo copy, crane pull)"
    if explicit:
        return f"an image name, not a file: {how}"
    return f"no such file or directory; if this is an image name, {how}"


def text(found: str) -> str | None:
    """What a text that isn't an image is; None if unknown."""
    head = found[:20_000]
    if _DOCKERFILE.match(head):
        return "this is a Dockerfile, not an image (`reconstruct verify IMAGE DOCKERFILE` compares the two)"
    if re.search(r"^services:\s*$", head, re.MULTILINE):
        return "this is a Compose file, not an image: save one of its images (`docker compose images` names them)"
    if re.search(r"^apiVersion:", head, re.MULTILINE) and re.search(r"^kind:", head, re.MULTILINE):
        return "this is a Kubernetes manifest, not an image: save the image that it names"
    return None


def files(found: Files) -> str | None:
    """What a directory or an archive without an image is; None if unknown."""
    top = set(found.listing(""))
    if "Dockerfile" in top or "Containerfile" in top:
        return "this is a build context, not an image: it contains a Dockerfile (`reconstruct verify IMAGE DOCKERFILE` compares the two)"
    if top & _ROOT or any(name.startswith(".wh.") for name in top):
        return "this is a layer or a root file system, not an image: it has no history or config; use the archive or OCI layout that it is from"
    return None
