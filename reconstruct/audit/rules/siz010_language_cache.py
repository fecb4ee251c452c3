"""SIZ010: A language toolchain's cache is left in the layer."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.files import cleaned
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.rule import Hit, Rule, docker
from reconstruct.audit.shell import Command

# program → (its subcommands that fill a cache, the cache's usual places as a pattern)
_CACHES = {
    "go": (("build", "install", "get", "test", "mod"), r"go-build|/go/pkg|\$GOPATH|pkg/mod|\.cache|GOCACHE|/go/?$|/go/\*"),
    "gem": (("install", "update"), r"\.gem\b|/cache|/usr/local/bundle|GEM_HOME|\*\.gem"),
    "bundle": (("install", "update", ""), r"\.bundle|/cache|/usr/local/bundle|BUNDLE_PATH"),
    "cargo": (("build", "install", "fetch"), r"\.cargo|CARGO_HOME|/registry|cargo/git|/target"),
    "composer": (("install", "update", "require", "create-project", "global"), r"\.composer|\.cache|/cache|COMPOSER_HOME"),
    "conda": (("install", "create", "update", "env"), r"/pkgs|\.conda|/cache"),
    "mamba": (("install", "create", "update", "env"), r"/pkgs|\.conda|/cache"),
    "mvn": (("package", "install", "verify", "compile", "dependency:go-offline", "dependency:resolve"), r"\.m2|repository"),
    "dotnet": (("restore", "build", "publish", "tool"), r"\.nuget|NUGET_PACKAGES|/packages"),
    "nuget": (("restore", "install"), r"\.nuget|/packages|NuGet.{0,3}Cache"),
    "sbt": (("compile", "assembly", "package", "update", "stage"), r"\.ivy2|\.sbt|\.cache|coursier"),
    "mix": (("deps.get", "compile", "release"), r"\.hex|\.mix|/deps|\.cache"),
    "stack": (("build", "install", "setup"), r"\.stack|stack-work"),
    "cabal": (("install", "build", "v2-install"), r"\.cabal"),
    "micromamba": (("install", "create", "update"), r"/pkgs|\.conda|/cache"),
    "cpanm": (("",), r"\.cpanm"),
    "gradlew": (("build", "assemble", "bootjar", "installdist", "shadowjar"), r"\.gradle|GRADLE"),
    "mvnw": (("package", "install", "verify", "compile"), r"\.m2|repository"),
    "gradle": (("build", "assemble", "bootjar", "installdist", "shadowjar"), r"\.gradle|GRADLE"),
}  # fmt: skip


_ASKS = (("--version",), ("--help",), ("-h",), ("-v",), ("-V",))
# Several goals may follow each other, with options and their values in between.
_ANY_ORDER = frozenset({"mvn", "mvnw", "gradle", "gradlew", "sbt"})


def check(context: Context) -> Iterator[Hit]:
    """Fires if a language's tool (go, gem, cargo, mvn, conda …) fills its cache and the step doesn't empty it."""
    for position, commands in context.run_with(*_CACHES):
        for command in commands:
            if _fills(command) and not _emptied(context, position, command, commands):
                size = context.layer_bytes(position)
                message = f"the cache of {command.name} stays in the layer"
                yield Hit(position, message, bytes=size, subject=(command.name,))
                break


def _fills(command: Command) -> bool:
    known = _CACHES.get(command.name)
    if known is None or command.arguments[:1] in _ASKS or command.has("--no-cache", "--local"):
        return False
    verb = next(iter(command.operands()), "").lower()
    if command.name == "go" and verb == "mod":
        return "download" in command.words or "tidy" in command.words
    if command.name == "cpanm":
        return bool(verb)
    return (
        any(word.lower() in known[0] for word in command.operands()) if command.name in _ANY_ORDER else verb in known[0]
    )


def _emptied(context: Context, position: int, command: Command, commands: tuple[Command, ...]) -> bool:
    if command.name not in _ANY_ORDER and any(
        other.name == command.name
        and any(
            word in ("clean", "clear-cache", "locals", "clearcache", "cleanup", "clear") for word in other.arguments
        )
        for other in commands
    ):
        return True
    if command.name == "bundle" and any(
        "cache" in word for other in commands for word in other.arguments if other.name == "rm"
    ):
        return True
    return cleaned(context, position, _CACHES[command.name][1])


rule = Rule(
    id="SIZ010",
    name="language-cache-left",
    family=Family.WEIGHT,
    severity=Severity.LOW,
    summary="A language toolchain's cache is left in the layer",
    why=(
        "Go, Cargo, RubyGems, Composer, Conda, Maven and Gradle cache their downloads, and some build results, "
        "for the next run. In an image there is no next run: the cache is pulled and stored for nothing."
    ),
    fix=(
        "Build in a separate stage and copy the result; or use a cache mount (`RUN --mount=type=cache`); or clear "
        "the cache in the same RUN (`go clean -cache -modcache`, `conda clean --all`, `composer clear-cache`)."
    ),
    references=(docker("optimize cache usage in builds", "build/cache/optimize/"),),
    check=check,
)
