"""Baselines: the findings of an earlier audit (its JSON or JSON lines), so that only new ones are reported."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from reconstruct.audit import fingerprint
from reconstruct.audit.finding import Audit
from reconstruct.errors import UnreadableError
from reconstruct.record import dataclass, replace
from reconstruct.sources.regular import open_regular
from reconstruct.typed import Any, BinaryIO

# A document, or one line of JSON lines.
_MAX_BYTES = 256_000_000


@dataclass(frozen=True)
class Baseline:
    """The known fingerprints: by image name, and for all images together."""

    by_image: Mapping[str, Counter[str]]
    together: Counter[str]


def load(path: str) -> Baseline:
    """Reads the output of `reconstruct audit --format json` or `jsonl`. Raises UnreadableError for anything else, and for
    fingerprints of another version, none of which would be found again."""
    by_image: dict[str, Counter[str]] = {}
    try:
        with open_regular(path) as file:
            for image in _images(file):
                by_image[str(image["image"])] = _fingerprints(image["findings"])
                # The first version didn't say which it was.
                made = image.get("fingerprint_version", 1)
                if image["findings"] and made != fingerprint.VERSION:
                    raise UnreadableError(
                        f"{path}: a baseline of another version of reconstruct (its fingerprints are of version {made}, not "
                        f"{fingerprint.VERSION}): make it again from the same images"
                    )
    except OSError as error:
        raise UnreadableError(f"{path}: the baseline can't be read: {error.strerror}") from error
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise UnreadableError(f"{path}: not a baseline: it must be what `audit --format json` wrote") from error
    together: Counter[str] = Counter()
    for known in by_image.values():
        together |= known
    return Baseline(by_image, together)


def _images(file: BinaryIO) -> Iterator[Mapping[str, Any]]:
    """The images of a document, or of lines with one each."""
    first = file.readline(_MAX_BYTES + 1)
    value = _object(first)
    if value is None:
        yield from json.loads(first + file.read(_MAX_BYTES + 1 - len(first)))["images"]
    elif "images" in value:
        yield from value["images"]
    else:
        yield value
        while line := file.readline(_MAX_BYTES + 1):
            if line.strip():
                yield json.loads(line)


def _object(line: bytes) -> Mapping[str, Any] | None:
    """The object on a line; None if it isn't a complete one."""
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _fingerprints(findings: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """How often each fingerprint occurs, without its number, because any of several findings alike may be gone."""
    return Counter(fingerprint.split(str(finding["fingerprint"]))[0] for finding in findings)


def only_new(audit: Audit, baseline: Baseline) -> Audit:
    """The audit without the baseline's findings, each as often as it occurs there.

    An image in the baseline is compared with its own findings; another (a new name, a new file) with those of
    all images.
    """
    known = Counter(baseline.by_image.get(audit.image, baseline.together))
    new = []
    for finding in audit.findings:
        bare = fingerprint.split(finding.fingerprint)[0]
        if known[bare] > 0:
            known[bare] -= 1
        else:
            new.append(finding)
    count = len(audit.findings) - len(new)
    suppressed = {**audit.suppressed, "in the baseline": count} if count else audit.suppressed
    return replace(audit, findings=tuple(new), suppressed=suppressed)
