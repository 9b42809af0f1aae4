"""``copydesk search``: records of a store by the words in them."""

from __future__ import annotations

from pathlib import Path

import click

from copydesk.flows.commands.command_options import EPILOG, options_of_a_run
from copydesk.flows.exit_codes import NO_ARTICLE
from copydesk.flows.terminal import echo

_ID_CHARS = 12
"""Of an id on the screen: commands take its beginning."""


@click.command(epilog=EPILOG, short_help="Find stored records by the words in them.")
@click.argument("words", nargs=-1, required=True)
@options_of_a_run("output", "database")
@click.option("--where", metavar="EXPRESSION", help="Only records that match, as in SQL.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="N",
    help="At most N records.",
)
@click.option("--json", "is_json", is_flag=True, help="Print a line of JSON for each record.")
@click.pass_context
def search(
    ctx: click.Context,
    /,
    words: tuple[str, ...],
    *,
    output: Path,
    database: str | None,
    where: str | None,
    limit: int,
    is_json: bool,
) -> None:
    """Find the records whose title or text has all WORDS, best first.

    '"two words"' is a phrase, and harb* any word that begins so. Case and accents count for nothing. The newest version
    of a page is searched.
    """
    import msgspec

    from copydesk.flows.search.search import Search
    from copydesk.flows.search.search import search as find

    hits = find(
        output, Search(" ".join(words), where, limit), lambda line: echo(line, err=True), database=database
    )
    for number, hit in enumerate(hits, start=1):
        if is_json:
            echo(msgspec.json.encode(hit).decode())
            continue
        about = (hit.id[:_ID_CHARS], hit.date and hit.date[:10], hit.language, hit.url)
        echo(f"{number}. {hit.title or 'no title'}\n   {' · '.join(filter(None, about))}\n   {hit.snippet}")
    if not hits:
        echo("no record has all these words", err=True)
        ctx.exit(NO_ARTICLE)
