"""The frontier: pages wait in rows from when their list is read until their records are stored."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import count, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from conftest import HANG_SECONDS
from faulty_server import PAGE, FaultyServer
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from postgres import Server
from web_runs import QUICK, execute, failed, feed, sent, sitemap, source, titled, wait_is_over
from web_site import Web, web_site

from copydesk.cleaners.types import Page
from copydesk.flows.crawl.run_state import Arrival
from copydesk.flows.crawl.web_pages import WebPages
from copydesk.flows.fetching.http.outcomes import Fetched, NotModified
from copydesk.flows.fetching.lists.listed import ListedPage, Listing, ListResult, PageResult
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.library.library import Library
from copydesk.flows.library.records.run_writer import RunWriter
from copydesk.flows.library.web.frontier import Frontier, Need, Wants
from copydesk.flows.schedule import Plan

pytestmark = pytest.mark.slow
OLD = "Sat, 01 Nov 2025 06:00:00 GMT"
_numbers = count()

site = pytest.fixture(web_site)


@contextmanager
def run_of(folder: Path, *sources: WebSource, address: str | None = None) -> Iterator[Iterator[Arrival]]:
    """What a run hands over; it ends as a killed one does: nothing but what was stored is noted."""
    with Library.open(folder, address) as library:
        frontier = Frontier(library, RunWriter(library).run)
        with closing(iter(WebPages(sources, frontier, limits=QUICK))) as arrivals:
            yield arrivals


def store(arrival: Arrival) -> str:
    arrival.stored(None if isinstance(arrival.item, Page) else arrival.item.reason)
    return str(arrival.item.url)


def test_pages_wait_from_when_their_list_is_read(site: Web, tmp_path: Path) -> None:
    """A run that is stopped after two of five pages: the next one goes on, and reads no list again."""
    pages = [site.put(f"/page/{number}", titled(f"{number}")) for number in range(5)]
    paper = site.source("feed", site.put("/feed", feed(*pages)), plan=Plan(every_seconds=86_400))
    with run_of(tmp_path, paper) as arrivals:
        stored = [store(arrival) for arrival in islice(arrivals, 2)]
        assert len(execute(tmp_path, "select url from waiting where run is not null")) == 3
    site.again()
    with run_of(tmp_path, paper) as arrivals:
        assert sorted(stored + [store(arrival) for arrival in arrivals]) == pages
    requests = site.again()
    assert requests[0] == ("/feed", 304)
    assert len(requests) == 4
    assert execute(tmp_path, "select * from waiting") == []
    with run_of(tmp_path, paper) as arrivals:
        assert list(arrivals) == []
    assert site.again() == []  # read to its end, the source is not due


def test_a_source_is_read_once_all_its_pages_are_stored(site: Web, tmp_path: Path) -> None:
    """A run that ends when all has been fetched and nothing is stored: the source is as due as before."""
    pages = [site.put(f"/page/{number}", titled(f"{number}")) for number in range(3)]
    paper = site.source("feed", site.put("/feed", feed(*pages)), plan=Plan(every_seconds=86_400))
    with run_of(tmp_path, paper) as arrivals:
        assert len(list(islice(arrivals, 3))) == 3
    site.again()
    for expected in (pages, []):
        with run_of(tmp_path, paper) as arrivals:
            assert sorted(store(arrival) for arrival in arrivals) == expected
    assert [path for path, _ in site.again()] == ["/feed", *(f"/page/{number}" for number in range(3))]


def test_what_a_list_says_of_a_page_waits_with_it(site: Web) -> None:
    entries = feed(*(site.put(f"/page/{number}", PAGE) for number in range(2)), dated=OLD)
    more = b"<dc:creator>Ada Moll</dc:creator></item>"
    body = entries.replace(b"<rss", b"<rss xmlns:dc='http://purl.org/dc/elements/1.1/'")
    paper = site.source("feed", site.put("/feed", body.replace(b"</item>", more)), limit=1)
    for number in range(2):
        (arrival,) = site.read(paper).arrivals
        assert isinstance(arrival.item, Page)
        assert arrival.item.announced is not None
        assert (arrival.item.url, arrival.item.announced.authors) == (
            site.url(f"/page/{number}"),
            ("Ada Moll",),
        )
    assert [path for path in site.again() if path[0] == "/feed"] == [("/feed", 200), ("/feed", 304)]


def test_a_503_waits_as_long_as_its_server_says(site: Web, tmp_path: Path) -> None:
    site.answer("busy", lambda handler, _: handler.give(b"", status=503, Retry_After="4000"))
    paper = site.source("feed", site.put("/feed", feed(site.url("/busy"))))
    assert site.read(paper).reasons == ["retry_later"]
    site.again()
    assert "not fetched: 1 that failed lately" in site.read(paper).skipped
    assert site.again() == [("/feed", 304)]
    site.put("/busy", PAGE)
    wait_is_over(tmp_path)
    assert site.read(paper).pages == [site.url("/busy")]
    assert site.again() == [("/feed", 304), ("/busy", 200)]


def test_a_source_that_is_removed_takes_no_page_with_it(site: Web) -> None:
    """What waits of a list is fetched by whoever reads that list."""
    pages = [site.put(f"/page/{number}", PAGE) for number in range(3)]
    news = site.put("/map", sitemap(*pages))
    first = site.read(site.source("sitemap", news, name="first", limit=1)).pages
    assert sorted(first + site.read(site.source("sitemap", news, name="second")).pages) == pages


def test_of_what_waits_too_old_pages_are_skipped(site: Web) -> None:
    pages = [site.put(f"/page/{number}", PAGE) for number in range(2)]
    news = site.put("/map", sitemap(*pages, lastmod="2026-10-01"))
    site.read(site.source("sitemap", news, limit=1))
    found = site.read(site.source("sitemap", news, since=datetime(2026, 11, 1, tzinfo=UTC)))
    assert (found.pages, "1 that are older than since" in found.skipped) == ([], True)
    assert len(site.read(site.source("sitemap", news)).pages) == 1


@pytest.mark.parametrize("is_one_stopped", [False, True])
def test_two_runs_at_once_share_lists_and_request_each_page_once(
    site: Web, server: FaultyServer, postgresql: Server, tmp_path: Path, *, is_one_stopped: bool
) -> None:
    name = f"frontier_{next(_numbers)}"
    postgresql.asked(f"CREATE DATABASE {name}")
    address = postgresql.url(name)
    pages = [site.put(f"/page/{number}", PAGE) for number in range(31)]
    lists = [site.put(f"/map/{at}", sitemap(*pages[at * 7 : at * 7 + 10])) for at in range(4)]
    sources = [source(f"s{at}", "sitemap", url, servers=[server]) for at, url in enumerate(lists)]
    Library.open(tmp_path, address).close()
    stored = Counter[str]()

    def fill(folder: str, most: int | None) -> None:
        with run_of(tmp_path / folder, *sources, address=address) as arrivals:
            for arrival in islice(arrivals, most):
                stored.update([store(arrival)])

    runs = [
        threading.Thread(target=fill, args=(folder, most), daemon=True)
        for folder, most in (("a", None), ("b", 5 if is_one_stopped else None))
    ]
    for run in runs:
        run.start()
    for run in runs:
        run.join(HANG_SECONDS)
    if is_one_stopped:
        fill("c", None)
    else:
        assert Counter(path for path, _ in site.again() if path.startswith("/page")) == Counter(
            f"/page/{number}" for number in range(31)
        )
    assert stored == Counter(pages)
    assert postgresql.asked("SELECT count(*) FROM copydesk.waiting", database=name) == [(0,)]


PAGES = [f"https://courier.example/{number}" for number in range(6)]


class Runs(RuleBasedStateMachine):
    """Runs over lists that change, pages that fail and kills at any time: no page is lost, or taken twice by a run."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.library = Library.open(Path(self.folder.name))
        self.lists: dict[str, tuple[str, ...]] = {
            "https://courier.example/a": (),
            "https://courier.example/b": (),
        }
        # what is expected to be had in the end, and what is known to have failed
        self.listed, self.failed = set[str](), set[str]()
        self.kill()

    @rule()
    def kill(self) -> None:
        self.frontier = Frontier(self.library)
        self.frontier.free_lost()
        self.began, self.taken, self.in_hand = datetime.now(UTC), set[str](), dict[str, ListedPage]()

    @rule(place=st.sampled_from("ab"), pages=st.lists(st.sampled_from(PAGES), unique=True))
    def change(self, place: str, pages: list[str]) -> None:
        self.lists[f"https://courier.example/{place}"] = tuple(pages)

    @rule(place=st.sampled_from("ab"), most=st.integers(0, 6), source_name=st.sampled_from("xy"))
    def read(self, place: str, most: int, source_name: str) -> None:
        url = f"https://courier.example/{place}"
        pages, now = self.lists[url], datetime.now(UTC)
        answer = Fetched(url, 200, {"etag": "-".join(pages)}, b"", now)
        known = self.frontier.known([url]).get(url)
        is_same = known is not None and known.validators.etag == answer.validators.etag
        result = ListResult(url, NotModified(url, now) if is_same else answer)
        named = () if is_same else tuple(ListedPage(page, key=page) for page in pages)
        wants = Wants(WebSource(source_name, "feed", (url,)), self.began)
        found = self.frontier.read_listing(wants, Listing(named, (result,)), now=now)
        self.listed |= {page.url for page in named}
        chosen = [page.listed for page in found if page.need in (Need.NEW, Need.MAYBE)][:most]
        taken = self.frontier.take(source_name, [page.url for page in chosen])
        assert not taken & self.taken
        self.taken |= taken
        self.in_hand |= {page.url: page for page in chosen if page.url in taken}

    @rule(choice=st.integers(0, 5), reason=st.sampled_from((None, None, "http_503", "http_404")))
    def settle(self, choice: int, reason: str | None) -> None:
        if not self.in_hand:
            return
        url = sorted(self.in_hand)[choice % len(self.in_hand)]
        now = datetime.now(UTC)
        outcome = sent(url, now) if reason is None else failed(url, reason, seconds=0)
        self.frontier.settle("x", self.in_hand.pop(url), PageResult(outcome), reason=None, now=now)
        (self.failed.discard if reason is None else self.failed.add)(url)

    def teardown(self) -> None:
        for _ in range(2):  # a page may wait in one list while the other names it no more
            self.kill()
            for place in "ab":
                self.read(place, 6, "x")
            while self.in_hand:
                self.settle(0, None)
        known = self.frontier.known(PAGES)
        had = {url for url, one in known.items() if one.outcome == "ok"}
        assert self.listed - self.failed <= had
        with self.library.reading() as connection:
            assert connection.exec_driver_sql("SELECT * FROM waiting").all() == []
        self.library.close()
        self.folder.cleanup()


Runs.TestCase.settings = settings(max_examples=12, stateful_step_count=20, deadline=None)
TestRuns = pytest.mark.slow(Runs.TestCase)
