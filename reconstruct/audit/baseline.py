"""Baselines: the findings of an earlier audit (its JSON), so that only what is new is reported."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from reconstruct.audit.finding import Audit
from reconstruct.errors import UnreadableError
from reconstruct.record import dataclass, replace
from reconstruct.sources.regular import open_regular

_MAX_BYTES = 256_000_000


@dataclass(frozen=True)
class Baseline:
    """The known fingerprints: of each image by its name, and of all images together."""

    by_image: Mapping[str, Counter[str]]
    together: Counter[str]


def load(path: str) -> Baseline:
    """Reads what `reconstruct audit --format json` wrote. Raises UnreadableError for anything else."""
    try:
        with open_regular(path) as file:
            data = file.read(_MAX_BYTES + 1)
        document = json.loads(data)
        images = document["images"]
        by_image = {str(image["image"]): _fingerprints(image["findings"]) for image in images}
    except OSError as error:
        raise UnreadableError(f"{path}: the baseline can't be read: {error.strerror}") from error
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise UnreadableError(f"{path}: not a baseline: it must be what `audit --format json` wrote") from error
    together: Counter[str] = Counter()
    for known in by_image.values():
        together |= known
    return Baseline(by_image, together)


def _fingerprints(findings: Sequence[Mapping[str, Any]]) -> Counter[str]:
    return Counter(_bare(str(finding["fingerprint"])) for finding in findings)


def _bare(fingerprint: str) -> str:
    """A fingerprint without its number: two findings alike at one step have the same."""
    return fingerprint.partition("-")[0]


def only_new(audit: Audit, baseline: Baseline) -> Audit:
    """The audit without the findings that the baseline has, each as often as it has it.

    An image that the baseline names is compared with its own findings; another (a new name, a new file) with those of
    all images.
    """
    known = Counter(baseline.by_image.get(audit.image, baseline.together))
    new = []
    for finding in audit.findings:
        bare = _bare(finding.fingerprint)
        if known[bare] > 0:
            known[bare] -= 1
        else:
            new.append(finding)
    count = len(audit.findings) - len(new)
    suppressed = {**audit.suppressed, "in the baseline": count} if count else audit.suppressed
    return replace(audit, findings=tuple(new), suppressed=suppressed)
