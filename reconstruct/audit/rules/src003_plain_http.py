"""SRC003: A download uses plain HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator

from reconstruct import pattern as lazy
from reconstruct.audit.context import Context
from reconstruct.audit.downloads import checked, downloads
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.packages import is_pip
from reconstruct.audit.rule import Hit, Rule, cwe
from reconstruct.audit.shell import Command
from reconstruct.syntax import Add, Env

# Local addresses don't matter, nor URLs of standards and examples that no program fetches.
_HTTP = lazy.compile(
    r"(?:http|ftp|git|rsync|svn|tftp)://(?!(?:[^/@\s]*@)?(?:localhost|127\.|\[::1\]|0\.0\.0\.0|169\.254\.))[\w\[$.-]",
    re.IGNORECASE,
)
# The distributions' own archives are over http by default, and their indexes are signed.
_DISTRIBUTION = r"(?!(?:[\w.-]+\.)?(?:debian\.org|ubuntu\.com|debian\.net|kali\.org|raspbian\.org)\b)"
_APT_SOURCE = lazy.compile(
    rf"(?:\bdeb(?:-src)?\s+(?:\[[^\]]*\]\s*)?|\bURIs:\s*)(?P<url>http://{_DISTRIBUTION}[^\s'\"\\]+)", re.IGNORECASE
)
# The replacement text of a `sed` on a sources file.
_REPLACED = lazy.compile(
    rf"s(?P<mark>[/|,#@!])(?:(?!(?P=mark)).)*?(?P=mark)(?:(?!(?P=mark)).)*?(?P<url>http:\\?/\\?/{_DISTRIBUTION}(?!localhost|127\.)[\w.\\/$-]+)"
)
# `s/https/http/`
_UNSECURED = lazy.compile(r"s(?P<mark>[/|,#@!])https(?P<rest>:?[\\/]*)(?P=mark)http(?P=rest)(?P=mark)")
# Variables that tell a package manager where to fetch from.
_INDEX = frozenset(
    {"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_EXTRA_INDEX_URL", "NPM_CONFIG_REGISTRY",
     "YARN_REGISTRY", "YARN_NPM_REGISTRY_SERVER", "GOPROXY", "GEM_SOURCE", "BUNDLE_MIRROR__ALL", "RUBYGEMS_HOST", "CONDA_CHANNELS", "CONDA_CHANNEL_ALIAS",
     "CRAN_MIRROR", "CRAN", "COMPOSER_REPO_PACKAGIST", "HOMEBREW_BOTTLE_DOMAIN", "RUSTUP_DIST_SERVER", "RUSTUP_UPDATE_ROOT", "NVM_NODEJS_ORG_MIRROR",
     "NODE_MIRROR", "ELECTRON_MIRROR", "SASS_BINARY_SITE", "POETRY_REPOSITORIES_DEFAULT_URL", "HEX_MIRROR", "HF_ENDPOINT"}
)  # fmt: skip
# Programs that download from a given URL.
_FETCHING = frozenset(
    {"npm", "yarn", "pnpm", "gem", "svn", "go", "composer", "rpm", "yum", "dnf", "microdnf", "easy_install", "bundle", "yum-config-manager",
     "zypper", "apk", "choco", "nuget", "dotnet", "apt-key", "gpg", "gpg2", "add-apt-repository", "helm", "conda", "mamba", "micromamba", "mvn", "gradle",
     "r", "rscript", "cpan", "cpanm", "luarocks", "poetry", "pipenv", "uv", "bower", "cargo", "brew", "flatpak", "opam", "install-module",
     "register-psrepository", "dnf5", "tdnf", "hg", "rsync", "install-packageprovider", "apt-add-repository", "pacman", "pacman-key", "snap"}
)  # fmt: skip
_REPOSITORY_FILE = lazy.compile(
    r"/etc/(?:apt/|yum\.repos\.d/|apk/repositories|zypp/repos\.d/|pacman)|(?:^|/)(?:\.?npmrc|\.yarnrc(?:\.yml)?|pip\.conf|\.condarc|\.gemrc|settings\.xml|"
    r"\.pypirc|pip\.ini|NuGet\.Config|\.Rprofile|Rprofile\.site)$",
    re.IGNORECASE,
)
_WRITERS = frozenset({"echo", "printf", "tee", "cat", "set-content", "add-content", "out-file"})


def check(context: Context) -> Iterator[Hit]:
    """Fires if an index variable, an ADD without checksum or a RUN fetches over http, ftp or git."""
    for position, env in context.of(Env):
        for pair in env.pairs:
            value = context.resolve(pair.value or "", position)
            if pair.key.upper() in _INDEX and (found := _HTTP.search(value)):
                shown = context.show(value[found.start() :], 120)
                message = f"{pair.key} sets a package source with plain HTTP: {shown}"
                yield Hit(position, message, subject=(pair.key,))
    yield from _added(context)
    if not context.plain_http:
        return
    for position, commands in context.runs():
        told: set[str] = set()
        for what, url, severity in _fetched(context, position, commands):
            if url not in told:
                told.add(url)
                yield Hit(position, f"{what}: {context.show(url, 120)}", severity=severity, subject=(url,))


def _added(context: Context) -> Iterator[Hit]:
    for position, add in context.of(Add):
        for source in add.sources:
            if _HTTP.match(source) and not any(name == "checksum" for name, _ in add.flags):
                message = f"ADD fetches {context.show(source, 120)} over plain HTTP"
                yield Hit(position, message, subject=(source,))


def _fetched(
    context: Context, position: int, commands: tuple[Command, ...]
) -> Iterator[tuple[str, str, Severity | None]]:
    """(what, address, severity) of all that a RUN fetches, or has fetched later, over plain http."""
    for download in downloads(context, position):
        url = next((url for url in download.urls if _HTTP.match(url)), "")
        if url and (download.keeps_key or not download.asks):
            severity = Severity.LOW if checked(context, position) and not download.keeps_key else None
            yield f"{download.command.name} fetches over plain HTTP", url, severity
    for command in commands:
        if command.name in _FETCHING or is_pip(command) or (command.name == "git" and "clone" in command.words):
            if url := _address(context, position, command.arguments):
                yield f"{command.name} fetches over plain HTTP", url, None
        elif command.name in _WRITERS:
            yield from _written(context, position, command)
        settings = [*command.assignments, *_exported(command)]
        for name, value in settings:
            if name.upper() in _INDEX and (url := _address(context, position, (value,))):
                yield f"{name} sets a package source with plain HTTP", url, None
    text = context.text(position)
    if apt := _APT_SOURCE.search(text):
        yield "an apt source uses plain HTTP", apt["url"], Severity.LOW
    if "sed" in text and ("sources" in text or "repositor" in text) and (spelt := _UNSECURED.search(text)):
        yield "a package source is changed to plain HTTP", spelt.group(), Severity.LOW
    elif "sed" in text and ("sources" in text or "repositor" in text) and (replaced := _REPLACED.search(text)):
        yield "a package source is changed to plain HTTP", replaced["url"].replace("\\", ""), Severity.LOW


def _exported(command: Command) -> Iterator[tuple[str, str]]:
    if command.name in ("export", "set", "setx"):
        for word in command.arguments:
            name, _, value = word.partition("=")
            yield name, value


def _written(context: Context, position: int, command: Command) -> Iterator[tuple[str, str, Severity | None]]:
    """Lines written into a file that says where packages come from."""
    targets = [target for _, target in command.redirects]
    if command.name == "tee":
        targets.extend(command.operands())
    text = " ".join([*command.arguments, command.body])
    in_repository = re.search(
        r"\bbaseurl\s*=\s*(http://[^\s\\'\"]+)|\bindex-url\s*=\s*(http://[^\s\\'\"]+)|\bregistry\s*=\s*(http://[^\s\\'\"]+)",
        text,
    )
    if in_repository:
        yield (
            "packages are fetched over plain HTTP",
            next(group for group in in_repository.groups() if group),
            Severity.LOW,
        )
    elif any(_REPOSITORY_FILE.search(target) for target in targets) and "deb " not in text:
        url = _address(context, position, (text,))
        if url and not re.match(rf"http://{_DISTRIBUTION}", url):
            return
        if url:
            yield f"{command.name} adds a package source over plain HTTP", url.split()[0], Severity.LOW


def _address(context: Context, position: int, words: tuple[str, ...]) -> str:
    """The http address in some words; empty if there is none."""
    for word in words:
        if "://" in word or "$" in word or "%" in word:
            resolved = context.resolve(word, position)
            found = _HTTP.search(resolved)
            if found:
                return re.split(r"[\s'\"),]", resolved[found.start() :])[0]
    return ""


rule = Rule(
    id="SRC003",
    name="plain-http",
    family=Family.SOURCES,
    severity=Severity.MEDIUM,
    summary="A download uses plain HTTP",
    why=(
        "Anyone on the network path, from the build's own network to the mirror, can read and replace what is "
        "sent over plain HTTP. Package repositories with signed indexes withstand this; single files, scripts, "
        "git clones, and Python or npm packages do not."
    ),
    fix="Use HTTPS, which nearly every host offers. If there is none, verify the file against a checksum.",
    references=(
        cwe(319, "Cleartext Transmission of Sensitive Information"),
        cwe(494, "Download of Code Without Integrity Check"),
    ),
    check=check,
)
