"""The detectors of detect-secrets (extra `secrets`), those whose forms leave little doubt.

Its keyword and entropy detectors are left out: in a build record they take checksums and key IDs for secrets, and names
are looked at here (see `names`) with what history tells of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from reconstruct.audit.secrets.tokens import Token

MISSING = "detect-secrets is not installed: only the built-in forms of secrets were looked for (pip install reconstruct[secrets])"

# (module under detect_secrets.plugins, class, what people call it)
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
# A line longer than this is looked at in pieces that overlap by the longest token.
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


# What a text of any of their forms has in it: the detectors are loaded when a text has one of these.
_HINT = re.compile(
    r"AKC[A-Za-z0-9]{10}|AP[0-9A-F][A-Za-z0-9]{8}|AKIA|A3T[A-Z0-9]|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ASIA|AccountKey=|[Cc][Ll][Oo][Uu][Dd][Aa][Nn][Tt]|"
    r"[MNO][A-Za-z\d_-]{23,25}\.[\w-]{6}\.|gh[pousr]_|gl(?:pat|dt|ft|soat|rt|cbt|imt|ptt|agent|oas)-|GR1348941|[Ii][Bb][Mm]|[Ss][Oo][Ff][Tt][Ll][Aa][Yy][Ee][Rr]|"
    r"\b[Cc][Oo][Ss][_-]|\b[Ss][Ll][_-](?:api|user|key|pass)|eyJ|[0-9a-z]{32}-us\d|_authToken|T3BlbkFJ|pypi-Ag|SG\.[\w-]{8}|xox[a-z]|hooks\.slack|sq0csp|[rs]k_live_|"
    r"\d{8,10}:[0-9A-Za-z_-]{35}|\bAC[a-z0-9]{32}|\bSK[a-z0-9]{32}"
)


@cache
def available() -> bool:
    """Whether detect-secrets is installed; it is not loaded for that."""
    from importlib.util import find_spec

    return find_spec("detect_secrets") is not None


def detect(text: str) -> Iterator[Token]:
    """What the detectors find in `text`, line by line, each secret once."""
    if not _HINT.search(text) or not available():
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
