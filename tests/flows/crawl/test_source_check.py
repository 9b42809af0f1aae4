"""``copydesk sources check`` against a real server on loopback: a polite request to each source, a line for each."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import HANG_SECONDS, Copydesk
from faulty_server import ANSWERS, BOMB, PAGE, FaultyServer, faulty_server
from warc_files import warc
from web_runs import ingest

from copydesk.flows.crawl.source_check import check_sources
from copydesk.flows.fetching.http.politeness import FetchLimits
from copydesk.flows.fetching.lists.web_source import Follow, WebSource

FEED = (
    "<?xml version='1.0'?><rss version='2.0'><channel><title>P</title>"
    "<item><link>https://p.example/1</link><pubDate>Fri, 20 Nov 2026 08:00:00 GMT</pubDate></item>"
    "<item><link>https://p.example/2</link><pubDate>Thu, 19 Nov 2026 08:00:00 GMT</pubDate></item></channel></rss>"
)
SITEMAP = "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>https://p.example/1</loc></url></urlset>"
INDEX = (
    "<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>"
    "<sitemap><loc>https://p.example/a.xml</loc></sitemap><sitemap><loc>https://p.example/b.xml</loc></sitemap></sitemapindex>"
)
FRONT = "<!doctype html><html><head><link rel='alternate' type='application/rss+xml' href='/feed.xml'></head><body><p>P</p></body></html>"
DOCUMENTS = {
    "feed.xml": (FEED, "application/rss+xml"),
    "podcast.xml": (
        "<rss><channel><item><enclosure url='/1.mp3'/></item></channel></rss>",
        "application/rss+xml",
    ),
    "map.xml": (SITEMAP, "application/xml"),
    "index.xml": (INDEX, "application/xml"),
    "broken.xml": (SITEMAP.replace("</urlset>", "<url><loc>https://p.exa"), "application/xml"),
    "front": (FRONT, "text/html"),
    "bare": ("<!doctype html><html><body><p>Nothing here.</p></body></html>", "text/html"),
    "plan.pdf": ("%PDF-1.7", "application/pdf"),
}
PACKED = {
    "feed.xml.gz": gzip.compress(FEED.encode()),
    "map.xml.gz": gzip.compress(SITEMAP.encode()),
    "bomb.gz": BOMB,
}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> FaultyServer:
    """With the documents, and the packed ones."""
    for name, (body, kind) in DOCUMENTS.items():
        monkeypatch.setitem(
            ANSWERS, name, lambda handler, _, body=body, kind=kind: handler.give(body.encode(), kind=kind)
        )
    for name, packed in PACKED.items():
        monkeypatch.setitem(
            ANSWERS, name, lambda handler, _, packed=packed: handler.give(packed, kind="application/gzip")
        )
    for name in ("feed", "rss", "sitemap.xml"):  # where a site without links may have them
        monkeypatch.setitem(ANSWERS, name, lambda handler, _: handler.give(b"", status=404))
    return server


def table(server: FaultyServer, name: str, kind: str, path: str, *, more: str = "") -> str:
    return (
        f'[[source]]\nname = "{name}"\nkind = "{kind}"\naddress = "{server.url(path)}"\n'
        f'allow_private = ["{server.netloc}"]\npace_seconds = 0\n{more}\n'
    )


Check = Callable[..., list[str]]


@pytest.fixture
def check(invoke: Copydesk, tmp_path: Path) -> Check:
    """The lines of ``sources check`` of a list with some tables, with the exit code before them."""

    def run(*tables: str, options: tuple[str, ...] = ()) -> list[str]:
        (tmp_path / "list.toml").write_text("".join(tables), "utf-8")
        run = invoke("sources", "check", *options, "list.toml")
        assert run.stderr == b""
        assert {path.name for path in tmp_path.iterdir()} <= {"list.toml", "urls.txt"}  # no state
        return [str(run.returncode), *run.stdout.decode().splitlines()]

    return run


LOOKS = [
    ("url", "/page", "ok", "status 200, text/html"),
    ("url", "/redirect/page", "ok", "status 200, text/html, redirected to {root}/page"),
    ("url", "/plan.pdf", "FAIL", "status 200, application/pdf: neither HTML nor text; give a page"),
    ("url", "/feed.xml", "FAIL", 'a feed, no page; did you mean kind = "feed"?'),
    ("url", "/map.xml", "FAIL", 'a sitemap, no page; did you mean kind = "sitemap"?'),
    ("url", "/status/404", "FAIL", "status 404; check the address"),
    ("url", "/status/403", "FAIL", "status 403; it may need a login: set its headers in a list of sources"),
    ("url", "/status/503", "FAIL", "status 503; try again later"),
    ("url", "/short", "FAIL", None),
    ("feed", "/feed.xml", "ok", "a feed of 2 entries, the newest of 2026-11-20"),
    ("feed", "/feed.xml.gz", "ok", "a feed of 2 entries, the newest of 2026-11-20"),
    ("feed", "/podcast.xml", "ok", "a feed of 0 entries (1 entry without a link)"),
    ("feed", "/bare", "FAIL", 'no feed: an HTML page; did you mean kind = "site"?'),
    ("feed", "/front", "FAIL", "no feed: an HTML page; it names {root}/feed.xml"),
    ("feed", "/map.xml", "FAIL", 'no feed: a sitemap; did you mean kind = "sitemap"?'),
    ("feed", "/plan.pdf", "FAIL", None),
    ("sitemap", "/map.xml", "ok", "a sitemap of 1 page"),
    ("sitemap", "/index.xml", "ok", "a sitemap of 2 further sitemaps"),
    ("sitemap", "/map.xml.gz", "ok", "a sitemap of 1 page"),
    ("sitemap", "/feed.xml.gz", "FAIL", 'no sitemap: a feed; did you mean kind = "feed"?'),
    ("sitemap", "/bomb.gz", "FAIL", "unpacks to more than 20,000,001 bytes; give another address"),
    ("sitemap", "/feed.xml", "FAIL", 'no sitemap: a feed; did you mean kind = "feed"?'),
    ("sitemap", "/bare", "FAIL", 'no sitemap: an HTML page; did you mean kind = "site"?'),
    ("site", "/front", "ok", "a site with 1 feed ({root}/feed.xml)"),
    ("site", "/bare", "FAIL", 'it names no feed and no sitemap; give its feed, or kind = "url"'),
]


def test_each_kind_is_reported_in_a_line(server: FaultyServer, check: Check) -> None:
    tables = [table(server, f"s{place}", kind, path) for place, (kind, path, *_) in enumerate(LOOKS)]
    code, *lines = check(*tables)
    assert code == "1"
    assert len(lines) == len(LOOKS)
    root = server.url("")
    for place, (line, (_, path, mark, words)) in enumerate(zip(lines, LOOKS, strict=True)):
        assert line.startswith(f"{mark:4} s{place}: {server.url(path)}: ")
        if words is not None:
            assert line == f"{mark:4} s{place}: {server.url(path)}: {words.format(root=root)}"
    assert server.paths()[0] == "/robots.txt"
    assert server.paths().count("/robots.txt") == 1
    # an index is not walked further
    assert {"/a.xml", "/b.xml"}.isdisjoint(server.paths())


FILES = [
    ("/a.warc.gz", warc(("https://p.example/1", PAGE * 100), packed=True), True, "a WARC file"),
    ("/a.warc", warc(("https://p.example/1", PAGE * 100)), True, "a WARC file"),
    ("/b.warc", PAGE, False, "no WARC file, and no list of them by its name"),
    ("/c.warc", None, False, "status 404; check the address"),
    ("/warc.paths.gz", gzip.compress(b"a/1.warc.gz\na/2.warc.gz\n"), True, "a list of 2 WARC files"),
    ("/one.paths", b"a/1.warc.gz\n", True, "a list of 1 WARC file"),
    ("/page.txt", PAGE, False, "no list of WARC files: it names none, one a line; try again later"),
    ("/none.txt", None, False, "status 404; check the address"),
]


def test_files_of_pages_are_looked_at_without_being_read(server: FaultyServer) -> None:
    # what is not there is asked for under a path of the server that has nothing
    paths = [path if body else f"/rss{path}" for path, body, *_ in FILES]
    server.files |= {path: body for path, body, *_ in FILES if body}
    allowed = frozenset({server.netloc})
    found = check_sources(
        [WebSource("w", "warc", (server.url(path),), allowed=allowed, pace_seconds=0) for path in paths]
    )
    expected = [
        (is_good, f"{server.url(path)}: {message}")
        for path, (*_, is_good, message) in zip(paths, FILES, strict=True)
    ]
    assert [(one.is_good, one.detail) for one in found] == expected


def test_of_a_site_the_links_to_follow_are_counted(server: FaultyServer) -> None:
    server.files["/links"] = (
        b"<html><body><a href='/news/1'>a</a> <a href='/news/2'>b</a> <a href='/x'>c</a></body></html>"
    )
    found = {}
    for pattern in ("/news/*", "/news/1", "/old/*"):
        source = WebSource(
            "s",
            "site",
            (server.url("/links"),),
            allowed=frozenset({server.netloc}),
            pace_seconds=0.0,
            follow=Follow((pattern,)),
        )
        [looked] = check_sources([source])
        found[pattern] = looked.detail.removeprefix(server.url("/links: "))
    assert found == {
        "/news/*": f"a site with 2 links to follow ({server.url('/news/1')}, {server.url('/news/2')})",
        "/news/1": f"a site with 1 link to follow ({server.url('/news/1')})",
        "/old/*": "no link of its first page is one of follow",
    }


def test_a_browser_that_is_missing_is_told_before_anybody_is_asked(
    server: FaultyServer, check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("PATH", "PLAYWRIGHT_BROWSERS_PATH"):
        monkeypatch.setenv(variable, str(tmp_path))
    code, line = check(table(server, "a", "url", "/page", more='fetch = "browser"'))
    assert (code, line[:59]) == ("1", 'FAIL a: --browser and fetch = "browser" need a Chromium: in')
    assert server.asked == []


def test_damage_of_a_sitemap_is_reported(server: FaultyServer, check: Check) -> None:
    code, line = check(table(server, "p", "sitemap", "/broken.xml"))
    assert (code, "a sitemap of 1 page (broken XML" in line) == ("0", True)


def test_a_site_is_asked_where_such_things_usually_are(
    server: FaultyServer, check: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        ANSWERS, "rss", lambda handler, _: handler.give(FEED.encode(), kind="application/xml")
    )
    assert check(table(server, "p", "site", "/bare"))[1].endswith(
        f"a site with 1 feed ({server.url('/rss')})"
    )
    server.robots = (200, f"Sitemap: {server.url('/map.xml')}".encode())
    assert check(table(server, "p", "site", "/bare"))[1].endswith(
        f"a site with 1 sitemap ({server.url('/map.xml')})"
    )


def test_robots_are_obeyed_first(server: FaultyServer, check: Check) -> None:
    server.robots = (200, b"User-agent: *\nDisallow: /")
    code, line = check(table(server, "p", "url", "/page"))
    assert (code, line) == (
        "1",
        f"FAIL p: {server.url('/page')}: robots.txt: Disallow: / (line 2); ask the site for permission, or leave the source out",
    )
    assert server.paths() == ["/robots.txt"]


def test_a_private_address_is_refused(server: FaultyServer, check: Check) -> None:
    allowed = table(server, "p", "url", "/page")
    code, line = check(allowed.replace(f'allow_private = ["{server.netloc}"]', ""), allowed.replace('"p"', '"q"')
    )[:2]  # fmt: skip
    assert code == "1"
    assert "a loopback address; name 127.0.0.1" in line
    assert "under allow_private" in line
    assert len(server.pages()) == 1


def test_options_allow_private_addresses(
    server: FaultyServer, check: Check, invoke: Copydesk, tmp_path: Path
) -> None:
    plain = table(server, "p", "url", "/page").replace(f'allow_private = ["{server.netloc}"]', "")
    message = check(plain, options=("--allow-private", server.netloc))
    line = f"ok   p: {server.url('/page')}: status 200, text/html"
    assert message == ["0", line]
    (tmp_path / "copydesk.toml").write_text(f'allow_private = ["{server.netloc}"]')
    assert invoke("sources", "check", "list.toml").stdout.decode() == f"{line}\n"
    (tmp_path / "copydesk.toml").unlink()
    (tmp_path / "empty.toml").touch()
    empty = invoke("sources", "check", "--offline", "empty.toml").stderr.decode()
    assert empty == "the lists hold no source; add one: copydesk sources add\n"
    one = invoke("sources", "check", "--allow-private", "localhost", "list.toml")
    assert (one.returncode, one.stdout) == (2, b"")
    assert b"--allow-private: 'localhost': expected a host and its port, such as localhost:8080" in one.stderr


def test_headers_are_sent_and_not_shown(server: FaultyServer, check: Check) -> None:
    lines = check(table(server, "p", "url", "/page", more='headers = { Authorization = "hush" }'))
    assert server.pages()[0].headers["authorization"] == "hush"
    assert "hush" not in " ".join(lines)


def test_the_contact_is_sent_and_secrets_hidden(
    server: FaultyServer, check: Check, invoke: Copydesk, tmp_path: Path
) -> None:
    one = table(server, "p", "url", "/page?token=hush")
    lines = check(one, options=("--contact", "desk@courier.example"))
    assert "desk@courier.example" in server.pages()[0].headers["user-agent"]
    assert lines == ["0", f"ok   p: {server.url('/page?token=...')}: status 200, text/html"]
    (tmp_path / "list.toml").write_text(one, "utf-8")
    (tmp_path / "copydesk.toml").write_text('contact = "night@courier.example"\n')
    invoke("sources", "check", "list.toml")
    assert "night@courier.example" in server.pages()[-1].headers["user-agent"]


def test_a_file_of_urls_is_checked_by_its_first(server: FaultyServer, check: Check, tmp_path: Path) -> None:
    (tmp_path / "urls.txt").write_text(f"# mine\n{server.url('/page')}\n{server.url('/status/404')}\n")
    urls = table(server, "p", "urls", "").replace(server.url(""), "urls.txt")
    code, line = check(urls)
    assert (code, line) == (
        "0",
        f"ok   p: {server.url('/page')} (the first of 2 addresses): status 200, text/html",
    )
    (tmp_path / "urls.txt").write_text("# none yet\n")
    code, line = check(urls)
    assert (code, line) == ("1", "FAIL p: no address in it; write one a line")
    (tmp_path / "urls.txt").write_text(f"{server.url('/page')}\nno address\nnor this\n")
    code, line = check(urls)
    # a run leaves such lines out; a check is asked for what is wrong
    assert (code, "urls.txt:2: 'no address' is no URL" in line, line.endswith("(and 1 more)")) == (
        "1",
        True,
        True,
    )


def test_disabled_sources_are_not_requested(server: FaultyServer, check: Check) -> None:
    tables = table(server, "p", "url", "/page", more="enabled = false"), table(server, "q", "feed", "/page")
    lines = check(*tables, options=("--offline",))
    assert lines == [
        "0",
        f"ok   p (not enabled): {server.url('/page')} is well formed; it was not requested",
        f"ok   q: {server.url('/page')} is well formed; it was not requested",
    ]
    check(tables[0])
    assert server.asked == []


def source(server: FaultyServer, path: str, *, pace_seconds: float = 0.0) -> WebSource:
    return WebSource(
        path, "url", (server.url(path),), pace_seconds=pace_seconds, allowed=frozenset({server.netloc})
    )


def test_sources_of_one_host_wait_for_their_turn(server: FaultyServer) -> None:
    check_sources([source(server, f"/page/{place}", pace_seconds=0.2) for place in range(3)])
    assert len(server.pages()) == 3
    assert min(later.at - earlier.at for earlier, later in pairwise(server.asked)) >= 0.2


def test_hosts_are_looked_at_beside_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """None of them answers before all of them are asked."""
    all_are_asked = threading.Barrier(4)

    def together(handler: Any, _: str) -> None:
        all_are_asked.wait(HANG_SECONDS)
        handler.give(PAGE)

    monkeypatch.setitem(ANSWERS, "together", together)
    with ExitStack() as opened:
        servers = [opened.enter_context(faulty_server()) for _ in range(4)]
        found = check_sources([source(one, "/together") for one in servers])
    assert [one.is_good for one in found] == [True] * 4, found


def test_what_takes_too_long_is_given_up(server: FaultyServer) -> None:
    limits = FetchLimits(seconds=0.5, robots_seconds=HANG_SECONDS, attempts=1)
    found = (
        *check_sources([source(server, "/slow")], limits=limits),
        *check_sources([source(server, "/slow")], most_seconds=0.5),
    )
    assert not any(one.is_good for one in found)
    assert "not done after 0.5 seconds; try again later" in found[0].detail
    assert "within 0.5 seconds; try again later" in found[1].detail


def test_a_run_says_of_a_site_without_lists_what_a_check_says(server: FaultyServer, tmp_path: Path) -> None:
    file = tmp_path / "sources.toml"
    file.write_text(table(server, "harbour", "site", "/bare"), "utf-8")
    message = 'it names no feed and no sitemap; give its feed, or kind = "url"'
    for _ in range(2):
        lines = ingest(file, tmp_path / "out").summary.split("\n")
        assert f"warning: nothing from harbour (site): {message}" in lines


FAULTY = (
    "/endless", "/reset", "/cut-chunk", "/bad-chunk", "/two-lengths", "/no-http", "/empty-answer", "/loop", "/bad-redirect",
    "/packed/bomb", "/packed/not-gzip",
)  # fmt: skip


def test_whatever_a_server_does_is_one_line(server: FaultyServer) -> None:
    sources = [
        WebSource("p", kind, (server.url(path),), pace_seconds=0, allowed=frozenset({server.netloc}))
        for kind in ("url", "feed", "sitemap", "site")
        for path in FAULTY
    ]
    found = check_sources(sources, limits=FetchLimits(seconds=2.0, attempts=1, bytes=2_000_000))
    for source, result in zip(sources, found, strict=True):
        assert not result.is_good
        assert "\n" not in result.detail
        assert result.detail.startswith(source.addresses[0])
