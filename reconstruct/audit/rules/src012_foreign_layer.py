"""SRC012: A foreign layer is fetched from outside the registry."""

from __future__ import annotations

from collections.abc import Iterator

from reconstruct.audit.context import Context
from reconstruct.audit.finding import Family, Severity
from reconstruct.audit.fingerprint import without_digests
from reconstruct.audit.rule import Hit, Rule, cwe, docker

_MICROSOFT = ("https://mcr.microsoft.com/", "https://go.microsoft.com/", "http://go.microsoft.com/")


def check(context: Context) -> Iterator[Hit]:
    """Fires for each foreign layer; MEDIUM if one of its URLs isn't Microsoft's."""
    steps = {step.layer_index: position for position, step in enumerate(context.steps) if step.layer_index is not None}
    for index, layer in enumerate(context.image.layers):
        if not layer.foreign:
            continue
        others = [url for url in layer.urls if not url.startswith(_MICROSOFT)]
        where = f"from {context.show((others or list(layer.urls))[0], 120)}" if layer.urls else "from an unrecorded URL"
        yield Hit(
            steps.get(index),
            f"layer {index + 1} is foreign: fetched {where}",
            severity=Severity.MEDIUM if others else None,
            bytes=layer.size if layer.size is not None else layer.compressed_size,
            subject=tuple(map(without_digests, layer.urls[:1])),
        )


rule = Rule(
    id="SRC012",
    name="foreign-layer",
    family=Family.SOURCES,
    severity=Severity.INFO,
    summary="A foreign layer is fetched from outside the registry",
    why=(
        "A foreign (nondistributable) layer is not stored with the image but fetched from the URLs in its "
        "manifest. Windows base layers are shipped that way; for anything else, the URL decides what a pull gets, "
        "and pulling an archived copy may fail."
    ),
    fix=(
        "For Windows base layers, do nothing, except keep a copy if the network is closed. Push any other layer "
        "to the registry."
    ),
    references=(
        docker("foreign layers", "reference/cli/dockerd/#allow-push-of-non-distributable-artifacts"),
        cwe(829, "Inclusion of Functionality from Untrusted Control Sphere"),
    ),
    check=check,
)
