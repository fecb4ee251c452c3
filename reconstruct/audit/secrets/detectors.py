"""The detectors of detect-secrets (extra `secrets`), those whose forms leave little doubt.

Its keyword and entropy detectors are left out: in a build record they take checksums and key IDs for secrets, and names
are looked at here (see `names`) with what history tells of them.
"""

from __future__ import annotations

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


def available() -> bool:
    return bool(_loaded())


def detect(text: str) -> Iterator[Token]:
    """What the detectors find in `text`, line by line, each secret once."""
    seen: set[str] = set()
    for line in text.splitlines():
        for start in range(0, max(len(line), 1), _PIECE - _OVERLAP):
            piece = line[start : start + _PIECE]
            for kind, detector in _loaded():
                for secret in detector.analyze_string(piece):
                    if secret and secret not in seen and "$" not in secret:
                        seen.add(secret)
                        yield Token(kind, secret)
