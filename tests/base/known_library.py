"""A library of images made for tests: git repositories as the official images have, small, with the same ways of speaking."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

TOOLS = Path(__file__).parents[2] / "tools"

CORE = """\
FROM scratch
ADD core-{release}-rootfs.tar.xz /
CMD ["/bin/sh"]
"""
LANGUAGE = """\
FROM core:{release}
ENV PATH /usr/local/lang/bin:$PATH
ENV LANG_VERSION {version}
RUN set -eux; \\
	fetch -o lang.tar.gz "https://lang.example/lang-$LANG_VERSION.tar.gz"; \\
	unpack lang.tar.gz /usr/local/lang
COPY entrypoint.sh /usr/local/bin/
ENTRYPOINT ["entrypoint.sh"]
CMD ["lang", "-i"]
"""
# The next version's steps: another way to install it, the same beginning and end.
LANGUAGE_LATER = """\
FROM core:{release}
ENV PATH /usr/local/lang/bin:$PATH
ENV LANG_VERSION {version}
ENV LANG_SHA256 0123456789abcdef
RUN fetch-and-check lang
ENTRYPOINT ["entrypoint.sh"]
CMD ["lang", "-i"]
"""
SERVER = """\
FROM lang:{base}
ENV SERVER_HOME /srv
WORKDIR $SERVER_HOME
RUN lang install server && rm -rf /var/cache/server
EXPOSE 8080 9443
CMD ["server", "--foreground"]
"""


def git(folder: Path, *arguments: str, day: str = "2020-01-01") -> str:
    moment = f"{day}T12:00:00+00:00"
    environment = {
        **os.environ,
        "GIT_AUTHOR_DATE": moment,
        "GIT_COMMITTER_DATE": moment,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    command = ["git", "-C", str(folder), "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments]
    return subprocess.run(command, check=True, capture_output=True, env=environment, text=True).stdout.strip()


class Library:
    """Repositories under `folder`, named as mirrors are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files: dict[str, dict[str, str]] = {}

    def commit(self, name: str, day: str, files: dict[str, str]) -> str:
        """A commit of these files in the repository `owner+name`; its ID."""
        path = self.folder / name
        if not path.exists():
            path.mkdir(parents=True)
            git(path, "init", "-q", "-b", "main")
        for file, text in files.items():
            (path / file).parent.mkdir(parents=True, exist_ok=True)
            (path / file).write_text(text)
        git(path, "add", "-A", day=day)
        git(path, "commit", "-q", "-m", f"as of {day}", day=day)
        git(path, "config", "core.bare", "false")
        return git(path, "rev-parse", "HEAD")

    def list(self, day: str, image: str, repository: str, entries: list[tuple[str, str, str]]) -> None:
        """Lists `image` in the library: (tags, commit, folder) an entry."""
        text = f"Maintainers: Nobody\nGitRepo: https://github.com/{repository.replace('+', '/')}.git\n"
        for tags, commit, folder in entries:
            text += f"\nTags: {tags}\nArchitectures: amd64, arm64v8\nGitCommit: {commit}\nDirectory: {folder}\n"
        self.commit("docker-library+official-images", day, {f"library/{image}": text})


def example(folder: Path) -> Library:
    """Two releases of a distribution, a language on both, in two versions, and a server on the language, whose own steps are
    the same in its two versions."""
    library = Library(folder)
    core = library.commit(
        "example+core",
        "2020-01-01",
        {f"{release}/Dockerfile": CORE.format(release=release) for release in ("7.1", "8.0")},
    )
    library.list(
        "2020-01-02", "core", "example+core", [("7.1, 7, stable", core, "7.1"), ("8.0, 8, latest", core, "8.0")]
    )
    for day, version in (("2020-02-01", "1.4.0"), ("2020-06-01", "1.4.1")):
        minor = version.rpartition(".")[0]
        commit = library.commit(
            "example+lang",
            day,
            {
                f"core{release}/Dockerfile": LANGUAGE.format(release=release, version=version)
                for release in ("7.1", "8.0")
            },
        )
        library.list(
            day,
            "lang",
            "example+lang",
            [
                (f"{version}-core8.0, {minor}-core8.0, {version}, {minor}, 1, latest", commit, "core8.0"),
                (f"{version}-core7.1, {minor}-core7.1", commit, "core7.1"),
            ],
        )
    server = library.commit("example+server", "2020-03-01", {"Dockerfile": SERVER.format(base="1.4")})
    for day, tags in (("2020-03-02", "1.9, 1, latest"), ("2020-05-02", ""), ("2020-07-02", "2.0, 2, latest")):
        library.list(day, "server", "example+server", [(tags, server, ".")] if tags else [])
    return library


def make(mirrors: Path, output: Path, until: str = "2020-12-31") -> None:
    """Runs tools/make_known_images.py."""
    environment = {**os.environ, "PYTHONPATH": str(TOOLS.parent)}
    command = [sys.executable, str(TOOLS / "make_known_images.py"), str(mirrors)]
    command += ["--until", until, "--jobs", "1", "--output", str(output)]
    done = subprocess.run(command, check=False, capture_output=True, env=environment, text=True)
    assert done.returncode == 0, done.stderr
