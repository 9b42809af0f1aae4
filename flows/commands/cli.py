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
    GIVEN,
    ON_FILES,
    CommandGroup,
    options_for,
    summary_as_json,
)
from copydesk.flows.commands.page_commands import clean, explain, teach
from copydesk.flows.commands.rule_commands import rules
from copydesk.flows.commands.server_commands import api, mcp, try_
from copydesk.flows.commands.source_commands import sources
from copydesk.flows.commands.store_commands import diff, export, merge, retry, review, search, status
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
    from copydesk.flows.io.extras import HAS_FLOWS, MissingExtra, install, lacking
    from copydesk.flows.io.machine_faults import machine_fault

    fault: Exception | None
    name = click.get_current_context().invoked_subcommand
    if isinstance(error, CopydeskError | MissingExtra):
        fault = error
    elif isinstance(error, ModuleNotFoundError) and not HAS_FLOWS and name not in ON_FILES:
        extras = [*lacking(click.get_current_context().meta.get(GIVEN, {})), *["mcp"] * (name == "mcp")]
        fault = MissingExtra(f"copydesk {name} needs the larger installation: {install(*extras)}")
    else:
        # a bug keeps its traceback
        fault = machine_fault(error)
    return error if fault is None else ShownError(str(fault), getattr(fault, "exit_code", ENVIRONMENT))


@click.group(cls=Copydesk, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="copydesk", message="%(prog)s %(version)s")
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
    chosen = _ingest_options(**options)
    from copydesk.flows.commands.run_progress import Watch, report
    from copydesk.flows.run.prefect_server import is_configured

    watch = Watch(verbosity)
    # importing Prefect takes longer than many runs
    is_plain = chosen.dry_run or not is_configured()
    if is_plain:
        from copydesk.flows.run.batches import ingest_plainly

        try:
            result = ingest_plainly(chosen, watch)
        except KeyboardInterrupt:
            watch.report_cut_short()
            raise
    else:
        with gc_paused():
            from copydesk.flows.run.ingest import run_ingest

        result = run_ingest(chosen)
    report(result, watch, verbosity, is_json=is_json)
    if is_plain and not chosen.dry_run and verbosity is Verbosity.VERBOSE:
        echo("done without Prefect: no server is configured (PREFECT_API_URL)", err=True)
    usable = result.ok + result.partial
    failed = result.failed_pages + result.missing + result.unlisted
    code = exit_code(usable=usable, failed=failed, pages=result.records)
    ctx.exit(ENVIRONMENT if result.unwritten else STOPPED if result.stopped else code)


@cli.command(epilog=EPILOG, short_help="Clean new pages of the sources again and again, on a schedule.")
@options_for("serve")
def serve(
    every: str | None, cron: str | None, timezone: str | None, name: str | None, **options: Any
) -> None:
    """Run on a schedule, and start a Prefect server if none answers.

    A list of sources with its own schedule ([schedule] with every, or cron and timezone) has its own deployment;
    all other sources run by --every or --cron.
    """
    chosen = _ingest_options(dry_run=False, **options)
    from copydesk.flows.run.serving.deployments import Stated
    from copydesk.flows.run.serving.serve import serve as run_schedule

    run_schedule(chosen, Stated(every, cron, timezone), name=name)


def _ingest_options(*, sources: tuple[str, ...], **options: Any) -> Any:
    from copydesk.flows.config.run_options import IngestOptions
    from copydesk.flows.io.extras import HAS_FLOWS, MissingExtra, install, lacking
    from copydesk.flows.sources.file_names import with_scheme

    # a single one is named where it is used
    if len(extras := lacking(options)) > 1 and HAS_FLOWS:
        raise MissingExtra(f"these options need more than is installed: {install(*extras)}")
    # click gives an empty tuple if none is given
    return IngestOptions(sources=tuple(map(with_scheme, sources or ("seeds",))), **options)


@cli.command()
@click.option("--arrow", is_flag=True, help="Print the Arrow schema of tables of records.")
def schema(*, arrow: bool) -> None:
    """Print the JSON Schema of a record."""
    from copydesk.cleaners import json_schema

    if arrow:
        from copydesk.flows.formats.parquet import arrow_schema
        from copydesk.flows.io.extras import needed

        needed("pyarrow", what="the Arrow schema", extra="parquet")
        echo("\n".join(f"{field.name}: {field.type}" for field in arrow_schema()))
        return
    # so that descriptions stay readable
    echo(json.dumps(json_schema(), indent=2, ensure_ascii=False))


@cli.command(epilog=EPILOG)
@options_for("doctor")
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


for command in (
    *(api, clean, diff, explain, export, mcp, merge, retry, review),
    *(rules, search, sources, status, teach, try_),
):
    cli.add_command(command)


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
