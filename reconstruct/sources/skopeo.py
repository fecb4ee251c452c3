"""`skopeo inspect`: layers, labels and environment; the config itself comes from `skopeo inspect --config`."""

from __future__ import annotations

from collections.abc import Mapping

from reconstruct.image import Image, Layer
from reconstruct.sources import config as configs
from reconstruct.sources import document
from reconstruct.sources.interface import Candidate, Document, Reading, Remarks

NAME = "skopeo inspect"


def recognises(value: object) -> bool:
    """By `Layers`, `Digest`, `Architecture` and `Os`, without an engine's `Id`."""
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("Layers"), list)
        and {"Digest", "Architecture", "Os"} <= value.keys()
        and "Id" not in value
    )


def images(value: object, found: Document, reading: Reading) -> list[Candidate]:
    """The one image. The RepoTags are the repository's, not the image's."""
    value = document.mapping(value)
    details = [document.mapping(item) for item in document.sequence(value.get("LayersData"))]
    layers = tuple(
        Layer(
            digest=document.optional_string(item.get("Digest")),
            media_type=document.optional_string(item.get("MIMEType")),
            compressed_size=document.size(item.get("Size")),
            annotations=document.string_map(item.get("Annotations")),
        )
        for item in details
    ) or tuple(Layer(digest=digest) for digest in document.strings(value.get("Layers")))
    remarks = Remarks()
    settings = {key: value[key] for key in ("Env", "Labels") if value.get(key) is not None}
    name = document.string(value.get("Name"))
    image = Image(
        config=configs.settings(settings, remarks),
        layers=layers,
        os=document.string(value.get("Os")) or "linux",
        architecture=document.optional_string(value.get("Architecture")),
        variant=document.optional_string(value.get("Variant")),
        created=document.optional_string(value.get("Created")),
        docker_version=document.string(value.get("DockerVersion")),
        digest=document.optional_string(value.get("Digest")),
        tags=(name,) if name else (),
        has_history=False,
        has_config=False,
        notes=(
            "skopeo inspect shows only labels and environment; use skopeo inspect --config",
            *remarks.notes,
        ),
    )
    return [Candidate(lambda: image, tags=image.tags, digest=image.digest)]
