"""Solves for build arguments and the base's variables from an image's history and config.

The prediction for the Dockerfile has a marker (reconstruct.dockerfile.unknown) for each unknown value. If a predicted text
and the image's text differ only in the markers, the image's text in their place is the value. It is a guess until
a prediction with it matches.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from reconstruct import pattern
from reconstruct.builders import registry
from reconstruct.builders.predicting import predict
from reconstruct.builders.prediction import Entry, Prediction
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.model import Dockerfile, Instruction
from reconstruct.dockerfile.unknown import MARKER, MAYBE, is_unknown, marker, usable
from reconstruct.dockerfile.words import unquote
from reconstruct.image import Image
from reconstruct.record import dataclass, field, replace
from reconstruct.typed import Any

_COUNT = pattern.compile(r"^(RUN )?\|[0-9]+ ")
_VARIABLE = "env:"
# More than any real Dockerfile has; each entry of RUN shows them all.
MAX_NAMES = 500


@dataclass()
class Solution:
    """Solved values: `args` by name (None: had none), the base's `env`. `firm`: args that history spells out.

    `shown`: those that only ARG's entry shows, which may be the default instead of the value.
    """

    args: dict[str, str | None] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)
    firm: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)

    def take(self, found: Mapping[str, str | None], firm: bool, keyword: str = "") -> None:
        """Adds new values; the first reading of a name counts, but RUN overrides ARG."""
        for name, value in found.items():
            if name.startswith(_VARIABLE):
                if value is not None:
                    self.env.setdefault(name.removeprefix(_VARIABLE), value)
            elif name not in self.args or (keyword == "RUN" and name in self.shown):
                self.shown.discard(name)
                if keyword == "ARG":
                    self.shown.add(name)
                self.args[name] = value
                if firm:
                    self.firm.add(name)


def declared(dockerfile: Dockerfile) -> dict[str, str | None]:
    """The names that ARGs declare, each with its last default (as written)."""
    names: dict[str, str | None] = {}
    for instruction in dockerfile.instructions:
        if instruction.keyword == "ARG":
            for word in instruction.args:
                key, equals, value = word.strip("'\"").partition("=")
                names[key] = value if equals else names.get(key)
    return names


def variables_set(instructions: Iterable[Instruction], escape: str = "\\") -> list[str]:
    """The names that the instructions' ENVs set, unquoted, each once."""
    pairs = [pair for step in instructions if step.keyword == "ENV" for pair in step.pairs]
    return list(dict.fromkeys(unquote(pair.key, escape) for pair in pairs))


def solve(
    dockerfile: Dockerfile,
    image: Image,
    *,
    builder: str,
    base: Image,
    target: str | None,
    given: Mapping[str, str],
    platform: str,
    variables: Sequence[str],
) -> Solution:
    """What the image reveals of the missing build arguments and of the base's `variables`.

    The Dockerfile was checked for this builder (see `predict`). `base` is what is known about the base image; `variables` are
    the names of its variables that the Dockerfile sets again. Empty if nothing can be solved.
    """
    solution = Solution()
    names = [name for name in declared(dockerfile) if name not in given and name]
    if not usable(dockerfile.text) or len(names) > MAX_NAMES or not (names or variables):
        return solution
    env = [entry for entry in base.config.get("Env", ()) if entry.partition("=")[0] not in variables]
    env += [f"{name}={marker(_VARIABLE + name)}" for name in variables]
    unknown = replace(base, config={**base.config, "Env": env})
    args = {**given, **{name: marker(name) for name in names}}
    try:
        shown = predict(
            dockerfile,
            builder=builder,
            base=unknown,
            target=target,
            build_args=args,
            platform=platform,
            checked=True,
        )
    except DockerfileError:
        return solution
    count = len(shown.own)
    if not 0 < count <= len(image.history):
        return solution
    for entry, actual in zip(shown.own, image.history[-count:], strict=True):
        _from_entry(entry, actual.created_by, solution, builder)
    _from_config(shown, image.config, solution)
    return solution


def _keyword(entry: Entry) -> str:
    return entry.instruction.keyword if isinstance(entry.instruction, Instruction) else ""


def _from_entry(entry: Entry, actual: str, solution: Solution, builder: str) -> None:
    keyword = _keyword(entry)
    predicted = entry.created_by
    if entry.checksum is not None:
        if entry.after and is_unknown(entry.after):
            solution.take(read_off(" in " + entry.after[4:], " in " + actual.rpartition(" in ")[2]) or {}, False)
        return
    if keyword == "ARG" and not registry.named(builder).declares_args:
        _declared_names(predicted, actual, solution)
        return
    if not is_unknown(predicted):
        return
    if keyword == "RUN":
        found = run_arguments(predicted, actual)
        solution.take(found or {}, True, keyword)
        return
    solution.take(read_off(predicted, actual) or {}, keyword == "ARG", keyword)


def _declared_names(predicted: str, actual: str, solution: Solution) -> None:
    """buildah's ARG lists the names with a value, so a missing one had none."""
    present = set(actual.partition(" ARG ")[2].split())
    solution.take({name: None for name in predicted.partition(" ARG ")[2].split() if name not in present}, firm=True)


def _from_config(shown: Prediction, config: Mapping[str, Any], solution: Solution) -> None:
    for key in ("User", "WorkingDir", "StopSignal"):
        predicted, actual = shown.config.get(key), config.get(key)
        if isinstance(predicted, str) and isinstance(actual, str):
            solution.take(read_off(predicted, actual) or {}, False)
    actual_env = _environment(config.get("Env"))
    for name, value in _environment(shown.config.get("Env")).items():
        if name in actual_env:
            solution.take(read_off(value, actual_env[name]) or {}, False)
    labels = config.get("Labels")
    for name, value in (shown.config.get("Labels") or {}).items():
        if isinstance(labels, Mapping) and isinstance(labels.get(name), str):
            solution.take(read_off(value, labels[name]) or {}, False)


def _environment(entries: Any) -> dict[str, str]:
    if not isinstance(entries, list | tuple):
        return {}
    return {key: value for key, _, value in (str(entry).partition("=") for entry in entries)}


def read_off(predicted: str, actual: str) -> dict[str, str | None] | None:
    """The text in `actual` in place of the markers of `predicted`, None if the rest differs.

    Each value ends at the first occurrence of the text after its marker. A marker after MAYBE means `=value` or
    nothing (None).
    """
    parts = MARKER.split(predicted)
    maybe = [match.group().startswith(MAYBE) for match in MARKER.finditer(predicted)]
    if len(parts) == 1 or not actual.startswith(parts[0]):
        return None
    found: dict[str, str | None] = {}
    position = len(parts[0])
    for index, name in enumerate(parts[1::2]):
        literal = parts[2 * index + 2]
        last = 2 * index + 3 == len(parts)
        end = len(actual) - len(literal) if last else actual.find(literal, position)
        if end < position or (not literal and not last) or (last and not actual.endswith(literal)):
            return None
        value: str | None = actual[position:end]
        if maybe[index]:
            value = value[1:] if value and value.startswith("=") else None
        if name not in found:
            found[name] = value
        position = end + len(literal)
    return found


def run_arguments(predicted: str, actual: str) -> dict[str, str | None] | None:
    """The values of the `|N` list before a RUN, None (as a value) for those it omits."""
    parts = MARKER.split(predicted)
    names, tail = parts[1::2], parts[-1]
    if not actual.endswith(tail):
        return None
    count = _COUNT.match(actual)
    if count is None:
        return dict.fromkeys(names)
    region = " " + actual[count.end() : len(actual) - len(tail)]
    found: dict[str, str | None] = {}
    starts: list[tuple[str, int, int]] = []
    position = 0
    # BuildKit 0.8 lists a name twice if it is declared twice.
    for name in names:
        start = region.find(f" {name}=", position)
        if start < 0:
            found.setdefault(name, None)
            continue
        starts.append((name, start, start + len(name) + 2))
        position = start + len(name) + 2
    for index, (name, _, begin) in enumerate(starts):
        end = starts[index + 1][1] if index + 1 < len(starts) else len(region)
        found.setdefault(name, region[begin:end])
    return found
