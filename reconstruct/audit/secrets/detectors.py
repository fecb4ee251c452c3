"""Those of detect-secrets' detectors (extra `secrets`) whose forms are reliable.

Its keyword and entropy detectors are left out: in a build record they take checksums and key IDs for secrets, and
`names` checks names here, with the facts from history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from reconstruct import pattern as lazy
from reconstruct.audit.secrets.tokens import Token
from reconstruct.typed import Any

MISSING = (
    "detect-secrets is not installed: only the built-in secret patterns were used (pip install reconstruct[secrets])"
)

# (module under detect_secrets.plugins, class, name for people)
_DETECTORS = (
    ("artifactory", "ArtifactoryDetector", "Artifactory credentials"),
    ("aws", "AWSKeyDetector", "AWS key"),
    ("azure_storage_key", "AzureStorageKeyDetector", "Azure storage key"),
    ("cloudant", "CloudantDetector", "Cloudant credentials"),
    ("discord", "DiscordBotTokenDetector", "Discord bot token"),
    ("github_token", "GitHubTokenDetector", "GitHub token"),
    ("gitlab_token", "GitLabTokenDetector", "GitLab token"),
    ("ibm_cloud_iam", "IbmCloudIamDetector", "IBM Cloud IAM key"),
    ("ibm_cos_hmac", "IbmCosHmacDetector", "IBM COS HMAC credentials"),
    ("jwt", "JwtTokenDetector", "JSON Web Token"),
    ("mailchimp", "MailchimpDetector", "Mailchimp key"),
    ("npm", "NpmDetector", "npm token"),
    ("openai", "OpenAIDetector", "OpenAI key"),
    ("pypi_token", "PypiTokenDetector", "PyPI token"),
    ("sendgrid", "SendGridDetector", "SendGrid key"),
    ("slack", "SlackDetector", "Slack token"),
    ("softlayer", "SoftlayerDetector", "SoftLayer credentials"),
    ("square_oauth", "SquareOAuthDetector", "Square OAuth secret"),
    ("stripe", "StripeDetector", "Stripe key"),
    ("telegram_token", "TelegramBotTokenDetector", "Telegram bot token"),
    ("twilio", "TwilioKeyDetector", "Twilio key"),
)
# A longer line is searched in pieces that overlap by the longest token.
_PIECE, _OVERLAP = 8_000, 500


@cache
def _loaded() -> tuple[tuple[str, Any], ...]:
    """The detectors that the installed version has; empty without detect-secrets."""
    from importlib import import_module

    found = []
    for module, name, kind in _DETECTORS:
        try:
            found.append((kind, getattr(import_module(f"detect_secrets.plugins.{module}"), name)()))
        except (ImportError, AttributeError):
            continue
    return tuple(found)


# Any text with one of their forms has one of these words; the detectors are only loaded for such texts.
_WORDS = (
    "AKC", "AKIA", "A3T", "AGPA", "AIDA", "AROA", "AIPA", "ANPA", "ANVA", "ASIA", "AccountKey=", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "glpat-", "gldt-", "glft-",
    "glsoat-", "glrt-", "glcbt-", "glimt-", "glptt-", "glagent-", "gloas-", "GR1348941", "eyJ", "_authToken", "T3BlbkFJ", "pypi-Ag", "xox", "hooks.slack", "sq0csp",
    "k_live_",
)  # fmt: skip
# These occur in many harmless words (`libmpdec`, `libssl-dev`); the secrets next to them have 44 or more characters.
_WORDS_ANY_CASE = ("ibm", "softlayer", "cos_", "cos-", "sl_", "sl-")
_LONG = lazy.compile(r"[A-Za-z0-9_-]{44}")
# Each starts with a character that is fast to search for.
_PATTERNS = tuple(
    lazy.compile(form)
    for form in (
        r"AP[0-9A-F][A-Za-z0-9]{8}",
        r"\.[\w-]{6}\.[\w-]{27}",
        r"-us\d",
        r"SG\.[\w-]{8}",
        r":[0-9A-Za-z_-]{35}",
        r"AC[a-z0-9]{32}",
        r"SK[a-z0-9]{32}",
    )
)


Check = Callable[[str], object]


def checks_in(text: str) -> tuple[Check, ...]:
    """The checks that `text` passes. What a detector finds in a part of it passes one of them too."""
    words = [word for word in _WORDS if word in text]
    found: list[Check] = [lambda part: any(map(part.__contains__, words))] if words else []
    found += [form.search for form in _PATTERNS if form.search(text)]
    if _is_long_beside_word(text):
        found.append(_is_long_beside_word)
    return tuple(found)


def _is_long_beside_word(text: str) -> bool:
    lower = text.lower()
    return "cloudant" in lower or (any(map(lower.__contains__, _WORDS_ANY_CASE)) and _LONG.search(text) is not None)


@cache
def available() -> bool:
    """Whether detect-secrets is installed, checked without loading it."""
    from importlib.util import find_spec

    return find_spec("detect_secrets") is not None


def detect(text: str, checks: Sequence[Check]) -> Iterator[Token]:
    """The secrets that the detectors find in `text` if it passes one of `checks`, line by line, each once."""
    if not any(check(text) for check in checks) or not available():
        return
    seen: set[str] = set()
    for line in text.splitlines():
        for start in range(0, max(len(line), 1), _PIECE - _OVERLAP):
            piece = line[start : start + _PIECE]
            for kind, detector in _loaded():
                for secret in detector.analyze_string(piece):
                    if secret and secret not in seen and "$" not in secret:
                        seen.add(secret)
                        yield Token(kind, secret)
