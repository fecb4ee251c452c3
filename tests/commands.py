"""Commands run in this process, by their arguments."""

from __future__ import annotations

import contextlib
import io

from reconstruct.cli.main import main


class _Stream(io.TextIOWrapper):
    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", errors="surrogateescape", newline="")

    def text(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode("utf-8", "strict")  # type: ignore[attr-defined,no-any-return]


def run(*args: str) -> tuple[int, str, str]:
    """(exit status, standard output, standard error). An exception that gets out is the test's failure."""
    out, err = _Stream(), _Stream()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(list(args))
            status = 0
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
    return status, out.text(), err.text()
