"""Values of ENV that continue the variable's own value: `PATH=/opt/app/bin:$PATH`, as its author wrote it.

History has such values expanded. Of 213 Dockerfile lines in 70 public repositories whose PATH holds the PATH before it, 212
name it, as do all 97 ENVs that hand on an ARG of the same name (`ENV VERSION=$VERSION`), and nine in ten of 70 PATHs with the
`bin` of a variable like JAVA_HOME that the Dockerfile has set. Of other values that begin with a variable's two in three are
written with it, too few to write what history doesn't have.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from reconstruct import pattern
from reconstruct.builders import registry
from reconstruct.builders.base import DEFAULT_PATH
from reconstruct.builders.hints import env_map, strings
from reconstruct.image import Image
from reconstruct.syntax import Arg, Env, Pair, Step

# Text that needs no quotes next to a variable, in any builder.
_PLAIN = pattern.compile(r"[A-Za-z0-9_./:@+,-]*")
# Variables that people use in PATH, and what they use of them.
_HOME = pattern.compile(r"[A-Za-z0-9_]*HOME|GOPATH|GOROOT|VIRTUAL_ENV")
_BELOW = ("bin", "sbin")
_NAME = pattern.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def base_variables(steps: Sequence[Step], image: Image, below: Image | None) -> dict[str, str]:
    """The variables that the base image sets: `steps` are its own, `below` is the base image if available. A base
    that sets no PATH has the builders' default."""
    env = {"PATH": DEFAULT_PATH} if not image.windows else {}
    if below is not None:
        env |= env_map(strings(below.config.get("Env")))
    for step in steps:
        if isinstance(step.instruction, Env):
            _set(env, step.instruction.pairs, not registry.of(step.dialect).own_text)
    return env


def own_values(
    own: Sequence[Step],
    env: dict[str, str],
    boundaries: Collection[int],
    outside: Sequence[Pair],
    platform: Callable[[], Mapping[str, str]],
) -> dict[int, dict[str, str | None]]:
    """For the steps `own` (by id), how values that their author wrote otherwise are written, by name: ENV's that hold the
    variable's value before them, and ARG's that the builder gives; None for an ARG without a default.

    `env` is the base's. Arguments begin anew at `boundaries`, positions in `own`; `outside` are those given from outside the
    stage. `platform()` are the values that the builder gives to arguments, where it records them.
    """
    env = dict(env)
    args: dict[str, str] = {}
    # Names that may stand for an argument's value instead of the variable's: BuildKit's versions don't agree which one wins if
    # ARG is the later, and the newer ones keep arguments at a boundary.
    doubtful: set[str] = set()
    homes = _Homes()
    given = {pair.key: pair.value or "" for pair in outside}
    found: dict[int, dict[str, str | None]] = {}
    for position, step in enumerate(own):
        instruction = step.instruction
        if position in boundaries:
            args = {}
        if isinstance(instruction, Arg):
            declared = {pair.key: given.get(pair.key, pair.value or "") for pair in instruction.pairs}
            args |= declared
            doubtful |= {name for name, value in declared.items() if value and env.get(name) != value}
            homes.forget(doubtful & declared.keys())
            recorded = platform() if registry.of(step.dialect).records_by_version else {}
            bare = [pair.key for pair in instruction.pairs if pair.value and recorded.get(pair.key) == pair.value]
            if bare:
                found[id(step)] = dict.fromkeys(bare)
        elif isinstance(instruction, Env):
            shown = not registry.of(step.dialect).own_text
            if shown and (written := _written(instruction.pairs, env, args, doubtful)):
                found[id(step)] = {
                    name: homes.shown(text) if name == "PATH" else text for name, text in written.items()
                }
            _set(env, instruction.pairs, shown)
            if doubtful:
                doubtful -= {pair.key for pair in instruction.pairs}
            homes.update(instruction.pairs)
    return found


class _Homes:
    """The directories of variables like JAVA_HOME, as set so far."""

    def __init__(self) -> None:
        self._directories: dict[str, str] = {}
        # By directory, the variables that have it, the last one set at the end.
        self._names: dict[str, dict[str, None]] = {}

    def update(self, pairs: Sequence[Pair]) -> None:
        """Sets those that are among `pairs`; one that is set to something else than a plain path is none any more."""
        for pair in pairs:
            name, value = pair.key, pair.value or ""
            if not _HOME.fullmatch(name):
                continue
            if name in self._directories:
                del self._names[self._directories.pop(name)][name]
            if value.startswith("/") and not value.endswith("/") and _PLAIN.fullmatch(value):
                self._directories[name] = value
                self._names.setdefault(value, {})[name] = None

    def forget(self, names: Collection[str]) -> None:
        """Forgets those that may have another value now."""
        for name in self._directories.keys() & names:
            del self._names[self._directories.pop(name)][name]

    def shown(self, path: str) -> str:
        """`path` with the directories below a variable's as `$JAVA_HOME/bin`."""
        return ":".join(map(self._shown, path.split(":")))

    def _shown(self, directory: str) -> str:
        above, _, last = directory.rpartition("/")
        names = self._names.get(above) if last in _BELOW else None
        return f"${next(reversed(names))}/{last}" if names else directory


def _set(env: dict[str, str], pairs: Sequence[Pair], shown: bool) -> None:
    """Sets what an ENV sets; forgets what it sets to something that its entry doesn't show (`shown`: it shows every value)."""
    for pair in pairs:
        if shown or "$" not in (pair.value or ""):
            env[pair.key] = pair.value or ""
        else:
            env.pop(pair.key, None)


def _written(
    pairs: Sequence[Pair], env: Mapping[str, str], args: Mapping[str, str], doubtful: Collection[str]
) -> dict[str, str]:
    if len(pairs) > 1 and len({pair.key for pair in pairs}) < len(pairs):
        return {}
    found: dict[str, str] = {}
    for pair in pairs:
        name, value = pair.key, pair.value
        before, argument = env.get(name), args.get(name)
        if before is None and argument is None and not name.endswith("PATH"):
            # Nothing that the value could continue.
            continue
        if not value or not _NAME.fullmatch(name):
            continue
        if before is None and argument == value:
            found[name] = f"${name}"
        elif name not in doubtful and (text := _continued(name, value, before)):
            found[name] = text
    return found


def _continued(name: str, value: str, before: str | None) -> str | None:
    if before is None:
        return _opened(name, value)
    if before and before != value:
        if value.endswith(f":{before}") and _PLAIN.fullmatch(value, 0, len(value) - len(before)):
            return f"{value[: -len(before)]}${name}"
        if value.startswith(f"{before}:") and _PLAIN.fullmatch(value, len(before)):
            return f"${name}{value[len(before) :]}"
        head, found, tail = value.partition(f":{before}:")
        if found and _PLAIN.fullmatch(head) and _PLAIN.fullmatch(tail):
            return f"{head}:${name}:{tail}"
    return None


def _opened(name: str, value: str) -> str | None:
    """`LD_LIBRARY_PATH=/usr/local/lib:` is what `/usr/local/lib:$LD_LIBRARY_PATH` leaves if the variable was not set."""
    if not name.endswith("PATH") or len(value) < 2 or not _PLAIN.fullmatch(value):
        return None
    if value[-1] == ":" != value[-2]:
        return f"{value}${name}"
    return f"${name}{value}" if value[0] == ":" != value[1] else None
