"""``copydesk export`` as users write it; the work is done in ``export.py``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from copydesk.flows.commands.command_options import (
    EPILOG,
    formats_that_begin_so,
    options_for,
    summary_as_json,
)
from copydesk.flows.commands.streams import Verbosity, verbosity_options
from copydesk.flows.terminal import echo


class _ExportCommand(click.Command):
    """Lists the formats below the options, which are looked up in the installed packages only then."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from copydesk.flows.commands.export import help_note

        formatter.write(help_note())
        super().format_epilog(ctx, formatter)


@click.command(cls=_ExportCommand, epilog=EPILOG, short_help="Write stored records in another format.")
@options_for("export")
@click.option(
    "--format",
    required=True,
    metavar="NAME",
    help="Output format: one of the formats below.",
    shell_complete=formats_that_begin_so,
)
@click.option(
    "--to",
    "-o",
    "place",
    required=True,
    metavar="PATH|URL|-",
    help="Where to write; - is standard output. A name in .gz or .zst is compressed.",
)
@click.option(
    "--all",
    "everything",
    is_flag=True,
    help="Also rejected and failed pages, and past versions, in formats of whole records.",
)
@click.option(
    "--title/--no-title",
    default=None,
    help="Begin texts with the headline (markdown, text, html); the default.",
)
@click.option("--feed-url", metavar="URL", help="Where a feed will be read (rss, atom, json-feed).")
@click.option("--index", metavar="NAME", help="Index of the documents (opensearch); default articles.")
@click.option("--force", is_flag=True, help="Replace existing files.")
@verbosity_options("Print no summary.")
@summary_as_json
def export(
    output: Path, database: str | None, *, force: bool, verbosity: Verbosity, is_json: bool, **options: Any
) -> None:
    """Write stored records in the format that the next program reads, completely or not at all."""
    if is_json and options["place"] == "-":
        raise click.UsageError("--json: the records go to standard output; name a path with --to")
    from copydesk.flows.commands.export import run_export
    from copydesk.flows.exports.export import Export, summary

    names = ("title", "chunk_size", "chunk_overlap", "feed_url", "index")
    settings = {name: options.pop(name) for name in names}
    given = {name: value for name, value in settings.items() if value is not None}
    wanted = Export(**options, settings=given)
    done = run_export(output, wanted, database=database, force=force)
    if is_json:
        import msgspec

        echo(msgspec.json.encode(done).decode())
    elif verbosity is not Verbosity.QUIET:
        echo(summary(done, wanted.place), err=True)
