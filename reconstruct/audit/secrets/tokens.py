"""Secrets recognised by form: keys and tokens of services, private keys, credentials in URLs.

The forms here are the token prefixes that services document; detect-secrets knows others (see `detectors`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum

from reconstruct import pattern as lazy
from reconstruct.record import dataclass


class Kind(Enum):
    """How a secret was recognised: by form (a service's token, a private key, credentials in a URL), by position
    (a header, a connection string, a command line), by name, or because it looks random."""

    SERVICE = "service"
    PRIVATE_KEY = "private key"
    URL = "URL"
    HEADER = "header"
    CONNECTION = "connection string"
    HANDED = "command line"
    NAMED = "name"
    RANDOM = "random"


@dataclass(frozen=True)
class Token:
    """A secret recognised by form. `what` is the form's name; `secret` is the complete text; `weak` marks a value used in
    examples; `host` is that of the URL it is in."""

    what: str
    secret: str
    kind: Kind = Kind.SERVICE
    weak: bool = False
    host: str = ""


PRIVATE_KEY = "private key"
URL_CREDENTIALS = "credentials in a URL"
URL_TOKEN = "a token in a URL"
_KINDS = {PRIVATE_KEY: Kind.PRIVATE_KEY, URL_CREDENTIALS: Kind.URL, URL_TOKEN: Kind.URL}

# Name → pattern; a group named `secret` is the secret if the match is longer. The name is also what a finding's fingerprint
# knows the form by.
_FORMS = (
    ("AWS access key ID", r"(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7][A-Z0-9]{15}(?![A-Z0-9])"),
    ("AWS secret access key", r"(?i:aws.{0,20}?(?:secret|sk).{0,20}?)[\"'=:\s](?P<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])"),
    ("GitHub token", r"\b(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{22,255})\b"),
    ("GitLab token", r"\b(?:glpat|gldt|glrt|glcbt|glptt|glft|glsoat)-[A-Za-z0-9_.-]{18,}\b"),
    ("Slack token", r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}\b|\bxapp-\d-[A-Z0-9]+-\d+-[a-z0-9]+"),
    ("Slack webhook", r"https://hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_+-]{20,}"),
    ("Discord webhook", r"https://discord(?:app)?\.com/api/webhooks/\d+/[\w-]{20,}"),
    ("Stripe key", r"\b(?:sk|rk)_(?:live|test)_[A-Za-z0-9]{10,}\b"),
    ("Google API key", r"\bAIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])"),
    ("Google OAuth token", r"\bya29\.[A-Za-z0-9_-]{20,}|\bGOCSPX-[A-Za-z0-9_-]{20,}"),
    ("npm token", r"\bnpm_[A-Za-z0-9]{36,}\b"),
    ("npm token", r":_authToken=[\"']?(?P<secret>[A-Za-z0-9][A-Za-z0-9+/=_.-]{7,})"),
    ("npm password", r":_(?:password|auth)=[\"']?(?P<secret>[A-Za-z0-9][A-Za-z0-9+/=_.-]{7,})"),
    ("PyPI token", r"\bpypi-[A-Za-z0-9_-]{20,}"),
    ("RubyGems key", r"\brubygems_[a-f0-9]{40,}\b"),
    ("crates.io token", r"\bcio[A-Za-z0-9]{32}\b"),
    ("Docker Hub token", r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}"),
    ("DigitalOcean token", r"\bdo[opr]_v1_[a-f0-9]{40,}\b"),
    ("Hugging Face token", r"\bhf_[A-Za-z0-9]{30,}\b"),
    ("OpenAI key", r"\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}|\bsk-(?:proj|svcacct)-[A-Za-z0-9_-]{40,}"),
    ("Anthropic key", r"\bsk-ant-[A-Za-z0-9_-]{20,}"),
    ("SendGrid key", r"\bSG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{30,}"),
    ("Mailgun key", r"\bkey-[a-f0-9]{32}\b"),
    ("Twilio key", r"\bSK[a-f0-9]{32}\b"),
    ("Vault token", r"\bhv[sbr]\.[A-Za-z0-9_-]{20,}"),
    ("Terraform Cloud token", r"\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,}"),
    ("Sentry token", r"\bsntrys_[A-Za-z0-9+/=_-]{30,}"),
    ("Grafana token", r"\bglsa_[A-Za-z0-9]{32}_[a-f0-9]{8}\b|\bglc_[A-Za-z0-9+/=]{32,}"),
    ("New Relic key", r"\bNRAK-[A-Z0-9]{27}\b"),
    ("Databricks token", r"\bdapi[a-f0-9]{32}\b"),
    ("Linear key", r"\blin_api_[A-Za-z0-9]{40}\b"),
    ("Shopify token", r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}\b"),
    ("Azure storage key", r"(?:Account|SharedAccess)Key=(?P<secret>[A-Za-z0-9+/]{30,}={0,2})"),
    ("Azure SAS signature", r"[?&]sig=(?P<secret>[A-Za-z0-9%+/]{30,}(?:%3D|=){0,2})"),
    ("age secret key", r"\bAGE-SECRET-KEY-1[A-Z0-9]{50,}"),
    ("JSON Web Token", r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}"),
    ("registry credentials", r"[\"']auth[\"']\s*:\s*\\?[\"'](?P<secret>[A-Za-z0-9+/]{12,}={0,2})\\?[\"']"),
    ("Telegram bot token", r"\b\d{8,10}:AA[A-Za-z0-9_-]{33}\b"),
    (
        PRIVATE_KEY,
        r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----(?:(?!-----)[\s\S]){0,20000}(?:-----END [A-Z0-9 ]+-----)?",
    ),
    (PRIVATE_KEY, r"PuTTY-User-Key-File-\d: (?:(?!Private-MAC)[\s\S]){0,20000}"),
    (URL_CREDENTIALS, r"[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^/\s:@\"'<>?#]{0,100}:(?P<secret>[^\s/@\"'<>]{1,200})@(?=[\w\[$])"),
    (URL_CREDENTIALS, r"https?://(?P<secret>[A-Za-z0-9_-]{20,100})@(?=[\w\[$])"),
    (
        URL_TOKEN,
        r"https?://[^\s\"'<>]{1,300}?[?&](?:access|private|auth|oauth|api|refresh|job|deploy|csrf)?[_-]?(?:token|api[_-]?key|apikey|secret|password|passwd|pwd|client_secret|key|auth)="
        r"(?P<secret>[^\s&\"'#$<>{}();|`%]{8,200})",
    ),
    # Base64 of `-----BEGIN …`.
    (PRIVATE_KEY, r"LS0tLS1CRUdJTi[A-Za-z0-9+/]{20,}={0,2}"),
    ("SonarQube token", r"\bsq[apu]_[a-f0-9]{40}\b"),
    ("Tailscale key", r"\btskey-(?:[a-z]{2,10}-)?[A-Za-z0-9]{6,}-?[A-Za-z0-9]{10,}"),
    ("Atlassian token", r"\bAT(?:ATT|CTT|STT)3[A-Za-z0-9_=-]{50,}|\bATBB[A-Za-z0-9]{24,}"),
    ("Doppler token", r"\bdp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{30,}"),
    ("Pulumi token", r"\bpul-[a-f0-9]{40}\b"),
    ("Postman key", r"\bPMAK-[a-f0-9]{24}-[a-f0-9]{34}\b"),
    ("Notion token", r"\bntn_[A-Za-z0-9]{40,}"),
    ("Figma token", r"\bfig[dou]r?_[A-Za-z0-9_-]{40,}"),
    ("Netlify token", r"\bnfp_[A-Za-z0-9]{36,}"),
    ("Fly.io token", r"\bfo1_[A-Za-z0-9_-]{43}|\bfm[12][ar]?_[A-Za-z0-9+/=]{100,}"),
    ("Supabase token", r"\bsbp_[a-f0-9]{40}\b"),
    ("PlanetScale token", r"\bpscale_(?:tkn|pw|oauth)_[A-Za-z0-9_=.-]{32,}"),
    ("Dynatrace token", r"\bdt0[a-z]\d{2}\.[A-Z0-9]{24}\.[A-Z0-9]{64}"),
    ("Buildkite token", r"\bbkua_[a-f0-9]{40}\b"),
    ("CircleCI token", r"\bCCIPAT_[A-Za-z0-9]{20,}_[a-f0-9]{40}"),
    ("Groq key", r"\bgsk_[A-Za-z0-9]{48,}"),
    ("Replicate token", r"\br8_[A-Za-z0-9]{37,}"),
    ("Perplexity key", r"\bpplx-[A-Za-z0-9]{40,}"),
    ("LangSmith key", r"\blsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}"),
    ("1Password token", r"\bops_eyJ[A-Za-z0-9_-]{100,}"),
    ("Brevo key", r"\bxkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    ("Heroku key", r"\bHRKU-[A-Za-z0-9_-]{36,}"),
    ("Azure client secret", r"(?<![\w~.-])[A-Za-z0-9_~.]{3}\dQ~[A-Za-z0-9_~.-]{31,34}"),
    ("Alibaba Cloud key ID", r"\bLTAI[A-Za-z0-9]{17,21}\b"),
    ("Contentful token", r"\bCFPAT-[A-Za-z0-9_-]{43,}"),
    ("Prefect key", r"\bpn[bu]_[A-Za-z0-9]{36}\b"),
    ("Sourcegraph token", r"\bsgp_(?:[a-f0-9]{16}_|local_)?[a-f0-9]{40}\b"),
    ("JFrog key", r"\bAKCp[A-Za-z0-9]{60,}|\bcmVmd[A-Za-z0-9]{59}\b"),
    ("Cloudflare tunnel token", r"\beyJhIjoi[A-Za-z0-9+/=_-]{60,}"),
    ("GitLab runner token", r"\bGR1348941[A-Za-z0-9_-]{20,}"),
)  # fmt: skip
# For each form, words one of which is in any text of that form; a text without them isn't searched for it.
_HINTS: tuple[tuple[str, ...], ...] = (
    ("AKIA", "ASIA", "ABIA", "ACCA"), ("aws", "AWS", "Aws"), ("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    ("glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glsoat-"), ("xox", "xapp-"), ("hooks.slack",), ("/api/webhooks/",), ("sk_", "rk_"), ("AIza",),
    ("ya29.", "GOCSPX-"), ("npm_",), (":_authToken",), (":_password", ":_auth"), ("pypi-",), ("rubygems_",), ("cio",), ("dckr_",), ("_v1_",), ("hf_",), ("sk-",),
    ("sk-ant-",), ("SG.",), ("key-",), ("SK",), ("hvs.", "hvb.", "hvr."), (".atlasv1.",), ("sntrys_",), ("glsa_", "glc_"), ("NRAK-",), ("dapi",), ("lin_api_",),
    ("shpat_", "shpca_", "shppa_", "shpss_"), ("AccountKey=", "AccessKey="), ("sig=",), ("AGE-SECRET",), ("eyJ",), ("auth",), (":AA",), ("PRIVATE KEY",),
    ("PuTTY-User",), ("://",), ("://",), ("://",), ("LS0tLS1CRUdJTi",),
    ("squ_", "sqp_", "sqa_"), ("tskey-",), ("ATATT3", "ATCTT3", "ATSTT3", "ATBB"), ("dp.",), ("pul-",), ("PMAK-",), ("ntn_",), ("figd_", "figo_", "figu_", "figdr_", "figor_", "figur_"),
    ("nfp_",), ("fo1_", "fm1_", "fm2_", "fm1a_", "fm1r_", "fm2a_", "fm2r_"), ("sbp_",), ("pscale_",), ("dt0",), ("bkua_",), ("CCIPAT_",), ("gsk_",), ("r8_",), ("pplx-",), ("lsv2_",),
    ("ops_eyJ",), ("xkeysib-",), ("HRKU-",), ("Q~",), ("LTAI",), ("CFPAT-",), ("pnu_", "pnb_"), ("sgp_",), ("AKCp", "cmVmd"), ("eyJhIjoi",), ("GR1348941",),
)  # fmt: skip
Form = tuple[str, tuple[str, ...], "re.Pattern[str]"]
_COMPILED: tuple[Form, ...] = tuple(
    (what, hints, lazy.compile(pattern)) for (what, pattern), hints in zip(_FORMS, _HINTS, strict=True)
)
# Any form needs one of these; a mere URL isn't enough.
WORDS = tuple({word: None for hints in _HINTS for word in hints if word != "://"})


# Hosts in documentation and tests.
EXAMPLE_HOST = lazy.compile(r"(?:[\w-]+\.)*(?:example\.(?:com|org|net)|localhost|127\.0\.0\.1|example)\b")
# Fillers in the form of a token are worth nothing.
_FILLER = lazy.compile(r"[xX]{8,}|\*{4,}")


def forms_in(text: str) -> tuple[Form, ...]:
    """The forms whose words `text` has, which alone can be in a part of it."""
    return tuple(form for form in _COMPILED if any(map(text.__contains__, form[1])))


def tokens(text: str, forms: Sequence[Form] = _COMPILED) -> Iterator[Token]:
    """The secrets in `text` recognised by one of `forms`, each once, in the order of the kinds."""
    seen: set[str] = set()
    for what, hints, pattern in forms:
        if not any(map(text.__contains__, hints)):
            continue
        for match in pattern.finditer(text):
            secret = match.groupdict().get("secret") or match.group()
            if secret in seen or _worthless(what, secret, match):
                continue
            seen.add(secret)
            kind = _KINDS.get(what, Kind.SERVICE)
            yield Token(what, secret, kind, _is_example(what, secret, match), _host(match) if kind is Kind.URL else "")


# A URL's host, behind what may be credentials; a name is that near to its beginning or to the end of what was found.
_HOST = lazy.compile(r"://(?:[^/\s\"'<>]{0,320}@)?(?P<host>[\w.$\[{}-]{1,253})")
_NEAR = 320


def _host(match: re.Match[str]) -> str:
    """The host of the URL that a match begins in; empty if there is none."""
    found = _HOST.search(match.string, match.start(), match.end() + _NEAR)
    return found["host"] if found else ""


# What follows the key in the address of a project to which programs report their errors.
_REPORTS = lazy.compile(r"@[\w.-]{1,200}(?::\d{1,5})?/\d{1,20}(?![\w/.-])")


def _worthless(what: str, secret: str, match: re.Match[str]) -> bool:
    if what == URL_TOKEN:
        return not _looks_drawn(secret) or bool(_FILLER.search(secret))
    if what == URL_CREDENTIALS:
        if re.fullmatch(r"[0-9a-f]{32}", secret) and _REPORTS.match(match.string, match.end("secret")):
            # Sentry's public key, with which anyone may send reports.
            return True
        # `http://user:$PASS@host` and `://[::1]:80@` contain no secret.
        return (
            bool(re.fullmatch(r"\$.*|\*+|<.*>|%\w+%|\{\{.*\}\}|x-oauth-basic|\[.*", secret))
            or "${" in secret
            or "$(" in secret
        )
    if what == PRIVATE_KEY:
        return secret.startswith("LS0t") and b"PRIVATE KEY" not in _decoded(secret)
    return len(set(secret)) < 5 or bool(_FILLER.search(secret))


def _looks_drawn(secret: str) -> bool:
    """Whether a value in a query looks like a key rather than a word: letters and digits, or hex digits, mixed."""
    return bool(re.search(r"\d", secret) and re.search(r"[A-Za-z]", secret)) and not re.fullmatch(
        r"0x[0-9A-Fa-f]+|[0-9A-F]{16,40}|v?\d+(?:\.\d+)+\w*", secret
    )


def _decoded(secret: str) -> bytes:
    import binascii

    whole = secret.rstrip("=")
    try:
        return binascii.a2b_base64(whole[: len(whole) // 4 * 4])
    except ValueError:
        return b""


def _is_example(what: str, secret: str, match: re.Match[str]) -> bool:
    """Whether a secret is an example from documentation: AWS's `…EXAMPLE`, `user:password@example.com`."""
    if "EXAMPLE" in secret:
        return True
    if what != URL_CREDENTIALS:
        return False
    from reconstruct.audit.secrets.names import Worth, worth

    weak = worth("password", secret) is not Worth.SECRET
    return weak and bool(EXAMPLE_HOST.match(match.string, match.end(), match.end() + 300))
