"""The command line: arguments, streams and exit codes; the work is done elsewhere.

Anything heavy is imported by the command that needs it, so that ``--help`` and small runs are fast.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import click

from copydesk.flows.commands.command_options import (
    EPILOG,
    CommandGroup,
    options_for,
    summary_as_json,
    version_option,
)
from copydesk.flows.commands.export_command import export
from copydesk.flows.commands.page_commands import clean, explain, teach
from copydesk.flows.commands.review_command import review
from copydesk.flows.commands.ruling.rule_commands import rules
from copydesk.flows.commands.serving.server_commands import api, mcp, search, try_
from copydesk.flows.commands.source_commands import sources
from copydesk.flows.commands.streams import (
    ShownError,
    Verbosity,
    forget,
    has_lost_its_reader,
    hung_up,
    interruptible,
    verbosity_options,
)
from copydesk.flows.config import settings
from copydesk.flows.exit_codes import ENVIRONMENT, INTERRUPTED, OK, STOPPED, exit_code
from copydesk.flows.io.import_path import gc_paused
from copydesk.flows.terminal import echo, echo_check, shown_errors

ON_FILES = ("clean", "explain", "teach")
"""Commands that the smaller installation has for files; what they need beyond, they name."""


class Copydesk(CommandGroup):
    """The commands; turns exceptions into exit codes."""

    make_context = shown_errors()(click.Group.make_context)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [*args[1:], "--help"] if args[:1] == ["help"] else args)

    def hint(self, ctx: click.Context, name: str) -> str:
        # a page or a URL, as programs with a single purpose take it
        if "://" in name or os.path.lexists(name):
            return f"did you mean copydesk clean {name}?"
        return super().hint(ctx, name)

    @shown_errors()
    def invoke(self, ctx: click.Context) -> Any:
        """Runs a command. If the reader of its data has left, it ends quietly."""
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
        # click's own, before the branch for any exception
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            raise _as_shown(error) from error


def _as_shown(error: Exception) -> Exception:
    """Our errors and those of the machine as errors for click; a bug unchanged."""
    from copydesk.cleaners.errors import CopydeskError
    from copydesk.flows.io.extras import HAS_FLOWS, MissingExtra, install
    from copydesk.flows.io.machine_faults import machine_fault

    fault: Exception | None
    name = click.get_current_context().invoked_subcommand
    if isinstance(error, ModuleNotFoundError) and not HAS_FLOWS and name not in ON_FILES:
        extras = ("flows", "mcp") if name == "mcp" else ("flows",)
        fault = MissingExtra(f"copydesk {name} needs the larger installation: {install(*extras)}")
    elif isinstance(error, CopydeskError | MissingExtra):
        fault = error
    else:
        # a bug keeps its traceback
        fault = machine_fault(error)
    return error if fault is None else ShownError(str(fault), getattr(fault, "exit_code", ENVIRONMENT))


@click.group(cls=Copydesk, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@version_option
@click.pass_context
def cli(ctx: click.Context, /) -> None:
    """Turns scraped web pages into clean article records: boilerplate removal, article extraction, deduplication."""
    # click reads it after the command line and the environment
    ctx.default_map = settings.load(cli.commands, folder=Path.cwd(), environment=os.environ)


@cli.command(epilog=EPILOG, short_help="Clean new pages of the sources and store them, once.")
@options_for("ingest")
@verbosity_options("Print no progress and no summary.", "Print the whole report, with each source.")
@summary_as_json
@click.pass_context
def ingest(ctx: click.Context, /, *, verbosity: Verbosity, is_json: bool, **options: Any) -> None:
    """Clean the new pages of the sources (default: seeds) and store the records.

    A source is a file or folder of pages, JSON Lines, an archive (WARC, ZIP, tar), a URL, or a list of sources
    (.toml). A configured Prefect server (PREFECT_API_URL) shows the run; without a server, Prefect is not used.
    """
    from copydesk.flows.commands.run_progress import Watch, report
    from copydesk.flows.run.prefect_server import is_configured

    watch = Watch(verbosity)
    chosen = _ingest_options(**options)
    # importing Prefect takes longer than many runs
    is_plain = chosen.dry_run or not is_configured()
    if is_plain:
        from copydesk.flows.run.batches import ingest_plainly

        result = ingest_plainly(chosen, watch)
    else:
        with gc_paused():
            from copydesk.flows.run.ingest import run_ingest

        result = run_ingest(chosen)
    report(result, watch, verbosity, is_json=is_json)
    if is_plain and not chosen.dry_run and verbosity is Verbosity.VERBOSE:
        echo("done without Prefect: no server is configured (PREFECT_API_URL)", err=True)
    usable = result.ok + result.partial
    failed = result.failed_pages + result.missing
    code = exit_code(usable=usable, failed=failed, pages=result.records)
    ctx.exit(ENVIRONMENT if result.unwritten else STOPPED if result.stopped else code)


@cli.command(epilog=EPILOG, short_help="Clean new pages of the sources again and again, on a schedule.")
@options_for("serve")
@click.option("--name", help="Name of the deployment; default: made from the output folder and the sources.")
def serve(
    every: str | None, cron: str | None, timezone: str | None, name: str | None, **options: Any
) -> None:
    """Run on a schedule, and start a Prefect server if none answers.

    A list of sources with its own schedule ([schedule] with every, or cron and timezone) has its own deployment;
    all other sources run by --every or --cron.
    """
    from copydesk.flows.run.serving.deployments import Stated
    from copydesk.flows.run.serving.serve import serve as run_schedule

    run_schedule(_ingest_options(dry_run=False, **options), Stated(every, cron, timezone), name=name)


def _ingest_options(*, sources: tuple[str, ...], **options: Any) -> Any:
    from copydesk.flows.config.run_options import IngestOptions
    from copydesk.flows.sources.file_names import with_scheme

    # click gives an empty tuple if none is given
    return IngestOptions(sources=tuple(map(with_scheme, sources or ("seeds",))), **options)


@cli.command(epilog=EPILOG, short_help="List pages whose text has changed, or show what changed in one.")
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


@cli.command(epilog=EPILOG, short_help="Bring the records of several output folders into one.")
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


@cli.command()
@click.option("--arrow", is_flag=True, help="Print the Arrow schema of tables of records.")
def schema(*, arrow: bool) -> None:
    """Print the JSON Schema of a record."""
    from copydesk.cleaners import json_schema

    if arrow:
        from copydesk.flows.commands.export import arrow_schema_as_text

        echo(arrow_schema_as_text())
        return
    # so that descriptions stay readable
    echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


for command in (api, clean, explain, export, mcp, review, rules, search, sources, teach, try_):
    cli.add_command(command)


@cli.command(epilog=EPILOG, short_help="Show the state of an output folder, and what to do next.")
@options_for("status")
@click.option("--json", "is_json", is_flag=True, help="Print JSON, for programs.")
def status(*, output: Path, state: str | None, database: str | None, is_json: bool) -> None:
    """Show the state of an output folder: how many records it has, which pages failed and why, when each source on the
    web was last read, and what to do next.
    """
    from datetime import UTC, datetime

    from copydesk.flows.commands.status import status_as_json, status_as_text, status_of

    found = status_of(output, state=state, database=database)
    echo(status_as_json(found) if is_json else status_as_text(found, now=datetime.now(UTC)))


@cli.command(epilog=EPILOG, short_help="Queue what failed for retry on the next run.")
@click.argument("names", nargs=-1, metavar="[SOURCE|URL]...")
@click.option("--failed", "is_all", is_flag=True, help="All failed URLs.")
@click.option("--webhook", "is_webhook", is_flag=True, help="All events that the webhook refused for good.")
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


@cli.command(epilog=EPILOG)
@options_for("doctor")
@click.option("-v", "--verbose", "with_packages", is_flag=True, help="Also print a line about each package.")
@click.option("--json", "is_json", is_flag=True, help="Print JSON, for programs.")
@click.pass_context
def doctor(ctx: click.Context, /, *, with_packages: bool, is_json: bool, **folder: Any) -> None:
    """Check the installation. Problems come first."""
    import msgspec

    from copydesk.flows.commands.doctor import checks_as_lines, run_checks

    checks = run_checks(**folder)
    if is_json:
        echo(msgspec.json.encode(checks).decode())
    for is_ok, line in () if is_json else checks_as_lines(checks, with_packages=with_packages):
        echo_check(line, is_ok=is_ok)
    # a problem of the machine, as when a run finds no server
    ctx.exit(OK if all(check.ok for check in checks) else ENVIRONMENT)


def main() -> None:
    """Entry point of ``copydesk``. SIGTERM and SIGHUP mean what Ctrl-C does: stop, keep what is done."""
    # before the command is read: a service manager may stop it as it starts
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # while it was imported an interrupt ended the process at once (`copydesk.__main__`)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # a closed terminal, a lost connection; with nohup the command goes on
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, hung_up)
    if sys.stdin is not None:  # as it is where the shell closed it
        sys.stdin = interruptible(sys.stdin)
    # pages are spread over processes; numpy's threads are useless, and no fork copies them
    # set before numpy is imported, which reads it once; the user's value stays
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        cli(prog_name="copydesk")
    finally:
        # the collector would look through every module as the process ends: a sixth of what a page costs; it finds
        # nothing to do, since every file that is written is closed by its context manager
        gc.freeze()
