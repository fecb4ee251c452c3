"""How often the base is found: where it ends, and by a name that it had, by family of images.

    python benchmarks/bases.py CHAINS.jsonl… [--known | --catalogue FILE] [--wrong]

A line of a file is one image: `image` (its config), `from`, `entries` (how many history entries are the base's), `tags` (every name
of the base that day), `chain` (each image below and where it ends). `--known` asks only the data of known public images, `--catalogue` a catalogue too;
`--wrong` prints those that are wrong; `--data` takes other data than what is shipped: one that ends earlier shows how it ages.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import reconstruct
from reconstruct.base.catalogue import Catalogue
from reconstruct.image import Image
from reconstruct.syntax import Step

Answer = tuple[int, str, tuple[str, ...], tuple[str, ...]]
Ask = Callable[[Image, Sequence[Step]], Answer]


def by_known(image: Image, steps: Sequence[Step]) -> Answer:
    """What the shipped data says: the deepest image that is not the whole."""
    from reconstruct.base.known import find

    found = [known for known in find(image, steps) if known.entries < len(image.history)]
    return (found[-1].entries, found[-1].name, found[-1].names, found[-1].alternatives) if found else (0, "", (), ())


def by_everything(image: Image, truth: int, catalogue: Catalogue | None = None) -> Answer:
    """What FROM would name, and where it ends."""
    from reconstruct.base import find_chain

    base = find_chain(image, reconstruct.steps(image), catalogue=catalogue).base
    return base.entries, base.name, base.names, base.alternatives


def use(data: Path) -> None:
    """Lets look-ups read another file."""
    from reconstruct.base.known import look_up
    from reconstruct.base.known.store import Store

    opened = Store(data)
    look_up.store = lambda: opened  # type: ignore[assignment]


def samples(paths: list[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        with path.open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines)


def family(sample: dict[str, Any]) -> str:
    return str(sample["from"]).partition(":")[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--known", action="store_true")
    parser.add_argument("--catalogue", type=Path)
    parser.add_argument("--wrong", action="store_true")
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    if options.data:
        use(options.data)
    known = Catalogue(options.catalogue) if options.catalogue else None
    ask: Ask = by_known if options.known else partial(by_everything, catalogue=known)
    counts: dict[str, Counter[str]] = {}
    times: list[float] = []
    for number, sample in enumerate(samples(options.files)):
        image = reconstruct.load(sample["image"])
        steps = reconstruct.steps(image)
        begun = time.process_time()
        entries, name, names, alternatives = ask(image, steps)
        times.append(time.process_time() - begun)
        border = entries == sample["entries"]
        right = border and name in sample["tags"]
        also = border and bool({name, *names} & set(sample["tags"]))
        told = also or (border and bool({*alternatives} & set(sample["tags"])))
        for key in (family(sample), "all"):
            counts.setdefault(key, Counter()).update(n=1, border=border, name=right, also=also, told=told)
        if options.wrong and not right:
            told = f"{name or 'nothing'} after {entries}"
            print(
                f"{number} {sample['day']}: {told}; is {sample['from']} after {sample['entries']} of {len(image.history)}"
            )
    print(f"{'family':24} images  border  and name  or one of its names  or told beside it")
    for key in sorted(counts, key=lambda key: (key == "all", -counts[key]["n"], key)):
        row = counts[key]
        shares = "  ".join(f"{100 * row[field] / row['n']:6.1f} %" for field in ("border", "name", "also", "told"))
        print(f"{key:24} {row['n']:6}  {shares}")
    later = times[1:] or times
    print(
        f"an answer: {1000 * sum(later) / len(later):.1f} ms of the processor's time, at most {1000 * max(later):.1f} ms; "
        f"the first, with what it imports, {1000 * times[0]:.1f} ms"
    )


if __name__ == "__main__":
    main()
