"""The options of a run: one typed model, from which the command line, the settings and the form of Prefect's
page are made, and the one check of their values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin, get_type_hints

from copydesk.flows.config.database_url import check_database_url
from copydesk.flows.config.text_options import read_mask, read_policy
from copydesk.flows.option_values import expected, read_folder, read_number, read_text, read_truth
from copydesk.flows.shortening import shortened
from copydesk.flows.suggestions import closest


class Shown(NamedTuple):
    """How an option is offered. Its type and default stand in the model itself.

    ``flags``: the names on the command line; none for an argument. ``choices``: the only values there are.
    ``names_in``: a group of entry points, whose names are the only values; ``instead``: another group, and what is
    told to who gives a name of that. ``least``, ``most``: of numbers. ``is_setting``: may stand in the settings file.
    """

    help: str
    flags: tuple[str, ...] = ()
    metavar: str | None = None
    choices: tuple[str, ...] = ()
    names_in: str = ""
    instead: tuple[str, str] = ("", "")
    least: int = 0
    # set by hand: more than any run has pages, and no number that Python's iterators refuse
    most: int = 1_000_000_000
    is_setting: bool = True


# a dataclass, not a msgspec Struct, so that --help need not load msgspec
@dataclass(frozen=True, slots=True)
class IngestOptions:
    """What to ingest, where to, and when to give up.

    Values are read as ``read_value`` says. Raises SettingsError, in one line, for one that cannot be.
    """

    sources: Annotated[
        tuple[str, ...],
        Shown(
            "Files, folders, archives, addresses on the web, lists of sources (.toml).",
            metavar="[SOURCE]...",
        ),
    ] = ("seeds",)
    without: Annotated[
        tuple[str, ...],
        Shown(
            "Leave out this list of sources, though its folder is named; may be repeated.",
            flags=("--without",),
            metavar="LIST",
            is_setting=False,
        ),
    ] = ()
    output: Annotated[Path, Shown("Folder the records go to.", flags=("--output",))] = Path("output")
    sink: Annotated[
        str,
        Shown(
            "What records are kept in: jsonl, jsonl.gz, jsonl.zst, parquet, sqlite, postgresql, or what an "
            "installed package brings.",
            flags=("--sink",),
            metavar="NAME",
            names_in="copydesk.sinks",
            instead=(
                "copydesk.formats",
                "{0} is a format, no store: --view {0}=PLACE keeps one beside the store",
            ),
        ),
    ] = "jsonl"
    database: Annotated[
        str | None,
        Shown(
            "Address of the database, where the sink needs one: postgresql://user@host/news. A password is "
            "written ${NAME}, and stands in that variable.",
            flags=("--database",),
            metavar="URL",
        ),
    ] = None
    state: Annotated[
        str | None,
        Shown(
            "Address of the PostgreSQL database in which what is known of pages of the web is kept, in place of "
            "a file in the output folder; a password is written ${NAME}.",
            flags=("--state",),
            metavar="URL",
        ),
    ] = None
    part_size: Annotated[
        str | None,
        Shown(
            "Keep files of records in parts, none much larger than this: 500MB.",
            flags=("--part-size",),
            metavar="SIZE",
        ),
    ] = None
    part_by: Annotated[
        str | None,
        Shown("Begin a part each day (UTC) that brings new records.", flags=("--part-by",), choices=("day",)),
    ] = None
    versions: Annotated[
        str,
        Shown(
            "What is kept of a page whose text has changed: a record of each version, or of the last alone.",
            flags=("--versions",),
            choices=("all", "last"),
        ),
    ] = "all"
    unique: Annotated[
        bool,
        Shown(
            "Leave out new pages that say nearly the same as another article of the store.",
            flags=("--unique/--no-unique",),
        ),
    ] = False
    """What is in the store stays, though a better original comes; so do versions of its pages."""
    limit: Annotated[int | None, Shown("At most so many pages.", flags=("--limit",), metavar="N")] = None
    """None for all."""
    shard: Annotated[
        str | None,
        Shown(
            "Only this share of the pages on the disk: 2/8 is the second of eight, which together have each page once.",
            flags=("--shard",),
            metavar="K/N",
            is_setting=False,
        ),
    ] = None
    jobs: Annotated[
        int | None,
        Shown(
            "Worker processes; as many as processors if 0 or not given.",
            flags=("--jobs",),
            metavar="N",
            # set by hand: more processors than a machine has
            most=4_096,
        ),
    ] = None
    """0 means what None means: it stands in the stored parameters of deployments that are older than None."""
    runner: Annotated[
        str,
        Shown(
            "Who cleans: local, or the workers of a Dask cluster: dask for one of --jobs processes, dask=ADDRESS for "
            "one that is there (tcp://host:8786).",
            flags=("--runner",),
            metavar="local|dask[=ADDRESS]",
        ),
    ] = "local"
    dry_run: Annotated[bool, Shown("Clean, but write nothing.", flags=("--dry-run",), is_setting=False)] = (
        False
    )
    max_failures: Annotated[
        str | None,
        Shown("Stop once more pages than this have failed.", flags=("--max-failures",), metavar="N|P%"),
    ] = None
    """A number, or a percentage with its sign."""
    removed: Annotated[
        str,
        Shown(
            "What a record keeps of the text that was cut: all of it; one entry a label with the number of "
            "blocks and characters; or nothing.",
            flags=("--removed",),
            choices=("full", "counts", "none"),
        ),
    ] = "full"
    mask: Annotated[
        str | None,
        Shown(
            "Replace e-mail addresses, telephone numbers or both by marks: email, phone, email,phone.",
            flags=("--mask",),
            metavar="KIND,...",
        ),
    ] = None
    keep: Annotated[
        str | None,
        Shown(
            "Put blocks with these labels into the text: sidebar, or what --drop takes out in the settings.",
            flags=("--keep",),
            metavar="LABEL,...",
        ),
    ] = None
    drop: Annotated[
        str | None,
        Shown(
            "Leave blocks with these labels out of the text: standfirst, faq, live, embed.",
            flags=("--drop",),
            metavar="LABEL,...",
        ),
    ] = None
    pages: Annotated[
        Literal["articles", "all"],
        Shown("Kinds of pages whose main content is kept.", flags=("--pages",), choices=("articles", "all")),
    ] = "articles"
    overrides: Annotated[
        str | None, Shown("File of what persons decided of blocks.", flags=("--overrides",), metavar="FILE")
    ] = None
    recurring: Annotated[
        bool,
        Shown(
            "Cut what recurs on many pages of a site, which is learned from run to run.",
            flags=("--recurring/--no-recurring",),
        ),
    ] = True
    keep_raw: Annotated[
        bool,
        Shown(
            "Keep pages of the web as they came, in the output's archive (WARC).",
            flags=("--keep-raw/--no-keep-raw",),
        ),
    ] = True
    from_archive: Annotated[
        bool,
        Shown(
            "Clean what is in that archive again; fetch nothing.", flags=("--from-archive",), is_setting=False
        ),
    ] = False
    """By the rules and policies of the sources' lists."""
    since: Annotated[
        str | None,
        Shown(
            "Leave out pages of the web dated before: 24h, 7d, 2026-11-01.",
            flags=("--since",),
            metavar="TIME",
        ),
    ] = None
    """As their feed or sitemap dates them."""
    contact: Annotated[
        str | None,
        Shown(
            "Your e-mail address or URL, told to the servers that are asked.",
            flags=("--contact",),
            metavar="ADDRESS",
        ),
    ] = None
    allow_private: Annotated[
        tuple[str, ...],
        Shown(
            "Reach this host though its address is no public one, such as localhost:8000; may be repeated.",
            flags=("--allow-private",),
            metavar="HOST:PORT",
        ),
    ] = ()
    ask_again: Annotated[
        str | None,
        Shown(
            "Ages at which pages of the web are asked for again (1h,6h,1d,7d if no list says otherwise), or never.",
            flags=("--ask-again",),
            metavar="AGES",
        ),
    ] = None
    """Whatever their feed or sitemap dates them."""
    refetch: Annotated[
        bool,
        Shown(
            "Ask for pages of the web again, though they are known.", flags=("--refetch",), is_setting=False
        ),
    ] = False
    """Every source is read, though it is not due."""
    again: Annotated[
        bool,
        Shown(
            "Clean files again, though neither they nor the rules have changed.",
            flags=("--again",),
            is_setting=False,
        ),
    ] = False
    views: Annotated[
        tuple[str, ...],
        Shown(
            "Keep the records in another format, too, such as csv=articles.csv; may be repeated. Formats and "
            "places are those of copydesk export.",
            flags=("--view",),
            metavar="FORMAT=PLACE",
        ),
    ] = ()
    """Beside those that stand in tables ``[[view]]`` of the settings file."""
    fields: Annotated[
        tuple[str, ...],
        Shown(
            "What a field of pages is called in JSON Lines, CSV and Parquet, such as body=html_content; may be "
            "repeated. Fields are id, url, body, html, text, content_type, headers, fetched_at.",
            flags=("--field",),
            metavar="FIELD=NAME",
        ),
    ] = ()

    def __post_init__(self) -> None:
        """Reads each value; what can be wrong with several is checked where they are used."""
        for name, option in run_options().items():
            try:
                value = read_value(option, getattr(self, name))
            except ValueError as error:
                from copydesk.flows.errors import SettingsError  # here, so that --help need not load it

                raise SettingsError(f"{(*option.shown.flags, name)[0]}: {error}") from error
            # the way a frozen dataclass allows: it is still being made
            object.__setattr__(self, name, value)
        if self.database is not None:
            check_database_url(self.database)
        if self.state is not None:
            check_database_url(self.state, option="--state")
        if self.shard is not None:
            _check_shard(self.shard)
        read_mask(self.mask)
        read_policy(self.keep, self.drop)


def _check_shard(text: str) -> None:
    """Raises SettingsError for what names no share."""
    from copydesk.flows.errors import SettingsError  # both here, so that --help need not load them
    from copydesk.flows.sources.shard import read_shard

    try:
        read_shard(text)
    except ValueError as error:
        raise SettingsError(f"--shard: {error}") from error


DRY_RUN = "dry_run"
"""The option that is none of the flow's: a dry run needs no Prefect."""


class RunOption(NamedTuple):
    """An option of the model: its name, type, default, and how it is offered."""

    name: str
    type: Any
    default: Any
    shown: Shown


@lru_cache(maxsize=1)
def run_options() -> Mapping[str, RunOption]:
    """All options by their names, in the model's order."""
    hints = get_type_hints(IngestOptions, include_extras=True)
    return {
        # of Annotated: __origin__ is the option's type, __metadata__[0] its Shown
        field.name: RunOption(field.name, hint.__origin__, field.default, hint.__metadata__[0])
        for field in fields(IngestOptions)
        for hint in [hints[field.name]]
    }


def read_value(option: RunOption, value: object) -> Any:
    """A value as the model has it, from wherever it comes: the command line, a file, Prefect's form or Python.

    Texts are read as what they stand for. Raises ValueError, in words that name neither option nor place.
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
    # packages need not be looked through for what is always there
    if option.shown.names_in and value == option.default:
        return value
    if choices := choices_of(option):
        return _choice(choices, option.shown.instead, value)
    if option.type is bool:
        return read_truth(value)
    if int in (option.type, *get_args(option.type)):
        return read_number(value, least=option.shown.least, most=option.shown.most)
    return read_folder(value) if option.type is Path else read_text(value)


def choices_of(option: RunOption) -> tuple[str, ...]:
    """The only values of an option; none where any may be."""
    return _names_in(option.shown.names_in) if option.shown.names_in else option.shown.choices


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
