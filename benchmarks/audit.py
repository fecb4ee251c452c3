"""How many planted flaws the audit finds, and how many look-alikes it reports.

    python benchmarks/audit.py [--second | --third | --fourth | --fifth | --sixth | --seventh | --eighth] [--misses]

Each case of tests/audit/data is built as each builder would (`reconstruct` itself predicts the history), audited, and
checked: a flaw is found if a rule of its kind fires at its step, a look-alike is a false alarm if anything more severe
than `low` is reported there.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from reconstruct.dockerfile.errors import DockerfileError
from tests.audit.planted import DATA, alarms, cases, findings, hit


def flaws(name: str, misses: bool) -> None:
    found: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for case in cases(name):
        for builder in case.builders:
            try:
                got = findings(case, builder)
            except DockerfileError:  # a flag that this builder does not have
                continue
            total[case.kind] += 1
            if hit(case, got):
                found[case.kind] += 1
            elif misses:
                seen = ", ".join(f"{one.rule} {one.severity}" for one in got)
                print(f"  missed [{case.kind}] {builder}: {' ⏎ '.join(case.lines)}  ({seen})")
    for kind, count in total.items():
        print(f"{found[kind]:5} of {count:4}  {kind}")
    print(f"{found.total():5} of {total.total():4}  found ({100 * found.total() / total.total():.1f} %)\n")


def looks(name: str, misses: bool) -> None:
    wrong = total = 0
    for case in cases(name):
        for builder in case.builders:
            try:
                false = alarms(findings(case, builder))
            except DockerfileError:
                continue
            total += 1
            wrong += bool(false)
            if false and misses:
                told = "; ".join(f"{one.rule} {one.severity}: {one.message}" for one in false)
                print(f"  false [{case.kind}] {builder}: {' ⏎ '.join(case.lines)}  ({told})")
    print(f"{wrong:5} of {total:4}  look-alikes taken for flaws ({100 * wrong / total:.1f} %)\n")


_SETS = {
    "--second": "2",
    "--third": "3",
    "--fourth": "4",
    "--fifth": "5",
    "--sixth": "6",
    "--seventh": "7",
    "--eighth": "8",
}


def main() -> None:
    misses = "--misses" in sys.argv
    end = next((number for option, number in _SETS.items() if option in sys.argv), "")
    flaws(f"flaws{end}.txt", misses)
    if (DATA / f"looks{end}.txt").exists():
        looks(f"looks{end}.txt", misses)


if __name__ == "__main__":
    main()
