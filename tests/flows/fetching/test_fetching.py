"""Fetching, against a real server on loopback: polite, bounded, and never where it must not go."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import resource
import threading
import time
import zlib
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from itertools import pairwise, product
from typing import Any, TypeVar

import anyio
import pytest
from anyio.abc import SocketStream
from conftest import HANG_SECONDS
from faulty_server import ANSWERS, ETAG, LAST_MODIFIED, PACKED, PAGE, FaultyServer
from msgspec import structs

from copydesk.flows.fetching.http.fetcher import Fetcher
from copydesk.flows.fetching.http.outcomes import (
    Fetched,
    NotFetched,
    NotModified,
    Outcome,
    Request,
    Validators,
)
from copydesk.flows.fetching.http.politeness import FetchLimits, PolitenessPolicy
from copydesk.flows.fetching.http.robots import Robots
from copydesk.flows.fetching.wire import transport
from copydesk.flows.fetching.wire.addresses import read_host_and_port
from copydesk.flows.fetching.wire.budgets import TimeBudget
from copydesk.flows.fetching.wire.transport import resolve

T = TypeVar("T")
QUICK = FetchLimits(
    seconds=HANG_SECONDS,
    robots_seconds=HANG_SECONDS,
    first_wait_seconds=0.01,
    longest_wait_seconds=2.0,
    bytes=12_000_000,
)
"""Quick to try again; as much time for an answer as a busy machine takes."""
IMPATIENT = structs.replace(QUICK, seconds=0.5)


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def politeness(server: FaultyServer, *, pace: float = 0.0) -> PolitenessPolicy:
    return PolitenessPolicy(pace_seconds=pace, allowed=frozenset({server.netloc}))


def fetch(server: FaultyServer, *paths: str, limits: FetchLimits = QUICK, pace: float = 0.0) -> list[Outcome]:
    async def all_of_them() -> list[Outcome]:
        async with Fetcher(politeness(server, pace=pace), limits=limits) as fetcher:
            return list(await asyncio.gather(*(fetcher.fetch(Request(server.url(path))) for path in paths)))

    return run(all_of_them())


def refused(outcome: Outcome) -> str:
    assert isinstance(outcome, NotFetched)
    return outcome.reason


# --- what arrives


def test_a_page_arrives_as_it_was_sent(server: FaultyServer) -> None:
    before = datetime.now(UTC)
    (page,) = fetch(server, "/page")
    assert isinstance(page, Fetched)
    assert (page.body, page.status, page.url) == (PAGE, 200, server.url("/page"))
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert before <= page.fetched_at <= datetime.now(UTC)


def test_packed_bodies_are_unpacked(server: FaultyServer) -> None:
    forms = ("gzip", "two-members", "deflate", "bare-deflate", "br", "zstd", "twice")
    pages = fetch(server, *(f"/packed/{form}" for form in forms))
    assert [isinstance(page, Fetched) and page.body for page in pages] == [PAGE] * len(forms)


def test_it_says_who_it_is(server: FaultyServer) -> None:
    fetch(server, "/page")
    assert all(request.headers["user-agent"].startswith("copydesk/") for request in server.asked)
    assert all("+http" in request.headers["user-agent"] for request in server.asked)
    assert not any("cookie" in request.headers for request in server.asked)


# --- what is no page


NO_PAGES = {
    "/packed/gzip-cut": "truncated", "/packed/br-cut": "truncated", "/packed/zstd-cut": "truncated",
    "/packed/not-gzip": "damaged", "/packed/unknown": "damaged", "/short": "truncated", "/cut-chunk": "truncated",
    "/bad-chunk": "protocol", "/two-lengths": "protocol", "/reset": "truncated", "/no-http": "protocol",
    "/empty-answer": "protocol", "/endless": "too_large", "/flood": "protocol", "/loop": "too_many_redirects",
    "/hops/6": "too_many_redirects", "/bad-redirect": "bad_redirect", "/no-redirect": "bad_redirect",
    f"/redirect/{'x' * 9_000}": "bad_redirect", "/status/206": "http_206", "/status/304": "http_304",
    "/status/404": "http_404", "/status/410": "http_410", "/status/451": "http_451", "/status/500": "http_500",
}  # fmt: skip


def test_what_is_cut_endless_or_refused_is_no_page_and_costs_no_other(server: FaultyServer) -> None:
    *outcomes, page = fetch(server, *NO_PAGES, "/page")
    assert dict(zip(NO_PAGES, map(refused, outcomes), strict=True)) == NO_PAGES
    assert not any(server.url("") in getattr(outcome, "message", "") for outcome in outcomes)
    assert isinstance(page, Fetched)


def test_a_server_that_is_too_slow_is_not_waited_for(server: FaultyServer) -> None:
    assert refused(fetch(server, "/slow", limits=IMPATIENT)[0]) == "timeout"


def test_ten_gigabytes_in_ten_megabytes_end_at_the_limit(server: FaultyServer) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    limits = FetchLimits(seconds=HANG_SECONDS, unpacked_bytes=20_000_001)
    for form in ("bomb", "br-bomb", "zstd-bomb"):
        assert refused(fetch(server, f"/packed/{form}", limits=limits)[0]) == "too_large"
        assert len(PACKED[form][0]) < 11_000_000
    grown_mb = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown_mb < 150


def test_five_redirects_are_followed_and_reported(server: FaultyServer) -> None:
    (page,) = fetch(server, "/hops/5")
    assert isinstance(page, Fetched)
    assert page.url == server.url("/hops/0")
    assert page.redirects == tuple(server.url(f"/hops/{left}") for left in (5, 4, 3, 2, 1))


def test_what_is_cut_by_the_time_of_what_it_belongs_to_is_over_that_budget(server: FaultyServer) -> None:
    """Another that asks for the same may have the time."""

    async def asked() -> Outcome:
        async with Fetcher(politeness(server), limits=QUICK) as fetcher:
            return await fetcher.fetch(Request(server.url("/slow"), within=TimeBudget(0.5)))

    assert refused(run(asked())) == "over_budget"
    assert len(server.pages()) == 1


# --- more than was announced


def beyond(length: int, after: bytes = b"", *, comes_later: bool = False) -> Callable[[Any, str], None]:
    """A page that goes beyond its length, on a connection that stays open."""

    def answer(handler: Any, _: str) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % length
        if not comes_later:
            handler.wfile.write(head + PAGE + after)
            return
        handler.wfile.write(head + PAGE[:length])
        time.sleep(0.1)
        handler.wfile.write(PAGE[length:] + after)

    return answer


@pytest.mark.parametrize("comes_later", [False, True])
def test_a_page_whose_length_ends_in_its_middle_is_cut(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch, *, comes_later: bool
) -> None:
    monkeypatch.setattr(transport, "_BEYOND_SECONDS", HANG_SECONDS)
    monkeypatch.setitem(ANSWERS, "more", beyond(len(PAGE) // 2, comes_later=comes_later))
    cut, page = fetch(server, "/more"), fetch(server, "/page")
    assert refused(cut[0]) == "truncated"
    assert isinstance(page[0], Fetched)


@pytest.mark.parametrize("missing", [0, 3])
def test_extra_bytes_are_dropped(server: FaultyServer, monkeypatch: pytest.MonkeyPatch, missing: int) -> None:
    """Nor does a page fail whose length leaves out a few bytes after its text."""
    length, other = len(PAGE) - missing, b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong"
    monkeypatch.setitem(ANSWERS, "more", beyond(length, other))
    more, page = fetch(server, "/more", "/page")
    assert isinstance(more, Fetched)
    assert isinstance(page, Fetched)
    assert (more.body, page.body) == (PAGE[:length], PAGE)


WITHOUT_ENDS = b"<!doctype html><title>Tides</title><body><p>The tide came in at nine."


def sent(page: bytes, after: bytes, *, kind: str = "text/html") -> Callable[[Any, str], None]:
    """A page and what comes behind it at once, on a connection that stays open."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(page)}\r\n\r\n"
    return lambda handler, _: handler.wfile.write(head.encode() + page + after)


WHOLE = {
    "a line break behind it": (WITHOUT_ENDS, b"\r\n"),
    "end tags may be left out": (WITHOUT_ENDS, b"<!-- built in 3 ms -->"),
    "white space behind an open element": (b"<div><p>The tide came in.", b" \r\n"),
    "an element in a script": (WITHOUT_ENDS + b"<script>show('<div>')</script>", b"<!-- -->"),
    "an element in a comment": (WITHOUT_ENDS + b"<!-- <section> -->", b"<!-- -->"),
    "a sign of less": (WITHOUT_ENDS + b" 3 < 4", b"<!-- -->"),
}


def test_a_whole_page_is_not_cut_by_what_comes_behind_it(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, (page, after) in WHOLE.items():
        monkeypatch.setitem(ANSWERS, "more", sent(page, after))
        found, next_one = fetch(server, "/more", "/page")
        assert isinstance(found, Fetched), name
        assert found.body == page
        assert isinstance(next_one, Fetched)


def test_end_tags_are_not_waited_for(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "_BEYOND_SECONDS", 3 * HANG_SECONDS)
    monkeypatch.setitem(ANSWERS, "more", sent(WITHOUT_ENDS, b""))
    (page,) = fetch(server, "/more", limits=structs.replace(QUICK, attempts=1))
    assert isinstance(page, Fetched)


CUT = {
    "a tag": (b"<a hre", b"f='/tides'>Tides</a>"),
    "a script": (b"<script>show('a", b"b')</script>"),
    "a comment": (b"<!-- the", b" end -->"),
    "an element": (b"<article><p>It went", b" out at three.</article>"),
}


def test_a_page_that_its_length_cuts_in_its_markup_is_cut(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for (name, (end, after)), kind in product(CUT.items(), ("text/html", "Text/HTML")):
        monkeypatch.setitem(ANSWERS, "more", sent(WITHOUT_ENDS + end, after, kind=kind))
        assert refused(fetch(server, "/more")[0]) == "truncated", name


# --- trying again


def test_a_passing_fault_is_tried_again(server: FaultyServer) -> None:
    (page,) = fetch(server, "/busy/503/-/2")
    assert isinstance(page, Fetched)
    assert len(server.pages()) == 3


def test_a_lasting_fault_is_given_up(server: FaultyServer) -> None:
    (outcome,) = fetch(server, "/busy/503/-/99")
    assert refused(outcome) == "http_503"
    assert len(server.pages()) == QUICK.attempts


def test_retry_after(server: FaultyServer) -> None:
    (page,) = fetch(server, "/busy/503/1/1")
    first, second = server.pages()
    assert isinstance(page, Fetched)
    assert second.at - first.at >= 0.9


def test_who_asks_for_more_patience_than_there_is_is_left_alone(server: FaultyServer) -> None:
    (outcome,) = fetch(server, "/busy/429/3600/9")
    assert refused(outcome) == "retry_later"
    assert isinstance(outcome, NotFetched)
    assert outcome.retry_seconds == 3600
    assert len(server.pages()) == 1


# --- politeness


def test_robots_are_requested_once_and_first(server: FaultyServer) -> None:
    fetch(server, *(f"/page?{number}" for number in range(8)))
    assert server.paths()[0] == "/robots.txt"
    assert server.paths().count("/robots.txt") == 1


def test_what_robots_deny_is_not_requested(server: FaultyServer) -> None:
    server.robots = (200, b"User-agent: *\nDisallow: /private\n\nUser-agent: copydesk\nDisallow: /not-you\n")
    allowed, denied = fetch(server, "/private/page", "/not-you/page")
    assert isinstance(allowed, Fetched)
    assert refused(denied) == "robots_denied"
    assert isinstance(denied, NotFetched)
    assert denied.status == "rejected"
    assert "/not-you/page" not in server.paths()


def test_a_redirect_to_what_robots_deny_is_not_followed(server: FaultyServer) -> None:
    server.robots = (200, b"User-agent: *\nDisallow: /secret\n")
    (outcome,) = fetch(server, "/redirect/secret")
    assert refused(outcome) == "robots_denied"
    assert "/secret" not in server.paths()


def test_unreachable_robots_stop_all(server: FaultyServer) -> None:
    server.robots = (503, b"")
    (outcome,) = fetch(server, "/page")
    assert refused(outcome) == "robots_unreachable"
    assert server.pages() == []


def test_without_robots_all_may_be_read(server: FaultyServer) -> None:
    server.robots = (403, b"User-agent: *\nDisallow: /\n")
    (page,) = fetch(server, "/page")
    assert isinstance(page, Fetched)


def test_a_host_is_never_requested_within_its_pace(server: FaultyServer) -> None:
    outcomes = fetch(server, *(f"/page?{number}" for number in range(5)), "/hops/2", pace=0.2)
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)
    times = [request.at for request in server.asked]
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.2


@pytest.mark.parametrize("level", [None, 9])
def test_of_a_long_robots_txt_the_beginning_is_read(server: FaultyServer, level: int | None) -> None:
    """As it comes, or unpacked: 500 KiB (RFC 9309, 2.5)."""
    text = b"User-agent: *\nDisallow: /first\n" + b"# and so on\n" * 45_000 + b"Disallow: /last\n"
    server.robots = (200, text if level is None else gzip.compress(text, level))
    server.headers = {} if level is None else {"/robots.txt": {"Content-Encoding": "gzip"}}
    first, last = fetch(server, "/first", "/last")
    assert refused(first) == "robots_denied"
    assert isinstance(last, Fetched)


def test_a_robots_txt_that_is_cut_by_the_server_stops_all(server: FaultyServer) -> None:
    server.robots = (200, gzip.compress(b"User-agent: *\nDisallow: /first\n" * 100)[:-10])
    server.headers = {"/robots.txt": {"Content-Encoding": "gzip"}}
    (outcome,) = fetch(server, "/page")
    assert refused(outcome) == "robots_unreachable"


@pytest.mark.slow
def test_unpacking_does_not_block_the_loop(server: FaultyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = b"".join(hashlib.sha512(b"%d" % number).digest() for number in range(150_000)).hex().encode()
    packed = gzip.compress(gzip.compress(noise, 1), 1)
    monkeypatch.setitem(PACKED, "large", (packed, "gzip, gzip"))
    threads: list[threading.Thread] = []
    real = zlib.decompressobj

    def noting(*arguments: Any) -> Any:
        threads.append(threading.current_thread())
        return real(*arguments)

    monkeypatch.setattr(zlib, "decompressobj", noting)
    (page,) = fetch(server, "/packed/large", limits=FetchLimits(seconds=HANG_SECONDS))
    assert isinstance(page, Fetched)
    assert page.body == noise
    assert len(threads) == 2  # gzip in gzip
    assert threading.current_thread() not in threads


def test_a_crawl_delay_is_kept(server: FaultyServer) -> None:
    server.robots = (200, b"User-agent: *\nCrawl-delay: 0.4\n")
    fetch(server, "/page", "/page?2", "/page?3")
    times = [request.at for request in server.pages()]
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.4


def test_a_minute_is_the_longest_delay_that_is_kept() -> None:
    assert Robots("rules", b"User-agent: *\nCrawl-delay: 86400\n").delay == 60


def test_one_connection_is_enough_for_a_host(server: FaultyServer) -> None:
    fetch(server, *(f"/page?{number}" for number in range(6)))
    assert server.connections == 1


@pytest.mark.parametrize("known", [Validators(etag=ETAG), Validators(last_modified=LAST_MODIFIED)])
def test_what_is_known_is_requested_conditionally(server: FaultyServer, known: Validators) -> None:
    async def again() -> tuple[Outcome, Outcome]:
        async with Fetcher(politeness(server), limits=QUICK) as fetcher:
            first = await fetcher.fetch(Request(server.url("/conditional")))
            return first, await fetcher.fetch(Request(server.url("/conditional"), validators=known))

    first, second = run(again())
    assert isinstance(first, Fetched)
    assert first.validators == Validators(ETAG, LAST_MODIFIED, server.url("/conditional"))
    assert isinstance(second, NotModified)


# --- where it must not go

FORBIDDEN = [
    # each range is one of tests/flows/fetching/wire/test_addresses.py; here are the spellings of some
    "http://127.0.0.1/", "http://127.0.0.1:8080/", "http://127.1/", "http://0x7f.0.0.1/", "http://0x7f000001/", "http://2130706433/",
    "http://017700000001/", "http://LOCALHOST/", "http://[::1]/", "http://[0:0:0:0:0:0:0:1]/", "http://[::ffff:7f00:1]/",
    "http://１２７.０.０.１/", "http://127。0。0。1/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://0/", "http://10.0.0.1/",
    "http://192.168.1.1:8443/", "http://3232235521/", "http://[fd12:3456:789a::1]/", "http://169.254.169.254/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/", "http://0xa9fea9fe/", "http://169.254.43518/", "http://192.0.2.1/", "http://[ff02::1]/",
    # other schemes, credentials, ports of other protocols, no host
    "file:///etc/passwd", "gopher://127.0.0.1:70/", "data:text/html,hello", "javascript:alert(1)",
    "http://user:secret@example.org/", "http://example.org@127.0.0.1/", "http://example.org:22/", "http://example.org:0/",
    "http:///nothing", "//127.0.0.1/", "http://example.org:99999/", "http://[::1", "", "http://127.0.0.1\\@example.org/",
]  # fmt: skip
PUBLIC = "93.184.215.14"
"""Leads to the test's own server where ``connected`` is used."""


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that were really connected to, as ``host:port``."""
    found: list[str] = []
    connect = anyio.connect_tcp

    async def recorded(host: str, port: int, **more: Any) -> SocketStream:
        found.append(f"{host}:{port}")
        return await connect("127.0.0.1" if host == PUBLIC else host, port, **more)

    monkeypatch.setattr(anyio, "connect_tcp", recorded)
    return found


def test_nobodys_inside_is_reached(connected: list[str]) -> None:
    outcomes = ask_with_answers(FORBIDDEN, {})
    assert {refused(outcome) for outcome in outcomes} <= {"forbidden", "dns", "protocol"}
    assert not any("secret" in getattr(outcome, "message", "") for outcome in outcomes)
    assert connected == []


@pytest.mark.slow
def test_redirects_inside(
    server: FaultyServer, connected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lead(handler: Any, rest: str) -> None:
        number, _, hops = rest.partition("/")
        following = FORBIDDEN[int(number)].encode().decode("latin-1") if not hops else f"/lead/{number}"
        handler.give(b"", status=302, Location=following)

    monkeypatch.setitem(ANSWERS, "lead", lead)
    # without a host a redirect stays at the server
    numbers = [number for number, url in enumerate(FORBIDDEN) if not url.startswith("http:///")]
    direct = fetch(server, *(f"/lead/{number}" for number in numbers))
    in_two_steps = fetch(server, *(f"/lead/{number}/2" for number in numbers))
    reasons = [refused(outcome) for outcome in (*direct, *in_two_steps)]
    assert set(reasons) <= {"forbidden", "bad_redirect", "dns"}
    assert reasons.count("forbidden") >= 2 * 28
    assert set(connected) == {server.netloc}


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/a/../private/1", "/private/1"), ("/a/.%2E/private/4?x=/../y", "/private/4?x=/../y"),
        ("//private/5", "//private/5"),
    ],
)  # fmt: skip
def test_dots_in_a_path_are_resolved_before_robots_txt(server: FaultyServer, path: str, meant: str) -> None:
    server.robots = (200, b"User-agent: *\nDisallow: /private")
    direct, redirected = fetch(server, path, f"/redirect/to/{server.url(path)}")
    assert refused(direct) == refused(redirected) == "robots_denied"
    assert isinstance(direct, NotFetched)
    assert direct.url == server.url(meant)
    server.robots = (404, b"")
    (page,) = fetch(server, path)
    assert isinstance(page, Fetched)
    assert page.url == server.url(meant)
    assert server.paths()[-1] == "/" + meant.lstrip("/")  # Python's server takes several slashes for one


@pytest.mark.parametrize(("path", "inside"), [("/page", "127.0.0.1"), ("/redirect/page", "169.254.169.254")])
def test_dns_rebinding_is_refused(server: FaultyServer, connected: list[str], path: str, inside: str) -> None:
    """The name is public while robots.txt is asked for, and inside ever after; each answer is for a new connection."""
    server.robots = (200, b"User-agent: *\nAllow: /\n")
    server.headers = {"/robots.txt": {"Connection": "close"}}
    url = f"http://rebind.example:{server.port}{path}"
    (outcome,) = ask_with_answers([url], {"rebind.example": [[PUBLIC], [inside]]})
    assert refused(outcome) == "forbidden"
    assert connected == [f"{PUBLIC}:{server.port}"]
    assert server.paths() == ["/robots.txt"]


def test_what_was_checked_is_what_is_connected_to(server: FaultyServer, connected: list[str]) -> None:
    """An answer that changes between check and connection comes too late."""
    url = f"http://rebind.example:{server.port}/page"
    (outcome,) = ask_with_answers([url], {"rebind.example": [[PUBLIC], ["127.0.0.1"]]})
    assert isinstance(outcome, Fetched)
    assert connected == [f"{PUBLIC}:{server.port}"]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("[::1]", "[0:0:0:0:0:0:0:1]"), ("[FD00::A]", "[fd00::a]"), ("bücher.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "bücher.example"), ("wiki.example.", "Wiki.Example"),
    ],
)  # fmt: skip
def test_allow_private_in_any_spelling(server: FaultyServer, written: str, asked: str) -> None:
    answers = AnyName([["127.0.0.1"]])
    url = f"http://{asked}:{server.port}/page"
    (outcome,) = ask_with_answers([url], answers)
    assert refused(outcome) == "forbidden"
    advised = getattr(outcome, "message", "").partition("name ")[2].partition(" under")[0]
    for allowed in (f"{written}:{server.port}", advised):
        assert read_host_and_port(allowed) == advised
        (found,) = ask_with_answers([url], answers, allowed)
        (other,) = ask_with_answers([url], answers, allowed.replace(str(server.port), "81"))
        assert isinstance(found, Fetched)
        assert refused(other) == "forbidden"


class AnyName(dict[str, list[list[str]]]):
    """The same answers for any name."""

    def __init__(self, rows: list[list[str]]) -> None:
        self._rows = rows

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> list[list[str]]:
        return self._rows


def ask_with_answers(
    urls: Sequence[str], answers: dict[str, list[list[str]]], *allowed: str
) -> list[Outcome]:
    """The outcomes of URLs with these DNS answers, the last one repeated; other names are resolved by the system."""
    times: Counter[str] = Counter()

    async def answered(host: str, port: int) -> Sequence[str]:
        if host in answers:
            times[host] += 1
            return answers[host][min(times[host], len(answers[host])) - 1]
        if host.endswith("example.org"):
            raise OSError("not in this test")
        return await resolve(host, port)

    async def ask() -> list[Outcome]:
        politeness = PolitenessPolicy(pace_seconds=0, allowed=frozenset(allowed))
        async with Fetcher(politeness, limits=QUICK, resolve=answered) as fetcher:
            return [await fetcher.fetch(Request(url)) for url in urls]

    return run(ask())
