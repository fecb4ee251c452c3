"""The function from inputs to rows, `rows_of`, used in processes, on clusters and in Spark."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from reconstruct.errors import ReconstructError
from reconstruct.fleet import schema
from reconstruct.fleet.inputs import Item
from reconstruct.fleet.needs import package
from reconstruct.fleet.reading import images, key_of, worth_telling
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.base import Chain
    from reconstruct.image import Image, Layer
    from reconstruct.report.model import Report

_INT64 = 2**63
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which rows to make. `audit`: whether to include findings; `now`: their reference date; `known`: the keys of
    images to skip."""

    audit: bool = True
    strict: bool = False
    now: datetime | None = None
    known: Collection[str] = frozenset()


@dataclass(slots=True)
class Rows:
    """Rows by table, each in the order of `schema.TABLES`. `seen`: the number of images, including `known` ones."""

    tables: dict[str, list[Row]] = field(default_factory=lambda: {table: [] for table in schema.TABLES})
    seen: int = 0


def rows_of(inputs: Iterable[Item], wanted: Wanted) -> Rows:
    """The rows of every image in the inputs. Never raises for an input: unreadable ones become rows of `errors`."""
    rows = Rows()
    done = set()
    for item in inputs:
        for name, image in images(item, strict=wanted.strict):
            if isinstance(image, ReconstructError):
                if worth_telling(item):
                    rows.tables["errors"].append((name, _text(str(image))))
                continue
            rows.seen += 1
            key = key_of(image)
            if key in done or key in wanted.known:
                continue
            done.add(key)
            try:
                made = _made(key, name, image, wanted)
            except Exception as error:
                # A bug of ours in one image must not affect the others: it is listed, so that it can be reported.
                rows.tables["errors"].append((name, f"internal error: {type(error).__name__}: {_text(error)}"))
                continue
            for table, some in made.items():
                rows.tables[table].extend(some)
    return rows


def arrow_tables(rows: Rows) -> dict[str, Any]:
    """The rows as Arrow tables, one per table of the schema."""
    arrow = package("pyarrow", "fleet")
    made = {}
    for table, kind in schema.types().items():
        columns = list(zip(*rows.tables[table], strict=True)) or [()] * len(kind)
        arrays = [arrow.array(values, type=each.type) for values, each in zip(columns, kind, strict=True)]
        made[table] = arrow.Table.from_arrays(arrays, schema=kind)
    return made


def _made(key: str, name: str, image: Image, wanted: Wanted) -> dict[str, list[Row]]:
    from reconstruct import api
    from reconstruct.base import find_chain
    from reconstruct.report import model

    steps = api.steps(image)
    chain = find_chain(image, steps)
    report = model.build(image, steps, chain.base)
    tables = {
        "images": [_image(key, name, image, report)],
        "steps": list(_steps(key, report)),
        "layers": list(_layers(key, image, report)),
        "bases": list(_bases(key, chain)),
    }
    if wanted.audit:
        from reconstruct.audit.engine import Options, audit

        found = audit(image, steps, Options(now=wanted.now, chain=chain, hadolint=False), name=name)
        tables["findings"] = list(_findings(key, found))
    return tables


def _image(key: str, name: str, image: Image, report: Report) -> Row:
    config = image.config
    labels = config.get("Labels")
    return (
        key,
        _text(name),
        [_text(tag) for tag in image.tags],
        _text(image.platform),
        _text(image.os),
        _text(image.os_version),
        _text(image.architecture),
        _text(image.variant),
        moment(image.created),
        _text(image.author) or None,
        next((row.step.dialect.value for row in reversed(report.steps) if row.step), None),
        image.image_id,
        image.digest,
        len(report.steps),
        len(image.layers),
        _whole(report.uncompressed),
        _whole(report.transfer),
        None if report.base.scratch else _text(report.base.name),
        report.base.entries,
        _text(config.get("User")) or None,
        [(_text(k), _text(v)) for k, v in labels.items()] if isinstance(labels, Mapping) else [],
        _texts(config.get("Env")),
        _texts(config.get("Entrypoint")),
        _texts(config.get("Cmd")),
        [_text(note) for note in image.notes],
    )


def _whole(total: Any) -> int | None:
    return number(total.size) if total.complete and total.told else None


def _steps(key: str, report: Report) -> Iterable[Row]:
    from reconstruct.report import values

    for row in report.steps:
        step, layer = row.step, row.layer
        assert step is not None
        yield (
            key,
            row.number,
            _text(row.text),
            step.instruction.keyword or None,
            json.dumps(values.instruction(step.instruction), ensure_ascii=True),
            _text(step.raw),
            step.certainty.value,
            step.dialect.value,
            _utc(row.created),
            row.in_base,
            row.layer_index,
            _text(layer.diff_id) if layer else None,
            _text(layer.digest) if layer else None,
            number(layer.size) if layer else None,
            number(layer.compressed_size) if layer else None,
        )


def _layers(key: str, image: Image, report: Report) -> Iterable[Row]:
    makers = {row.layer_index: row for row in report.steps if row.layer_index is not None}
    for position, layer in enumerate(image.layers):
        row = makers.get(position)
        full: Layer = row.layer if row is not None and row.layer is not None else layer
        yield (
            key,
            position,
            _text(layer.diff_id),
            _text(layer.digest),
            _text(layer.media_type),
            number(full.size),
            number(full.compressed_size),
            layer.foreign,
            row.number if row else None,
        )


def _bases(key: str, chain: Chain) -> Iterable[Row]:
    for position, part in enumerate(chain.images):
        names = [_text(name) for name in part.names]
        reason = "; ".join(_text(reason) for reason in part.reasons)
        yield (key, position, _text(part.name), names, part.digest, part.entries, part.certainty.value, reason)


def _findings(key: str, found: Any) -> Iterable[Row]:
    for each in found.findings:
        yield (
            key,
            each.rule,
            each.name,
            each.severity.value,
            None if each.step is None else each.step + 1,
            _text(each.message),
            _text(each.evidence),
            each.in_base,
            number(each.bytes),
            each.fingerprint,
        )


def _text(value: Any) -> Any:
    """A value as text that UTF-8 can encode; None stays None."""
    if value is None:
        return None
    return str(value).encode("utf-8", "backslashreplace").decode("utf-8")


def _texts(value: Any) -> list[Any]:
    return [_text(item) for item in value] if isinstance(value, Sequence) and not isinstance(value, str) else []


def number(value: int | None) -> int | None:
    """The number if it fits into 64 bits."""
    return value if value is not None and -_INT64 <= value < _INT64 else None


def moment(text: str | None) -> datetime | None:
    """The time, UTC, None if the text isn't one."""
    from reconstruct import times

    return _utc(times.parse(text))


def _utc(when: datetime | None) -> datetime | None:
    if when is None:
        return None
    try:
        shifted = when.astimezone(UTC) if when.tzinfo else when.replace(tzinfo=UTC)
        # Arrow's microseconds since 1970 cover all of datetime; converted here so that a bad zone only affects its own row.
        _ = (shifted - _EPOCH) // timedelta(microseconds=1)
    except (OverflowError, ValueError):
        return None
    return shifted
