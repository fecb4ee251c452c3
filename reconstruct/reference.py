"""Names of images, their tags and digests, and platforms: one reader and one printer of each.

Facts: the grammar of names is distribution's `reference` package (https://pkg.go.dev/github.com/distribution/reference),
whose ParseNormalizedNamed the builders use; digests are opencontainers/go-digest's; platforms containerd's `platforms`.
"""

from __future__ import annotations

from reconstruct import pattern
from reconstruct.errors import NotFoundError
from reconstruct.named import NamedTuple
from reconstruct.record import dataclass

LATEST = "latest"
# Hosts that mean Docker Hub, and the one that podman gives to local builds.
_HOSTS = ("docker.io/", "index.docker.io/", "registry-1.docker.io/", "localhost/")

_DOMAIN_PART = r"(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
_DOMAIN = pattern.compile(rf"(?:{_DOMAIN_PART}(?:\.{_DOMAIN_PART})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?")
_PATH_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_PATH = pattern.compile(rf"{_PATH_PART}(?:/{_PATH_PART})*")
_TAG = pattern.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_DIGEST = pattern.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}")
# OCI image spec, descriptor.md: any algorithm, and its result.
_ANY_DIGEST = pattern.compile(r"[a-z0-9]+:[0-9a-f]{32,128}")
_IDENTIFIER = pattern.compile(r"[a-f0-9]{64}")
_MAX_PATH = 255


class Parts(NamedTuple):
    """A name's parts; a missing tag or digest is empty. `str` joins them again."""

    repository: str
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return f"{self.repository}{tag}{'@' if self.digest else ''}{self.digest}"


def is_digest(text: object) -> bool:
    """Whether `text` is a valid digest of an algorithm that builders know."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def is_descriptor_digest(value: object) -> bool:
    """Whether `value` can be a descriptor's digest, even of an unknown algorithm."""
    return isinstance(value, str) and _ANY_DIGEST.fullmatch(value) is not None


def is_name(text: str) -> bool:
    """Whether builders accept the text as an image name: in FROM, `COPY --from`, a RUN's mount."""
    if len(text) > 1000 or _IDENTIFIER.fullmatch(text):
        return False
    rest, at, digest = text.partition("@")
    host, path = _host(rest)
    if host and not _DOMAIN.fullmatch(host):
        return False
    path, colon, tag = path.partition(":")
    if not _PATH.fullmatch(path) or len(path) > _MAX_PATH or (colon and not _TAG.fullmatch(tag)):
        return False
    return not at or is_digest(digest)


def _host(name: str) -> tuple[str, str]:
    """The registry host, if the name has one, and the rest."""
    head, slash, path = name.partition("/")
    if slash and ("." in head or ":" in head or head == "localhost" or head != head.lower()):
        return head, path
    return "", name


def read(name: str) -> Parts:
    """The parts of any text that may be a name, unnormalised."""
    path, _, digest = name.partition("@")
    head, slash, last = path.rpartition("/")
    last, _, tag = last.partition(":")
    return Parts(f"{head}{slash}{last}", tag, digest)


def split(name: str) -> Parts:
    """The parts of a name, with its repository in short form: without Docker Hub's host and `library/`."""
    parts = read(name)
    if "/" not in parts.repository:
        return parts
    repository, tag, digest = parts
    for host in _HOSTS:
        repository = repository.removeprefix(host)
    return Parts(repository.removeprefix("library/"), tag, digest)


def without_host(repository: str) -> str:
    """A repository without its registry host, if any."""
    return _host(repository)[1]


def canonical(name: str) -> str:
    """The normalised name: `docker.io/library/debian` and `debian` are `debian:latest`; a tag wins over a digest."""
    repository, tag, digest = split(name)
    return f"{repository}@{digest}" if digest and not tag else f"{repository}:{tag or LATEST}"


def pinned(name: str, digest: str | None) -> str:
    """The name with the digest appended, unless it has one."""
    return f"{name}@{digest}" if digest and "@" not in name else name


def same_repository(one: str, other: str) -> bool:
    """Whether two names have the same repository, or a mirror of it (`registry.example/mirror/python` and `python`)."""
    mine, theirs = split(one).repository, split(other).repository
    return mine == theirs or mine.endswith("/" + theirs) or theirs.endswith("/" + mine)


def same_image(one: str, other: str) -> bool:
    """Whether two names have the same repository, or a mirror of it, and the same version: the tag, or only the digest."""
    return same_repository(one, other) and _version(one) == _version(other)


def _version(name: str) -> str:
    _, tag, digest = read(name)
    return digest or tag or LATEST


# Names that people and uname use for architectures.
_SPELLINGS = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "i386": "386",
    "i686": "386",
    "armhf": "arm/v7",
    "armel": "arm/v6",
}
_OS = frozenset({"linux", "windows", "darwin", "freebsd", "wasi", "wasip1", "unknown", "plan9", "solaris", "netbsd"})
_VERSIONED = pattern.compile(r"(?P<os>[a-z0-9]+)\((?P<version>[^)]*)\)(?P<rest>.*)")
_PLATFORM = pattern.compile(r"[A-Za-z0-9_.()-]+(?:/[A-Za-z0-9_.-]+){0,2}")
# Names that are valid alone, for the host's architecture or system: Go's lists, as in containerd.
_ALONE = pattern.compile(
    r"(?:aix|android|darwin|dragonfly|freebsd|hurd|illumos|ios|js|linux|macos|nacl|netbsd|openbsd|plan9|solaris|windows"
    r"|zos)(?:\(.*)?|i?386|amd64(?:p32)?|x86[-_]64|arm|arm64|arm64be|armbe|armel|armhf|aarch64|loong64"
    r"|mips(?:le|64(?:p32)?(?:le)?)?|ppc|ppc64(?:le)?|riscv(?:64)?|s390x?|sparc(?:64)?|wasm"
)


@dataclass(frozen=True)
class Platform:
    """The platform that `--platform` asks for; a part that is None matches anything."""

    os: str | None = None
    architecture: str | None = None
    variant: str | None = None
    os_version: str | None = None


def is_platform(text: str) -> bool:
    """Whether builders accept the text as a platform: `os`, `architecture`, `os/architecture[/variant]`,
    `windows(10.0.17763)/amd64`; a single name has to be known."""
    return (_PLATFORM.fullmatch(text) if "/" in text else _ALONE.fullmatch(text.lower())) is not None


def parse_platform(text: str) -> Platform:
    """`os`, `architecture`, `os/architecture[/variant]`, `windows(10.0.17763)/amd64`; uname's spellings too.

    Raises NotFoundError if it isn't a platform.
    """
    version = None
    wanted = text.strip().lower()
    if match := _VERSIONED.fullmatch(wanted):
        version = match["version"]
        wanted = match["os"] + match["rest"]
    parts = [part for word in wanted.split("/") for part in _SPELLINGS.get(word, word).split("/")]
    if not parts or not all(parts) or len(parts) > 3:
        raise NotFoundError(f"--platform {text!r}: expected OS/ARCH[/VARIANT], e.g. linux/arm64")
    if parts[0] not in _OS:
        parts.insert(0, "")
    parts += [""] * (3 - len(parts))
    return Platform(parts[0] or None, parts[1] or None, parts[2] or None, version)
