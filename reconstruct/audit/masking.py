"""Hides secrets: what is shown of one, and their removal from any text."""

from __future__ import annotations

import re

_LONG = 8
# With more secrets than this no text is shown at all: looking for each in every text would take too long.
MAX_SECRETS = 1_000
HIDDEN = "(hidden: the record holds too many secrets to show any of its text)"


def masked(secret: str) -> str:
    """What is shown of a secret: the first characters of a long one, which name its kind (`ghp_`), and stars."""
    if "-----BEGIN" in secret:
        return "-----BEGIN **** PRIVATE KEY-----"
    return f"{secret[:4]}****" if len(secret) >= 16 else "****"


class Masker:
    """Collects secrets and takes them out of text, long ones wherever they stand, short ones as whole words."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def add(self, secret: str) -> str:
        """Registers `secret` and gives what may be shown of it."""
        if secret.strip() and "****" not in secret:
            self._secrets.add(secret)
            self._pattern = None
        return masked(secret)

    def __bool__(self) -> bool:
        """Whether there is anything to hide."""
        return bool(self._secrets)

    def __call__(self, text: str) -> str:
        if not self._secrets or not text:
            return text
        if len(self._secrets) > MAX_SECRETS:
            return HIDDEN
        if self._pattern is None:
            self._pattern = self._compile()
        return self._pattern.sub(lambda match: masked(match.group()), text)

    def _compile(self) -> re.Pattern[str]:
        # Each secret also in the forms in which a Dockerfile writes it: escaped, or over lines.
        forms: set[str] = set()
        for secret in self._secrets:
            forms.add(secret)
            forms.add(secret.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$"))
            forms.add(secret.replace("\n", "\\n"))
            if "\n" in secret or "-----BEGIN" in secret:
                forms.update(line for line in re.split(r"\n|\\n", secret) if len(line) >= 2 * _LONG)
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        parts = [
            re.escape(form) if len(form) >= _LONG else rf"(?<![\w./-]){re.escape(form)}(?![\w./-])" for form in ordered
        ]
        return re.compile("|".join(parts))
