"""The command line: arguments, streams and exit codes; the work is done elsewhere.

Anything heavy is imported by the command that needs it, so that ``--help`` and small runs are fast.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import click

from copydesk.flows.commands.command_options import EPILOG, formats_that_begin_so, options_of_a_run, setting
from copydesk.flows.commands.page_commands import clean, explain, teach
from copydesk.flows.commands.review.review_command import review
from copydesk.flows.commands.source_commands import sources
from copydesk.flows.commands.streams import ShownError, forget, has_lost_its_reader, hung_up
from copydesk.flows.commands.telling.talk import Talk, talk_options
from copydesk.flows.config import settings
from copydesk.flows.exit_codes import ENVIRONMENT, INTERRUPTED, OK, STOPPED, exit_code
from copydesk.flows.io.loading import gc_paused
from copydesk.flows.terminal import echo, echo_check, shown_errors


class Copydesk(click.Group):
    """The commands, and the one place where what ends them becomes an exit code."""

    make_context = shown_errors()(click.Group.make_context)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is named, with the arguments after it. Raises UsageError that says what may be meant."""
        name = args[0]
        # an option is told by click; a shell that asks what fits gets no error
        if name.startswith("-") or ctx.resilient_parsing or self.get_command(ctx, name) is not None:
            return super().resolve_command(ctx, args)
        raise click.UsageError(f"no such command: {name}; {self._meant(ctx, name)}")

    def _meant(self, ctx: click.Context, name: str) -> str:
        from copydesk.flows.suggestions import suggestion

        if name == "help":
            return "did you mean copydesk --help?"
        # a page or an address, as programs of one purpose take it
        if "://" in name or os.path.lexists(name):
            return f"did you mean copydesk clean {name}?"
        return suggestion(name, self.list_commands(ctx))

    @shown_errors()
    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command. Its data went to a reader who has left: quietly done."""
        # click strips colour by itself only where output is no terminal (no-color.org)
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            # `copydesk clean pages | head -1`; any other pipe is a fault like others
            if not has_lost_its_reader(sys.stdout):
                raise _as_shown(error) from error
            forget(sys.stdout)
            ctx.exit(OK)
        except KeyboardInterrupt:
            echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)
        # click shows its own; they come before the branch that takes any exception
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            raise _as_shown(error) from error


def _as_shown(error: Exception) -> Exception:
    """An error of ours, and what the machine refuses, as what click shows; a bug as it is."""
    from copydesk.cleaners.errors import CopydeskError
    from copydesk.flows.io.machine_faults import machine_fault

    # a bug keeps its traceback: no line could say what to do about it
    fault = error if isinstance(error, CopydeskError) else machine_fault(error)
    return error if fault is None else ShownError(str(fault), getattr(fault, "exit_code", ENVIRONMENT))


@click.group(cls=Copydesk, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="copydesk", message="copydesk %(version)s")
@click.pass_context
def cli(ctx: click.Context, /) -> None:
    """Turns scraped pages into clean article records in which every block is accounted for."""
    # click asks it after the command line and the environment, which is the order that is promised
    ctx.default_map = settings.load(cli.commands, folder=Path.cwd(), environment=os.environ)


@cli.command(epilog=EPILOG, short_help="Clean what the sources have into a folder, once.")
@options_of_a_run(
    "sources", "without", "output", "sink", "database", "state", "part_size", "part_by", "versions", "unique", "views", "limit", "shard", "fields", "jobs", "runner", "dry_run", "keep_raw", "since", "ask_again", "contact", "allow_private", "refetch", "again", "from_archive",
    "max_failures", "removed", "mask", "keep", "drop", "pages", "overrides", "recurring",
)  # fmt: skip
@talk_options("No progress and no summary.", "The whole report, each source in it.")
@click.option("--json", "is_json", is_flag=True, help="The summary as a line of JSON on standard output.")
@click.pass_context
def ingest(ctx: click.Context, /, *, talk: Talk, is_json: bool, **options: Any) -> None:
    """Run the flow once: clean what the sources (default: seeds) hold and store the records.

    A source is a file or folder of pages, JSON Lines, an archive (WARC, ZIP, tar), an address on the web, or
    a list of sources (.toml). The run is shown by the Prefect server that is configured (PREFECT_API_URL); where
    none is, Prefect is not used.
    """
    from copydesk.flows.commands.telling.run_progress import Watch, tell
    from copydesk.flows.run.prefect_server import is_configured

    watch = Watch(talk)
    chosen = _ingest_options(**options)
    # to import Prefect takes longer than many a run
    is_plain = chosen.dry_run or not is_configured()
    if is_plain:
        from copydesk.flows.run.batches import ingest_plainly

        result = ingest_plainly(chosen, watch)
    else:
        with gc_paused():
            from copydesk.flows.run.ingest import run_ingest

        result = run_ingest(chosen)
    tell(result, watch, talk, is_json=is_json)
    if is_plain and not chosen.dry_run and talk is Talk.VERBOSE:
        echo("done without Prefect: no server is configured (PREFECT_API_URL)", err=True)
    usable = result.ok + result.partial
    failed = result.failed_pages + result.missing
    code = exit_code(usable=usable, failed=failed, pages=result.records)
    ctx.exit(ENVIRONMENT if result.unwritten else STOPPED if result.stopped else code)


@cli.command(epilog=EPILOG, short_help="Clean what the sources have again and again, on a schedule.")
@options_of_a_run("sources")
@setting("--every", metavar="TIME", help="How often to run what states no schedule: 30s, 15m, 1h, 1d.")
@setting("--cron", metavar="LINE", help="Or when, as a cron line of five fields.")
@setting("--timezone", metavar="ZONE", help="Of the hours of --cron, such as Europe/Paris; UTC if not given.")
@options_of_a_run(
    "without",
    "output",
    "sink",
    "database",
    "state",
    "part_size",
    "part_by",
    "versions",
    "unique",
    "views",
    "limit",
    "fields",
    "jobs",
    "max_failures",
)
@click.option("--name", help="The deployment's name; made of the output folder and the sources if not given.")
@options_of_a_run(
    "ask_again",
    "contact",
    "allow_private",
    "removed",
    "mask",
    "keep",
    "drop",
    "pages",
    "overrides",
    "recurring",
)
def serve(
    every: str | None, cron: str | None, timezone: str | None, name: str | None, **options: Any
) -> None:
    """Run the flow on a schedule, starting a Prefect server where none answers.

    A list of sources that states a schedule of its own ([schedule] with every, or cron and timezone) has a
    deployment of its own; all else that is named runs by --every or --cron.
    """
    from copydesk.flows.run.serving.deployments import Stated
    from copydesk.flows.run.serving.serve import serve as run_schedule

    run_schedule(_ingest_options(dry_run=False, **options), Stated(every, cron, timezone), name=name)


def _ingest_options(*, sources: tuple[str, ...], **options: Any) -> Any:
    from copydesk.flows.config.run_options import IngestOptions

    # click gives an empty tuple where none is named
    return IngestOptions(sources=sources or ("seeds",), **options)


@cli.command(epilog=EPILOG, short_help="Show what changed in a page's text between two versions.")
@click.argument("name", metavar="PAGE")
@options_of_a_run("output", "sink", "database")
@click.option(
    "--from", "first", type=int, metavar="N", help="The version before; the one before --to if not given."
)
@click.option("--to", "last", type=int, metavar="N", help="The version after; the last if not given.")
def diff(name: str, first: int | None, last: int | None, **options: Any) -> None:
    """Show what changed in the text of a page from one version to another, word by word.

    PAGE is the page's id in the store, its beginning, its URL, or the name of its source. What went stands
    in [- -], what came in {+ +}.
    """
    from copydesk.flows.commands.diff import store_of, told_diff
    from copydesk.flows.config.run_options import IngestOptions

    for line in told_diff(store_of(IngestOptions(**options)), name, first=first, last=last):
        echo(line, keeps_colour=True)


@cli.command(short_help="Show the rules that say what blocks are.")
@click.argument("rule_id", metavar="[FAMILY|RULE]", required=False)
@click.option("--label", metavar="LABEL", help="Only the rules that give this label, the network among them.")
@click.option(
    "--format", "shape", type=click.Choice(["text", "json"]), default="text", help="For people or programs."
)
@click.option(
    "--count",
    "place",
    type=click.Path(path_type=Path),
    metavar="FILE|DIR",
    help="Instead count what each removed in these records, or in the folder of a run.",
)
@click.option(
    "--figures", "with_figures", is_flag=True, help="Instead show how often each was right on real pages."
)
@click.option("--all", "is_whole", is_flag=True, help="Every rule, with all it does and does not match.")
@click.option("--json", "is_json", is_flag=True, help="The same as --format json.")
def rules(rule_id: str | None, label: str | None, shape: str, place: Path | None, **asked: bool) -> None:
    """Show the families of rules, your own first; or the rules of a FAMILY: label, id and why.

    With the id of a RULE, that one alone, and how often it was right on real pages.
    """
    from copydesk.flows.commands.telling import rule_tables as tables
    from copydesk.flows.commands.telling import rules as listing
    from copydesk.flows.config.user_rules import user_rules

    if rule_id and (place or asked["with_figures"]):
        raise click.UsageError("--count and --figures are of all rules; RULE alone shows the figures of one")
    # the same folder as for a run: what is listed is what would be asked
    listed = listing.all_rules(user_rules(Path.cwd()))
    if label:
        listed = listing.rules_for(listed, label)
    of_family = [rule for rule in listed if tables.family_of(rule) == rule_id]
    chosen = of_family or ([listing.named_rule(listed, rule_id)] if rule_id else listed)
    is_one = bool(rule_id) and not of_family
    applied = listing.count_applied(place) if place else None
    figures = listing.read_figures() if asked["with_figures"] or is_one else None
    if asked["is_json"] or shape == "json":
        echo(listing.rules_as_json(chosen, applied, figures))
    elif applied:
        echo(listing.counts_as_text(chosen, applied))
    elif figures is None:
        short = tables.family_as_text if of_family or label else tables.families_as_text
        echo((listing.rules_as_text if asked["is_whole"] else short)(chosen))
    elif is_one:
        echo((listing.rule_as_text if asked["is_whole"] else tables.rule_in_short)(chosen[0], figures))
    else:
        echo(listing.figures_as_text(figures))


class _ExportCommand(click.Command):
    """Lists the formats below the options: which there are is known once the packages are asked."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from copydesk.flows.commands.export import help_note

        formatter.write(help_note())
        super().format_epilog(ctx, formatter)


@cli.command(cls=_ExportCommand, epilog=EPILOG, short_help="Write what is stored in another format.")
@setting(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("output"),
    help="Folder of the runs whose records are exported, or the store in it, where there are several.",
)
@setting("--database", metavar="URL", help="Instead: the PostgreSQL database the runs filled.")
@click.option(
    "--format",
    required=True,
    metavar="NAME",
    help="What to write: one of the formats below.",
    shell_complete=formats_that_begin_so,
)
@click.option(
    "--to",
    "-o",
    "place",
    required=True,
    metavar="PATH|URL|-",
    help="Where to write it; - is standard output. Ending in .gz or .zst: compressed.",
)
@click.option("--where", metavar="EXPRESSION", help="Only records for which this holds, as in SQL.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many records.")
@click.option("--force", is_flag=True, help="Replace what is there already.")
@talk_options("No summary.")
@click.option("--json", "is_json", is_flag=True, help="The summary as a line of JSON on standard output.")
def export(
    output: Path, database: str | None, *, force: bool, talk: Talk, is_json: bool, **options: Any
) -> None:
    """Write what is stored in the format the next program reads, whole or not at all."""
    if is_json and options["place"] == "-":
        raise click.UsageError("--json: the records go to standard output; name a path with --to")
    from copydesk.flows.commands.export import ExportOptions, run_export
    from copydesk.flows.exports.export import Export, summary

    wanted = Export(**options)
    done = run_export(ExportOptions(output, wanted, database, force))
    if is_json:
        import msgspec

        echo(msgspec.json.encode(done).decode())
    elif talk is not Talk.QUIET:
        echo(summary(done, wanted.place), err=True)


@cli.command()
@click.option("--arrow", is_flag=True, help="Print the Arrow schema that tables of records have.")
def schema(*, arrow: bool) -> None:
    """Print the JSON Schema of a record."""
    import json

    from copydesk.cleaners import json_schema

    if arrow:
        from copydesk.flows.commands.export import arrow_schema_as_text

        echo(arrow_schema_as_text())
        return
    # what is no ASCII in its descriptions stays readable
    echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


for command in (clean, explain, review, sources, teach):
    cli.add_command(command)


@cli.command(epilog=EPILOG, short_help="Show how runs into a folder stand, and what to do next.")
@options_of_a_run("output", "state", "database")
@click.option("--json", "is_json", is_flag=True, help="For programs.")
def status(*, output: Path, state: str | None, database: str | None, is_json: bool) -> None:
    """Show how runs into an output folder stand: records, sources, what keeps failing, what to do next."""
    from datetime import UTC, datetime

    from copydesk.flows.commands.status import status_as_json, status_as_text, status_of

    found = status_of(output, state=state, database=database)
    echo(status_as_json(found) if is_json else status_as_text(found, now=datetime.now(UTC)))


@cli.command(epilog=EPILOG, short_help="Have what failed on the web asked for by the next run.")
@click.argument("names", nargs=-1, metavar="[SOURCE|URL]...")
@click.option("--failed", "is_all", is_flag=True, help="All that failed.")
@options_of_a_run("output", "state")
def retry(names: tuple[str, ...], *, is_all: bool, output: Path, state: str | None) -> None:
    """Have pages and lists of the web that failed asked for by the next run, without waiting their time.

    What robots.txt denies stays denied.
    """
    from copydesk.flows.commands.status import retry as make_due

    echo(make_due(output, names, is_all=is_all, state=state), err=True)


@cli.command(epilog=EPILOG)
@options_of_a_run("output", "state")
@click.option("-v", "--verbose", "with_packages", is_flag=True, help="A line about each package, too.")
@click.option("--json", "is_json", is_flag=True, help="For programs.")
@click.pass_context
def doctor(ctx: click.Context, /, *, with_packages: bool, is_json: bool, **folder: Any) -> None:
    """Check that this installation can do its work. What is not as it should be comes first."""
    from copydesk.flows.commands.doctor import checks_as_json, checks_as_lines, run_checks

    checks = run_checks(**folder)
    if is_json:
        echo(checks_as_json(checks))
    for is_ok, line in () if is_json else checks_as_lines(checks, with_packages=with_packages):
        echo_check(line, is_ok=is_ok)
    # what is missing is the machine's, as where a run finds no server
    ctx.exit(OK if all(check.ok for check in checks) else ENVIRONMENT)


def main() -> None:
    """Entry point of ``copydesk``. SIGTERM and SIGHUP mean what Ctrl-C does: stop, keep what is done."""
    # before the command is read: a service manager may stop it as it starts
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # a terminal that was closed, a connection that was lost; who began with nohup goes on
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, hung_up)
    # pages are spread over processes; threads numpy would start are no use, and copied by no fork
    # set before numpy is imported, which reads it once; what the user has set stays
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    cli(prog_name="copydesk")
