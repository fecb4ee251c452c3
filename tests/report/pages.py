"""Pages of each generation of docker-library's repo-info, made up: the form is that of the years, the images are none."""

from __future__ import annotations

_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"


def _sha(digit: str) -> str:
    return "sha256:" + digit * 64


def _pull(name: str, digit: str) -> str:
    return f"```console\n$ docker pull {name}@{_sha(digit)}\n```\n"


def _layer(digit: str, size: str, kind: str = _LAYER, modified: str = "Tue, 07 Mar 2017 15:01:14 GMT") -> str:
    when = f"\t\tLast Modified: {modified}  \n" if modified else ""
    return f"\t-\t`{_sha(digit)}`  \n{when}\t\tSize: {size}  \n\t\tMIME: {kind}\n"


def _facts(version: str, total: str, *more: str) -> str:
    lines = [
        *([f"-\tDocker Version: {version}"] if version else []),
        f"-\tManifest MIME: `{_MANIFEST}`",
        f"-\tTotal Size: **{total}**  ",
        "\t(compressed transfer size, not on-disk size)",
        f"-\tImage ID: `{_sha('9')}`",
        *more,
    ]
    return "\n".join(lines) + "\n"


_WINDOWS = (
    "```dockerfile\n"
    "# Tue, 13 Dec 2016 10:47:17 GMT\nRUN Apply image 10.0.14393.0\n"
    "# Mon, 13 Aug 2018 17:51:52 GMT\nRUN Install update 10.0.14393.2430\n"
    "# Sat, 08 Sep 2018 09:41:09 GMT\nRUN cmd /S /C #(nop) COPY file:aa in C: \n"
    '# Sat, 08 Sep 2018 09:41:10 GMT\nRUN cmd /S /C #(nop)  CMD ["cmd" "/C" "type C:\\\\x.txt"]\n'
    "```\n"
)
_FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"


def _windows_page(name: str, count: str, modified: str) -> str:
    return (
        f"## `{name}`\n\n{_pull('app', '1')}\n-\tManifest MIME: `{_LIST}`\n-\tPlatforms:{count}\n"
        "\t-\twindows version 10.0.14393.2430; amd64\n\n"
        f"### `{name}` - windows version 10.0.14393.2430; amd64\n\n{_pull('app', '2')}\n"
        + _facts(
            "17.06.2-ee-13", "420.5 MB (420477650 bytes)", '-\tDefault Command: `["cmd","\\/C","type C:\\\\x.txt"]`'
        )
        + f"\n{_WINDOWS}\n-\tLayers:\n"
        + _layer("3", "252.7 MB (252691002 bytes)", _FOREIGN, modified)
        + _layer("4", "167.8 MB (167784035 bytes)", _FOREIGN, modified)
        + _layer("5", "1.7 KB (1662 bytes)")
        + _layer("6", "951.0 B")
    )


def _linux_section(name: str, platform: str, digit: str, buildkit: bool) -> str:
    mark = " # buildkit" if buildkit else ""
    root = "ADD root.tar.gz / # buildkit" if buildkit else f"ADD file:{'a' * 64} in / "
    words = '-\tEntrypoint: `["entry.sh"]`\n-\tDefault Command: `["app","-d","\\/etc\\/app"]`'
    total = {"1": "3.0 MB (3000930 bytes)"}.get(digit, "3.0 MB (3000930 bytes)")
    return (
        f"### `{name}` - {platform}\n\n{_pull('app', digit)}\n"
        + _facts("" if buildkit else "20.10.23", total, *words.split("\n"))
        + "\n```dockerfile\n"
        f"# Sat, 11 Feb 2023 04:46:42 GMT\n{root}\n"
        '# Sat, 11 Feb 2023 04:46:42 GMT\nCMD ["/bin/sh"]\n'
        f"# Sat, 11 Feb 2023 06:16:13 GMT\n# ARGS: A=1 B=two words\nRUN set -eux; \techo hi{mark}\n"
        f"# Sat, 11 Feb 2023 06:16:13 GMT\nRUN echo{mark}\n"
        "# Sat, 11 Feb 2023 06:16:13 GMT\nEXPOSE map[8080/tcp:{}]\n"
        "```\n\n-\tLayers:\n" + _layer("7", "3.0 MB (3000000 bytes)") + _layer("8", "930.0 B")
    )


def _attestation(name: str, digit: str) -> str:
    return (
        f"### `{name}` - unknown; unknown\n\n{_pull('app', digit)}\n"
        + _facts("", "35.9 KB (35860 bytes)")
        + "\n```dockerfile\n```\n\n-\tLayers:\n"
        + _layer("0", "35.9 KB (35860 bytes)", "application/vnd.in-toto+json")
    )


def _page(name: str, *sections: str, kind: str = _LIST) -> str:
    platforms = [section.partition("` - ")[2].partition("\n")[0] for section in sections]
    listed = "".join(f"\t-\t{platform}\n" for platform in platforms)
    head = f"## `{name}`\n\n{_pull('app', '1')}\n-\tManifest MIME: `{kind}`\n-\tPlatforms: {len(sections)}\n{listed}"
    return "\n".join([head, *sections])


_2022 = _page(
    "app:1",
    _linux_section("app:1", "linux; amd64", "2", buildkit=False),
    _linux_section("app:1", "linux; arm variant v7", "3", buildkit=False),
)
_2026 = _page(
    "app:1",
    _linux_section("app:1", "linux; amd64", "2", buildkit=True),
    _attestation("app:1", "3"),
    _linux_section("app:1", "linux; arm64 variant v8", "4", buildkit=True),
    _attestation("app:1", "5"),
    kind="application/vnd.oci.image.index.v1+json",
)
_SINGLE = (
    f"## `app:1`\n\n{_pull('app', '1')}\n-\tPlatforms: 1\n\t-\tlinux; amd64\n\n### `app:1` - linux; amd64\n\n"
    + _facts("18.09.7", "3.0 MB (3000930 bytes)", '-\tDefault Command: `["x"]`', '-\t`SHELL`: `["\\/bin\\/bash","-c"]`')
    + "\n```dockerfile\n# Sat, 11 Feb 2023 04:46:42 GMT\nADD file:aa in / \n"
    "# Sat, 11 Feb 2023 04:46:42 GMT\nSHELL [/bin/bash -c]\n# Sat, 11 Feb 2023 04:46:42 GMT\nRUN make\n"
    "# Sat, 11 Feb 2023 04:46:43 GMT\nR -e 1\n"
    "# Sat, 11 Feb 2023 04:46:44 GMT\n# unable to parse image command string further:\n|1 A=b c d\n```\n\n-\tLayers:\n"
    + _layer("7", "3.0 MB (3000000 bytes)")
    + _layer("8", "930.0 B")
)
_TAGS = (
    "<!-- THIS FILE IS GENERATED VIA './update-remote.sh' -->\n\n# Tags of `app`\n\n"
    "-\t[`app:1`](#app1)\n-\t[`app:2`](#app2)\n-\t[`app:gone`](#appgone)\n\n"
    + "\n".join([_2022, _2026.replace("app:1", "app:2"), "## `app:gone`\n\n**does not exist** (yet?)\n"])
)
_2016 = f"""<!-- THIS FILE IS GENERATED VIA '.template-helpers/generate-tag-details.pl' -->

# Tags of `app`

-\t[`app:1.4`](#app14)

## `app:1.4`

```console
$ docker pull library/app@{_sha("1")}
```

-\tTotal Virtual Size: 125.1 MB (125115267 bytes)
-\tTotal v2 Content-Length: 51.4 MB (51354288 bytes)

### Layers (2)

#### `{"b" * 64}`

```dockerfile
ADD file:{"a" * 64} in /
```

-\tCreated: Fri, 04 Dec 2015 19:27:57 GMT
-\tDocker Version: 1.8.3
-\tVirtual Size: 125.1 MB (125115267 bytes)
-\tv2 Blob: `{_sha("2")}`
-\tv2 Content-Length: 51.4 MB (51354256 bytes)
-\tv2 Last-Modified: Fri, 04 Dec 2015 19:45:49 GMT

#### `{"c" * 64}`

```dockerfile
RUN echo a \\
\t&& echo b
```

-\tCreated: Fri, 04 Dec 2015 19:28:00 GMT
-\tParent Layer: `{"b" * 64}`
-\tDocker Version: 1.8.3
-\tVirtual Size: 0.0 B
-\tv2 Blob: `sha256:a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4`
-\tv2 Content-Length: 32.0 B
"""

GENERATIONS = {
    "tag details, 2016": _2016,
    "remote, 2018": _windows_page("app:win", "", "Thu, 06 Sep 2018 21:37:41 GMT"),
    "remote, 2022, a foreign layer's time unknown": _windows_page("app:win", " 1", ""),
    "remote, 2022": _2022,
    "remote, 2026": _2026,
    "remote, one manifest": _SINGLE,
    "list of tags": _TAGS,
}
