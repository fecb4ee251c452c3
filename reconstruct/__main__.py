"""The command line, for `python -m reconstruct` and the installed `reconstruct`."""

from __future__ import annotations

import sys

# Allocations before the cyclic garbage collector runs (the default is 700). A small image makes fewer, and a run over many
# images leaves no growing garbage.
BEFORE_COLLECTING = 50_000


def main() -> None:
    """Runs the command line. Ctrl-C gives exit status 130 even while it is being imported."""
    import gc

    gc.set_threshold(BEFORE_COLLECTING, 10, 10)
    try:
        from reconstruct.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)
    except SystemExit as end:
        _leave(end.code)
        raise


def _leave(status: object) -> None:
    """Ends the process without the interpreter's clean-up, which takes a sixth of a small command's time.

    Returns if something depends on that clean-up: threads, processes, a profiler, an interactive session, failing output.
    """
    import os

    threads = sys.modules.get("threading")
    if (
        not isinstance(status, int)
        or (threads is not None and threads.active_count() > 1)
        or "multiprocessing" in sys.modules
        or "concurrent.futures" in sys.modules
        or sys.getprofile() is not None
        or sys.gettrace() is not None
        or sys.flags.interactive
        or sys.flags.inspect
    ):
        return
    import atexit

    atexit._run_exitfuncs()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return
    os._exit(status)


if __name__ == "__main__":
    main()
