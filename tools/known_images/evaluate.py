"""Which history entries an official image's own Dockerfile gave it, as fingerprints."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from known_images.library import Source
from known_images.mirrors import Mirrors

import reconstruct
from reconstruct.base.known.canonical import START, WIDTH, first_of, follow, particulars, shape, texts
from reconstruct.builders.predicting import predict
from reconstruct.builders.prediction import DEFAULT_PATH, Prediction
from reconstruct.errors import ReconstructError
from reconstruct.image import HistoryEntry, Image
from reconstruct.syntax import Arg, Env, Step

# Official images were built by the classic builder, and since 2023 one after the other by BuildKit.
_CLASSIC_UNTIL = "2024-12-31"
_BUILDKIT_SINCE = "2022-09-01"
_VARIABLE = re.compile(r"\$\{?(\w+)")
_DEFAULT = {"Env": [f"PATH={DEFAULT_PATH}"]}


@dataclass(frozen=True)
class Row:
    """The own entries of one image by one builder.

    `fingerprint` is the whole row's, `first` its first step's, `length` the entries; `targets` and `sources` are the
    particulars of its COPY steps, None where the builder hides them; `weight` is how many characters speak for it; `shape`
    is the fingerprint of its shape, `opening` and `closing` are the shapes of its first and last step.
    """

    fingerprint: bytes
    first: bytes
    length: int
    targets: bytes | None
    sources: bytes | None
    weight: int
    shape: bytes
    opening: str = ""
    closing: str = ""


@dataclass(frozen=True)
class Built:
    """The result of a Dockerfile: the rows of its own entries, its config, the name in its FROM, the variables that it sets."""

    rows: tuple[Row, ...]
    config: Mapping[str, object]
    base: str
    variables: tuple[tuple[str, str], ...]


@dataclass
class Evaluator:
    """Evaluates Dockerfiles of the mirrors. Equal texts on equal grounds are evaluated once."""

    mirrors: Mirrors
    known: dict[tuple[object, ...], Built | None] = field(default_factory=dict)

    def text(self, source: Source) -> tuple[str, str] | None:
        """(blob ID, Dockerfile) of a source; None where no mirror has it."""
        read = self.mirrors.read(source.url, f"{source.commit}:{source.path}")
        return (read[0], read[1].decode("utf-8", "replace")) if read else None

    def build(
        self, blob: str, text: str, source: Source, base: Mapping[str, object] | None, builders: Sequence[str]
    ) -> Built | None:
        """What `text` gives on a base of that config (None: not known, or scratch); None where no builder takes it."""
        config = self._relevant(text, base or _DEFAULT)
        platform = "windows/amd64" if source.architecture.startswith("windows") else "linux/amd64"
        key = (blob, platform, builders, repr(sorted(config.items())))
        if key not in self.known:
            self.known[key] = _evaluate(text, Image(config=config, os=platform.split("/")[0]), platform, builders)
        return self.known[key]

    def _relevant(self, text: str, config: Mapping[str, object]) -> dict[str, object]:
        """What of a base's config can show in the history of what is built on it."""
        used = set(_VARIABLE.findall(text))
        env = [item for item in config.get("Env") or [] if item.partition("=")[0] in used | {"PATH"}]  # type: ignore[attr-defined]
        kept = {key: config[key] for key in ("Shell", "WorkingDir", "OnBuild") if config.get(key)}
        return {**kept, "Env": env}


def builders_of(first: str, last: str) -> tuple[str, ...]:
    """The builders that an image listed between these days can have been built by."""
    if last < _BUILDKIT_SINCE:
        return ("classic",)
    return ("buildkit",) if first > _CLASSIC_UNTIL else ("classic", "buildkit")


def _evaluate(text: str, base: Image, platform: str, builders: Sequence[str]) -> Built | None:
    rows: dict[Row, None] = {}
    prediction = None
    variables: tuple[tuple[str, str], ...] = ()
    path = next((item[5:] for item in base.config.get("Env") or () if item.startswith("PATH=")), "")
    for builder in builders:
        try:
            prediction = predict(text, builder=builder, base=base, platform=platform)
        except ReconstructError:
            continue
        steps = _steps(prediction, platform)
        if steps:
            rows[_row(steps, path)] = None
            variables = _variables(steps)
    if prediction is None:
        return None
    return Built(tuple(rows), dict(prediction.config), prediction.base, variables)


def _steps(prediction: Prediction, platform: str) -> tuple[Step, ...]:
    entries = tuple(
        HistoryEntry(
            created_by=f"{entry.created_by}file:{'0' * 64}{entry.after}" if entry.checksum else entry.created_by,
            empty_layer=bool(entry.empty_layer),
        )
        for entry in prediction.own
    )
    image = Image(history=entries, config=prediction.config, os=platform.split("/")[0])
    return reconstruct.steps(image)[: len(entries)]


def _variables(steps: Sequence[Step]) -> tuple[tuple[str, str], ...]:
    values = {}
    for step in steps:
        if isinstance(step.instruction, Env | Arg):
            values.update((pair.key, pair.value or "") for pair in step.instruction.pairs)
    return tuple((key, value) for key, value in values.items() if len(value) < 64)


def fingerprint(row: Sequence[str]) -> bytes:
    value = START
    for text in row:
        value = follow(value, text)
    return value[:WIDTH]


def _row(steps: Sequence[Step], path: str) -> Row:
    own = texts(steps, path)
    targets, sources = particulars(steps)
    weight = min(sum(len(text) for text in own if not text.startswith(("COPY ", "ADD "))), 255)
    shapes = [shape(step) for step in steps]
    return Row(
        fingerprint(own),
        first_of(own[0]),
        len(own),
        targets,
        sources,
        weight,
        fingerprint(shapes),
        shapes[0],
        shapes[-1],
    )
