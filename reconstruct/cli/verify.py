"""`reconstruct verify`: was this image built from this Dockerfile?"""

from __future__ import annotations

import os
import sys

from reconstruct.cli import declare, options
from reconstruct.errors import ReconstructError
from reconstruct.show import terminal


def _build_args(value: tuple[str, ...]) -> dict[str, str]:
    """`K=V`, or `K` with the value that the environment has, as the builders take it."""
    found = {}
    for text in value:
        name, equals, given = text.partition("=")
        if not name:
            raise ValueError(f"{text!r} is not K=V")
        if equals:
            found[name] = given
        elif name in os.environ:
            found[name] = os.environ[name]
    return found


def _schema() -> str:
    from reconstruct.verify.show import schema

    return schema()


@declare.command("verify")
@options.image_argument
@declare.argument("dockerfile", metavar="DOCKERFILE", type=options.PATH)
@declare.option("--target", metavar="STAGE", help="The stage that was built (default: the last).")
@declare.option(
    "--build-arg",
    "build_args",
    metavar="K=V",
    multiple=True,
    convert=_build_args,
    help="A build argument that was given. Those not given are solved for where the image gives them away.",
)
@options.source_options
@declare.option("--base", metavar="IMAGE", help="The base image, a saved form: then its part is compared too.")
@options.catalogue_option
@options.secrets_option
@options.format_option("text", "json", "patch")
@options.schema_option(_schema)
@options.output_option
@options.color_option
def command(
    image: str,
    dockerfile: str,
    target: str | None,
    build_args: dict[str, str],
    manifest: str | None,
    platform: str | None,
    tag: str | None,
    strict: bool,
    base: str | None,
    catalogue: str | None,
    show_secrets: bool,
    format_: str,
    output: str | None,
    color: bool | None,
) -> None:
    """Tell whether IMAGE was built from DOCKERFILE.

    The Dockerfile is evaluated as the image's builder does it, and the history and config that it gives are compared
    with the image's, step by step. Exits 0 where it matches, 1 where it differs, and 2 where it can't be told.
    """
    from reconstruct import api
    from reconstruct.base.catalogue import opened
    from reconstruct.verify import show
    from reconstruct.verify.model import Verdict
    from reconstruct.verify.reading import read_dockerfile

    if image == dockerfile == "-":
        raise ReconstructError("IMAGE and DOCKERFILE can't both be standard input")
    text, _ = read_dockerfile(dockerfile)
    loaded = options.load(image, manifest=manifest, platform=platform, tag=tag, strict=strict)
    below = options.load_base(base, strict)
    if isinstance(below, str):
        raise ReconstructError(f"--base {below}: verify needs the base image itself, not its name")
    with opened(catalogue) as known:
        found = api.verified(
            loaded,
            text,
            names=(image, dockerfile),
            target=target,
            build_args=build_args,
            base=below,
            catalogue=known,
            show_secrets=show_secrets,
        )
    if format_ == "patch":
        options.write_exact(found.fix.patch if found.fix else "", output)
        if found.verdict is Verdict.DIFFERS and not (found.fix and found.fix.patch):
            options.say(found.fix.text if found.fix else f"no change of a few lines makes it match: {found.reason}")
    elif format_ == "json":
        from reconstruct.show.text import json_text

        options.write(json_text(found.to_dict()), output)
    else:
        shown = show.as_text(
            found,
            color=output is None and terminal.use_color(color),
            width=terminal.width() if output is None else None,
        )
        options.show(shown, output)
    sys.exit({Verdict.MATCHES: 0, Verdict.DIFFERS: 1, Verdict.UNKNOWN: 2}[found.verdict])
