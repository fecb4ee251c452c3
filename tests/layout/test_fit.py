"""The fitting of prices, on a small corpus of our own: what it writes is read back, the same each time, and of use."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

# Three blanks a level, which hardly anyone writes: by the prices that ship, `RUN a && \⏎   b` is not read so.
ODD = """\
FROM debian
RUN apt-get update && \\
   apt-get install -y curl && \\
   rm -rf /var/lib/apt/lists/*
RUN set -x && \\
   mkdir -p /srv/{name} && \\
   chown nobody /srv/{name}
"""


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    for path in (BENCHMARKS / "layout").glob("*.Dockerfile"):
        own = folder / path.stem
        own.mkdir()
        (own / "Dockerfile").write_bytes(path.read_bytes())
    for number in range(12):
        own = folder / f"odd-{number}"
        own.mkdir()
        (own / "Dockerfile").write_text(ODD.replace("{name}", f"n{number}"), encoding="utf-8")
    return folder


def fitted(corpus: Path, output: Path) -> bytes:
    command = [sys.executable, str(BENCHMARKS / "fit_layout.py"), str(corpus), "--output", str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "of 59 RUNs" in done.stdout
    return output.read_bytes()


def test_the_same_corpus_gives_the_same_prices(corpus: Path, tmp_path: Path) -> None:
    assert fitted(corpus, tmp_path / "a.py") == fitted(corpus, tmp_path / "b.py")


def test_prices_are_what_the_corpus_does(corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from reconstruct.layout import break_lines, evidence

    fitted(corpus, tmp_path / "prices.py")
    prices = runpy.run_path(str(tmp_path / "prices.py"))["PRICES"]
    lines = ("cd /tmp && ", "   make && ", "   make install")
    assert break_lines("".join(lines), shell=("/bin/sh", "-c")) != lines
    # In place: compiled code doesn't look the name up.
    for feature in [*evidence.PRICES]:
        monkeypatch.delitem(evidence.PRICES, feature)
    for feature, price in prices.items():
        monkeypatch.setitem(evidence.PRICES, feature, price)
    assert break_lines("".join(lines), shell=("/bin/sh", "-c")) == lines


def test_the_corpus_is_read_as_the_builder_reads_it(tmp_path: Path) -> None:
    source = "FROM a\nRUN --mount=type=cache,target=/x \\\n  make \\\n\n  # why\n  all\nRUN \\\n  a; \\\n  b\nENV A=1 \\\n    B=2\n"
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "Dockerfile").write_text(source, encoding="utf-8")
    (tmp_path / "one" / "Dockerfile.template").write_text(source, encoding="utf-8")
    script = (
        f"import sys; sys.path.insert(0, {str(BENCHMARKS)!r})\n"
        "from pathlib import Path\nfrom dockerfiles import corpus\n"
        f"print([(w.repository, w.keyword, w.lines, w.head, w.flags) for w in corpus(Path({str(tmp_path)!r}))][1:])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str([
        ("one", "RUN", ("make ", "  all"), False, True),
        ("one", "RUN", ("a; ", "  b"), True, False),
        ("one", "ENV", ("A=1 ", "    B=2"), False, False),
    ])  # fmt: skip
