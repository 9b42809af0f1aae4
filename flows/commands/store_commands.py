"""Commands on what runs have stored: ``export``, ``review``, ``search``, ``diff``, ``status``, ``merge``, ``retry``."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

import click

from copydesk.flows.commands.command_options import (
    EPILOG,
    formats_that_begin_so,
    options_for,
    summary_as_json,
)
from copydesk.flows.commands.streams import Verbosity, verbosity_options
from copydesk.flows.exit_codes import EXIT_CODES, NO_ARTICLE, exit_code
from copydesk.flows.shortening import SHOWN_ID_CHARS, counted
from copydesk.flows.terminal import ShownStream, echo, tell

EXAMPLES = """Examples:
  copydesk export --format parquet -o articles.parquet
  copydesk export --format dolma -o s3://corpus/news.jsonl.gz --where "language = 'de'"
  copydesk export --format csv -o - --where "provenance.ai is not null" --limit 100
"""


class _ExportCommand(click.Command):
    """Lists the formats below the options, which are looked up in the installed packages only then."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from copydesk.flows.formats.format_registry import all_formats

        formats = all_formats()
        width = max(map(len, formats), default=0)
        listed = "\n".join(f"  {name:{width}}  {format_.summary}" for name, format_ in formats.items())
        formatter.write(f"\nFormats:\n{listed}\n\n{EXAMPLES}")
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
    "--title/--no-title",
    default=None,
    help="Begin texts with the headline (markdown, text, html); the default.",
)
@verbosity_options("Print no summary.")
@summary_as_json
def export(
    output: Path, database: str | None, *, force: bool, verbosity: Verbosity, is_json: bool, **options: Any
) -> None:
    """Write stored records in the format that the next program reads, completely or not at all."""
    if is_json and options["place"] == "-":
        raise click.UsageError("--json: the records go to standard output; name a path with --to")
    from copydesk.flows.exports import destination
    from copydesk.flows.exports.export import Export, Exported, checked_export, read_store, summary
    from copydesk.flows.formats.format_registry import FolderFormat, StreamFormat

    # what is none of every export is a setting of some formats
    settings = {name: options.pop(name) for name in [*options] if name not in Export.__struct_fields__}
    given = {name: value for name, value in settings.items() if value is not None}
    wanted = Export(**options, settings=given)
    checked, done, place = checked_export(wanted), Exported(), wanted.place
    stored = read_store(output, tell, database=database, newest_first=checked.format.newest_first)
    records = checked.records(stored, done)
    match checked.format:
        case StreamFormat(write=write) if place == "-":
            stream = sys.stdout.buffer if sys.stdout else None
            if stream is not None and sys.stdout.isatty():
                stream = cast("BinaryIO", ShownStream(stream))
            destination.write_standard_output(partial(write, records), stream)
        case StreamFormat(write=write):
            destination.write_stream(place, partial(write, records), force=force)
        case FolderFormat(write=write):
            destination.write_folder(place, partial(write, records), force=force)
        case other:
            destination.write_file(place, partial(other.write, records), force=force)
    if is_json:
        import msgspec

        echo(msgspec.json.encode(done).decode())
    elif verbosity is not Verbosity.QUIET:
        echo(summary(done, place), err=True)


@click.command(epilog=f"\b\n{EXIT_CODES}", short_help="Write an HTML report about the stored records.")
@options_for("review")
def review(output: Path, database: str | None, overrides: str | None, place: str | None, most: int) -> None:
    """Write a local HTML report of the stored records: counts, a list, kept text and removals of each page.

    It opens from the disk and makes no requests. Corrections are exported as a file that clean and ingest apply.
    """
    from copydesk.flows.config.override_file import override_file, override_text, overrides_in
    from copydesk.flows.errors import SettingsError
    from copydesk.flows.exports.destination import write_stream
    from copydesk.flows.exports.export import read_store
    from copydesk.flows.io.output_folder import REVIEW
    from copydesk.flows.review.page import review_page

    path = override_file(overrides, Path.cwd())
    decided = override_text(path) if path else ""
    # a wrong file is reported now, before more decisions are added to it
    overrides_in(decided, path.name if path else "")
    folder = output if output.is_dir() else output.parent
    wanted = place or str(folder / REVIEW)
    where = "the database" if database else str(output)
    is_review = _is_review(Path(wanted))
    if Path(wanted).is_file() and not is_review:
        raise SettingsError(f"--to {wanted}: is there already, and no review; name another file")
    records = read_store(output, tell, database=database)
    store = database or str(output.absolute())
    written = review_page(records, where=where, place=store, most=most, decided=decided)
    write_stream(wanted, lambda stream: stream.writelines(map(str.encode, written.parts)), force=is_review)
    all_ = counted(written.records, "record")
    shown = f"{written.shown:,} of {all_}" if written.shown < written.records else all_
    echo(f"{shown} in {wanted}", err=True)


def _is_review(path: Path) -> bool:
    """Whether the file is a review, which may be replaced."""
    from copydesk.flows.review.page import START

    try:
        with path.open("rb") as file:
            return file.read(len(START)) == START.encode()
    except OSError:
        return False


@click.command(epilog=EPILOG, short_help="Find stored records by the words in them.")
@click.argument("words", nargs=-1, required=True)
@options_for("search")
@click.pass_context
def search(
    ctx: click.Context, /, words: tuple[str, ...], *, output: Path, is_json: bool, **options: Any
) -> None:
    """Find the records whose title or text has all WORDS, best first.

    copydesk search harbour crane finds records with both words, in any order. '"two words"' is a phrase, and harb* any
    word that begins so. Case and accents make no difference. Only the newest version of a page is searched.
    """
    import msgspec

    from copydesk.flows.exports.finding import Search
    from copydesk.flows.exports.finding import search as find

    database = options.pop("database")
    wanted = Search(" ".join(words), **options)
    hits = find(output, wanted, tell, database=database)
    for number, hit in enumerate(hits, start=1):
        if is_json:
            echo(msgspec.json.encode(hit).decode())
            continue
        about = (hit.id[:SHOWN_ID_CHARS], hit.date and hit.date[:10], hit.language, hit.url)
        echo(f"{number}. {hit.title or 'no title'}\n   {' · '.join(filter(None, about))}\n   {hit.snippet}")
    if not hits:
        echo(wanted.in_vain, err=True)
        ctx.exit(NO_ARTICLE)


@click.command(epilog=EPILOG, short_help="List pages whose text has changed, or show what changed in one.")
@click.argument("name", required=False, metavar="[PAGE]")
@options_for("diff")
def diff(name: str | None, *, limit: int, output: Path, database: str | None, **versions: int | None) -> None:
    """List the stored pages whose text has changed, the newest change first; of one PAGE, show the words that have
    changed between two versions: deleted words in [- -], inserted words in {+ +}.

    PAGE is the id of a page or the beginning of its id, its URL, or its name in the records (harbour/ferry.html).
    """
    from copydesk.flows.commands.diff import changed_pages, diff_lines
    from copydesk.flows.exports.export import backend_at

    if name is None and any(number is not None for number in versions.values()):
        raise click.UsageError("--from and --to choose versions of a page: name it")
    records = backend_at(output, database)
    lines = changed_pages(records, limit=limit) if name is None else diff_lines(records, name, **versions)
    for line in lines:
        echo(line, keeps_colour=name is not None)


@click.command(epilog=EPILOG, short_help="Bring the records of several output folders into one.")
@click.argument("parts", nargs=-1, required=True, metavar="PART...", type=click.Path(path_type=Path))
@options_for("merge")
@verbosity_options("Print no summary.")
@summary_as_json
@click.pass_context
def merge(
    ctx: click.Context, /, *, parts: tuple[Path, ...], verbosity: Verbosity, is_json: bool, **options: Any
) -> None:
    """Bring the records of several output folders, or files of records, into one library.

    For shards of one collection that ran apart: pages that are in several are stored once, copies are marked across
    them, and the quarantine is that of all.
    """
    from copydesk.flows.config.run_options import IngestOptions
    from copydesk.flows.run.merging import merge as merge_parts

    warnings: list[str] = []
    merged = merge_parts(parts, IngestOptions(**options), warnings.append)
    for line in warnings:
        echo(line, err=True)
    if is_json:
        echo(json.dumps(merged.counts(), ensure_ascii=False))
    elif verbosity is not Verbosity.QUIET:
        echo(str(merged), err=True)
    ctx.exit(exit_code(usable=merged.records, failed=len(warnings), pages=merged.records))


@click.command(epilog=EPILOG, short_help="Show the state of an output folder, and what to do next.")
@options_for("status")
def status(*, output: Path, state: str | None, database: str | None, is_json: bool) -> None:
    """Show the state of an output folder: how many records it has, which pages failed and why, when each source on the
    web was last read, and what to do next.
    """
    from datetime import UTC, datetime

    import msgspec

    from copydesk.flows.commands.status import status_as_text, status_of

    found = status_of(output, state=state, database=database)
    as_json = msgspec.json.format(msgspec.json.encode(found), indent=2).decode() if is_json else ""
    echo(as_json or status_as_text(found, now=datetime.now(UTC)))


@click.command(epilog=EPILOG, short_help="Queue what failed for retry on the next run.")
@click.argument("names", nargs=-1, metavar="[SOURCE|URL]...")
@options_for("retry")
def retry(names: tuple[str, ...], *, is_all: bool, is_webhook: bool, **library: Any) -> None:
    """Queue failed URLs (pages and lists) for retry on the next run, without waiting for their back-off.

    URLs that robots.txt denies stay denied. With --webhook, the next run sends what the webhook's receiver refused.
    """
    from copydesk.flows.commands.status import retry as make_due
    from copydesk.flows.commands.status import retry_webhook

    if is_webhook and (names or is_all):
        raise click.UsageError("--webhook goes alone: it is for events, not for URLs")
    line = retry_webhook(**library) if is_webhook else make_due(names=names, is_all=is_all, **library)
    echo(line, err=True)
