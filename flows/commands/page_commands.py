"""``copydesk clean``, ``explain`` and ``teach``: commands that read pages and store no records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from copydesk.flows.commands.command_options import (
    EPILOG,
    Command,
    WebAddress,
    options_of_a_run,
    setting,
)
from copydesk.flows.commands.telling.talk import talk_options
from copydesk.flows.io.loading import gc_paused
from copydesk.flows.terminal import echo


def _options_of_reading(command: Command) -> Command:
    """Adds the options that say how what is named is read."""
    for option in (
        options_of_a_run("output", "contact", "allow_private"),
        click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Read at most so many pages."),
        click.option(
            "--url",
            type=WebAddress(),
            help="Address of the page, where there is only one and it does not say.",
        ),
    ):
        command = option(command)
    return command


@click.command(epilog=EPILOG, short_help="Clean pages and print a record of each.")
@click.argument("names", nargs=-1, metavar="[FILE|DIR|URL|ID|-]...")
@setting("--format", type=click.Choice(["jsonl", "text", "markdown"]), default="jsonl", help="What to write.")
@click.option("--json", "is_jsonl", is_flag=True, help="The same as --format jsonl.")
@setting(
    "--input",
    type=click.Choice(["auto", "html", "text", "jsonl", "csv", "warc"]),
    default="auto",
    help="What the files are; auto looks at names and first lines.",
)
@click.option("-o", "--out", "--to", "-O", "elsewhere", hidden=True)
@_options_of_reading
@options_of_a_run("fields", "jobs")
@click.option(
    "--join-pages", is_flag=True, help="Put articles together that addresses have on several pages."
)
@click.option("--mark", is_flag=True, help="Show each page's blocks in order, what was cut marked in place.")
@options_of_a_run("removed", "mask", "keep", "drop", "pages", "overrides")
@talk_options("Say nothing but errors.", "Say a line about each page.")
@click.pass_context
def clean(ctx: click.Context, /, names: tuple[str, ...], *, is_jsonl: bool, **options: Any) -> None:
    """Clean pages: files, folders, addresses on the web or standard input (-) in, records on standard output.

    One record a page, in input order. Addresses may be of pages, feeds and sitemaps, and may stand in a file
    (urls.txt, or a CSV with a column url) or on standard input, one a line. They are asked for politely, robots.txt
    first; nothing is stored. An ID is that of a record in the output folder, whose page was kept.
    """
    with gc_paused():
        from copydesk.flows.commands.clean import CleanOptions, run_clean

    # other programs have it, so people try it
    if options.pop("elsewhere"):
        raise click.UsageError(_NO_OUTPUT_FILE)
    _refuse_output_file(ctx, names)
    given = click.core.ParameterSource.COMMANDLINE
    mark = options.pop("mark")
    if is_jsonl:
        if mark or (ctx.get_parameter_source("format") is given and options["format"] != "jsonl"):
            raise click.UsageError("--json is a format of its own: leave out --format and --mark")
        options["format"] = "jsonl"
    # a format from the environment or the settings file gives way to --mark
    if mark and ctx.get_parameter_source("format") is given:
        raise click.UsageError("--mark is a format of its own: leave out --format")
    ctx.exit(run_clean(CleanOptions(names=names, **options | ({"format": "mark"} if mark else {}))))


_NO_OUTPUT_FILE = "records go to standard output; write: copydesk clean … > records.jsonl"


def _refuse_output_file(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Raises UsageError where somebody takes the folder that ids are looked up in for a place to write to."""
    from copydesk.flows.commands.named.stored_pages import is_like_an_id

    is_given = ctx.get_parameter_source("output") is click.core.ParameterSource.COMMANDLINE
    if is_given and not any(map(is_like_an_id, names)):
        raise click.UsageError(f"--output is the folder in which ids are looked up; {_NO_OUTPUT_FILE}")


@click.command(epilog=EPILOG, short_help="Show what of a page is kept, what was cut, and why.")
@click.argument("name", metavar="FILE|DIR|URL|ID|-")
@setting(
    "--input",
    type=click.Choice(["auto", "html", "text", "jsonl", "csv", "warc"]),
    default="auto",
    help="What the file is.",
)
@_options_of_reading
@click.option(
    "--all", "is_whole", is_flag=True, help="Show every block in order, with its label, rule and evidence."
)
@click.option(
    "--cues",
    is_flag=True,
    help="As --all, and below each short block the cues and phrases of the language files in it.",
)
@options_of_a_run("keep", "drop", "pages", "overrides")
@talk_options("Say nothing beside the explanation but errors.")
@click.pass_context
def explain(ctx: click.Context, /, name: str, **options: Any) -> None:
    """Show what of a page is kept, what was cut and why, where each field was found, and the page's origin."""
    from copydesk.flows.commands.named.named_pages import HowToRead
    from copydesk.flows.commands.telling.explain import Shape, run_explain
    from copydesk.flows.config.override_file import read_overrides
    from copydesk.flows.config.text_options import cleaning_options
    from copydesk.flows.config.user_rules import user_rules

    chosen = {name: options.pop(name) for name in ("keep", "drop", "pages")}
    wanted = cleaning_options(user_rules(Path.cwd()), **chosen)
    shape = Shape(is_whole=options.pop("is_whole"), with_cues=options.pop("cues"), talk=options.pop("talk"))
    decided = read_overrides(options.pop("overrides"), Path.cwd())
    ctx.exit(run_explain(name, wanted, HowToRead(**options), shape, decided))


@click.command(epilog=EPILOG, short_help="Propose a rule of your own that cuts a text.")
@click.argument("name", metavar="FILE|URL|ID|-")
@click.argument("text")
@click.option(
    "--label", default="other", show_default=True, help="What the text is: ad, newsletter, social, related …"
)
@click.option("--name", "rule_name", metavar="NAME", help="The rule's name; made of the text if not given.")
@click.option("--everywhere", is_flag=True, help="For pages of all sites, not of the page's own alone.")
@click.option("--write", "is_written", is_flag=True, help="Add the rule to the settings file.")
@_options_of_reading
@options_of_a_run("overrides")
def teach(name: str, text: str, *, label: str, rule_name: str | None, **options: Any) -> None:
    """Propose a rule of your own that cuts TEXT, words of a block that is kept of a page, and show what it would cut:
    of the page, and of the other records in the output folder.
    """
    from copydesk.flows.commands.named.named_pages import HowToRead
    from copydesk.flows.commands.teaching.proposal import Wish, label_of_cut
    from copydesk.flows.commands.teaching.teach import teach as propose
    from copydesk.flows.commands.teaching.teach import write
    from copydesk.flows.config.override_file import read_overrides
    from copydesk.flows.config.text_options import cleaning_options
    from copydesk.flows.config.user_rules import user_rules

    wish = Wish(text, label_of_cut(label), rule_name, options.pop("everywhere"))
    is_written = options.pop("is_written")
    decided = read_overrides(options.pop("overrides"), Path.cwd())
    rule, lines = propose(name, wish, cleaning_options(user_rules(Path.cwd())), HowToRead(**options), decided)
    for line in lines:
        echo(line, keeps_colour=True)
    told = (
        f"added to {write(rule)}"
        if is_written
        else "nothing is written; --write adds it to the settings file"
    )
    echo(told, err=True)
