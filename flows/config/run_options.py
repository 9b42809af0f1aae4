"""The options of a run: a typed model that makes the command line, the settings and Prefect's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from copydesk.cleaners.suggestions import closest
from copydesk.flows.config.database_url import check_database_url
from copydesk.flows.config.text_options import read_mask, read_policy
from copydesk.flows.config.webhook import check_webhook
from copydesk.flows.errors import setting_errors
from copydesk.flows.io.sinks import sink_names
from copydesk.flows.option_values import expected, read_bool, read_folder, read_integer, read_share, read_text
from copydesk.flows.shortening import shortened


class Shown(NamedTuple):
    """How an option is offered. The model itself has its type and default.

    ``flags``: its names on the command line, if not just its own. ``choices``: the only values; ``instead``: a group
    of entry points, and the error for a name of that. ``most``: of numbers. ``is_setting``: allowed in the settings
    file.
    """

    help: str
    flags: tuple[str, ...] = ()
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    instead: tuple[str, str] = ("", "")
    # set by hand: more than any run has pages, and no number that Python's iterators refuse
    most: int = 1_000_000_000
    is_setting: bool = True
    is_argument: bool = False


def offered(default: Any, text: str, **more: Any) -> Any:
    """A field of the model: its default, and how it is offered."""
    return field(default=default, metadata={"shown": Shown(text, **more)})


# a dataclass, not a msgspec Struct, so that --help need not load msgspec
@dataclass(frozen=True, slots=True)
class IngestOptions:
    """What to ingest, where to, and when to give up. Raises SettingsError, in one line, for a wrong value."""

    sources: tuple[str, ...] = offered(
        ("seeds",),
        "Files, folders, archives, URLs, lists of sources (.toml).",
        metavar="[SOURCE]...",
        is_argument=True,
    )
    without: tuple[str, ...] = offered(
        (), "Skip this list of sources of a named folder; may be repeated.", metavar="LIST", is_setting=False
    )
    output: Path = offered(Path("output"), "Output folder for the records.")  # noqa: RUF009 - it makes a field
    sink: str = offered(
        "jsonl",
        "What shows the library: a file of records beside it (jsonl, jsonl.gz, jsonl.zst, parquet), or "
        "only its own tables (sqlite, postgresql).",
        metavar="NAME",
        choices=sink_names(),
        instead=(
            "copydesk.formats",
            "{0} is a format of views: --view {0}=PLACE writes it beside the library",
        ),
    )
    database: str | None = offered(
        None,
        "URL of the database, if the sink needs one: postgresql://user@host/news. Write a password as "
        "${NAME}, with its value in that variable.",
        metavar="URL",
    )
    state: str | None = offered(
        None,
        "URL of a PostgreSQL database that has the library, instead of the output folder, whatever the "
        "sink; write a password as ${NAME}.",
        metavar="URL",
    )
    part_size: str | None = offered(
        None, "Split files of records into parts of about this size: 500MB.", metavar="SIZE"
    )
    part_by: str | None = offered(None, "Begin a new part each day (UTC) with new records.", choices=("day",))
    versions: str = offered(
        "all",
        "Versions to store of a page whose text has changed: all, or only the last.",
        choices=("all", "last"),
    )
    unique: bool = offered(
        False, "Skip new pages that are near-duplicates of a stored article.", flags=("--unique/--no-unique",)
    )
    """Stored records stay, even if a better original comes; so do new versions of their pages."""
    limit: int | None = offered(None, "At most N pages.", metavar="N")
    """None for all."""
    shard: str | None = offered(
        None,
        "Only this share of the pages on the disk: 2/8 is the second of eight.",
        metavar="K/N",
        is_setting=False,
    )
    # set by hand: more processors than a machine has
    jobs: int | None = offered(
        None, "Number of worker processes; 0 or default: one per processor.", metavar="N", most=4_096
    )
    """0 means None: stored parameters of old deployments have it."""
    runner: str = offered(
        "local",
        "Where pages are cleaned: local, dask (a local Dask cluster of --jobs processes), or dask=ADDRESS "
        "(an existing cluster, tcp://host:8786).",
        metavar="local|dask[=ADDRESS]",
    )
    dry_run: bool = offered(False, "Clean, but write nothing.", is_setting=False)
    max_failures: str | None = offered(None, "Stop when more pages than this have failed.", metavar="N|P%")
    """A number, or a percentage with its sign."""
    removed: str = offered(
        "full",
        "Removed text in a record: full; counts (one entry per label with the number of blocks and "
        "characters); or none.",
        choices=("full", "counts", "none"),
    )
    blocks: bool = offered(
        False, "List the blocks of the text in each record, with their labels and offsets."
    )
    comments: bool = offered(False, "List the comments of readers in each record and below each text.")
    mask: str | None = offered(
        None,
        "Mask e-mail addresses, telephone numbers or both: email, phone, email,phone.",
        metavar="KIND,...",
    )
    keep: str | None = offered(
        None,
        "Keep blocks with these labels in the text: sidebar, infobox, hatnote, reference, or labels that the "
        "settings drop.",
        metavar="LABEL,...",
    )
    drop: str | None = offered(
        None,
        "Drop blocks with these labels from the text: standfirst, faq, live, embed.",
        metavar="LABEL,...",
    )
    pages: Literal["articles", "all"] = offered(
        "articles", "Kinds of pages whose main content is kept.", choices=("articles", "all")
    )
    favor: Literal["precision", "recall"] | None = offered(
        None,
        "Keep only text that is surer the article's (precision), or more of it (recall).",
        choices=("precision", "recall"),
    )
    overrides: str | None = offered(None, "File of manual decisions on blocks.", metavar="FILE")
    # the settings file has it as a gate
    min_confidence: float | None = offered(
        None,
        "Set pages aside whose text is expected to be worse than this F1, 0 to 1.",
        metavar="X",
        is_setting=False,
    )
    recurring: bool = offered(
        True,
        "Remove text that recurs on many pages of a site, counted from run to run.",
        flags=("--recurring/--no-recurring",),
    )
    keep_raw: bool = offered(
        True,
        "Archive web pages as fetched, in the output folder (WARC).",
        flags=("--keep-raw/--no-keep-raw",),
    )
    from_archive: bool = offered(False, "Clean the archived pages again; fetch nothing.", is_setting=False)
    """By the rules and policies of the sources' lists."""
    since: str | None = offered(None, "Skip web pages dated before: 24h, 7d, 2026-11-01.", metavar="TIME")
    """As their feed or sitemap dates them."""
    contact: str | None = offered(
        None, "Your e-mail address or URL, sent to servers with each request.", metavar="ADDRESS"
    )
    allow_private: tuple[str, ...] = offered(
        (),
        "Allow this host although it is not public, such as localhost:8000; may be repeated.",
        metavar="HOST:PORT",
    )
    ask_again: str | None = offered(
        None,
        "Ages at which web pages are fetched again (default 1h,6h,1d,7d, unless a list sets others), or never.",
        metavar="AGES",
    )
    """Whatever their feed or sitemap dates them."""
    refetch: bool = offered(False, "Fetch known web pages again.", is_setting=False)
    """Every source is read, even if it is not due."""
    again: bool = offered(
        False, "Clean files again, even if neither they nor the rules have changed.", is_setting=False
    )
    views: tuple[str, ...] = offered(
        (),
        "Also write the records in another format, such as csv=articles.csv; may be repeated. Formats and "
        "places are those of copydesk export.",
        flags=("--view",),
        metavar="FORMAT=PLACE",
    )
    """In addition to the tables ``[[view]]`` of the settings file."""
    webhook: str | None = offered(
        None,
        "URL that is told which records are new, changed or failed, signed with --webhook-secret. Write what is "
        "secret in it as ${NAME}.",
        metavar="URL",
    )
    webhook_secret: str | None = offered(
        None,
        "File with the secret that signs the webhook (whsec_...), or a variable as ${NAME}.",
        metavar="FILE",
    )
    fields: tuple[str, ...] = offered(
        (),
        "Name of a field of pages in JSON Lines, CSV and Parquet, such as body=html_content; may be "
        "repeated. Fields are id, url, body, html, text, content_type, headers, fetched_at.",
        flags=("--field",),
        metavar="FIELD=NAME",
    )

    def __post_init__(self) -> None:
        """Reads each value; combinations are checked where they are used."""
        for name, option in run_options().items():
            with setting_errors(f"{(*option.flags, name)[0]}: "):
                # a frozen dataclass allows no other way
                object.__setattr__(self, name, read_value(option, getattr(self, name)))
        if self.database is not None:
            check_database_url(self.database)
        if self.state is not None:
            check_database_url(self.state, option="--state")
        check_webhook(self.webhook, self.webhook_secret)
        if self.shard is not None:
            from copydesk.flows.sources.catalogue import read_shard  # here, so that --help need not load it

            with setting_errors("--shard: "):
                read_shard(self.shard)
        read_mask(self.mask)
        read_policy(self.keep, self.drop)


DRY_RUN = "dry_run"
"""The option that the flow does not have: a dry run needs no Prefect."""


class RunOption(NamedTuple):
    """An option of the model: its name, type, default, and how it is offered."""

    name: str
    type: Any
    default: Any
    shown: Shown

    @property
    def flags(self) -> tuple[str, ...]:
        """Its names on the command line; none for an argument."""
        if self.shown.is_argument:
            return ()
        return self.shown.flags or (f"--{self.name.replace('_', '-')}",)


@lru_cache(maxsize=1)
def run_options() -> Mapping[str, RunOption]:
    """All options by their names, in the model's order."""
    types = get_type_hints(IngestOptions)
    return {
        one.name: RunOption(one.name, types[one.name], one.default, one.metadata["shown"])
        for one in fields(IngestOptions)
    }


def read_value(option: RunOption, value: object) -> Any:
    """A value as in the model, from the command line, a file, Prefect's form or Python.

    Raises ValueError, whose message names neither option nor place.
    """
    if value is None and type(None) in get_args(option.type):
        return None
    if get_origin(option.type) is not tuple:
        return read_single(option, value)
    if not isinstance(value, (list, tuple)):
        raise expected("a list of texts", value)
    return tuple(read_single(option, one) for one in value)


def read_single(option: RunOption, value: object) -> Any:
    """As ``read_value``; of an option that may be given several times, one of its values."""
    if choices := option.shown.choices:
        return _choice(choices, option.shown.instead, value)
    if option.type is bool:
        return read_bool(value)
    if int in (option.type, *get_args(option.type)):
        return read_integer(value, most=option.shown.most)
    if float in get_args(option.type):
        return read_share(value)
    return read_folder(value) if option.type is Path else read_text(value)


@lru_cache(maxsize=1)
def _names_in(group: str) -> tuple[str, ...]:
    from importlib.metadata import entry_points  # here, so that --help need not load it

    return tuple(sorted(entry_points(group=group).names))


def _choice(choices: tuple[str, ...], instead: tuple[str, str], value: object) -> str:
    if value in choices:
        return str(value)
    if instead[0] and value in _names_in(instead[0]):
        raise ValueError(instead[1].format(value))
    listed = " or ".join(filter(None, (", ".join(choices[:-1]), choices[-1])))
    raise expected(listed, value, meant=closest(shortened(value), choices))
