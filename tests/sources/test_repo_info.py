# ruff: noqa: W291 - blanks at the end of a line are Markdown's line breaks, and part of these pages
"""The pages of docker-library/repo-info: each generation, each platform, and the text that the generator changed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from reconstruct.errors import UnreadableError
from reconstruct.image import Image
from reconstruct.sources import load, read

PAGE = """## `app:1`

```console
$ docker pull app@sha256:{index}
```

-	Manifest MIME: `application/vnd.oci.image.index.v1+json`
-	Platforms: 3
	-	linux; amd64
	-	unknown; unknown
	-	linux; arm variant v7

### `app:1` - linux; amd64

```console
$ docker pull app@sha256:{one}
```

-	Manifest MIME: `application/vnd.docker.distribution.manifest.v2+json`
-	Total Size: **17.9 MB (17902871 bytes)**  
	(compressed transfer size, not on-disk size)
-	Image ID: `sha256:{id}`
-	Entrypoint: `["entry.sh"]`
-	Default Command: `["app","-f","\\/etc\\/app.cfg"]`

```dockerfile
# Wed, 28 Jan 2026 01:18:04 GMT
ADD alpine-minirootfs-3.23.3-x86_64.tar.gz / # buildkit
# Wed, 28 Jan 2026 01:18:04 GMT
CMD ["/bin/sh"]
# Thu, 29 Jan 2026 19:38:36 GMT
# ARGS: A=1 B=two words
RUN set -eux; 	apk add x # buildkit
# Thu, 29 Jan 2026 19:38:37 GMT
RUN <<EOT
set -e
# not a time
EOT # buildkit
# Thu, 29 Jan 2026 19:39:20 GMT
ENTRYPOINT ["entry.sh"]
```

-	Layers:
	-	`sha256:{l1}`  
		Last Modified: Wed, 28 Jan 2026 01:18:09 GMT  
		Size: 3.9 MB (3861821 bytes)  
		MIME: application/vnd.oci.image.layer.v1.tar+gzip
	-	`sha256:{l2}`  
		Size: 966.0 B  
		MIME: application/vnd.oci.image.layer.v1.tar+gzip
	-	`sha256:{l2}`  
		MIME: application/vnd.oci.image.layer.v1.tar+gzip

### `app:1` - unknown; unknown

-	Image ID: `sha256:{id}`

```dockerfile
```

-	Layers:
	-	`sha256:{l1}`  
		MIME: application/vnd.in-toto+json

### `app:1` - linux; arm variant v7

-	Docker Version: 20.10.12
-	Image ID: `sha256:{id}`
-	`SHELL`: `["/bin/bash","-c"]`

```dockerfile
# Thu, 17 Mar 2022 04:04:10 GMT
ADD file:28eb in / 
# Thu, 17 Mar 2022 04:04:11 GMT
SHELL [/bin/bash -c]
# Thu, 17 Mar 2022 04:04:12 GMT
RUN echo hi
# Thu, 17 Mar 2022 04:04:13 GMT
WORKDIR /app
```

-	Layers:
	-	`sha256:{l1}`  
		Size: 1.0 KB (1000 bytes)  
		MIME: application/vnd.docker.image.rootfs.diff.tar.gzip
""".format(index="0" * 64, one="1" * 64, id="2" * 64, l1="3" * 64, l2="4" * 64)


def commands(image: Image) -> list[str]:
    return [entry.created_by for entry in image.history]


def test_a_page_of_today() -> None:
    image = load(PAGE.encode(), platform="linux/amd64")
    assert commands(image) == [
        "ADD alpine-minirootfs-3.23.3-x86_64.tar.gz / # buildkit",
        'CMD ["/bin/sh"]',
        "RUN |2 A=1 B=two words /bin/sh -c set -eux; \tapk add x # buildkit",
        "RUN /bin/sh -c <<EOT\nset -e\n# not a time\nEOT # buildkit",
        'ENTRYPOINT ["entry.sh"]',
    ]
    assert [entry.empty_layer for entry in image.history] == [False, True, False, False, True]
    assert [layer.compressed_size for layer in image.layers] == [3861821, 966, None]
    assert [layer.size for layer in image.layers] == [None] * 3
    assert image.layers[0].last_modified == "Wed, 28 Jan 2026 01:18:09 GMT"
    assert image.config == {"Entrypoint": ["entry.sh"], "Cmd": ["app", "-f", "/etc/app.cfg"]}
    assert (image.digest, image.index_digest) == ("sha256:" + "1" * 64, "sha256:" + "0" * 64)
    assert image.image_id == "sha256:" + "2" * 64
    assert image.history[0].created == "2026-01-28T01:18:04Z"
    assert not image.has_config


def test_the_shell_and_the_frame_of_the_classic_builder_are_put_back() -> None:
    image = load(PAGE.encode(), platform="linux/arm/v7")
    assert commands(image) == [
        "/bin/sh -c #(nop) ADD file:28eb in / ",
        "/bin/bash -c #(nop)  SHELL [/bin/bash -c]",
        "/bin/bash -c echo hi",
        "/bin/bash -c #(nop) WORKDIR /app",
    ]


def test_attestations_are_not_a_platform() -> None:
    candidates, _, form = read(PAGE.encode())
    assert form == "repo-info page"
    assert [candidate.architecture for candidate in candidates] == ["amd64", "arm"]


OLD = """<!-- THIS FILE IS GENERATED -->

# Tags of `old`

-	[`old:1`](#old1)
-	[`old:2`](#old2)

## `old:1`

**does not exist** (yet?)

## `old:2`

```console
$ docker pull library/old@sha256:{digest}
```

-	Total Virtual Size: 433.2 MB (433183614 bytes)
-	Total v2 Content-Length: 149.5 MB (149499609 bytes)

### Layers (3)

#### `{a}`

```dockerfile
ADD file:3037 in /
```

-	Created: Tue, 10 Nov 2015 00:31:06 GMT
-	Docker Version: 1.9.0
-	Virtual Size: 125.1 MB (125112192 bytes)
-	v2 Blob: `sha256:{b1}`
-	v2 Content-Length: 51.4 MB (51353062 bytes)
-	v2 Last-Modified: Mon, 09 Nov 2015 21:52:26 GMT

#### `{b}`

```dockerfile
CMD ["/bin/bash"]
```

-	Created: Tue, 10 Nov 2015 00:31:11 GMT
-	Parent Layer: `{a}`
-	Docker Version: 1.9.0
-	Virtual Size: 0.0 B
-	v2 Blob: `sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4`
-	v2 Content-Length: 32.0 B

#### `{c}`

```dockerfile
RUN echo '#!/bin/sh' > /x \\
	&& echo y
```

-	Created: Tue, 10 Nov 2015 00:32:00 GMT
-	v2 Blob: `sha256:{b2}`
-	v2 Content-Length: 1.0 KB (1000 bytes)
""".format(digest="0" * 64, a="a" * 64, b="b" * 64, c="c" * 64, b1="1" * 64, b2="2" * 64)


def test_a_page_of_before_2017() -> None:
    image = load(OLD.encode())
    assert commands(image) == [
        "/bin/sh -c #(nop) ADD file:3037 in /",
        '/bin/sh -c #(nop)  CMD ["/bin/bash"]',
        "/bin/sh -c echo '#!/bin/sh' > /x \t&& echo y",
    ]
    assert [entry.empty_layer for entry in image.history] == [False, True, False]
    assert [(layer.compressed_size, layer.size) for layer in image.layers] == [(51353062, 125112192), (1000, None)]
    assert image.tags == ("old:2",)
    assert image.digest == "sha256:" + "0" * 64


def test_a_page_with_only_settings() -> None:
    page = """# `app:1`

## Docker Metadata

- Image ID: `sha256:{id}`
- Created: `2026-08-25T01:15:06.42045073Z`
- Virtual Size: ~ 119.48 Mb  
  (total size of all layers on-disk)
- Arch: `linux`/`arm64`
- Entrypoint: `["e"]`
- Command: `["python3"]`
- Environment:
  - `PATH=/bin`
  - `A=b c`

## `dpkg` (`.deb`-based packages)

### `dpkg` source package: `acl=2.3.2-2`

```console
$ apt-get source -qq --print-uris acl=2.3.2-2
```
""".format(id="2" * 64)
    image = load(page.encode())
    assert image.config == {"Entrypoint": ["e"], "Cmd": ["python3"], "Env": ["PATH=/bin", "A=b c"]}
    assert image.platform == "linux/arm64"
    assert not image.has_history
    assert image.created == "2026-08-25T01:15:06.42045073Z"


def test_windows_line_ends_and_a_page_that_is_cut_off() -> None:
    whole = load(PAGE.replace("\n", "\r\n").encode(), platform="linux/amd64")
    assert whole.history == load(PAGE.encode(), platform="linux/amd64").history
    cut = PAGE[: PAGE.index("RUN echo hi")] + "RUN echo"
    assert commands(load(cut.encode(), platform="arm"))[-1] == "/bin/bash -c echo"


def test_a_page_without_an_image() -> None:
    with pytest.raises(UnreadableError, match="no image on this"):
        load(b"## `a:1`\n\n**does not exist** (yet?)\n")


def _seed() -> Path:
    shared = os.environ.get("RECONSTRUCT_SHARED") or Path(__file__).parents[3] / "shared"
    path = Path(shared) / "seed" / "python-3.9-windowsservercore.md"
    if not path.is_file():
        pytest.skip(f"{path.name} is not at hand")
    return path


def test_the_windows_page_has_a_layer_for_every_step() -> None:
    for version, total in (("10.0.14393", 5815453471), ("10.0.17763", 2421603229)):
        image = load(_seed(), platform=f"windows({version})/amd64")
        assert len(image.history) == len(image.layers) == 11
        assert not any(entry.empty_layer for entry in image.history)
        assert sum(layer.compressed_size or 0 for layer in image.layers) == total
        assert [layer.foreign for layer in image.layers] == [True, True] + [False] * 9
        assert image.history[0].created_by.startswith("Apply image ")
        assert image.history[5].created_by.startswith("powershell -Command $ErrorActionPreference = 'Stop'; ")


def test_pages_one_after_the_other_keep_their_images_apart() -> None:
    other = PAGE.replace("`app:1`", "`app:2`")
    candidates, _, _ = read((PAGE + other + PAGE).encode())
    assert [(*candidate.tags, candidate.architecture) for candidate in candidates] == [
        (tag, architecture) for tag in ("app:1", "app:2", "app:1") for architecture in ("amd64", "arm")
    ]
    assert load((PAGE + other).encode(), tag="app:2", platform="arm").tags == ("app:2",)
