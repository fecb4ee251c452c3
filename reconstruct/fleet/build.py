"""Inputs → an index: batches in several processes, rows collected into parts of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from reconstruct.fleet import parts
from reconstruct.fleet.inputs import Item
from reconstruct.fleet.needs import package
from reconstruct.fleet.pool import Runner, batches, run
from reconstruct.fleet.rows import Rows, Wanted, arrow_tables, rows_of
from reconstruct.typed import Any

# A part is written at this many images, or bytes of rows, so that memory stays flat.
PART_IMAGES = 5_000
PART_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Done:
    """The outcome: `images` new in the index, `again` already in it or seen twice, `errors`."""

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
    """Indexes the inputs into `folder` (created if missing; extended if it is an index).

    `jobs` processes share the work, or `runner` does it (a cluster, see `cluster.runner`).

    An image whose key is in the index is skipped. Written parts stay if the process is killed; the next run
    continues with the missing images. `progress` gets the number of inputs of a finished batch, `died` is called if a process
    was killed.

    Raises ReconstructError if the directory can't be written or isn't an index.
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
    """A batch's rows as Arrow tables, and its number of images: the work of a process, or a cluster worker."""
    rows = rows_of(batch, wanted)
    return arrow_tables(rows), rows.seen


def _lost(item: Item) -> tuple[dict[str, Any], int]:
    """The result for an input that killed its process."""
    rows = Rows()
    rows.tables["errors"].append((item.label, "the process reading it died (out of memory?); it is not indexed"))
    return arrow_tables(rows), 0


class _Part:
    """The rows of the current part."""

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
        """The tables without the images that another batch added meanwhile."""
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
