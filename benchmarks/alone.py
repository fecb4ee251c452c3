"""How much of the author's Dockerfile is recovered from the image alone, without any hint, not even the base.

    python benchmarks/alone.py CHAINS.jsonl… [--wrong]

A line of a file is one image, with its author's Dockerfile beside it (`tools/make_chains.py` makes them). By builder, these are
counted:

- images whose base ends where FROM says; of these, images where FROM has the name that the author wrote, where it has a name
  that the base had that day, where any of the names reported is one, and where an alternative is one;
- images that the printed Dockerfile builds again on the real base: the same history and config, checksums of copied files aside;
- lines that are printed as the author wrote them, and images of which all are. Lines are those of the final stage and of the
  stages below it, without FROM, comments and empty lines. What no builder records is ignored: ENV and LABEL without `=`
  (`ENV A b`), and quotes around a value that needs none.

`--wrong` shows the lines that differ.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bases import samples
from fixpoint import same
from tabulate import tabulate

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
from known_images.gather import base_of, short_name

import reconstruct
from reconstruct.builders.predicting import predict
from reconstruct.dockerfile.dialect import BUILDKIT
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.dockerfile.lines import Lines
from reconstruct.dockerfile.model import Instruction
from reconstruct.reference import canonical


def written(text: str) -> list[str]:
    """The lines below FROM of the last stage and of those that it is built on, without comments, empty lines and the blanks
    at their ends."""
    stages: list[list[str]] = []
    names: dict[str, list[str]] = {}
    try:
        for physical, instruction in _instructions(text):
            if instruction.keyword != "FROM":
                if stages:
                    stages[-1] += physical
                continue
            stages.append(list(names.get(instruction.args[0].lower(), ())))
            if len(instruction.args) == 3:
                names[instruction.args[2].lower()] = stages[-1]
    except DockerfileError:
        pass
    return stages[-1] if stages else []


_LEGACY = re.compile(r"(ENV|LABEL) ([\w.-]+)[ \t]+([^\s=\"'\\]+)")
_QUOTED = re.compile(r"""(?<==)(["'])([^\s"'\\]+)\1""")


def _plain(line: str) -> str:
    """The line without anything that leaves no trace in history."""
    legacy = _LEGACY.fullmatch(line)
    return f"{legacy[1]} {legacy[2]}={legacy[3]}" if legacy else _QUOTED.sub(r"\2", line)


def _instructions(text: str) -> Iterator[tuple[list[str], Instruction]]:
    lines: list[str] = []
    source = text.replace("\r\n", "\n").split("\n")
    for number, line in enumerate(Lines("\n".join(source), BUILDKIT)):
        if line.kind in ("CONTINUED", "LAST", "BODY") and source[number].strip():
            lines.append(_plain(source[number].rstrip()))
        if line.instruction is not None:
            yield lines, line.instruction
            lines = []


def measure(sample: dict[str, Any]) -> tuple[Counter[str], list[str], list[str]]:
    """The counts for one image, and its lines: the author's and the reconstructed ones."""
    image = reconstruct.load(sample["image"])
    base = reconstruct.base(image).base
    text = reconstruct.dockerfile(image)
    border = base.entries == sample["entries"]
    named = border and short_name(base.written) in sample["tags"]
    theirs_too = border and canonical(base.written) == author(sample["dockerfile"])
    also = border and bool({short_name(base.name), *base.names} & set(sample["tags"]))
    told = border and bool({short_name(base.name), *base.names, *base.alternatives} & set(sample["tags"]))
    theirs, ours = written(sample["dockerfile"]), written(text)
    matcher = difflib.SequenceMatcher(None, theirs, ours, autojunk=False)
    kept = sum(block.size for block in matcher.get_matching_blocks()) if border else 0
    counts = Counter(
        images=1,
        border=border,
        exact=theirs_too,
        named=named,
        also=also,
        told=told,
        builds=border and _builds(sample, text),
    )
    counts.update(lines=len(theirs), kept=kept, whole=also and theirs == ours)
    return counts, theirs, ours


def author(text: str) -> str:
    """The name in the author's FROM, as Docker shows it."""
    return canonical(short_name(base_of(text)))


def _builds(sample: dict[str, Any], text: str) -> bool:
    below = reconstruct.load(sample["below"])
    try:
        first = predict(sample["dockerfile"], builder=sample["builder"], base=below)
        return same(first, predict(text, builder=sample["builder"], base=below))
    except DockerfileError:
        return False


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--wrong", action="store_true")
    options = parser.parse_args()
    totals: dict[str, Counter[str]] = {}
    for sample in samples(options.files):
        counts, theirs, ours = measure(sample)
        for key in (sample["builder"], "all"):
            totals.setdefault(key, Counter()).update(counts)
        if options.wrong and theirs != ours:
            print(f"== {sample.get('file', sample['from'])}, {sample['builder']}, {json.dumps(dict(counts))}")
            print("\n".join(difflib.unified_diff(theirs, ours, "theirs", "ours", n=0, lineterm="")))
    rows = []
    for builder, counts in sorted(totals.items(), key=lambda item: item[0] == "all"):
        shares = [counts[field] / counts["images"] for field in ("border", "exact", "named", "also", "told", "builds")]
        rows.append(
            [
                builder,
                counts["images"],
                *shares,
                counts["lines"],
                counts["kept"] / max(1, counts["lines"]),
                counts["whole"] / counts["images"],
            ]
        )
    headers = [
        "builder",
        "images",
        "FROM's place",
        "and the author's name",
        "or one of that day",
        "or another of its names",
        "or told beside it",
        "builds again",
        "lines",
        "as written",
        "all lines as written",
    ]
    print(tabulate(rows, headers, floatfmt=".1%"))


if __name__ == "__main__":
    main()
