"""The signals that STOPSIGNAL accepts (moby/sys/signal, Linux)."""

from __future__ import annotations

import re

from reconstruct.dockerfile.dialect import Dialect

_NAMES = frozenset(
    """
    ABRT ALRM BUS CHLD CLD CONT FPE HUP ILL INT IO IOT KILL PIPE POLL PROF PWR QUIT SEGV STKFLT STOP SYS TERM TRAP
    TSTP TTIN TTOU URG USR1 USR2 VTALRM WINCH XCPU XFSZ RTMIN RTMAX
    """.split()  # noqa: SIM905
)
_REAL_TIME = {f"RTMIN+{n}" for n in range(1, 16)} | {f"RTMAX-{n}" for n in range(1, 15)}


def valid(signal: str, dialect: Dialect) -> bool:
    """Whether the builder accepts `signal`, a name with or without SIG, or a number."""
    if re.fullmatch(r"[+-]?[0-9]{1,18}", signal):
        return int(signal) != 0
    name = signal.upper().removeprefix("SIG")
    return name in _NAMES or name in _REAL_TIME or name in dialect.more_signals
