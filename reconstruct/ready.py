"""Everything that the wheel build makes ready, so that commands start fast: tables of parsers, terminals and patterns.

    python -m reconstruct.ready     in a checkout, after a change of grammars, patterns or the interpreter

A command works without them, and more slowly: each is used only where it was made from the same text, by the same versions.
"""

from __future__ import annotations

from reconstruct import grammar, pattern_table, terminals


def write() -> list[str]:
    """Makes all tables and returns their paths."""
    # The terminals before the patterns, for theirs are patterns too.
    return [*grammar.write_tables(), *terminals.write_tables(), *pattern_table.write()]


if __name__ == "__main__":
    write()
