"""The repo-info page: its spellings, its sections, and the published page of the Windows sample, to the byte."""

from __future__ import annotations

import importlib.util
import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reconstruct.cli.main import main
from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.report import repo_info
from reconstruct.sources import load, read
from tests.report.making import GZIP, digest, image
from tests.report.pages import GENERATIONS
from tests.sources.making import Layout, tar

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "samples" / "python-3.9-windowsservercore"
SHARED = Path(os.environ.get("RECONSTRUCT_SHARED", ROOT.parent / "shared"))
MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
LIST = "application/vnd.docker.distribution.manifest.list.v2+json"


def history(of: Image) -> list[str]:
    """The lines of the page's code block."""
    match = re.search(r"```dockerfile\n(.*?)```\n", repo_info.render([of]), re.DOTALL)
    assert match
    return match[1].splitlines()


def texts(*created_by: str, shell: tuple[str, ...] | None = None) -> list[str]:
    config: dict[str, Any] = {"Shell": shell} if shell else {}
    return history(Image(history=tuple(HistoryEntry(text) for text in created_by), config=config))


def test_the_page_of_one_linux_image() -> None:
    of = image(
        digest=digest("d"),
        image_id=digest("e"),
        media_type=MANIFEST,
        config={"Entrypoint": ("/a/b.sh",), "Cmd": ("x y", 'é"\\\x1b\t')},
        layers=(Layer(digest=digest("a"), media_type=GZIP, compressed_size=221, last_modified="2020-09-03T04:05:06Z"),),
    )
    assert repo_info.render([of]) == (
        "## `app:1`\n"
        "\n"
        "```console\n"
        f"$ docker pull app@{digest('d')}\n"
        "```\n"
        "\n"
        "-\tPlatforms: 1\n"
        "\t-\tlinux; amd64\n"
        "\n"
        "### `app:1` - linux; amd64\n"
        "\n"
        "-\tDocker Version: 19.03.5\n"
        f"-\tManifest MIME: `{MANIFEST}`\n"
        "-\tTotal Size: **221.0 B**  \n"
        "\t(compressed transfer size, not on-disk size)\n"
        f"-\tImage ID: `{digest('e')}`\n"
        '-\tEntrypoint: `["\\/a\\/b.sh"]`\n'
        '-\tDefault Command: `["x y","é\\"\\\\\\u001B\\t"]`\n'
        "\n"
        "```dockerfile\n"
        "# Tue, 01 Sep 2020 19:14:00 GMT\n"
        f"COPY file:{'c' * 64} in / \n"
        "# Wed, 02 Sep 2020 00:00:00 GMT\n"
        "ENV A=b c\n"
        "# Mon, 01 Jan 0001 00:00:00 GMT\n"
        "RUN make \t  all\n"
        "```\n"
        "\n"
        "-\tLayers:\n"
        f"\t-\t`{digest('a')}`  \n"
        "\t\tLast Modified: Thu, 03 Sep 2020 04:05:06 GMT  \n"
        "\t\tSize: 221.0 B  \n"
        f"\t\tMIME: {GZIP}\n"
    )


def test_the_platforms_of_one_index_share_a_page() -> None:
    one = image(index_digest=digest("f"), index_media_type=LIST, digest=digest("d"))
    platform = {"os": "linux", "os.features": ["x", "y"], "architecture": "arm", "variant": "v7"}
    two = replace(one, index_platform=platform, digest=digest("e"))
    page = repo_info.render([one, two])
    assert page.startswith(
        f"## `app:1`\n\n```console\n$ docker pull app@{digest('f')}\n```\n\n-\tManifest MIME: `{LIST}`\n-\tPlatforms: 2\n"
        "\t-\tlinux; amd64\n\t-\tlinux ft. x, y; arm variant v7\n\n### `app:1` - linux; amd64\n"
    )
    assert f"### `app:1` - linux ft. x, y; arm variant v7\n\n```console\n$ docker pull app@{digest('e')}\n```\n" in page


def test_images_of_other_names_get_their_own_sections() -> None:
    page = repo_info.render([image(), image(tags=("docker.io/library/other:2",))])
    assert re.findall(r"^## .*", page, re.MULTILINE) == ["## `app:1`", "## `other:2`"]


@pytest.mark.parametrize(
    ("created_by", "shown"),
    [
        ('/bin/sh -c #(nop)  CMD ["bash"]', ['CMD ["bash"]']),
        ("/bin/sh -c #(nop) ADD file:0 in / ", ["ADD file:0 in / "]),
        ("/bin/sh -c set -eux", ["RUN set -eux"]),
        ("/bin/sh -c R -e 1", ["R -e 1"]),
        ("cmd /S /C #(nop) COPY file:0 in C: ", ["RUN cmd /S /C #(nop) COPY file:0 in C: "]),
        ("RUN |1 A=1 make all", ["# unable to parse image command string further:", "|1 A=1 make all"]),
        ("RUN /bin/sh -c set -eux # buildkit", ["RUN set -eux # buildkit"]),
        ("ENV A=1", ["ENV A=1"]),
        ("COPY /rootfs/ / # buildkit", ["COPY /rootfs/ / # buildkit"]),
        ("Apply image 1607-RTM-amd64", ["RUN Apply image 1607-RTM-amd64"]),
        ("# debian.sh --arch 'amd64'", ["RUN # debian.sh --arch 'amd64'"]),
        ("|2 A=1 B=x y /bin/sh -c make", ["# ARGS: A=1 B=x y", "RUN make"]),
        ("RUN |1 A=1 /bin/sh -c make # buildkit", ["# ARGS: A=1", "RUN make # buildkit"]),
        ("|1 A=1 make all", ["# unable to parse image command string further:", "|1 A=1 make all"]),
        ("powershell -Command #(nop)  ENV A=1", ["ENV A=1"]),
        ("|1 A=1 powershell -Command make", ["# ARGS: A=1", "RUN make"]),
        ("", ["RUN "]),
    ],
)
def test_how_history_is_shown(created_by: str, shown: list[str]) -> None:
    assert texts(created_by, shell=("powershell", "-Command")) == shown


def test_what_the_page_shows_is_shown_so_again() -> None:
    once = texts(
        '/bin/sh -c #(nop)  CMD ["bash"]', "/bin/sh -c set -eux", "Apply image 1", "RUN /bin/sh -c x # buildkit"
    )
    assert texts(*once) == once


def test_an_entry_cannot_end_the_block_or_imitate_another() -> None:
    lines = texts("RUN a\n```\n\n-\tLayers:\n# Tue, 01 Sep 2020 19:14:00 GMT\nRUN evil")
    assert lines == ["RUN a", "\\x60``", "", "-\tLayers:", "\\x23 Tue, 01 Sep 2020 19:14:00 GMT", "RUN evil"]


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        (0, "0.0 B"),
        (1000, "1000.0 B"),
        (1001, "1.0 KB (1001 bytes)"),
        (1_000_999, "1001.0 KB (1000999 bytes)"),
        (1_001_000, "1.0 MB (1001000 bytes)"),
        (5_815_453_471, "5.8 GB (5815453471 bytes)"),
        (3 * 10**15, "3000.0 TB (3000000000000000 bytes)"),
    ],
)
def test_sizes_as_the_page_counts_them(size: int, shown: str) -> None:
    page = repo_info.render([Image(layers=(Layer(digest="a", compressed_size=size),))])
    assert f"\t\tSize: {shown}  \n" in page
    assert f"**{shown}**" in page


def test_sizes_that_are_unknown_have_no_line() -> None:
    page = repo_info.render([Image(layers=(Layer(digest="a", size=5),))])
    assert "Size" not in page


def test_an_image_of_no_index_shows_what_its_config_says_of_the_platform() -> None:
    page = repo_info.render([image(architecture="arm", variant="v7", os_version="1")])
    assert "-\tPlatforms: 1\n\t-\tlinux; arm\n" in page


def test_an_oci_manifest_is_shown_under_docker_s_type() -> None:
    page = repo_info.render([image(media_type="application/vnd.oci.image.manifest.v1+json")])
    assert f"-\tManifest MIME: `{MANIFEST}`\n" in page


def test_a_command_of_schema_1_is_broken_at_its_indents() -> None:
    of = Image(
        history=(HistoryEntry("/bin/sh -c #(nop) CMD [x]"), HistoryEntry("/bin/sh -c a &&     b &&\tc")),
        media_type="application/vnd.docker.distribution.manifest.v1+prettyjws",
    )
    assert history(of) == ["CMD [x]", "RUN a &&\\", "     b &&\\", "\tc"]


def index_of_two() -> bytes:
    """An OCI layout as BuildKit saves it: a named index, an attestation after each image."""
    made = Layout()
    one, two = made.image("amd64"), made.image("arm64")
    two["platform"]["variant"] = "v8"
    statements = [made.attestation(of, {"predicate": {}}, "https://slsa.dev/provenance/v1") for of in (one, two)]
    named = {"org.opencontainers.image.ref.name": "docker.io/library/app:1"}
    index = made.index([one, statements[0], two, statements[1]], annotations=named)
    return tar(made.saved(index))


def test_attestations_are_under_the_name_that_docker_saved(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Docker since 25: the index has the whole name, manifest.json the short one."""
    made = Layout()
    one = made.image("amd64")
    attested = made.attestation(one, {"predicate": {}}, "https://slsa.dev/provenance/v1")
    named = {"io.containerd.image.name": "docker.io/library/app:1"}
    files = made.saved(made.index([one, attested], annotations=named))
    config = json.loads(files["blobs/" + one["digest"].replace(":", "/")])["config"]["digest"]
    listed = [{"Config": "blobs/" + config.replace(":", "/"), "RepoTags": ["app:1"], "Layers": []}]
    (tmp_path / "image.tar").write_bytes(tar({**files, "manifest.json": json.dumps(listed).encode()}))
    page, _ = page_of(capfdbinary, str(tmp_path / "image.tar"))
    assert re.findall(r"^### `app:1` - (.*)$", page, re.MULTILINE) == ["linux; amd64", "unknown; unknown"]
    assert page.count("## `app:1`\n") == 1


def test_an_index_gives_every_manifest_that_it_lists_in_order(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "image.tar").write_bytes(index_of_two())
    page, _ = page_of(capfdbinary, str(tmp_path / "image.tar"))
    platforms = ["linux; amd64", "unknown; unknown", "linux; arm64 variant v8", "unknown; unknown"]
    assert "-\tPlatforms: 4\n" + "".join(f"\t-\t{name}\n" for name in platforms) in page
    assert re.findall(r"^### `app:1` - (.*)$", page, re.MULTILINE) == platforms
    assert page.count("$ docker pull app@sha256:") == 5
    assert page.count("```dockerfile\n```\n") == 2
    assert page.count("MIME: application/vnd.in-toto+json\n") == 2
    again, reading, _ = read(page.encode())
    assert len(again) == len(reading.attached) == 2
    everything = sorted([*again, *reading.attached], key=lambda candidate: candidate.order)
    assert repo_info.render([candidate.image for candidate in everything]) == page


def make_windows() -> Callable[[dict[str, Any], Path], None]:
    spec = importlib.util.spec_from_file_location("make_windows", ROOT / "samples" / "make_windows.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make  # type: ignore[no-any-return]


def facts() -> dict[str, Any]:

    text = (ROOT / "samples" / "facts" / "python-3.9-windowsservercore.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_windows_sample_is_what_its_script_makes(tmp_path: Path) -> None:
    make_windows()(facts(), tmp_path)
    assert contents(tmp_path) == contents(SAMPLE)


def test_the_windows_sample_is_sound() -> None:
    candidates, reading, _ = read(str(SAMPLE), strict=True)
    images = [candidate.image for candidate in candidates]
    assert [of.os_version for of in images] == ["10.0.14393.3930", "10.0.17763.1457"]
    assert [len(of.layers) for of in images] == [11, 11]
    assert reading.notes == []


def page_of(capfdbinary: pytest.CaptureFixture[bytes], *args: str) -> tuple[str, str]:
    with pytest.raises(SystemExit) as stop:
        main(["report", "--format", "repo-info", *args])
    assert not stop.value.code
    out, err = capfdbinary.readouterr()
    return out.decode(), err.decode()


@pytest.mark.skipif(not SHARED.is_dir(), reason="the published page beside the repository is not here")
def test_the_windows_sample_gives_the_published_page_but_for_what_its_copy_can_not_have(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    expected = (SHARED / "seed" / "python-3.9-windowsservercore.md").read_text(encoding="utf-8")
    expected = re.sub(r"\t\tLast Modified: .*\n", "", expected.replace("Platforms:\n", "Platforms: 2\n"))
    page, _ = page_of(capfdbinary, str(SAMPLE))
    assert _without_digests(page) == _without_digests(expected)


def _without_digests(page: str) -> str:
    """The page without the digests of manifests and configs, which were written anew for the sample."""
    return re.sub(r"(docker pull \S+@|Image ID: `)sha256:[0-9a-f]{64}", r"\1", page)


def test_one_platform_alone(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    page, _ = page_of(capfdbinary, str(SAMPLE), "--platform", "windows(10.0.17763.1457)/amd64")
    assert page.count("### ") == 1
    assert "10.0.14393" not in page


@pytest.mark.skipif(not SHARED.is_dir(), reason="the published page beside the repository is not here")
def test_the_published_page_is_reproduced(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    path = SHARED / "seed" / "python-3.9-windowsservercore.md"
    page, _ = page_of(capfdbinary, str(path))
    assert page.encode() == path.read_bytes()


@pytest.mark.parametrize("generation", GENERATIONS)
def test_a_page_of_every_year_is_reproduced(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], generation: str
) -> None:
    (tmp_path / "page.md").write_bytes(GENERATIONS[generation].encode())
    page, _ = page_of(capfdbinary, str(tmp_path / "page.md"))
    assert page == GENERATIONS[generation]


@pytest.mark.parametrize("generation", [name for name in GENERATIONS if "remote" in name])
def test_what_is_read_of_a_page_makes_it_again(generation: str) -> None:
    page = GENERATIONS[generation]
    candidates, reading, _ = read(page.encode())
    everything = sorted([*candidates, *reading.attached], key=lambda candidate: candidate.order)
    made = repo_info.render([candidate.image for candidate in everything])
    assert made == re.sub(r"Platforms:\n((?:\t-.*\n)+)", _counted, page)


def _counted(match: re.Match[str]) -> str:
    return f"Platforms: {match[1].count(chr(10))}\n{match[1]}"


@pytest.mark.parametrize(
    "line",
    [
        "<script>alert(1)</script>",
        "[text](https://example.org)",
        "https://example.org",
        "-\t[`a`](https://example.org)",
        "mail @someone",
        "![x](#y)",
        "&amp;",
    ],
)
def test_a_page_with_its_own_markup_is_not_reproduced(line: str) -> None:
    page = GENERATIONS["remote, 2022"]
    assert repo_info.given_back(page) == page
    assert repo_info.given_back(page + line + "\n") is None


def test_a_terminal_code_in_a_page_is_spelled_out() -> None:
    page = GENERATIONS["remote, 2022"].replace("RUN echo", "RUN \x1b[2J echo")
    given = repo_info.given_back(page)
    assert given is not None
    assert "\\x1b[2J" in given


def test_the_tag_chosen_of_a_list_of_tags_is_a_page_of_its_own(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    (tmp_path / "page.md").write_bytes(GENERATIONS["list of tags"].encode())
    page, _ = page_of(capfdbinary, str(tmp_path / "page.md"), "--tag", "app:2")
    assert page.startswith("## `app:2`\n")
    assert "app:1" not in page


@pytest.mark.parametrize("builder", ["classic", "buildkit"])
def test_a_page_of_a_linux_image_is_read_and_written_again(builder: str) -> None:
    path = ROOT / "samples" / f"hello-{builder}.json"
    of = load(str(path), manifest=str(path.with_suffix(".manifest.json")))
    page = repo_info.render([replace(of, tags=("hello:1",))])
    again, _, _ = read(page.encode())
    assert repo_info.render([candidate.image for candidate in again]) == page


@pytest.mark.skipif(not SHARED.is_dir(), reason="the configs beside the repository are not here")
def test_pages_of_public_images_are_read_and_written_again() -> None:
    for file in sorted(SHARED.glob("corpus/*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            of = replace(load(json.loads(line)["image"]), tags=("a:1",), image_id=digest("a"))
            page = repo_info.render([of])
            again, _, _ = read(page.encode())
            assert repo_info.render([candidate.image for candidate in again]) == page
