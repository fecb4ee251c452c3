"""Inputs → an index: batches over processes, rows gathered into parts of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from reconstruct.fleet import parts
from reconstruct.fleet.inputs import Item
from reconstruct.fleet.needs import package
from reconstruct.fleet.pool import Runner, batches, run
from reconstruct.fleet.rows import Rows, Wanted, arrow_tables, rows_of

# A part is written when it holds so many images, or so many bytes of rows: memory stays flat.
PART_IMAGES = 5_000
PART_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Done:
    """What was done: `images` new in the index, `again` that it held already or that came twice, `errors`."""

    images: int = 0
    again: int = 0
    errors: int = 0


def build(
    inputs: Iterable[Item],
    folder: str,
    wanted: Wanted,
    *,
    jobs: int = 1,
    progress: Callable[[int], None] = lambda inputs: None,
    runner: Runner | None = None,
    died: Callable[[], None] = lambda: None,
) -> Done:
    """Indexes the inputs into `folder` (made where it is not there; added to where it is an index).

    `jobs` processes share the work, or `runner` does it (a cluster, see `cluster.runner`).

    An image whose key the index holds gets no rows again. What was written stays when the process is killed: run again,
    it goes on with the images that are missing. `progress` hears how many inputs a finished batch had, `died` of a process
    that was killed.

    Raises ReconstructError where the folder can't be written or is no index.
    """
    parts.create(folder)
    with parts.locked(folder):
        wanted = replace(wanted, known=parts.known(folder))
        part = _Part(folder, set(wanted.known))
        done = Done()
        runner = runner or partial(run, jobs=jobs, died=died)
        for batch, tables, seen in runner(work, batches(inputs), wanted, lost=_lost):
            images, errors = part.add(tables)
            done = Done(done.images + images, done.again + seen - images, done.errors + errors)
            progress(len(batch))
        part.write()
    return done


def work(batch: Sequence[Item], wanted: Wanted) -> tuple[dict[str, Any], int]:
    """A batch's rows as Arrow tables, and how many images it held: what a process, or a cluster's worker, does."""
    rows = rows_of(batch, wanted)
    return arrow_tables(rows), rows.seen


def _lost(item: Item) -> tuple[dict[str, Any], int]:
    """What stands for an input whose process died of it."""
    rows = Rows()
    rows.tables["errors"].append(
        (item.label, "the process that read it died (out of memory?); nothing of it is indexed")
    )
    return arrow_tables(rows), 0


class _Part:
    """The rows of the part that is filled at present."""

    def __init__(self, folder: str, known: set[str]) -> None:
        self.folder = folder
        self.known = known
        self.pieces: list[dict[str, Any]] = []
        self.images = 0
        self.bytes = 0

    def add(self, tables: dict[str, Any]) -> tuple[int, int]:
        """Takes a batch's tables; returns how many images of it are new, and how many errors."""
        tables = self._new(tables)
        images = tables["images"].num_rows
        self.pieces.append(tables)
        self.images += images
        self.bytes += sum(table.nbytes for table in tables.values())
        if self.images >= PART_IMAGES or self.bytes >= PART_BYTES:
            self.write()
        return images, tables["errors"].num_rows

    def _new(self, tables: dict[str, Any]) -> dict[str, Any]:
        """The tables without the images that another batch brought meanwhile."""
        keys = tables["images"].column("image").to_pylist()
        again = [key for key in keys if key in self.known]
        self.known.update(keys)
        if not again:
            return tables
        arrow, compute = package("pyarrow", "fleet"), package("pyarrow.compute", "fleet")
        unwanted = arrow.array(again)
        return {
            name: table.filter(compute.invert(compute.is_in(table.column("image"), value_set=unwanted)))
            if name != "errors"
            else table
            for name, table in tables.items()
        }

    def write(self) -> None:
        if not any(table.num_rows for piece in self.pieces for table in piece.values()):
            return
        arrow = package("pyarrow", "fleet")
        whole = {name: arrow.concat_tables([piece[name] for piece in self.pieces]) for name in self.pieces[0]}
        parts.add(self.folder, whole)
        self.pieces, self.images, self.bytes = [], 0, 0
