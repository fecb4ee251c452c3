"""One module per output format."""

from __future__ import annotations

from reconstruct.diff.model import Difference

FORMATS = ("text", "side-by-side", "table", "markdown", "html", "json", "dockerfile")


def render(
    difference: Difference,
    format_: str = "text",
    *,
    color: bool = False,
    width: int | None = None,
    all_steps: bool = False,
) -> str:
    """The comparison in one of FORMATS. `width`: a terminal's columns, None to cut nothing. `all_steps`: the text views
    show unchanged steps too, each with its size."""
    if format_ == "table":
        from reconstruct.diff.render import table

        return table.render(difference, width=width)
    if format_ == "markdown":
        from reconstruct.diff.render import markdown

        return markdown.render(difference)
    if format_ == "html":
        from reconstruct.diff.render import html

        return html.render(difference)
    if format_ == "json":
        from reconstruct.diff.render import as_json

        return as_json.render(difference)
    if format_ == "dockerfile":
        from reconstruct.diff.render import dockerfile

        return dockerfile.render(difference, color=color)
    from reconstruct.diff.render import text

    return text.render(
        difference, color=color, width=width, all_steps=all_steps, side_by_side=format_ == "side-by-side"
    )
