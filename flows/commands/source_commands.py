"""``copydesk sources``: the lists of sources, from the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from copydesk.flows.commands.command_options import EPILOG, CommandGroup, format_options, options_for
from copydesk.flows.exit_codes import OK, SOME_FAILED
from copydesk.flows.shortening import counted
from copydesk.flows.terminal import echo, echo_check

_OPML = ".opml"


@click.group(cls=CommandGroup)
def sources() -> None:
    """Show, add to and check lists of sources.

    They are files such as seeds/sources.toml that name feeds, sitemaps, sites and folders, which copydesk ingest reads.
    """


# shared by list and check, which take the same places
places_argument = click.argument("places", nargs=-1, type=click.Path(path_type=Path), metavar="[FILE|DIR]...")


@sources.command("list", short_help="Show the sources of lists.")
@places_argument
@format_options
def list_(places: tuple[Path, ...], *, is_json: bool) -> None:
    """Show the sources of lists, or of all lists in folders (default: seeds)."""
    from copydesk.flows.commands.sources import listing

    echo(listing(places, as_json=is_json))


@sources.command(short_help="Add a source, or the feeds of an OPML file, at the end of a list.")
@click.argument("name", metavar="[NAME] ADDRESS|FILE.opml")
@click.argument("address", required=False, metavar="")
@options_for("add")
@click.option(
    "--allow-private",
    "allowed",
    multiple=True,
    metavar="HOST:PORT",
    help="Write into the source that this host is allowed although it is not public; may be repeated.",
)
def add(name: str, address: str | None, kind: str | None, path: Path, allowed: tuple[str, ...]) -> None:
    """Add a source at the end of a list: a URL, or a path relative to the current folder. A URL needs no NAME: it is
    called after its host.

    Of an OPML file, as feed readers export it, all feeds are added that neither this list nor one beside it has.
    """
    from copydesk.cleaners.sites import bare_host, host_of
    from copydesk.flows.commands.sources import add, add_feeds, remarks_on
    from copydesk.flows.config.source_entry import name_like

    place = address or name
    if address is None and "://" in name and not name.lower().endswith(_OPML):
        address, name = name, name_like(bare_host(host_of(name)))
    if address is None or place.lower().endswith(_OPML):
        if not place.lower().endswith(_OPML):
            raise click.UsageError(f"an address is missing: copydesk sources add NAME {place}")
        if allowed:
            raise click.UsageError("--allow-private is for one source; add the feed by its URL")
        added, notices = add_feeds(place, path=path)
        for notice in notices:
            echo(notice, err=True)
        echo(f"{path}: added {counted(len(added), 'feed')} of {place}", err=True)
        return
    entry = add(name, address, kind=kind, path=path, allow_private=allowed)
    echo(f"{path}: added {entry.name}, kind {entry.kind}: {entry.address}", err=True)
    for remark in remarks_on(entry, is_guessed=kind is None):
        echo(f"{entry.name}: {remark}", err=True)


@sources.command(epilog=EPILOG, short_help="Check lists and their sources.")
@places_argument
@options_for("check")
@click.pass_context
def check(ctx: click.Context, /, places: tuple[Path, ...], **options: Any) -> None:
    """Check lists and their sources, on the disk and on the web (default: all lists in seeds).

    Each enabled source on the web is requested once, politely: robots.txt first. Nothing is stored.
    """
    from copydesk.flows.commands.sources import check

    is_all_good, count = True, 0
    # a generator: a wrong list raises in the loop below, before any request
    findings = check(places, environment=os.environ, **options)
    for entry, finding in findings:
        count += 1
        state = "" if entry.enabled else " (not enabled)"
        echo_check(f"{entry.name}{state}: {finding.detail}", is_ok=finding.is_good)
        # a source that is not enabled is shown, but no run reads it: it fails nothing
        is_all_good = is_all_good and (finding.is_good or not entry.enabled)
    if not count:
        echo("the lists hold no source; add one: copydesk sources add", err=True)
    ctx.exit(OK if is_all_good else SOME_FAILED)
