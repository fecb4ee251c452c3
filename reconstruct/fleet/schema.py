"""The tables of an index: their columns, types and meaning. The tables in docs/fleet.md are generated from this."""

from __future__ import annotations

from dataclasses import dataclass

from reconstruct.fleet.needs import package
from reconstruct.typed import Any

# Raised if a column changes its meaning or is removed, or fingerprints are made otherwise; new columns don't raise it.
VERSION = 2


@dataclass(frozen=True, slots=True)
class Column:
    """`kind` is one of the kinds in `types`; a value is null if the saved form doesn't have it."""

    name: str
    kind: str
    meaning: str


_KEY = Column("image", "text", "the image's key: its image ID, else its digest, else the SHA-256 of the saved form")

TABLES: dict[str, tuple[Column, ...]] = {
    "images": (
        _KEY,
        Column("source", "text", "the input it was first read from"),
        Column("tags", "texts", "its names"),
        Column("platform", "text", "os/architecture[/variant]"),
        Column("os", "text", "operating system"),
        Column("os_version", "text", "operating system version (Windows)"),
        Column("architecture", "text", "architecture"),
        Column("variant", "text", "variant of the architecture"),
        Column("created", "moment", "when it was created according to the config, UTC"),
        Column("author", "text", "the config's author"),
        Column("builder", "text", "the builder that wrote the last step: classic, buildkit, buildah, kaniko, other"),
        Column("image_id", "text", "image ID (the config's digest)"),
        Column("digest", "text", "the manifest's digest"),
        Column("steps", "number", "number of build steps"),
        Column("layers", "number", "number of layers"),
        Column("size", "number", "bytes of all layers, uncompressed"),
        Column("transfer_size", "number", "bytes of all layers as transferred"),
        Column("base", "text", "the base image named in FROM; null if unknown"),
        Column("base_entries", "number", "how many of the first history entries belong to the base"),
        Column("user", "text", "the config's User"),
        Column("labels", "map", "the config's Labels"),
        Column("env", "texts", "the config's Env"),
        Column("entrypoint", "texts", "the config's Entrypoint"),
        Column("cmd", "texts", "the config's Cmd"),
        Column("notes", "texts", "oddities noticed while reading it"),
    ),
    "steps": (
        _KEY,
        Column("number", "number", "the step's number, from 1"),
        Column("text", "text", "the step on one line, in Dockerfile terms"),
        Column("instruction", "text", "RUN, COPY, …; null if it isn't a Dockerfile instruction"),
        Column("fields", "text", "the instruction's fields as JSON, as `reconstruct ast` prints them"),
        Column("raw", "text", "the original created_by"),
        Column("certainty", "text", "exact, inferred or lost"),
        Column("builder", "text", "the builder that wrote the entry"),
        Column("created", "moment", "when the step was created, UTC"),
        Column("in_base", "truth", "whether the step belongs to the base image"),
        Column("layer", "number", "the position of its layer, from 0; null if there is none or it is unknown"),
        Column("diff_id", "text", "its layer's diff ID"),
        Column("digest", "text", "its layer's digest"),
        Column("size", "number", "its layer's bytes, uncompressed"),
        Column("transfer_size", "number", "its layer's bytes as transferred"),
    ),
    "layers": (
        _KEY,
        Column("position", "number", "0 is the lowest"),
        Column("diff_id", "text", "the uncompressed tar's digest"),
        Column("digest", "text", "the blob's digest"),
        Column("media_type", "text", "media type"),
        Column("size", "number", "bytes, uncompressed"),
        Column("transfer_size", "number", "bytes as transferred"),
        Column("foreign", "truth", "whether it is a foreign (non-distributable) layer"),
        Column("step", "number", "the number of the step that made it"),
    ),
    "findings": (
        _KEY,
        Column("rule", "text", "the audit rule's ID"),
        Column("name", "text", "the rule's name"),
        Column("severity", "text", "info, low, medium, high or critical"),
        Column("step", "number", "the number of the step; null for the image as a whole"),
        Column("message", "text", "what was found, secrets masked"),
        Column("evidence", "text", "the text it was found in, secrets masked"),
        Column("in_base", "truth", "whether the step belongs to the base image"),
        Column("bytes", "number", "the bytes involved, if known"),
        Column("fingerprint", "text", "stable from build to build"),
    ),
    "bases": (
        _KEY,
        Column("position", "number", "0 is the lowest image of the chain"),
        Column("name", "text", "the name of the base image; null if unknown"),
        Column("names", "texts", "all its known names"),
        Column("digest", "text", "its digest"),
        Column("entries", "number", "the number of history entries up to its end, images below included"),
        Column("certainty", "text", "exact, inferred or lost"),
        Column("reason", "text", "the evidence"),
    ),
    "errors": (
        Column("source", "text", "the input"),
        Column("message", "text", "why it couldn't be read"),
    ),
}


def types() -> dict[str, Any]:
    """Table name → Arrow schema. The schema's metadata holds the version."""
    arrow = package("pyarrow", "fleet")
    kinds = {
        "text": arrow.string(),
        "texts": arrow.list_(arrow.string()),
        "number": arrow.int64(),
        "truth": arrow.bool_(),
        "moment": arrow.timestamp("us", tz="UTC"),
        "map": arrow.map_(arrow.string(), arrow.string()),
    }
    return {
        table: arrow.schema(
            [arrow.field(column.name, kinds[column.kind]) for column in columns],
            metadata={"reconstruct.version": str(VERSION)},
        )
        for table, columns in TABLES.items()
    }


def as_markdown() -> str:
    """The tables as in docs/fleet.md."""
    shown = {
        "text": "string",
        "texts": "list<string>",
        "number": "int64",
        "truth": "bool",
        "moment": "timestamp[us, UTC]",
        "map": "map<string, string>",
    }
    lines = []
    for table, columns in TABLES.items():
        lines += [f"### {table}", "", "| column | type | meaning |", "| --- | --- | --- |"]
        lines += [f"| {column.name} | {shown[column.kind]} | {column.meaning} |" for column in columns]
        lines.append("")
    return "\n".join(lines)
