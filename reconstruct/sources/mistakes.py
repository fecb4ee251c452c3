"""Recognises common inputs that aren't saved images, and suggests what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from reconstruct import pattern
from reconstruct.reference import is_name
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.sources.files import Files

_ID = pattern.compile(r"(?:sha256:)?[0-9a-f]{12}(?:[0-9a-f]{52})?")
_DOCKERFILE = pattern.compile(
    r"(?:[^\S\n]*(?:#[^\n]*)?\n)*[^\S\n]*(?:FROM\s+(?:--\S+\s+)*\S+(?:\s+AS\s+\S+)?|ARG\s+\w+(?:=[^\n]*)?)[^\S\n]*(?:\n|\Z)",
    re.IGNORECASE,
)
_IDS = pattern.compile(r"(?:<missing>|(?:sha256:)?[0-9a-f]{12,64})\n(?:<missing>|(?:sha256:)?[0-9a-f]{12,64})\n")
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
        return f"this is a Kubernetes manifest, not an image: for the image that it names, {_HOW}"
    if re.match(r"(?:REPOSITORY|IMAGE) +(?:TAG|ID) ", head):
        return "this is a list of images; run `docker history --no-trunc --format json NAME`"
    if re.match(r"CONTAINER ID +IMAGE ", head):
        return "this is a list of containers; run `docker history --no-trunc --format json NAME`"
    if re.match(r"Name: +\S+\nMediaType: ", head):
        return "this text names manifests only; run the same command with --format '{{json .Image}}'"
    if re.match(r"Image ID: +[0-9a-f]+\nTags:", head):
        return "this tree has no commands; run `podman history --no-trunc --format json NAME`"
    if _IDS.match(head):
        return "these are the IDs of a history alone; run `docker history --no-trunc --format json NAME`"
    return None


# What registries' APIs and other tools print about images without their steps: the keys by which it is known, what it is.
_LISTINGS = (
    ({"imageDetails"}, "ECR's list of images"),
    ({"imageIds"}, "ECR's list of images"),
    ({"imageDigest", "repositoryName"}, "ECR's description of an image"),
    ({"package_html_url", "metadata"}, "a version of a GitHub package"),
    ({"short_revision", "digest"}, "GitLab's description of a tag"),
    ({"location", "path", "name", "project_id"}, "GitLab's description of a repository"),
    ({"repositoryPath", "format", "assets"}, "Nexus' description of a component"),
    ({"repository", "format", "assets"}, "Nexus' description of a component"),
    ({"downloadUri", "repo", "path"}, "Artifactory's description of a file"),
    ({"children", "repo", "path"}, "Artifactory's description of a folder"),
    ({"imageName", "registry"}, "Azure's description of an image"),
    ({"configMediaType", "digest"}, "Azure's description of a manifest"),
    ({"imageSizeBytes", "uri"}, "Google's description of an image"),
    ({"name", "tags"}, "a registry's list of tags"),
    ({"tag_last_pushed", "full_size"}, "Docker Hub's description of a tag"),
    ({"Repository", "Tag", "CreatedSince"}, "a list of images"),
    ({"RepoTags", "ParentId"}, "a list of images"),
    ({"Names", "Image", "Command"}, "a list of containers"),
    ({"spdxVersion"}, "an SPDX bill of materials"),
    ({"bomFormat"}, "a CycloneDX bill of materials"),
    ({"critical", "optional"}, "a signature"),
)
_HOW = "run `skopeo inspect --config docker://NAME` (or crane config NAME)"


def value(found: Any) -> str | None:
    """What a JSON value that isn't an image is; None if unknown."""
    if isinstance(found, list) and found:
        return value(found[0])
    if not isinstance(found, Mapping):
        return None
    if isinstance(found.get("kind"), str) and isinstance(found.get("apiVersion"), str):
        return _kubernetes(found)
    if isinstance(found.get("services"), Mapping):
        return "this is a Compose file, not an image: save one of its images (`docker compose images` names them)"
    for keys, what in _LISTINGS:
        if keys <= found.keys():
            return f"this is {what}, without history or config: {_HOW}"
    return None


def _kubernetes(found: Mapping[str, Any]) -> str:
    """The message for an object of Kubernetes, with the first image that it names."""
    kind = re.sub(r"[^A-Za-z0-9]", "", found["kind"])[:40] or "object"
    name = next(_images(found, 12), None)
    what = f"this is a Kubernetes {kind}, not an image"
    if name is None:
        return f"{what}: {_HOW}"
    return f"{what}: for the image that it names, {_HOW.replace('NAME', name)}"


def _images(found: Any, depth: int) -> Iterator[str]:
    """The names of images under `image`, as containers have them."""
    if isinstance(found, Mapping) and depth:
        name = found.get("image")
        if isinstance(name, str) and is_name(name):
            yield name
        for item in found.values():
            yield from _images(item, depth - 1)
    elif isinstance(found, list) and depth:
        for item in found:
            yield from _images(item, depth - 1)


def files(found: Files) -> str | None:
    """What a directory or an archive without an image is; None if unknown."""
    top = set(found.listing(""))
    if "Dockerfile" in top or "Containerfile" in top:
        return "this is a build context, not an image: it contains a Dockerfile (`reconstruct verify IMAGE DOCKERFILE` compares the two)"
    if top & _ROOT or any(name.startswith(".wh.") for name in top):
        return "this is a layer or a root file system, not an image: it has no history or config; use the archive or OCI layout that it is from"
    return None
