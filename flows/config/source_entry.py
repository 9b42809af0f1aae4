"""A source of a list: its keys, their values, and the errors for wrong ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from msgspec import Struct, to_builtins

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.user_rules import read_user_rule
from copydesk.cleaners.types import UserRule
from copydesk.cleaners.user_tables import BadKey, check_keys, read_value
from copydesk.flows.config.gate import Gate, read_gate, read_language
from copydesk.flows.config.option import nonnegative_number, positive_integer
from copydesk.flows.config.run_options import SOURCES, options_of
from copydesk.flows.config.source_keys import (
    Headers,
    check_path,
    check_url,
    is_remote_file,
    one_of,
    read_fallback,
    read_headers,
    read_hosts,
    read_text,
    read_yes_or_no,
)
from copydesk.flows.config.toml_places import is_array_of_tables, table_label
from copydesk.flows.fetching.lists.followed_links import read_patterns
from copydesk.flows.fetching.lists.warc_lists import has_months
from copydesk.flows.fetching.lists.web_source import MAX_DEPTH, MAX_PAGES
from copydesk.flows.sources import schedule as schedules
from copydesk.flows.sources.opening.field_names import USUAL_NAMES, FieldNames, read_field_names
from copydesk.flows.web_kinds import KINDS_OF_THE_WEB, WEB_KINDS

LOCAL_KINDS = ("urls", "folder", "jsonl", "warc", "file")
"""Kinds whose address is a path or glob: lists of URLs, and pages on the disk."""
KINDS = WEB_KINDS + LOCAL_KINDS
FETCHED_KINDS = (*WEB_KINDS, "urls")
"""Kinds whose pages are fetched over the network."""
POLICIES = ("respect", "record")
"""What happens to pages that robots.txt denies, or whose publisher reserves text and data mining: ``respect`` skips
them, ``record`` reads them and records the denial. All other signals are recorded in both cases.
"""
FETCHES = ("http", "browser")

FIELD_KINDS = ("folder", "jsonl", "file")
"""Kinds whose files may have pages in fields: JSON Lines, CSV, Parquet."""

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
# for a suggestion: `Kurier am Abend` → `kurier-am-abend`
_NOT_IN_NAMES = lazy_pattern(r"[^a-z0-9._-]+")


class SourceEntry(Struct, frozen=True):
    """A source. ``address``: a URL for kinds of the web, else a path or glob relative to the list's file."""

    name: str
    kind: str
    address: str
    language: str | None = None
    """BCP 47; used for pages without better evidence of their language."""
    limit: int | None = None
    """The maximum number of pages a run; None for all."""
    every: str | None = None
    cron: str | None = None
    timezone: str | None = None
    """The time zone of ``cron``; None: that of the list, else UTC."""
    since: str | None = None
    """A span before now (``24h``, ``7d``) or a date; see ``since_at``."""
    until: str | None = None
    """The same for the end of the period; for WARC files on the web only."""
    ask_again: str | None = None
    """Ages at which its pages are fetched again (``1h,6h,1d,7d``), or ``never``."""
    policy: str = "respect"
    allow_private: tuple[str, ...] = ()
    """``host:port`` of servers in private networks that this source may request."""
    pace_seconds: float = 1.0
    """The minimum number of seconds between two requests to a host."""
    headers: Headers = Headers()
    follow: tuple[str, ...] = ()
    """URL patterns of the links of a site that are followed; by default none."""
    avoid: tuple[str, ...] = ()
    """URL patterns that are not followed, even if ``follow`` matches."""
    max_depth: int = MAX_DEPTH
    """The maximum number of links from the first page of the site to a page."""
    max_pages: int = MAX_PAGES
    """The maximum number of pages reached by links, including known ones."""
    cookies: bool = False
    """Whether a host's cookies are sent back to it, within one run."""
    join_pages: bool = False
    """Whether the pages of an article are joined."""
    fetch: str = "http"
    fields: FieldNames = USUAL_NAMES
    """The names of fields in its JSON Lines, CSV and Parquet files."""
    fallback: str | None = None
    """A web archive for pages that are gone: ``internet-archive``, or its URL."""
    gate: Gate = Gate()
    """Conditions for storing its records; its keys override those of the settings."""
    options: Mapping[str, Any] = {}
    """Options of cleaning, by name, in place of those of the run."""
    enabled: bool = True
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


def read_entry(data: Mapping[str, Any]) -> SourceEntry:
    """A source from a table of a list. Raises BadKey, with a suggestion if there is one."""
    check_keys(data, KEYS, required=("name", "kind", "address"), hints=_OTHER_KEYS)
    # in the order of _READERS, so that the first error does not depend on the order in the table
    values = {key: read_value(key, reader, data[key]) for key, reader in _READERS.items() if key in data}
    _check_combinations(values)
    options = {key: read_value(key, one.read, data[key]) for key, one in _CLEANING.items() if key in data}
    return SourceEntry(**values, options=options, rules=_rules(data.get("rule", [])))


def _check_combinations(values: Mapping[str, Any]) -> None:
    """Raises BadKey for keys that do not fit together; each value is valid by itself."""
    kind = values["kind"]
    is_remote = is_remote_file(kind, values["address"])
    check_address = check_url if kind in WEB_KINDS or is_remote else check_path
    read_value("address", check_address, values["address"])
    _check_schedule(values)
    if kind not in FETCHED_KINDS and not is_remote:
        _check_local_source(values)
    _check_link_keys(values)
    _check_warc_keys(values, is_remote=is_remote)
    if "fields" in values and kind not in FIELD_KINDS:
        raise BadKey(
            "fields",
            f"pages of kind {kind} have none; it is for {', '.join(FIELD_KINDS)}; leave it out",
        )


def _check_schedule(values: Mapping[str, Any]) -> None:
    if "every" in values and "cron" in values:
        raise BadKey("cron", "there is every as well; give one of the two")
    if "timezone" in values and "cron" not in values:
        raise BadKey("timezone", "is that of cron, and there is none; leave it out")


def _check_local_source(values: Mapping[str, Any]) -> None:
    how = f"sets how pages are fetched, and those of kind {values['kind']} are on the disk"
    when = "sets when servers are requested, and files are read in every run"
    for key in (*_NETWORK_KEYS, *_PLAN_KEYS):
        if key in values:
            raise BadKey(key, f"{how if key in _NETWORK_KEYS else when}; leave it out")


def _check_link_keys(values: Mapping[str, Any]) -> None:
    for key in _FOLLOW_KEYS:
        if key in values and values["kind"] != "site":
            raise BadKey(key, "links are followed of kind site alone; leave it out")
        if key in values and "follow" not in values:
            raise BadKey(key, 'which links are followed? give follow = ["/**"] as well')


def _check_warc_keys(values: Mapping[str, Any], *, is_remote: bool) -> None:
    if "until" in values and not is_remote:
        raise BadKey("until", "holds for WARC files on the web alone; leave it out")
    for key in ("fallback", "join_pages"):
        if key in values and is_remote:
            raise BadKey(key, "pages of WARC files are not requested; leave it out")
    if is_remote and has_months(values["address"]) and "since" not in values:
        raise BadKey("address", "{year} and {month} are the months from since on; give it")


def _name(value: object) -> str:
    name = read_text(value)
    if not _NAME.fullmatch(name):
        hint = _NOT_IN_NAMES.sub("-", name.lower()).strip("-._") or "courier"
        raise ValueError(
            f"{name!r}: expected small letters a to z, digits, dot, hyphen and underscore; write something like {hint}"
        )
    return name


def _checked_text(check: Callable[[str], object]) -> Callable[[object], str]:
    """Makes a reader of texts that pass a check; they stay as written."""

    def read(value: object) -> str:
        check(text := read_text(value))
        return text

    return read


def _span_or_date(check: Callable[[str, datetime], object]) -> Callable[[object], str]:
    """Makes a reader of texts such as ``24h`` or ``2026-11-01``, and of TOML's dates."""

    def read(value: object) -> str:
        text = value.isoformat() if isinstance(value, date) else read_text(value)
        check(text, datetime.now(UTC))  # only for its error: each run evaluates the text
        return text

    return read


def _table(read: Callable[[dict[str, Any]], Any], example: str) -> Callable[[object], Any]:
    """Makes a reader of tables that are not empty."""

    def read_table(value: object) -> Any:
        if not isinstance(value, dict) or not value:
            raise ValueError(f"expected a table, such as {example}")
        try:
            return read(value)
        except BadKey as error:
            raise ValueError(str(error)) from error

    return read_table


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


def as_rule_table(rule: UserRule) -> dict[str, Any]:
    """A rule as a table of a list or of the settings; the inverse of ``read_user_rule``."""
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in to_builtins(rule).items()
        if value
    }


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "name": _name,
    "kind": one_of(KINDS, "kind", _OTHER_NAMES),
    "address": read_text,
    "language": lambda value: read_language(read_text(value)),
    # not 0, which may mean no page or no limit
    "limit": positive_integer("a number of pages, 1 or more; a source is left out by enabled = false"),
    "every": _checked_text(schedules.read_every),
    "cron": lambda value: schedules.read_cron(read_text(value)),
    "timezone": lambda value: schedules.read_timezone(read_text(value)),
    "since": _span_or_date(schedules.since_at),
    "until": _span_or_date(schedules.until_at),
    "ask_again": _checked_text(schedules.read_ages),
    "policy": one_of(POLICIES, "policy", {}),
    "allow_private": read_hosts,
    "pace_seconds": nonnegative_number("a number of seconds, 0 or more"),
    "headers": read_headers,
    "follow": read_patterns,
    "avoid": read_patterns,
    "max_depth": positive_integer("a number, 1 or more"),
    "max_pages": positive_integer("a number, 1 or more"),
    "cookies": read_yes_or_no,
    "join_pages": read_yes_or_no,
    "fetch": one_of(FETCHES, "way to fetch", {}),
    "fallback": read_fallback,
    "fields": _table(read_field_names, '{ body = "html_content", url = "link" }'),
    "gate": _table(read_gate, '{ least_words = 50, languages = ["en"] }'),
    "enabled": read_yes_or_no,
}
_CLEANING = {option.name: option for option in options_of(SOURCES)}
KEYS = (*_READERS, *_CLEANING, "rule")
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
