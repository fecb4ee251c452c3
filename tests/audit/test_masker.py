"""What hides secrets outside the audit finds those that the audit finds."""

from __future__ import annotations

import pytest

import reconstruct
from reconstruct.audit.context import Context
from reconstruct.audit.secrets.masker import masker_of
from tests.audit.cases import FIRES as CASES
from tests.audit.images import built
from tests.audit.spellings import FIRES

SECRETS = [lines for rule, lines, _ in (*FIRES, *CASES) if rule.startswith("SEC")]


@pytest.mark.parametrize("lines", SECRETS, ids=lambda lines: lines[-1][:60])
def test_a_record_with_a_secret_is_never_taken_for_one_without(lines: list[str]) -> None:
    image = reconstruct.load(built(lines))
    steps = reconstruct.steps(image)
    secrets = Context(image, steps).secrets
    assert bool(masker_of((image, steps))) == bool([one for one in secrets if "****" not in one.secret])
    masked = masker_of((image, steps))("\n".join(entry.created_by for entry in image.history))
    assert not [one for one in secrets if len(one.secret) >= 8 and one.secret in masked]


def test_a_record_without_one_is_not_scanned() -> None:
    image = reconstruct.load(built(["RUN apk add --no-cache curl", "COPY . /srv"]))
    assert not masker_of((image, ()))
