"""The stages that a build needs, and their dependencies."""

from __future__ import annotations

from collections.abc import Callable

from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.model import Dockerfile, Instruction, Stage
from reconstruct.dockerfile.unknown import is_unknown
from reconstruct.golang import is_digits
from reconstruct.record import dataclass
from reconstruct.reference import is_name, is_platform

SCRATCH = "scratch"


def check_reference(name: str, line: int | None = None) -> None:
    """Raises DockerfileError for an invalid image name."""
    if not is_unknown(name) and not is_name(name):
        raise DockerfileError(f"invalid reference format: {name!r}", line)


def check_platform(platform: str, written: str) -> None:
    """Raises DockerfileError for an invalid platform; `written` is FROM's own text, empty without --platform."""
    if written and not is_unknown(platform) and not is_platform(platform):
        raise DockerfileError(f"failed to parse platform {written}")


@dataclass(frozen=True)
class Link:
    """A stage with the expanded name in its FROM, and the stage that the name refers to, None for an image."""

    stage: Stage
    base: str
    parent: int | None


def link(dockerfile: Dockerfile, expand: Callable[[Stage], str], exact: bool) -> list[Link]:
    """The stages with their bases; `expand` gives FROM's name. With `exact` False, stage names ignore case."""
    known: dict[str, int] = {}
    links = []
    for stage in dockerfile.stages:
        try:
            base = expand(stage)
        except DockerfileError as error:
            raise error.at(stage.source.start) from None
        if not base:
            raise DockerfileError(f"base name ({stage.base}) should not be blank", stage.source.start)
        parent = known.get(base if exact else base.lower())
        if parent is None and base != SCRATCH:
            check_reference(base, stage.source.start)
        links.append(Link(stage, base, parent))
        if stage.name:
            known[stage.name] = stage.index
    return links


def find_target(dockerfile: Dockerfile, target: str | None, exact: bool = False) -> int:
    """The index of the stage to build: the named one, or the last. Raises DockerfileError for an unknown one.

    `exact` respects case, takes the first of two stages with the same name, and numbers for those without (buildah).
    """
    if not target:
        return dockerfile.stages[-1].index
    named = [stage for stage in dockerfile.stages if stage.name]
    found = [s.index for s in named if s.name == target or (not exact and s.name.lower() == target.lower())]
    if found:
        return found[0 if exact else -1]
    if exact and is_digits(target) and int(target[:9]) < len(dockerfile.stages):
        return int(target)
    raise DockerfileError(f"target stage {target} could not be found")


def source_stage(name: str, links: list[Link]) -> int | None:
    """The stage that `--from=name` means, None for an image."""
    for other in reversed(links):
        if other.stage.name and other.stage.name.lower() == name.lower():
            return other.stage.index
    if is_digits(name):
        if int(name[:9]) >= len(links):
            raise DockerfileError(f"invalid stage index {name}")
        return int(name)
    return None


def sources(instruction: Instruction) -> list[str]:
    """The stages or images from which an instruction takes files."""
    names = []
    for flag in instruction.flags:
        key, _, value = flag.partition("=")
        if instruction.keyword == "COPY" and key == "--from":
            names.append(value)
        elif instruction.keyword == "RUN" and key == "--mount":
            names += [part[5:] for part in value.split(",") if part.lower().startswith("from=")]
    return [name for name in names if name]


def needed(links: list[Link], target: int, exact: bool = True) -> list[int]:
    """The stages that the target is built from, in the file's order.

    Raises DockerfileError for a reference to a later stage and for a cycle of stages; with `exact` (BuildKit), for a
    cycle or an invalid stage or image name anywhere, even in stages that aren't built.
    """
    edges = {item.stage.index: _edges(links, item, exact) for item in links} if exact else {}
    _check_circles(edges)
    todo, seen = [target], {target}
    while todo:
        item = links[todo.pop()]
        for index, line in (edges.get(item.stage.index) or _edges(links, item, exact)).items():
            if index >= item.stage.index:
                raise DockerfileError(f"stage {index} needs to be defined before it is copied from", line)
            if index not in seen:
                seen.add(index)
                todo.append(index)
    return sorted(seen)


def _edges(links: list[Link], item: Link, exact: bool) -> dict[int, int]:
    """The stages that a stage depends on, each with the first line that refers to it."""
    found = {} if item.parent is None else {item.parent: item.stage.source.start}
    for instruction in item.stage.instructions:
        for name in sources(instruction) if instruction.flags else ():
            try:
                index = source_stage(name, links)
            except DockerfileError as error:
                raise error.at(instruction.start) from None
            if index is not None:
                found.setdefault(index, instruction.start)
            elif exact:
                # buildah expands the name.
                check_reference(name, instruction.start)
    return found


def _check_circles(edges: dict[int, dict[int, int]]) -> None:
    """Raises DockerfileError for a cycle of stages."""
    waits = {index: set(sources) for index, sources in edges.items()}
    while ready := [index for index, sources in waits.items() if not sources & waits.keys()]:
        for index in ready:
            del waits[index]
    if waits:
        first = min(waits)
        line = next(line for index, line in edges[first].items() if index in waits)
        raise DockerfileError(f"circular dependency detected on stage {first}", line)
