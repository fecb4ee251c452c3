"""`reconstruct verify`: was this image built from this Dockerfile?"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

from reconstruct.cli import declare, folder, many, options, sweep
from reconstruct.errors import ReconstructError
from reconstruct.show import terminal
from reconstruct.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reconstruct.fleet.inputs import Item


def _build_args(value: tuple[str, ...]) -> dict[str, str]:
    """`K=V`, or `K` with its value from the environment, as the builders accept it."""
    found = {}
    for text in value:
        name, equals, given = text.partition("=")
        if not name:
            raise ValueError(f"{text!r}: not K=V")
        if equals:
            found[name] = given
        elif name in os.environ:
            found[name] = os.environ[name]
    return found


def _schema() -> str:
    from reconstruct.verify.show import schema

    return schema()


# The names of the verdicts for one image and for several, by exit status.
_WORDS = (("matches", "match"), ("differs", "differ"), ("unknown", "unknown"))


@declare.command("verify")
@declare.argument("image", metavar="IMAGE... DOCKERFILE", nargs=-1, type=options.PATH)
@declare.option("--target", metavar="STAGE", help="The stage that was built (default: the last).")
@declare.option(
    "--build-arg",
    "build_args",
    metavar="K=V",
    multiple=True,
    convert=_build_args,
    help="A build argument that was used. Missing ones are solved for if the image reveals them.",
)
@options.source_options
@declare.option("--base", metavar="IMAGE", help="The base image, a saved form; its steps are then compared too.")
@options.catalogue_option
@options.secrets_option
@options.format_option("text", "json", "patch")
@options.schema_option(_schema)
@options.output_option
@declare.option(
    "--pairs",
    metavar="FILE",
    type=options.PATH,
    help="JSON lines of images with their Dockerfiles: `image`, `dockerfile`, and optionally `target`, `build_args`.",
)
@folder.option
@sweep.jobs_option
@options.color_option
def command(image: tuple[str, ...], pairs: str | None, output_dir: str | None, jobs: int, **given: Any) -> None:
    """Check whether IMAGE was built from DOCKERFILE.

    The Dockerfile is evaluated as the image's builder would, and the resulting history and config are compared with the
    image's, step by step. Exits 0 if it matches, 1 if it differs, and 2 if the answer is unknown.

    Each of many images (a directory, JSON lines, a list of paths, several IMAGEs) is checked against DOCKERFILE, in which
    `{name}`, `{repository}`, `{tag}`, `{file}` and `{folder}` are replaced by the image's: `services/{name}/Dockerfile`.
    """
    if pairs is not None:
        if image:
            raise _usage("--pairs already names the images and Dockerfiles")
        _verify_many((pairs,), list(_pairs(pairs)), given, output_dir, jobs)
        return
    if len(image) < 2:
        raise _usage("IMAGE and DOCKERFILE are required")
    *images, given["dockerfile"] = image
    if output_dir is None and len(images) == 1 and not many.is_many(images[0]):
        verify(images[0], images, **given)
    else:
        _verify_many(images, None, given, output_dir, jobs)


def _usage(text: str) -> Exception:
    import click

    return click.UsageError(text)


def _verify_many(
    images: Sequence[str], items: list[Item] | None, given: dict[str, Any], output_dir: str | None, jobs: int
) -> None:
    from reconstruct.cli.putting import Verdicts

    ending = folder.ending(given["format_"])
    target = Verdicts(_WORDS) if given["format_"] == "text" and output_dir is None else None
    many.run("verify", images, given, output_dir, ending, jobs, layers=False, target=target, items=items)


def _pairs(path: str) -> Iterator[Item]:
    """The images of a file of pairs, each with the options from its line."""
    from reconstruct.fleet.inputs import Item, lines
    from reconstruct.sources.regular import open_regular

    with open_regular(path) as file:
        for line in lines(path, file):
            try:
                yield line if line.error else _pair(line.data or b"")
            except ValueError as error:
                yield Item(line.label, error=f"{line.label}: {error}")


def _pair(line: bytes) -> Item:
    import json

    from reconstruct.fleet.inputs import Item

    try:
        value = json.loads(line)
    except RecursionError:
        raise ValueError("not valid JSON") from None
    if not isinstance(value, dict) or not all(isinstance(value.get(key), str) for key in ("image", "dockerfile")):
        raise ValueError("not an object with `image` and `dockerfile`")
    target, build_args = value.get("target"), value.get("build_args") or {}
    if not isinstance(target, str | None) or not isinstance(build_args, dict):
        raise ValueError("`target` must be a string and `build_args` an object")
    given = {"dockerfile": value["dockerfile"]}
    given |= {"target": target} if target is not None else {}
    given |= {"build_args": {str(key): str(each) for key, each in build_args.items()}} if build_args else {}
    return Item(value["image"], value["image"], given=given)


def verify(
    name: str,
    image: Sequence[Any],
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
    """Verifies one image, which the report calls by that name; exits with the verdict's status."""
    from reconstruct import api
    from reconstruct.base.catalogue import opened
    from reconstruct.verify import show
    from reconstruct.verify.model import Verdict
    from reconstruct.verify.pattern import filled, is_pattern
    from reconstruct.verify.reading import read_dockerfile

    if name == dockerfile == "-":
        raise ReconstructError("IMAGE and DOCKERFILE can't both be standard input")
    text = "" if is_pattern(dockerfile) else read_dockerfile(dockerfile)[0]
    loaded = options.load(image, manifest=manifest, platform=platform, tag=tag, strict=strict)
    if is_pattern(dockerfile):
        dockerfile = filled(dockerfile, loaded, loaded.source or name)
        text, _ = read_dockerfile(dockerfile)
    below = options.load_base(base, strict)
    if isinstance(below, str):
        raise ReconstructError(f"--base {below}: verify needs the base image itself, not its name")
    with opened(catalogue) as known:
        found = api.verified(
            loaded,
            text,
            names=(name, dockerfile),
            target=target,
            build_args=build_args,
            base=below,
            catalogue=known,
            show_secrets=show_secrets,
        )
    if format_ == "patch":
        options.write_exact(found.fix.patch if found.fix else "", output)
        if found.verdict is Verdict.DIFFERS and not (found.fix and found.fix.patch):
            options.say(
                found.fix.text if found.fix else f"no change to a few lines would make it match: {found.reason}"
            )
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


command.callback.single = verify  # type: ignore[attr-defined]
command.callback.named = True  # type: ignore[attr-defined]
