"""The rules on the record as a whole: layers, config, times, makers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reconstruct.audit.finding import Finding
from tests.audit.images import BASE, built, config, digest, entry, run

LINES = ("ENV A=1", "RUN make", "COPY app /app", "USER 1000", 'CMD ["/app"]')


def clean() -> dict[str, Any]:
    return built(LINES)


def found(made: dict[str, Any], rule: str, **options: Any) -> list[Finding]:
    return [finding for finding in run(made, **options).findings if finding.rule == rule]


def changed(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    made = clean()
    change(made)
    return made


def _extra_layer(made: dict[str, Any]) -> None:
    made["rootfs"]["diff_ids"].append(digest("extra"))


def _missing_layer(made: dict[str, Any]) -> None:
    made["rootfs"]["diff_ids"].pop()


def _extra_env(made: dict[str, Any]) -> None:
    made["config"]["Env"].append("LD_PRELOAD=/tmp/x.so")


def _extra_volume(made: dict[str, Any]) -> None:
    made["config"]["Volumes"] = {"/data": {}}


def _other_user(made: dict[str, Any]) -> None:
    made["config"]["User"] = "0"


def _other_cmd(made: dict[str, Any]) -> None:
    made["config"]["Cmd"] = ["/bin/evil"]


def _other_env(made: dict[str, Any]) -> None:
    made["config"]["Env"] = [item.replace("A=1", "A=2") for item in made["config"]["Env"]]


def _extra_port(made: dict[str, Any]) -> None:
    made["history"].append(entry("EXPOSE map[8000/tcp:{} 8001/tcp:{}]", 9))
    made["created"] = made["history"][-1]["created"]
    made["config"]["ExposedPorts"] = {"8000/tcp": {}, "8001/tcp": {}, "4444/tcp": {}}


def _older_step(made: dict[str, Any]) -> None:
    made["history"][2]["created"] = "2026-04-25T00:00:00Z"


def _future_step(made: dict[str, Any]) -> None:
    made["history"][3]["created"] = "2031-01-01T00:00:00Z"


def _future_image(made: dict[str, Any]) -> None:
    made["created"] = "2031-01-01T00:00:00Z"


def _zero_time(made: dict[str, Any]) -> None:
    made["history"][2]["created"] = "0001-01-01T00:00:00Z"


def _epoch(made: dict[str, Any]) -> None:
    for one in made["history"]:
        one["created"] = "1970-01-01T00:00:00Z"


def _old_base(made: dict[str, Any]) -> None:
    made["history"][0]["created"] = "2024-01-01T00:00:00Z"


def _no_history(made: dict[str, Any]) -> None:
    made["history"] = []


def _silent(made: dict[str, Any]) -> None:
    for one in made["history"][1:]:
        one["created_by"] = one["comment"] = ""


def _squash(made: dict[str, Any]) -> None:
    made["history"].append(
        {"created": "2026-05-01T12:10:00Z", "comment": "merge sha256:" + 64 * "a" + " to sha256:" + 64 * "b"}
    )
    made["rootfs"]["diff_ids"].append(digest("squash"))


def _commit(made: dict[str, Any]) -> None:
    made["history"].append({"created": "2026-05-01T12:10:00Z", "created_by": "/bin/bash", "comment": "fixed by hand"})
    made["rootfs"]["diff_ids"].append(digest("commit"))


def _foreign_builder(made: dict[str, Any]) -> None:
    made["history"][2] = {"created": made["history"][2]["created"], "created_by": "/bin/sh -c make"}


def _unmarked(made: dict[str, Any]) -> None:
    made["history"][2]["comment"] = ""


def _later_config(made: dict[str, Any]) -> None:
    made["created"] = "2026-05-20T00:00:00Z"


def _imported(made: dict[str, Any]) -> None:
    made["history"][0] = {"created": "2026-04-20T00:00:00Z", "comment": "Imported from -"}


def _reordered(made: dict[str, Any]) -> None:
    made["history"][2]["created_by"] = "RUN /bin/sh -c make \u202e # buildkit"


def _no_diff_ids(made: dict[str, Any]) -> None:
    made["rootfs"]["diff_ids"] = []


def _no_rootfs(made: dict[str, Any]) -> None:
    del made["rootfs"]


def _same_layer(made: dict[str, Any]) -> None:
    made["rootfs"]["diff_ids"][2] = made["rootfs"]["diff_ids"][1]


def _one_time(made: dict[str, Any]) -> None:
    for one in made["history"][1:]:
        one["created"] = made["history"][1]["created"]
    made["created"] = made["history"][1]["created"]


def _other_author(made: dict[str, Any]) -> None:
    made["history"][3]["author"] = "someone"


def _wrong_count(made: dict[str, Any]) -> None:
    made["history"][2]["created_by"] = "RUN |2 A=1 /bin/sh -c make # buildkit"


def _undeclared(made: dict[str, Any]) -> None:
    made["history"].insert(2, entry("ARG V=1", 1))
    made["history"][3]["created_by"] = "RUN |2 V=1 W=2 /bin/sh -c make # buildkit"


def _left_out(made: dict[str, Any]) -> None:
    run_ = made["history"].pop(2)
    text = "RUN |1 V=1 /bin/sh -c make # buildkit"
    made["history"][2:2] = [
        entry("ARG V=1", 1),
        *({**run_, "created_by": one} for one in (text, "RUN /bin/sh -c id # buildkit", text)),
    ]
    made["rootfs"]["diff_ids"] = [digest(f"layer {number}") for number in range(5)]


def _emptied(made: dict[str, Any]) -> None:
    made["history"][2]["empty_layer"] = True
    made["rootfs"]["diff_ids"].pop()


def _filled(made: dict[str, Any]) -> None:
    made["history"][1].pop("empty_layer")
    made["rootfs"]["diff_ids"].append(digest("filled"))


def _on_windows(made: dict[str, Any]) -> None:
    made["os"] = "windows"


RULES: dict[str, list[tuple[Callable[[dict[str, Any]], None], int | None]]] = {
    "REC001": [(_extra_layer, None)],
    "REC002": [(_missing_layer, None)],
    "REC003": [(_extra_env, None), (_extra_volume, None)],
    "REC004": [(_other_user, 4), (_other_cmd, 5), (_other_env, 1), (_extra_port, 6)],
    "REC005": [(_older_step, 2)],
    "REC006": [(_future_step, 3), (_future_image, None)],
    "REC007": [(_zero_time, 2), (_epoch, 0)],
    "REC008": [(_old_base, 1)],
    "REC009": [(_no_history, None), (_silent, 1)],
    "REC010": [(_squash, 6)],
    "REC011": [(_commit, 6)],
    "REC012": [(_foreign_builder, 2), (_unmarked, 2)],
    "REC013": [(_later_config, None)],
    "REC014": [(_imported, 0)],
    "REC015": [(_reordered, 2)],
    "REC016": [(_no_diff_ids, None), (_no_rootfs, None)],
    "REC017": [(_same_layer, 3)],
    "REC018": [(_one_time, 1)],
    "REC019": [(_other_author, 3)],
    "REC020": [(_wrong_count, 2), (_undeclared, 3), (_left_out, 4)],
    "REC021": [(_emptied, 2), (_filled, 1), (_on_windows, None)],
    "SRC010": [],
    "SRC012": [],
    "SIZ009": [],
    "USR009": [],
}
CASES = [(rule, change, at) for rule, changes in RULES.items() for change, at in changes]


def test_a_consistent_record_has_no_findings() -> None:
    assert [(f.rule, f.message) for f in run(clean()).findings if f.rule.startswith("REC")] == []


@pytest.mark.parametrize(("rule", "change", "at"), CASES, ids=[f"{rule}{change.__name__}" for rule, change, _ in CASES])
def test_an_edited_record_is_reported(rule: str, change: Callable[[dict[str, Any]], None], at: int | None) -> None:
    hits = found(changed(change), rule)
    assert len(hits) == 1, [(f.rule, f.step, f.message) for f in run(changed(change)).findings]
    if at is not None:
        assert hits[0].step == at


def test_a_loader_variable_without_a_step_is_high() -> None:
    assert found(changed(_extra_env), "REC003")[0].severity == "high"


def test_all_steps_at_one_time_on_a_newer_base_is_a_reproducible_build() -> None:
    made = clean()
    for one in made["history"][1:]:
        one["created"] = "2026-03-01T00:00:00Z"
    made["created"] = "2026-03-01T00:00:00Z"
    assert [finding.severity for finding in found(made, "REC005")] == ["info"]


def test_kanikos_config_is_not_a_difference() -> None:
    history = [
        BASE,
        {"created": "0001-01-01T00:00:00Z", "author": "kaniko", "created_by": "RUN make"},
        {"created": "0001-01-01T00:00:00Z", "author": "kaniko", "created_by": "COPY app /app"},
    ]
    made = config(history, {"Cmd": ["/app"], "User": "1000"})
    assert [f.severity for f in run(made).findings if f.rule.startswith("REC") and f.severity.rank > 1] == []


def test_a_config_alone_is_not_a_stripped_image() -> None:
    # What `docker image inspect` prints has no history to strip.
    import reconstruct
    from reconstruct.audit.engine import Options, audit

    printed = [{"Id": digest("x"), "RepoTags": ["a:1"], "Architecture": "amd64", "Os": "linux", "Config": {"Cmd": ["x"]},
                "RootFS": {"Type": "layers", "Layers": [digest("l")]}}]  # fmt: skip
    import json

    image = reconstruct.load(json.dumps(printed).encode())
    findings = audit(image, reconstruct.steps(image), Options(hadolint=False)).findings
    assert [finding.rule for finding in findings if finding.rule.startswith("REC")] == []


def test_a_base_named_by_buildah_without_digest() -> None:
    history = [
        {"created": "2026-05-01T12:00:00Z", "created_by": "/bin/sh"},
        {
            "created": "2026-05-01T12:00:01Z",
            "created_by": "/bin/sh -c make",
            "comment": "FROM docker.io/library/debian:13",
        },
    ]
    assert [(f.step, f.severity) for f in found(config(history), "SRC010")] == [(1, "low")]
    history[1]["comment"] = "FROM docker.io/library/debian:latest"
    assert [f.step for f in found(config(history), "SRC009")] == [1]


def test_foreign_layers_and_their_addresses() -> None:
    made = clean()
    layers = [{"mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip", "digest": digest(str(n)), "size": 100 + n}
              for n in range(3)]  # fmt: skip
    layers[1] |= {
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "urls": ["https://x.example.org/l"],
    }
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                "config": {"digest": digest("c"), "size": 1, "mediaType": "application/vnd.docker.container.image.v1+json"},
                "layers": layers}  # fmt: skip
    hits = [f for f in run(made, manifest=manifest).findings if f.rule == "SRC012"]
    assert [(f.step, f.severity, f.bytes) for f in hits] == [(2, "medium", 101)]
    assert hits[0].layer_size == 101
    assert hits[0].size_kind == "compressed"


def test_the_step_with_most_of_the_image() -> None:
    made = clean()
    layers = [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest(str(n)), "size": size}
              for n, size in enumerate((30_000_000, 90_000_000, 100))]  # fmt: skip
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": {"digest": digest("c"), "size": 1, "mediaType": "application/vnd.oci.image.config.v1+json"},
                "layers": layers}  # fmt: skip
    hits = [f for f in run(made, manifest=manifest).findings if f.rule == "SIZ009"]
    assert [(f.step, f.bytes) for f in hits] == [(2, 90_000_000)]


def test_a_missing_healthcheck_is_reported_only_with_a_port() -> None:
    assert found(clean(), "USR009") == []
    made = built((*LINES, "EXPOSE map[8080/tcp:{}]"))
    assert len(found(made, "USR009")) == 1


def test_what_the_base_did_is_marked() -> None:
    made = built(("RUN chmod 777 /app",))
    base = config([BASE, entry("RUN chmod 777 /app", 0)])
    import reconstruct

    hits = found(made, "USR005", base=reconstruct.load(base))
    assert [finding.in_base for finding in hits] == [True]


def test_a_label_or_port_that_the_config_lost() -> None:
    made = built((*LINES, "LABEL a=b", "EXPOSE map[8080/tcp:{}]"))
    made["config"]["ExposedPorts"] = {"8080/tcp": {}}
    assert found(made, "REC004") == []
    made["config"]["Labels"], made["config"]["ExposedPorts"] = {}, None
    assert [hit.severity.value for hit in found(made, "REC004")] == ["low", "low"]


def test_what_only_a_container_has() -> None:
    made = clean()
    made["config"].update({"Domainname": "evil", "Tty": True, "Hostname": "0123456789ab"})
    assert [hit.message for hit in found(made, "REC003")] == [
        "the config has settings that only containers have: Domainname, Tty"
    ]


def test_an_author_that_no_entry_names() -> None:
    made = {**clean(), "author": "someone"}
    assert [hit.message for hit in found(made, "REC019")] == [
        "the image's author is someone, whom no history entry names"
    ]
    made["history"].insert(1, entry("MAINTAINER someone", 0, empty_layer=True))
    assert found(made, "REC019") == []


def test_a_shell_and_a_volume_that_differ_in_the_config() -> None:
    made = built(["SHELL [/bin/bash -c]", "VOLUME /data"])
    made["config"].update({"Shell": ["/evil", "-c"], "Volumes": {"/data": {}}})
    assert [hit.step for hit in found(made, "REC004")] == [1]
    made["config"].update({"Shell": ["/bin/bash", "-c"], "Volumes": {}})
    assert [hit.message for hit in found(made, "REC004")] == [
        "VOLUME /data is set by a step, but missing from the config"
    ]
    del made["config"]["Shell"], made["config"]["Volumes"]
    assert [hit.step for hit in found(made, "REC004")] == [2]


def test_a_build_argument_that_no_step_declares() -> None:
    made = built(["RUN |1 EVIL=1 /bin/sh -c make", "RUN |1 HTTP_PROXY=x /bin/sh -c make"])
    assert [hit.step for hit in found(made, "REC020")] == [1]


def test_an_installing_step_with_an_empty_layer() -> None:
    from reconstruct.pairing import EMPTY_DIFF_ID

    made = built(["RUN apt-get update && apt-get install -y nginx", "RUN true"])
    made["rootfs"]["diff_ids"][2] = EMPTY_DIFF_ID
    assert found(made, "REC021") == []
    made["rootfs"]["diff_ids"][1] = EMPTY_DIFF_ID
    assert [hit.step for hit in found(made, "REC021")] == [1]


def test_a_trigger_that_no_step_sets_except_buildkit_s() -> None:
    made = clean()
    made["config"]["OnBuild"] = ["RUN evil"]
    assert found(made, "REC003") == []
    made["history"] = [{**BASE, "comment": ""}, {"created": "2026-05-01T12:00:00Z", "created_by": "/bin/sh -c make"}]
    made["config"].pop("Env")
    assert any("ONBUILD RUN evil" in hit.message for hit in found(made, "REC003"))


def test_the_author_of_a_maintainer_is_not_a_change() -> None:
    made = clean()
    made["history"].insert(1, entry("MAINTAINER someone", 0, empty_layer=True))
    for one in made["history"][1:]:
        one["author"] = "someone"
    assert found(made, "REC019") == []


def test_times_of_1980_mean_none() -> None:
    made = clean()
    for entry_ in made["history"]:
        entry_["created"] = "1980-01-01T00:00:01Z"
    assert len(found(made, "REC007")) == 1


def test_a_container_kept_running_by_a_shell_was_committed() -> None:
    for text in ("bash", "sleep infinity", "tail -f /dev/null"):
        assert [hit.step for hit in found(built((*LINES, f"RUN {text}")), "REC011")] == [len(LINES) + 1]
    assert found(built((*LINES, "RUN bash -n /x.sh", "RUN sleep 5")), "REC011") == []


def test_messages_use_the_singular() -> None:
    commit = {"created": "2026-05-01T12:10:00Z", "created_by": "fix prod", "comment": "fix prod"}
    made = clean()
    made["history"].append(commit)
    made["rootfs"]["diff_ids"].append(digest("commit"))
    texts = [hit.message for hit in run(made).findings] + [hit.message for hit in run(changed(_zero_time)).findings]
    assert not [text for text in texts if "fix prod: fix prod" in text or text.startswith("1 entries")]
    assert any(
        "history entries has no timestamp" in text or "history entries has a zero timestamp" in text for text in texts
    )


@pytest.mark.parametrize(("packages", "told"), [("gcc", "gcc stays in"), ("gcc make", "gcc, make stay in")])
def test_one_build_tool_stays_and_several_stay(packages: str, told: str) -> None:
    found = run(built([f"RUN apt-get update && apt-get install -y {packages}"])).findings
    assert [hit.message for hit in found if hit.rule == "SIZ013"] == [f"{told} the image"]


def test_articles_follow_pronunciation() -> None:
    from reconstruct.audit.secrets.scan import article

    assert [article(name) for name in ("AWS key", "npm token", "GitHub token", "IBM key", "Slack token", "age secret key")] == [
        "an", "an", "a", "an", "a", "an"
    ]  # fmt: skip


def test_a_default_password_is_named_but_not_masked_in_messages() -> None:
    finding = next(hit for hit in run(built(["ENV DB_PASSWORD=password"])).findings if hit.rule == "SEC001")
    assert finding.message == "ENV DB_PASSWORD contains a well-known default password"
    assert "=****" in finding.evidence
