"""Images of our own, small, each with something that an export must bring back: Dockerfiles and the context they share."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

# A time that no build has: what keeps it was copied with its time.
OLD = 1_600_000_000
CAPABILITY = bytes.fromhex("0100000200040000000000000000000000000000")

# On `base`, which has a shell; a first line of its own where another base is meant.
CASES: dict[str, str] = {
    "copy-file": "COPY one.txt /one.txt",
    "copy-renamed": "COPY one.txt /etc/renamed.conf",
    "copy-into-folder": "COPY one.txt two.txt /srv/new/",
    "copy-tree": "COPY tree /srv/tree",
    "copy-tree-twice": "COPY tree /a\nCOPY tree/sub /b/",
    "copy-same-name": "COPY one.txt /x/file.txt\nCOPY two.txt /y/file.txt\nCOPY one.txt /z/",
    "copy-blanks": 'COPY ["a b.txt", "/with blanks/"]\nCOPY ["a b.txt", "/c d.txt"]',
    "copy-newline": "COPY odd /srv/odd",
    "copy-relative": "WORKDIR /srv/app\nCOPY one.txt .\nWORKDIR sub\nCOPY two.txt ./deep/",
    "copy-chown": "COPY --chown=1000:1000 one.txt /home/app/one.txt\nCOPY --chown=7:8 tree /owned",
    "copy-chown-below": "WORKDIR /w\nCOPY --chown=5:6 tree ./",
    "copy-chown-above": "COPY --chown=7:8 tree /new/above/owned",
    "copy-chown-name": "COPY --chown=app:app one.txt /home/app/",
    "copy-over": "COPY one.txt /same\nCOPY two.txt /same",
    "copy-modes": "COPY modes /srv/modes",
    "copy-setuid": "COPY setuid /usr/bin/setuid",
    "copy-links": "COPY links /srv/links",
    "copy-to-link": "RUN ln -s /srv /link\nCOPY one.txt /link/one.txt",
    "copy-empty": "COPY empty /srv/empty/\nCOPY nothing.txt /nothing.txt",
    "copy-ignore": "COPY ignoring /srv/\nCOPY one.txt /srv/.dockerignore",
    "add-archive": "ADD archive.tar.gz /srv/",
    "add-tree": "ADD tree /srv/tree/\nADD one.txt /one",
    "add-archive-as-file": "COPY archive.tar.gz /srv/kept.tar.gz",
    "add-everything": "ADD everything.tar /",
    "run-owners": "RUN mkdir -p /o/p && touch /o/a /o/p/b && chown 12:34 /o/a && chown -R 5:6 /o/p && chmod 1777 /o/p",
    "run-hard-links": "RUN echo x > /h1 && ln /h1 /h2 && ln /h1 /h3\nRUN rm /h1",
    "run-deletes": "RUN mkdir /d && echo 1 > /d/a && echo 2 > /d/b\nCOPY one.txt /d/one\nRUN rm -rf /d/a /d/one",
    "run-deletes-base": "RUN rm -rf /home /etc/group && echo new > /opt/new",
    "run-replaces": "RUN mkdir /r && echo 1 > /r/f\nRUN rm -rf /r && echo 2 > /r\nRUN rm /r && mkdir /r && echo 3 > /r/g",
    "run-opaque": "RUN mkdir /p && echo 1 > /p/old\nRUN rm -rf /p && mkdir /p && echo 2 > /p/new",
    "run-chmod-copied": "COPY one.txt /run.sh\nRUN chmod 755 /run.sh && chown 3:4 /run.sh",
    "run-links": "RUN ln -s nowhere /dangling && ln -s /etc /etc-link && mkfifo /pipe",
    "run-bytes": "RUN printf x > \"$(printf '/caf\\351')\"\nCOPY one.txt /one",
    "run-sparse": "RUN dd if=/dev/zero of=/sparse bs=1 count=0 seek=1000000 2>/dev/null && echo end >> /sparse",
    "run-nothing": "RUN true\nENV A=b\nCOPY one.txt /one",
    "stages": "RUN mkdir /out && echo built > /out/app && chmod 700 /out/app\nFROM base\nCOPY --from=0 /out /app",
    "stages-scratch": "RUN echo built > /built\nFROM scratch\nCOPY --from=0 /built /built\nCOPY one.txt /\n",
    "entrypoint": (
        'COPY entrypoint.sh /\nENTRYPOINT ["/entrypoint.sh"]\nCMD ["serve"]\nEXPOSE 80 443/udp\nUSER 1000\n'
        'WORKDIR /home/app\nLABEL a="b c"\nENV X="y z" W=v\nSTOPSIGNAL SIGINT\nHEALTHCHECK --interval=5s CMD true'
    ),
    "workdir-gone": "WORKDIR /build\nCOPY one.txt .\nWORKDIR sub\nRUN rm -rf /build\nWORKDIR /srv/app\nCOPY two.txt .",
    "workdir-variable": "ENV HERE=/srv/here\nWORKDIR $HERE/x\nADD one.txt two.txt ./\nCOPY one.txt ${HERE}/y/",
    "workdir-upwards": "WORKDIR /deep/er\nCOPY two.txt ../../two\nCOPY tree ../../../../tree",
    "copy-our-names": "COPY one.txt /srv/folders.tar\nCOPY one.txt two.txt /srv/context/\nCOPY two.txt /step-02.tar",
    "volume": "RUN mkdir /data && echo kept > /data/kept\nVOLUME /data\nCOPY one.txt /data/one.txt\nCOPY two.txt /after",
    "user-then-copy": "USER app\nWORKDIR /home/app/w\nCOPY one.txt ./\nRUN echo mine > /home/app/mine || true",
    "shell": 'SHELL ["/bin/sh", "-e", "-c"]\nRUN echo a > /a\nCOPY one.txt /b',
    "wide-names": "COPY zażółć.txt /srv/\nCOPY cases /srv/cases",
}  # fmt: skip


def text(name: str) -> str:
    """The Dockerfile of a case."""
    return f"FROM base\n{CASES[name]}\n"


def write_context(folder: Path) -> None:
    """Writes the context that all cases share, every time in it OLD."""
    for name, content in {
        "one.txt": "one\n", "two.txt": "two\n", "a b.txt": "blanks\n", "zażółć.txt": "letters\n", "nothing.txt": "",
        "entrypoint.sh": '#!/bin/sh\nexec "$@"\n', "setuid": "#!/bin/sh\n",
        "tree/a.txt": "a\n", "tree/sub/b.txt": "b\n", "tree/sub/deep/c.txt": "c\n",
        "odd/new\nline": "1\n", "odd/tab\tname": "2\n", "odd/quote'\"$x": "3\n", "odd/star*?[a]": "4\n", "odd/back\\slash": "5\n",
        "modes/private": "p\n", "modes/shut/inner": "i\n", "modes/run": "r\n",
        "links/file": "f\n", "ignoring/.dockerignore": "*\n", "ignoring/Dockerfile": "FROM none\n",
        "cases/Name": "upper\n", "cases/name": "lower\n",
    }.items():  # fmt: skip
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        path.chmod(0o644)
    (folder / "entrypoint.sh").chmod(0o755)
    (folder / "setuid").chmod(0o4755)
    (folder / "modes/private").chmod(0o600)
    (folder / "modes/run").chmod(0o755)
    (folder / "modes/shut").chmod(0o750)
    (folder / "empty").mkdir()
    (folder / "links/soft").symlink_to("file")
    (folder / "links/away").symlink_to("../../etc/passwd")
    with tarfile.open(folder / "archive.tar.gz", "w:gz") as archive:
        _add(archive, "packed/", None)
        _add(archive, "packed/first", b"first", uid=11, gid=12)
        _add(archive, "packed/second", b"second", mode=0o600)
    with tarfile.open(folder / "everything.tar", "w", format=tarfile.PAX_FORMAT) as archive:
        _add(archive, "every/", None, mode=0o2775, uid=3, gid=4)
        _add(archive, "every/setuid", b"#!/bin/sh\n", mode=0o6755, uid=9)
        _add(archive, "every/capable", b"binary", mode=0o755, xattr=CAPABILITY)
        _add(archive, "every/hard", b"content")
        _add(archive, "every/second-name", None, type=tarfile.LNKTYPE, linkname="every/hard")
        _add(archive, "every/soft", None, type=tarfile.SYMTYPE, linkname="hard")
        _add(archive, "every/device", None, type=tarfile.CHRTYPE, devmajor=1, devminor=3)
        _add(archive, "every/pipe", None, type=tarfile.FIFOTYPE)
        _add(archive, "every/" + "long/" * 40 + "name", b"deep")
    for root, folders, files in os.walk(folder, topdown=False):
        for each in (*folders, *files):
            os.utime(os.path.join(root, each), (OLD, OLD), follow_symlinks=False)


def _add(archive: tarfile.TarFile, name: str, data: bytes | None, xattr: bytes | None = None, **facts: object) -> None:
    info = tarfile.TarInfo(name.rstrip("/"))
    info.mtime = OLD
    info.mode = 0o755 if name.endswith("/") else 0o644
    if name.endswith("/"):
        info.type = tarfile.DIRTYPE
    if data is not None:
        info.size = len(data)
    for key, value in facts.items():
        setattr(info, key, value)
    if xattr is not None:
        info.pax_headers = {"SCHILY.xattr.security.capability": xattr.decode("utf-8", "surrogateescape")}
    archive.addfile(info, io.BytesIO(data) if data is not None else None)
