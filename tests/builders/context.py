"""The build context that every Dockerfile of `dockerfiles/` is built in, and the root file systems they stand on.

All of it is made here, byte for byte the same every time, so that nothing binary lies in the repository.
"""

from __future__ import annotations

import gzip
import io
import shutil
import subprocess
import tarfile
from pathlib import Path

FILES: dict[str, str] = {
    "one.txt": "one\n",
    "two.txt": "two\n",
    "three.md": "# three\n",
    "name with space.txt": "spaces in the name\n",
    "zażółć.txt": "non-ASCII name\n",
    "it's.txt": "a quote in the name\n",
    "app.conf": "[app]\nkey = value\n",
    "entrypoint.sh": '#!/bin/sh\nexec "$@"\n',
    "package.json": '{"name": "demo", "version": "1.0.0"}\n',
    "package-lock.json": '{"lockfileVersion": 3}\n',
    "requirements.txt": "demo==1.0\n",
    "go.mod": "module example.org/demo\n",
    "main.go": "package main\n",
    "pom.xml": "<project/>\n",
    "src/app.py": "print('app')\n",
    "src/lib/util.py": "pass\n",
    "dir/a.txt": "a\n",
    "dir/b.conf": "b\n",
    "dir/nested/deep.txt": "deep\n",
    "only/single.dat": "single\n",
    "public/index.html": "<!doctype html>\n",
    "public/css/site.css": "body {}\n",
    "docker-entrypoint.d/10-start.sh": "echo start\n",
    "demo.csproj": "<Project/>\n",
    "start.ps1": "Write-Host 'start'\n",
}
EXECUTABLE = {"entrypoint.sh", "docker-entrypoint.d/10-start.sh"}

# All programs that the RUNs call. In the stand-in base they all succeed immediately.
_STAND_INS = """
    bin/sh bin/bash bin/ash bin/dash bin/zsh bin/ksh usr/bin/fish usr/bin/env usr/local/bin/bash
    usr/bin/python usr/bin/python3 usr/bin/node usr/bin/ruby usr/bin/perl usr/bin/php
    usr/bin/apt-get usr/bin/yum usr/bin/dnf sbin/apk usr/bin/pip usr/bin/npm usr/bin/make usr/bin/curl
    usr/bin/java usr/bin/mvn usr/bin/go usr/bin/cargo usr/bin/dotnet usr/bin/mkdir usr/bin/tini
    bin/cmd bin/cmd.exe bin/powershell bin/powershell.exe bin/pwsh bin/pwsh.exe usr/bin/pwsh
""".split()  # noqa: SIM905

# Changes a file for about half of all texts, so that builders which look (the classic one) see both kinds of RUN.
_STAND_IN = """#!/bin/busybox sh
text="$0 $*"
[ $((${#text} % 2)) = 0 ] || printf '%s\\n' "$text" >> /var/log/stand-in
exit 0
"""

_PASSWD = (
    "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\napp:x:1000:1000:app:/home/app:/bin/sh\n"
)
_GROUP = "root:x:0:\nnogroup:x:65534:\napp:x:1000:\n"
_FOLDERS = (
    "bin", "etc", "home", "home/app", "opt", "root", "sbin", "srv", "tmp",
    "usr", "usr/bin", "usr/local", "usr/local/bin", "usr/sbin", "var", "var/log",
)  # fmt: skip


def write_context(folder: Path) -> None:
    """Writes the context into `folder`, an archive with two files in it among them."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        path.chmod(0o755 if name in EXECUTABLE else 0o644)
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for name in ("packed/first", "packed/second"):
            _add(tar, name, name.encode())
    (folder / "archive.tar.gz").write_bytes(gzip.compress(content.getvalue(), mtime=0))


def root_filesystem(stand_in: bool) -> bytes:
    """A tar of a root file system: a static busybox, and a real shell, or (`stand_in`) shells and tools that do nothing."""
    busybox = shutil.which("busybox")
    if busybox is None:
        raise FileNotFoundError("busybox")
    applets = subprocess.run([busybox, "--list-full"], capture_output=True, text=True, check=True).stdout.split()
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        for name in _FOLDERS:
            _add(tar, name, None, 0o1777 if name in {"tmp", "var/log"} else 0o755)
        _add(tar, "bin/busybox", Path(busybox).read_bytes(), 0o755)
        _add(tar, "etc/passwd", _PASSWD.encode())
        _add(tar, "etc/group", _GROUP.encode())
        present = set(_FOLDERS) | {"bin/busybox"}
        if stand_in:
            _add(tar, "var/log/stand-in", b"", 0o666)
            for name in _STAND_INS:
                _add(tar, name, _STAND_IN.encode(), 0o755)
            present |= set(_STAND_INS)
        else:
            applets.append("bin/bash")
        for name in sorted(set(applets) - present):
            link = tarfile.TarInfo(name)
            link.type, link.linkname = tarfile.SYMTYPE, "/bin/busybox"
            if name != "bin/bash":
                tar.addfile(link)
        if not stand_in:
            # bash's options that sh lacks are not needed: its `-o pipefail`, `-e`, `-u`, `-x` and `-c` are busybox's too.
            _add(tar, "bin/bash", b'#!/bin/busybox sh\nexec /bin/busybox sh "$@"\n', 0o755)
    return content.getvalue()


def _add(tar: tarfile.TarFile, name: str, data: bytes | None, mode: int = 0o644) -> None:
    member = tarfile.TarInfo(name)
    member.mode = mode
    if data is None:
        member.type = tarfile.DIRTYPE
        tar.addfile(member)
    else:
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
