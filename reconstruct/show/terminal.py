"""Standard output as a terminal: whether it is one, its width, whether it supports colour and more than ASCII."""

from __future__ import annotations

import os
import sys

# ASCII replacements for our drawing characters; each takes one column either way.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("█▉▊▋▌", "#"),
        **dict.fromkeys("▍▎▏", "."),
        "–": "-",
        "─": "-",
        "…": ">",
        "│": "|",
        "→": ">",
        "⋮": ":",
        "×": "x",
        "·": "-",
    }
)


def use_color(color: bool | None) -> bool:
    """Whether to use colour: as requested, else on a terminal and without NO_COLOR (https://no-color.org)."""
    if color is not None:
        return color
    return is_terminal() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def is_terminal() -> bool:
    """Whether standard output is a terminal."""
    return sys.stdout is not None and sys.stdout.isatty()


def width() -> int | None:
    """The terminal's width in columns, None if standard output isn't a terminal (nothing is cut then)."""
    if not is_terminal():
        return None
    import shutil

    return max(shutil.get_terminal_size().columns, 20)


def takes_unicode() -> bool:
    """Whether output may contain more than ASCII: the locale's character set is UTF-8 (POSIX, LC_ALL before LC_CTYPE
    before LANG), or no locale is set at all.
    """
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    if encoding.lower().replace("-", "").replace("_", "") not in ("utf8", "utf8mode"):
        return False
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or ""
    # Python itself sets LC_CTYPE if the locale is C (PEP 538).
    if locale == "C.UTF-8" and not os.environ.get("LC_ALL") and os.environ.get("LANG") in ("C", "POSIX"):
        return False
    return not locale or "utf-8" in locale.lower() or "utf8" in locale.lower()


def plain(text: str) -> str:
    """`text` in ASCII: drawing characters replaced, other characters spelled out (`\\xe9`)."""
    return text.translate(_PLAIN).encode("ascii", "backslashreplace").decode("ascii")
