"""The options that mean the same in every command, and how they become an image."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from reconstruct.errors import ReconstructError
from reconstruct.show.text import one_line

if TYPE_CHECKING:
    from reconstruct.image import Image

_STRICT = "reconstruct.strict"
F = TypeVar("F", bound=Callable[..., Any])


def image_argument(function: F) -> F:
    return click.argument("image", metavar="IMAGE")(function)


def images_argument(function: F) -> F:
    """IMAGE, and further inputs that tell of the same image (its history, what `inspect` printed)."""
    return click.argument("image", metavar="IMAGE...", nargs=-1, required=True)(function)


def _keep_strict(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    context.meta[_STRICT] = value


def source_options(function: F) -> F:
    """`--manifest`, `--platform`, `--tag` and `--strict`: which image of what was saved, and how sure it must be."""
    for option in (
        click.option(
            "--strict",
            is_flag=True,
            expose_value=False,
            callback=_keep_strict,
            help="A doubt, such as a digest that does not fit, is an error.",
        ),
        click.option("--tag", metavar="NAME", help="The image of this name and tag, where several were saved."),
        click.option("--platform", metavar="OS/ARCH", help="The image for this platform, e.g. linux/arm64."),
        click.option(
            "--manifest",
            metavar="FILE",
            help="What IMAGE alone does not tell: its manifest, or its config, inspect output or provenance.",
        ),
    ):
        function = option(function)
    return function


def base_option(function: F) -> F:
    return click.option(
        "--base",
        metavar="IMAGE|NAME",
        help="The base image: a saved form, whose part is then left out exactly, or a name to write in FROM.",
    )(function)


def schema_option(schema: Callable[[], str], of: str = "`--format json`") -> Callable[[F], F]:
    """`--schema`: prints what `schema` returns and stops; `schema` is called only then, so it may import what it needs."""

    def show(context: click.Context, parameter: click.Parameter, value: bool) -> None:
        if value:
            write(schema())
            context.exit()

    return click.option(
        "--schema",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help=f"Print the JSON Schema of {of} and stop.",
    )


def output_option(function: F) -> F:
    return click.option("--output", "-o", metavar="FILE", help="Write the result there instead of standard output.")(
        function
    )


def color_option(function: F) -> F:
    return click.option(
        "--color/--no-color", default=None, help="Colour (default: on a terminal, unless NO_COLOR is set)."
    )(function)


def format_option(*formats: str, default: str | None = None) -> Callable[[F], F]:
    return click.option(
        "--format",
        "format_",
        type=click.Choice(formats),
        default=default or formats[0],
        show_default=True,
        help="The form of the result.",
    )


def load(
    source: str | Sequence[str],
    *,
    manifest: str | None = None,
    platform: str | None = None,
    tag: str | None = None,
    **more: Any,
) -> Image:
    """The image that IMAGE (one input, or several that tell of one image) and the options name; its notes go to standard
    error."""
    from reconstruct.sources import load as load_image

    context = click.get_current_context(silent=True)
    if context is not None and context.meta.get(_STRICT):
        more.setdefault("strict", True)
    if not isinstance(source, str):
        source = source[0] if len(source) == 1 else list(source)
    image = load_image(source, manifest=manifest, platform=platform, tag=tag, **more)
    for note in image.notes:
        say(note)
    return image


def load_base(base: str | None) -> Image | str | None:
    """`--base`: the image where it names a file or folder that exists, else the name itself."""
    if base is None:
        return None
    if base == "-" or os.path.exists(base):
        return load(base)
    if base.endswith((".json", ".tar", ".tgz", ".gz")) or base.startswith(("/", "./", "../")):
        raise ReconstructError(f"--base {base}: there is no such file (an image's name has no such ending)")
    return base


def say(note: str) -> None:
    """A note for people, on standard error, on one line."""
    click.echo(f"note: {one_line(note)}", err=True)


def write(text: str, output: str | None = None) -> None:
    """The result: to `output` or standard output, as UTF-8, with one newline at its end."""
    write_exact(text if not text or text.endswith("\n") else text + "\n", output)


def write_exact(text: str | bytes, output: str | None = None) -> None:
    """The result to the byte: no newline is added."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")
    if output is None or output == "-":
        if sys.stdout is None:
            raise ReconstructError("standard output is closed")
        stream = sys.stdout.buffer
        stream.write(data)
        stream.flush()
        return
    try:
        with open(output, "wb") as file:
            file.write(data)
    except OSError as error:
        raise ReconstructError(f"{output}: can't be written: {error.strerror}") from error
    except ValueError as error:
        raise ReconstructError(f"{output!r}: not a file's name ({error})") from error
