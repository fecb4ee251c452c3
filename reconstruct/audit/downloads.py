"""A step's downloads: what it fetches from the network, where that goes, and what checks it."""

from __future__ import annotations

import re

from reconstruct import pattern as lazy
from reconstruct.audit.shell import Command
from reconstruct.record import dataclass
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.audit.context import Context

# Options of curl and wget whose value is the next word.
_CURL_VALUED = frozenset(
    ["-o", "--output", "-H", "--header", "-d", "--data", "--data-binary", "--data-raw", "--data-urlencode", "-u", "--user", "-A", "--user-agent", "-e", "--referer", "-b", "--cookie", "-c", "--cookie-jar", "-C", "--continue-at", "-E", "--cert", "-F", "--form", "-K", "--config", "-m", "--max-time", "--connect-timeout", "--retry", "--retry-delay", "--retry-max-time", "-P", "-Q", "-r", "--range", "-t", "-T", "--upload-file", "-U", "--proxy-user", "-w", "--write-out", "-x", "--proxy", "-X", "--request", "-y", "-Y", "-z", "--time-cond", "-D", "--dump-header", "--cacert", "--capath", "--key", "--output-dir", "--resolve", "--proto", "--proto-redir", "--limit-rate", "--ciphers", "--create-file-mode", "--url", "--tls-max", "--oauth2-bearer"]
)  # fmt: skip
_WGET_VALUED = frozenset(
    ["-O", "--output-document", "-o", "--output-file", "-P", "--directory-prefix", "-t", "--tries", "-T", "--timeout", "-U", "--user-agent", "--header", "-i", "--input-file", "-a", "-e", "--execute", "--user", "--password", "--http-user", "--http-password", "--post-data", "--post-file", "--body-data", "--method", "-A", "-R", "-D", "-l", "-w", "--waitretry", "--wait", "--ca-certificate", "--certificate", "--private-key", "--referer", "-Q", "--limit-rate", "-B"]
)  # fmt: skip
_POWERSHELL = frozenset({"invoke-webrequest", "iwr", "invoke-restmethod", "irm", "start-bitstransfer"})
_TOOLS = (
    frozenset(
        {"curl", "wget", "wget2", "aria2c", "axel", "fetch", "http", "https", "xh", "lwp-download", "lwp-request"}
    )
    | {"lynx", "links", "elinks", "w3m", "curlie", "httpie"}
    | _POWERSHELL
)
_URL = lazy.compile(r"(?:https?|ftps?)://", re.IGNORECASE)
_LOCAL = lazy.compile(
    r"[a-z]+://(?:[^/@]*@)?(?:localhost|127\.|\[::1\]|0\.0\.0\.0|169\.254\.|host\.docker\.internal)", re.IGNORECASE
)
# Keys, signatures, checksums and repository definitions: files used for checks, not files to check.
_AUXILIARY = lazy.compile(
    r"(?i)(?:\.(?:asc|sig|sign|minisig|sha\d+(?:sums?)?|md5(?:sums?)?|checksums?|digests?|key|gpg|pub|pem|crt|cer|cert|repo|list|sources|"
    r"sbom|intoto\.jsonl|sigstore(?:\.json)?)|(?:^|[/_.-])(?:sha\d+|md5)?(?:sums?|checksums?|digests)(?:[-_.][\w.-]*)?|(?:^|/)KEYS|"
    r"(?:^|/)gpg|gpg[-_]?keys?[\w.-]*|[\w-]*signing[-_]key[\w.-]*|public[-_]?key[\w.-]*|\.sha\d+\.txt)(?:\?.*)?$"
)
# What each of them has, in lower case.
_AUXILIARY_WORDS = (
    "key", "gpg", "sha", "sum", "md5", "digest", "asc", "sig", "pub", "pem", "crt", "cer", "repo", "list", "sources", "sbom", "intoto",
)  # fmt: skip
# They accept a URL as a package, and then don't require its signature.
_RPM_TOOLS = frozenset({"rpm", "yum", "dnf", "microdnf", "tdnf", "dnf5", "zypper"})
_KEY_FOLDERS = ("/etc/apt/keyrings", "/usr/share/keyrings", "/etc/apt/trusted.gpg.d", "/etc/pki/rpm-gpg", "/etc/apk/keys",
                "/etc/apt/sources.list.d", "/etc/yum.repos.d", "/etc/ssl/", "/usr/local/share/ca-certificates")  # fmt: skip
# In a pipe after a download: these only read the response.
_READERS = frozenset(
    [
        "gpg",
        "gpg2",
        "gpgv",
        "apt-key",
        "grep",
        "egrep",
        "fgrep",
        "sed",
        "awk",
        "gawk",
        "jq",
        "yq",
        "head",
        "tail",
        "cut",
        "tr",
        "sort",
        "wc",
        "xmllint",
        "rev",
        "uniq",
        "column",
        "less",
        "cmp",
        "diff",
        "base32",
        "sha256sum",
        "sha512sum",
        "sha1sum",
        "md5sum",
        "shasum",
        "fold",
        "nl",
        "read",
        "select-string",
        "convertfrom-json",
        "select-object",
        "where-object",
        "test",
    ]
)
_CHECKERS = frozenset(
    [
        "sha1sum",
        "sha224sum",
        "sha256sum",
        "sha384sum",
        "sha512sum",
        "md5sum",
        "b2sum",
        "b3sum",
        "shasum",
        "sha256",
        "sha512",
        "rhash",
        "gpgv",
        "gpgv2",
        "cosign",
        "minisign",
        "signify",
        "slsa-verifier",
        "jarsigner",
        "get-filehash",
        "sigstore",
        "get-authenticodesignature",
        "dpkg-sig",
        "digest",
    ]
)
_CHECK_IN_TEXT = lazy.compile(
    r"(?i)get-filehash|certutil(?:\.exe)?\s+-hashfile|hashlib\.(?:sha|blake|new)|sha(?:256|384|512)::|\bSHA(?:256|512)Managed|"
    r"Get-AuthenticodeSignature|gpg2?\s[^;|]{0,300}--verify|openssl\s+(?:dgst|sha\d+)|\bsha(?:1|224|256|384|512)sum\b|\bmd5sum\b"
)
INTERPRETERS = frozenset(
    [
        "sh",
        "bash",
        "dash",
        "ash",
        "zsh",
        "ksh",
        "fish",
        "python",
        "python2",
        "python3",
        "perl",
        "ruby",
        "node",
        "nodejs",
        "php",
        "lua",
        "iex",
        "invoke-expression",
        "pwsh",
        "powershell",
        "cmd",
        "source",
        ".",
        "eval",
    ]
)


# No person writes a step with more downloads.
MAX_DOWNLOADS = 200


@dataclass(frozen=True)
class Download:
    """One fetching command: its position among the step's commands, the URLs (with known variables expanded), the
    files it writes (as written), whether it only queries (headers, a response read on the spot), and whether its output is
    a key that is kept."""

    index: int
    command: Command
    urls: tuple[str, ...]
    outputs: tuple[str, ...]
    asks: bool = False
    keeps_key: bool = False

    @property
    def auxiliary(self) -> bool:
        """Whether all it fetches are keys, signatures, checksums or repository definitions."""
        names = self.outputs if any(is_auxiliary(name) for name in self.outputs) else self.urls
        if any(output.startswith(_KEY_FOLDERS) for output in self.outputs):
            return True
        return bool(names) and all(is_auxiliary(name) for name in names)


_PROGRAM_READERS = frozenset({"python", "perl", "ruby", "node", "nodejs", "php", "lua"})
_READ_BY_NAME = frozenset({"iex", "invoke-expression", "pwsh", "powershell", "cmd", "source", ".", "eval"})
_CODE_OPTION = lazy.compile(r"-(?:[a-zA-Z]*[cemnprE]|-eval|-execute)")
_VERSION = lazy.compile(r"[\d.]+$")
# Operands that mean the input: `bash <(curl …)`, `bash /dev/stdin`.
_STDIN = ("<(", "/dev/stdin", "/dev/fd/", "$(", "`")


_FETCHERS = (
    _TOOLS
    | _RPM_TOOLS
    | {"certutil", "bitsadmin", "msiexec", "add-appxpackage", "python", "perl", "ruby", "node", "nodejs", "php"}
)
# What only a part of a program's name shows, or an interpreter's with its version.
_NUMBERED = ("python", "perl", "ruby", "php")
_FETCHES = lazy.compile(r"^\.?download|download(?:file|string|data)|^(?:python|perl|ruby|php)[\d.]+$")


def may_fetch(program: str) -> bool:
    """Whether a program may download, itself or through commands that it runs."""
    if program in _FETCHERS:
        return True
    return ("download" in program or program.startswith(_NUMBERED)) and _FETCHES.search(program) is not None


def is_auxiliary(name: str) -> bool:
    """Whether a file's name or URL shows that it is a key, a signature, a checksum or a repository definition."""
    end = name[-_END:]
    # Letters that aren't ASCII may be some of them in another case.
    if end.isascii() and not any(map(end.lower().__contains__, _AUXILIARY_WORDS)):
        return False
    return bool(_AUXILIARY.search(end))


# The end of a URL, which shows what it is.
_END = 200


def base_program(name: str) -> str:
    """A program's name without its version: `python` for `python3.11`."""
    return _VERSION.sub("", name) if name[-1:].isdigit() else name


def interpreter(command: Command) -> bool:
    """Whether a command runs its input: an interpreter without a program of its own."""
    name = base_program(command.name)
    if name not in INTERPRETERS and command.name not in INTERPRETERS:
        return False
    if name in _READ_BY_NAME:
        return True
    reader = name in _PROGRAM_READERS
    skip = False
    for word in command.arguments:
        if skip:
            skip = False
        elif word in ("-", "--") or (not reader and re.fullmatch(r"-[a-zA-Z]*s[a-zA-Z]*", word)):
            return True
        elif reader and word.startswith("-"):
            if _CODE_OPTION.match(word):
                return False
        elif word.startswith(("-", "+")):
            if re.fullmatch(r"-[a-zA-Z]*c", word):
                return "xargs" in command.wrappers
            skip = word in ("-o", "-O", "+o", "+O", "--rcfile", "--init-file")
        else:
            return word.startswith(_STDIN)
    return True


def downloads(context: Context, position: int) -> tuple[Download, ...]:
    """The downloads of a step, in order, except from the local host; computed once per step."""
    key = ("downloads", position)
    if key not in context.memo:
        context.memo[key] = _downloads(context, position)
    found: tuple[Download, ...] = context.memo[key]
    return found


def _downloads(context: Context, position: int) -> tuple[Download, ...]:
    commands = context.commands(position)
    found = []
    for index, command in enumerate(commands):
        if not may_fetch(command.name):
            continue
        download = _download(context, position, index, commands)
        if download is not None and not all(_LOCAL.match(url) for url in download.urls):
            found.append(download)
        elif command.name in _RPM_TOOLS:
            urls = tuple(
                url
                for word in command.arguments
                if (url := context.resolve(word, position)).endswith(".rpm") and _URL.match(url)
            )
            if urls:
                found.append(Download(index, command, urls, ()))
        elif command.name in ("certutil", "bitsadmin", "msiexec", "add-appxpackage"):
            urls = tuple(word for word in command.arguments if _URL.match(word))
            if urls:
                found.append(Download(index, command, urls, command.arguments[-1:]))
    return tuple(found)


def _download(context: Context, position: int, index: int, commands: tuple[Command, ...]) -> Download | None:
    command = commands[index]
    if not command.words:
        return None
    inline = _inline(context, position, index, command)
    if inline is not None:
        return inline
    if re.search(r"^\.download|(?:^|\.)download(?:file|string|data)(?:async)?$", command.name):
        return _web_client(context, position, index, commands)
    if (
        command.name not in _TOOLS
        or command.keywords[-1:] == ("for",)
        or "--version" in command.words
        or "--help" in command.words
    ):
        return None
    urls, outputs, asks, saves = _read(command)
    if command.name in _POWERSHELL and not any(_URL.match(url) or "$" in url for url in urls):
        # `-Uri ('https://…/{0}' -f $env:X)`: the brackets contain a command of their own, and end this one.
        inner = [word for other in commands[index + 1 : index + 3] if other.parent == index for word in other.words]
        urls = [word for word in inner if _URL.match(word)][:1]
        saves = saves or any(
            word.lower() == "-outfile" for other in commands[index + 1 : index + 6] for word in other.words
        )
    resolved = tuple(context.resolve(url, position) for url in urls)
    resolved = tuple(url for url in resolved if _URL.match(url) or "$" in url or re.match(r"[\w-]+(?:\.[\w-]+)+/", url))
    if not resolved:
        return None
    asks = asks or (not saves and not _kept(command, commands, index))
    return Download(index, command, resolved, outputs, asks, not saves and _keeps_key(command, commands, index))


_INLINE = lazy.compile(
    r"urlopen|urlretrieve|requests['\")]{0,3}\.get|\bget\s*[\"'(]{1,3}https?:|file_get_contents|\bcopy\s*\(|curl_init|open-uri|URI\.open|Net::HTTP|LWP::|getstore|https?\.get"
)
_INLINE_SAVES = lazy.compile(
    r"urlretrieve|\bcopy\s*\(|file_put_contents|getstore|[\"']w?b?[\"']\s*\)|\.write\b|writeFile|IO\.copy_stream"
)
_INLINE_RUNS = lazy.compile(r"\b(?:exec|eval)\s*\(|\beval\s+(?:get\b|URI\b|open\b|Net::|HTTP)")


def inline_run(command: Command) -> bool:
    """Whether a program's text downloads and runs code: `python -c "exec(urlopen(…).read())"`."""
    return any(_INLINE.search(word) and _INLINE_RUNS.search(word) for word in command.arguments)


def _inline(context: Context, position: int, index: int, command: Command) -> Download | None:
    """A download with a language's own functions: `python -c "import urllib…"`, `php -r "copy('https://…', …)"`."""
    if base_program(command.name) not in ("python", "perl", "ruby", "node", "nodejs", "php"):
        return None
    text = next((word for word in command.arguments if _INLINE.search(word)), "")
    urls = tuple(context.resolve(url, position) for url in re.findall(r"(?:https?|ftp)://[^\s'\"()\\]+", text))
    if not urls:
        return None
    outputs = tuple(target for operator, target in command.redirects if operator in (">", ">>", ">|") and target)
    saved = re.search(r"[,(]\s*['\"](?P<file>[^'\"\s:]+)['\"]\s*\)", text)
    keeps = bool(outputs) or bool(_INLINE_SAVES.search(text)) or bool(_INLINE_RUNS.search(text))
    outputs = outputs or ((saved["file"],) if saved and _INLINE_SAVES.search(text) else ())
    return Download(index, command, urls, outputs, asks=not keeps)


def _read(command: Command) -> tuple[list[str], tuple[str, ...], bool, bool]:
    """(URLs, files written, only queries, saves to a file by itself) of a curl, wget or PowerShell command."""
    words = command.arguments
    urls: list[str] = []
    outputs = [target for operator, target in command.redirects if operator in (">", ">>", ">|") and target]
    asks = saves = False
    curl = command.name == "curl"
    valued = _CURL_VALUED if curl else _WGET_VALUED
    powershell = command.name in _POWERSHELL or any(
        word.lower() in ("-uri", "-outfile", "-usebasicparsing") for word in words
    )
    position = 0
    while position < len(words):
        word = words[position]
        option, equals, glued = word.partition("=")
        following = words[position + 1] if position + 1 < len(words) else ""
        if powershell and word.startswith("-"):
            if word.lower() in ("-outfile", "-destination", "-o"):
                outputs.append(following)
                position += 1
            elif word.lower() in ("-uri", "-source", "-url"):
                urls.append(following)
                position += 1
            elif word.lower() in (
                "-method",
                "-headers",
                "-timeoutsec",
                "-useragent",
                "-body",
                "-contenttype",
                "-proxy",
            ):
                position += 1
        elif not word.startswith("-") or word == "-":
            if word != "-":
                urls.append(word)
        elif curl:
            skip, output, save, ask = _curl_option(word, option, glued if equals else following)
            outputs.extend(output)
            saves, asks = saves or save, asks or ask
            if option == "--url":
                urls.append(glued if equals else following)
            position += skip and not (equals and word.startswith("--"))
        else:
            match = re.fullmatch(r"-[a-zA-Z]*O(.*)", word)
            if match or option == "--output-document":
                target = glued if equals else (match.group(1) if match else "") or following
                if not equals and not (match and match.group(1)):
                    position += 1
                outputs.append(target)
                if target == "/dev/null":
                    asks = True
            elif option == "--spider":
                asks = True
            elif word in valued:
                position += 1
        position += 1
    if command.name in ("wget", "aria2c", "axel", "start-bitstransfer") and not outputs:
        saves = True
    outputs = [output for output in outputs if output]
    saves = saves or any(output not in ("-", "/dev/stdout", "/dev/null") for output in outputs)
    return urls, tuple(outputs), asks, saves


def _curl_option(word: str, option: str, value: str) -> tuple[bool, list[str], bool, bool]:
    """(takes the next word, files, saves, asks) of one option of curl, short ones in clusters too."""
    if word.startswith("--"):
        if option == "--output":
            return True, [value], value != "/dev/null", value == "/dev/null"
        asks = option in ("--head", "--data", "--request", "--data-raw", "--data-binary", "--upload-file", "--form")
        asks = asks and not (option == "--request" and value.upper() == "GET")
        return option in _CURL_VALUED, [], option in ("--remote-name", "--remote-name-all"), asks
    saves = asks = False
    for place, letter in enumerate(word[1:], start=1):
        rest = word[place + 1 :]
        if letter == "o":
            target = rest or value
            return not rest, [target], target != "/dev/null", target == "/dev/null"
        if letter == "O":
            saves = True
        elif letter == "I":
            asks = True
        elif f"-{letter}" in _CURL_VALUED:
            asks = asks or letter in "dFT" or (letter == "X" and (rest or value).upper() not in ("GET", ""))
            return not rest, [], saves, asks
    return False, [], saves, asks


def _kept(command: Command, commands: tuple[Command, ...], index: int) -> bool:
    """Whether a download's output is kept: a pipe ends in something that unpacks, writes or runs it."""
    # A pipeline's commands are close together: only substitutions in their words come between.
    near = commands[index + 1 : index + 50]
    after = [other for other in near if other.pipeline == command.pipeline and other.parent == command.parent]
    if not after:
        return False
    first = after[0]
    if first.name in _READERS:
        return any(interpreter(other) for other in after)
    if first.name == "tee":
        return not any(word.startswith(_KEY_FOLDERS) or is_auxiliary(word) for word in first.operands())
    return first.name in (
        "tar", "bsdtar", "unzip", "gunzip", "zcat", "xz", "unxz", "bunzip2", "gzip", "cpio", "dd", "cat", "base64", "busybox", "zstd",
        "funzip", "rpm2cpio", "docker", "install", "pv", "openssl", "patch", "mysql", "psql", "dpkg", "apt", "out-file", "bzip2", "pigz", "ar",
    ) or interpreter(first)  # fmt: skip


def _keeps_key(command: Command, commands: tuple[Command, ...], index: int) -> bool:
    """Whether a pipe ends in a keyring: `curl … | apt-key add -`, `| gpg --dearmor -o …`, `| tee /etc/apt/…`."""
    near = commands[index + 1 : index + 50]
    pipeline = command.pipeline
    if command.via == "<(" and command.parent is not None:
        pipeline = commands[command.parent].pipeline
    return any(
        other.name in ("gpg", "gpg2", "apt-key", "rpm", "rpmkeys")
        or (other.name == "tee" and any(word.startswith(_KEY_FOLDERS) for word in other.operands()))
        for other in near
        if other.pipeline == pipeline
    )


def _web_client(context: Context, position: int, index: int, commands: tuple[Command, ...]) -> Download | None:
    """`(New-Object Net.WebClient).DownloadFile('url', 'file')`: the arguments are the command's child."""
    words = [*commands[index].arguments]
    if index + 1 < len(commands) and commands[index + 1].parent == index:
        words += commands[index + 1].words
    parts = [part for word in words for part in word.split(",") if part]
    if not parts:
        return None
    url = context.resolve(parts[0], position)
    saves = "downloadfile" in commands[index].name
    return Download(index, commands[index], (url,), tuple(parts[1:2]), asks=not saves)


def checks(context: Context, position: int) -> tuple[Command, ...]:
    """The commands of a step that compare a checksum or verify a signature; computed once per step."""
    key = ("checks", position)
    if key not in context.memo:
        context.memo[key] = _checks(context, position)
    found: tuple[Command, ...] = context.memo[key]
    return found


def _checks(context: Context, position: int) -> tuple[Command, ...]:
    found = []
    for command in context.commands(position):
        name = command.name
        if (
            (name in _CHECKERS and (name != "cosign" or any("verify" in word for word in command.arguments)))
            or (
                name in ("gpg", "gpg2")
                and any(word in ("--verify", "--verify-files", "--decrypt", "-d") for word in command.words)
            )
            or (
                name == "openssl"
                and command.arguments[:1]
                and re.fullmatch(r"dgst|sha\d+|cms|smime", command.arguments[0])
            )
            or (name == "rpm" and any(word in ("-K", "--checksig") for word in command.words))
            or (name == "certutil" and "-hashfile" in command.words)
            or (name in ("gh",) and "attestation" in command.words)
            or (name == "aria2c" and command.has("--checksum"))
        ):
            found.append(command)
    return tuple(found)


def checked(context: Context, position: int) -> bool:
    """Whether the step checks any download."""
    key = ("checked", position)
    if key not in context.memo:
        found = bool(checks(context, position)) or bool(_CHECK_IN_TEXT.search(context.text(position)))
        context.memo[key] = found
    return bool(context.memo[key])


def covers(context: Context, position: int, download: Download) -> bool:
    """Whether the step's checks seem to be for this download: they name its file."""
    if not checked(context, position):
        return False
    key = ("covering", position)
    if key not in context.memo:
        context.memo[key] = _covering(context, position)
    lines: list[str] | None = context.memo[key]
    if lines is None:
        return True
    names = [re.split(r"[/\\]", name.rstrip("/"))[-1] for name in (*download.outputs, *download.urls) if name != "-"]
    return any("$" in name or len(name) < 3 for name in names) or any(name in line for name in names for line in lines)


def _covering(context: Context, position: int) -> list[str] | None:
    """The texts of the commands that make a step's checks; None if they can be for any file: there is only one, or a list of
    checksums names its files itself."""
    payloads = sum(not other.asks and not other.auxiliary for other in downloads(context, position))
    if payloads <= 1 or payloads > MAX_DOWNLOADS:
        return None
    segments = re.split(r"&&|;|\n", context.text(position))
    lines = [segment for segment in segments if _CHECK_IN_TEXT.search(segment) or "sum" in segment]
    if any("$(" in line or line.strip()[-1:] == "*" for line in lines):
        return None
    if any(re.search(r"(?i)sums?\b|-c\s+\S+\.(?:txt|sha)", line) and "echo" not in line for line in lines):
        return None
    return lines
