"""A part of an export: one step's files, or one file."""

from __future__ import annotations

import posixpath

from reconstruct.base import Base
from reconstruct.errors import NotFoundError, UnreadableError
from reconstruct.files.export import copying
from reconstruct.files.export.plan import Part, Plan, Planner, Treatment
from reconstruct.files.find import find
from reconstruct.files.reading import Contents
from reconstruct.syntax import Copy


def plan(contents: Contents, step: int | None, single: str | None) -> Plan:
    """The plan of a part. NotFoundError if there is no such step or file, or the step has no files."""
    if contents.image.windows:
        raise UnreadableError("Windows layers can't be exported, only listed (`reconstruct files`)")
    if single is not None:
        return _single(contents, single)
    assert step is not None
    if step > len(contents.steps):
        raise NotFoundError(f"--step {step}: the image has {len(contents.steps)} steps")
    planner = Planner(contents, Base(), frozen=True)
    made = planner.plan()
    treatment = made.treatments.get(step - 1, Treatment())
    if treatment.sources is None and not treatment.after:
        raise NotFoundError(f"--step {step}: this step added no files")
    return Plan(made.base, 0, True, {step - 1: treatment}, part=Part(at=step - 1))


def _single(contents: Contents, path: str) -> Plan:
    found = find(contents, path)
    tree, row = contents.tree, found.row
    name = tree.path(tree.node[row])
    planner = Planner(contents, Base(), frozen=True)
    form = copying.form(tree, [row], Copy(destination=name), name)
    if form is None:
        # COPY can't express everything: what it can, and the owner.
        owner = f"{tree.uid[row]}:{tree.gid[row]}"
        form = copying.Form(files=((posixpath.basename(name), row),), owner=owner if owner != "0:0" else None)
    sources = planner.placed(tree.layer[row], contents.numbers[tree.layer[row]], form)
    return Plan(Base(), 0, True, part=Part(path=found.path, sources=sources))
