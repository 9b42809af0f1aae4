"""The pages that names stand for: files and folders, addresses on the web, files of these, ids of records."""

from __future__ import annotations

import io
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from msgspec import Struct

from copydesk.cleaners.types import Page, Source
from copydesk.flows.commands.named.fetched_pages import FetchedPages
from copydesk.flows.commands.named.stored_pages import is_like_an_id, stored_page
from copydesk.flows.config.source_plan import (
    FoundAddresses,
    addresses_in,
    allowed_places,
    checked_address,
    checked_addresses,
    is_on_the_web,
    user_agent_of,
)
from copydesk.flows.errors import SettingsError
from copydesk.flows.fetching.lists.url_lists import listed_urls, starts_with_url
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.sources.catalogue import FOLDERS, Input, Unreadable, read_pages
from copydesk.flows.sources.file_names import NOT_THERE, READ_AS, is_there, named_once, near
from copydesk.flows.sources.opening.field_names import USUAL_NAMES, FieldNames
from copydesk.flows.sources.opening.files import MAX_PAGE_BYTES
from copydesk.flows.sources.standard_input import would_wait
from copydesk.flows.workers.pool import never

_INPUT = "-"
_LIST_OF_SOURCES = ".toml"


class HowToRead(Struct, frozen=True):
    """How pages are read: as the options of ``clean`` and ``explain`` say.

    ``allow_private``: each ``host:port``. ``output``: the folder of the runs whose records ids are of. ``join_pages``:
    whether articles that addresses have on several pages are put together.
    """

    input: str = "auto"
    fields: FieldNames = USUAL_NAMES
    url: str | None = None
    limit: int | None = None
    contact: str | None = None
    allow_private: tuple[str, ...] = ()
    output: Path = Path("output")
    join_pages: bool = False


class _Disk(Struct, frozen=True):
    """A file, a folder, or standard input."""

    name: str


class _Page(Struct, frozen=True):
    """A page that is at hand."""

    page: Page
    is_of_the_web: bool


class NamedPages:
    """The pages of some names, in the order named; iterate once.

    Of names on the web each stands where it is named; the pages of a list come as they are fetched.

    Raises SettingsError, in one line, where a name cannot be meant: before anything is read.
    """

    def __init__(self, names: Sequence[str], how: HowToRead) -> None:
        self._how = how
        self._agent = user_agent_of(how.contact)
        self._allowed = allowed_places(how.allow_private)
        self._given, self.named_again = _once(_given(names))
        self._check()
        self.refused: list[str] = []
        """Rows of tables that cannot be read, each with where it stands and why."""
        self._meant = [self._meaning(name) for name in self._given]
        self._fetched: FetchedPages | None = None
        self._would_wait: Callable[[], bool] = never
        self.of_the_web: deque[bool] = deque()
        """Of each page handed out, whether it is one of the web, whose publisher may reserve it; to be taken from."""

    def __iter__(self) -> Iterator[Page | Unreadable]:
        for item, is_of_the_web in islice(self._all(), self._how.limit):
            self.of_the_web.append(is_of_the_web)
            yield item

    @property
    def has_files(self) -> bool:
        """Whether some of the names are files, folders or standard input."""
        return any(isinstance(one, _Disk) for one in self._meant)

    def would_wait(self) -> bool:
        """Whether the next page is not there yet."""
        return self._would_wait()

    def _all(self) -> Iterator[tuple[Page | Unreadable, bool]]:
        web = [one for one in self._meant if isinstance(one, WebSource)]
        # one for all of them: no host is asked more often for being named in several places
        with FetchedPages(web, limit=self._how.limit) as fetched:
            for one in self._meant:
                self._would_wait = never
                if isinstance(one, WebSource):
                    self._would_wait = fetched.would_wait
                    yield from ((item, True) for item in fetched.of(one.name))
                elif isinstance(one, _Page):
                    yield one.page, one.is_of_the_web
                else:
                    yield from ((item, False) for item in self._on_the_disk(one.name))

    def _on_the_disk(self, name: str) -> Iterator[Page | Unreadable]:
        how = self._how
        # only standard input may come page by page; a file is there, and is read ahead
        self._would_wait = would_wait if name == _INPUT and len(self._given) == 1 else never
        return read_pages((name,), input_=Input(how.input), fields=how.fields, url=how.url)

    def _check(self) -> None:
        """Whether anything can be read of the names."""
        missing = [name for name in self._given if not _is_there(name) and not is_like_an_id(name)]
        # one name of several that is missing costs a failed record; the others are read
        if len(missing) == len(self._given):
            raise SettingsError(f"{missing[0]}: {NOT_THERE}{_advice(missing[0]) or near(missing[0])}")
        first, is_alone = self._given[0], len(self._given) == 1
        if is_alone and first.endswith(_LIST_OF_SOURCES):
            raise SettingsError(f"{first}: a list of sources; read it with: copydesk ingest {first}")
        if self._how.url and (not is_alone or FOLDERS.takes(first, Input.AUTO)):
            raise SettingsError("--url is the address of one page; give one file or standard input")
        if self._how.url and is_on_the_web(first):
            raise SettingsError("--url is for a page that does not say its address; this one has it")

    def _meaning(self, name: str) -> _Disk | _Page | WebSource:
        if is_on_the_web(name):
            address = checked_address(name, where="address")
            return self._source(address, address, may_be_list=True)
        if not _is_there(name) and is_like_an_id(name):
            return _Page(stored_page(name, self._how.output), is_of_the_web=True)
        if self._how.input != Input.AUTO:
            return _Disk(name)
        if name == _INPUT:
            piped = _piped_list()
            if isinstance(piped, bytes):
                page = Page(body=piped, url=self._how.url, source=Source("stdin", name))
                return _Page(page, is_of_the_web=False)
            return _Disk(name) if piped is None else self._listed(name, piped)
        return self._in_file(name)

    def _in_file(self, name: str) -> _Disk | WebSource:
        """A file as pages, or as the addresses in it."""
        addresses = addresses_in(name, self._how.fields)
        return _Disk(name) if addresses is None else self._listed(name, addresses)

    def _listed(self, name: str, found: FoundAddresses) -> WebSource:
        """The addresses of a list; its other lines are told."""
        self.refused += (f"{where}: left out: {why}" for where, why in found.refused)
        return self._source(name, *found.addresses)

    def _source(self, name: str, *addresses: str, may_be_list: bool = False) -> WebSource:
        return WebSource(
            name,
            "url",
            addresses,
            allowed=self._allowed,
            user_agent=self._agent,
            may_be_list=may_be_list,
            joins_pages=self._how.join_pages,
        )


def _given(names: Sequence[str]) -> tuple[str, ...]:
    if names:
        return tuple(names)
    # None where it was closed (`<&-`); a terminal would wait for a page typed by hand
    if sys.stdin is None or sys.stdin.isatty():
        raise SettingsError("no pages: name files, folders or addresses, or pipe a page in")
    return (_INPUT,)


def _once(names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names without those that stand for what an earlier one does; and a line for each of these."""
    found: dict[str, str] = {}
    again = []
    for name in names:
        place = name if is_on_the_web(name) else named_once(name)
        if place in found:
            again.append(f"{name}: {READ_AS.format(found[place])}")
        found.setdefault(place, name)
    return tuple(found.values()), tuple(again)


def _is_there(name: str) -> bool:
    return is_on_the_web(name) or is_there(name)


def _advice(name: str) -> str:
    """What may have been meant by a name of nothing."""
    if "://" in name:
        return "; an address on the web begins with https:// or http://"
    host, _, _ = name.partition("/")
    # "www.example.org", "example.org/news/1"; a file of that name would have one of these ends
    is_like_a_host = "." in host.strip(".") and (host.startswith("www.") or "/" in name)
    return f"; did you mean https://{name}?" if is_like_a_host else ""


def _piped_list() -> FoundAddresses | bytes | None:
    """The addresses piped in, where most lines are some; what was read where something else follows; None where the
    beginning is no address, and nothing was read.
    """
    stream = None if sys.stdin is None else sys.stdin.buffer
    if not isinstance(stream, io.BufferedReader) or not starts_with_url(stream.peek()):
        return None
    data = stream.read(MAX_PAGE_BYTES + 1)  # what is longer is told to be so, as a page or as a list
    found = listed_urls(data)
    if found is None:
        return data
    if len(data) > MAX_PAGE_BYTES:
        raise SettingsError(f"-: more than {MAX_PAGE_BYTES:,} bytes of addresses; split the list")
    return checked_addresses((_INPUT, one) for one in found)
