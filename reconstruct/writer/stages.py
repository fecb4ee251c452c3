"""Build stages that history reveals: an argument out of scope, a CMD reset.

All stages that end up in an image write into one history, one after the other. A new stage (`FROM build`) forgets the
build arguments and lets ENTRYPOINT reset CMD; where history or config show that, the Dockerfile must begin a stage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from reconstruct.builders import registry
from reconstruct.image import Image
from reconstruct.record import dataclass, field
from reconstruct.syntax import PLATFORM_ARGS, PROXY_ARGS, Arg, Cmd, Entrypoint, Env, ExecForm, Pair, Run, Step


@dataclass(frozen=True)
class Plan:
    """`boundaries`: positions in the steps where a new stage begins, with the evidence. `global_args`: ARG lines
    before FROM. `build_args`: what must have been given with --build-arg."""

    boundaries: Mapping[int, str] = field(default_factory=dict)
    global_args: tuple[Pair, ...] = ()
    build_args: tuple[Pair, ...] = ()


def plan(steps: Sequence[Step], image: Image, variables: Collection[str] = ()) -> Plan:
    """The stages and global arguments that the steps need so that a build writes the same history. `variables` are the names
    of those that the base image sets."""
    boundaries = dict.fromkeys(_commits(steps), "buildah committed the steps above as one layer")
    # Everything about arguments begins with an ARG.
    arguments = Arg in {type(step.instruction) for step in steps}
    if not boundaries:
        found = _argument_boundaries(steps) if arguments else set()
        reset = _cmd_boundary(steps, image)
        if reset is not None:
            found.add(reset)
        boundaries = {
            position: _FORGOTTEN + (_INHERITED if registry.of(steps[position].dialect).inherits_args else "")
            for position in sorted(found - {0})
        }
    outside = _outside_values(steps, platform_values(image), variables) if arguments else ((), ())
    return Plan(boundaries, *outside)


_FORGOTTEN = "the build arguments or CMD above no longer apply"
_INHERITED = " (BuildKit 0.15 and later pass build arguments on to such a stage; a separate image would drop them)"


@dataclass()
class _Stage:
    """The arguments of the stage so far: name → the positions of its ARGs, name → its last default; those that a RUN showed."""

    declared: dict[str, list[int]] = field(default_factory=dict)
    defaults: dict[str, str | None] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    env: set[str] = field(default_factory=set)
    last_shown: int = 0

    def forgotten(self, step: Step) -> list[int]:
        """The positions of ARGs that this step should show and does not: an earlier stage's."""
        shown = getattr(step.instruction, "build_args", None)
        if shown and registry.of(step.dialect).repeats_args and len(self.declared) <= _MOST_ARGUMENTS:
            named = Counter(pair.key for pair in shown)
            return [at for name, places in self.declared.items() for at in places[: len(places) - named[name]]]
        return [at for name in self._missing(step) for at in self.declared[name]]

    def _missing(self, step: Step) -> set[str]:
        instruction, builder = step.instruction, registry.of(step.dialect)
        if isinstance(instruction, Arg) and not builder.declares_args:
            listed = _listed(step)
            return {name for name, value in self.defaults.items() if value is not None and name not in listed}
        if not isinstance(instruction, Run) or not builder.lists_args:
            return set()
        named = {pair.key for pair in instruction.build_args or ()}
        if len(self.declared) > _MOST_ARGUMENTS:
            return set()
        if builder.shows_all_args:
            return self.declared.keys() - named
        # buildah shows what ENV sets, but no proxy that has a default.
        hidden = named | (PROXY_ARGS if builder.hides_proxies else self.env)
        return {
            name
            for name, value in self.defaults.items()
            if (value is not None or name in self.shown) and name not in hidden
        }

    def keep_from(self, position: int) -> None:
        """Forgets what was declared before a position after which a new stage begins."""
        self.declared = {name: kept for name, places in self.declared.items() if (kept := _from(places, position))}
        self.defaults = {name: self.defaults[name] for name in self.declared}
        self.shown = set()


def _from(places: Sequence[int], position: int) -> list[int]:
    return [place for place in places if place >= position]


# More than anybody declares; a bound for artificial histories.
_MOST_ARGUMENTS = 512


def _commits(steps: Sequence[Step]) -> list[int]:
    """Where buildah without --layers ended a stage: only its last entry names what it was built on."""
    if not any(registry.of(dialect).one_layer_for_all for dialect in {step.dialect for step in steps}):
        return []
    from reconstruct.base import names_its_base

    return [
        position
        for position in range(1, len(steps))
        if steps[position].dialect is steps[position - 1].dialect
        and registry.of(steps[position].dialect).one_layer_for_all
        and _made_a_layer(steps[position - 1])
        and names_its_base(steps[position - 1].entry)
        and not names_its_base(steps[position].entry)
    ]


def _made_a_layer(step: Step) -> bool:
    return step.entry is not None and not step.entry.empty_layer


def _named(step: Step) -> set[str]:
    """The arguments that a step shows to be in force."""
    instruction = step.instruction
    if isinstance(instruction, Run):
        return {pair.key for pair in instruction.build_args or ()}
    return _listed(step)


def _listed(step: Step) -> set[str]:
    return registry.of(step.dialect).listed_args(step.entry) or set()


def _argument_boundaries(steps: Sequence[Step]) -> set[int]:
    boundaries: set[int] = set()
    stage = _Stage()
    for position, step in enumerate(steps):
        instruction = step.instruction
        if stage.declared and (gone := stage.forgotten(step)):
            # A new stage forgets all that was declared before it; what this step names must have come after.
            start = max(*gone, stage.last_shown) + 1
            kept = {name: later for name, places in stage.declared.items() if (later := _from(places, start))}
            own = {pair.key for pair in instruction.pairs} if isinstance(instruction, Arg) else set()
            if _named(step) & stage.declared.keys() <= kept.keys() | own:
                boundaries.add(_best_place(steps, start, min([position, *(places[0] for places in kept.values())])))
                stage.keep_from(start)
        if isinstance(instruction, Env):
            stage.env |= {pair.key for pair in instruction.pairs}
        elif isinstance(instruction, Arg):
            for pair in instruction.pairs:
                stage.declared.setdefault(pair.key, []).append(position)
                stage.defaults[pair.key] = pair.value
        elif isinstance(instruction, Run) and instruction.build_args:
            stage.last_shown = position
            stage.shown |= {pair.key for pair in instruction.build_args}
    return boundaries


def _best_place(steps: Sequence[Step], start: int, end: int) -> int:
    """The likeliest start of a stage between two positions: after a CMD or ENTRYPOINT, else the earliest."""
    if registry.of(steps[end].dialect).own_text:
        # Lines in between may use the arguments, which are unexpanded there.
        return end
    for position in range(min(end, len(steps) - 1), start, -1):
        if isinstance(steps[position - 1].instruction, (Cmd, Entrypoint)):
            return position
    return start


def _cmd_boundary(steps: Sequence[Step], image: Image) -> int | None:
    """A CMD that the config no longer has was reset by the ENTRYPOINT of a later stage."""
    if image.config.get("Cmd") or not image.has_config:
        return None
    reset = False
    for position in range(len(steps) - 1, -1, -1):
        instruction = steps[position].instruction
        if isinstance(instruction, Cmd):
            return position + 1 if reset and instruction.command != ExecForm(()) else None
        reset = reset or isinstance(instruction, Entrypoint)
    return None


def platform_values(image: Image) -> dict[str, str]:
    """What the builder gives the arguments of the target platform; the build platform's are unknown."""
    variant = image.variant or ""
    return {
        "TARGETPLATFORM": image.platform,
        "TARGETOS": image.os,
        "TARGETARCH": image.architecture or "",
        "TARGETVARIANT": variant,
    }


@dataclass()
class _Values:
    """Where the value of each argument can come from: bare ARG, default, ENV."""

    bare: set[str] = field(default_factory=set)
    defaults: dict[str, set[str]] = field(default_factory=dict)
    env: set[str] = field(default_factory=set)

    def declare(self, pair: Pair) -> None:
        if pair.value is None:
            self.bare.add(pair.key)
            return
        self.bare.discard(pair.key)
        # BuildKit: the last of ARG and ENV wins. The classic builder never shows what ENV sets.
        self.env.discard(pair.key)
        self.defaults.setdefault(pair.key, set()).add(pair.value)


def _from_outside(step: Step, value: str, defaults: Collection[str]) -> bool:
    """Whether the value of an argument that was declared without one came from outside. BuildKit shows those without a
    value too, and one declared again without a default has the value that it had."""
    return not registry.of(step.dialect).shows_all_args or (bool(value) and value not in defaults)


def _outside_values(
    steps: Sequence[Step], platform: Mapping[str, str], variables: Collection[str]
) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Values of arguments that no ARG of the stage gives: from a global ARG, or from --build-arg."""
    values = _Values(env=set(variables))
    global_args: dict[str, Pair] = {}
    build_args: dict[str, Pair] = {}
    for step in steps:
        instruction = step.instruction
        if isinstance(instruction, Env):
            values.env |= {pair.key for pair in instruction.pairs}
        elif isinstance(instruction, Arg):
            for pair in instruction.pairs:
                values.declare(pair)
        elif isinstance(instruction, Run) and registry.of(step.dialect).args_from_outside:
            for pair in instruction.build_args or ():
                key, value = pair.key, pair.value or ""
                if key in values.env:
                    continue
                if key in PLATFORM_ARGS and key in values.bare:
                    if value != platform.get(key, value or " "):
                        global_args.setdefault(key, pair)
                elif key in values.bare and _from_outside(step, value, values.defaults.get(key, ())):
                    global_args.setdefault(key, pair)
                elif key in values.defaults and key not in values.bare and value not in values.defaults[key]:
                    build_args.setdefault(key, pair)
    return tuple(global_args.values()), tuple(build_args.values())
