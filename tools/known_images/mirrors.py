"""Reads git mirrors: which commit a branch had when, and the text of a file at a commit."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# A Dockerfile is small; what is bigger is none.
MAX_BLOB = 1 << 20


@dataclass
class Mirror:
    """One repository. `git_dir` is its git directory."""

    git_dir: Path
    _batch: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def run(self, *arguments: str) -> str:
        command = ["git", "--git-dir", str(self.git_dir), *arguments]
        return subprocess.run(command, check=True, capture_output=True).stdout.decode("utf-8", "replace")

    def read(self, name: str) -> tuple[str, bytes] | None:
        """(object ID, content) of `commit:path` or of an ID; None where the mirror lacks it."""
        if "\n" in name:
            return None
        if self._batch is None:
            command = ["git", "--git-dir", str(self.git_dir), "cat-file", "--batch"]
            self._batch = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._batch.stdin is not None
        assert self._batch.stdout is not None
        self._batch.stdin.write(name.encode() + b"\n")
        self._batch.stdin.flush()
        header = self._batch.stdout.readline().decode("utf-8", "replace").split()
        if len(header) != 3 or not header[2].isdigit():
            return None
        content = self._batch.stdout.read(int(header[2]) + 1)[:-1]
        if header[1] != "blob" or len(content) > MAX_BLOB:
            return None
        return header[0], content

    def close(self) -> None:
        if self._batch is not None:
            assert self._batch.stdin is not None
            self._batch.stdin.close()
            self._batch.wait()
            self._batch = None


@dataclass
class Mirrors:
    """A folder of mirrors named `owner+name`, each a git directory, or with one in `.git`, `repo` or `repo/.git`."""

    folder: Path
    _open: dict[str, Mirror | None] = field(default_factory=dict)
    _names: dict[str, Path] | None = None
    _moved: dict[str, list[str]] = field(default_factory=dict)

    def find(self, url: str) -> Mirror | None:
        """The mirror of a repository's URL; names of owners that changed their case are the same."""
        slug = slug_of(url)
        if slug not in self._open:
            self._open[slug] = self._locate(slug)
        return self._open[slug]

    def read(self, url: str, name: str) -> tuple[str, bytes] | None:
        """The object `commit:path` of a repository; one that moved is looked for under every owner of its name."""
        for slug in self._slugs(url):
            if slug not in self._open:
                self._open[slug] = self._locate(slug)
            mirror = self._open[slug]
            read = mirror.read(name) if mirror else None
            if read is not None:
                return read
        return None

    def has(self, url: str) -> bool:
        """Whether there is a mirror of the repository, under any owner."""
        return any(self._names and slug in self._names for slug in self._slugs(url))

    def _slugs(self, url: str) -> list[str]:
        slug = slug_of(url)
        if slug not in self._moved:
            self._locate(slug)
            project = slug.partition("+")[2]
            others = [name for name in sorted(self._names or ()) if name.partition("+")[2] == project and name != slug]
            self._moved[slug] = [slug, *others]
        return self._moved[slug]

    def _locate(self, slug: str) -> Mirror | None:
        if self._names is None:
            self._names = {path.name.lower(): path for path in sorted(self.folder.iterdir())}
        path = self._names.get(slug)
        if path is None:
            return None
        for inner in (path, path / ".git", path / "repo", path / "repo" / ".git"):
            if (inner / "HEAD").is_file() and (inner / "objects").is_dir():
                return Mirror(inner)
        return None

    def close(self) -> None:
        for mirror in self._open.values():
            if mirror is not None:
                mirror.close()


def slug_of(url: str) -> str:
    """`https://github.com/Owner/Name.git` → `owner+name`."""
    path = url.split("://", 1)[-1].split("/", 1)[-1]
    return path.removesuffix(".git").strip("/").replace("/", "+").lower()


def first_parent_changes(mirror: Mirror, folder: str) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    """(day, commit, [(path, blob ID)]) for each commit of the main line that changed files in `folder`, oldest first.

    The day is the committer's, UTC; the blob ID of a file that is gone is all zeros.
    """
    text = mirror.run(
        "log", "--first-parent", "-m", "--reverse", "--raw", "--no-renames", "--no-abbrev", "-z",
        "--date=format-local:%Y-%m-%d", "--format=%x01%H %cd", "HEAD", "--", folder,
    )  # fmt: skip
    for chunk in text.split("\x01")[1:]:
        fields = chunk.split("\0")
        commit, day = fields[0].split()
        changes = []
        rest = [field.lstrip("\n") for field in fields[1:] if field.strip("\n")]
        for meta, path in zip(rest[::2], rest[1::2], strict=True):
            changes.append((path, meta.split()[3]))
        yield day, commit, changes
