"""Sizes and shares for people to read."""

from __future__ import annotations

_UNITS = ("B", "KB", "MB", "GB", "TB")
_EIGHTHS = " ▏▎▍▌▋▊▉"

BAR_WIDTH = 10


def human(size: int) -> str:
    """`5.8 GB`: powers of 1000, one decimal, as registries and the repo-info pages count; bytes as `221
    B`.
    """
    if size < 1000:
        return f"{size} B"
    value = float(size)
    for unit in _UNITS:
        if round(value, 1) < 1000 or unit == _UNITS[-1]:
            return f"{value:.1f} {unit}"
        value /= 1000
    raise AssertionError  # the loop always returns by the last unit


def bar(share: float, width: int = BAR_WIDTH) -> str:
    """A bar for `share` (0 to 1) of `width` cells, in eighths; anything above 0 is visible."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    if share > 0:
        eighths = max(eighths, 1)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def percent(share: float) -> str:
    """`70.0 %`; a share above 0 that rounds to 0 is `<0.1 %`."""
    return "<0.1 %" if 0 < share < 0.0005 else f"{share * 100:.1f} %"


def short(digest: str | None) -> str:
    """The first twelve digits of a digest, as docker shows it; for other text, its first twelve characters."""
    return (digest or "").rpartition(":")[2][:12]
