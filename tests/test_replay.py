"""The config that steps leave in force."""

from __future__ import annotations

from typing import Any

import reconstruct
from reconstruct.image import HistoryEntry, Image
from reconstruct.replay import UNTOLD, Left, replay

_NOP = "/bin/sh -c #(nop) "


def left_by(*texts: str, config: dict[str, Any] | None = None) -> Left:
    history = tuple(HistoryEntry(text, comment="buildkit.dockerfile.v0" if "nop" not in text else "") for text in texts)
    return replay(reconstruct.steps(Image(history=history, config=config or {})))


def test_later_steps_take_the_place_of_earlier_ones() -> None:
    left = left_by("ENV A=1", "ENV B=2", "ENV A=3", 'CMD ["a"]', 'ENTRYPOINT ["b"]', "USER x", "USER y")
    assert left.env == {"A": "3", "B": "2"}
    # ENTRYPOINT sets CMD back.
    assert left.whole == {"Entrypoint": ["b"], "User": "y"}


def test_a_relative_directory_is_in_the_previous_one() -> None:
    assert left_by("WORKDIR /a", "WORKDIR b").whole["WorkingDir"] == "/a/b"
    assert left_by("WORKDIR b").whole["WorkingDir"] is UNTOLD


def test_ports_as_the_config_has_them() -> None:
    assert left_by("EXPOSE map[80/tcp:{} 53/udp:{}]").ports == {"80/tcp", "53/udp"}
    assert left_by(_NOP + " EXPOSE 8000-8001").ports == {"8000/tcp", "8001/tcp"}


def test_a_config_with_unknown_values_taken_from_the_final_one() -> None:
    final = {"Healthcheck": {"Test": ["CMD", "x"]}, "Env": ["A=1"]}
    made = left_by('HEALTHCHECK &{["CMD" "x"] "0s" "0s" "0s" \'\\x00\'}', "ENV A=2", "VOLUME [/v]").config(final)
    assert made["Healthcheck"] == {"Test": ["CMD", "x"]}
    assert (made["Env"], made["Volumes"], made["ExposedPorts"]) == (["A=2"], {"/v": {}}, {})
