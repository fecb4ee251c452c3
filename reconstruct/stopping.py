"""A process terminated while it has a temporary file ends as on Ctrl-C: the file is removed first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from reconstruct.typed import Any


class Terminated(BaseException):
    """The process was terminated by the signal `number`. Not an error: only `finally` blocks and the command line see it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number


@contextmanager
def cleanly() -> Iterator[None]:
    """In the body SIGTERM and SIGHUP raise Terminated, once; further ones don't disturb the clean-up.

    If the surrounding program handles the signals itself, its handlers stay; other threads get none.
    """
    import signal
    import threading

    def stop(number: int, _: Any) -> None:
        for each in mine:
            signal.signal(each, signal.SIG_IGN)
        raise Terminated(number)

    asked = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    here = threading.current_thread() is threading.main_thread()
    mine = [each for each in asked if here and signal.getsignal(each) is signal.SIG_DFL]
    for each in mine:
        signal.signal(each, stop)
    try:
        yield
    finally:
        for each in mine:
            signal.signal(each, signal.SIG_DFL)
