"""``copydesk rules``: the list of rules, and rules from site files of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from copydesk.flows.commands.command_options import EPILOG, CommandGroup, format_options, options_for
from copydesk.flows.exit_codes import OK, USAGE
from copydesk.flows.shortening import counted
from copydesk.flows.terminal import echo


class _Rules(CommandGroup):
    """A list with an argument of its own, which is no command; only ``import`` is one."""

    # as of any command without others below it: `copydesk rules FAMILY --json`
    allow_interspersed_args = True

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        named = next((one for one in args if not one.startswith("-")), None)
        if named is None or (command := self.commands.get(named)) is None:
            return super().make_context(info_name, args, parent, **extra)
        # options before the name are the command's, too: `copydesk rules --json import FOLDER`
        args.remove(named)
        return command.make_context(f"{info_name} {named}", args, parent, **extra)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        # a name that is a command has been taken by now
        raise click.UsageError(f"Got unexpected extra argument ({args[0]})", ctx)


@click.group(
    cls=_Rules,
    invoke_without_command=True,
    subcommand_metavar="",
    short_help="Show the rules that label blocks; import those of others.",
)
@click.argument("rule_id", metavar="[FAMILY|RULE]", required=False)
@click.option("--label", metavar="LABEL", help="Only the rules that give this label, including the network.")
@format_options
@options_for("rules")
def rules(  # noqa: PLR0913 - each an option of the command
    rule_id: str | None,
    label: str | None,
    place: Path | None,
    *,
    is_json: bool,
    with_figures: bool,
    is_whole: bool,
) -> None:
    """Show the families of rules, your own first; or the rules of a FAMILY: label, id and reason.

    With the id of a RULE, show that rule, and how often it was right on real pages. copydesk rules import FOLDER makes
    rules of site files.
    """
    from copydesk.flows.commands import rules as listing
    from copydesk.flows.config.settings_tables import user_platforms, user_rules

    if rule_id and (place or with_figures):
        raise click.UsageError("--count and --figures are of all rules; RULE alone shows the figures of one")
    # the same folder as for a run: what is listed is what would be applied
    listed = listing.all_rules(user_rules(Path.cwd()), user_platforms(Path.cwd()))
    if label:
        listed = listing.rules_for(listed, label)
    of_family = [rule for rule in listed if listing.family_of(rule) == rule_id]
    chosen = of_family or ([listing.named_rule(listed, rule_id)] if rule_id else listed)
    is_one = bool(rule_id) and not of_family
    applied = listing.count_applied(place) if place else None
    figures = listing.read_figures() if with_figures or is_one else None
    if is_json:
        echo(listing.rules_as_json(chosen, applied, figures))
    elif applied:
        echo(listing.counts_as_text(chosen, applied))
    elif figures is None:
        short = listing.family_as_text if of_family or label else listing.families_as_text
        echo((listing.rules_as_text if is_whole else short)(chosen))
    elif is_one:
        echo(listing.rule_as_text(chosen[0], figures, is_whole=is_whole))
    else:
        echo(listing.figures_as_text(figures))


@rules.command("import", epilog=EPILOG, short_help="Make rules of site files of FiveFilters and wallabag.")
@click.argument("place", metavar="FOLDER|FILE", type=click.Path(path_type=Path))
@click.option("--write", "is_written", is_flag=True, help="Add the rules to the settings file.")
@click.option("--json", "is_json", is_flag=True, help="Print the rules, and what became none, as JSON.")
@click.pass_context
def import_(ctx: click.Context, /, place: Path, *, is_written: bool, is_json: bool) -> None:
    """Make rules of site files of FiveFilters and wallabag: one file a site, named by its host (example.org.txt).

    What is not supported is named by file and line; the rest is imported.
    """
    from copydesk.cleaners.user_tables import table_of
    from copydesk.flows.config.rule_proposals import append_rules, as_toml
    from copydesk.flows.config.settings_tables import user_rules
    from copydesk.flows.config.site_files import read_site_files

    found = read_site_files(place)
    names = {rule.name for rule in user_rules(Path.cwd())}
    new = [rule for rule in found.rules if rule.name not in names]
    known = len(found.rules) - len(new)
    if is_json:
        unsupported = [
            {"file": one.file, "line": one.line, "problem": one.problem} for one in found.unsupported
        ]
        rest = {"unsupported": unsupported, "notes": found.notes, "known": known}
        echo(json.dumps({"rules": [*map(table_of, new)]} | rest, indent=2, ensure_ascii=False))
    else:
        for problem in found.unsupported:
            echo(str(problem), err=True)
    parts = [f"{counted(len(new), 'rule')} of site files"]
    parts += [f"{known:,} left out, whose names the settings have already"] if known else []
    if found.unsupported:
        parts.append(f"{counted(len(found.unsupported), 'line or file', 'lines and files')} not supported")
    parts += [f"{counted(found.notes, 'line')} only for tests (test_url)"] if found.notes else []
    if is_written and new:
        where = append_rules(Path.cwd(), new)
        echo(f"{'; '.join(parts)}; added to {where}", err=True)
        return
    if new and not is_json:
        echo("\n".join(map(as_toml, new)))
    parts += ["nothing is written", "--write adds them to the settings file"] if new else []
    echo("; ".join(parts), err=True)
    # of files that all cannot be read
    ctx.exit(OK if new or known else USAGE)
