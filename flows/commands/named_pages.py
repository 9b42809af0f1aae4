"""The inputs of commands that read pages: files and folders, URLs, files of URLs, ids of records. Pages on the web are
fetched as politely as for a run, without a stored state.
"""

from __future__ import annotations

import io
import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, structs

from copydesk.cleaners.options import Options
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.record.records import record_id
from copydesk.cleaners.types import Page, Source
from copydesk.flows.commands.streams import Verbosity
from copydesk.flows.config.given_urls import SourceUrls, named_place, urls_in_file, valid_urls
from copydesk.flows.errors import SettingsError
from copydesk.flows.exit_codes import NO_ARTICLE, exit_code
from copydesk.flows.fetching.http.outcomes import user_agent
from copydesk.flows.fetching.lists.url_lists import listed_urls, starts_with_url
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.fetching.wire.addresses import allowed_hosts, is_web_url
from copydesk.flows.io.extras import needed
from copydesk.flows.sources.catalogue import Input, Unreadable, read_pages
from copydesk.flows.sources.file_names import (
    NOT_THERE,
    READ_AS,
    SCHEMES,
    is_there,
    near,
    with_scheme,
)
from copydesk.flows.sources.kinds.json_files import pages_in_answer
from copydesk.flows.sources.opening.field_names import USUAL_NAMES, FieldNames
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES
from copydesk.flows.sources.opening.page_context import ARCHIVE
from copydesk.flows.sources.standard_input import would_wait
from copydesk.flows.terminal import tell
from copydesk.flows.web_kinds import WEB_KINDS
from copydesk.flows.workers.pool import never

if TYPE_CHECKING:
    from copydesk.cleaners.schema import Record
    from copydesk.flows.crawl.web_pages import FetchedPages
    from copydesk.flows.fetching.http.response_cache import ResponseCache
    from copydesk.flows.library.reading import StoredRecords


_INPUT = "-"
# an id has 32 digits; set by hand: a shorter beginning is more probably a word
_ID = lazy_pattern("[0-9a-f]{6,32}")


class HowToRead(Struct, frozen=True):
    """How pages are read and cleaned: as the options of ``clean`` and ``explain`` define.

    ``allow_private``: each ``host:port``. ``output``: the folder of the runs whose records ids are of. ``join_pages``:
    whether articles on several pages are joined. ``no_cache``: whether pages are fetched that were fetched minutes ago.
    ``browser``: whether pages are built by a browser.
    """

    input: str = "auto"
    fields: FieldNames = USUAL_NAMES
    url: str | None = None
    limit: int | None = None
    contact: str | None = None
    allow_private: tuple[str, ...] = ()
    output: Path = Path("output")
    join_pages: bool = False
    no_cache: bool = False
    browser: bool = False
    cleaning: Options = Options()
    overrides: str | None = None
    verbosity: Verbosity = Verbosity.NORMAL


class _StoredPage(Struct, frozen=True):
    """A page from standard input, or that of a stored record."""

    page: Page
    is_of_the_web: bool


class NamedPages:
    """The pages of some inputs, in the order given; iterate once. The pages of a list come as they are fetched.

    Raises SettingsError, in one line, for an input that cannot be read, and EnvironmentFault without a browser that is
    wanted: before anything is read.
    """

    def __init__(self, names: Sequence[str], how: HowToRead) -> None:
        self._how = how
        self._is_told = how.verbosity is not Verbosity.QUIET
        self._agent = user_agent(how.contact)
        self._allowed = allowed_hosts(how.allow_private)
        places: dict[str, str] = {}
        again: dict[str, None] = {}
        for name in _given(names):
            place = named_place(name)
            if place in places:
                again[f"{name}: {READ_AS.format(places[place])}"] = None
            # files are called as they are named
            places.setdefault(place, place if is_web_url(name) else name)
        self._given, self._duplicates = tuple(places.values()), tuple(again)
        self._check()
        # rows of lists that cannot be read, each with its place and the reason
        self._refused: list[str] = []
        # a name: a file, a folder or standard input
        self._inputs = [self._input_of(name) for name in self._given]
        if how.browser:
            if not any(isinstance(one, WebSource) for one in self._inputs):
                raise SettingsError("--browser is for URLs; files are read as they are")
            # here, so that other commands need not load it
            from copydesk.flows.fetching.browser.chromium import find_chromium

            find_chromium()  # before anything is fetched
        self._would_wait: Callable[[], bool] = never
        self._cache: ResponseCache | None = None
        self._notices: list[str] = []
        self.of_the_web: deque[bool] = deque()
        """For each page handed out, whether its publisher may reserve it because it is from the web; to be popped."""

    def __iter__(self) -> Iterator[Page | Unreadable]:
        for item, is_of_the_web in islice(self._all(), self._how.limit):
            self.of_the_web.append(is_of_the_web)
            yield item

    @property
    def has_files(self) -> bool:
        """Whether some of the inputs are files, folders or standard input."""
        return any(isinstance(one, str) for one in self._inputs)

    def would_wait(self) -> bool:
        """Whether the next page is not available yet."""
        return self._would_wait()

    def begin(self) -> None:
        """Prints a line for each input that is left out, and each row of a list that cannot be read."""
        for notice in self._duplicates if self._is_told else ():
            tell(notice)
        for refused in self._refused:
            tell(refused)

    def end(self, *, seen: int, usable: int, failed: int) -> int:
        """Prints what was guessed, left out or not fetched now; returns the exit code for so many pages."""
        for notice in self.closing_notices() if self._is_told else ():
            tell(notice)
        if not seen:
            tell("no pages found")
            return NO_ARTICLE
        return exit_code(usable=usable, failed=failed + len(self._refused), pages=seen)

    def closing_notices(self) -> Iterator[str]:
        """Lines about what was guessed or left out, and about pages that were not fetched now, once all are read."""
        yield from self._notices
        if self._cache and (of_cache := self._cache.notice(datetime.now(UTC))):
            yield of_cache

    def _all(self) -> Iterator[tuple[Page | Unreadable, bool]]:
        how = self._how
        with ExitStack() as opened:
            fetched = self._fetched(opened)
            for one in self._inputs:
                self._would_wait = never
                if isinstance(one, WebSource):
                    assert fetched is not None  # noqa: S101 - there is one for all of them
                    self._would_wait = fetched.web.would_wait
                    for item in fetched.of(one.name):
                        found = pages_in_answer(item, how.fields) if isinstance(item, Page) else (item,)
                        yield from ((page, True) for page in found)
                elif isinstance(one, _StoredPage):
                    yield one.page, one.is_of_the_web
                else:
                    # only standard input may come page by page; a file is complete, and is read ahead
                    self._would_wait = would_wait if one == _INPUT and len(self._given) == 1 else never
                    pages = read_pages(
                        (one,),
                        input_=Input(how.input),
                        fields=how.fields,
                        max_bytes=how.cleaning.max_bytes,
                        notify=self._notices.append,
                    )
                    yield from ((self._with_url(item), False) for item in pages)
            # not reached if --limit ends the reading: what is beyond is left out on purpose
            self._notices += fetched.web.skipped.lines() if fetched else ()

    def _fetched(self, opened: ExitStack) -> FetchedPages | None:
        """The pages of all inputs on the web: rate limits apply to a host whatever inputs name it. None without any."""
        web = [one for one in self._inputs if isinstance(one, WebSource)]
        if not web:
            return None
        needed("httpx2", what="fetching a URL", extra="flows")
        # here, so that reading files need not load it
        from copydesk.flows.crawl.web_pages import fetched_pages
        from copydesk.flows.fetching.http.response_cache import usual_cache

        if not self._how.no_cache:
            self._cache = usual_cache((self._agent, sorted(self._allowed)))
        return opened.enter_context(fetched_pages(web, limit=self._how.limit, cache=self._cache))

    def _with_url(self, item: Page | Unreadable) -> Page | Unreadable:
        """An item with the URL that the user gives for it, unless it has its own."""
        is_without = self._how.url is not None and isinstance(item, Page) and item.url is None
        return msgspec.structs.replace(item, url=self._how.url) if is_without else item

    def _check(self) -> None:
        """Raises SettingsError where none of the inputs can be read, or ``--url`` does not fit them."""
        missing = [name for name in self._given if not _is_there(name) and not is_like_an_id(name)]
        # one input of several that is missing costs a failed record; the others are read
        if len(missing) == len(self._given):
            if not missing[0]:
                raise SettingsError("an empty name: is a variable of the shell unset?")
            raise SettingsError(f"{missing[0]}: {NOT_THERE}{_advice(missing[0]) or near(missing[0])}")
        first, is_alone = self._given[0], len(self._given) == 1
        if is_alone and first.endswith(".toml"):
            raise SettingsError(f"{first}: a list of sources; read it with: copydesk ingest {first}")
        if self._how.url and (not is_alone or os.path.isdir(first)):  # noqa: PTH112
            raise SettingsError("--url is the URL of one page; give one file or standard input")
        if self._how.url and is_web_url(first):
            raise SettingsError("--url is for a page that does not declare its URL; this one has it")

    def _input_of(self, name: str) -> str | _StoredPage | WebSource:
        if is_web_url(name):
            # a page that a browser renders is never a list
            return self._source(name, name, may_be_list=not self._how.browser)
        if not _is_there(name) and is_like_an_id(name):
            return _stored_page(name, self._how)
        if self._how.input != Input.AUTO:
            return name
        found = _piped_list() if name == _INPUT else urls_in_file(name, self._how.fields)
        if found is None:
            return name
        if isinstance(found, bytes):
            page = Page(body=found, url=self._how.url, source=Source("stdin", name))
            return _StoredPage(page, is_of_the_web=False)
        self._refused += (f"{where}: skipped: {why}" for where, why in found.refused)
        return self._source(name, *found.urls)

    def _source(self, name: str, *urls: str, may_be_list: bool = False) -> WebSource:
        return WebSource(
            name,
            "url",
            urls,
            allowed=self._allowed,
            user_agent=self._agent,
            may_be_list=may_be_list,
            uses_browser=self._how.browser,
            joins_pages=self._how.join_pages,
        )


def _given(names: Sequence[str]) -> tuple[str, ...]:
    if names:
        return tuple(map(with_scheme, names))
    # None where it was closed (`<&-`); a terminal would wait for a page typed by hand
    if sys.stdin is None or sys.stdin.isatty():
        raise SettingsError("no pages: name files, folders or URLs, or pipe a page in")
    return (_INPUT,)


def _is_there(name: str) -> bool:
    return is_web_url(name) or is_there(name)


def _advice(name: str) -> str:
    """The probable meaning of an input that does not exist."""
    if "://" in name:
        return f"; {SCHEMES}"
    host, _, _ = name.partition("/")
    # "www.example.org", "example.org/news/1"; a file of that name would have one of these ends
    is_like_a_host = "." in host.strip(".") and (host.startswith("www.") or "/" in name)
    return f"; did you mean https://{name}?" if is_like_a_host else ""


def _piped_list() -> SourceUrls | bytes | None:
    """The URLs piped in, provided most lines are URLs; the content if not; None if it does not begin with a URL, and
    nothing was read.
    """
    stream = None if sys.stdin is None else sys.stdin.buffer
    if not isinstance(stream, io.BufferedReader) or not starts_with_url(stream.peek()):
        return None
    data = stream.read(
        MAX_PAGE_BYTES + 1
    )  # one more, so that longer input is noticed, as a page or as a list
    found = listed_urls(data)
    if found is None:
        return data
    if len(data) > MAX_PAGE_BYTES:
        raise SettingsError(f"-: more than {MAX_PAGE_BYTES:,} bytes of URLs; split the list")
    return valid_urls((_INPUT, one) for one in found)


def is_like_an_id(name: str) -> bool:
    """Whether an input may be the id of a record, or the beginning of an id."""
    return _ID.fullmatch(name) is not None


def _stored_page(name: str, how: HowToRead) -> _StoredPage:
    """The page of the record whose id begins so, in a folder of runs: as it was fetched, or as its file has it.

    Raises SettingsError, with advice, if there is no such record, or its page is not in the archive or the file.
    """
    # here: few commands look into a store
    from copydesk.flows.exports.finding import record_with_id
    from copydesk.flows.library.reading import records_at
    from copydesk.flows.library.web.raw_archive import reserved_in

    output = how.output
    if (records := records_at(output)) is None:
        raise SettingsError(
            f"{name}: no such file or folder; nor are there records in {output}, if it is an id (see --output)"
        )
    record = record_with_id(output, name)
    if record.source.kind not in WEB_KINDS:
        return _StoredPage(_page_on_disk(name, how, record, records), is_of_the_web=False)
    # when it was fetched for this record, or later
    if any(
        one.url == record.url
        and (not record.fetched_at or not one.fetched_at or record.fetched_at <= one.fetched_at)
        for one in reserved_in(output)
    ):
        raise SettingsError(f"{name}: its publisher reserves text and data mining; its content is not shown")
    kept = [
        page
        for page in (read_pages((str(output / ARCHIVE),)) if (output / ARCHIVE).is_dir() else ())
        if isinstance(page, Page) and page.url == record.url
    ]
    # another copy would be another version of the page
    page = next((page for page in kept if page.fetched_at == record.fetched_at), None)
    if page is None:
        raise SettingsError(
            f"{name}: its page is not in the archive ({output / ARCHIVE}); give its URL: {record.url}"
        )
    return _StoredPage(page, is_of_the_web=True)


def _page_on_disk(name: str, how: HowToRead, record: Record, records: StoredRecords) -> Page:
    """The page of a record as one of the files has it from which it was read; one that has changed is known by where
    it is.
    """
    # here: few commands look into a store
    from copydesk.flows.library.reading import LibraryRecords

    files: list[str] = []
    if isinstance(records, LibraryRecords):
        with records.rows() as rows:
            files = rows.files_of(record.id)
    there = [file for file in files if is_there(file)]
    for page in read_pages(
        there, input_=Input(how.input), fields=how.fields, max_bytes=how.cleaning.max_bytes
    ):
        if isinstance(page, Page):
            # the name that a page has within the folder that was read is part of its id, and so is what it says; a
            # record keeps the id with which it began
            same = structs.replace(page, source=structs.replace(page.source, name=record.source.name))
            is_there_still = page.source.kind == record.source.kind and record.source.name.endswith(
                page.source.name.rpartition("/")[2]
            )
            if record_id(same) == record.id or (is_there_still and not record.url):
                return same
    if there:
        why = f"{there[0]}, which does not have it, or has it in a field that --field has to name"
    elif files:
        why = f"{files[0]}, which is gone; give the file that has it"
    else:
        # of a folder that was read a record has what is below it alone: it is the same wherever the folder lies
        folder = ", in the folder that the run read" if "/" in record.source.name else ""
        why = f"{record.source.name}{folder}; give that file"
    raise SettingsError(f"{name}: its page was read from {why}")
