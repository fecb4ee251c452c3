"""BuildKit 0.8 in Docker 20.10: its differences from the current BuildKit (moby 20.10.24, vendor/github.com/moby/buildkit)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reconstruct import golang, pattern
from reconstruct.builders import paths
from reconstruct.builders.buildkit import BuildKit, _listed
from reconstruct.builders.printing import quoted_health
from reconstruct.entries import BUILDKIT_MARK as MARK
from reconstruct.typed import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from reconstruct.builders.build import Build, StageState, Writing
    from reconstruct.builders.prediction import Entry
    from reconstruct.dockerfile.model import Instruction
    from reconstruct.image import Image

_URL = pattern.compile(r"https?://")


class BuildKit08(BuildKit):
    """No here-documents; ARG's entry shows the Dockerfile's own default; no flags in history."""

    name: ClassVar[str] = "buildkit-0.8"
    language: ClassVar[str] = "buildkit-0.8"
    full_title: ClassVar[str] = "BuildKit 0.8 (Docker 20.10)"
    inherits_args: ClassVar[bool] = False

    def matches(self, entry: Entry, created_by: str, version: str | None) -> bool:
        """Only the predicted text, because there is only one version."""
        return entry.matches(created_by)

    def hides(self, entry: Entry, created_by: str, version: str | None) -> bool:
        """Owners set by COPY and ADD, if the version is unknown: this one shows none."""
        made = entry.instruction
        if version is not None or made is None or made.keyword not in ("ADD", "COPY"):
            return False
        return any(flag.startswith("--chown=") for flag in made.flags)

    def shows_default(self, entry: Entry, created_by: str) -> bool:
        """Always: ARG shows the Dockerfile's text."""
        return True

    def defaults_alone(self, image: Image) -> bool:
        """False, whatever version the image seems to have."""
        return False

    def add(self, step: Writing, text: str, *, empty: bool, also: Sequence[str] = ()) -> None:
        """Adds the entry without `also`, the texts of other versions."""
        # One version, one text.
        super().add(step, text, empty=empty)

    # -- ARG, and RUN's list of arguments: a name declared twice is listed twice ---------------------------------------

    def platform_args(self, build: Build) -> dict[str, str]:
        """BuildKit's, without TARGETSTAGE and the OSVERSION ones, which came later."""
        known = super().platform_args(build)
        return {key: value for key, value in known.items() if not key.endswith("OSVERSION") and key != "TARGETSTAGE"}

    def global_arg(self, build: Build, word: str, values: dict[str, str | None], instruction: Instruction) -> None:
        """An ARG without a value unsets an earlier one; a default that can't be expanded is empty, not an error."""
        from reconstruct.dockerfile.errors import DockerfileError

        key, equals, _ = word.partition("=")
        if not equals and key not in build.build_args:
            values[key] = None
            return
        try:
            super().global_arg(build, word, values, instruction)
        except DockerfileError:
            values[key] = ""

    def write_arg(self, step: Writing) -> None:
        """`ARG name=default`, every word expanded with the variables set before the instruction."""
        before: Mapping[str, str] = dict(step.state.env)
        shown = [self._declare_old(step, word, before) for word in step.args]
        self.settle(step, "ARG " + " ".join(shown))

    @staticmethod
    def _declare_old(step: Writing, word: str, env: Mapping[str, str]) -> str:
        key, equals, text = word.partition("=")
        key = step.build.expander.word(key, env)
        own = step.build.expander.word(text, env) if equals else None
        value = step.build.build_args.get(key, own)
        if value is None:
            value = step.build.global_args.get(key)
        if value is not None:
            step.state.env[key] = value
        step.state.declared.append((key, value))
        return key if own is None else f"{key}={own}"

    def shown_arguments(self, state: StageState) -> list[list[str]]:
        """The one `|N` list of this version: a name as often as it was declared."""
        return [_listed(state.declared, state.env)]

    # -- settings ----------------------------------------------------------------------------------------------------

    def write_healthcheck(self, step: Writing) -> None:
        """`HEALTHCHECK` and the check, quoted as Go's `%q` does, without a start interval."""
        from reconstruct.dockerfile import check

        step.config.healthcheck = check.healthcheck(step.instruction, step.build.dialect)
        self.settle(step, f"HEALTHCHECK {quoted_health(step.config.healthcheck)}")

    def write_expose(self, step: Writing) -> None:
        """`EXPOSE map[80/tcp:{}]`, a set."""
        self.settle(step, f"EXPOSE {golang.show_set(self.expose(step))}")

    # -- WORKDIR, COPY, ADD -------------------------------------------------------------------------------------------

    def change_directory(self, state: StageState, path: str) -> str:
        """Joins a relative path to the directory below `/`, by Linux rules on Windows too."""
        current = state.config.workdir
        if path.startswith("/"):
            state.config.workdir = paths.workdir(current, path, windows=False)
        else:
            state.config.workdir = paths.join("/", current, path)
        return state.config.workdir

    def write_copy(self, step: Writing) -> None:
        """COPY as in `write_files`; a variable in --from isn't an error here."""
        self.write_files(step)

    def write_files(self, step: Writing) -> None:
        """`COPY <sources> <destination> # buildkit`, without flags and here-documents."""
        files = [step.expand(word) for word in step.args]
        self.check_sources(step, files[:-1])
        self.add(step, " ".join([step.instruction.keyword, *files]) + MARK, empty=False)

    def check_sources(self, step: Writing, files: Sequence[str]) -> None:
        """DockerfileError for a URL or a git reference as COPY's source."""
        from reconstruct.dockerfile.errors import DockerfileError

        if step.instruction.keyword == "COPY" and any(_URL.match(file) for file in files):
            raise DockerfileError("source can't be a URL or a git ref for COPY")


BUILDER = BuildKit08()
