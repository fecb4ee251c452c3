"""`reconstruct query`: SQL over an index."""

from __future__ import annotations

from reconstruct.cli import answer as answers
from reconstruct.cli import declare, options


@declare.command()
@declare.argument("index", metavar="DIR")
@declare.argument("sql", metavar="SQL")
@options.format_option("table", "json", "jsonl", "csv")
@options.output_option
def command(index: str, sql: str, format_: str, output: str | None) -> None:
    """Run one SELECT on the index in DIR; the tables are images, steps, layers, findings, bases and errors.

    \b
    reconstruct query fleet.index "SELECT base, count(*) FROM images GROUP BY 1 ORDER BY 2 DESC"
    reconstruct query fleet.index "SELECT source, text FROM steps JOIN images USING (image) WHERE size > 1e9" --format csv
    """
    from reconstruct.fleet.query import ask

    answers.write(ask(index, sql), format_, output)
