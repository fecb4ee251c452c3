"""`python -m reconstruct`, and what the installed `reconstruct` calls: the command line."""

from __future__ import annotations

import sys


def main() -> None:
    """Runs the command line. Ctrl-C gives exit status 130 even while it is being imported."""
    try:
        from reconstruct.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
