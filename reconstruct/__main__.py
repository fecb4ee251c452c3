"""The command line, for `python -m reconstruct` and the installed `reconstruct`."""

from __future__ import annotations

import sys

# Objects made before the interpreter looks for cycles among them (it says 700): a small image makes fewer, and of what many
# images leave behind nothing grows.
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
    """Ends the process as it is. To take modules and objects apart, as the interpreter does, is a sixth of a small command.

    Returns where others have a say in the end: threads, processes, a profiler, an interactive session, output that fails.
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
