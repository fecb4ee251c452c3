"""COPY and ADD as builders write them: a checksum (classic, buildah) or the sources' names (BuildKit), both directions."""

from __future__ import annotations

from reconstruct import pattern
from reconstruct.builders.state import Reading, State
from reconstruct.syntax import Add, Copy, Heredoc
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.builders.prediction import Checksum

_SUM = pattern.compile(r"(?P<sum>(?:file|dir|multi):[0-9a-f]{8,128}) in ")
_FLAG = pattern.compile(r"--(?P<name>[a-z][a-z-]*)(?:=(?P<value>\S*))? ?")
_FILE_END = pattern.compile(r"\.\w{1,5}$")
_HEREDOC = pattern.compile(r"<<(?P<name>[^\s<]+)$")
_WILDCARD = pattern.compile(r"(?<!\\)(?:\\\\)*[*?\[]")
_DRIVE = pattern.compile(r"[A-Za-z]:[\\/]")
_URL = pattern.compile(r"https?://")
_NO_NAME = "the sources' names: only their checksum was kept"
_FROM = "the stage or image it copies from (--from): the builder doesn't record it"
_SPLIT = "which spaces are part of a name: the builder joined the words with spaces"


def _class(keyword: str) -> type[Copy]:
    return Add if keyword == "ADD" else Copy


def copied_kinds(sources: list[str]) -> Checksum:
    """The possible kinds of checksum for copying `sources`: of one file, one directory, or several of either."""
    from reconstruct.builders.prediction import Checksum
    from reconstruct.dockerfile.unknown import is_unknown

    if any(is_unknown(source) or _WILDCARD.search(source) for source in sources):
        # If only one file matches, it is one, whatever the number of patterns.
        return Checksum()
    if len(sources) > 1:
        return Checksum(frozenset({"multi"}))
    source = sources[0]
    if _URL.match(source):
        return Checksum(frozenset({"file"}))
    if source in (".", "..", "/", "./") or source.endswith(("/", "/.", "/..")):
        return Checksum(frozenset({"dir"}))
    return Checksum(frozenset({"file", "dir"}))


def read_checksum(keyword: str, body: str) -> Reading | None:
    """`file:<hex> in /dst `; the classic builder writes `--chown=1:1` directly before the checksum."""
    match = _SUM.search(body)
    head = body[: match.start()] if match else ""
    if match is None or (head and not head.startswith("--")):
        return None
    destination = body[match.end() :]
    flags = tuple((flag["name"], flag["value"]) for flag in _FLAG.finditer(head))
    return Reading(
        _class(keyword)(
            checksum=match["sum"],
            destination=destination[:-1] if destination.endswith(" ") else destination,
            flags=flags,
        ),
        lost=(_NO_NAME,),
    )


def read_placed(keyword: str, body: str) -> Reading | None:
    """`<checksum> in DEST `, or `NAME in DEST` with the name itself: Docker up to 1.11 without its cache."""
    found = read_checksum(keyword, body)
    if found is not None:
        return found
    source, placed, destination = body.rpartition(" in ")
    if not placed or not source or source.startswith("--"):
        return None
    return Reading(_class(keyword)(sources=(source,), destination=destination.removesuffix(" ")))


def read_names(keyword: str, body: str, state: State) -> Reading | None:
    """BuildKit: the flags it keeps, sources, `<<NAME` for here-documents, destination; joined by blanks."""
    flags: list[tuple[str, str | None]] = []
    position = 0
    while body.startswith("--", position) and (match := _FLAG.match(body, position)):
        flags.append((match["name"], match["value"]))
        position = match.end()
    rest = body[position:]
    words = rest.split(" ")
    if "<<" in rest and any(_HEREDOC.match(word) for word in words):
        return _with_heredocs(keyword, words, tuple(flags))
    sources, destination, sure = split_words(words, windows=state.windows)
    if not sources:
        return None
    return Reading(
        _class(keyword)(sources=sources, destination=destination, flags=tuple(flags)),
        inferred=() if sure else (_SPLIT,),
        lost=(_FROM,) if keyword == "COPY" and _starts_at_root(sources[0]) else (),
    )


def _with_heredocs(keyword: str, words: list[str], flags: tuple[tuple[str, str | None], ...]) -> Reading | None:
    documents = [match["name"] for word in words if (match := _HEREDOC.match(word))]
    last = max(index for index, word in enumerate(words) if _HEREDOC.match(word))
    destination = " ".join(words[last + 1 :])
    sources = tuple(word for word in words[: last + 1] if not _HEREDOC.match(word))
    if not destination:
        return None
    return Reading(
        _class(keyword)(
            sources=sources,
            destination=destination,
            flags=flags,
            heredocs=tuple(Heredoc(name=name) for name in documents),
        ),
        lost=("the here-documents' contents: the builder doesn't record them",),
    )


def _starts_at_root(path: str) -> bool:
    """Whether a source starts at a root, like those of another stage; in a build context that hardly makes sense."""
    return path.startswith("/") or _DRIVE.match(path) is not None


def _is_folder(path: str) -> bool:
    return path.endswith(("/", "\\")) or path in (".", "..") or path.endswith(("/.", "/..", "\\.", "\\.."))


def _starts_path(word: str, windows: bool) -> bool:
    """Whether a word can only be the start of a path or URL, not the rest of a name with a blank."""
    if windows and _DRIVE.match(word):
        return True
    return word.startswith(("/", "./", "../", "http://", "https://", "git@")) or word in (".", "..")


def split_words(words: list[str], *, windows: bool) -> tuple[tuple[str, ...], str, bool]:
    """Sources and destination from words joined by blanks, and whether no other reading is possible.

    Several sources need a directory as destination (Dockerfile reference, COPY), so words that don't end in one are
    names with blanks: `name with space.txt /data/name with space.txt`.
    """
    if len(words) < 2:
        return (), "", False
    if len(words) == 2:
        return (words[0],), words[1], bool(words[0] and words[1])
    odd = any(not word for word in words)
    starts = [index for index, word in enumerate(words) if index > 0 and _starts_path(word, windows)]
    if not odd and (_is_folder(words[-1])) and (not starts or starts[-1] == len(words) - 1 or not windows):
        if windows:
            return _windows_words(words)
        return tuple(words[:-1]), words[-1], True
    if windows:
        return _windows_words(words)
    # One source and a destination that isn't a directory: the boundary is where a path starts, or where both halves end alike.
    half = len(words) // 2
    if len(words) % 2 == 0 and words[half - 1].rsplit("/", 1)[-1] == words[-1]:
        return (" ".join(words[:half]),), " ".join(words[half:]), False
    border = starts[-1] if starts else len(words) - 1
    destination = " ".join(words[border:])
    if _is_folder(destination) and not odd:
        return tuple(words[:border]), destination, False
    return (" ".join(words[:border]),), destination, False


def _windows_words(words: list[str]) -> tuple[tuple[str, ...], str, bool]:
    """Windows: paths contain blanks (`C:\\Program Files`), and a drive starts a new one."""
    groups: list[list[str]] = []
    for word in words:
        ended = not groups or _is_folder(groups[-1][-1]) or _FILE_END.search(groups[-1][-1][-8:])
        if ended or _starts_path(word, True):
            groups.append([word])
        else:
            groups[-1].append(word)
    if len(groups) == 1:
        groups = [words[:-1], words[-1:]]
    paths = [" ".join(group) for group in groups]
    if len(paths) > 2 and not _is_folder(paths[-1]):
        paths = [" ".join(paths[:-1]), paths[-1]]
    return tuple(paths[:-1]), paths[-1], False
