"""Images with the same own steps on two roots: the likelier one is named, the others are listed, none is contradicted."""

from __future__ import annotations

import pytest

import reconstruct
from reconstruct.audit.end_of_life import of_any
from reconstruct.base import find_chain
from reconstruct.image import Image
from reconstruct.verify import Verdict
from tests.base.making import NOP, ROOT, entry, image, on

_SHELL = "/bin/sh -c "
# What buildpack-deps:bullseye-scm added in 2022, and buster-scm and bookworm-scm on other roots.
_SCM = (
    "set -eux; \tapt-get update; \tapt-get install -y --no-install-recommends \t\tca-certificates \t\tcurl \t\tnetbase "
    "\t\twget \t; \trm -rf /var/lib/apt/lists/*",
    "set -ex; \tif ! command -v gpg > /dev/null; then \t\tapt-get update; \t\tapt-get install -y --no-install-recommends "
    "\t\t\tgnupg \t\t\tdirmngr \t\t; \t\trm -rf /var/lib/apt/lists/*; \tfi",
    "apt-get update && apt-get install -y --no-install-recommends \t\tgit \t\tmercurial \t\topenssh-client \t\tsubversion "
    "\t\t\t\tprocps \t&& rm -rf /var/lib/apt/lists/*",
)
_BUILT = "2022-09-15T03:00:00Z"
_CONFIG = {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "A=1"], "Cmd": ["bash"]}
_DOCKERFILE = b"FROM %s\nENV A=1\n"


@pytest.fixture(scope="module")
def application() -> Image:
    root = image(entry(ROOT, "2022-09-15T01:00:00Z"), entry(f'{NOP}CMD ["bash"]', "2022-09-15T01:00:00Z"))
    base = on(root, *(entry(_SHELL + text, _BUILT) for text in _SCM))
    return on(base, entry(f"{NOP}ENV A=1", "2022-10-01T03:00:00Z"), config=_CONFIG, os="linux")


def test_the_others_are_listed(application: Image) -> None:
    chain = reconstruct.base(application)
    assert chain.base.name == "buildpack-deps:bullseye-scm"
    assert {"buildpack-deps:buster-scm", "buildpack-deps:bookworm-scm"} <= {*chain.base.alternatives}
    assert "have the same steps" in chain.base.reason
    assert chain.to_dict()["base"]["alternatives"] == [*chain.base.alternatives]
    root = chain.images[0]
    assert root.name == "debian:bullseye"
    assert {"debian:buster", "debian:bookworm"} <= {*root.alternatives}
    assert "buildpack-deps:buster-scm" in reconstruct.dockerfile(application).splitlines()[0]


@pytest.mark.parametrize("name", ["buildpack-deps:buster-scm", "buildpack-deps:bullseye-scm"])
def test_naming_one_of_them_is_not_a_contradiction(application: Image, name: str) -> None:
    chain = find_chain(application, reconstruct.steps(application), name)
    assert (chain.base.name, chain.base.entries, chain.disagreements) == (name, 5, ())


def test_a_label_says_which(application: Image) -> None:
    labels = {"org.opencontainers.image.base.name": "buildpack-deps:buster-scm"}
    labelled = on(application, entry(f"{NOP}LABEL a=b", _BUILT), config={**application.config, "Labels": labels})
    chain = reconstruct.base(labelled)
    assert (chain.base.name, chain.base.entries) == ("buildpack-deps:buster-scm", 5)
    assert (chain.base.alternatives, chain.disagreements) == ((), ())


@pytest.mark.parametrize("name", ["buildpack-deps:buster-scm", "buildpack-deps:bullseye-scm"])
def test_verify_rejects_none_and_lists_it_as_unchecked(application: Image, name: str) -> None:
    found = reconstruct.verify(application, _DOCKERFILE % name.encode())
    assert found.verdict is Verdict.MATCHES
    assert any(name in check.detail and check.result is Verdict.UNKNOWN for check in found.checks)


def test_verify_takes_no_other(application: Image) -> None:
    """A release that isn't known to have these steps is unknown; another image's steps differ."""

    def verdict(name: bytes) -> Verdict:
        return reconstruct.verify(application, _DOCKERFILE % name).verdict

    assert verdict(b"buildpack-deps:focal-scm") is Verdict.UNKNOWN
    assert verdict(b"node:12") is Verdict.DIFFERS


def test_the_end_of_life_is_that_of_the_release_that_lives_longest() -> None:
    def told(*names: str) -> list[tuple[str, str]]:
        return [(found.product, found.version) for found in of_any(names, 0)]

    assert told("node:12-stretch", "node:12-buster") == [("Node.js", "12"), ("Debian", "buster")]
    assert told("node:12-buster", "node:12-stretch") == [("Node.js", "12"), ("Debian", "buster")]
    assert told("node:12-buster", "node:12-alpine3.9") == [("Node.js", "12")]
