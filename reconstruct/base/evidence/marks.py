"""Distribution marks in the first entries: Windows versions, debuerreotype's stamp, Ubuntu's labels,
Alpine's archive; and, without a mark, a root file system with the shell that it starts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from reconstruct import pattern
from reconstruct.base.evidence import Case
from reconstruct.base.model import Claim, Source
from reconstruct.image import Image
from reconstruct.syntax import (
    Add,
    Arg,
    Cmd,
    Copy,
    Dialect,
    Env,
    ExecForm,
    Label,
    Maintainer,
    RootFilesystem,
    Run,
    ShellForm,
    Step,
)

_ALPINE = pattern.compile(r"alpine-minirootfs-(\d+\.\d+\.\d+(?:_\w+)?)-\w+\.tar\.gz$")

# Build → the tags of Server Core and of Nano Server:
# https://mcr.microsoft.com/en-us/artifact/mar/windows/servercore/about
WINDOWS_TAGS = {
    "14393": ("ltsc2016", "sac2016"),
    "16299": ("1709", "1709"),
    "17134": ("1803", "1803"),
    "17763": ("ltsc2019", "1809"),
    "18362": ("1903", "1903"),
    "18363": ("1909", "1909"),
    "19041": ("2004", "2004"),
    "19042": ("20H2", "20H2"),
    "20348": ("ltsc2022", "ltsc2022"),
    "25398": ("ltsc2022", "ltsc2022"),
    "26100": ("ltsc2025", "ltsc2025"),
}
_WINDOWS_NAMES = (
    ("1607", "14393"), ("ltsc2016", "14393"), ("sac2016", "14393"), ("1709", "16299"), ("1803", "17134"), ("1809", "17763"),
    ("ltsc2019", "17763"), ("1903", "18362"), ("1909", "18363"), ("2004", "19041"), ("20H2", "19042"),
    ("ltsc2022", "20348"), ("ltsc2025", "26100"),
)  # fmt: skip

# Debian's releases and the day each became stable: https://www.debian.org/releases/
_DEBIAN = (
    ("jessie", "2015-04-25"), ("stretch", "2017-06-17"), ("buster", "2019-07-06"), ("bullseye", "2021-08-14"),
    ("bookworm", "2023-06-10"), ("trixie", "2025-08-09"),
)  # fmt: skip
_OLDER = ("jessie", "stretch", "buster", "bullseye", "bookworm")
# Alpine's and the days of their first versions: https://alpinelinux.org/releases/
_ALPINES = (
    ("3.5", "2016-12-22"), ("3.6", "2017-05-24"), ("3.7", "2017-11-30"), ("3.8", "2018-06-26"), ("3.9", "2019-01-29"),
    ("3.10", "2019-06-19"), ("3.11", "2019-12-19"), ("3.12", "2020-05-29"), ("3.13", "2021-01-14"), ("3.14", "2021-06-15"),
    ("3.15", "2021-11-24"), ("3.16", "2022-05-23"), ("3.17", "2022-11-22"), ("3.18", "2023-05-09"), ("3.19", "2023-12-07"),
    ("3.20", "2024-05-22"), ("3.21", "2024-12-05"), ("3.22", "2025-05-30"), ("3.23", "2025-12-04"), ("3.24", "2026-06-09"),
)  # fmt: skip
_SUITES = pattern.compile(r"\b(?:jessie|stretch|buster|bullseye|bookworm|trixie|forky)\b")
# The slim variant's root is about 75 MB uncompressed, the full one's about 120 MB; compressed 30 and 50.
_SLIM_BYTES = 95_000_000
_SLIM_COMPRESSED = 40_000_000
# The maximum number of a root file system's own entries.
_ROOT_ENTRIES = 12


def claims(case: Case) -> tuple[Claim, ...]:
    """The distribution of the first entries: the claim of the first matching rule, or none."""
    if case.marks is not None:
        return case.marks
    for rule in (_windows, _ubuntu, _alpine, _debian, _unmarked):
        found = rule(case.image, case.steps)
        if found is not None:
            return (found,)
    return ()


def leading_root(steps: Sequence[Step]) -> int:
    """The number of steps at the start that added a root file system without an instruction."""
    count = 0
    while count < len(steps) and isinstance(steps[count].instruction, RootFilesystem):
        count += 1
    return count


def _claim(name: str | None, entries: int, reason: str, *names: str) -> Claim:
    return Claim(Source.MARKS, reason, name, entries, names=names)


def _windows(image: Image, steps: Sequence[Step]) -> Claim | None:
    count = leading_root(steps)
    if not image.windows and not count:
        return None
    roots = [step.instruction for step in steps[:count]]
    kinds = [root.kind for root in roots if isinstance(root, RootFilesystem)]
    if not image.windows and "windows-apply" not in kinds:
        return None
    details = [root.detail for root in roots if isinstance(root, RootFilesystem)]
    version = next((text for text in reversed(details) if re.match(r"\d+\.\d+\.\d+", text)), image.os_version or "")
    build = version.split(".")[2] if version.count(".") >= 2 else windows_build(" ".join(details))
    tags = WINDOWS_TAGS.get(build)
    if tags is None:
        return None
    if build in _FULL_TAGS and _is_full(steps[:count]):
        full, tag = _FULL_TAGS[build]
        told = f"Windows {version or build}, full Windows by the size of its first layer"
        exact = (f"{full}:{version}",) if version.count(".") == 3 else ()
        return _claim(f"{full}:{tag}", count, told, *exact)
    servercore = "windows-update" in kinds or _uses_powershell(steps)
    name = "mcr.microsoft.com/windows/servercore" if servercore else "mcr.microsoft.com/windows/nanoserver"
    told = f"Windows {version or build}, from the image's first entries" if count else f"Windows {version}, os.version"
    names = (f"{name}:{version}",) if version.count(".") == 3 else ()
    return _claim(f"{name}:{tags[0] if servercore else tags[1]}", count, told, *names)


# The image with the whole system, by build; there is none of 14393 (mcr.microsoft.com/windows, …/windows/server).
_FULL_TAGS = {
    "17134": ("mcr.microsoft.com/windows", "1803"),
    "17763": ("mcr.microsoft.com/windows", "1809"),
    "18362": ("mcr.microsoft.com/windows", "1903"),
    "18363": ("mcr.microsoft.com/windows", "1909"),
    "19041": ("mcr.microsoft.com/windows", "2004"),
    "19042": ("mcr.microsoft.com/windows", "20H2"),
    "20348": ("mcr.microsoft.com/windows/server", "ltsc2022"),
    "26100": ("mcr.microsoft.com/windows/server", "ltsc2025"),
}
# The first layer of these builds: Server Core's is below, the whole system's above (1.7 GB and more than 3 GB
# transferred, some 4 GB and more than 7 GB on disk).
_FULL_COMPRESSED = 2_500_000_000
_FULL_SIZE = 5_500_000_000


def _is_full(roots: Sequence[Step]) -> bool:
    """Whether the first layer is as large as that of the full Windows image."""
    for step in roots:
        root = step.instruction
        if isinstance(root, RootFilesystem) and root.kind == "windows-apply":
            compressed = step.layer.compressed_size if step.layer else None
            size = step.layer.size if step.layer else None
            size = size if size is not None or step.entry is None else step.entry.size
            return (compressed or 0) > _FULL_COMPRESSED or (size or 0) > _FULL_SIZE
    return False


def windows_build(text: str) -> str:
    """The build from names like `1607-RTM-amd64` and `ltsc2016-amd64`, as in early Windows images and in tags; a day's digits
    (`buster-20190326`) name none."""
    for name, build in _WINDOWS_NAMES:
        if name in text:
            before, _, after = text.partition(name)
            if not before[-1:].isdigit() and not after[:1].isdigit():
                return build
    return ""


def _uses_powershell(steps: Sequence[Step]) -> bool:
    """Nano Server has no Windows PowerShell; an image that calls it is based on Server Core or more."""
    return any(
        "powershell" in step.raw.casefold() and re.search(r"\bpowershell\b", step.raw, re.IGNORECASE) for step in steps
    )


def _debian(image: Image, steps: Sequence[Step]) -> Claim | None:
    root = steps[0].instruction if steps else None
    if not isinstance(root, RootFilesystem) or root.kind != "debuerreotype":
        return None
    if not root.detail:
        return _claim("debian", 1, "debuerreotype's stamp in the first entry; release unknown")
    suite, day = root.detail.split(" ")
    entries = 1
    if len(steps) > 1 and _is_cmd(steps[1], "bash") and steps[1].dialect is Dialect.CLASSIC and _same_day(*steps[:2]):
        entries = 2
    dated, slim = f"debian:{suite}-{day.replace('-', '')}", _slim(steps[0])
    names = [f"{dated}-slim", f"debian:{suite}-slim"] if slim else [dated, f"debian:{suite}"]
    reason = "debuerreotype's stamp in the first entry"
    if slim is None:
        names += [f"{dated}-slim", f"debian:{suite}-slim"]
        reason += "; the -slim variant has the same stamp"
    elif slim:
        reason += "; slim by its size"
    return _claim(names[0], entries, reason, *names)


def _slim(root: Step) -> bool | None:
    """Whether a Debian root is the slim variant's, by its size; None if that isn't known."""
    layer = root.layer
    if layer is not None and layer.size:
        return layer.size < _SLIM_BYTES
    if layer is not None and layer.compressed_size:
        return layer.compressed_size < _SLIM_COMPRESSED
    return None


def _same_day(first: Step, second: Step) -> bool:
    a = first.entry.created if first.entry else None
    b = second.entry.created if second.entry else None
    return not a or not b or a[:10] == b[:10]


def _is_cmd(step: Step, *words: str) -> bool:
    instruction = step.instruction
    return isinstance(instruction, Cmd) and instruction.command == ExecForm(words)


def _alpine(image: Image, steps: Sequence[Step]) -> Claim | None:
    first = steps[0].instruction if steps else None
    if not isinstance(first, Copy) or len(first.sources) != 1 or first.destination != "/":
        return None
    match = _ALPINE.match(first.sources[0])
    if match is None:
        return None
    entries = 2 if len(steps) > 1 and _is_cmd(steps[1], "/bin/sh") else 1
    version = match.group(1)
    return _claim(
        f"alpine:{version}",
        entries,
        "the official Alpine root file system in the first entry",
        *([f"alpine:{version.rpartition('.')[0]}"] if "_" not in version else []),
    )


def _ubuntu(image: Image, steps: Sequence[Step]) -> Claim | None:
    """ARG RELEASE, ARG LAUNCHPAD_BUILD_ARCH, two labels, ADD file in /, CMD ["/bin/bash"]."""
    if len(steps) < 5 or not (isinstance(steps[0].instruction, Arg) and steps[0].instruction.pairs[0].key == "RELEASE"):
        return None
    labels: dict[str, str | None] = {}
    for position, step in enumerate(steps[:_ROOT_ENTRIES]):
        if isinstance(step.instruction, Label):
            labels.update({pair.key: pair.value for pair in step.instruction.pairs})
        if isinstance(step.instruction, Add) and step.instruction.destination == "/":
            version = labels.get("org.opencontainers.image.version")
            # Since 2026 the first of the two labels is missing.
            if labels.get("org.opencontainers.image.ref.name", "ubuntu") != "ubuntu" or not version:
                return None
            closed = position + 1 < len(steps) and _is_cmd(steps[position + 1], "/bin/bash")
            entries = position + 2 if closed else position + 1
            return _claim(f"ubuntu:{version}", entries, "the official Ubuntu root file system in the first entries")
    return None


def _unmarked(image: Image, steps: Sequence[Step]) -> Claim | None:
    """`ADD file:… in /` and a distribution's settings next to it; the shell and the later packages show which one."""
    if count := leading_root(steps):
        return _claim(None, count, "a root file system without an instruction")
    end = _root_end(steps)
    if not end:
        return None
    closing = steps[end - 1]
    if any(isinstance(step.instruction, Copy) and step.instruction.sources for step in steps[:end]):
        # The archive has a name, but not a known one.
        return _claim(None, end, "a root file system from an archive")
    tools = _tools(steps[end:])
    if _is_cmd(closing, "/bin/sh") and ("apk" in tools or not tools):
        return _unmarked_alpine(steps[0], end)
    if _is_cmd(closing, "bash") and tools <= {"apt"}:
        suite, how = _suite(image, steps)
        if suite:
            name = f"debian:{suite}" if _slim(steps[0]) is False else f"debian:{suite}-slim"
            other = f"debian:{suite}-slim" if name == f"debian:{suite}" else f"debian:{suite}"
            return _claim(
                name, end, f"a root file system that starts bash, like Debian's; release from {how}", name, other
            )
    if _is_cmd(closing, "/bin/bash") and tools <= {"apt"} and _is_ubuntu(steps[:end]):
        return _claim("ubuntu", end, "the first steps of Ubuntu's images until 2022; release unknown")
    return _claim(None, end, "a root file system and the shell that it starts")


def _unmarked_alpine(root: Step, end: int) -> Claim:
    """Alpine of an unknown release: any that was there, but the newest of the day the root was made was `latest`."""
    told = "a root file system that starts /bin/sh, like Alpine's; release unknown"
    day = (root.entry.created or "")[:10] if root.entry else ""
    released = [release for release, since in _ALPINES if since <= day]
    return _claim("alpine:latest", end, f"{told}, {released[-1]} was the newest then" if released else told)


def _root_end(steps: Sequence[Step]) -> int:
    """The end of a first image that was added as an archive to `/`: after its CMD; 0 if there is none."""
    for position, step in enumerate(steps[:_ROOT_ENTRIES]):
        instruction = step.instruction
        if isinstance(instruction, Copy) and instruction.destination in ("/", "C:\\") and _is_archive(instruction):
            return _closed(steps, position)
        if not isinstance(instruction, (Arg, Env, Label, Maintainer)):
            return 0
    return 0


def _is_archive(copy: Copy) -> bool:
    """An archive with a checksum or a name; a directory copied to `/` may be an application's."""
    if copy.checksum:
        return isinstance(copy, Add) and copy.checksum.startswith("file:")
    return len(copy.sources) == 1 and re.search(r"rootfs|\.tar(?:\.\w+)?$", copy.sources[0]) is not None


def _closed(steps: Sequence[Step], root: int) -> int:
    """The position after a CMD that follows the root with only labels, variables and Ubuntu's few RUNs in between."""
    for position in range(root + 1, min(len(steps), root + _ROOT_ENTRIES)):
        instruction = steps[position].instruction
        if isinstance(instruction, Cmd):
            return position + 1 if _starts_a_shell(instruction) else root + 1
        housekeeping = isinstance(instruction, Run) and _is_ubuntu_run(instruction)
        if not housekeeping and not isinstance(instruction, (Label, Env, Maintainer)):
            break
    return root + 1


def _starts_a_shell(cmd: Cmd) -> bool:
    return isinstance(cmd.command, ExecForm) and cmd.command.words in (
        ("bash",), ("/bin/bash",), ("sh",), ("/bin/sh",), ("/usr/bin/bash",), ("/usr/bin/sh",),
    )  # fmt: skip


def _is_ubuntu_run(run: Run) -> bool:
    text = run.command.text if isinstance(run.command, ShellForm) else ""
    return any(
        mark in text for mark in ("policy-rc.d", "/run/systemd/container", "rm -rf /var/lib/apt/lists/*", "deb-src")
    )


def _is_ubuntu(steps: Sequence[Step]) -> bool:
    return any(isinstance(step.instruction, Run) and _is_ubuntu_run(step.instruction) for step in steps)


def _tools(steps: Sequence[Step]) -> set[str]:
    """The package managers that the steps call."""
    found: set[str] = set()
    for step in steps:
        if isinstance(step.instruction, Run):
            calls = re.findall(
                r"(?<![\w./-])(apt(?=-get|\s)|apk|dnf|microdnf|yum|zypper|pacman|tdnf)(?![\w.])", step.raw
            )
            found.update(calls)
    return found


def _suite(image: Image, steps: Sequence[Step]) -> tuple[str | None, str]:
    """The Debian release that the steps name, if it is a single one; else the stable one on the day that the root was made.

    `apt-get dist-clean` came with apt 2.7.8, trixie's, so steps that call it don't run on an older release.
    """
    named = {
        word for step in steps if isinstance(step.instruction, (Run, Env, Arg)) for word in _SUITES.findall(step.raw)
    }
    newer = any(isinstance(step.instruction, Run) and "apt-get dist-clean" in step.raw for step in steps)
    older = set(_OLDER) if newer else set()
    if len(named - older) == 1:
        return (named - older).pop(), "the steps"
    day = (steps[0].entry.created or "")[:10] if steps[0].entry else ""
    stable = [suite for suite, since in _DEBIAN if since <= day and suite not in older]
    if newer and not stable:
        return "trixie", "apt-get dist-clean, which older releases lack"
    return (stable[-1] if stable else None), "the date"
