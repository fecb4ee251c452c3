"""Fingerprints: what they rest on, and what they don't."""

from __future__ import annotations

import copy
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from reconstruct.audit import engine, fingerprint
from reconstruct.audit.context import Context
from reconstruct.audit.finding import Finding
from reconstruct.audit.registry import rules
from reconstruct.audit.rule import Hit, Rule
from reconstruct.record import replace
from tests.audit import cases, planted, spellings, test_record
from tests.audit.images import BASE, built, config, digest, run

LINES = [lines for _, lines, _ in (*cases.FIRES, *spellings.FIRES)]


def images() -> Iterator[dict[str, Any]]:
    """Every case of the rules' own tests, each an image."""
    yield from map(built, LINES)
    for change in vars(test_record).values():
        if callable(change) and getattr(change, "__name__", "").startswith("_") and change.__code__.co_argcount == 1:
            yield test_record.changed(change)


IMAGES = [*images()][::2]
# Steps with several findings of one rule each.
CROWDED = [
    f"ENV A_PASSWORD=hunter2secret B_PASSWORD=hunter3secret C_TOKEN={cases.GITHUB}",
    "RUN curl -fsSL https://a.example.org/x.sh | sh && curl -fsSL https://b.example.org/x.sh | sh",
    "RUN curl -fsSLO https://a.example.org/a.tgz && curl -fsSLO https://a.example.org/b.tgz",
    "RUN useradd -G docker a && usermod -aG sudo b && usermod -aG sudo c",
    "RUN mysql -u root -ps3cretpass -e 'x' && PGPASSWORD=0therpass9 psql -h db && curl -u me:th1rdpass x.example.org",
    "RUN git clone https://u:s3cretpass@a.example.org/x && git clone https://u:0therpass9@b.example.org/x",
    f"RUN ./notify {cases.SLACK} {cases.GITHUB}",
    "RUN echo 'root:s3cretpass' | chpasswd && useradd -p 0therpass9 bob",
    "RUN ssh-keyscan a.example.org >> ~/.ssh/known_hosts && ssh-keyscan b.example.org >> ~/.ssh/known_hosts",
    "RUN apt-get install -y --allow-unauthenticated x && rpm --nosignature -i y.rpm && dpkg --force-bad-verify -i z.deb",
    "RUN pip install git+https://a.example.org/a.git git+https://a.example.org/b.git",
    "RUN chmod 666 /etc/passwd && chmod 644 /etc/shadow",
    "ADD http://a.example.org/latest/a http://a.example.org/latest/b /x/",
    "EXPOSE 22 23 2375 2379",
    "VOLUME /etc /proc /var/run/docker.sock",
    "ENV PATH=/tmp:$PATH PYTHONPATH=/tmp LD_LIBRARY_PATH=/tmp",
    "ENV GIT_SSL_NO_VERIFY=1 NODE_TLS_REJECT_UNAUTHORIZED=0 PIP_TRUSTED_HOST=x.example.org",
    "RUN yum install -y a && pacman -Sy b",
    "RUN echo 'a ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers && useradd -o -u 0 toor",
]


@cache
def everything() -> tuple[tuple[Finding, ...], ...]:
    """The findings in each of IMAGES and in CROWDED."""
    return tuple(run(made).findings for made in (*IMAGES, built(CROWDED)))


def prints(made: Mapping[str, Any]) -> list[str]:
    return [finding.fingerprint for finding in run(made).findings]


def told(findings: list[Finding]) -> list[tuple[str, int | None, tuple[str, ...], str]]:
    return [(one.rule, one.number, one.subject, one.message) for one in findings]


def rebuilt(made: Mapping[str, Any]) -> dict[str, Any]:
    """The same Dockerfile built a month later, on a newer build of its base: other times, layers, stamps."""
    other = copy.deepcopy(dict(made))

    def moved(text: str) -> str:
        return (datetime.fromisoformat(text) + timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")

    for one in (other, *other["history"]):
        # Times that mean none stay so.
        if str(one.get("created") or "")[:2] == "20":
            one["created"] = moved(one["created"])
    for one in other["history"]:
        one["created_by"] = re.sub(r"@17766\d+", "@1779235200", one.get("created_by") or "")
    listed = other["rootfs"]["diff_ids"]
    other["rootfs"]["diff_ids"] = [digest(f"again {name}") if name != planted.digest("") else name for name in listed]
    return other


def test_no_two_findings_of_an_image_share_one() -> None:
    twice = [Counter(one.fingerprint for one in found).most_common(1) for found in everything()]
    assert [most for most in twice if most and most[0][1] > 1] == []


def test_a_rebuild_keeps_them() -> None:
    assert [
        lost for made, found in zip(IMAGES, everything(), strict=False) for lost in _lost(found, rebuilt(made))
    ] == []


def _lost(before: Sequence[Finding], after: Mapping[str, Any]) -> list[Any]:
    """The findings whose fingerprints another image doesn't have."""
    known = set(prints(after))
    return told([one for one in before if one.fingerprint not in known])


# Steps above that no case has anything to do with.
UNRELATED = (
    "LABEL unrelated=1",
    "ENV UNRELATED_PASSWORD=root",
    "RUN useradd -m unrelated && curl https://u.example.org | sh",
)


@pytest.mark.parametrize("line", UNRELATED)
def test_a_step_above_keeps_the_others(line: str) -> None:
    chosen = (*LINES[::7], CROWDED)
    assert [lost for lines in chosen for lost in _lost(run(built(lines)).findings, built([line, *lines]))] == []


def _reworded(rule: Rule) -> Rule:
    def check(context: Context) -> Iterator[Hit]:
        for number, hit in enumerate(rule.check(context)):
            yield replace(hit, message=f"{number} worded otherwise", evidence="")

    return replace(rule, check=check)


def test_other_words_keep_them(monkeypatch: pytest.MonkeyPatch) -> None:
    before = [[one.fingerprint for one in found] for found in everything()]
    monkeypatch.setattr(engine, "rules", lambda: tuple(map(_reworded, rules())))
    assert [prints(made) for made in (*IMAGES, built(CROWDED))] == before
    assert "worded otherwise" in run(built(CROWDED)).findings[0].message


def test_a_rule_that_fires_twice_on_a_step_says_what_each_is_about() -> None:
    # Alike are only findings that differ in their secrets.
    alike = []
    for findings in everything():
        found = [one for one in findings if one.step is not None]
        several = Counter((one.rule, one.step) for one in found)
        subjects = Counter((one.rule, one.step, one.subject) for one in found)
        alike += [key for key, count in subjects.items() if several[key[:2]] > 1 and (not key[2] or count > 1)]
    assert [key for key in alike if not key[0].startswith("SEC")] == []
    assert len(alike) < 5, alike


@pytest.mark.parametrize("name", ["flaws.txt", "flaws6.txt"])
def test_builders_that_record_a_step_alike_agree(name: str) -> None:
    differ = []
    for case in [*planted.cases(name)][::25]:
        if case.system != "linux" or re.match(r"COPY|ADD|ONBUILD|RUN <<", case.lines[case.at]):
            continue
        buildkit, classic = (
            {one.rule: one.fingerprint for one in planted.findings(case, builder)}
            for builder in ("buildkit", "classic")
        )
        differ += [(case.lines, rule) for rule in buildkit.keys() & classic.keys() if buildkit[rule] != classic[rule]]
    assert differ == []


SECRET = "hunter2secret"
WITH_SECRET = (
    ("SEC001", f"ENV DB_PASSWORD={SECRET}"),
    ("SEC003", f"RUN mysql -u root -p{SECRET} -e 'select 1'"),
    ("SEC005", f"RUN git clone https://me:{SECRET}@git.example.org/x.git"),
    ("SEC009", f"RUN echo 'root:{SECRET}' | chpasswd"),
)


@pytest.mark.parametrize(("rule", "line"), WITH_SECRET)
def test_a_secret_is_no_part_of_one(rule: str, line: str) -> None:
    def of(made: dict[str, Any]) -> list[tuple[str, str]]:
        return [(one.rule, one.fingerprint) for one in run(made).findings]

    other = line.replace(SECRET, "0therpass99x")
    assert rule in dict(of(built([line])))
    # Whoever guesses the secret can't tell from the fingerprint that it is right.
    assert of(built([line])) == of(built([other]))


def test_a_secret_is_no_part_of_one_at_another_step() -> None:
    lines = [f"ENV DB_PASSWORD={SECRET}", f"RUN chmod 777 /srv/{SECRET} && echo {SECRET}"]
    others = [line.replace(SECRET, "0therpass99x") for line in lines]
    assert prints(built(lines)) == prints(built(others))
    assert SECRET not in json.dumps([one.to_dict() for one in run(built(lines)).findings])


def test_a_default_password_is_no_part_of_one_where_it_is_set() -> None:
    assert prints(built(["ENV MYSQL_ROOT_PASSWORD=root"])) == prints(built(["ENV MYSQL_ROOT_PASSWORD=toor"]))


def test_contents_and_build_arguments_are_no_part_of_one() -> None:
    def one(checksum: str, value: str) -> list[str]:
        history = [
            BASE,
            {"created": "2026-05-01T12:00:00Z", "created_by": "/bin/sh -c #(nop)  ARG VERSION", "empty_layer": True},
            {
                "created": "2026-05-01T12:00:01Z",
                "created_by": f"/bin/sh -c #(nop) COPY file:{checksum} in /etc/sudoers ",
            },
            {"created": "2026-05-01T12:00:02Z", "created_by": f"|1 VERSION={value} /bin/sh -c chmod 777 /x"},
        ]
        return prints(config(history))

    found = one("1f" * 32, "1.2.3")
    assert found
    assert found == one("2e" * 32, "1.2.4")


def test_what_is_about_the_image_isnt_about_the_step_that_shows_it() -> None:
    # Each is found at another step in the second image.
    def whole(*lines: str) -> set[tuple[str, str]]:
        wanted = {"USR001", "SRC011", "SEC002", "REC018"}
        return {(one.rule, one.fingerprint) for one in run(built(lines)).findings if one.rule in wanted}

    lines = ["ENV NODE_VERSION=12.1.0", "ARG TOKEN", "RUN |1 TOKEN=s3cr3tvalue99 /bin/sh -c npm ci", 'CMD ["/x"]']
    more = [*lines[:2], "RUN |1 TOKEN=s3cr3tvalue99 /bin/sh -c npm i", *lines[2:3], 'CMD ["/y"]']
    assert whole(*lines) == whole(*more)
    assert {rule for rule, _ in whole(*lines)} == {"USR001", "SRC011", "SEC002"}


def test_equal_findings_are_numbered_and_a_baseline_counts_them() -> None:
    found = [one.fingerprint for one in run(built(["RUN chmod 777 /x"] * 3)).findings if one.rule == "USR005"]
    bare = fingerprint.split(found[0])[0]
    assert found == [bare, f"{bare}-2", f"{bare}-3"]
    assert [fingerprint.short(one) for one in found] == [bare[:8], f"{bare[:8]}-2", f"{bare[:8]}-3"]
    assert [fingerprint.names(bare[:8], one) for one in found] == [True, True, True]
    assert [fingerprint.names(f"{bare[:8]}-2", one) for one in found] == [False, True, False]


# If this fails though nothing here was meant to change, users' baselines break; if it was, raise `fingerprint.VERSION` and
# `fleet.schema.VERSION`.
PINNED = {
    "SEC001 A_PASSWORD": "ac499a2a73086a933fce90df72e2a517",
    "SEC005 a.example.org": "a4d2f45e04235e5ecf4fefba74370787",
    "SEC006 GitHub token": "492f198d9b5b9b0c6832e75ae4262ca1",
    "SIZ012": "6805803f08292ebbf03dde7cd0fe44fd",
    "SRC001 sh https://a.example.org/x.sh": "ee63864fb5db872ec72106f7e976c2eb",
    "SRC004 http://a.example.org/latest/a": "afb566fa14af57812763a2d3c7e22d7e",
    "USR004 sudo-nopasswd": "2ce5226fca5d752e4e0ebecd19c53415",
    "USR009": "ac969451cdb3426048b93674f2b1e050",
    "USR010 /proc": "49a4679bb7da151330ce613332ce9809",
}


def test_they_are_those_of_their_version() -> None:
    found = {f"{one.rule} {' '.join(one.subject)}".strip(): one.fingerprint for one in run(built(CROWDED)).findings}
    assert {name: found.get(name) for name in PINNED} == PINNED
    assert fingerprint.VERSION == 2


@pytest.mark.parametrize("lines", [False, True], ids=["json", "jsonl"])
def test_a_baseline_of_another_version_is_refused(tmp_path: Path, lines: bool) -> None:
    from reconstruct.audit.baseline import load
    from reconstruct.errors import UnreadableError

    path = tmp_path / "old.json"
    old = {"image": "x", "findings": [{"fingerprint": "0" * 32}]}

    def write(*images: Mapping[str, Any]) -> None:
        text = "\n".join(map(json.dumps, images)) if lines else json.dumps({"format": 2, "images": images})
        path.write_text(text)

    write(old)
    with pytest.raises(UnreadableError, match=r"old\.json: .*version 1, not 2\): make it again") as told_:
        load(str(path))
    assert "\n" not in str(told_.value)
    write({**old, "fingerprint_version": fingerprint.VERSION}, {**old, "image": "y", "fingerprint_version": 3})
    with pytest.raises(UnreadableError, match="version 3, not 2"):
        load(str(path))
    # Nothing was found: there is nothing to compare.
    write({"image": "x", "findings": []})
    assert load(str(path)).together == Counter()


def test_a_finding_says_what_it_is_about() -> None:
    found = run(built(CROWDED))
    (one,) = [one for one in found.findings if one.rule == "SRC001" and "a.example.org" in one.message]
    assert one.subject == ("sh", "https://a.example.org/x.sh")
    value = found.to_dict()["images"][0]
    assert value["fingerprint_version"] == fingerprint.VERSION
    assert ["sh", "https://a.example.org/x.sh"] in [each["subject"] for each in value["findings"]]
