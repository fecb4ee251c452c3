"""The wheel's build hook: prebuilt tables of parsers and patterns, which make start-up faster; man pages; completion."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TablesHook(BuildHookInterface):
    """Runs before the wheel (or an editable install) is built."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        sys.path.insert(0, self.root)
        from reconstruct import ready

        for path in ready.write():
            build_data["artifacts"].append(os.path.relpath(path, self.root))
        self._shared(build_data)
        if os.environ.get("HATCH_BUILD_HOOK_ENABLE_MYPYC", "").lower() in ("1", "true"):
            self._native_sources()

    def _native_sources(self) -> None:
        """For a compiled wheel: the modules as mypyc makes the fastest code of. This changes the sources: an sdist's, unpacked."""
        from tools import native_sources

        if os.path.exists(os.path.join(self.root, ".git")):
            raise SystemExit("a compiled wheel is built from the sdist, not in the repository: make wheel-compiled")
        native_sources.rewrite(Path(self.root), native_sources.compiled_modules(Path(self.root)))

    def _shared(self, build_data: dict[str, Any]) -> None:
        """Man pages, and completion for bash, zsh and fish, where shells look for them."""
        from reconstruct.cli import completion, manual

        folder = os.path.join(self.root, "build", "shared")
        files = {f"share/man/man1/{name}": text for name, text in manual.man_pages().items()}
        files |= {path: completion.script(shell) for shell, path in completion.PLACES.items()}
        for target, text in files.items():
            source = os.path.join(folder, target)
            os.makedirs(os.path.dirname(source), exist_ok=True)
            with open(source, "w", encoding="utf-8") as file:
                file.write(text)
            build_data["shared_data"][source] = target
