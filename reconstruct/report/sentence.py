"""The largest parts in one sentence, which is what a report is opened for."""

from __future__ import annotations

import re

from reconstruct import pattern
from reconstruct.report.model import Report, Row
from reconstruct.show import units
from reconstruct.show.text import cell

# The number of own steps that are named, and the smallest share worth naming.
_NAMED = 3
_LEAST = 0.05
_INSTALLERS = pattern.compile(
    r"\b(?P<tool>apt-get|aptitude|apt|apk|dnf|microdnf|yum|zypper|pacman|pip3?|pipx|uv|poetry|conda|mamba|npm|yarn|pnpm|gem|bundle|composer|cargo|go|mvn|gradle|"
    r"dotnet|choco|winget|make|cmake|docker-php-ext-install|pecl|luarocks|stack|cabal)\b(?:\.exe)?(?:\s+-{1,2}[\w=./:-]+)*\s+"
    r"(?P<verb>install|add|ci|sync|restore|build|publish|package|download|get|require|create|-S\w*)\b"
)
_SHELL_NOISE = pattern.compile(r"^(?:set -\w+;|set -\w+ &&|export \S+;|:;|\s)+")


def sentence(report: Report) -> str:
    """`46.5 % is step 15, pip install; 32.8 % step 13, apt-get install; the base, python:3.12-slim, is 3.5 %.`"""
    if report.measure is None:
        return _unmeasured(report)
    heavy = sorted((row for row in report.own_rows if row.share), key=lambda row: -(row.share or 0.0))
    named = [row for row in heavy if (row.share or 0.0) >= _LEAST][:_NAMED] or heavy[:1]
    parts = [f"{units.percent(row.share or 0.0)} is {_what(row)}" for row in named[:1]]
    parts += [f"{units.percent(row.share or 0.0)} {_what(row)}" for row in named[1:]]
    share = sum(row.share or 0.0 for row in report.base_rows)
    if not report.base.scratch and report.base_rows:
        of_base = f"the base, {report.base.name}, is {units.percent(share)}"
        parts = [*parts, of_base] if not named or share <= (named[0].share or 0.0) else [of_base, *parts]
    if not parts:
        return "All layers are empty."
    text = cell("; ".join(parts))
    return f"{text[0].upper()}{text[1:]}{'' if text.endswith('…') else '.'}"


def _unmeasured(report: Report) -> str:
    count = len(report.own_rows)
    steps = f"{count} step{'s' * (count != 1)}"
    base = "" if report.base.scratch else f" on {report.base.name}"
    return cell(f"{steps}{base}; sizes unknown.")


def _what(row: Row) -> str:
    if row.step is None:
        return "a layer without a step"
    return f"step {row.number}, {gist(row)}"


def gist(row: Row) -> str:
    """The step in a few words: `pip install`, `COPY dist /app`."""
    keyword = row.step.instruction.keyword if row.step else ""
    # The start of a step is enough to describe it.
    text = " ".join(row.text[:4000].split())
    if keyword == "RUN":
        if match := _INSTALLERS.search(text):
            return f"{match['tool']} {match['verb']}"
        text = "RUN " + _SHELL_NOISE.sub("", text.partition(" ")[2].lstrip())
        words = re.split(r"\s(?=&&|\|\||\|)|;|\s&&\s", text)[0]
        return _short(words or text)
    if not keyword:
        return _short(text.lstrip("# "))
    return _short(text)


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:39].rstrip() + "…"
