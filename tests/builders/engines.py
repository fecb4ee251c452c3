"""Real builders under test: Docker's classic builder and BuildKit, buildah, and a current BuildKit where there is one.

`running(folder)` gives engines of our own, with storage of their own under `folder`, to every test process of one run, and
stops them after the last. Nothing that was running before is touched.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.builders import supervise
from tests.builders.context import root_filesystem

# Another `docker` (without BuildKit inside) may come first on PATH, so Debian's place is looked at before it.
_PLACES = os.pathsep.join(["/usr/bin", "/usr/sbin", os.environ.get("PATH", "")])
_SUPERVISE = Path(__file__).with_name("supervise.py")
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_MEMORY = Path("/dev/shm")
_ROOM = 4 << 30
# Seconds for an engine to come up, which takes two where nothing else runs.
_WAIT = 180
# buildah runs every RUN from a sealed copy of itself in memory; the kernel refuses the seal while another processor still
# holds one of the pages (F_ADD_SEALS in fcntl(2): EBUSY), which passes.
_FAULTS_OF_THE_MACHINE = ("sealing memfd copy: Device or resource busy",)
_TRIES = 5
BASES = {"base": False, "anyshell": True}


class BuildError(Exception):
    """The builder refused or failed; the message is what it said."""


class NoEngineError(Exception):
    """An engine does not come up here; the message ends with what it said."""


@dataclass(frozen=True)
class Built:
    """What a builder saved: the image config and its manifest, as bytes and parsed."""

    image_id: str
    raw_config: bytes
    raw_manifest: bytes | None = None
    config: Mapping[str, Any] = field(default_factory=dict)
    manifest_digest: str | None = None

    @classmethod
    def of(
        cls, image_id: str, raw_config: bytes, raw_manifest: bytes | None = None, manifest_digest: str | None = None
    ) -> Built:
        return cls(image_id, raw_config, raw_manifest, json.loads(raw_config), manifest_digest)

    def to_json(self) -> str:
        manifest = None if self.raw_manifest is None else self.raw_manifest.decode()
        return json.dumps([self.image_id, self.raw_config.decode(), manifest, self.manifest_digest])

    @classmethod
    def from_json(cls, text: str) -> Built:
        image_id, config, manifest, digest = json.loads(text)
        return cls.of(image_id, config.encode(), None if manifest is None else manifest.encode(), digest)


def program(name: str) -> str | None:
    return shutil.which(name, path=_PLACES)


def missing() -> list[str]:
    """The programs that the engines need and that are not there."""
    needed = ("docker", "dockerd", "containerd", "runc", "buildah", "busybox", "skopeo")
    absent = [name for name in needed if program(name) is None]
    if os.geteuid() != 0:
        absent.append("root")
    return absent


def run(command: list[str], env: Mapping[str, str] | None = None, cwd: Path | None = None) -> str:
    """What the command prints; raises BuildError with what it said if it fails, after a fault of the machine's only if that
    comes back."""
    for _ in range(_TRIES):
        done = subprocess.run(
            command,
            env={**os.environ, **(env or {})},
            cwd=cwd,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        if not done.returncode or not any(fault in done.stdout + done.stderr for fault in _FAULTS_OF_THE_MACHINE):
            break
    if done.returncode:
        raise BuildError(f"{' '.join(command)}\n{done.stdout}{done.stderr}".strip())
    return done.stdout


class Builder(ABC):
    """One way to build: `name` is what recordings and test ids call it."""

    name: str

    @abstractmethod
    def build(
        self,
        dockerfile: Path,
        context: Path,
        tag: str,
        args: Mapping[str, str] | None = None,
        target: str | None = None,
    ) -> Built:
        """Builds the file in the context and tags it; raises BuildError."""

    @abstractmethod
    def save(self, tag: str, archive: Path) -> None:
        """Saves the tagged image as an archive that people would have."""

    @abstractmethod
    def extract(self, tag: str, path: str, folder: Path) -> Path:
        """Copies `path` out of the image into `folder`; the result's path."""


class Docker(Builder):
    """The classic builder or BuildKit 0.8 inside Docker 20.10, reading results straight from the engine's store."""

    def __init__(self, folder: Path, buildkit: bool) -> None:
        self.name = "buildkit-0.8" if buildkit else "classic"
        self._buildkit = buildkit
        self._folder = folder
        self._command = [program("docker") or "docker", "-H", f"unix://{folder}/docker.sock"]
        self._env = {"DOCKER_BUILDKIT": str(int(buildkit)), "DOCKER_CONFIG": str(folder / "client")}

    def docker(self, *arguments: str) -> str:
        return run([*self._command, *arguments], self._env)

    def build(
        self,
        dockerfile: Path,
        context: Path,
        tag: str,
        args: Mapping[str, str] | None = None,
        target: str | None = None,
    ) -> Built:
        options = [f"--build-arg={key}={value}" for key, value in (args or {}).items()]
        options += [f"--target={target}"] if target else []
        # Classic keeps nothing of an earlier build unless asked to; a cached step would hide a difference of time only.
        image = self.docker(
            "build", "-q", "--network=none", *options, "-t", tag, "-f", str(dockerfile), str(context)
        ).strip()
        return self.read(image)

    def read(self, image: str) -> Built:
        if not image.startswith("sha256:"):
            image = self.docker("image", "inspect", "-f", "{{.Id}}", image).strip()
        images = next((self._folder / "data" / "image").glob("*/imagedb/content/sha256"))
        return Built.of(image, (images / image.removeprefix("sha256:")).read_bytes())

    def save(self, tag: str, archive: Path) -> None:
        self.docker("save", "-o", str(archive), tag)

    def extract(self, tag: str, path: str, folder: Path) -> Path:
        container = self.docker("create", tag, "none").strip()
        try:
            target = folder / Path(path.rstrip("/") or "root").name
            self.docker("cp", f"{container}:{path}", str(target))
            return target
        finally:
            self.docker("rm", container)


class Buildah(Builder):
    """buildah, a layer for every step (`layers`) or one for the whole build, which is its own default."""

    def __init__(self, folder: Path, layers: bool) -> None:
        self.name = "buildah-layers" if layers else "buildah"
        self._layers = layers
        self._folder = folder
        self._policy = folder / "policy.json"
        self._registries = folder / "registries.conf"
        self._store = folder / "buildah"
        storage = ["--root", str(self._store / "root"), "--runroot", str(self._store / "run")]
        self._command = [program("buildah") or "buildah", *storage, "--registries-conf", str(self._registries)]

    def prepare(self) -> None:
        self._policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        self._registries.write_text("unqualified-search-registries = []\n")

    def buildah(self, *arguments: str) -> str:
        return run([*self._command, *arguments])

    def build(
        self,
        dockerfile: Path,
        context: Path,
        tag: str,
        args: Mapping[str, str] | None = None,
        target: str | None = None,
    ) -> Built:
        options = [f"--build-arg={key}={value}" for key, value in (args or {}).items()]
        options += [f"--target={target}"] if target else []
        # A step comes from the cache only if its history would be the same, which is all that is tested.
        options += ["--layers"] if self._layers else ["--layers=false"]
        command = [
            "bud", "-q", "--isolation=chroot", "--format=docker", "--pull=never",
            f"--signature-policy={self._policy}", *options, "-t", tag, "-f", str(dockerfile), str(context),
        ]  # fmt: skip
        output = self.buildah(*command)
        return self.read(output.split()[-1])

    def read(self, image: str) -> Built:
        """Reads containers/storage: next to each image are its manifest and, under its digest in base64, its config."""
        if len(image) != 64:
            image = self.buildah("inspect", "--type=image", "-f", "{{.FromImageID}}", image).strip()
        folder = next((self._store / "root").glob("*-images")) / image
        key = base64.b64encode(f"sha256:{image}".encode()).decode()
        return Built.of(f"sha256:{image}", (folder / f"={key}").read_bytes(), (folder / "manifest").read_bytes())

    def save(self, tag: str, archive: Path) -> None:
        driver = next((self._store / "root").glob("*-images")).name.removesuffix("-images")
        store = f"[{driver}@{self._store}/root+{self._store}/run]"
        run(
            [program("skopeo") or "skopeo", "--policy", str(self._policy), "copy", "-q",
             f"containers-storage:{store}localhost/{tag}", f"oci-archive:{archive}:{tag}"]
        )  # fmt: skip

    def extract(self, tag: str, path: str, folder: Path) -> Path:
        container = self.buildah("from", "--pull-never", tag).strip()
        try:
            mount = Path(self.buildah("mount", container).strip())
            target = folder / Path(path.rstrip("/") or "root").name
            run(["cp", "-a", str(mount / path.lstrip("/")), str(target)])
            return target
        finally:
            self.buildah("rm", container)


class BuildkitHead(Builder):
    """A current BuildKit (`buildkitd` and `buildctl` on PATH); bases are handed over as OCI layouts."""

    name = "buildkit-head"

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._layouts = folder / "layouts"
        self._command = [program("buildctl") or "buildctl", "--addr", f"unix://{folder}/buildkitd.sock"]

    def build(
        self,
        dockerfile: Path,
        context: Path,
        tag: str,
        args: Mapping[str, str] | None = None,
        target: str | None = None,
    ) -> Built:
        options = [f"--opt=build-arg:{key}={value}" for key, value in (args or {}).items()]
        options += [f"--opt=target={target}"] if target else []
        for layout in self._layouts.iterdir() if self._layouts.exists() else ():
            digest = _layout_image(layout).manifest_digest
            options += [
                f"--oci-layout={layout.name}={layout}",
                f"--opt=context:{layout.name}=oci-layout://{layout.name}@{digest}",
            ]
        result = self._folder / "results" / tag.replace(":", "_")
        shutil.rmtree(result, ignore_errors=True)
        run(
            [*self._command, "build", "--progress=plain", "--frontend=dockerfile.v0", *options,
             f"--local=context={context}", f"--local=dockerfile={dockerfile.parent}",
             f"--opt=filename={dockerfile.name}", "--opt=force-network-mode=none",
             f"--output=type=oci,tar=false,dest={result},name={tag}"]
        )  # fmt: skip
        return _layout_image(result)

    def add_base(self, name: str, tag: str) -> None:
        """Makes the result of an earlier build usable as `FROM name`."""
        self._layouts.mkdir(exist_ok=True)
        shutil.copytree(self._folder / "results" / tag, self._layouts / name, dirs_exist_ok=True)

    def save(self, tag: str, archive: Path) -> None:
        with tarfile.open(archive, "w") as tar:
            tar.add(self._folder / "results" / tag.replace(":", "_"), arcname=".")

    def extract(self, tag: str, path: str, folder: Path) -> Path:
        raise BuildError("not needed: Docker's builders extract")


@dataclass(frozen=True)
class Engines:
    """The builders of one run, and the bases built by each: `bases[builder name][base name]`."""

    folder: Path
    builders: Mapping[str, Builder]
    bases: Mapping[str, Mapping[str, Built]]

    def once(self, name: str, build: Callable[[], Built]) -> Built:
        """The result of `build`, run by the first test of any process that needs `name`; the others wait for it."""
        kept = self.folder / "built" / f"{name}.json"
        kept.parent.mkdir(exist_ok=True)
        with kept.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                kept.write_text(build().to_json(), encoding="utf-8")
            return Built.from_json(kept.read_text(encoding="utf-8"))


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Engines]:
    """Engines under `folder`, started if this is the first process to ask for them, stopped after the last one.

    Raises NoEngineError with the end of the engine's log if it does not come up.
    """
    with (folder.parent / "reconstruct-engines.lock").open("w") as start_lock:
        fcntl.flock(start_lock, fcntl.LOCK_EX)
        alive = _hold(folder)
        builders = _builders(folder)
        if not (folder / "ready").exists():
            try:
                _start(folder)
            except BaseException:
                alive.close()  # whatever did start ends, and removes the folder; else there is nobody to do it
                with contextlib.suppress(FileNotFoundError):
                    supervise.main(folder, [])
                raise
            _build_bases(folder, builders)
            (folder / "ready").touch()
        fcntl.flock(start_lock, fcntl.LOCK_UN)
        try:
            yield Engines(folder, builders, {name: _read_bases(builder, folder) for name, builder in builders.items()})
        finally:
            alive.close()


def _hold(folder: Path) -> IO[str]:
    """Keeps the supervisor from stopping the engine until the file is closed (or this process dies)."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        # Nothing is there if an engine before us was just being removed.
        with contextlib.suppress(FileNotFoundError):
            alive = (folder / "alive").open("w")
            fcntl.flock(alive, fcntl.LOCK_SH)
            if os.path.samestat((folder / "alive").stat(), os.fstat(alive.fileno())):
                return alive
            alive.close()


def _builders(folder: Path) -> dict[str, Builder]:
    every: list[Builder] = [Docker(folder, False), Docker(folder, True), Buildah(folder, False), Buildah(folder, True)]
    if program("buildkitd") and program("buildctl"):
        every.append(BuildkitHead(folder))
    return {builder.name: builder for builder in every}


def _start(folder: Path) -> None:
    Buildah(folder, False).prepare()
    (folder / "client").mkdir(exist_ok=True)
    (folder / "daemon.json").write_text("{}")
    docker = [program("docker") or "docker", "-H", f"unix://{folder}/docker.sock", "version"]
    for driver in ("overlay2", "vfs"):
        command = [
            program("dockerd") or "dockerd", "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec",
            "-H", f"unix://{folder}/docker.sock", "-p", f"{folder}/pid", "--storage-driver", driver,
            "--iptables=false", "--bridge=none", "--config-file", f"{folder}/daemon.json",
        ]  # fmt: skip
        log = _supervised(folder, command, docker)
        if log is None:
            break
    else:
        raise NoEngineError(f"dockerd does not start:\n{log}")
    if (buildkitd := program("buildkitd")) and (buildctl := program("buildctl")):
        address = f"unix://{folder}/buildkitd.sock"
        command = [buildkitd, "--root", f"{folder}/buildkit", "--addr", address, "--containerd-worker=false",
                   "--config", str(folder / "buildkitd.toml")]  # fmt: skip
        (folder / "buildkitd.toml").write_text("")
        log = _supervised(folder / "head", command, [buildctl, "--addr", address, "debug", "workers"])
        if log is not None:
            raise NoEngineError(f"buildkitd does not start:\n{log}")


def _supervised(folder: Path, command: list[str], ping: list[str]) -> str | None:
    """Starts the program under the supervisor and waits until `ping` succeeds; the end of its log if it ends before that.

    Raises NoEngineError if it runs and does not answer: another would find its lock and socket in use.
    """
    folder.mkdir(exist_ok=True)
    if not (folder / "alive").exists():
        (folder / "alive").symlink_to("../alive")
    supervisor = subprocess.Popen(
        [sys.executable, str(_SUPERVISE), str(folder), *command], stdin=subprocess.DEVNULL, start_new_session=True
    )
    deadline = time.monotonic() + _WAIT
    while supervisor.poll() is None:
        if _answers(ping):
            return None
        if time.monotonic() > deadline:
            raise NoEngineError(f"{command[0]} does not answer for {_WAIT} s:\n{_end_of_log(folder)}")
        time.sleep(0.2)
    return _end_of_log(folder)


def _answers(ping: list[str]) -> bool:
    with contextlib.suppress(subprocess.TimeoutExpired):
        return subprocess.run(ping, capture_output=True, stdin=subprocess.DEVNULL, timeout=_WAIT).returncode == 0
    return False


def _end_of_log(folder: Path) -> str:
    log = folder / "log"
    return log.read_text(errors="replace")[-2000:] if log.exists() else "(no log)"


def _build_bases(folder: Path, builders: Mapping[str, Builder]) -> None:
    for name, stand_in in BASES.items():
        context = folder / "bases" / name
        context.mkdir(parents=True)
        (context / "rootfs.tar").write_bytes(root_filesystem(stand_in))
        (context / "Dockerfile").write_text(f'FROM scratch\nADD rootfs.tar /\nENV PATH={PATH}\nCMD ["sh"]\n')
        for builder in builders.values():
            if builder.name in ("buildkit-0.8", "buildah-layers"):
                continue  # they share the store, and so the base, of the one before
            built = builder.build(context / "Dockerfile", context, name)
            if isinstance(builder, BuildkitHead):
                builder.add_base(name, name)
            (folder / "bases" / f"{name}.{builder.name}").write_text(built.image_id)


def _read_bases(builder: Builder, folder: Path) -> dict[str, Built]:
    if isinstance(builder, BuildkitHead):
        return {name: _layout_image(folder / "layouts" / name) for name in BASES}
    assert isinstance(builder, Docker | Buildah)
    owner = "classic" if isinstance(builder, Docker) else "buildah"
    ids = {name: (folder / "bases" / f"{name}.{owner}").read_text() for name in BASES}
    return {
        name: builder.read(image if owner == "classic" else image.removeprefix("sha256:"))
        for name, image in ids.items()
    }


def _layout_image(layout: Path) -> Built:
    """The image of an OCI layout, through as many indexes as there are."""
    document = json.loads((layout / "index.json").read_bytes())
    raw, digest = b"", ""
    while "manifests" in document:
        digest = document["manifests"][0]["digest"]
        raw = (layout / "blobs" / digest.replace(":", "/")).read_bytes()
        document = json.loads(raw)
    config = document["config"]["digest"]
    return Built.of(config, (layout / "blobs" / config.replace(":", "/")).read_bytes(), raw, digest)


def default_folder() -> Path:
    """One folder for all processes of a test run: short, since a socket's path may have 108 bytes.

    In memory where there is room for it, since builders wait for the disk at every step.
    """
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    parent = _MEMORY if _roomy(_MEMORY) else Path(tempfile.gettempdir())
    return parent / f"reconstruct-{run[:12]}"


def _roomy(folder: Path) -> bool:
    """Whether the folder can hold the engines' images and run what is in them."""
    if not os.access(folder, os.W_OK):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >= _ROOM and not found.f_flag & (os.ST_NOEXEC | os.ST_NODEV | os.ST_RDONLY)
