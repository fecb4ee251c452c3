"""Known public images: data made from a library of the tests' own, and looked up again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import reconstruct
from reconstruct.base.evidence import marks
from reconstruct.base.known import KnownImage, find, look_up
from reconstruct.base.known.canonical import DEFAULT_PATH, START, follow, texts
from reconstruct.base.known.chain import Resolved, Root, resolve
from reconstruct.base.known.families import spellings
from reconstruct.base.known.naming import best_first, releases_first
from reconstruct.base.known.search import Match
from reconstruct.base.known.store import EPOCH, MAGIC, PATH, Group, Listing, Store
from reconstruct.builders import prediction as builders_prediction
from reconstruct.builders.predicting import predict
from reconstruct.image import HistoryEntry, Image
from tests.base.known_library import LANGUAGE, LANGUAGE_LATER, SERVER, Library, example, make

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git makes the repositories")
APPLICATION = """\
FROM server
LABEL maintainer="someone"
COPY app /srv/app
RUN lang compile /srv/app
CMD ["server", "/srv/app"]
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    return example(tmp_path_factory.mktemp("mirrors"))


@pytest.fixture(scope="module")
def data(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "images.bin"
    make(library.folder, path)
    return path


@pytest.fixture
def known(data: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The tests' data in the place of the shipped one."""
    store = Store(data)
    monkeypatch.setattr(look_up, "store", lambda: store)
    return store


def build(
    dockerfile: str, base: Image | None = None, builder: str = "buildkit", created: str = "2020-08-01T00:00:00Z"
) -> Image:
    """The image that a builder would make, checksums made up."""
    made = predict(dockerfile, builder=builder, base=base)
    entries = list(base.history) if base else []
    for entry in made.own:
        text = entry.created_by
        if entry.checksum is not None:
            text += f"file:{'ab' * 32}{entry.after}"
        entries.append(HistoryEntry(text, created, empty_layer=bool(entry.empty_layer)))
    return Image(config=made.config, history=tuple(entries))


def core(release: str = "8.0", builder: str = "buildkit") -> Image:
    """The distribution; the classic builder keeps but the checksum of its archive."""
    return build(f'FROM scratch\nADD core-{release}-rootfs.tar.xz /\nCMD ["/bin/sh"]\n', builder=builder)


def lang(release: str = "8.0", version: str = "1.4.1", builder: str = "buildkit", text: str = LANGUAGE) -> Image:
    return build(text.format(release=release, version=version), core(release, builder), builder)


def found(image: Image) -> list[tuple[str, int]]:
    return [(one.name, one.entries) for one in find(image, reconstruct.steps(image))]


@needs_git
class TestChain:
    @pytest.mark.parametrize("builder", ["buildkit", "buildkit-0.8"])
    def test_every_image_below_an_application(self, known: Store, builder: str) -> None:
        server = build(SERVER.format(base="1.4"), lang(builder=builder), builder)
        image = build(APPLICATION, server, builder)
        assert found(image) == [("core:8.0", 2), ("lang:1.4.1-core8.0", 8), ("server:2.0", 13)]

    def test_the_classic_builder_hides_the_archive(self, known: Store) -> None:
        """The image above identifies the root: of two releases with the same steps, the one with more names."""
        image = build(APPLICATION, lang(builder="classic"), "classic")
        assert found(image) == [("core:8.0", 2), ("lang:1.4.1-core8.0", 8)]

    def test_builders_in_turn(self, known: Store) -> None:
        image = build(APPLICATION, lang(builder="buildkit"), "classic")
        assert found(image)[-1] == ("lang:1.4.1-core8.0", 8)

    def test_the_root_distinguishes_variants(self, known: Store) -> None:
        assert found(build(APPLICATION, lang("7.1")))[-1] == ("lang:1.4.1-core7.1", 8)
        assert found(build(APPLICATION, lang("8.0")))[-1] == ("lang:1.4.1-core8.0", 8)

    def test_versions(self, known: Store) -> None:
        assert found(build(APPLICATION, lang(version="1.4.0")))[-1] == ("lang:1.4.0-core8.0", 8)

    def test_steps_that_moved_together(self, known: Store) -> None:
        """Two versions with the same own steps: the one that was listed while the image below was."""
        for version, server in (("1.4.0", "server:1.9"), ("1.4.1", "server:2.0")):
            below = build(SERVER.format(base="1.4"), lang(version=version), created="1970-01-01T00:00:00Z")
            assert found(build(APPLICATION, below))[-1] == (server, 13)

    def test_the_image_itself(self, known: Store) -> None:
        image = lang()
        assert found(image)[-1] == ("lang:1.4.1-core8.0", len(image.history))

    def test_a_private_image_between(self, known: Store) -> None:
        private = build("FROM lang\nRUN lang install secret\nUSER app\n", lang())
        assert found(build(APPLICATION, private))[-1] == ("lang:1.4.1-core8.0", 8)

    def test_times_do_not_matter(self, known: Store) -> None:
        for created in ("1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "", "yesterday"):
            history = tuple(
                HistoryEntry(e.created_by, created, empty_layer=e.empty_layer)
                for e in build(APPLICATION, lang()).history
            )
            assert found(Image(history=history))[-1] == ("lang:1.4.1-core8.0", 8)

    def test_an_images_own_steps_on_another_base(self, known: Store) -> None:
        """The server's FROM is lang, whose steps would be there; its few steps on a distribution are somebody else's."""
        image = build(SERVER.format(base="1.4"), core(builder="classic"), "classic")
        assert "server" not in {name.partition(":")[0] for name, _ in found(image)}

    def test_a_changed_step_is_another_image(self, known: Store) -> None:
        changed = lang(text=LANGUAGE.replace("unpack", "extract"), version="1.4.1")
        assert all(
            not name.startswith("lang:1.4.1") or "form and version" in one.reason
            for one in all_of(changed)
            for name in one.names
        )

    def test_own_steps_without_their_base(self, known: Store) -> None:
        """The same steps on another image aren't that image."""
        other = build("FROM scratch\nADD other-1.0-rootfs.tar.xz /\nRUN prepare everything for everybody\n")
        image = build(SERVER.format(base="1.4"), other)
        assert found(image) == []

    def test_names_and_days(self, known: Store) -> None:
        one = all_of(lang(version="1.4.0"))[-1]
        assert set(one.names) == {
            f"lang:{tag}" for tag in ("1.4.0-core8.0", "1.4-core8.0", "1.4.0", "1.4", "1", "latest")
        }
        assert one.names[0] == one.name
        assert one.days == ("2020-02-01", "2020-06-01")

    def test_another_path_below(self, known: Store) -> None:
        """Of a PATH only what the image adds counts, not what its base had."""
        history = [
            HistoryEntry(f"ENV PATH=/opt/bin:{DEFAULT_PATH}"),
            HistoryEntry(f"ENV PATH=/usr/local/lang/bin:/opt/bin:{DEFAULT_PATH}"),
        ]
        assert texts(reconstruct.steps(Image(history=tuple(history)))) == [
            "ENV PATH=/opt/bin",
            "ENV PATH=/usr/local/lang/bin",
        ]


def all_of(image: Image) -> tuple[KnownImage, ...]:
    return find(image, reconstruct.steps(image))


@needs_git
class TestNewerVersions:
    def test_the_same_shape(self, known: Store) -> None:
        image = build(APPLICATION, lang(version="1.5.2", text=LANGUAGE.replace("unpack", "extract")))
        assert found(image)[-1] == ("lang:1.5.2-core8.0", 8)
        known_image = all_of(image)[-1]
        assert "form and version" in known_image.reason
        assert known_image.days is None
        assert set(known_image.names) == {"lang:1.5.2-core8.0", "lang:1.5.2"}

    def test_on_a_newer_release(self, known: Store) -> None:
        image = build(APPLICATION, lang("9.0", version="1.5.2", text=LANGUAGE.replace("unpack", "extract")))
        assert found(image) == [("lang:1.5.2", 8)]

    def test_other_steps_between_the_same_ends(self, known: Store) -> None:
        image = build(APPLICATION, lang(version="1.6.0", text=LANGUAGE_LATER))
        assert found(image)[-1] == ("lang:1.6.0-core8.0", 8)

    def test_a_known_version_with_other_steps_is_none(self, known: Store) -> None:
        """Who installs a version that the data has, in another way, has not built on its image."""
        image = build(APPLICATION, lang(version="1.4.1", text=LANGUAGE_LATER))
        assert not [one for one in found(image) if one[0].startswith("lang:")]


@needs_git
class TestData:
    def test_the_same_bytes(self, library: Library, data: Path, tmp_path: Path) -> None:
        make(library.folder, tmp_path / "again.bin")
        assert (tmp_path / "again.bin").read_bytes() == data.read_bytes()

    def test_days_end_where_given(self, library: Library, tmp_path: Path) -> None:
        make(library.folder, tmp_path / "early.bin", until="2020-03-01")
        assert Store(tmp_path / "early.bin").day == "2020-03-01"
        assert (tmp_path / "early.bin").stat().st_size < 20_000

    @pytest.mark.parametrize("damage", ["empty", "header", "short", "other", "shifted", "noise"])
    def test_damaged(self, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: str) -> None:
        """A damaged file knows nothing, or less; it raises nothing."""
        whole = data.read_bytes()
        noise = bytes((byte * 7 + place) % 256 for place, byte in enumerate(whole))
        path = tmp_path / "images.bin"
        path.write_bytes(
            {
                "empty": b"",
                "header": whole[:50],
                "short": whole[:400],
                "other": b"PK\x03\x04" + whole,
                "shifted": whole[:98] + whole[150:],
                "noise": whole[:98] + noise[98:],
            }[damage]
        )
        look_up.store.cache_clear()
        monkeypatch.setattr("reconstruct.base.known.store.PATH", path)
        monkeypatch.setattr(look_up, "Store", lambda: Store(path))
        try:
            find(lang(), reconstruct.steps(lang()))
        finally:
            look_up.store.cache_clear()

    @given(draw=st.data())
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
    def test_any_byte_changed(
        self, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, draw: st.DataObject
    ) -> None:
        whole = bytearray(data.read_bytes())
        for _ in range(draw.draw(st.integers(1, 4))):
            whole[draw.draw(st.integers(len(MAGIC), len(whole) - 1))] = draw.draw(st.integers(0, 255))
        path = tmp_path / "images.bin"
        path.write_bytes(whole)
        try:
            store = Store(path)
        except ValueError:
            return  # As look_up.store takes it.
        monkeypatch.setattr(look_up, "store", lambda: store)
        for image in (lang(), lang(version="1.6.0", text=LANGUAGE_LATER)):
            find(image, reconstruct.steps(image))


class TestShipped:
    def test_small_and_dated(self) -> None:
        assert Path(PATH).stat().st_size < 4_000_000
        assert Store().day >= "2026-08"

    def test_nothing_is_opened_at_import(self) -> None:
        code = "import sys, reconstruct.base.known as k; sys.exit('reconstruct.base.known.store' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

    def test_an_official_image(self) -> None:
        """A real one, of October 2020, on Windows: no step of it is in the data, and yet it is known."""
        samples = Path(__file__).parents[2] / "samples"
        image = reconstruct.load(samples / "python-3.9-windowsservercore")
        known = all_of(image)
        assert [(one.name, one.entries) for one in known] == [
            ("mcr.microsoft.com/windows/servercore:ltsc2016", 2),
            ("python:3.9.0-windowsservercore-ltsc2016", 11),
        ]
        assert "python:latest" in known[-1].names
        assert known[-1].days is not None
        assert known[-1].days[0] <= "2020-10-08" <= known[-1].days[1]

    def test_no_image_of_a_few_steps_that_look_alike(self) -> None:
        """The same first step as a language image has is not that image."""
        image = Image(
            history=(
                HistoryEntry("# debian.sh --arch 'amd64' out/ 'bookworm' '@1733097600'", comment="debuerreotype 0.15"),
                *(
                    HistoryEntry(text)
                    for text in ("ENV PATH=/usr/local/bin:" + DEFAULT_PATH, "RUN /bin/sh -c true # buildkit")
                ),
            )
        )
        assert all_of(image) == ()


def day(text: str) -> int:
    """A date as the data counts it."""
    return (date.fromisoformat(text) - EPOCH).days


def test_a_group_read_by_its_bases() -> None:
    """Only the listings on some bases give the same as all of them, chosen from."""
    releases = ("buster", "bullseye", "bookworm")
    lines = [f"thing\t{tag} latest\tdebian:{tag}\t{first}\t900\t00010002" for first, tag in enumerate(releases)]
    every = Group(lines).listings
    assert Group(lines).bases == Group(listings=every).bases == {one.base for one in every}
    for wanted in ({"debian:buster"}, {"debian:buster", "debian:bookworm"}, set(Group(lines).bases), {"alpine"}):
        chosen = [one for one in every if one.base in wanted]
        assert Group(lines).on(wanted) == Group(listings=every).on(wanted) == chosen


class TestAmongEquals:
    """Listings with the same own steps on a root that shows no release."""

    BULLSEYE = Listing("thing", ("1.0-bullseye", "1.0"), "debian:bullseye", day("2022-01-01"), day("2023-12-31"))
    BOOKWORM = Listing("thing", ("1.0-bookworm",), "debian:bookworm", day("2023-06-12"), day("2023-12-31"))
    EARLIER = Listing("thing", ("0.9-buster", "0.9", "latest"), "debian:buster", day("2020-01-01"), day("2021-01-01"))

    def resolved(
        self,
        *later: str,
        created: str = "1970-01-01T00:00:00Z",
        listings: tuple[Listing, ...] = (EARLIER, BULLSEYE, BOOKWORM),
    ) -> Resolved:
        texts = ("ADD file:x in /", "RUN /bin/sh -c make thing # buildkit", *later)
        steps = reconstruct.steps(Image(history=tuple(HistoryEntry(text, created) for text in texts)))
        return resolve([Match(1, 2, Group(listings=listings))], [Root(1, "debian")], steps)

    def name(self, *later: str, created: str = "1970-01-01T00:00:00Z") -> str:
        resolved = self.resolved(*later, created=created)
        link = resolved.links[-1]
        assert resolved.root is not None
        assert resolved.names[0] == link.listing.base
        return f"{link.listing.image}:{link.tags[0]}"

    def test_the_one_that_a_later_step_names(self) -> None:
        assert (
            self.name("RUN /bin/sh -c echo deb https://packages.example bookworm main # buildkit")
            == "thing:1.0-bookworm"
        )

    def test_two_named_releases_prove_nothing(self) -> None:
        both = "RUN /bin/sh -c grep -q bookworm /etc/os-release || grep -q bullseye /etc/os-release # buildkit"
        assert self.name(both) == self.name()

    def test_the_day(self) -> None:
        assert self.name(created="2020-06-01T00:00:00Z") == "thing:0.9-buster"
        assert self.name(created="2023-07-01T00:00:00Z") == "thing:1.0-bullseye"

    def test_the_one_with_most_names(self) -> None:
        """Without other evidence: the default variant has more names than the others."""
        assert self.name() == "thing:0.9-buster"

    def test_the_others_are_listed(self) -> None:
        """On a day when both were there; the root has as many names as they have."""
        resolved = self.resolved(created="2023-07-01T00:00:00Z")
        assert resolved.links[-1].alternatives == ("thing:1.0-bookworm",)
        assert resolved.names == ("debian:bullseye", "debian:bookworm")

    def test_no_name_is_given_that_a_later_step_or_the_day_rules_out(self) -> None:
        bookworm = "RUN /bin/sh -c echo deb https://packages.example bookworm main # buildkit"
        assert self.resolved(bookworm, created="2023-07-01T00:00:00Z").links[-1].alternatives == ()
        assert self.resolved(created="2020-06-01T00:00:00Z").links[-1].alternatives == ()

    def test_a_name_that_moved_is_right_for_both(self) -> None:
        """`1.0` was one image's until the day, and the other's from that day on."""
        moved = replace(self.BOOKWORM, tags=("1.0-bookworm", "1.0", "latest"), first=day("2022-06-01"))
        resolved = self.resolved(
            created="2022-06-01T00:00:00Z", listings=(replace(self.BULLSEYE, last=day("2022-05-31")), moved)
        )
        assert resolved.links[-1].tags[0] == "1.0"
        assert resolved.links[-1].alternatives


class TestCanonical:
    DOCKERFILE = """\
FROM base
ARG MODE=fast
ENV A="one two" B=3
LABEL org.example.title="a thing"
RUN set -eux; \\
\techo "$A"   ; \\
\ttrue
RUN ["/bin/echo", "exec form"]
COPY --chown=1:1 one two /srv/
WORKDIR /srv
USER 1:1
EXPOSE 80 443/udp
VOLUME /b /a
HEALTHCHECK --interval=5s CMD curl -f localhost
STOPSIGNAL SIGQUIT
ENTRYPOINT ["/entry", "a b"]
CMD serve --all
"""

    def test_builders_agree(self) -> None:
        """One Dockerfile gives the same texts with every builder."""
        rows = {
            builder: texts(reconstruct.steps(build(self.DOCKERFILE, builder=builder)))
            for builder in ("classic", "buildkit-0.8", "buildkit")
        }
        assert rows["classic"] == rows["buildkit"] == rows["buildkit-0.8"]

    def test_docker_before_1_13_agrees(self) -> None:
        """It wrote one blank less, and Go's own words around lists."""
        frame, checksum = "/bin/sh -c #(nop) ", f"file:{'1' * 64}"
        before = (
            'ENTRYPOINT &{["start.sh"]}', "EXPOSE map[443/tcp:{} 80/tcp:{}]", 'CMD ["nginx" "-g" "daemon off;"]',
            'MAINTAINER Somebody "some@example.org"', f"COPY {checksum} in /usr/local/bin/",
        )  # fmt: skip
        since = (
            ' ENTRYPOINT ["start.sh"]', " EXPOSE 443 80", ' CMD ["nginx" "-g" "daemon off;"]',
            ' MAINTAINER Somebody "some@example.org"', f"COPY {checksum} in /usr/local/bin/ ",
        )  # fmt: skip
        rows = [
            texts(reconstruct.steps(Image(history=tuple(HistoryEntry(frame + text) for text in entries))))
            for entries in (before, since)
        ]
        assert rows[0] == rows[1]

    def test_default_path_is_the_builders(self) -> None:
        assert DEFAULT_PATH == builders_prediction.DEFAULT_PATH

    def test_copy_without_its_checksum(self) -> None:
        steps = reconstruct.steps(Image(history=(HistoryEntry("/bin/sh -c #(nop) COPY "),)))
        assert texts(steps) == ["COPY "]

    @given(st.lists(st.text(max_size=200), max_size=12))
    def test_any_history(self, entries: list[str]) -> None:
        image = Image(history=tuple(HistoryEntry(text) for text in entries))
        steps = reconstruct.steps(image)
        row = texts(steps)
        assert len(row) == len(steps)
        value = START
        for text in row:
            value = follow(value, text)
        find(image, steps)

    def test_order_and_borders_count(self) -> None:
        assert follow(follow(START, "a"), "b") != follow(follow(START, "b"), "a")
        assert follow(START, "ab") != follow(follow(START, "a"), "b")


@pytest.mark.parametrize(
    ("tags", "best"),
    [
        (("3.12.7-slim-bookworm", "3.12-slim-bookworm", "3.12.7-slim", "slim", "latest"), "3.12.7-slim-bookworm"),
        (("stable-curl", "bookworm-curl", "curl"), "bookworm-curl"),
        (("mainline", "1.27.2", "1", "latest"), "1.27.2"),
        (("22.04", "jammy-20240911.1", "jammy"), "jammy-20240911.1"),
    ],
)
def test_the_most_telling_tag(tags: tuple[str, ...], best: str) -> None:
    assert best_first(tags)[0] == best


@pytest.mark.parametrize(
    ("value", "spelt"),
    [
        ("3.12.7", "3.12.7"),
        ("v2.8.4", "2.8.4"),
        ("jdk-21.0.5+11", "21.0.5_11"),
        ("jdk8u432-b06", "8u432-b06"),
        ("16.4-1.pgdg120+1", "16.4"),
    ],
)
def test_spellings(value: str, spelt: str) -> None:
    assert spelt in tuple(spellings(value))


def marked(*entries: str, **config: Any) -> list[tuple[str, int]]:
    image = Image(history=tuple(HistoryEntry(text) for text in entries), config=config)
    return found(image)


def rows_of(*entries: str, **config: Any) -> Iterator[str]:
    yield from (f"{name} {end}" for name, end in marked(*entries, **config))


class TestRows:
    ALPINE = ("ADD alpine-minirootfs-3.20.3-x86_64.tar.gz / # buildkit", 'CMD ["/bin/sh"]')

    def test_dotnet(self) -> None:
        history = (
            *self.ALPINE,
            "ENV APP_UID=1654 ASPNETCORE_HTTP_PORTS=8080 DOTNET_RUNNING_IN_CONTAINER=true",
            "RUN /bin/sh -c apk add --upgrade --no-cache ca-certificates-bundle libgcc libssl3 zlib # buildkit",
            "RUN /bin/sh -c addgroup --gid=$APP_UID app && adduser --uid=$APP_UID app # buildkit",
            "ENV DOTNET_VERSION=8.0.10",
            "COPY /dotnet /usr/share/dotnet # buildkit",
            "RUN /bin/sh -c ln -s /usr/share/dotnet/dotnet /usr/bin/dotnet # buildkit",
            "ENV ASPNET_VERSION=8.0.10",
            "COPY /shared/Microsoft.AspNetCore.App /usr/share/dotnet/shared/Microsoft.AspNetCore.App # buildkit",
            "WORKDIR /app",
            "COPY /out . # buildkit",
            'ENTRYPOINT ["dotnet" "app.dll"]',
        )
        assert [one for one in rows_of(*history) if "dotnet" in one] == [
            "mcr.microsoft.com/dotnet/runtime-deps:8.0.10-alpine3.20 5",
            "mcr.microsoft.com/dotnet/runtime:8.0.10-alpine3.20 8",
            "mcr.microsoft.com/dotnet/aspnet:8.0.10-alpine3.20 10",
        ]

    def test_red_hat(self) -> None:
        """As Red Hat built it until 2023, in one layer; a step that adds to an application's directory isn't its own."""
        labels = {"com.redhat.component": "ubi9-minimal-container", "version": "9.4", "release": "1227", "mine": "1"}
        history = (
            f"/bin/sh -c #(nop) ADD file:{'0' * 64} in / ",
            f"/bin/sh -c #(nop) ADD file:{'1' * 64} in /tmp/tls-ca-bundle.pem ",
            "/bin/sh -c mv -f /etc/yum.repos.d/ubi.repo /tmp || :",
            f"/bin/sh -c #(nop) ADD multi:{'0' * 64} in /root/buildinfo/content_manifests/ ",
            "/bin/sh -c #(nop) LABEL com.redhat.component=ubi9-minimal-container",
            f"/bin/sh -c #(nop) COPY dir:{'0' * 64} in /app/ ",
            "/bin/sh -c microdnf install -y nginx",
        )
        assert marked(*history, Labels=labels)[-1] == ("registry.access.redhat.com/ubi9/ubi-minimal:9.4-1227", 5)
        assert not [one for one in marked(*history) if "redhat" in one[0]]

    def test_red_hat_by_buildah(self) -> None:
        """As it is built since: the Dockerfile's own text, with metadata after the last label."""
        labels = {"com.redhat.component": "ubi9-container", "version": "9.8", "release": "1786416589"}
        shell = "/bin/sh -c #(nop) "
        history = (
            f'{shell}LABEL maintainer="Red Hat, Inc."       vendor="Red Hat, Inc."',
            f'{shell}LABEL com.redhat.component="ubi9-container"       name="ubi9/ubi"       version="9.8"',
            f'{shell}LABEL description="The Universal Base Image is the base layer."',
            f'{shell}LABEL io.openshift.expose-services=""',
            f"{shell}ENV container oci",
            f"{shell}COPY dir:{'0' * 64} in /      ",
            f"{shell}COPY file:{'0' * 64} in /etc/yum.repos.d/.      ",
            f'{shell}CMD ["/bin/bash"]',
            f"{shell}COPY dir:{'0' * 64} in /root/buildinfo/      ",
            f'{shell}LABEL "build-date"="2026-08-11T02:51:25Z" "vcs-type"="git" "release"="1786416589"',
            "LABEL maintainer=Somebody <somebody@example.org>",
            "RUN /bin/sh -c true # buildkit",
        )
        assert marked(*history, Labels=labels)[-1] == ("registry.access.redhat.com/ubi9/ubi:9.8-1786416589", 10)

    def test_distroless(self) -> None:
        history = ("bazel build ...",) * 5
        env = ["PATH=/usr/bin", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"]
        java = [*env, "JAVA_VERSION=17.0.12"]
        application = (*history, "COPY app /app # buildkit", 'ENTRYPOINT ["/app"]')
        assert marked(*application, Env=env)[-1] == ("gcr.io/distroless/base", 5)
        assert marked(*application, Env=java)[-1] == ("gcr.io/distroless/java17", 5)
        assert marked(*history, Env=env) == []
        assert marked("COPY app /app # buildkit", Env=env) == []

    def test_lambda_has_no_history(self) -> None:
        history = (
            "COPY app.py requirements.txt ./ # buildkit",
            "RUN /bin/sh -c pip install -r requirements.txt # buildkit",
        )
        assert marked(*history, Env=["LAMBDA_TASK_ROOT=/var/task"])[0] == ("public.ecr.aws/lambda/python", 0)

    def test_cuda(self) -> None:
        history = (
            "/bin/sh -c #(nop)  ARG RELEASE",
            "/bin/sh -c #(nop)  ARG LAUNCHPAD_BUILD_ARCH",
            "/bin/sh -c #(nop)  LABEL org.opencontainers.image.ref.name=ubuntu",
            "/bin/sh -c #(nop)  LABEL org.opencontainers.image.version=22.04",
            f"/bin/sh -c #(nop) ADD file:{'0' * 64} in / ",
            '/bin/sh -c #(nop)  CMD ["/bin/bash"]',
            "ENV NVARCH=x86_64",
            "ENV NVIDIA_REQUIRE_CUDA=cuda>=12.2 brand=tesla,driver>=470,driver<471",
            "ENV NV_CUDA_CUDART_VERSION=12.2.53-1",
            "ARG TARGETARCH",
            "LABEL maintainer=NVIDIA CORPORATION <cudatools@nvidia.com>",
            "RUN |1 TARGETARCH=amd64 /bin/sh -c apt-get install cuda-keyring # buildkit",
            "ENV CUDA_VERSION=12.2.0",
            "ENV LD_LIBRARY_PATH=/usr/local/nvidia/lib:/usr/local/nvidia/lib64",
            "COPY NGC-DL-CONTAINER-LICENSE / # buildkit",
            "ENV NVIDIA_VISIBLE_DEVICES=all",
            "ENV NV_CUDA_LIB_VERSION=12.2.0-1",
            "RUN |1 TARGETARCH=amd64 /bin/sh -c apt-get install cuda-libraries-12-2 # buildkit",
            "COPY entrypoint.d/ /opt/nvidia/entrypoint.d/ # buildkit",
            "COPY nvidia_entrypoint.sh /opt/nvidia/ # buildkit",
            "ENV NVIDIA_PRODUCT_NAME=CUDA",
            'ENTRYPOINT ["/opt/nvidia/nvidia_entrypoint.sh"]',
            "ENV NCCL_VERSION=2.18.3-1",
            "ENV NV_CUDA_CUDART_DEV_VERSION=12.2.53-1",
            "ENV LIBRARY_PATH=/usr/local/cuda/lib64/stubs",
            "ENV NV_CUDNN_VERSION=8.9.6.50",
            "LABEL com.nvidia.cudnn.version=8.9.6.50",
            "COPY . / # buildkit",
            "RUN /bin/sh -c pip install torch # buildkit",
        )
        assert marked(*history)[-1] == ("nvidia/cuda:12.2.0-cudnn8-devel-ubuntu22.04", 27)

    def test_makers_own_words(self) -> None:
        """busybox's and KIWI's entries; the labels that SUSE's images hand down name them."""
        assert marked("BusyBox 1.37.0 (glibc), Debian 12", "COPY x /x # buildkit")[0] == ("busybox:1.37.0-glibc", 1)
        history = ("KIWI 9.24.43", "/bin/sh -c zypper -n in curl")
        labels = {"org.opensuse.reference": "registry.suse.com/suse/sle15:15.5.36.5.5"}
        assert marked(*history, Labels=labels)[0] == ("registry.suse.com/suse/sle15:15.5.36.5.5", 1)
        leap = {
            "org.opencontainers.image.title": "openSUSE Leap Base Container",
            "org.opencontainers.image.version": "15.5.8.12",
        }
        assert marked(*history, Labels=leap)[0] == ("opensuse/leap:15.5", 1)
        assert marked(*history) == []

    def test_chainguard(self) -> None:
        labels = {"org.opencontainers.image.url": "https://images.chainguard.dev/directory/image/python/overview"}
        assert marked("apko", "COPY x /x # buildkit", Labels=labels)[0] == ("cgr.dev/chainguard/python:latest", 1)
        assert marked("apko", Labels=labels) == []

    def test_bitnami(self) -> None:
        labels = {
            "org.opencontainers.image.vendor": "VMware, Inc.",
            "org.opencontainers.image.title": "node",
            "org.opencontainers.image.ref.name": "20.11.1-debian-12-r4",
        }
        history = (
            f"/bin/sh -c #(nop) ADD file:{'0' * 64} in / ",
            "ENV HOME=/ OS_ARCH=amd64 OS_FLAVOUR=debian-12 OS_NAME=linux",
            "COPY prebuildfs / # buildkit",
            "SHELL [/bin/bash -o errexit -o nounset -o pipefail -c]",
            "RUN /bin/bash -o errexit -o nounset -o pipefail -c install_packages ca-certificates curl # buildkit",
            "ENV APP_VERSION=20.11.1 BITNAMI_APP_NAME=node PATH=/opt/bitnami/node/bin:/usr/bin",
            "EXPOSE [3000/tcp]",
            "WORKDIR /app",
            'CMD ["node"]',
            "COPY . /app # buildkit",
        )
        assert marked(*history, Labels=labels)[-1] == ("bitnami/node:20.11.1-debian-12-r4", 8)

    def test_jupyter(self) -> None:
        history = (
            "LABEL maintainer=Jupyter Project <jupyter@googlegroups.com>",
            "ARG NB_USER=jovyan",
            "USER root",
            'ENTRYPOINT ["tini" "-g" "--" "start.sh"]',
            "USER 1000",
            "WORKDIR /home/jovyan",
            "LABEL maintainer=Jupyter Project <jupyter@googlegroups.com>",
            "RUN /bin/bash -o pipefail -c mamba install --yes jupyterlab notebook # buildkit",
            "ENV JUPYTER_PORT=8888",
            "EXPOSE [8888/tcp]",
            'CMD ["start-notebook.py"]',
            "USER 1000",
            "WORKDIR /home/jovyan",
            "RUN /bin/bash -o pipefail -c pip install mine # buildkit",
        )
        assert marked(*history) == [
            ("quay.io/jupyter/docker-stacks-foundation", 6),
            ("quay.io/jupyter/base-notebook", 13),
        ]

    def test_dotnet_sdk(self) -> None:
        """The SDK's steps end with PowerShell; the application's packages after it aren't part of it."""
        history = (
            *self.ALPINE,
            "ENV DOTNET_NOLOGO=true DOTNET_SDK_VERSION=8.0.403 DOTNET_USE_POLLING_FILE_WATCHER=true",
            "RUN /bin/sh -c apk add --upgrade --no-cache curl git icu-data-full # buildkit",
            "RUN /bin/sh -c wget -O dotnet.tar.gz https://builds.example/dotnet-sdk-$DOTNET_SDK_VERSION.tar.gz # buildkit",
            "RUN /bin/sh -c powershell_version=7.4.5 && wget -O PowerShell.nupkg # buildkit",
            "RUN /bin/sh -c apk add git make # buildkit",
        )
        assert marked(*history)[-1] == ("mcr.microsoft.com/dotnet/sdk:8.0.403-alpine3.20", 6)

    def test_dotnet_framework(self) -> None:
        shell = "cmd /S /C "
        history = (
            "Apply image 10.0.20348.643",
            "Install update 10.0.20348.1366",
            f"{shell}#(nop)  ENV COMPLUS_RUNNING_IN_CONTAINER=1 COMPLUS_NGenProtectedProcess_FeatureEnabled=0",
            f"{shell}curl -fSLo dotnet-framework-installer.exe https://downloads.example/ndp48.exe",
            f"{shell}dism /Online /Quiet /Enable-Feature /All /FeatureName:IIS-WebServerRole /FeatureName:IIS-ASPNET45",
            f"{shell}#(nop)  ENV ROSLYN_COMPILER_LOCATION=C:\\RoslynCompilers-3.6.0\\tools",
            f"{shell}#(nop)  EXPOSE 80",
            f'{shell}#(nop)  ENTRYPOINT ["C:\\\\ServiceMonitor.exe" "w3svc"]',
            f"{shell}#(nop) COPY dir:{'0' * 64} in C:\\inetpub\\wwwroot ",
        )
        image = Image(history=tuple(HistoryEntry(text) for text in history), os="windows", os_version="10.0.20348.1366")
        assert found(image)[-2:] == [
            ("mcr.microsoft.com/dotnet/framework/runtime:4.8-windowsservercore-ltsc2022", 4),
            ("mcr.microsoft.com/dotnet/framework/aspnet:4.8.1-windowsservercore-ltsc2022", 8),
        ]

    def test_gcc(self) -> None:
        """An official image whose repository is too big for a mirror."""
        history = (
            "# debian.sh --arch 'amd64' out/ 'bookworm' '@1733097600'",
            "RUN /bin/sh -c set -ex; if ! command -v gpg > /dev/null; then apt-get install gnupg; fi # buildkit",
            "ENV GPG_KEYS=B215C1633BCA0477615F1B35A5B3A004745C015A",
            "ENV GCC_MIRRORS=https://ftpmirror.gnu.org/gcc",
            "ENV GCC_VERSION=14.2.0",
            'RUN /bin/sh -c set -ex; curl -fL "gcc-$GCC_VERSION.tar.xz" -o gcc.tar.xz # buildkit',
            "RUN /bin/sh -c set -ex; echo '/usr/local/lib64' > /etc/ld.so.conf.d/000-local-lib.conf; ldconfig -v # buildkit",
            "RUN /bin/sh -c set -ex; dpkg-divert --divert /usr/bin/gcc.orig --rename /usr/bin/gcc # buildkit",
            "ENV MINE=1",
            "RUN /bin/sh -c gcc -o mine mine.c # buildkit",
        )
        assert marked(*history)[-1] == ("gcc:14.2.0-bookworm", 8)

    def test_fedora_and_oracle(self) -> None:
        fedora = (
            "ENV DISTTAG=f40container FGC=f40 FBR=f40",
            "ADD fedora-40.tar / # buildkit",
            'CMD ["/bin/bash"]',
            "RUN /bin/sh -c dnf -y install x # buildkit",
        )
        assert marked(*fedora)[-1] == ("fedora:40", 3)
        oracle = ("ADD oraclelinux-9-slim-amd64-rootfs.tar.xz / # buildkit", 'CMD ["/bin/bash"]', "USER 1")
        assert marked(*oracle)[-1] == ("oraclelinux:9-slim", 2)

    def test_powershell(self) -> None:
        history = (
            *self.ALPINE,
            "ARG PS_VERSION=7.4.2",
            "ARG PS_INSTALL_VERSION=7",
            "RUN |2 PS_VERSION=7.4.2 PS_INSTALL_VERSION=7 /bin/sh -c ln -s /opt/microsoft/powershell/7/pwsh /usr/bin/pwsh # buildkit",
            'CMD ["pwsh"]',
            "COPY script.ps1 / # buildkit",
        )
        assert marked(*history)[-1] == ("mcr.microsoft.com/powershell:7.4.2-alpine-3.20", 6)

    def test_ubuntu_since_2026(self) -> None:
        """Its first entries have one label, no longer two."""
        from reconstruct.base import find_chain

        history = (
            "/bin/sh -c #(nop)  ARG RELEASE",
            "/bin/sh -c #(nop)  ARG LAUNCHPAD_BUILD_ARCH",
            "/bin/sh -c #(nop)  LABEL org.opencontainers.image.version=24.04",
            f"/bin/sh -c #(nop) ADD file:{'0' * 64} in / ",
            '/bin/sh -c #(nop)  CMD ["/bin/bash"]',
            "RUN /bin/sh -c apt-get update # buildkit",
        )
        image = Image(history=tuple(HistoryEntry(text) for text in history))
        base = find_chain(image, reconstruct.steps(image)).base
        assert (base.name, base.entries) == ("ubuntu:24.04", 5)

    def test_labels_are_not_names(self) -> None:
        """A label can contain anything; a name comes only from text that can be a name."""
        labels = {
            "org.opencontainers.image.vendor": "Bitnami",
            "org.opencontainers.image.title": "x\x1b[31m y\nRUN z",
            "org.opencontainers.image.ref.name": "1",
        }
        assert marked("ENV BITNAMI_APP_NAME=x OS_FLAVOUR=debian-12", Labels=labels) == []

    def test_rows_are_sound(self) -> None:
        from reconstruct.base.known.rows import rows

        assert len(rows()) > 20
        for row in rows():
            assert {"name", "source"} <= set(row)
            assert "first" not in row or "hint" in row
            assert row.keys() & {"first", "own"}
            json.dumps(row)


@pytest.mark.parametrize(("version", "tag"), [("10.0.26100.33438", "ltsc2025"), ("10.0.20348.2227", "ltsc2022")])
def test_a_windows_image_is_on_the_release_of_its_root(version: str, tag: str) -> None:
    # hello-world's steps are the same on every release, and hello-seattle's, of 2016.
    texts = (
        f"Apply image {version}",
        "cmd /S /C #(nop) COPY file:aa in C: ",
        'cmd /S /C #(nop)  CMD ["cmd" "/C" "type C:\\\\hello.txt"]',
    )
    history = tuple(HistoryEntry(text, created=f"2026-09-0{n}T00:00:00Z") for n, text in enumerate(texts, 5))
    image = Image(history=history, os="windows", os_version=version)
    assert reconstruct.base(image).images[0].name == f"mcr.microsoft.com/windows/nanoserver:{tag}"


@pytest.mark.parametrize(
    ("text", "build"),
    [
        ("1607-RTM-amd64", "14393"),
        ("3.9-windowsservercore-ltsc2019", "17763"),
        ("1903", "18362"),
        ("buster-20190326", ""),
        ("0.19030", ""),
    ],
)
def test_a_windows_release_is_no_part_of_another_number(text: str, build: str) -> None:
    assert marks.windows_build(text) == build


def test_a_roots_tags_have_one_order_the_releases_first() -> None:
    tags = ["12", "bookworm", "bookworm-slim", "latest", "stable", "stable-slim"]
    assert releases_first(frozenset(tags)) == tags
