"""Was this image built from this Dockerfile?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import reconstruct
from reconstruct.builders import registry
from reconstruct.builders.predicting import predict
from reconstruct.builders.prediction import DEFAULT_PATH
from reconstruct.dockerfile.dialect import BUILDERS
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.image import HistoryEntry, Image, Layer, Provenance
from reconstruct.sources import load
from reconstruct.verify.model import Mismatch, Verdict, Verification
from reconstruct.verify.verdict import verify
from tests.verify.making import base_of, built, image_of, needs_shared, recordings, row_image

# A root file system without history, which sets nothing that needs one.
_BASE = Image(
    config={"Env": [f"PATH={DEFAULT_PATH}"]},
    history=(HistoryEntry(comment="Imported from -", created="2025-01-01T00:00:00Z"),),
)


def make(text: str, builder: str, *, args: dict[str, str] | None = None, base: Image = _BASE) -> Image:
    """The image that `builder` would make, with times and comments as it writes them."""
    made = predict(text, builder=builder, base=base, build_args=args)
    entries = list(base.history) if made.base != "scratch" else []
    for index, entry in enumerate(made.own):
        created_by = entry.created_by
        if entry.checksum:
            created_by += f"{sorted(entry.checksum.kinds)[0]}:{'a' * 64}{entry.after}"
        comment = entry.comment or ""
        if builder == "buildah":
            comment = f"FROM {made.base}" if index == 0 else "FROM 0123456789ab"
        created = f"2025-06-01T00:{index // 60:02}:{index % 60:02}Z"
        entries.append(HistoryEntry(created_by, created, "", comment, bool(entry.empty_layer)))
    config: dict[str, Any] = dict(made.config)
    if builder == "buildkit-0.8":
        config.setdefault("OnBuild", None)
    return Image(config=config, raw_config={"config": config}, history=tuple(entries), author=made.author)


def _lines(found: Verification) -> list[int]:
    return [step.start for step in found.steps if step.status == "differs"]


TEXT = """\
FROM python:3.12
ARG VERSION=1.0
ENV APP=/srv/app \\
    DEBUG=0
WORKDIR $APP
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
EXPOSE 8000
USER app
HEALTHCHECK --interval=5s CMD curl -f localhost
CMD ["python", "-m", "app"]
"""
# Each a line of TEXT and what it is changed into.
CHANGES = {
    "a value": ("DEBUG=0", "DEBUG=1"),
    "a name": ("DEBUG=0", "TRACE=0"),
    "a default": ("ARG VERSION=1.0", "ARG VERSIO=1.0"),
    "a command": ("-r requirements.txt", "-r other.txt"),
    "white space": ("pip install -r", "pip  install -r"),
    "a port": ("EXPOSE 8000", "EXPOSE 8001"),
    "a protocol": ("EXPOSE 8000", "EXPOSE 8000/udp"),
    "a user": ("USER app", "USER root"),
    "a destination": ("COPY . .", "COPY . ./sub"),
    "a folder": ("WORKDIR $APP", "WORKDIR /srv/ap"),
    "an interval": ("--interval=5s", "--interval=6s"),
    "a word": ('"-m", "app"', '"-m", "apps"'),
    "exec form": ('CMD ["python", "-m", "app"]', "CMD python -m app"),
    "a step less": ("USER app\n", ""),
    "a step more": ("USER app\n", "USER app\nLABEL a=b\n"),
    "the last step less": ('CMD ["python", "-m", "app"]\n', ""),
    "the first step less": ("ARG VERSION=1.0\n", ""),
    "the order": ("EXPOSE 8000\nUSER app\n", "USER app\nEXPOSE 8000\n"),
    "a scratch base": ("FROM python:3.12", "FROM scratch"),
    "an entry point": ("USER app\n", 'USER app\nENTRYPOINT ["x"]\n'),
    "a trigger": ("USER app\n", "USER app\nONBUILD RUN x\n"),
}


@pytest.mark.parametrize("builder", BUILDERS)
def test_an_image_matches_its_own_dockerfile(builder: str) -> None:
    found = verify(make(TEXT, builder), TEXT)
    assert (found.verdict, found.difference, _lines(found)) == (Verdict.MATCHES, None, [])
    assert (len(found.steps), found.base, found.base_entries) == (10, "python:3.12", 1)
    assert found.unseen == (2 if builder in ("classic", "buildah") else 0)


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_dockerfile_is_refused(builder: str, change: str) -> None:
    old, new = CHANGES[change]
    changed = TEXT.replace(old, new)
    assert changed != TEXT
    assert verify(make(TEXT, builder), changed).verdict is Verdict.DIFFERS
    assert verify(make(changed, builder), TEXT).verdict is Verdict.DIFFERS


def test_the_first_difference_is_named() -> None:
    found = verify(make(TEXT, "buildkit"), TEXT.replace("-r requirements.txt", "-r other.txt"))
    assert found.difference is not None
    assert found.difference.where == "line 7 (RUN)"
    assert "other.txt" in found.difference.expected
    assert "requirements.txt" in (found.difference.actual or "")
    assert _lines(found) == [7]


@pytest.mark.parametrize("builder", BUILDERS)
def test_comments_stages_not_used_and_quotes_make_no_difference(builder: str) -> None:
    if builder == "buildah":
        pytest.skip("buildah keeps the Dockerfile's own text")
    other = "FROM a AS unused\nRUN x\n\n# note\n" + TEXT.replace("DEBUG=0", 'DEBUG="0"').replace("EXPOSE", "expose")
    assert verify(make(TEXT, builder), other).verdict is Verdict.MATCHES


@pytest.mark.parametrize("builder", BUILDERS)
def test_build_arguments_are_solved_for(builder: str) -> None:
    text = "FROM x\nARG A\nARG B=two\nENV C=$A-$B\nRUN echo $A\nLABEL v=$B\n"
    image = make(text, builder, args={"A": "one 1", "B": "zwei"})
    found = verify(image, text)
    assert found.build_args == {"A": "one 1", "B": "zwei"}
    assert set(found.solved) == {"A", "B"}
    if builder in ("classic", "buildkit-0.8"):
        assert (found.verdict, found.suggested) == (Verdict.MATCHES, {})
        assert verify(image, text, build_args={"A": "one 1"}).verdict is Verdict.MATCHES
    else:
        assert (found.verdict, found.suggested) == (Verdict.DIFFERS, {"B": "zwei"})
        assert found.difference == Mismatch("line 3 (ARG)", "B=two", "B=zwei")
    assert verify(image, text, build_args={"B": "zwei"}).verdict is Verdict.MATCHES
    assert verify(image, text, build_args={"A": "other"}).verdict is Verdict.DIFFERS
    assert verify(make(text, builder), text).build_args == {}


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_changed_default_is_refused_unless_history_shows_it_or_it_is_given(builder: str) -> None:
    """A given value can be distinguished from another default only if ARG's entry shows the default."""
    text = "FROM x\nARG V=1.0\nRUN echo $V\n"
    image, changed = make(text, builder), text.replace("1.0", "1.1")
    assert verify(image, text).verdict is Verdict.MATCHES
    found = verify(image, changed)
    assert found.verdict is Verdict.DIFFERS
    assert found.suggested == ({} if builder in ("classic", "buildkit-0.8") else {"V": "1.0"})
    if found.suggested:
        assert verify(image, changed, build_args=found.suggested).verdict is Verdict.MATCHES


@pytest.mark.parametrize("builder", ["classic", "buildkit-0.8"])
def test_a_default_in_history_is_not_a_given_value(builder: str) -> None:
    text = "FROM x\nARG V=1.0\nRUN echo $V\n"
    image = make(text, builder)
    assert verify(image, text.replace("=1.0", "")).verdict is Verdict.DIFFERS
    assert verify(image, text.replace("=1.0", "=1.1"), build_args={"V": "1.0"}).verdict is Verdict.DIFFERS


@pytest.mark.parametrize("builder", BUILDERS)
def test_an_argument_kept_as_a_variable_is_not_the_bases(builder: str) -> None:
    text = "FROM x\nARG V=1.0\nENV V=$V\nRUN echo $V\n"
    assert verify(make(text, builder), text).verdict is Verdict.MATCHES
    assert verify(make(text, builder), text.replace("1.0", "1.1")).verdict is Verdict.DIFFERS
    outer = "ARG V=1.0\nFROM x\nARG V\nENV V=$V\nRUN echo $V\n"
    assert verify(make(outer, builder), outer).verdict is Verdict.MATCHES
    assert verify(make(outer, builder), outer.replace("1.0", "1.1")).verdict is Verdict.DIFFERS


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_default_before_the_first_from_counts_too(builder: str) -> None:
    text = "ARG V=1.0\nFROM x:$V\nARG V\nRUN echo $V\n"
    image = replace(make(text, builder), history=tuple(replace(e, comment="") for e in make(text, builder).history))
    assert verify(make(text, builder), text).verdict is Verdict.MATCHES
    found = verify(image, text.replace("1.0", "1.1"))
    assert found.verdict is Verdict.DIFFERS


@pytest.mark.parametrize("builder", ["buildkit", "buildah"])
def test_only_what_has_to_be_overridden_is_suggested(builder: str) -> None:
    text = "FROM x\nARG A=1\nARG B=b-$A\nARG C=c-$B\nRUN echo $C\n"
    image = make(text, builder, args={"A": "2"})
    assert verify(image, text).suggested == {"A": "2"}
    free = text.replace("A=1", "A")
    assert verify(make(free, builder, args={"A": "2"}), free).verdict is Verdict.MATCHES


def test_buildkit_between_0_9_and_0_13_shows_the_default_beside_the_value() -> None:
    text = "FROM x\nARG V=1\nCOPY <<EOT /a\nb\nEOT\nRUN echo $V\n"
    image = make(text, "buildkit", args={"V": "2"})
    own = [replace(e, created_by="ARG V=1") if e.created_by == "ARG V=2" else e for e in image.history]
    image = replace(image, history=tuple(own), raw_config={"config": {**image.config, "OnBuild": None}})
    found = verify(image, text)
    assert (found.verdict, found.build_args) == (Verdict.MATCHES, {"V": "2"})
    assert verify(image, text.replace("V=1", "V=3")).verdict is Verdict.DIFFERS


def test_the_platform_is_not_solved_for() -> None:
    text = "FROM x\nARG TARGETARCH\nRUN make $TARGETARCH\n"
    image = make(text.replace("ARG TARGETARCH", "ARG TARGETARCH=arm64"), "buildkit")
    assert verify(make(text, "buildkit"), text).verdict is Verdict.MATCHES
    assert verify(image, text).suggested == {"TARGETARCH": "arm64"}


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_base_that_only_an_argument_names(builder: str) -> None:
    text = "ARG BASE\nFROM ${BASE}-slim\nRUN make\nCMD x\n"
    image = make(text, builder, args={"BASE": "python:3"})
    found = verify(image, text)
    assert (found.verdict, found.base, found.build_args) == (Verdict.MATCHES, "${BASE}-slim", {})
    assert verify(image, text.replace("make", "made")).verdict is Verdict.DIFFERS
    assert verify(image, text, build_args={"BASE": "python:3"}).base == "python:3-slim"


@pytest.mark.parametrize("builder", ["buildkit", "classic", "buildkit-0.8"])
def test_an_empty_workdir_keeps_the_one_before(builder: str) -> None:
    text = "FROM x\nWORKDIR /a/b/\nWORKDIR ${NONE}\nRUN y\n"
    shown = [entry.created_by for entry in predict(text, builder="buildkit", base=_BASE).own]
    assert shown[:2] == ["WORKDIR /a/b/", "WORKDIR /a/b/"]


def test_a_default_that_history_shows_is_not_overridden() -> None:
    """Before BuildKit 0.14 ARG's entry shows the Dockerfile's default, whatever --build-arg gave."""
    sample = Path(__file__).parent.parent.parent / "samples"
    image = reconstruct.load(sample / "hello-buildkit.json")
    text = (sample / "hello.Dockerfile").read_text()
    assert verify(image, text).verdict is Verdict.MATCHES
    assert verify(image, text.replace("VERSION=1.0", "VERSION=1.1")).verdict is Verdict.DIFFERS


@pytest.mark.parametrize("builder", ["classic", "buildkit", "buildkit-0.8"])
def test_the_bases_variables_are_solved_for(builder: str) -> None:
    base = make('FROM x\nENV PATH=/opt/bin:/bin HOME_=/h\nWORKDIR /srv\nCMD ["sh"]\n', builder)
    text = "FROM x\nENV PATH=/app:$PATH\nWORKDIR sub\nENV HOME_=$HOME_/x\nRUN true\n"
    image = make(text, builder, base=base)
    assert verify(image, text).verdict is Verdict.MATCHES
    untold = replace(_BASE, config=base.config)
    silent = verify(make(text, builder, base=untold), text)
    assert (silent.verdict, "HOME_" in silent.reason or "PATH" in silent.reason) == (Verdict.UNKNOWN, True)
    assert verify(make(text, builder, base=untold), text, base=untold).verdict is Verdict.MATCHES
    assert verify(image, text.replace("/app:$PATH", "/app:$PATH:/z")).verdict is Verdict.DIFFERS


@pytest.mark.parametrize("builder", BUILDERS)
def test_an_argument_can_choose_the_stage(builder: str) -> None:
    text = "ARG V=one\nFROM x AS base-one\nENV A=1\nFROM x AS base-two\nENV A=2\nFROM base-$V\nRUN y\nCMD z\n"
    image = make(text, builder, args={"V": "base-two"[5:]}) if builder != "buildah" else make(text, builder)
    if builder == "buildah":
        assert verify(image, text).verdict is Verdict.MATCHES
        return
    found = verify(image, text)
    assert (found.verdict, found.suggested) == (Verdict.DIFFERS, {"V": "two"})
    assert verify(image, text, build_args={"V": "two"}).verdict is Verdict.MATCHES
    assert verify(image, text.replace("V=one", "V=two")).verdict is Verdict.MATCHES
    assert verify(image, text.replace("ARG V=one", "ARG V")).verdict is Verdict.MATCHES


def test_the_target_is_respected() -> None:
    text = "FROM x AS one\nENV A=1\nRUN y\nFROM one AS two\nENV B=2\n"
    image = make("FROM x\nENV A=1\nRUN y\n", "buildkit")
    assert verify(image, text).verdict is Verdict.DIFFERS
    assert verify(image, text, target="one").verdict is Verdict.MATCHES
    with pytest.raises(DockerfileError, match="target stage"):
        verify(image, text, target="three")


@pytest.mark.parametrize("builder", BUILDERS)
def test_the_end_of_another_dockerfile_does_not_match(builder: str) -> None:
    image = make(TEXT, builder)
    lines = TEXT.splitlines(keepends=True)
    for start in range(2, len(lines)):
        if not lines[start].startswith(" "):
            assert verify(image, lines[0] + "".join(lines[start:])).verdict is not Verdict.MATCHES, start


def test_nothing_to_compare_is_no_match() -> None:
    image = make(TEXT, "buildkit")
    assert verify(image, "FROM x\n").verdict is not Verdict.MATCHES
    assert verify(Image(), "FROM x\n").verdict is Verdict.UNKNOWN
    assert verify(_BASE, "FROM x\n").verdict is Verdict.UNKNOWN
    assert verify(_BASE, "FROM x\n", base=_BASE).verdict is Verdict.MATCHES


@pytest.mark.parametrize("step", ["COPY a .", "COPY a /", "ADD . /app/", "COPY . /usr/src/app", "COPY a /\nCOPY b /"])
def test_a_single_checksum_to_a_common_destination_proves_nothing(step: str) -> None:
    text = f"FROM x\n{step}\n"
    found = verify(make(text, "classic"), text)
    assert (found.verdict, found.unseen) == (Verdict.UNKNOWN, len(found.steps))
    assert verify(make(text, "buildkit"), text).verdict is Verdict.MATCHES


def test_a_single_checksum_to_a_distinctive_destination_matches() -> None:
    text = "FROM x\nCOPY a /usr/local/bin/tool\n"
    image = make(text, "classic")
    assert verify(image, text).verdict is Verdict.MATCHES
    assert verify(image, text.replace("tool", "tools")).verdict is Verdict.DIFFERS
    assert verify(image, text.replace("COPY", "ADD")).verdict is Verdict.DIFFERS


def test_a_given_base_is_compared_too() -> None:
    image = make(TEXT, "classic")
    assert verify(image, TEXT, base=_BASE).verdict is Verdict.MATCHES
    other = replace(_BASE, history=(HistoryEntry("other"),))
    assert verify(image, TEXT, base=other).verdict is Verdict.DIFFERS
    richer = replace(_BASE, config={**_BASE.config, "Env": [*_BASE.config["Env"], "MORE=1"]})
    found = verify(image, TEXT, base=richer)
    assert found.difference is not None
    assert (found.verdict, found.difference.where) == (Verdict.DIFFERS, "Env")


def test_buildah_names_the_base() -> None:
    image = make(TEXT, "buildah")
    assert verify(image, TEXT.replace("python:3.12", "docker.io/library/python:3.12")).verdict is Verdict.MATCHES
    found = verify(image, TEXT.replace("python:3.12", "python:3.11"))
    assert (found.verdict, found.reason) == (Verdict.DIFFERS, "the base differs")


def test_a_config_that_history_does_not_explain_differs() -> None:
    image = make(TEXT, "buildkit")
    changed = replace(image, config={**image.config, "Cmd": ["other"]})
    found = verify(changed, TEXT)
    assert found.difference is not None
    assert (found.verdict, found.difference.where) == (Verdict.DIFFERS, "Cmd")
    gone = {key: value for key, value in image.config.items() if key != "Healthcheck"}
    # The OCI format can't store it, so this doesn't show that it was removed.
    found = verify(replace(image, config=gone), TEXT)
    assert (found.verdict, len(found.notes)) == (Verdict.UNKNOWN, 1)
    assert "Healthcheck" in found.reason


def test_copy_flags_show_since_buildkit_0_13() -> None:
    plain, owned = "FROM x\nCOPY a /b\nRUN c\n", "FROM x\nCOPY --chown=1 a /b\nRUN c\n"
    new, old = make(owned, "buildkit"), make(owned, "buildkit-0.8")
    assert verify(new, owned).verdict is verify(old, owned).verdict is Verdict.MATCHES
    assert verify(make(plain, "buildkit"), owned).verdict is Verdict.DIFFERS
    assert verify(new, plain).verdict is Verdict.DIFFERS


def test_the_saved_config_gives_the_version_through_the_loader() -> None:
    owned = "FROM x\nCOPY --chown=1 a /b\nRUN c\n"
    for builder in ("buildkit", "buildkit-0.8"):
        made = make(owned, builder)
        history = [
            {"created_by": e.created_by, "comment": e.comment, "empty_layer": e.empty_layer} for e in made.history
        ]
        raw = {"architecture": "amd64", "os": "linux", "config": dict(made.config), "history": history}
        made_layers = sum(not e.empty_layer for e in made.history)
        loaded = load(
            {**raw, "rootfs": {"type": "layers", "diff_ids": [f"sha256:{n:064x}" for n in range(made_layers)]}}
        )
        assert registry.named("buildkit").version(loaded) == ("0.13" if builder == "buildkit" else "0.12")
        assert verify(loaded, owned).verdict is Verdict.MATCHES


def test_versions_between_are_known() -> None:
    text = "FROM x\nARG A=1\nEXPOSE 80\nHEALTHCHECK --interval=5s CMD c\nRUN d\n"
    texts = [
        "ARG A=1",
        "EXPOSE map[80/tcp:{}]",
        """HEALTHCHECK &{["CMD-SHELL" "c"] "5s" "0s" "0s" "0s" '\\x00'}""",
        "RUN |1 A=1 /bin/sh -c d # buildkit",
    ]
    image = make(text, "buildkit")
    own = [replace(entry, created_by=t) for entry, t in zip(image.history[1:], texts, strict=True)]
    assert verify(replace(image, history=(image.history[0], *own)), text).verdict is Verdict.MATCHES


def test_squashed_and_marked_histories() -> None:
    image = make(TEXT, "classic")
    merge = HistoryEntry(comment=f"merge sha256:{'a' * 64} to sha256:{'b' * 64}")
    assert verify(replace(image, history=(*image.history, merge)), TEXT).verdict is Verdict.MATCHES
    image = make(TEXT, "buildah")
    last = replace(image.history[-1], created_by=image.history[-1].created_by + "|unsetLabel=true|force-mtime=10")
    assert verify(replace(image, history=(*image.history[:-1], last)), TEXT).verdict is Verdict.MATCHES


def test_provenance_shows_what_history_does_not() -> None:
    text = "FROM x\nRUN --mount=type=cache,target=/c make\nCOPY <<EOT /a\none\nEOT\n"
    image = replace(make(text, "buildkit"), provenance=Provenance(dockerfile="# note\n" + text))
    assert verify(image, text).verdict is Verdict.MATCHES
    found = verify(image, text.replace("one", "two"))
    assert (found.verdict, found.difference and found.difference.where) == (Verdict.DIFFERS, "line 3 (COPY)")
    assert verify(image, text.replace("target=/c", "target=/d")).verdict is Verdict.DIFFERS


def test_an_image_without_a_base_has_none() -> None:
    text = 'FROM scratch\nCOPY a /a\nCMD ["/a"]\n'
    image = make(text, "buildkit")
    assert verify(image, text).verdict is Verdict.MATCHES
    assert verify(image, text.replace("scratch", "debian")).verdict is Verdict.DIFFERS
    # A layer that no entry made can be a base's that left no history, or one that was put in later.
    below = replace(image, layers=(Layer(), Layer()))
    assert verify(below, text.replace("scratch", "debian")).verdict is Verdict.UNKNOWN


def test_what_no_builder_takes_is_refused() -> None:
    with pytest.raises(DockerfileError) as caught:
        verify(make(TEXT, "classic"), "FROM x\nFOO\n")
    assert caught.value.line == 2


@pytest.mark.parametrize("builder", BUILDERS)
def test_real_builds_match_their_dockerfiles(builder: str) -> None:
    rows = [row for row in built()[1] if isinstance(row.get(builder), dict)][::3]
    matched = 0
    for row in rows:
        image = row_image(row, builder)
        if len(image.history) == len(base_of(builder).history) or row["dockerfile"].startswith("RUN"):
            continue
        given = {"target": row.get("target"), "base": base_of(builder)}
        found = verify(image, row["dockerfile"], **given)
        if found.suggested:
            assert set(found.suggested) <= set(row["args"])
            found = verify(image, row["dockerfile"], build_args=found.suggested, **given)
        if "HTTP_PROXY" not in row["dockerfile"] and not row["dockerfile"].startswith("FROM scratch"):
            assert found.verdict is Verdict.MATCHES or found.unseen == len(found.steps), (
                row["dockerfile"],
                found.reason,
            )
        matched += found.verdict is Verdict.MATCHES
    assert matched > len(rows) * 0.9


@needs_shared
def test_recordings_match_their_own_dockerfile_and_no_other() -> None:
    found = recordings()
    texts = {case: text for case, _, text, _ in found}
    for case, builder, text, raw in found:
        image = image_of(raw)
        assert verify(image, text).verdict is Verdict.MATCHES, (case, builder)
        for other, another in list(texts.items())[:: 1 if builder == "classic" else 4]:
            if other != case:
                try:
                    verdict = verify(image, another).verdict
                except DockerfileError:
                    continue
                assert verdict is Verdict.DIFFERS, (case, builder, other)
