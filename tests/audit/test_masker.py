"""What hides secrets outside the audit finds those that the audit finds."""

from __future__ import annotations

import pytest

import reconstruct
from reconstruct.audit.context import Context
from reconstruct.audit.masking import Masker
from reconstruct.audit.secrets.masker import masker_of
from reconstruct.audit.secrets.scan import scan
from reconstruct.audit.secrets.suspicion import suspicious
from reconstruct.image import HistoryEntry
from reconstruct.record import replace
from tests.audit.cases import FIRES as CASES
from tests.audit.images import built
from tests.audit.planted import cases as planted
from tests.audit.planted import image as planted_image
from tests.audit.spellings import FIRES

SECRETS = [lines for rule, lines, _ in (*FIRES, *CASES) if rule.startswith("SEC")]


@pytest.mark.parametrize("lines", SECRETS, ids=lambda lines: lines[-1][:60])
def test_a_record_with_a_secret_is_always_scanned(lines: list[str]) -> None:
    image = reconstruct.load(built(lines))
    steps = reconstruct.steps(image)
    secrets = Context(image, steps).secrets
    assert bool(masker_of((image, steps))) == bool([one for one in secrets if "****" not in one.secret])
    masked = masker_of((image, steps))("\n".join(entry.created_by for entry in image.history))
    assert not [one for one in secrets if len(one.secret) >= 8 and one.secret in masked]


@pytest.mark.parametrize("lines", SECRETS, ids=lambda lines: lines[-1][:60])
def test_two_records_are_searched_together_as_each_alone(lines: list[str]) -> None:
    image = reconstruct.load(built(lines))
    texts = tuple(HistoryEntry(created_by=entry.created_by) for entry in image.history)
    beside = replace(image, history=(*texts, HistoryEntry(created_by="RUN /bin/sh -c true")), config={"Env": []})
    text = "\n".join(entry.created_by for entry in image.history)
    alone = Masker()
    for each in (image, beside):
        scan(Context(each, reconstruct.steps(each), masker=alone), range(len(each.history) + 1))
    assert masker_of((image, None), (beside, lambda: reconstruct.steps(beside)))(text) == alone(text)
    assert masker_of((beside, None), (image, None))(text) == alone(text)


@pytest.mark.parametrize(
    "command",
    [
        *(f"{name} -p x" for name in ("choco", "cf", "az", "oc", "mysqldump", "mongosh", "tsm", "az.exe")),
        *(
            "zip -P x",
            "unzip -P x",
            "curl -sSu x:y",
            "redis-cli -a x",
            "ldapsearch -w x",
        ),
        *("ngrok x", "infracost x", "vault x", "pro attach x", "ua  attach x"),
    ],
)
def test_programs_that_take_a_secret_by_an_option(command: str) -> None:
    assert suspicious(["RUN true", f"RUN {command}"]) == {1}
    assert not suspicious(["RUN true", f"RUN x{command.replace('attach', 'attached')}"])


def test_a_record_without_one_is_not_scanned() -> None:
    image = reconstruct.load(built(["RUN apk add --no-cache curl", "COPY . /srv"]))
    assert not masker_of((image, ()))


@pytest.mark.parametrize("name", ["flaws.txt", "flaws2.txt"])
def test_looking_at_suspicious_steps_alone_finds_what_looking_at_all_finds(name: str) -> None:
    for case in planted(name):
        if not any(rule.startswith("SEC") for rule in case.rules):
            continue
        image = reconstruct.load(planted_image(case, "buildkit")[0])
        steps = reconstruct.steps(image)
        context = Context(image, steps)
        assert context.secrets is not None
        text = "\n".join(entry.created_by for entry in image.history)
        assert masker_of((image, steps))(text) == context.masker(text), case.lines


def test_authors_are_not_authorization() -> None:
    texts = ["LABEL org.opencontainers.image.authors=us@example.com", "RUN apk add curl", "ENV AUTHORIZATION=x"]
    assert suspicious(texts) == {2}
