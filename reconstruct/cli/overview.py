"""`reconstruct IMAGE`: an image on one screen, and the commands that show more."""

from __future__ import annotations

import shlex

from reconstruct.cli import declare, options
from reconstruct.show import terminal
from reconstruct.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from reconstruct.audit.finding import Audit
    from reconstruct.report.model import Report

_NEXT = (
    ("dockerfile", "the Dockerfile it was built from"),
    ("report", "each step with its layer and size"),
    ("audit", "secrets, origins, privileges, size, the record itself"),
    ("base", "its base images"),
    ("list", "all images in the input"),
)


@declare.command("reconstruct")
@options.images_argument
@options.source_options
@options.base_option
@options.output_option
@options.color_option
def command(
    image: tuple[str, ...],
    manifest: str | None,
    platform: str | None,
    tag: str | None,
    strict: bool,
    base: str | None,
    base_steps: int | None,
    catalogue: str | None,
    output: str | None,
    color: bool | None,
) -> None:
    """Show IMAGE on one screen: what it is, its base, its largest step, the worst finding, and the commands that show more.

    \b
    reconstruct app.tar
    docker save app:1.2 | reconstruct -
    """
    from reconstruct import api
    from reconstruct.audit.engine import Options, audit
    from reconstruct.cli import below
    from reconstruct.report.model import build

    loaded = options.load(image, manifest=manifest, platform=platform, tag=tag, strict=strict)
    steps = api.steps(loaded)
    chain = below.find(loaded, steps, base, base_steps, catalogue, strict=strict)
    report = api.masked(build(loaded, steps, chain.base), (loaded, steps))
    found = audit(loaded, steps, Options(base=options.load_base(base, strict), base_steps=base_steps, hadolint=False))
    shown = output is None
    width = terminal.width() if shown else None
    text = render(report, found, image[0], width=width, color=shown and terminal.use_color(color))
    options.show(text, output)


def render(report: Report, audit: Audit, path: str, *, width: int | None, color: bool) -> str:
    """The screen: labelled facts, and the next commands for `path`."""
    from reconstruct.show.grid import cut, hanging
    from reconstruct.show.style import paint
    from reconstruct.show.text import one_line

    lines = []
    for label, text in _facts(report, audit):
        first, *rest = hanging(label, text, width, 9)
        lines += [paint(first[:9], "bold", color) + first[9:], *rest]
    name = one_line(shlex.quote(path))
    lines += ["", paint("More:", "bold", color)]
    lines += [cut(f"  reconstruct {command:<10} {name}  # {what}", width) for command, what in _NEXT]
    return "\n".join(lines)


def _facts(report: Report, audit: Audit) -> list[tuple[str, str]]:
    from reconstruct.audit.formats.describe import place, summary
    from reconstruct.report import cells
    from reconstruct.report.sentence import sentence

    known = dict(cells.facts(report))
    what = [known.get("Image", "an image"), known.get("Platform", ""), known.get("Builder", "")]
    if "Created" in known:
        what.append(f"built {known['Created']}")
    found = [("Image", ", ".join(part for part in what if part)), ("Base", known.get("Base", ""))]
    found += [("Layers", known["Layers"]), ("Size", sentence(report))]
    found.append(("Audit", summary([audit])))
    if audit.findings:
        worst = audit.findings[0]
        found.append(("Worst", f"{worst.severity} {worst.rule}, step {place(worst)}: {worst.message}"))
    return [(label, text) for label, text in found if text]
