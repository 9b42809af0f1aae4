"""``copydesk status`` and ``copydesk retry``: the state of an output folder, and what to retry."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shlex import quote

import msgspec
from msgspec import Struct

from copydesk.cleaners.record.rules_digest import rules_digest
from copydesk.cleaners.schema import Record
from copydesk.cleaners.suggestions import closest
from copydesk.flows.commands.advice import what_is_wrong
from copydesk.flows.commands.streams import table
from copydesk.flows.config.database_url import library_url
from copydesk.flows.errors import SettingsError
from copydesk.flows.exports.export import backend_at
from copydesk.flows.io.output_folder import (
    BROKEN,
    DEAD_LETTERS,
    LIBRARY,
    QUARANTINE,
    count_broken_lines,
    make_folder,
    sink_errors,
)
from copydesk.flows.io.redaction import without_secrets
from copydesk.flows.library.dead_letters import queue_again, state_of_webhook
from copydesk.flows.library.library import Library
from copydesk.flows.library.place import Mark
from copydesk.flows.library.reading import LibraryRecords, StoredRecords, ToBeTaken, records_at
from copydesk.flows.library.records.line_key import LineKey
from copydesk.flows.library.records.record_lines import BrokenLines, decode_record, valid_records
from copydesk.flows.library.web.overview import (
    SourceOverview,
    Trouble,
    failed_on_disk,
    has_open_run,
    make_due,
    overview_of,
    quarantined,
    source_with,
    unknown_of,
)
from copydesk.flows.run.reporting.summary import STATUSES
from copydesk.flows.run.reporting.text import one_line
from copydesk.flows.shortening import counted
from copydesk.flows.sources.opening.page_context import ARCHIVE
from copydesk.flows.sources.opening.page_source import MAX_MESSAGE_CHARS
from copydesk.flows.stored import WebhookState

_COLUMNS = ("source", "last read", "pages", "ok", "not ok", "denied", "failed", "next retry")
# of what keeps failing; the rest is counted
_TROUBLES_SHOWN = 12


class Unusable(Struct):
    """Records without an article, by reason. ``example``: the URL of one of their pages, else its source; ``advice``:
    what is wrong with that page, and what to do.
    """

    status: str
    reason: str
    records: int
    example: str
    advice: str


class StoreStatus(Struct, frozen=True):
    """The records of a store. ``broken``: the number of damaged lines; ``damage``: the first of them, and what to do.
    ``by_other_rules``: made by other rules than this copydesk's. ``statuses`` and ``unusable`` count the newest record
    of each page; failures come first, then the most frequent reason. ``gone``: failed pages whose files are gone since:
    they are not among ``unusable``.
    """

    where: str
    records: int
    broken: int
    damage: str | None
    by_other_rules: int
    size_bytes: int | None
    """None of a database on a server."""
    written_at: datetime | None
    statuses: Mapping[str, int]
    unusable: tuple[Unusable, ...]
    gone: int


class StateStatus(Struct, frozen=True):
    """The state of pages that runs have noted."""

    where: str
    size_bytes: int
    noted_at: datetime | None
    is_open: bool
    """Whether a run goes on, or was cut short."""
    sources: tuple[SourceOverview, ...]
    troubles: tuple[Trouble, ...]


class Status(Struct, frozen=True):
    """The state of an output folder. ``quarantined``: pages that failed a gate; ``set_aside``: damaged lines that were
    moved out of the store.
    """

    output: str
    store: StoreStatus | None
    state: StateStatus | None
    quarantined: int
    set_aside: int
    advice: str
    """What to do next."""
    webhook: WebhookState


def status_of(output: Path, *, state: str | None, database: str | None) -> Status:
    """Reads the store and the state; changes nothing. The state of an earlier copydesk is not shown.

    Raises SettingsError for a wrong URL, EnvironmentFault for a database error.
    """
    address = library_url(os.environ, database=database, state=state)
    store, known, earlier, waiting = None, None, "", 0
    try:
        store = _store(output, database)
    except ToBeTaken as left:
        earlier = str(left)
    library = Library.look(output, address) if output.is_dir() or address is not None else None
    with library or nullcontext():
        if library is not None:
            found = overview_of(library)
            troubles = tuple(
                msgspec.structs.replace(one, example=without_secrets(one.example)) for one in found.troubles
            )
            waiting = quarantined(library)
            known = StateStatus(
                library.where,
                library.size_bytes(),
                found.noted_at,
                has_open_run(library),
                found.sources,
                troubles,
            )
        webhook = state_of_webhook(library, output)
    given = (("--output", str(output)), ("--state", state), ("--database", database))
    same_options = " ".join(f"{option} {quote(value)}" for option, value in given if value is not None)
    advice = earlier or _advice(output, store, known, same_options=same_options)
    with sink_errors(output, "cannot be read"):
        set_aside = count_broken_lines(output)
    return Status(str(output), store, known, waiting, set_aside, advice, webhook)


def _store(output: Path, database: str | None) -> StoreStatus | None:
    backend = records_at(output) if database is None else backend_at(output, database)
    if backend is None:
        # its error, where a file has the name
        if output.exists() and not output.is_dir():
            make_folder(output)
        return None
    digest, records, broken, others = rules_digest(), 0, BrokenLines(), 0
    # of the newest record of each page: a few lines however many there are
    statuses: Counter[str] = Counter()
    unusable: dict[tuple[str, str], Unusable] = {}
    gone: set[str] = set()
    if isinstance(backend, LibraryRecords):
        with backend.opened() as library:
            gone = {id_ for id_, is_gone in failed_on_disk(library).items() if is_gone}
    for record in _read(backend, broken):
        records += 1
        others += not record.processing.rules.endswith(digest)
        if record.next is not None:
            continue
        statuses[record.status] += 1
        if record.status in ("failed", "rejected") and record.id not in gone:
            # the code alone: what follows it quotes the page
            why = (record.status, (record.reason or "unknown").partition(":")[0])
            if why not in unusable:
                example = without_secrets(one_line(record.url or record.source.name))
                advice = without_secrets(one_line(what_is_wrong(record), most=MAX_MESSAGE_CHARS))
                unusable[why] = Unusable(*why, 0, example, advice)
            unusable[why].records += 1
    # of a database on a server, or a store that others brought, nobody here knows how large it is
    size = written = None
    file = Path(backend.where)
    if database is None and file.exists():
        # what SQLite has not yet moved into the file is beside it
        files = file.rglob("*") if file.is_dir() else (file, Path(f"{file}-wal"))
        stats = [one.stat() for one in files if one.is_file()]
        size = sum(one.st_size for one in stats)
        written = datetime.fromtimestamp(max(one.st_mtime for one in stats), UTC) if stats else None
    return StoreStatus(
        where=backend.where,
        records=records,
        broken=broken.count,
        damage=str(broken) if broken.count else None,
        by_other_rules=others,
        size_bytes=size,
        written_at=written,
        statuses={status: statuses[status] for status in STATUSES},
        unusable=tuple(sorted(unusable.values(), key=lambda one: (one.status, -one.records, one.reason))),
        gone=len(gone),
    )


def _read(records: StoredRecords, broken: BrokenLines) -> Iterable[Record | LineKey]:
    """The records; those of a file are read through."""
    if isinstance(records, LibraryRecords):
        return records.keys()
    return valid_records(records.lines(), decode_record, records.where, broken)


def _advice(output: Path, store: StoreStatus | None, state: StateStatus | None, *, same_options: str) -> str:
    """What to do next: a complete command, or what the next run into this folder will do, whose sources are unknown
    here. ``same_options``: the options for the same folder and library.
    """
    run = f"run into {output}"
    if store is None and (state is None or not _knows_the_web(state)):
        advice = f"copydesk ingest SOURCE {same_options}: nothing has been written here"
    elif store is not None and store.broken:
        is_one = store.broken == 1
        lines, are = ("line", "is no record") if is_one else (f"{store.broken:,} lines", "are no records")
        advice = f"mend or remove the {lines} of {store.where} that {are}; see the first above"
    elif state is not None and state.is_open:
        advice = f"a {run} goes on or was cut short; if none goes on, run it again: what it has stored stays"
    elif store is not None and store.by_other_rules:
        archived = "; pages of the web with --from-archive" if (output / ARCHIVE).is_dir() else ""
        advice = f"the next {run} cleans by this copydesk's rules what others made{archived}"
    elif state is not None and state.troubles:
        are_forbidden = all(one.reason == "forbidden" for one in state.troubles)
        allow = "allow these hosts (allow_private in the list of sources)"
        first = allow if are_forbidden else f"copydesk retry --failed {same_options}"
        advice = f"{first}, then a {run}: retries what failed now; otherwise it is retried when due"
    elif store and (reasons := [one.reason for one in store.unusable if one.status == "failed"]):
        advice = f"see to what failed ({', '.join(reasons)}); the next {run} that reads it tries it again"
    elif output.is_dir() and not (output / LIBRARY).exists() and Mark.of(output) is None:
        advice = f"nothing; {LIBRARY} is not there: the next {run} makes it of these records"
    else:
        advice = f"nothing; the next {run} reads what is new"
    return advice


def _knows_the_web(state: StateStatus) -> bool:
    """Files on the disk are noted in the same state."""
    return bool(state.sources) or state.noted_at is not None


def status_as_text(status: Status, *, now: datetime) -> str:
    """For people, on one screen."""
    lines = (*_heads(status, now), *_webhook(status), *_sources(status, now), *_failing(status, now))
    return "\n".join((*lines, f"next: {status.advice}"))


def _heads(status: Status, now: datetime) -> Iterator[str]:
    store, state = status.store, status.state
    if store is None:
        yield f"records: none in {status.output}"
    else:
        size = "" if store.size_bytes is None else f", {_megabytes(store.size_bytes)}"
        written = "" if store.written_at is None else f", written {_ago(store.written_at, now)}"
        yield f"records: {store.records:,} in {store.where}{size}{written}"
        if store.by_other_rules:
            yield f"  {store.by_other_rules:,} of them made by other rules than this copydesk's"
        if store.broken:
            yield f"  {store.damage}"
        counts = ", ".join(f"{count:,} {name}" for name, count in store.statuses.items())
        yield f"  newest of each page: {counts}"
        for one in store.unusable[:_TROUBLES_SHOWN]:
            advice = f": {one.advice}" if one.advice else ""
            yield f"  {one.records:,} {one.status} ({one.reason}), such as {one.example}{advice}"
        if len(store.unusable) > _TROUBLES_SHOWN:
            yield f"  and {len(store.unusable) - _TROUBLES_SHOWN} more reasons; --json has all"
        if store.gone:
            yield f"  {store.gone:,} failed, whose files are gone since: nothing is left to try"
    if status.quarantined:
        pages = counted(status.quarantined, "page")
        yield f"quarantined: {pages}, in {Path(status.output, QUARANTINE)}, each with the gate that it failed"
    if status.set_aside:
        lines = counted(status.set_aside, "line that was no record", "lines that were no records")
        yield f"moved out of the store: {lines}, in {Path(status.output, BROKEN)}: see what was damaged, and move the file away"
    if state is not None and _knows_the_web(state):
        noted = "" if state.noted_at is None else f", last request {_ago(state.noted_at, now)}"
        yield f"web: known in {state.where}, {_megabytes(state.size_bytes)}{noted}"


def _webhook(status: Status) -> Iterator[str]:
    if waiting := status.webhook.waiting:
        yield f"webhook: {counted(waiting, 'event')} left to the next run with --webhook"
    if refused := status.webhook.refused:
        yield (
            f"webhook: {counted(refused, 'event')} refused for good, in {Path(status.output, DEAD_LETTERS)} (last: "
            f"{one_line(status.webhook.problem or '')}); copydesk retry --webhook, with the same options, has them sent again"
        )


def _sources(status: Status, now: datetime) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [_COLUMNS]
    for one in status.state.sources if status.state else ():
        is_due = one.next_attempt_at is not None and one.next_attempt_at <= now
        counts = (one.pages, one.ok, one.without_article, one.denied, one.failed + one.lists_failed)
        again = "next run" if is_due else _moment(one.next_attempt_at)
        rows.append((one.name, _moment(one.read_at), *(f"{count:,}" for count in counts), again))
    if len(rows) > 1:
        yield from ("", *table(rows, right=range(2, len(_COLUMNS))), "")


def _failing(status: Status, now: datetime) -> Iterator[str]:
    troubles = status.state.troubles if status.state else ()
    for one in troubles[:_TROUBLES_SHOWN]:
        many = counted(one.addresses, "URL fails", "URLs fail")
        times = f", up to {one.attempts} times in a row" if one.attempts > 1 else ""
        again = f"retried {_moment(one.next_attempt_at)}"
        again = again if one.next_attempt_at > now else "retried by the next run"
        yield f"{one.source}: {many} ({one.reason}){times}, {again}: {one.example}"
    if len(troubles) > _TROUBLES_SHOWN:
        yield f"and {len(troubles) - _TROUBLES_SHOWN} more; --json has all"


def _moment(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment:%Y-%m-%d %H:%M}"


def _ago(moment: datetime, now: datetime) -> str:
    # a clock that was set back is no reason to speak of the future
    passed = max(now - moment, timedelta(0))
    for name in ("day", "hour", "minute"):
        if count := passed // timedelta(**{f"{name}s": 1}):
            return f"{counted(count, name)} ago"
    return "just now"


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


def retry(
    output: Path, names: Sequence[str], *, is_all: bool, state: str | None, database: str | None
) -> str:
    """Makes the failed URLs of some sources, some URLs, or all failed URLs due; returns a line with their number.

    Raises SettingsError for an unknown name, EnvironmentFault while a run is going on.
    """
    if bool(names) == is_all:
        raise SettingsError(
            "name sources or URLs, or give --failed for all that failed, or --webhook for events that were refused"
        )
    with _opened(output, state, database, "nothing of the web was requested") as known:
        if unknown := unknown_of(known, names):
            raise SettingsError(_why_not(known, unknown[0], output))
        count = make_due(known, names, now=datetime.now(UTC))
        files = list(failed_on_disk(known).values()).count(False) if is_all else 0
    what, it = counted(count, "URL is", "URLs are"), "it" if count == 1 else "them"
    unless = ", host by host until one does not answer or requests a pause again" if count else ""
    of_files = (
        f"; {counted(files, 'page')} of files failed, which each run over them tries again" if files else ""
    )
    return f"{what} due; the next run into {output} fetches {it}{unless}{of_files}"


def _why_not(known: Library, name: str, output: Path) -> str:
    """Why there is nothing to retry of a name that no source has and no URL that was requested, and what to do."""
    shown = without_secrets(name)
    if (source := source_with(known, name)) is None:
        meant = closest(name, [one.name for one in overview_of(known).sources])
        ask = f"; did you mean {without_secrets(meant)}?" if meant else ""
        return f"{shown}: neither a source nor a URL that was requested{ask}"
    return (
        f"{shown}: its page was read from {one_line(without_secrets(source))}, and the URL was never requested; "
        f"copydesk ingest {quote(shown)} --output {quote(str(output))} fetches it"
    )


def retry_webhook(output: Path, *, state: str | None, database: str | None) -> str:
    """Has the events sent again that the webhook's receiver refused for good; returns a line with their number.

    Raises EnvironmentFault while a run is going on, and as ``queue_again`` does.
    """
    with _opened(output, state, database, "no event was refused") as known:
        count, gone = queue_again(known, output)
    what, it = counted(count, "event is", "events are"), "it" if count == 1 else "them"
    left = f"; of {counted(gone, 'record')} that are gone there is nothing to send" if gone else ""
    return f"{what} queued; the next run into {output} with --webhook sends {it}{left}"


def _opened(output: Path, state: str | None, database: str | None, nothing: str) -> Library:
    """The library of an output folder, to write. Raises SettingsError with ``nothing`` where there is none."""
    where = library_url(os.environ, database=database, state=state)
    look = Library.look(output, where) if output.is_dir() or where is not None else None
    if look is None:
        raise SettingsError(f"--output {output}: {nothing} there")
    look.close()
    return Library.open(output, where)
