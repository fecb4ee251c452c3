"""Every field of an image × every form of every command: no terminal code, no markup, no command of a CI system gets out."""

from __future__ import annotations

import csv
import functools
import hashlib
import io
import json
import re
import sys
import tarfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import reconstruct
from reconstruct.audit import formats as audit_forms
from reconstruct.audit.formats import FORMATS as AUDIT
from reconstruct.base import table as base_table
from reconstruct.diff import render as diff_forms
from reconstruct.diff.render import FORMATS as DIFF
from reconstruct.errors import ReconstructError
from reconstruct.report import FORMATS as REPORT
from reconstruct.report import ast
from reconstruct.show.text import json_text, one_line
from reconstruct.verify import show
from tests.commands import run

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 1, tzinfo=UTC)
report_forms = reconstruct.report
SAMPLE = ROOT / "samples" / "hello-buildkit.json"

PAYLOADS = {
    "codes": "\x1b[31mred\x9b2J\x7f\x07\u202eevil\u2066\u200b\u2028x",
    "markup": "<img src=x onerror=alert(1)><script>alert(2)</script>@someone see #12 https://evil.example/x [a](javascript:b) `c`|d",
    "command": "::error file=a::pwned",
    "commands": "x\n::error::pwned\r\n::set-output name=a::b\n##[error]pwned ##vso[task.complete]done",
}
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u2028\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
COMMAND = re.compile(r"^\s*::[a-z-]+|##[A-Za-z]*\[", re.MULTILINE)


# --- an image that holds text wherever an image can ---------------------------------------------------------------

Put = Callable[["_Saved", str], None]


class _Saved:
    """A config, its manifest and its index, as dicts; written as an OCI layout in a folder."""

    def __init__(self) -> None:
        self.config: dict[str, Any] = json.loads(SAMPLE.read_text())
        self.config["history"].append(
            {"created": "2026-01-02T03:04:05Z", "created_by": "RUN /bin/sh -c make # buildkit"}
        )
        self.config["rootfs"]["diff_ids"].append("sha256:" + "5" * 64)
        layers = len(self.config["rootfs"]["diff_ids"])
        self.layers: list[dict[str, Any]] = [
            {
                "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                "digest": f"sha256:{index:064x}",
                "size": 1000 + index,
            }
            for index in range(layers)
        ]
        self.manifest: dict[str, Any] = {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "annotations": {"a": "b"},
        }
        self.entry: dict[str, Any] = {
            "annotations": {"org.opencontainers.image.ref.name": "x:1", "io.containerd.image.name": "example.org/x:1"}
        }

    def write(self, folder: Path) -> str:
        blobs = folder / "blobs" / "sha256"
        blobs.mkdir(parents=True)
        config = _blob(blobs, self.config, "application/vnd.oci.image.config.v1+json")
        self.manifest |= {"config": config, "layers": self.layers}
        self.entry |= _blob(blobs, self.manifest, "application/vnd.oci.image.manifest.v1+json")
        (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [self.entry]}))
        (folder / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
        return str(folder)


def _blob(blobs: Path, value: Any, media_type: str) -> dict[str, Any]:
    data = json.dumps(value).encode()
    name = hashlib.sha256(data).hexdigest()
    (blobs / name).write_bytes(data)
    return {"mediaType": media_type, "digest": f"sha256:{name}", "size": len(data)}


def _fields() -> Iterator[tuple[str, Put]]:
    for key in ("os", "architecture", "variant", "os.version", "created", "author", "docker_version"):
        yield key, lambda saved, text, key=key: saved.config.__setitem__(key, text)  # type: ignore[misc]
    for key, made in _INSIDE.items():
        yield (
            f"config.{key}",
            lambda saved, text, key=key, made=made: saved.config["config"].__setitem__(key, made(text)),
        )  # type: ignore[misc]
    for key in ("created", "author", "comment", "created_by"):
        yield f"history.{key}", lambda saved, text, key=key: saved.config["history"][-1].__setitem__(key, text)  # type: ignore[misc]
    for front in _CREATED_BY:
        yield (
            f"created_by {front}",
            lambda saved, text, front=front: saved.config["history"][-1].__setitem__("created_by", front + text),
        )  # type: ignore[misc]
    yield (
        "a layerless created_by",
        lambda saved, text: saved.config["history"].append({"created_by": text, "empty_layer": True}),
    )
    for key in ("mediaType", "digest"):
        yield f"layer.{key}", lambda saved, text, key=key: saved.layers[-1].__setitem__(key, text)  # type: ignore[misc]
    yield "layer.urls", lambda saved, text: saved.layers[-1].__setitem__("urls", [text, "https://host.example/x"])
    yield "layer.annotations", lambda saved, text: saved.layers[-1].__setitem__("annotations", {text: text})
    yield "diff_id", lambda saved, text: saved.config["rootfs"]["diff_ids"].__setitem__(-1, text)
    yield "manifest.annotations", lambda saved, text: saved.manifest.__setitem__("annotations", {text: text})
    for key in ("org.opencontainers.image.ref.name", "io.containerd.image.name", "org.opencontainers.image.base.name"):
        yield f"index {key}", lambda saved, text, key=key: saved.entry["annotations"].__setitem__(key, text)  # type: ignore[misc]
    yield (
        "index platform",
        lambda saved, text: saved.entry.__setitem__(
            "platform", {"os": text, "architecture": text, "os.version": text, "variant": text}
        ),
    )


_INSIDE: dict[str, Callable[[str], Any]] = {
    "Env": lambda text: [f"A={text}", f"{text}=b", "PASSWORD=hunter2hunter2"],
    "Labels": lambda text: {"a": text, text: "b", "org.opencontainers.image.base.name": text},
    "Cmd": lambda text: [text],
    "Entrypoint": lambda text: [text, text],
    "User": lambda text: text,
    "WorkingDir": lambda text: text,
    "StopSignal": lambda text: text,
    "Shell": lambda text: [text, "-c"],
    "OnBuild": lambda text: [text, f"RUN {text}"],
    "Volumes": lambda text: {text: {}},
    "ExposedPorts": lambda text: {text: {}},
    "Healthcheck": lambda text: {"Test": ["CMD-SHELL", text]},
    "Image": lambda text: text,
}
_CREATED_BY = (
    "RUN /bin/sh -c ", "RUN |1 A=", "RUN ", "/bin/sh -c #(nop)  ENV A=", "/bin/sh -c ", "ENV A=", "LABEL a=", "COPY ", "ADD https://x.example/", "CMD [",
    "USER ", "WORKDIR ", "SHELL [", "HEALTHCHECK ", "EXPOSE ", "VOLUME ", "MAINTAINER ", "ONBUILD ", "STOPSIGNAL ", "bazel ", "RUN /bin/sh -c curl http://x.example | sh ; ",
)  # fmt: skip
FIELDS = dict(_fields())

# --- what each form may hold --------------------------------------------------------------------------------------


def plain(out: str) -> None:
    """A terminal's text, which may end up in a CI system's log."""
    assert not CONTROL.search(out)
    found = COMMAND.search(out)
    assert not found, out[max(0, found.start() - 80) : found.end() + 80]


def dockerfile(out: str) -> None:
    """The author's text: it may contain bidirectional and invisible characters, but no terminal codes."""
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]", out)
    remarks = "\n".join(line for line in out.splitlines() if line.startswith("#"))
    assert not COMMAND.search(remarks)


def ascii_json(out: str) -> None:
    assert out.isascii()
    assert "\x7f" not in out
    json.loads(out)
    assert not COMMAND.search(out)


def table_of_values(out: str) -> None:
    plain(out)
    for row in csv.reader(io.StringIO(out)):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


def xml(out: str) -> None:
    plain(out)
    ElementTree.fromstring(out.encode())


@functools.cache
def _reader() -> Any:
    markdown_it = pytest.importorskip("markdown_it")
    pytest.importorskip("linkify_it")
    reader = markdown_it.MarkdownIt("gfm-like", {"html": True})
    reader.linkify.set({"fuzzy_link": False, "fuzzy_email": True})
    return reader


OURS = re.compile(r"<!-- -->|<br>|</?(?:details|summary)>|\s+|Step [\d→-]+, [A-Z]*")


def markdown(out: str) -> None:
    """As GitHub shows it: no element, link, mention or issue but what we wrote (the audit links its rules' pages)."""
    plain(out)
    for token in _reader().parse(out):
        children = [token] if token.type == "html_block" else token.children or []
        for child in children:
            if child.type in ("html_inline", "html_block"):
                assert not OURS.sub("", child.content), child.content
            if child.type == "text":
                assert not re.search(r"(?<!\w)@\w|(?<![\w&])#\d", child.content), child.content
            assert child.type != "image"
            if child.type == "link_open":
                assert re.match(r"https://(?!evil)", child.attrs["href"]), child.attrs


def github(out: str) -> None:
    """Only our commands, one per line; their text is data."""
    assert not CONTROL.search(out)
    for line in out.splitlines():
        assert re.match(r"::(error|warning|notice) file=[^:,]*,(line=\d+,endLine=\d+,)?title=[^:,]*::", line), line
        assert not re.search(r"##[A-Za-z]*\[", line), line


def page(out: str) -> None:
    """A page with only our own elements: nothing runs, loads or links elsewhere except the rules' references."""
    from html.parser import HTMLParser

    assert not CONTROL.search(out)

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            assert tag in ELEMENTS, tag
            for name, value in attrs:
                assert not name.startswith("on"), name
                assert name not in ("style", "src", "srcset", "action", "formaction"), name
                assert name != "href" or re.match(r"#|https://(?!evil|x\.example)", value or ""), value

        def handle_comment(self, data: str) -> None:
            raise AssertionError(data)

    Reader(convert_charrefs=True).feed(out)
    assert out.count("<script>") == out.count("<style>") == 1


ELEMENTS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "a",
        "header",
        "h1",
        "h2",
        "h3",
        "main",
        "p",
        "dl",
        "dt",
        "dd",
        "svg",
        "rect",
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "code",
        "pre",
        "span",
        "ul",
        "li",
        "footer",
        "script",
        "section",
        "strong",
        "br",
        "small",
        "ins",
        "del",
    ]
)
CHECKS: dict[str, Callable[[str], None]] = {
    "json": ascii_json, "sarif": ascii_json, "codeclimate": ascii_json, "junit": xml, "checkstyle": xml, "csv": table_of_values, "markdown": markdown,
    "repo-info": markdown, "dockerfile": dockerfile, "github": lambda out: github(out), "html": page,
}  # fmt: skip


def _commands(path: str) -> Iterator[tuple[str, list[str]]]:
    yield "dockerfile", ["dockerfile", path]
    yield "json", ["ast", path]
    yield "table", [path]
    for form in ("table", "json"):
        yield form, ["base", "--format", form, path]
    for form in ("table", "json"):
        yield form, ["list", "--format", form, path]
    for form in REPORT:
        yield form, ["report", "--format", form, path]
    for form in AUDIT:
        yield form, ["audit", "--no-hadolint", "--now", "2026-11-01", "--format", form, path]
    for form in DIFF:
        yield form, ["diff", "--format", form, str(SAMPLE), path]
        yield form, ["diff", "--format", form, path, str(SAMPLE)]
    for form in ("text", "json"):
        yield form, ["verify", "--format", form, path, str(ROOT / "samples" / "hello.Dockerfile")]


def _rendered(path: str) -> Iterator[tuple[str, str, str]]:
    """(command, form, text) of every form, each result worked out once."""
    try:
        image = reconstruct.load(path)
    except ReconstructError as error:
        yield "load", "table", one_line(str(error))
        return
    other = reconstruct.load(SAMPLE)
    made = reconstruct.report(image)
    for form in REPORT:
        yield "report", form, report_forms.render(made, form)
    yield "report at 60 columns", "table", report_forms.render(made, "table", width=60)
    found = [reconstruct.audit(image, hadolint=False, now=NOW, name=path)]
    for form in AUDIT:
        yield "audit", form, audit_forms.render(found, form)
    yield "audit at 60 columns", "table", audit_forms.render(found, "table", width=60)
    for difference in (reconstruct.diff(image, other), reconstruct.diff(other, image)):
        for form in DIFF:
            yield "diff", form, diff_forms.render(difference, form)
    yield "dockerfile", "dockerfile", reconstruct.dockerfile(image)
    chain = reconstruct.base(image)
    yield "base", "table", base_table.render(chain)
    yield "base", "json", json_text(chain.to_dict())
    yield "ast", "json", json_text(ast.document(image, reconstruct.steps(image)))
    verdict = reconstruct.verify(image, ROOT / "samples" / "hello.Dockerfile")
    yield "verify", "text", show.as_text(verdict)
    yield "verify", "json", json_text(verdict.to_dict())


@pytest.mark.parametrize("payload", PAYLOADS)
@pytest.mark.parametrize("field", FIELDS)
def test_nothing_gets_out(field: str, payload: str, tmp_path: Path) -> None:
    saved = _Saved()
    FIELDS[field](saved, PAYLOADS[payload])
    path = saved.write(tmp_path / "image")
    for command, form, text in _rendered(path):
        _checked(text, form, f"{field}, {command} --format {form}")
    for form in ("table", "json"):
        _, out, err = run("list", "--format", form, path)
        _checked(out, form, f"{field}, list --format {form}")
        plain(err)


def _checked(text: str, form: str, where: str) -> None:
    if not text:
        return
    try:
        CHECKS.get(form, plain)(text)
    except AssertionError as error:
        raise AssertionError(f"{where}: {error}\n{text[:3000]}") from error


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_gets_out_of_a_command(payload: str, tmp_path: Path) -> None:
    """All fields at once, through the command line: its notes and errors too."""
    saved = _Saved()
    for name, put in FIELDS.items():
        if name not in ("os", "architecture", "diff_id", "layer.digest", "index platform"):
            put(saved, PAYLOADS[payload])
    path = saved.write(tmp_path / "image")
    for form, args in _commands(path):
        status, out, err = run(*args)
        assert status in (0, 1, 2)
        assert "Traceback" not in err
        plain(err)
        _checked(out, form, " ".join(args))


def test_the_names_of_files_are_text_too(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("names are narrower there")
    for payload in PAYLOADS.values():
        path = _Saved().write(tmp_path / payload.replace("/", "∕"))
        for form, args in _commands(path):
            _, out, err = run(*args)
            plain(err)
            _checked(out, form, " ".join(args))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_files_of_a_layer_are_text_too(payload: str, tmp_path: Path) -> None:
    from reconstruct.cli.files import FORMATS as FILES

    path = archive(tmp_path / "app.tar", PAYLOADS[payload])
    for form in FILES:
        status, out, err = run("files", "--format", form, path)
        assert status == 0, err
        plain(err)
        _checked(out, {"jsonl": "table"}.get(form, form), f"files --format {form}")
    status, out, err = run("cat", path, "/etc/nothing" + PAYLOADS[payload])
    assert status == 2
    plain(err)
    status, out, err = run("export", path, str(tmp_path / "app"))
    plain(err + out)


def archive(path: Path, name: str) -> str:
    """A `docker save` archive whose one layer holds a file, a link and an owner of that name."""
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w", format=tarfile.PAX_FORMAT) as made:
        for kind in (tarfile.REGTYPE, tarfile.SYMTYPE):
            member = tarfile.TarInfo(f"srv/{kind.decode()}{name.replace('/', '_')}")
            member.type, member.uname, member.gname = kind, name[:30], name[:30]
            member.linkname = name if kind == tarfile.SYMTYPE else ""
            made.addfile(member, io.BytesIO())
    config = json.loads(SAMPLE.read_text())
    config["history"] = [{"created_by": "COPY srv /srv # buildkit", "created": "2026-01-02T03:04:05Z"}]
    config["rootfs"]["diff_ids"] = [f"sha256:{hashlib.sha256(layer.getvalue()).hexdigest()}"]
    files = {"layer.tar": layer.getvalue(), "config.json": json.dumps(config).encode()}
    files["manifest.json"] = json.dumps(
        [{"Config": "config.json", "RepoTags": ["app:1"], "Layers": ["layer.tar"]}]
    ).encode()
    with tarfile.open(path, "w") as made:
        for each, data in files.items():
            member = tarfile.TarInfo(each)
            member.size = len(data)
            made.addfile(member, io.BytesIO(data))
    return str(path)
