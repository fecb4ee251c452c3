"""Build stages that history gives away: an argument forgotten, a CMD reset.

All stages that end up in an image write into one history, one after the other. A new stage (`FROM build`) forgets the
build arguments and lets ENTRYPOINT reset CMD; where history or config show that, the Dockerfile must begin a stage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from reconstruct.image import Image
from reconstruct.syntax import Arg, Cmd, Dialect, Entrypoint, Env, ExecForm, Pair, Run, Step

# Set by the builder, one value a platform: https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope
PLATFORM_ARGS = frozenset(
    f"{side}{part}" for side in ("TARGET", "BUILD") for part in ("PLATFORM", "OS", "ARCH", "VARIANT")
)


@dataclass(frozen=True, slots=True)
class Plan:
    """`boundaries`: positions in the steps where a new stage begins. `global_args`: ARG lines before FROM.
    `build_args`: what must have been given with --build-arg."""

    boundaries: frozenset[int] = frozenset()
    global_args: tuple[Pair, ...] = ()
    build_args: tuple[Pair, ...] = ()


@dataclass(slots=True)
class _Arguments:
    """The arguments declared so far in the stage: name → (position, default)."""

    declared: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    last_shown: int = 0


def plan(steps: Sequence[Step], image: Image) -> Plan:
    """The stages and global arguments that the steps need so that a build writes the same history."""
    boundaries = _argument_boundaries(steps)
    reset = _cmd_boundary(steps, image)
    if reset is not None:
        boundaries.add(reset)
    global_args, build_args = _outside_values(steps)
    return Plan(frozenset(boundaries - {0}), global_args, build_args)


def _argument_boundaries(steps: Sequence[Step]) -> set[int]:
    boundaries: set[int] = set()
    state = _Arguments()
    env: set[str] = set()
    for position, step in enumerate(steps):
        instruction = step.instruction
        if isinstance(instruction, Env):
            env |= {pair.key for pair in instruction.pairs}
        if isinstance(instruction, Arg):
            for pair in instruction.pairs:
                state.declared[pair.key] = (position, pair.value)
        if not isinstance(instruction, Run) or not state.declared:
            continue
        forgotten = _forgotten(step, instruction, state.declared, env)
        if forgotten:
            last = max(state.declared[name][0] for name in forgotten)
            kept = [place for name, (place, _) in state.declared.items() if name not in forgotten]
            start = max(last, state.last_shown) + 1
            boundaries.add(_best_place(steps, start, min([position, *(place for place in kept if place > last)])))
            state.declared = {name: at for name, at in state.declared.items() if name not in forgotten}
        if instruction.build_args:
            state.last_shown = position
    return boundaries


def _forgotten(step: Step, run: Run, declared: Mapping[str, tuple[int, str | None]], env: set[str]) -> set[str]:
    """The declared arguments that this RUN should show and does not."""
    shown = {pair.key for pair in run.build_args or ()}
    if step.dialect is Dialect.BUILDKIT:
        return {name for name in declared if name not in shown}
    if step.dialect is Dialect.CLASSIC:
        return {name for name, (_, value) in declared.items() if value is not None and name not in shown | env}
    return set()


def _best_place(steps: Sequence[Step], start: int, end: int) -> int:
    """Where between two positions a stage most likely begins: behind a CMD or ENTRYPOINT, else at the earliest."""
    for position in range(min(end, len(steps) - 1), start, -1):
        if isinstance(steps[position - 1].instruction, Cmd | Entrypoint):
            return position
    return start


def _cmd_boundary(steps: Sequence[Step], image: Image) -> int | None:
    """A CMD that the config no longer has was reset by the ENTRYPOINT of a later stage."""
    if image.config.get("Cmd") or not image.has_config:
        return None
    commands = [position for position, step in enumerate(steps) if isinstance(step.instruction, Cmd)]
    if not commands:
        return None
    last = steps[commands[-1]].instruction
    assert isinstance(last, Cmd)
    if last.command == ExecForm(()):
        return None
    after = [
        position
        for position, step in enumerate(steps)
        if isinstance(step.instruction, Entrypoint) and position > commands[-1]
    ]
    return commands[-1] + 1 if after else None


def _outside_values(steps: Sequence[Step]) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Values of arguments that no ARG of the stage gives: from a global ARG, or from --build-arg."""
    bare: set[str] = set()
    defaults: dict[str, set[str]] = {}
    env: set[str] = set()
    global_args: dict[str, Pair] = {}
    build_args: dict[str, Pair] = {}
    for step in steps:
        instruction = step.instruction
        if isinstance(instruction, Env):
            env |= {pair.key for pair in instruction.pairs}
        elif isinstance(instruction, Arg):
            for pair in instruction.pairs:
                env.discard(pair.key)
                if pair.value is None:
                    bare.add(pair.key)
                else:
                    bare.discard(pair.key)
                    defaults.setdefault(pair.key, set()).add(pair.value)
        elif isinstance(instruction, Run) and step.dialect in (Dialect.BUILDKIT, Dialect.CLASSIC):
            for pair in instruction.build_args or ():
                if pair.key in env or pair.key in PLATFORM_ARGS:
                    continue
                if pair.key in bare and (pair.value or step.dialect is Dialect.CLASSIC):
                    global_args.setdefault(pair.key, pair)
                elif pair.key in defaults and pair.key not in bare and pair.value not in defaults[pair.key]:
                    build_args.setdefault(pair.key, pair)
    return tuple(global_args.values()), tuple(build_args.values())
