"""A source of a list: its keys, their values, and the errors for wrong ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime
from typing import Annotated, Any, Literal
from unicodedata import combining, normalize

from msgspec import Meta, Struct
from msgspec.structs import asdict

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.user_rules import read_user_rule
from copydesk.cleaners.types import UserRule
from copydesk.cleaners.user_tables import BadKey, Positive, Reads, Table, one_of, read_table, text_of
from copydesk.flows import schedule as schedules
from copydesk.flows.config.gate import Gate, read_language
from copydesk.flows.config.run_options import SOURCES, options_of
from copydesk.flows.config.source_keys import (
    Headers,
    check_path,
    check_url,
    is_remote_file,
    read_fallback,
    read_headers,
    read_hosts,
)
from copydesk.flows.config.toml_places import is_array_of_tables, table_label
from copydesk.flows.fetching.lists.discovery import read_patterns
from copydesk.flows.fetching.lists.warc_lists import has_months
from copydesk.flows.fetching.lists.web_source import MAX_DEPTH, MAX_PAGES
from copydesk.flows.sources.opening.field_names import USUAL_NAMES, FieldNames, read_field_names
from copydesk.flows.web_kinds import KINDS_OF_THE_WEB, WEB_KINDS

LOCAL_KINDS = ("urls", "folder", "jsonl", "warc", "file")
"""Kinds whose address is a path or glob: lists of URLs, and pages on the disk."""
KINDS = WEB_KINDS + LOCAL_KINDS
FETCHED_KINDS = (*WEB_KINDS, "urls")
"""Kinds whose pages are fetched over the network."""
FIELD_KINDS = ("folder", "jsonl", "file")
"""Kinds whose files may have pages in fields: JSON Lines, CSV, Parquet."""

# no infinity
Seconds = Annotated[float, Meta(ge=0, le=1e9)]
_PLAN_KEYS = ("every", "cron", "timezone", "ask_again")
_FOLLOW_KEYS = ("follow", "avoid", "max_depth", "max_pages")
_NETWORK_KEYS = ("allow_private", "pace_seconds", "headers", "cookies", "join_pages", "fetch", "fallback")
# synonyms, which `suggestion` would not find: it compares spelling
_OTHER_NAMES = {
    **{other: kind.name for kind in KINDS_OF_THE_WEB for other in kind.other_names},
    **dict.fromkeys(("directory", "dir"), "folder"),
    **dict.fromkeys(("html", "text"), "file"),
    "ndjson": "jsonl",
}
# `courier`, `news-2.example`: needs no quotation marks in a shell, a table or a log
_NAME = lazy_pattern(r"[a-z0-9][a-z0-9._-]*")
_NOT_IN_NAMES = lazy_pattern(r"[^a-z0-9._-]+")


def _name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{name!r}: expected small letters a to z, digits, dot, hyphen and underscore; write something like "
            f"{name_like(name)}"
        )
    return name


def name_like(text: str) -> str:
    """A name for a source: ``kurier-am-abend``, ``muller.example``; of a host in another script its punycode."""
    plain = "".join(sign for sign in normalize("NFKD", text.lower()) if not combining(sign))
    with suppress(UnicodeError):  # a label that is too long
        plain = plain if plain.isascii() else text.encode("idna").decode()
    return _NOT_IN_NAMES.sub("-", plain.lower()).strip("-._") or "courier"


def _kind(word: str) -> str:
    return one_of(KINDS, "kind", word, _OTHER_NAMES)


def _as_written(check: Callable[[str], object]) -> Reads:
    """Texts that pass a check; they stay as written."""

    def read(text: str) -> str:
        check(text)
        return text

    return Reads(read=read)


def _span_or_date(check: Callable[[str], object]) -> Reads:
    """Texts such as ``24h`` or ``2026-11-01``, and TOML's dates."""

    def read(value: object) -> str:
        text = value.isoformat() if isinstance(value, date) else text_of(value)
        check(text)  # only for its error: each run evaluates the text
        return text

    return Reads(read=read, of=Any)


def _gate(table: Mapping[str, Any]) -> Gate:
    return read_table(table, Gate)


class SourceKeys(Struct, frozen=True):
    """A table ``[[source]]``, but for its rules and options of cleaning. ``address``: a URL for kinds of the web, else
    a path or glob relative to the list's file.
    """

    name: Annotated[str, Reads(read=_name)]
    kind: Annotated[str, Reads(read=_kind)]
    address: str
    language: Annotated[str | None, Reads(read=read_language)] = None
    """BCP 47; used for pages without better evidence of their language."""
    # not 0, which may mean no page or no limit
    limit: Annotated[
        Positive | None, Reads("a number of pages, 1 or more; a source is left out by enabled = false")
    ] = None
    """The maximum number of pages a run; None for all."""
    every: Annotated[str | None, _as_written(schedules.read_every)] = None
    cron: Annotated[str | None, Reads(read=schedules.read_cron)] = None
    timezone: Annotated[str | None, Reads(read=schedules.read_timezone)] = None
    """The time zone of ``cron``; None: that of the list, else UTC."""
    since: Annotated[str | None, _span_or_date(schedules.since_at)] = None
    """A span before now (``24h``, ``7d``) or a date; see ``since_at``."""
    until: Annotated[str | None, _span_or_date(schedules.until_at)] = None
    """The same for the end of the period; for WARC files on the web only."""
    ask_again: Annotated[str | None, _as_written(schedules.read_ages)] = None
    """Ages at which its pages are fetched again (``1h,6h,1d,7d``), or ``never``."""
    policy: Annotated[Literal["respect", "record"], Reads("policy")] = "respect"
    """What happens to pages that robots.txt denies, or whose publisher reserves text and data mining: ``respect`` skips
    them, ``record`` reads them and records the denial. All other signals are recorded in both cases.
    """
    allow_private: Annotated[tuple[str, ...], Reads(read=read_hosts, of=Any)] = ()
    """``host:port`` of servers in private networks that this source may request."""
    pace_seconds: Annotated[Seconds, Reads("a number of seconds, 0 or more")] = 1.0
    """The minimum number of seconds between two requests to a host."""
    headers: Annotated[Headers, Reads(read=read_headers, of=Any)] = Headers()
    follow: Annotated[tuple[str, ...], Reads(read=read_patterns, of=Any)] = ()
    """URL patterns of the links of a site that are followed; by default none."""
    avoid: Annotated[tuple[str, ...], Reads(read=read_patterns, of=Any)] = ()
    """URL patterns that are not followed, even if ``follow`` matches."""
    max_depth: Annotated[Positive, Reads("a number, 1 or more")] = MAX_DEPTH
    """The maximum number of links from the first page of the site to a page."""
    max_pages: Annotated[Positive, Reads("a number, 1 or more")] = MAX_PAGES
    """The maximum number of pages reached by links, including known ones."""
    cookies: bool = False
    """Whether a host's cookies are sent back to it, within one run."""
    join_pages: bool = False
    """Whether the pages of an article are joined."""
    fetch: Annotated[Literal["http", "browser"], Reads("way to fetch")] = "http"
    fallback: Annotated[str | None, Reads(read=read_fallback)] = None
    """A web archive for pages that are gone: ``internet-archive``, or its URL."""
    fields: Annotated[
        FieldNames,
        Reads('a table, such as { body = "html_content", url = "link" }', read_field_names, of=Table),
    ] = USUAL_NAMES
    """The names of fields in its JSON Lines, CSV and Parquet files."""
    gate: Annotated[
        Gate, Reads('a table, such as { least_words = 50, languages = ["en"] }', _gate, of=Table)
    ] = Gate()
    """Conditions for storing its records; its keys override those of the settings."""
    enabled: bool = True


class SourceEntry(SourceKeys, frozen=True):
    """A source."""

    options: Mapping[str, Any] = {}
    """Options of cleaning, by name, in place of those of the run."""
    rules: tuple[UserRule, ...] = ()
    """User-defined rules for the pages of this source."""

    @property
    def is_fetched(self) -> bool:
        """Whether its pages are fetched over the network."""
        return self.kind in FETCHED_KINDS or is_remote_file(self.kind, self.address)

    def until_at(self, now: datetime) -> datetime | None:
        """Pages after this moment are skipped; None: no limit. A date ends with its day, in UTC."""
        return None if self.until is None else schedules.until_at(self.until, now)

    def since_at(self, now: datetime) -> datetime | None:
        """Pages before this moment are skipped; None: no limit. A date begins at 0:00 UTC."""
        return None if self.since is None else schedules.since_at(self.since, now)


_CLEANING = {option.name: option for option in options_of(SOURCES)}


def read_entry(data: Mapping[str, Any]) -> SourceEntry:
    """A source from a table of a list. Raises BadKey, with a suggestion if there is one."""
    keys = read_table(data, SourceKeys, also=(*_CLEANING, "rule"), hints=_OTHER_KEYS)
    _check_combinations(keys, data)
    options: dict[str, Any] = {}
    # in the order of the table: what was made with the same options is known again
    for key, option in _CLEANING.items():
        if key not in data:
            continue
        if option.type is bool and not isinstance(data[key], bool):
            raise BadKey(key, "expected true or false")
        try:
            options[key] = option.read(data[key])
        except ValueError as error:
            raise BadKey(key, str(error)) from error
    if both := [label for label in options.get("keep", ()) if label in options.get("drop", ())]:
        raise BadKey("drop", f"{both[0]} is in keep as well")
    return SourceEntry(**asdict(keys), options=options, rules=_rules(data.get("rule", [])))


def _check_combinations(keys: SourceKeys, given: Mapping[str, Any]) -> None:
    """Raises BadKey for keys that do not fit together; each of the values ``given`` is valid by itself."""
    kind, is_remote = keys.kind, is_remote_file(keys.kind, keys.address)
    try:
        (check_url if kind in WEB_KINDS or is_remote else check_path)(keys.address)
    except ValueError as error:
        raise BadKey("address", str(error)) from error
    is_local = kind not in FETCHED_KINDS and not is_remote
    how = f"sets how pages are fetched, and those of kind {kind} are on the disk; leave it out"
    when = "sets when servers are requested, and files are read in every run; leave it out"
    without = f"pages of kind {kind} have none; it is for {', '.join(FIELD_KINDS)}; leave it out"
    misfits = (
        ("every" in given, ("cron",), "there is every as well; give one of the two"),
        ("cron" not in given, ("timezone",), "is that of cron, and there is none; leave it out"),
        (is_local, _NETWORK_KEYS, how),
        (is_local, _PLAN_KEYS, when),
        (kind != "site", _FOLLOW_KEYS, "links are followed of kind site alone; leave it out"),
        ("follow" not in given, _FOLLOW_KEYS, 'which links are followed? give follow = ["/**"] as well'),
        (not is_remote, ("until",), "holds for WARC files on the web alone; leave it out"),
        (is_remote, ("fallback", "join_pages"), "pages of WARC files are not requested; leave it out"),
        (
            is_remote and has_months(keys.address) and "since" not in given,
            ("address",),
            "{year} and {month} are the months from since on; give it",
        ),
        (kind not in FIELD_KINDS, ("fields",), without),
    )
    for is_misfit, wrong, problem in misfits:
        for key in wrong if is_misfit else ():
            if key in given:
                raise BadKey(key, problem)


def _rules(tables: object) -> tuple[UserRule, ...]:
    if not is_array_of_tables(tables):
        raise BadKey("rule", "expected tables [[source.rule]]")
    rules: list[UserRule] = []
    for number, table in enumerate(tables):
        label = table_label(table, number)
        try:
            rule = read_user_rule(table)
        except BadKey as error:
            raise BadKey(error.key, error.problem, inner=f"rule {label}", number=number) from error
        if any(rule.name == other.name for other in rules):
            raise BadKey("name", "is already used", inner=f"rule {label}", number=number)
        rules.append(rule)
    return tuple(rules)


# advice on other words for the keys, which `suggestion` would not find
_OTHER_KEYS = {
    **dict.fromkeys(("tz", "zone", "time_zone"), "did you mean timezone?"),
    "schedule": 'write every = "1h" or cron = "0 6 * * *"',
    "rules": "did you mean [[source.rule]]?",
    "url": "did you mean address?",
    "path": "did you mean address?",
    "disabled": "write enabled = false",
    "pace": "did you mean pace_seconds?",
    "columns": "did you mean fields?",
}
