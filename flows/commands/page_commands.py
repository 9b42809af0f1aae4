"""``copydesk clean``, ``explain`` and ``teach``: commands that read pages and store no records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from copydesk.flows.commands.command_options import (
    EPILOG,
    options_for,
)
from copydesk.flows.commands.streams import verbosity_options
from copydesk.flows.io.import_path import gc_paused
from copydesk.flows.terminal import echo


@click.command(epilog=EPILOG, short_help="Clean pages and print a record of each.")
@click.argument("names", nargs=-1, metavar="[FILE|DIR|URL|ID|-]...")
@options_for("clean")
@click.option("--json", "is_jsonl", is_flag=True, help="The same as --format jsonl.")
@click.option("-o", "--out", "--to", "-O", "elsewhere", hidden=True)
@verbosity_options("Print only errors.", "Print a line about each page.")
@click.pass_context
def clean(ctx: click.Context, /, names: tuple[str, ...], *, is_jsonl: bool, **options: Any) -> None:
    """Clean pages from files, folders, URLs or standard input (-), and print records.

    One record per page, in input order. URLs may be pages, feeds and sitemaps; they may also be in a file (urls.txt,
    or a CSV with a column url) or on standard input, one per line. They are fetched politely, robots.txt first;
    nothing is stored. An ID is that of a record in the output folder, whose page is in the archive.
    """
    with gc_paused():
        from copydesk.flows.commands.clean import CleanOptions, run_clean
        from copydesk.flows.commands.named_pages import is_like_an_id
        from copydesk.flows.config.settings_tables import cleaning_options
        from copydesk.flows.sources.opening.field_names import parse_field_names

    def is_given(option: str) -> bool:
        return ctx.get_parameter_source(option) is click.core.ParameterSource.COMMANDLINE

    # other programs have it, so people try it
    if options.pop("elsewhere"):
        raise click.UsageError(_NO_OUTPUT_FILE)
    if is_given("output") and not any(map(is_like_an_id, names)):
        raise click.UsageError(f"--output is the folder in which ids are looked up; {_NO_OUTPUT_FILE}")
    mark = options.pop("mark")
    if is_jsonl:
        if mark or (is_given("format") and options["format"] != "jsonl"):
            raise click.UsageError("--json is a format of its own: leave out --format and --mark")
        options["format"] = "jsonl"
    if mark:
        # a format from the environment or the settings file gives way to --mark
        if is_given("format"):
            raise click.UsageError("--mark is a format of its own: leave out --format")
        options["format"] = "mark"
    options["fields"] = parse_field_names(options["fields"])
    cleaning = cleaning_options(Path.cwd(), options)
    ctx.exit(run_clean(CleanOptions(names=names, cleaning=cleaning, **options)))


_NO_OUTPUT_FILE = "records go to standard output; write: copydesk clean … > records.jsonl"


@click.command(epilog=EPILOG, short_help="Show what is kept of a page, what is removed, and why.")
@click.argument("name", metavar="FILE|DIR|URL|ID|-")
@options_for("explain")
@verbosity_options("Print only the explanation and errors.")
@click.pass_context
def explain(ctx: click.Context, /, name: str, **options: Any) -> None:
    """Show what is kept of a page, what is removed and why, the origin of each field, and of the page."""
    from copydesk.flows.commands.explain import ExplainOptions, run_explain
    from copydesk.flows.config.settings_tables import cleaning_options

    cleaning = cleaning_options(Path.cwd(), options)
    ctx.exit(run_explain(name, ExplainOptions(cleaning=cleaning, **options)))


@click.command(epilog=EPILOG, short_help="Propose a rule that removes a text.")
@click.argument("name", metavar="FILE|URL|ID|-")
@click.argument("text")
@click.option(
    "--label", default="other", show_default=True, help="Label of the text: ad, newsletter, social, related …"
)
@click.option("--name", "rule_name", metavar="NAME", help="Name of the rule; default: made from the text.")
@click.option("--everywhere", is_flag=True, help="For all sites, not only for that of the page.")
@click.option("--write", "is_written", is_flag=True, help="Add the rule to the settings file.")
@options_for("teach")
def teach(name: str, text: str, *, label: str, rule_name: str | None, **options: Any) -> None:
    """Propose a rule that removes TEXT, words of a kept block, and show what else it would remove: from the page, and
    from the other records in the output folder.
    """
    from copydesk.flows.commands.named_pages import HowToRead
    from copydesk.flows.commands.teach import removed_label
    from copydesk.flows.commands.teach import teach as propose
    from copydesk.flows.config.override_file import read_overrides
    from copydesk.flows.config.rule_proposals import Proposal, append_rules
    from copydesk.flows.config.settings_tables import cleaning_options

    proposal = Proposal(text, removed_label(label), rule_name, options.pop("everywhere"))
    is_written = options.pop("is_written")
    decided = read_overrides(options.pop("overrides"), Path.cwd())
    how = HowToRead(cleaning=cleaning_options(Path.cwd(), options), **options)
    rule, lines = propose(name, proposal, how, decided)
    for line in lines:
        echo(line, keeps_colour=True)
    hint = "nothing is written; --write adds it to the settings file"
    echo(f"added to {append_rules(Path.cwd(), [rule])}" if is_written else hint, err=True)
