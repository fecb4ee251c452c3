"""The wheel's build hook: puts ready parser tables beside the grammars, so that start-up need not build them."""

from __future__ import annotations

import os
import sys
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class TablesHook(BuildHookInterface):
    """Runs before the wheel (or an editable install) is put together."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel":
            return
        sys.path.insert(0, self.root)
        from reconstruct import grammar

        for path in grammar.write_tables():
            build_data["artifacts"].append(os.path.relpath(path, self.root))
