"""A text that isn't suspicious has no secret: whatever the scan finds, the check of words before it lets through."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import reconstruct
from reconstruct.audit.context import Context
from reconstruct.audit.secrets import suspicion
from reconstruct.audit.secrets.masker import masker_of
from reconstruct.audit.secrets.scan import scan
from reconstruct.audit.secrets.suspicion import suspicious
from reconstruct.audit.secrets.tokens import _FORMS, tokens
from reconstruct.dockerfile.errors import DockerfileError
from tests.audit import planted
from tests.audit.cases import FIRES as CASES
from tests.audit.images import built
from tests.audit.spellings import FIRES


def missed(saved: dict[str, Any]) -> list[str]:
    """The texts of an image that hold a secret and aren't suspicious, each looked at alone."""
    image = reconstruct.load(saved)
    steps = reconstruct.steps(image)
    found = []
    for secret in scan(Context(image, steps), range(len(image.history) + 1)):
        entry = steps[secret.step].entry if secret.step is not None else None
        if entry is not None and not suspicious([f"{entry.created_by}\n{entry.comment}"]):
            found.append(f"{secret.what}: {entry.created_by}")
    return found


@pytest.mark.parametrize("rule", sorted({rule for rule, _, _ in (*FIRES, *CASES) if rule.startswith("SEC")}))
def test_the_text_of_every_secret_of_the_cases_is_suspicious(rule: str) -> None:
    assert not [text for one, lines, _ in (*FIRES, *CASES) if one == rule for text in missed(built(lines))]


@pytest.mark.parametrize("name", sorted(path.name for path in planted.DATA.glob("flaws*.txt")))
def test_the_text_of_every_planted_secret_is_suspicious(name: str) -> None:
    def texts() -> Iterator[str]:
        for case in planted.cases(name):
            for builder in case.builders if any(rule.startswith("SEC") for rule in case.rules) else ():
                try:
                    yield from missed(planted.image(case, builder)[0])
                except DockerfileError:  # a flag that this builder does not have
                    continue

    assert not [*texts()]


WORDS = ("db", "Api", "key", "KEY", "Keys", "PW", "pw2", "Pat", "sas", "auth", "Auth", "token", "pass", "login", "x", "Signing", "enroll", "id", "public", "AWS", "gpg", "basic", "JWT")  # fmt: skip
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).flatmap(
    lambda words: st.sampled_from(["_", "-", ".", ""]).map(lambda sign: sign.join(words))
)
VALUES = st.sampled_from(
    [
        "Zx81bVn7", "hunter22", "k3yk3yk3y", "Zk9fQ2mX7pLw3nRt8sVb", "aB3dE5fG7hJ9kL1mN2pQ4rS6tU8vW0xY", "YWRtaW46aHVudGVyMjI=", "u:Zx81bVn7",
        "u:pass@tcp(db:3306)/x", "https://u:Zx81bVn7@h/x", "Server=db;Password=Zx81bVn7", "a" * 44, "deadbeef" * 6,
    ]
)  # fmt: skip
PLACES = st.sampled_from(
    [
        "ENV {name}={value}", "ARG {name}={value}", 'LABEL {name}="{value}"', "RUN {name}={value} make", "RUN export {name}='{value}'", "RUN tool --{name} {value}",
        "RUN tool --{name}={value}", "RUN tool -D{name}={value}", "RUN echo {name}={value} > /etc/app.conf", 'RUN echo "{name}: {value}" >> /root/.netrc',
        "RUN printf '{name} {value}' > /etc/x.conf", "RUN npm config set {name} {value}", "RUN sed -i 's/{name}=.*/{name}={value}/' /x", "RUN curl -H '{name}: {value}' https://h/",
        "RUN curl -d '{name}={value}' https://h/", "RUN curl 'https://h/?{name}={value}'", "RUN echo {value} > /run/{name}", "RUN echo {value} | tool add {name}",
        "RUN sh -c \"tool --{name} '{value}'\"", "RUN tool -u bob -p {value} {name}", 'RUN tool --opt \'{{"{name}": "{value}"}}\'', "RUN {name} -p {value}", "RUN {name} {value}",
        "RUN python -c \"x({name}='{value}')\"", 'CMD ["tool", "--{name}", "{value}"]', "RUN sudo {name}={value} env {name}={value} tool", "RUN git clone https://{value}@h/{name}",
    ]
)  # fmt: skip


@given(PLACES, NAMES, VALUES, st.sampled_from(["", "apt-get update && "]))
@settings(max_examples=150, deadline=None)
def test_a_secret_of_any_name_in_any_place_is_suspicious(place: str, name: str, value: str, before: str) -> None:
    line = place.format(name=name, value=value)
    assert not missed(built([line.replace("RUN ", f"RUN {before}", 1)]))


@pytest.mark.parametrize(
    "line",
    [
        "RUN schtasks /create /ru bob /rp Zx81bVn7 /tn x",
        "RUN echo Zx81bVn7 | cryptsetup luksFormat /dev/sda",
        "RUN openssl enc -aes-256-cbc -k Zx81bVn7 -in a -out b",
        "RUN conan user -p Zx81bVn7 bob",
        "RUN influx -p Zx81bVn7",
        "RUN rabbitmqadmin -p Zx81bVn7 list",
        "RUN http -a ci:Zx81bVn7 GET https://api.corp/x",
        "RUN curl -H 'X-JFrog-Art-Api: Zx81bVn7Zx81bVn7' https://h/",
        "RUN echo 'root:$6$abcdefgh$abcdefghijklmnopqrstuvwx:19000:0:99999:7:::' > /etc/shadow",
        "ENV JDBC_URL=jdbc:oracle:thin:scott/Wq7mzPt2@//db:1521/XE",
        "ENV DSN=app:Zx81bVn7@tcp(db:3306)/app",
        "ENV BUNDLE_GEMS__CORP__COM=ci:Zx81bVn7",
        "ENV dbPw2=Zx81bVn7",
        "ENV deployPat=Zx81bVn7Zx81bVn7Zx",
        "RUN yes Zx81bVn7 | adduser bob",
        'CMD ["tool" "-u" "bob" "-p" "Zx81bVn7"]',
        "RUN curl -H 'Accept: a; q=1' -u ci:Zx81bVn7 https://h/",
        "RUN PASS''WORD=Zx81bVn7 make",
        "RUN powershell -enc dABvAG8AbAAgAC0ALQBwAGEAcwBzAHcAbwByAGQAIABaAHgAOAAxAGIAVgBuADcA",
        "RUN tool --user=bob \\\n  -p 'Zx81bVn7'",
        "RUN SQLCMD -S . -U sa -P Zx81bVn7 -i init.sql",
        "RUN İ && CURL -u ci:Zx81bVn7 https://h/",
        "RUN pro --debug attach C1abcdefghijklmnopqrstuvwxyz12",
        "RUN echo Zk9fQ2mX7pLw3nRt8sVb1234aB3d | base64 -d > /root/.ssh/id_rsa",
    ],
)
def test_what_masks_a_secret_looks_where_the_audit_finds_it(line: str) -> None:
    image = reconstruct.load(built([line]))
    steps = reconstruct.steps(image)
    found = Context(image, steps).secrets
    assert found
    assert not missed(built([line]))
    masked = masker_of((image, steps))(line)
    assert not [secret for secret in found if secret.secret in masked]


@pytest.mark.parametrize(
    "text",
    [
        "RUN wget -O /etc/apk/keys/x.rsa.pub https://x.org/keys/x.rsa.pub && gpg --recv-keys 1234ABCD",
        "RUN adduser -S -D -H -u 101 -s /sbin/nologin -G nginx nginx",
        "RUN Expand-Archive go.zip; (Get-FileHash go.zip -Algorithm sha256)",
        "RUN curl -s https://x && mkdir -p /usr/local/share",
        "ENV JAVA_URL=https://download.java.net/java/GA/jdk27/55ce5470a6294008af0057ff4626d0e5/35/GPL/openjdk-27.zip",
        "ENV APACHE_RUN_USER=nagios",
        "ADD file:4a65e7b4b554b73ebe646ab20582b076aae0f4a65e7b4b554b73ebe646ab205 in /",
    ],
)
def test_what_holds_no_secret_is_not_searched(text: str) -> None:
    assert not suspicious([text])


@given(st.data(), st.sampled_from(["", "x", "_", "-", "/", "=", "é", "'"]))
@settings(max_examples=100, deadline=None)
def test_every_form_of_a_token_is_suspicious_within_a_word_too(data: st.DataObject, before: str) -> None:
    _, form = data.draw(st.sampled_from(_FORMS))
    text = before + data.draw(st.from_regex(rf"(?a:{form})", fullmatch=True))
    assert suspicious([text]) or not [*tokens(text)]


# Words of every check, and what parts, glues and changes them in lower case.
CLUES = [
    *suspicion._NAMES,
    *[word for word, _ in suspicion._PLAIN],
    *[word for word, _, _ in suspicion._OTHER],
    *suspicion._APART,
    *suspicion._PARTED_PAT,
    *suspicion._FORMS,
    *suspicion._LETTERS,
    *suspicion._ALONE,
    *["env", "snyk", "=", ":", "x", "A1", "é", "İ", "\u212a", "''", '"', "_", "-", "/", ")", " ", "  ", "\n"],
    *["-u bob", "-p Zx81bVn7", "://u:p@h", "Zk9fQ2mX7pLw3nRt8sVb1234aB3d", "3" * 20],
]


@given(st.lists(st.lists(st.sampled_from(CLUES), max_size=6).map("".join), max_size=4))
@settings(max_examples=300, deadline=None)
def test_what_is_suspicious_alone_is_so_among_others(texts: list[str]) -> None:
    found = suspicious(texts)
    assert not [text for place, text in enumerate(texts) if suspicious([text]) and place not in found]
