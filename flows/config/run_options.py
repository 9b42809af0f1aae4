"""All options, each in one place: command line, variables, settings file and Prefect's form are made of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, get_args, get_type_hints

from msgspec.structs import fields, force_setattr

from copydesk.cleaners.options import Options
from copydesk.flows.config.option import Option, Shown
from copydesk.flows.errors import SettingsError, setting_errors
from copydesk.flows.io.sinks import sink_names

_RUN = ("ingest", "serve")
_SERVERS = ("api", "mcp")
_ONE_PAGE = ("clean", "explain", "teach")
_PORTS = 65_535
_DATABASE = "config.database_url:check_database_url"
SOURCES = "source"
"""Stands for the tables of lists, which may have the options of cleaning, too."""


class IngestOptions(Options, frozen=True, kw_only=True):
    """What to ingest, where to, how to clean it, and when to give up.

    Raises SettingsError, in one line, for a wrong value.
    """

    # a table, with an option on as few lines as its words take
    # fmt: off
    sources: Annotated[tuple[str, ...], Shown(
        "Files, folders, archives, URLs, lists of sources (.toml).",
        _RUN, metavar="[SOURCE]...", is_argument=True)] = ("seeds",)
    without: Annotated[tuple[str, ...], Shown(
        "Skip this list of sources of a named folder; may be repeated.",
        _RUN, metavar="LIST", is_setting=False)] = ()
    output: Annotated[Path, Shown(
        "Folder of the records: runs write it, other commands read it.",
        (*_RUN, "merge", *_ONE_PAGE, "diff", "search", "review", "status", "retry", "doctor"))] = Path("output")
    sink: Annotated[str, Shown(
        "What shows the library: a file of records beside it (jsonl, jsonl.gz, jsonl.zst, parquet), or "
        "only its own tables (sqlite, postgresql).",
        (*_RUN, "merge", "api"),
        metavar="NAME", choices=sink_names(), instead=(
            "copydesk.formats", "{0} is a format of views: --view {0}=PLACE writes it beside the library",
        ))] = "jsonl"
    database: Annotated[str | None, Shown(
        "URL of a PostgreSQL database, where the runs had one: postgresql://user@host/news. Write a password "
        "as ${NAME}, with its value in that variable.",
        (*_RUN, "merge", "diff", "api", "search", "review", "status", "retry", "doctor"), metavar="URL",
        check=_DATABASE)] = None
    state: Annotated[str | None, Shown(
        "URL of a PostgreSQL database that has the library, instead of the output folder, whatever the "
        "sink; write a password as ${NAME}.",
        (*_RUN, "merge", "api", "status", "retry", "doctor"), metavar="URL", check=_DATABASE)] = None
    part_size: Annotated[str | None, Shown(
        "Split files of records into parts of about this size: 500MB.",
        (*_RUN, "merge", "api"), metavar="SIZE", check="config.option:read_size")] = None
    part_by: Annotated[Literal["day"] | None, Shown(
        "Begin a new part each day (UTC) with new records.", (*_RUN, "merge", "api"))] = None
    versions: Annotated[Literal["all", "last"], Shown(
        "Versions to store of a page whose text has changed: all, or only the last.", (*_RUN, "merge", "api"))] = "all"
    unique: Annotated[bool, Shown(
        "Skip new pages that are near-duplicates of a stored article.",
        (*_RUN, "merge", "api"), flags=("--unique/--no-unique",))] = False
    """Stored records stay, even if a better original comes; so do new versions of their pages."""
    views: Annotated[tuple[str, ...], Shown(
        "Also write the records in another format, such as csv=articles.csv; may be repeated. Formats and "
        "places are those of copydesk export.", _RUN, flags=("--view",), metavar="FORMAT=PLACE")] = ()
    """In addition to the tables ``[[view]]`` of the settings file."""
    webhook: Annotated[str | None, Shown(
        "URL that is told which records are new, changed or failed, signed with --webhook-secret. Write "
        "what is secret in it as ${NAME}.", _RUN, metavar="URL", check="config.webhook:check_webhook")] = None
    webhook_secret: Annotated[str | None, Shown(
        "File with the secret that signs the webhook (whsec_...), or a variable as ${NAME}.",
        _RUN, metavar="FILE", check="config.webhook:check_secret")] = None
    limit: Annotated[int | None, Shown("At most N pages.", _RUN, metavar="N")] = None
    """None for all."""
    shard: Annotated[str | None, Shown(
        "Only this share of the pages on the disk: 2/8 is the second of eight.",
        ("ingest",), metavar="K/N", is_setting=False, check="sources.catalogue:read_shard")] = None
    fields: Annotated[tuple[str, ...], Shown(
        "Name of a field of pages in JSON Lines, CSV and Parquet, such as body=html_content; may be "
        "repeated. Fields are id, url, body, html, text, content_type, headers, fetched_at.",
        (*_RUN, "clean"), flags=("--field",), metavar="FIELD=NAME",
        check="sources.opening.field_names:parse_field_names")] = ()
    # set by hand: more processors than a machine has
    jobs: Annotated[int | None, Shown(
        "Number of worker processes; 0 or default: one per processor.",
        (*_RUN, *_SERVERS, "clean"), metavar="N", most=4096)] = None
    """0 means None: stored parameters of old deployments have it."""
    runner: Annotated[str, Shown(
        "Where pages are cleaned: local, dask (a local Dask cluster of --jobs processes), or dask=ADDRESS "
        "(an existing cluster, tcp://host:8786).", ("ingest",), metavar="local|dask[=ADDRESS]",
        check="workers.dask_cluster:check_runner")] = "local"
    dry_run: Annotated[bool, Shown("Clean, but write nothing.", ("ingest",), is_setting=False)] = False
    keep_raw: Annotated[bool, Shown(
        "Archive web pages as fetched, in the output folder (WARC).",
        ("ingest",), flags=("--keep-raw/--no-keep-raw",))] = True
    since: Annotated[str | None, Shown(
        "Skip web pages dated before: 24h, 7d, 2026-11-01.", ("ingest",), metavar="TIME",
        check="schedule:since_at")] = None
    """As their feed or sitemap dates them."""
    ask_again: Annotated[str | None, Shown(
        "Ages at which web pages are fetched again (default 1h,6h,1d,7d, unless a list sets others), or "
        "never.", _RUN, metavar="AGES", check="schedule:read_ages")] = None
    """Whatever their feed or sitemap dates them."""
    contact: Annotated[str | None, Shown(
        "Your e-mail address or URL, sent to servers with each request.",
        (*_RUN, *_ONE_PAGE, *_SERVERS, "try", "check"), metavar="ADDRESS",
        check="fetching.http.outcomes:user_agent")] = None
    allow_private: Annotated[tuple[str, ...], Shown(
        "Allow this host although it is not public, such as localhost:8000; may be repeated.",
        (*_RUN, *_ONE_PAGE, *_SERVERS, "try", "check"), metavar="HOST:PORT",
        check="fetching.wire.addresses:allowed_hosts")] = ()
    refetch: Annotated[bool, Shown("Fetch known web pages again.", ("ingest",), is_setting=False)] = False
    """Every source is read, even if it is not due."""
    again: Annotated[bool, Shown(
        "Clean files again, even if neither they nor the rules have changed.",
        ("ingest",), is_setting=False)] = False
    from_archive: Annotated[bool, Shown(
        "Clean the archived pages again; fetch nothing.", ("ingest",), is_setting=False)] = False
    """By the rules and policies of the sources' lists."""
    max_failures: Annotated[str | None, Shown(
        "Stop when more pages than this have failed.", _RUN, metavar="N|P%",
        check="config.failure_limit:FailureLimit.parse")] = None
    """A number, or a percentage with its sign."""
    removed: Annotated[Literal["full", "counts", "none"], Shown(
        "Removed text in a record: full; counts (one entry per label with the number of blocks and "
        "characters); or none.", (*_RUN, "merge", *_SERVERS, "clean"))] = "full"
    overrides: Annotated[str | None, Shown(
        "File of manual decisions on blocks.", (*_RUN, *_ONE_PAGE, "review"), metavar="FILE")] = None
    # the settings file has it as a gate
    min_confidence: Annotated[float | None, Shown(
        "Set pages aside whose text is expected to be worse than this F1, 0 to 1.",
        _RUN, metavar="X", is_setting=False)] = None
    recurring: Annotated[bool, Shown(
        "Remove text that recurs on many pages of a site, counted from run to run.",
        (*_RUN, "merge", "api"), flags=("--recurring/--no-recurring",))] = True

    # fmt: on

    def __post_init__(self) -> None:
        """Reads each value; combinations are checked where they are used."""
        for name, option in run_options().items():
            with setting_errors(f"{(*option.flags, name)[0]}: "):
                # a frozen struct allows no other way
                force_setattr(self, name, option.read(getattr(self, name)))
        with setting_errors(""):
            super().__post_init__()
        if (self.webhook is None) != (self.webhook_secret is None):
            given, missing = ("--webhook", "--webhook-secret")[:: 1 if self.webhook else -1]
            raise SettingsError(f"{given} needs {missing} beside it")


DRY_RUN = "dry_run"
"""The option that the flow does not have: a dry run needs no Prefect."""

_RECORDS = (*_RUN, "clean", SOURCES)
# fmt: off
_CLEANING = {
    "mask": Shown(
        "Mask e-mail addresses, telephone numbers or both: email, phone, email,phone.",
        (*_RECORDS, *_SERVERS), metavar="KIND,...", check="io.extras:check_masks"),
    "keep": Shown(
        "Keep blocks with these labels in the text: sidebar, infobox, hatnote, reference, or labels that "
        "the settings drop.", (*_RECORDS, *_SERVERS, "explain", "try"), metavar="LABEL,..."),
    "drop": Shown(
        "Drop blocks with these labels from the text: standfirst, faq, live, embed.",
        (*_RECORDS, *_SERVERS, "explain", "try"), metavar="LABEL,..."),
    "pages": Shown("Kinds of pages whose main content is kept.", (*_RECORDS, *_SERVERS, "explain", "try")),
    "blocks": Shown("List the blocks of the text in each record, with their labels and offsets.", _RECORDS),
    "comments": Shown("List the comments of readers in each record and below each text.", _RECORDS),
    "favor": Shown(
        "Keep only text that is surer the article's (precision), or more of it (recall).",
        (*_RECORDS, *_SERVERS, "explain", "try")),
}
"""How the options of cleaning are offered; the others of them are limits, and what files hold."""

_OF_COMMANDS = (
    Option("output", Path, Path("output"), Shown(
        "Folder of the runs whose records are exported, or a store in it if there are several.",
        ("export",))),
    Option("database", str | None, None, Shown(
        "Instead, the PostgreSQL database of the runs.", ("export",), metavar="URL", check=_DATABASE)),
    Option("format", Literal["jsonl", "text", "markdown", "html"], "jsonl", Shown(
        "Output format; html is one document with an article for each page.", ("clean",))),
    Option("title", bool, True, Shown(
        "Begin texts with the headline.", ("clean",), flags=("--title/--no-title",))),
    Option("input", Literal["auto", "html", "text", "jsonl", "csv", "warc"], "auto", Shown(
        "Format of the files; auto detects it by names and first lines.", ("clean", "explain"))),
    Option("every", str | None, None, Shown(
        "Interval for sources without a schedule: 30s, 15m, 1h, 1d.", ("serve",), metavar="TIME",
        check="schedule:read_every")),
    Option("cron", str | None, None, Shown(
        "Or their schedule as a cron line of five fields.", ("serve",), metavar="LINE",
        check="schedule:read_cron")),
    Option("timezone", str | None, None, Shown(
        "Time zone of --cron, such as Europe/Paris; default UTC.", ("serve",), metavar="ZONE",
        check="schedule:read_timezone")),
    Option("api_token", str | None, None, Shown(
        "Wanted from clients as a bearer token; 16 characters or more.",
        _SERVERS, flags=("--token",), metavar="TOKEN")),
    *(Option(name, type_, default, shown._replace(is_setting=False)) for name, type_, default, shown in (
        ("host", str, "127.0.0.1", Shown("Address to listen at.", _SERVERS)),
        ("port", int, 8765, Shown("0: any that is free.", ("api",), most=_PORTS)),
        ("port", int, 8766, Shown("0: any that is free.", ("mcp",), most=_PORTS)),
        ("port", int, 0, Shown("Default: any that is free.", ("try",), metavar="N", most=_PORTS)),
        ("max_page", int, 10, Shown(
            "Size of a page, sent or fetched, in megabytes.", _SERVERS, metavar="MB", least=1)),
        ("max_batch", int, 50, Shown("Size of a batch in megabytes.", _SERVERS, metavar="MB", least=1)),
        ("max_requests", int, 32, Shown(
            "Requests at once, beyond which others are refused (503).", _SERVERS, metavar="N", least=1)),
        ("timeout", int, 20, Shown("Time for cleaning a page.", _SERVERS, metavar="SECONDS", least=1)),
        ("no_cache", bool, False, Shown("Fetch URLs again that were fetched in the last minutes.", _ONE_PAGE)),
        ("browser", bool, False, Shown("Build pages of URLs with their scripts, in Chromium.", _ONE_PAGE)),
        ("url", str | None, None, Shown(
            "URL of the page, for a single page that does not declare it.", _ONE_PAGE, metavar="URL",
            check="config.given_urls:check_page_url")),
        ("max_bytes", int, 20_000_000, Shown(
            "Accept a file or standard input of up to N bytes as a page.", _ONE_PAGE, metavar="N", least=1)),
        ("limit", int | None, None, Shown("Read at most N pages.", _ONE_PAGE, metavar="N", least=1)),
        ("where", str | None, None, Shown(
            "Only records whose fields match, as in SQL: \"language = 'de' and date_published >= '2026-03-01'\".",
            ("search", "export"), metavar="EXPRESSION")),
        ("limit", int, 10, Shown("At most N records.", ("search",), metavar="N", least=1)),
        ("limit", int | None, None, Shown("At most N records.", ("export",), metavar="N", least=1)),
        ("limit", int, 20, Shown("Without PAGE: list at most N pages.", ("diff",), metavar="N", least=1)),
        ("chunk_size", int | None, None, Shown(
            "Characters of a chunk, at most; default 1500.", ("export",), metavar="N", least=1)),
        ("chunk_overlap", int | None, None, Shown(
            "Characters that a chunk repeats of the one before, at most; default 0.", ("export",), metavar="N")),
        ("most", int, 5_000, Shown(
            "List the N newest records; all are counted.", ("review",), metavar="N", least=1)),
        ("first", int | None, None, Shown(
            "The old version; default: the version before --to.", ("diff",), flags=("--from",), metavar="N")),
        ("last", int | None, None, Shown(
            "The new version; default: the last.", ("diff",), flags=("--to",), metavar="N")),
    )),
)


# fmt: on


@lru_cache(maxsize=1)
def run_options() -> Mapping[str, Option]:
    """The options of a run by their names, in the order in which they are shown."""
    types = get_type_hints(IngestOptions, include_extras=True)
    defaults = {one.name: one.default for one in fields(IngestOptions)}
    annotated = {name: get_args(types[name]) for name in defaults if name not in Options.__struct_fields__}
    # those of cleaning come last
    found = annotated | {name: (types[name], shown) for name, shown in _CLEANING.items()}
    return {name: Option(name, type_, defaults[name], shown) for name, (type_, shown) in found.items()}


def options_of(command: str) -> tuple[Option, ...]:
    """The options that a command has, in the order of ``--help``; of ``source`` those that a source of a list has."""
    return tuple(one for one in (*run_options().values(), *_OF_COMMANDS) if command in one.shown.at)
