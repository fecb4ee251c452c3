"""The Dockerfile of an export, and its note on what can't be recovered."""

from __future__ import annotations

from collections.abc import Sequence

from reconstruct.files.export.plan import Archive, Part, Plan, Treatment, archive_place
from reconstruct.files.reading import Contents
from reconstruct.record import replace
from reconstruct.show.text import one_line
from reconstruct.syntax import Add, Certainty, Copy, Instruction, Note, Onbuild, RootFilesystem, Step, Workdir
from reconstruct.writer import instruction_text, write

_LOST_NAMES = "the sources' names"


def dockerfile(contents: Contents, plan: Plan, archives: frozenset[str] = frozenset()) -> str:
    """The text. `archives`: the paths of sources that ADD would unpack, which are therefore copied with COPY."""
    if plan.part is not None:
        return _part(contents, plan, plan.part, archives)
    steps: list[Step] = []
    commented: set[int] = set()
    for at, step in enumerate(contents.steps):
        if step.index is not None and step.index < plan.base.entries:
            steps.append(step)
            continue
        treatment = plan.treatments.get(at, Treatment())
        steps += [_added(each, step) for each in treatment.before]
        if _forgotten(step, contents):
            treatment = replace(treatment, comment=True)
        if not _told_by_its_archive(step, treatment):
            if treatment.comment:
                commented.add(len(steps))
            steps.append(_own(step, treatment, archives))
        steps += [_added(archive, step, treatment) for archive in treatment.after]
    last = contents.steps[-1] if contents.steps else Step(Instruction())
    steps += [_added(archive, last) for archive in plan.end]
    if plan.folders:
        remark = "the modes, owners and times of directories"
        steps.append(_added(Archive(archive_place(plan), -1, remark=remark), last))
    # The files are those of that very image: its most specific name.
    written = write(contents.image, steps, base=replace(plan.base, names=()))
    lines = written.text.split("\n")
    for at in sorted(commented & written.spans.keys()):
        first, end = written.spans[at]
        lines[first - 1 : end] = [f"# {line}" for line in lines[first - 1 : end]]
    return "\n".join(lines)


def _told_by_its_archive(step: Step, treatment: Treatment) -> bool:
    """Whether the comment above an archive says everything that the step's own line would: what made it, or a checksum."""
    if not treatment.after:
        return treatment.left_out and isinstance(step.instruction, RootFilesystem)
    unnamed = isinstance(step.instruction, Copy) and step.instruction.checksum is not None
    return treatment.left_out or (treatment.comment and unnamed)


def _part(contents: Contents, plan: Plan, part: Part, archives: frozenset[str]) -> str:
    """One step, or one file, on an empty root."""
    if part.at is None:
        step = Step(Copy(destination=part.path))
        made = [_own(step, Treatment(sources=part.sources), archives)]
    else:
        step, treatment = contents.steps[part.at], plan.treatments.get(part.at, Treatment())
        made = [_own(step, treatment, archives)] if treatment.sources else []
        made += [_added(archive, step) for archive in treatment.after]
    lines = [instruction_text(each) for each in made]
    told = f"# step {part.at + 1}: {instruction_text(contents.steps[part.at])}" if part.at is not None else ""
    return "\n".join(["FROM scratch", *([told] if told else []), *lines]) + "\n"


def _forgotten(step: Step, contents: Contents) -> bool:
    """Whether a trigger was the base's and has run: the image no longer has it."""
    return isinstance(step.instruction, Onbuild) and step.instruction.trigger not in (
        contents.image.config.get("OnBuild") or []
    )


def _added(archive: Archive, near: Step, treatment: Treatment | None = None) -> Step:
    """The ADD of an archive, as a step next to another."""
    notes = []
    if treatment is not None and (treatment.left_out or (treatment.comment and isinstance(near.instruction, Copy))):
        notes.append(Note(Certainty.INFERRED, _maker(near)))
    elif archive.remark:
        notes.append(Note(Certainty.INFERRED, archive.remark))
    return Step(
        Add(sources=(archive.place,), destination="/"),
        dialect=near.dialect,
        shell=near.shell,
        notes=tuple(notes),
        layer_index=archive.layer if archive.layer >= 0 else None,
    )


def _maker(step: Step) -> str:
    instruction = step.instruction
    if isinstance(instruction, Copy):
        what = instruction.checksum or " ".join(instruction.sources)
        return one_line(
            f"from the layer, because COPY can't express it: {instruction.keyword} {what[:100]} → {instruction.destination}"
        )
    return one_line(instruction_text(step).removeprefix("# "))


def _own(step: Step, treatment: Treatment, archives: frozenset[str]) -> Step:
    """The step itself, with sources from the context."""
    instruction = step.instruction
    notes = tuple(note for note in step.notes if not note.text.startswith(_LOST_NAMES))
    if treatment.lost:
        notes = (*notes, Note(Certainty.LOST, treatment.lost))
    if isinstance(instruction, Workdir) and treatment.workdir not in ("", instruction.path):
        return replace(step, instruction=Workdir(path=treatment.workdir), notes=notes)
    if not isinstance(instruction, Copy):
        return replace(step, notes=notes)
    if treatment.sources is None:
        return replace(step, notes=notes)
    form, places = treatment.sources.form, treatment.sources.places
    flags = (("chown", form.owner),) if form.owner else ()
    if flags and "chown" not in dict(instruction.flags):
        notes = (*notes, Note(Certainty.INFERRED, "--chown: the owner in the layer"))
    words = tuple(f"{place}/" for place in places) if form.folder is not None else places
    kind = Add if isinstance(instruction, Add) and not archives.intersection(places) else Copy
    destination = treatment.sources.destination or instruction.destination
    if form.folder is not None and not destination.endswith("/") and destination not in (".", ".."):
        destination += "/"
    made = kind(sources=words, destination=destination, flags=flags)
    return replace(step, instruction=made, notes=notes)


def note(contents: Contents, plan: Plan, lost: Sequence[str]) -> str:
    """What can't be recovered, or isn't certain, as Markdown; and how to build the directory."""
    from reconstruct.show.text import markdown

    lines = [
        "# How to build this directory",
        "",
        "Use `docker build .`, `buildah bud .` or `buildctl`: everything that the Dockerfile copies is in `context/`.",
    ]
    if plan.frozen:
        lines.append("RUN steps don't run again: each is a comment above the ADD of its layer.")
    found = [*plan.notes, *lost]
    for at, treatment in sorted(plan.treatments.items()):
        if treatment.lost:
            found.append(f"step {at + 1} ({instruction_text(contents.steps[at])}): {treatment.lost}")
    if contents.tree.odd_count:
        found.append(f"{contents.tree.odd_count:,} layer members point outside the file system: skipped")
    found += _dropped(contents, plan)
    if not plan.base.scratch:
        found.append(f"the base image {plan.base.name} must be available: {plan.base.reason or 'the image names it'}")
    if not plan.frozen and plan.again_run:
        found.append(
            "RUN steps run again, with whatever they download today; --frozen adds the files that they made instead"
        )
    lines += ["", "## Missing or uncertain", "", *(f"- {markdown(each, inside=True)}" for each in found)]
    if not found:
        lines[-1:] = ["", "Nothing."]
    return "\n".join(lines) + "\n"


def _dropped(contents: Contents, plan: Plan) -> list[str]:
    """The extended attributes in the archives that Docker's builders don't write into a layer (moby, pkg/archive/archive.go,
    ReadSecurityXattrToTarHeader: only capabilities)."""
    tree, layers = contents.tree, {archive.layer for archive in plan.archives()}
    rows = [
        (row, name)
        for row, xattrs in tree.xattrs.items()
        if tree.layer[row] in layers and tree.gone[row] < 0
        for name in xattrs
        if name != "security.capability"
    ]
    if not rows:
        return []
    row, name = rows[0]
    more = f" and {len(rows) - 1:,} more" if len(rows) > 1 else ""
    return [
        f"extended attributes ({name} of {tree.path(tree.node[row])}{more}): of them, Docker's builders keep only capabilities; "
        "buildah keeps all"
    ]
