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

from copydesk.flows.commands.command_options import WebAddress, options_of_a_run, setting
from copydesk.flows.commands.review.review_command import review
from copydesk.flows.commands.source_commands import sources
from copydesk.flows.config import settings
from copydesk.flows.exit_codes import (
    ENVIRONMENT,
    EXIT_CODES,
    INTERRUPTED,
    OK,
    STOPPED,
    exit_code,
)

# \b has click leave the lines as they are
SETTINGS_NOTE = """\b
Options that show a variable may also be set by it, or (as jobs, for COPYDESK_JOBS) in copydesk.toml or
[tool.copydesk] of pyproject.toml in the current folder; an option on the command line wins.
"""
EPILOG = f"{SETTINGS_NOTE}\n{EXIT_CODES}"


class Copydesk(click.Group):
    """The commands, and the one place where what ends them becomes an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command. Its data went to a reader who has left: quietly done."""
        # click strips colour by itself only where output is no terminal (no-color.org)
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        try:
            return super().invoke(ctx)
        # `copydesk clean pages | head -1`
        except BrokenPipeError:
            _forget_standard_output()
            ctx.exit(OK)
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(INTERRUPTED)
        # click shows its own; they come before the branch that takes any exception
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            raise _as_shown(error) from error


class ShownError(click.ClickException):
    """An error of ours, shown as a line and turned into its exit code."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code  # type: ignore[misc]  # click reads the instance as well


def _as_shown(error: Exception) -> Exception:
    """An error of ours, and what the machine refuses, as what click shows; a bug as it is."""
    from copydesk.cleaners.errors import CopydeskError
    from copydesk.flows.io.machine_faults import machine_fault

    # a bug keeps its traceback: no line could say what to do about it
    fault = error if isinstance(error, CopydeskError) else machine_fault(error)
    return error if fault is None else ShownError(str(fault), getattr(fault, "exit_code", ENVIRONMENT))


def _forget_standard_output() -> None:
    """Keeps Python from complaining at its end that what it still holds has no reader."""
    # not closed: at its end Python writes out what it holds, and to a closed file that is an error
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=Copydesk, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="copydesk", message="copydesk %(version)s")
@click.pass_context
def cli(ctx: click.Context, /) -> None:
    """Turns scraped pages into clean article records in which every block is accounted for."""
    # click asks it after the command line and the environment, which is the order that is promised
    ctx.default_map = settings.load(cli.commands, folder=Path.cwd(), environment=os.environ)


@cli.command(epilog=EPILOG)
@click.argument("names", nargs=-1, metavar="[FILE|DIR|-]...")
@setting("--format", type=click.Choice(["jsonl", "text", "markdown"]), default="jsonl", help="What to write.")
@setting(
    "--input",
    type=click.Choice(["auto", "html", "text", "jsonl", "warc"]),
    default="auto",
    help="What the files are; auto looks at names and first lines.",
)
@click.option(
    "--url", type=WebAddress(), help="Address of the page, where there is only one and it does not say."
)
@options_of_a_run("fields", "jobs")
@click.option("--mark", is_flag=True, help="Show each page's blocks in order, what was cut marked in place.")
@options_of_a_run("removed", "mask", "keep", "drop", "pages", "overrides")
@click.pass_context
def clean(ctx: click.Context, /, names: tuple[str, ...], **options: Any) -> None:
    """Clean pages: files, folders or standard input (-) in, records on standard output.

    One record a page, in input order. Keeps no state, needs no network.
    """
    from copydesk.flows.commands.clean import CleanOptions, run_clean

    mark = options.pop("mark")
    # a format from the environment or the settings file gives way to --mark
    if mark and ctx.get_parameter_source("format") is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("--mark is a format of its own: leave out --format")
    ctx.exit(run_clean(CleanOptions(names=names, **options | ({"format": "mark"} if mark else {}))))


@cli.command(epilog=EPILOG)
@options_of_a_run(
    "sources", "output", "sink", "database", "state", "part_size", "part_by", "versions", "unique", "views", "limit", "fields", "jobs", "dry_run", "keep_raw", "since", "ask_again", "contact", "refetch", "again", "from_archive",
    "max_failures", "removed", "mask", "keep", "drop", "pages", "overrides", "recurring",
)  # fmt: skip
@click.pass_context
def ingest(ctx: click.Context, /, **options: Any) -> None:
    """Run the flow once: clean what the sources (default: seeds) hold and store the records.

    A source is a file or folder of pages, JSON Lines, an archive (WARC, ZIP, tar), an address on the web, or
    a list of sources (.toml). The run is shown by the Prefect server that is configured (PREFECT_API_URL); where
    none is, Prefect is not used.
    """
    from copydesk.flows.run.prefect_server import is_configured

    chosen = _ingest_options(**options)
    # to import Prefect takes longer than many a run
    is_plain = chosen.dry_run or not is_configured()
    if is_plain:
        from copydesk.flows.run.batches import ingest_plainly as run
    else:
        from copydesk.flows.run.ingest import run_ingest as run
    result = run(chosen)
    click.echo(result.summary, err=True)
    if is_plain and not chosen.dry_run:
        click.echo("done without Prefect: no server is configured (PREFECT_API_URL)", err=True)
    usable = result.ok + result.partial
    code = exit_code(usable=usable, failed=result.failed_pages, pages=result.records)
    ctx.exit(ENVIRONMENT if result.unwritten else STOPPED if result.stopped else code)


@cli.command(epilog=EPILOG)
@options_of_a_run("sources")
@setting("--every", metavar="TIME", help="How often to run: 30s, 15m, 1h, 1d.")
@setting("--cron", metavar="LINE", help="When to run, as a cron line of five fields.")
@options_of_a_run(
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
    "ask_again", "contact", "removed", "mask", "keep", "drop", "pages", "overrides", "recurring"
)
def serve(every: str | None, cron: str | None, name: str | None, **options: Any) -> None:
    """Run the flow on a schedule, starting a Prefect server where none answers."""
    from copydesk.flows.run.serve import serve as run_schedule

    run_schedule(_ingest_options(dry_run=False, **options), every=every, cron=cron, name=name)


def _ingest_options(*, sources: tuple[str, ...], **options: Any) -> Any:
    from copydesk.flows.config.run_options import IngestOptions

    # click gives an empty tuple where none is named
    return IngestOptions(sources=sources or ("seeds",), **options)


@cli.command(epilog=EPILOG)
@click.argument("file")
@setting(
    "--input", type=click.Choice(["auto", "html", "text", "jsonl"]), default="auto", help="What the file is."
)
@click.option("--url", type=WebAddress(), help="Address of the page, where it does not say.")
@click.option(
    "--cues",
    is_flag=True,
    help="Show below each short block the cues and phrases of the language files in it.",
)
@options_of_a_run("keep", "drop", "pages", "overrides")
@click.pass_context
def explain(ctx: click.Context, /, file: str, **options: Any) -> None:
    """Show every block of a page with its label, rule and evidence, where each field was found, and the
    page's origin.
    """
    from copydesk.flows.commands.explain import Explained, run_explain
    from copydesk.flows.config.text_options import cleaning_options
    from copydesk.flows.config.user_rules import user_rules
    from copydesk.flows.overrides.override_file import read_overrides

    chosen = {name: options.pop(name) for name in ("keep", "drop", "pages")}
    cleaning = cleaning_options(user_rules(Path.cwd()), **chosen)
    decided = read_overrides(options.pop("overrides"), Path.cwd())
    ctx.exit(run_explain(file, cleaning, Explained(overrides=decided, **options)))


@cli.command(epilog=EPILOG)
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
        click.echo(line)


@cli.command()
@click.argument("rule_id", metavar="[RULE]", required=False)
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
def rules(rule_id: str | None, shape: str, place: Path | None, *, with_figures: bool) -> None:
    """List the rules, your own first: id, label, why, and what each does and does not match.

    With the id of a RULE, that one alone, and how often it was right on real pages.
    """
    from copydesk.flows.commands import rules as listing
    from copydesk.flows.config.user_rules import user_rules

    if rule_id and (place or with_figures):
        raise click.UsageError("--count and --figures are of all rules; RULE alone shows the figures of one")
    # the same folder as for a run: what is listed is what would be asked
    listed = listing.all_rules(user_rules(Path.cwd()))
    chosen = [listing.named_rule(listed, rule_id)] if rule_id else listed
    applied = listing.count_applied(place) if place else None
    figures = listing.read_figures() if with_figures or rule_id else None
    if shape == "json":
        click.echo(listing.rules_as_json(chosen, applied, figures))
    elif applied:
        click.echo(listing.counts_as_text(chosen, applied))
    elif figures is None:
        click.echo(listing.rules_as_text(chosen))
    else:
        click.echo(listing.rule_as_text(chosen[0], figures) if rule_id else listing.figures_as_text(figures))


class _ExportCommand(click.Command):
    """Lists the formats below the options: which there are is known once the packages are asked."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        from copydesk.flows.commands.export import help_note

        formatter.write(help_note())
        super().format_epilog(ctx, formatter)


@cli.command(cls=_ExportCommand, epilog=EPILOG)
@setting(
    "--output",
    type=click.Path(path_type=Path),
    default=Path("output"),
    help="Folder of the runs whose records are exported, or the store in it, where there are several.",
)
@setting("--database", metavar="URL", help="Instead: the PostgreSQL database the runs filled.")
@click.option("--format", required=True, metavar="NAME", help="What to write: one of the formats below.")
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
def export(output: Path, database: str | None, *, force: bool, **options: Any) -> None:
    """Write what is stored in the format the next program reads, whole or not at all."""
    from copydesk.flows.commands.export import ExportOptions, run_export
    from copydesk.flows.exports.export import Export, summary

    wanted = Export(**options)
    done = run_export(ExportOptions(output, wanted, database, force))
    click.echo(summary(done, wanted.place), err=True)


@cli.command()
@click.option("--arrow", is_flag=True, help="Print the Arrow schema that tables of records have.")
def schema(*, arrow: bool) -> None:
    """Print the JSON Schema of a record."""
    import json

    from copydesk.cleaners import json_schema

    if arrow:
        from copydesk.flows.commands.export import arrow_schema_as_text

        click.echo(arrow_schema_as_text())
        return
    # what is no ASCII in its descriptions stays readable
    click.echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


cli.add_command(sources)
cli.add_command(review)


@cli.command(epilog=EPILOG)
@options_of_a_run("output", "state", "database")
@click.option("--json", "is_json", is_flag=True, help="For programs.")
def status(*, output: Path, state: str | None, database: str | None, is_json: bool) -> None:
    """Show how runs into an output folder stand: records, sources, what keeps failing, what to do next."""
    from datetime import UTC, datetime

    from copydesk.flows.commands.status import status_as_json, status_as_text, status_of

    found = status_of(output, state=state, database=database)
    click.echo(status_as_json(found) if is_json else status_as_text(found, now=datetime.now(UTC)))


@cli.command(epilog=EPILOG)
@click.argument("names", nargs=-1, metavar="[SOURCE|URL]...")
@click.option("--failed", "is_all", is_flag=True, help="All that failed.")
@options_of_a_run("output", "state")
def retry(names: tuple[str, ...], *, is_all: bool, output: Path, state: str | None) -> None:
    """Have pages and lists of the web that failed asked for by the next run, without waiting their time.

    What robots.txt denies stays denied.
    """
    from copydesk.flows.commands.status import retry as make_due

    click.echo(make_due(output, names, is_all=is_all, state=state), err=True)


@cli.command(epilog=EPILOG)
@options_of_a_run("output", "state")
@click.pass_context
def doctor(ctx: click.Context, /, *, output: Path, state: str | None) -> None:
    """Check that this installation can do its work."""
    from copydesk.flows.commands.doctor import run_checks

    checks = run_checks(output, state=state)
    for check in checks:
        mark = click.style("ok  ", fg="green") if check.ok else click.style("FAIL", fg="red")
        click.echo(f"{mark} {check.name}: {check.detail}")
    # what is missing is the machine's, as where a run finds no server
    ctx.exit(OK if all(check.ok for check in checks) else ENVIRONMENT)


def main() -> None:
    """Entry point of ``copydesk``. SIGTERM means what Ctrl-C does: stop, keep what is done."""
    # before the command is read: a service manager may stop it as it starts
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # pages are spread over processes; threads numpy would start are no use, and copied by no fork
    # set before numpy is imported, which reads it once; what the user has set stays
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    cli(prog_name="copydesk")
