"""A result as one HTML page that loads nothing from the network: autoescaped templates, inline style and script, a CSP.

Jinja2 and Pygments are the extra `html`.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path

from reconstruct.errors import ReconstructError
from reconstruct.show.text import html, visible
from reconstruct.typed import Any

_FOLDER = Path(__file__).parent
# Longer text isn't highlighted, because lexers are slow.
_LONGEST = 200_000
NEEDS = "--format html needs Jinja2 and Pygments (pip install 'reconstruct[html]')"


def render(template: str, **values: Any) -> str:
    """The page of `template` (`report`, `audit`, `diff`). Every text in `values` is escaped.

    Raises ReconstructError if Jinja2 or Pygments isn't installed.
    """
    style, script = _asset("page.css"), _asset("page.js")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    page = _environment().get_template(f"{template}.html").render(style=style, script=script, policy=policy, **values)
    # Trusted parts (our own style and script, Pygments' output) contain no control characters either.
    return str(page).rstrip() + "\n"


def code_lines(text: str, language: str = "docker") -> list[Any]:
    """The lines of `text`, highlighted, as safe markup; plain if it is very long.

    Raises ReconstructError if Jinja2 or Pygments isn't installed.
    """
    try:
        from markupsafe import Markup
        from pygments import highlight
        from pygments.formatters import HtmlFormatter
        from pygments.lexers import get_lexer_by_name
    except ImportError:
        raise ReconstructError(NEEDS) from None
    shown = visible(text).removesuffix("\n")
    if len(shown) > _LONGEST:
        return [Markup(html(line)) for line in shown.split("\n")]
    lexer = get_lexer_by_name(language, stripnl=False, ensurenl=False)
    marked = highlight(shown, lexer, HtmlFormatter(nowrap=True)).removesuffix("\n")
    lines = marked.split("\n")
    if len(lines) != shown.count("\n") + 1:
        return [Markup(html(line)) for line in shown.split("\n")]
    return [Markup(line) for line in lines]


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@cache
def _asset(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def _environment() -> Any:
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
        from markupsafe import Markup
    except ImportError:
        raise ReconstructError(NEEDS) from None

    def shown(value: Any) -> Any:
        return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        finalize=shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["trusted"] = Markup
    return environment
