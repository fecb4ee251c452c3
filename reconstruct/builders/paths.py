"""Paths as builders join them: Go's `path` package, and BuildKit's rules for Windows (util/system/path.go)."""

from __future__ import annotations

import posixpath

from reconstruct.dockerfile.errors import DockerfileError


def clean(path: str) -> str:
    """Go's path.Clean: normpath, but two leading slashes are one."""
    cleaned = posixpath.normpath(path) if path else "."
    return "/" + cleaned.lstrip("/") if cleaned.startswith("//") else cleaned


def join(*parts: str) -> str:
    """Go's path.Join: empty parts are left out, the result is cleaned; without parts it is the empty string."""
    kept = [part for part in parts if part]
    return clean("/".join(kept)) if kept else ""


def workdir(current: str, path: str, *, windows: bool) -> str:
    """The working directory after WORKDIR `path`, with forward slashes. Raises DockerfileError for other drives."""
    if not windows:
        path = path or current
        return path if path.startswith("/") else join("/", current, path)
    parent = without_drive(current.replace("\\", "/") or "/")
    if not parent.startswith("/"):
        parent = join("/", parent)
    path = without_drive(path.replace("\\", "/") or parent)
    return path if path.startswith("/") else join(parent, path)


def without_drive(path: str) -> str:
    """A Windows path without `C:`, cleaned. Raises DockerfileError if it isn't on the system drive."""
    path = path.replace("\\", "/")
    if len(path) == 2 and path[1] == ":":
        raise DockerfileError(f"No relative path specified in {path!r}")
    if path.startswith("//"):
        raise DockerfileError("UNC paths are not supported")
    drive, colon, rest = path.partition(":")
    if not colon:
        return clean(path)
    if drive.lower() != "c":
        raise DockerfileError("The specified path is not on the system drive (C:)")
    return clean(rest)


def windows_workdir(current: str, path: str) -> str:
    r"""The working directory as the classic builder has it on Windows, with its drive: `C:\app`."""
    path = path.replace("/", "\\")
    if path[1:2] == ":":
        return path[0].upper() + path[1:]
    if path.startswith("\\"):
        return "C:" + path
    joined = join((current or "C:\\").replace("\\", "/"), path.replace("\\", "/"))
    return joined.replace("/", "\\")
