"""Shell completion with click: the scripts that a wheel installs, and that `_RECONSTRUCT_COMPLETE` prints."""

from __future__ import annotations

# Shell → path of its script below the installation prefix.
PLACES = {
    "bash": "share/bash-completion/completions/reconstruct",
    "zsh": "share/zsh/site-functions/_reconstruct",
    "fish": "share/fish/vendor_completions.d/reconstruct.fish",
}


def script(shell: str) -> str:
    """The completion script of `bash`, `zsh` or `fish`."""
    from click.shell_completion import get_completion_class

    from reconstruct.cli.group import cli

    kind = get_completion_class(shell)
    if kind is None:
        raise ValueError(f"no completion for {shell!r}")
    made = kind(cli, {}, "reconstruct", "_RECONSTRUCT_COMPLETE")
    return made.source_template % made.source_vars()
