"""Whether the words of an entry that names no shell are a command that a builder ran, or what some tool says of itself.

Docker's classic builder writes an exec form's words as they are, which no mark tells from `ostree export of commit 7b3d…`
or a committed container's command. A path is a command, and so is the bare name of a program that Dockerfiles run so: in
15,114 public ones every bare name of an exec form is below.
"""

from __future__ import annotations

from reconstruct import pattern

# A path with a slash, or a program of Windows: no blank, no colon except a drive's.
_PATH = pattern.compile(r"(?:[A-Za-z]:)?[\w.+-]*[/\\][\w./\\+@-]+|[\w-]+\.(?i:exe|cmd|bat|ps1|sh|py)")
_NAMED = pattern.compile(r"(?:python|pip|php|perl|ruby|node|gcc|g\+\+|clang)[\d.]*")
_NAMES = """
R Rscript addgroup adduser ansible-playbook apk apt apt-cache apt-get apt-key aptitude awk base64 bash bazel brew
bundle busybox bzip2 cargo chgrp chmod chown cmake cmd composer conda cp cpan cpanm curl dash date dd deluser dnf
dotnet dpkg dpkg-reconfigure echo emerge env find gem git go gpg gradle grep groupadd gunzip gzip head hg id install
java javac ldconfig ln locale-gen localedef ls make mamba meson microdnf micromamba mkdir mknod mktemp mount msbuild
mv mvn ninja npm npx nuget opam openssl pacman patch pipenv pnpm poetry powershell printf pwsh rm rmdir rpm rsync
rustup sed setcap sh ssh-keygen su sudo svn sysctl systemctl tail tar tdnf tee touch tr true uname unzip
update-alternatives update-ca-certificates useradd usermod uv wget which xargs xz yarn yum zip zsh zypper
"""
_PROGRAMS = frozenset(_NAMES.split())
# Between words, these make a sentence.
_SAID = frozenset(("of", "for", "and", "with", "the", "by", "from", "image", "layer", "is", "was"))


def is_command(text: str) -> bool:
    """Whether a text of words joined by blanks begins with a program, and says nothing of itself."""
    program, _, rest = text.partition(" ")
    if _PATH.fullmatch(program):
        return True
    if program not in _PROGRAMS and not _NAMED.fullmatch(program):
        return False
    return _SAID.isdisjoint(rest.split(" ", 16)[:16])
