"""Builds every Dockerfile of tests/builders/dockerfiles with every builder at hand and keeps what they saved.

    python tests/recordings/record.py [CASE...]

Writes one file a builder, `<builder>.jsonl`, one JSON object a line: `case` (the Dockerfile's name), `config` and `manifest` (as
the builder saved them; Docker's own store has no manifest); the case names `base` and `anyshell` are the bases' own. Needs root,
docker.io, buildah, skopeo and busybox-static; a current BuildKit takes part where buildkitd and buildctl are on PATH.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.builders import cases
from tests.builders.context import write_context
from tests.builders.engines import Builder, BuildError, Built, default_folder, missing, running

FOLDER = Path(__file__).parent


def entry(case: str, built: Built) -> dict[str, Any]:
    manifest = json.loads(built.raw_manifest) if built.raw_manifest else None
    # The container a builder ran in is noise that says nothing about the image.
    config = {key: value for key, value in built.config.items() if key not in ("container", "container_config")}
    return {"case": case, "config": config, "manifest": manifest}


def build(builder: Builder, case: cases.Case, folder: Path) -> Built | None:
    path = folder / f"{case.name}.Dockerfile"
    path.write_text(case.text, encoding="utf-8")
    try:
        return builder.build(path, folder / "context", f"record-{case.name}", case.args, case.target)
    except BuildError as error:
        print(f"{builder.name} refuses {case.name}: {str(error)[-600:]}", file=sys.stderr)
        return None


def main(names: list[str]) -> int:
    if absent := missing():
        print(f"missing: {', '.join(absent)}", file=sys.stderr)
        return 2
    wanted = [case for case in cases.every() if not names or case.name in names]
    refused = 0
    with tempfile.TemporaryDirectory() as temporary, running(default_folder()) as engines:
        folder = Path(temporary)
        (folder / "context").mkdir()
        write_context(folder / "context")
        for builder in engines.builders.values():
            path = FOLDER / f"{builder.name}.jsonl"
            lines = {name: entry(name, built) for name, built in engines.bases[builder.name].items()}
            if names and path.exists():
                kept = {case.name for case in cases.every() if case.for_builder(builder.name)}
                before = map(json.loads, path.read_text("utf-8").splitlines())
                lines = {line["case"]: line for line in before if line["case"] in kept} | lines
            for case in wanted:
                if case.for_builder(builder.name):
                    built = build(builder, case, folder)
                    refused += built is None
                    if built is not None:
                        lines[case.name] = entry(case.name, built)
            path.write_text(
                "".join(json.dumps(lines[name], ensure_ascii=False) + "\n" for name in sorted(lines)), encoding="utf-8"
            )
            print(f"{path.name}: {len(lines)} images")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
