"""The options shared by commands, and loading the image that they select."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from reconstruct.cli import declare, verbosity
from reconstruct.errors import ReconstructError
from reconstruct.show.text import one_line
from reconstruct.typed import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    import click

    from reconstruct.image import Image
    from reconstruct.sources.layers import Opened

# The commands' parameters that name inputs; `--output` may not be one of these files.
_INPUTS = frozenset(
    {
        "image",
        "images",
        "old",
        "new",
        "dockerfile",
        "manifest",
        "manifest_old",
        "manifest_new",
        "base",
        "baseline",
        "catalogue",
        "config",
    }
)


PATH = declare.PATH
F = TypeVar("F", bound=Callable[..., Any])


def images_argument(function: F) -> F:
    """IMAGE, and further inputs that describe the same image (its history, the output of `inspect`)."""
    return declare.argument("image", metavar="IMAGE...", nargs=-1, required=True, type=PATH)(function)


def strict_option(function: F) -> F:
    """`--strict`: any doubt while reading (a digest, a size, a count, a contradiction) is an error with status 2."""
    return declare.option(
        "--strict",
        is_flag=True,
        help="Treat doubts, such as a mismatching digest or count, as errors.",
    )(function)


def source_options(function: F) -> F:
    """`--manifest`, `--platform`, `--tag` and `--strict`: which of the saved images, and how strictly it is read."""
    for option in (
        strict_option,
        declare.option("--tag", metavar="NAME", help="The image of this name and tag, if several were saved."),
        declare.option("--platform", metavar="OS/ARCH", help="The image for this platform, e.g. linux/arm64."),
        declare.option(
            "--manifest",
            metavar="FILE",
            type=PATH,
            help="What IMAGE lacks: its manifest, or its config, inspect output or provenance.",
        ),
    ):
        function = option(function)
    return function


def catalogue_option(function: F) -> F:
    """`--catalogue FILE`: the user's own images, which are searched for a base."""
    return declare.option(
        "--catalogue",
        metavar="FILE",
        help="The catalogue of your own images, to identify the base (see `reconstruct catalogue`).",
    )(function)


def base_option(function: F) -> F:
    """`--base`, `--base-steps` and `--catalogue`: what is known about the base image."""
    for option in (
        catalogue_option,
        declare.option("--base-steps", type=int, metavar="N", help="The base ends after step N."),
        declare.option(
            "--base",
            metavar="IMAGE|NAME|none",
            help="The base image: a saved form, whose steps are then left out exactly, or a name to write in FROM. `none` "
            "keeps all steps.",
        ),
    ):
        function = option(function)
    return function


def secrets_option(function: F) -> F:
    """`--show-secrets`: output gets pasted into tickets, so secrets are masked by default."""
    return declare.option("--show-secrets", is_flag=True, help="Show secrets as they are, not masked.")(function)


def files_option(text: str) -> Callable[[F], F]:
    """`--files`: opens the layers too; `text` says why."""
    return declare.option("--files", is_flag=True, help=text)


def schema_option(schema: Callable[[], str], of: str = "`--format json`") -> Callable[[F], F]:
    """`--schema`: prints the result of `schema` and stops; `schema` is called only then, so it may import what it needs."""

    def show(context: click.Context, parameter: click.Parameter, value: bool) -> None:
        if value:
            write(schema())
            context.exit()

    return declare.option(
        "--schema",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=show,
        help=f"Print the JSON Schema of {of} and stop.",
    )


def output_option(function: F) -> F:
    """`--output`, refused before the command runs if it names one of the command's inputs."""
    import functools

    @functools.wraps(function)
    def checked(*args: Any, **values: Any) -> Any:
        refuse_inputs(values.get("output"), _named(values))
        return function(*args, **values)

    option = declare.option(
        "--output", "-o", metavar="FILE", type=PATH, help="Write the result to FILE instead of standard output."
    )
    return cast("F", option(checked))


def refuse_inputs(output: str | None, inputs: Sequence[str]) -> None:
    """Raises ReconstructError if `output` names one of the inputs (see `reconstruct.cli.output`)."""
    if output is not None:
        from reconstruct.cli.output import refuse_inputs as refuse

        refuse(output, inputs)


def _named(values: dict[str, Any]) -> list[str]:
    """The inputs among a command's values; one parameter may name several."""
    found: list[str] = []
    for name in _INPUTS & values.keys():
        value = values[name]
        found += [value] if isinstance(value, str) else list(value or ())
    return found


def color_option(function: F) -> F:
    """`--color` and `--no-color`: True or False; None if neither is given."""
    return declare.option(
        "--color/--no-color", default=None, help="Colour (default: on a terminal, unless NO_COLOR is set)."
    )(function)


def format_option(*formats: str, default: str | None = None) -> Callable[[F], F]:
    """`--format`, passed as `format_`: one of `formats`, by default `default` or the first."""
    return declare.option(
        "--format",
        "format_",
        type=declare.Choice(formats),
        default=default or formats[0],
        show_default=True,
        help="The output format.",
    )


def load(
    source: str | Sequence[str | Image],
    *,
    manifest: str | None = None,
    platform: str | None = None,
    tag: str | None = None,
    strict: bool = False,
) -> Image:
    """The image that IMAGE (one input, or several that describe one image) and the options select; its notes go to standard
    error."""
    from reconstruct.image import Image as Loaded
    from reconstruct.sources import load as load_image

    named = source if isinstance(source, str) else source[0] if len(source) == 1 else list(source)
    if isinstance(named, Loaded):
        # One of many, which `cli.many` has read.
        return named
    image = load_image(named, manifest=manifest, platform=platform, tag=tag, strict=strict)
    if strict:
        from reconstruct.audit.agreement import require_agreement

        require_agreement(image, image.source)
    for note in image.notes:
        say(note)
    _tell(image)
    return image


def _tell(image: Image) -> None:
    """Says what was read, if `-v` is given."""
    if verbosity.verbose():
        history = f"{len(image.history)} history entries" if image.has_history else "no history"
        say(f"read {image.source}: {image.platform}, {history}, {len(image.layers)} layers")


def opened(
    source: Sequence[str | Opened], manifest: str | None, platform: str | None, tag: str | None, strict: bool = False
) -> Opened:
    """The image as from `load`, with access to its layers; a context manager."""
    from reconstruct.sources import open_image
    from reconstruct.sources.layers import Opened as AtHand

    named = source[0] if len(source) == 1 else list(source)
    if isinstance(named, AtHand):
        # One of many, which `cli.many` has opened.
        return named
    found = open_image(named, manifest=manifest, platform=platform, tag=tag, strict=strict)
    if strict:
        from reconstruct.audit.agreement import require_agreement

        require_agreement(found.image, found.image.source)
    for note in found.image.notes:
        say(note)
    return found


def load_base(base: Image | str | None, strict: bool = False) -> Image | str | None:
    """`--base`: the image if it names an existing file or directory, else the name itself."""
    if not isinstance(base, str) or base == "none":
        return base
    if base == "-" or os.path.exists(base):
        return load(base, strict=strict)
    from reconstruct.sources.suffixes import names_a_file

    if names_a_file(base):
        raise ReconstructError(f"--base {base}: no such file (and image names do not end like this)")
    return base


def is_captured() -> bool:
    """Whether results and notes are being captured."""
    return _captured is not None


# Where results and notes go while a command runs for one of many images.
_captured: tuple[list[bytes], list[str]] | None = None


@contextmanager
def captured() -> Iterator[tuple[list[bytes], list[str]]]:
    """Captures results and notes inside the `with` block: (pieces, notes)."""
    global _captured
    before, _captured = _captured, ([], [])
    try:
        yield _captured
    finally:
        _captured = before


def say(note: str) -> None:
    """Prints a note for people on standard error, on one line."""
    if _captured is not None:
        _captured[1].append(note)
        return
    if not verbosity.quiet():
        verbosity.tell(f"note: {one_line(note)}")


def fail(error: str) -> None:
    """Prints an error that doesn't end the command on standard error, on one line."""
    verbosity.tell(f"reconstruct: {one_line(error)}")


def write(text: str, output: str | None = None) -> None:
    """Writes the result to `output` or standard output, as UTF-8, with one newline at the end."""
    write_exact(text if not text or text.endswith("\n") else text + "\n", output)


def show(text: str, output: str | None = None) -> None:
    """Writes a result for people like `write`, in ASCII if the locale has no UTF-8."""
    from reconstruct.show import terminal

    write(text if output is not None or terminal.takes_unicode() else terminal.plain(text), output)


def write_exact(text: str | bytes, output: str | None = None) -> None:
    """Writes the result unchanged, without adding a newline."""
    if _captured is not None:
        _captured[0].append(text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace"))
        return
    from reconstruct.cli import output as outputs

    outputs.write(text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace"), output)


def write_pieces(text: Iterable[str], output: str | None = None, *, for_people: bool = False) -> None:
    """Writes a result piece by piece, each shown at once, with one newline at the end; `for_people` as in `show`."""
    from reconstruct.cli import output as outputs
    from reconstruct.show import terminal

    plain = for_people and output is None and not terminal.takes_unicode()
    encoded = (
        (terminal.plain(piece) if plain else piece).encode("utf-8", "backslashreplace") for piece in text if piece
    )
    outputs.write_pieces(_ended(encoded), output, as_it_comes=True)


def _ended(pieces: Iterable[bytes]) -> Iterator[bytes]:
    last = b"\n"
    for last in pieces:
        yield last
    if not last.endswith(b"\n"):
        yield b"\n"


def write_lines(lines: Iterable[str], output: str | None = None) -> None:
    """Writes a long result line by line, adding a newline to each."""
    if _captured is not None:
        _captured[0].extend(f"{line}\n".encode("utf-8", "backslashreplace") for line in lines)
        return
    from reconstruct.cli import output as outputs

    outputs.write_pieces((f"{line}\n".encode("utf-8", "backslashreplace") for line in lines), output)
