"""Built by one engine, exported, built again by each: the same files, the same config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from reconstruct.base import Base, find_base
from reconstruct.files.export import export, plan
from reconstruct.files.names import named
from reconstruct.files.reading import read
from reconstruct.sources import open_image
from tests.builders.engines import Buildah, Builder, Engines
from tests.files.live import cases, filesystem

BUILDERS = ("classic", "buildkit-0.8", "buildah-layers")
# Each case is built by one engine, in turn, and built again by all.
EVERY = [(name, BUILDERS[place % 3]) for place, name in enumerate(cases.CASES)]
# buildah's own default: one layer for the whole build.
SINGLE = [(name, "buildah") for name in ("copy-tree", "run-deletes", "copy-into-folder", "entrypoint", "add-archive")]
_PASSING = ("Hostname", "Domainname", "Image", "ArgsEscaped", "Shell")


def settings(config: dict[str, Any]) -> dict[str, Any]:
    """What is in force; what builders add by themselves is left out."""
    found = {key: value for key, value in (config.get("config") or {}).items() if value and key not in _PASSING}
    labels = {key: value for key, value in (found.pop("Labels", None) or {}).items() if key != "io.buildah.version"}
    if found.get("WorkingDir") == "/":
        # What none means; BuildKit writes it on an empty root.
        del found["WorkingDir"]
    return found | {"Labels": labels}


def built(name: str, builder: str, engines: Engines, folder: Path) -> tuple[str, dict[str, Any]]:
    """The case, built once for all tests; its tag and its config."""
    context = folder / "original"
    context.mkdir()
    cases.write_context(context)
    (folder / "Dockerfile").write_text(cases.text(name), encoding="utf-8")
    tag = f"export-{name}-{builder}"
    made = engines.once(tag, lambda: engines.builders[builder].build(folder / "Dockerfile", context, tag))
    return tag, dict(made.config)


def exported(engines: Engines, builder: Builder, tag: str, folder: Path, frozen: bool) -> Path:
    archive = folder / "saved.tar"
    if not archive.exists():
        builder.save(tag, archive)
    with open_image(archive) as opened:
        contents = read(opened)
        contents.steps = named(contents)
        base = Base() if frozen else find_base(contents.image, contents.steps)
        target = folder / ("frozen" if frozen else "again")
        export(contents, plan(contents, base, frozen), str(target))
    return target


def again(builder: Builder, folder: Path, tag: str) -> dict[str, Any]:
    """Builds the folder; the image's config. buildah's cache ignores files' times."""
    if isinstance(builder, Buildah):
        policy = f"--signature-policy={builder._policy}"
        options = ("--no-cache", "--layers", "--isolation=chroot", "--format=docker", "--pull=never", policy)
        made = builder.buildah("bud", "-q", *options, "-t", tag, "-f", str(folder / "Dockerfile"), str(folder))
        return dict(builder.read(made.split()[-1]).config)
    return dict(builder.build(folder / "Dockerfile", folder, tag).config)


@pytest.mark.parametrize(("name", "builder"), [*EVERY, *SINGLE])
def test_frozen_gives_the_same_file_system_with_every_engine(
    name: str, builder: str, engines: Engines, tmp_path: Path
) -> None:
    tag, config = built(name, builder, engines, tmp_path)
    want = filesystem.read(engines.builders[builder], tag, tmp_path)
    folder = exported(engines, engines.builders[builder], tag, tmp_path, frozen=True)

    for other in BUILDERS:
        new = again(engines.builders[other], folder, f"{tag}-{other}")
        got = filesystem.read(engines.builders[other], f"{tag}-{other}", tmp_path)
        found = filesystem.differences(want, got, times=True)
        assert not found, "\n".join([other, *found, (folder / "Dockerfile").read_text()])
        assert settings(new) == settings(config), other


@pytest.mark.parametrize(("name", "builder"), [*EVERY, *SINGLE])
def test_run_again_gives_the_same_but_for_times(name: str, builder: str, engines: Engines, tmp_path: Path) -> None:
    tag, config = built(name, builder, engines, tmp_path)
    want = filesystem.read(engines.builders[builder], tag, tmp_path)
    folder = exported(engines, engines.builders[builder], tag, tmp_path, frozen=False)

    new = again(engines.builders[builder], folder, f"{tag}-again")
    got = filesystem.read(engines.builders[builder], f"{tag}-again", tmp_path)

    found = filesystem.differences(want, got, times=False)
    assert not found, "\n".join([*found, (folder / "Dockerfile").read_text()])
    assert settings(new) == settings(config)
