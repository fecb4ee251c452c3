"""Masks secrets: the masked form of one, and replacing them in any text."""

from __future__ import annotations

import re
from collections.abc import Callable

_LONG = 8
# With more secrets than this no text is shown at all, because searching for each in every text would take too long.
MAX_SECRETS = 500
HIDDEN = "(hidden: the record has too many secrets to show its text)"


def masked(secret: str) -> str:
    """The masked form of a secret: the first characters of a long one, which show its kind (`ghp_`), and stars."""
    if "-----BEGIN" in secret:
        return "-----BEGIN **** PRIVATE KEY-----"
    return f"{secret[:4]}****" if len(secret) >= 16 else "****"


def _stars(secret: str) -> str:
    return "****"


class Masker:
    """Collects secrets and masks them in text: long ones anywhere, short ones as whole words."""

    def __init__(self) -> None:
        self._sure: set[str] = set()
        self._weak: set[str] = set()
        self._patterns: dict[bool, re.Pattern[str] | None] = {}

    def add(self, secret: str, *, sure: bool = True) -> str:
        """Registers `secret` and returns its masked form. One that isn't `sure` is a word that may mean something else
        elsewhere (a default such as `root`): it is masked in quotes from the record, but not in messages."""
        if secret.strip() and "****" not in secret:
            (self._sure if sure else self._weak).add(secret)
            self._patterns.clear()
        return masked(secret)

    def __bool__(self) -> bool:
        """Whether there is anything to mask."""
        return bool(self._sure or self._weak)

    def __call__(self, text: str) -> str:
        """`text`, quoted from the record, without any secret."""
        return self._masked(text, everything=True)

    def message(self, text: str) -> str:
        """`text` in our own words, without the certain secrets."""
        return self._masked(text, everything=False)

    def blank(self, text: str) -> str:
        """`text` without the certain secrets, stars in the place of each: for what is hashed, so that not even a guess at one can
        be tried."""
        return self._masked(text, everything=False, form=_stars)

    def _masked(self, text: str, *, everything: bool, form: Callable[[str], str] = masked) -> str:
        if not text or not (self._sure or (everything and self._weak)):
            return text
        if len(self._sure) + len(self._weak) > MAX_SECRETS:
            return HIDDEN
        if everything not in self._patterns:
            self._patterns[everything] = self._compile(self._sure | self._weak if everything else self._sure)
        pattern = self._patterns[everything]
        return pattern.sub(lambda match: form(match.group()), text) if pattern else text

    def _compile(self, secrets: set[str]) -> re.Pattern[str] | None:
        # Each secret also in the forms in which a Dockerfile writes it: escaped, or across lines.
        forms: set[str] = set()
        for secret in secrets:
            forms.add(secret)
            forms.add(secret.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$"))
            forms.add(secret.replace("\n", "\\n"))
            if "\n" in secret or "-----BEGIN" in secret:
                forms.update(line for line in re.split(r"\n|\\n", secret) if len(line) >= 2 * _LONG)
        # By their first characters, so that each position in a text is compared with few of them; long ones first.
        by_first: dict[str, list[str]] = {}
        for form in sorted(forms, key=lambda form: (-len(form), form)):
            by_first.setdefault(form[0], []).append(form)
        parts = []
        for first, group in by_first.items():
            longer = "|".join(re.escape(form[1:]) for form in group if len(form) >= _LONG)
            shorter = "|".join(re.escape(form[1:]) for form in group if len(form) < _LONG)
            if longer:
                parts.append(f"{re.escape(first)}(?:{longer})")
            if shorter:
                parts.append(f"(?<![\\w./-]){re.escape(first)}(?:{shorter})(?![\\w./-])")
        return re.compile("|".join(parts)) if parts else None
