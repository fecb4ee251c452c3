"""A process that is told to end while a temporary file is about ends as Ctrl-C ends it: the file is removed first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Terminated(BaseException):
    """The process was told to end, by the signal `number`. No error: nothing but `finally` and the command line sees it."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number


@contextmanager
def cleanly() -> Iterator[None]:
    """In the body SIGTERM and SIGHUP raise Terminated, once; a further one doesn't disturb what cleans up.

    A program of which this package is a part may handle them itself: its handlers stay, and other threads have none.
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
