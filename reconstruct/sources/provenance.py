"""Build provenance attestations: in-toto statements with a SLSA predicate (v0.2, v1), of BuildKit and of others.

BuildKit's predicates are described in its docs/attestations/slsa-definitions.md: with mode=max they hold the build's
LLB steps (`buildConfig`), the Dockerfile (`source.infos`), the lines of each step (`source.locations`) and the layers
that each step's result consists of (`layers`).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qs, unquote

from reconstruct.golang import is_digits
from reconstruct.image import Layer, Provenance, SourceLocation
from reconstruct.record import replace
from reconstruct.reference import Parts
from reconstruct.sources import document
from reconstruct.typed import Any

_V02_METADATA = "https://mobyproject.org/buildkit@v1#metadata"
PREFIX = "https://slsa.dev/provenance/"
# Materials that are tools of the build, not bases of the image.
_TOOLS = ("docker/dockerfile", "docker/dockerfile-upstream", "docker/buildkit-syft-scanner")


def statement_in(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The statement that a JSON object is or contains, else None."""
    if str(value.get("predicateType", "")).startswith(PREFIX):
        return value
    if isinstance(value.get("payload"), str) and "payloadType" in value:
        return _enveloped(value)
    for key in ("buildx.build.provenance", "SLSA"):
        if isinstance(value.get(key), Mapping):
            return {"predicate": value[key]}
    if isinstance(value.get("buildDefinition"), Mapping) or ("buildType" in value and "materials" in value):
        return {"predicate": value}
    return None


def _enveloped(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The statement inside a DSSE envelope."""
    payload = _decoded(value["payload"])
    inner = document.parse(document.decode(payload, "attestation"), "attestation") if payload else None
    return statement_in(inner) if isinstance(inner, Mapping) and "payload" not in inner else None


def from_statement(statement: Mapping[str, Any], layers: Sequence[Layer] = ()) -> Provenance:
    """The provenance from an in-toto statement; see `from_predicate`."""
    kind = document.string(statement.get("predicateType"))
    return from_predicate(document.mapping(statement.get("predicate")), kind, layers)


def from_predicate(predicate: Mapping[str, Any], kind: str = "", layers: Sequence[Layer] = ()) -> Provenance:
    """The provenance from a predicate. Other builders' predicates give their builder and materials, never a Dockerfile.

    `layers` are the image's; the steps' lines are then assigned to them by position.
    """
    v1 = isinstance(predicate.get("buildDefinition"), Mapping)
    kind = kind or PREFIX + ("v1" if v1 else "v0.2")
    definition = document.mapping(predicate.get("buildDefinition")) if v1 else predicate
    run = document.mapping(predicate.get("runDetails")) if v1 else predicate
    metadata = document.mapping(run.get("metadata"))
    build_type = document.string(definition.get("buildType"))
    details = document.mapping(metadata.get("buildkit_metadata" if v1 else _V02_METADATA))
    builder = document.string(document.mapping(run.get("builder")).get("id")) or build_type
    materials = document.sequence(definition.get("resolvedDependencies" if v1 else "materials"))
    if "buildkit" not in build_type.lower():
        return Provenance(builder=builder, predicate_type=kind, base_images=_base_images(materials, ()))
    config = definition.get("buildConfig")
    if v1:
        config = document.mapping(definition.get("internalParameters")).get("buildConfig")
    steps = document.sequence(document.mapping(config).get("llbDefinition"))
    source = document.mapping(details.get("source"))
    chosen, data, name = _dockerfile(source)
    chains = _locations(source, chosen, document.mapping(details.get("layers")))
    return Provenance(
        builder=builder,
        predicate_type=kind,
        mode="max" if steps or source else "min",
        dockerfile=data.decode("utf-8", "surrogateescape") if data is not None else None,
        filename=name,
        base_images=_base_images(materials, _sources(steps)),
        layer_locations=_by_digest(chains),
        dockerfile_data=data,
        layer_lines=_by_position(chains, layers),
    )


def _decoded(value: Any) -> bytes | None:
    try:
        return base64.b64decode(document.string(value), validate=True)
    except (binascii.Error, ValueError):
        return None


def _dockerfile(source: Mapping[str, Any]) -> tuple[int, bytes | None, str | None]:
    """The Dockerfile among the sources: its number, its bytes, its name."""
    infos = [document.mapping(item) for item in document.sequence(source.get("infos"))]
    order = sorted(range(len(infos)), key=lambda number: infos[number].get("language") != "Dockerfile")
    for number in order:
        data = _decoded(infos[number].get("data"))
        if data:
            return number, data, document.optional_string(infos[number].get("filename"))
    return 0, None, None


_Chains = dict[tuple[str, ...], tuple[SourceLocation, ...]]


def _locations(source: Mapping[str, Any], chosen: int, layers: Mapping[str, Any]) -> _Chains:
    """The lines of the step that made the last layer of each chain of layer digests."""
    lines = {
        step: ranges
        for step, item in document.mapping(source.get("locations")).items()
        if (ranges := _ranges(document.mapping(item), chosen))
    }
    found: _Chains = {}
    for output, chains in sorted(layers.items(), key=lambda item: _natural(item[0])):
        own = lines.get(output.partition(":")[0])
        for chain in document.sequence(chains) if own else ():
            digests = tuple(document.string(document.mapping(item).get("digest")) for item in document.sequence(chain))
            if own and digests:
                found.setdefault(digests, own)
    return found


def _by_digest(chains: _Chains) -> dict[str, tuple[SourceLocation, ...]]:
    found: dict[str, tuple[SourceLocation, ...]] = {}
    for digests, ranges in chains.items():
        found[digests[-1]] = (*found.get(digests[-1], ()), *ranges)
    return found


def _by_position(chains: _Chains, layers: Sequence[Layer]) -> tuple[tuple[SourceLocation, ...], ...]:
    """The lines of each layer of the image: those of the chain that equals the image's up to it."""
    own = tuple(layer.digest or "" for layer in layers)
    matching = {len(digests): ranges for digests, ranges in chains.items() if digests == own[: len(digests)]}
    return tuple(matching.get(number, ()) for number in range(1, len(own) + 1)) if matching else ()


def with_lines(provenance: Provenance, layers: Sequence[Layer]) -> Provenance:
    """A provenance read separately from its image, with the lines of layers whose digest occurs once."""
    if provenance.layer_lines or not provenance.layer_locations:
        return provenance
    count = Counter(layer.digest for layer in layers)
    lines = tuple(
        provenance.layer_locations.get(layer.digest or "", ()) if count[layer.digest] == 1 else () for layer in layers
    )
    return replace(provenance, layer_lines=lines if any(lines) else ())


def _natural(text: str) -> list[tuple[int, str]]:
    return [(int(part), "") if is_digits(part) else (0, part) for part in re.split(r"(\d{1,9})", text)]


def _ranges(item: Mapping[str, Any], chosen: int) -> tuple[SourceLocation, ...]:
    """A step's line ranges in the chosen source, with adjacent ones merged."""
    found: list[tuple[int, int]] = []
    for location in document.sequence(item.get("locations")):
        known = document.mapping(location)
        if (document.size(known.get("sourceIndex")) or 0) != chosen:
            continue
        for span in document.sequence(known.get("ranges")):
            start = document.size(document.mapping(document.mapping(span).get("start")).get("line"))
            end = document.size(document.mapping(document.mapping(span).get("end")).get("line"))
            if start:
                found.append((start, max(start, end or start)))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if merged and start <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(SourceLocation(start, end) for start, end in merged)


def _sources(steps: Sequence[Any]) -> tuple[str, ...]:
    """The digests of the images that the build used, the last stage's base first."""
    by_id = {document.string(document.mapping(step).get("id")): document.mapping(step) for step in steps}
    digests = [digest for step in by_id.values() if (digest := _image_digest(step))]
    current = document.mapping(steps[-1]) if steps else {}
    seen: set[str] = set()
    while current:
        if digest := _image_digest(current):
            digests.insert(0, digest)
            break
        seen.add(document.string(current.get("id")))
        inputs = document.strings(current.get("inputs"))
        parent = inputs[0].partition(":")[0] if inputs else ""
        current = by_id.get(parent, {}) if parent not in seen else {}
    return tuple(dict.fromkeys(digests))


def _image_digest(step: Mapping[str, Any]) -> str | None:
    operation = document.mapping(document.mapping(step.get("op")).get("Op") or step.get("op"))
    identifier = document.string(document.mapping(operation.get("source")).get("identifier"))
    match = re.match(r"(?:docker-image|oci-layout)://.*@(sha256:[0-9a-f]{64})$", identifier)
    return match[1] if match else None


def _base_images(materials: Sequence[Any], used: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """(name, digest) of the image materials; only those of the build's own steps, if known."""
    found = []
    for item in materials:
        known = document.mapping(item)
        name = _image_name(document.string(known.get("uri")))
        digests = document.string_map(known.get("digest"))
        if name and "sha256" in digests and name.split(":")[0] not in _TOOLS:
            found.append((name, f"sha256:{digests['sha256']}"))
    if used:
        order = {digest: number for number, digest in enumerate(used)}
        found = sorted((pair for pair in found if pair[1] in order), key=lambda pair: order[pair[1]])
    return tuple(dict.fromkeys(found))


def _image_name(uri: str) -> str | None:
    """`pkg:docker/alpine@3.18?platform=linux%2Famd64` is `alpine:3.18` (package-url, types docker and oci)."""
    match = re.match(r"pkg:(?:docker|oci)/([^?#]+)(?:\?([^#]*))?", uri)
    if match is None:
        return None
    name, _, version = match[1].partition("@")
    qualifiers = parse_qs(match[2] or "")
    tag = unquote(version) or qualifiers.get("tag", [""])[0]
    name = unquote(name)
    return str(Parts(name, "" if tag.startswith("sha256:") else tag))
