"""Articles that a site spreads over several pages are fetched whole and become one record, again from the archive."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Copydesk
from faulty_server import ANSWERS, FaultyServer
from web_runs import feed, ingest, make_older, pass_by, records, source_list, wait_is_over
from web_site import Web

from copydesk.cleaners.pagination.further_pages import MAX_PAGES
from copydesk.flows.sources.catalogue import read_pages
from copydesk.flows.sources.opening.page_context import ARCHIVE

pytestmark = pytest.mark.slow

PARTS = (
    "The old ferry was built forty years ago and stays in the dock whenever there is ice on the water.",
    "Those who work on the island went round by the bridge last winter, and that takes them an hour.",
    "The tickets will cost what they have cost before, the harbour master said at a meeting on Tuesday.",
)


def part(number: int, *links: str) -> bytes:
    """A page of the article, and where it leads."""
    pager = "".join(f"<a href='{link}'>{link.rpartition('/')[2]}</a>" for link in links)
    return f"""<html lang=en><head><title>A ferry for the winter</title></head><body><article><h1>A ferry for the
winter</h1><p>{PARTS[number - 1]}</p><p>So the paper says on page {number} of the story about the ferries.</p></article>
<div class=pager>{pager}</div></body></html>""".encode()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, server: FaultyServer, tmp_path: Path) -> Web:
    site = Web(monkeypatch, server, tmp_path)
    site.put("/ferry", part(1, "/ferry/2", "/ferry/3"))
    site.put("/ferry/2", part(2, "/ferry", "/ferry/3"))
    site.put("/ferry/3", part(3, "/ferry", "/ferry/2"))
    site.put("/list", feed(server.url("/ferry")))
    return site


def run(site: Web, more: str = "join_pages = true", **options: Any) -> dict[str, Any]:
    """The article's record after a run over the feed, in its newest version."""
    site.use_source("feed", "/list", more)
    site.ingest(**options)
    found = sorted(site.records(), key=lambda record: record["version"])
    assert len({record["id"] for record in found}) == 1, [record["reason"] for record in found]
    return found[-1]


def parts_in(record: dict[str, Any]) -> list[int]:
    return [number for number, text in enumerate(PARTS, start=1) if text in record["text"]]


def test_all_pages_are_one_record_and_requests_are_conditional(site: Web) -> None:
    record = run(site)
    assert (parts_in(record), record["status"], record["url"]) == ([1, 2, 3], "ok", site.url("/ferry"))
    assert [(one["page"], one["url"]) for one in record["joined_pages"]] == [
        (2, site.url("/ferry/2")),
        (3, site.url("/ferry/3")),
    ]
    assert [path for path, _ in site.again()] == ["/list", "/ferry", "/ferry/2", "/ferry/3"]
    site.put("/list", feed(site.url("/ferry"), dated="Sat, 01 Nov 2031 06:00:00 GMT"))
    run(site)
    # a change on a further page does not change the first one
    assert site.again() == [("/list", 200), ("/ferry", 304), ("/ferry/2", 304), ("/ferry/3", 304)]
    # a new first page: all of the article is fetched anew
    site.put("/ferry", part(1, "/ferry/2").replace(b"forty", b"fifty"))
    site.put("/list", feed(site.url("/ferry"), dated="Sat, 02 Nov 2031 06:00:00 GMT"))
    assert "fifty" in run(site)["text"]
    assert [path for path, _ in site.again()] == ["/list", "/ferry", "/ferry/2", "/ferry/3"]


def test_a_page_that_is_not_there_makes_the_record_partial(site: Web) -> None:
    del site.bodies["/ferry/3"]
    record = run(site)
    assert (parts_in(record), record["status"]) == ([1, 2], "partial")
    assert record["reason"].startswith(
        f"continuation: page 3 ({site.url('/ferry/3')}) was not fetched: http_404"
    )


def test_a_further_page_that_failed_is_retried(site: Web) -> None:
    fails = [True]

    def third(handler: Any, rest: str) -> None:
        if rest == "3" and fails[0]:
            handler.give(b"", status=500)
        else:
            number = int(rest or 1)
            handler.give(
                part(number, f"/ferry/{number + 1}"), ETag=f'"{number}"'
            ) if number < 4 else handler.give(b"", status=404)

    site.answer("ferry", third)
    assert parts_in(run(site)) == [1, 2]
    # the page itself was read: neither a feed's own text nor a capture may stand for it
    noted = site.execute("select outcome, failures from url where url like '%/ferry'")
    assert noted == [("continuation", 1)]
    had = site.execute("select first_fetched_at from url where url like '%/ferry'")
    assert had != [(None,)]
    fails[0] = False
    wait_is_over(site.output)
    assert parts_in(run(site)) == [1, 2, 3]
    # its age counts from when it was first had, though it was cut short then
    site.put("/list", feed(site.url("/ferry"), dated="Sat, 01 Nov 2025 06:00:00 GMT"))
    asked = []
    for seconds in (0, 3_700, 0):
        pass_by(site.output, seconds)
        site.again()
        run(site)
        asked.append([path for path, _ in site.again()])
    assert asked == [["/list"], ["/list", "/ferry", "/ferry/2", "/ferry/3", "/ferry/4"], ["/list"]]


@pytest.mark.parametrize("has_validators", [True, False])
def test_a_change_on_a_further_page_is_found(site: Web, *, has_validators: bool) -> None:
    of_site = ANSWERS["ferry"]

    def without_validators(handler: Any, rest: str) -> None:
        (handler.give(site.bodies[f"/ferry/{rest}"]) if rest else of_site(handler, rest))

    if not has_validators:
        site.answer("ferry", without_validators)
    first = run(site)
    site.again()
    pass_by(site.output, 3_700)
    assert run(site) == first
    status = 304 if has_validators else 200
    assert site.again() == [("/list", 304), ("/ferry", 304), ("/ferry/2", status), ("/ferry/3", status)]
    site.bodies["/ferry/2"] = site.bodies["/ferry/2"].replace(b"bridge", b"tunnel")
    pass_by(site.output, 6 * 3_600)
    make_older(site.output)
    record = run(site)
    assert ("tunnel" in record["text"], record["version"]) == (True, 2)
    site.again()
    run(site)
    assert site.again() == [("/list", 304)], "each age costs one look"


@pytest.mark.parametrize("way", ["age", "retry"])
def test_a_further_page_that_is_back_is_found(site: Web, invoke: Copydesk, way: str) -> None:
    third = site.bodies.pop("/ferry/3")
    # by an id that is no address the feed's entry counts as seen
    entries = feed(site.url("/ferry"), dated="Sat, 01 Nov 2025 06:00:00 GMT")
    site.put("/list", entries.replace(b"<link>", b"<guid isPermaLink='false'>the ferry</guid><link>"))
    assert parts_in(run(site)) == [1, 2]
    if way == "age":
        pass_by(site.output, 3_700)
    else:
        retry = invoke("retry", "--failed", "--output", site.output)
        assert retry.stderr.startswith(b"1 URL is due; the next run")
    assert parts_in(run(site)) == [1, 2], "it is gone still"
    site.bodies["/ferry/3"] = third
    site.again()
    run(site)
    assert [path for path, _ in site.again()] == ["/list"], "nobody asks before it is time"
    if way == "age":
        pass_by(site.output, 6 * 3_600)
    else:
        invoke("retry", site.url("/ferry"), "--output", site.output)
    record = run(site, **({"ask_again": "never"} if way == "retry" else {}))
    assert (parts_in(record), record["status"]) == ([1, 2, 3], "ok")
    assert b"0 URLs are due" in invoke("retry", "--failed", "--output", site.output).stderr


@pytest.mark.parametrize("is_denied", [False, True], ids=["gone", "forbidden"])
def test_nobody_asks_for_what_is_missing_of_an_article_that_is_gone_as_a_whole(
    site: Web, invoke: Copydesk, *, is_denied: bool
) -> None:
    del site.bodies["/ferry/3"]
    run(site)
    site.execute("delete from site_files")
    if is_denied:
        site.server.robots = (200, b"User-agent: *\nDisallow: /ferry\n")
    else:
        del site.bodies["/ferry"]
    for listed in ([site.url("/ferry")], []):
        site.put("/list", feed(*listed, dated="Sat, 01 Nov 2031 06:00:00 GMT"))
        site.again()
        run(site)
        wait_is_over(site.output)
    assert site.again() == [("/list", 200)]
    due = b"0 URLs are due" if is_denied else b"1 URL is due"
    assert due in invoke("retry", "--failed", "--output", site.output).stderr


def test_a_page_read_alone_meanwhile_is_joined_again(site: Web) -> None:
    run(site)
    site.put("/ferry", part(1, "/ferry/2", "/ferry/3").replace(b"forty", b"fifty"))
    pass_by(site.output, 3_700)
    assert "fifty" in run(site, more="")["text"]
    pass_by(site.output, 6 * 3_600)
    assert parts_in(run(site)) == [2, 3]


@pytest.mark.parametrize(("status", "parts"), [(500, [1, 2, 3]), (404, [2])])
def test_a_whole_article_survives_a_fault(site: Web, status: int, parts: list[int]) -> None:
    run(site)

    def ferry(handler: Any, rest: str) -> None:
        if rest == "3":
            handler.give(b"", status=status)
        else:
            number = int(rest or 1)
            handler.give(part(number, f"/ferry/{number + 1}").replace(b"forty", b"fifty"))

    site.answer("ferry", ferry)
    assert parts_in(run(site, refetch=True)) == parts


def test_robots_txt_holds_for_further_pages(site: Web) -> None:
    site.server.robots = (200, b"User-agent: *\nDisallow: /ferry/3\n")
    record = run(site)
    assert (parts_in(record), "robots_denied" in record["reason"]) == ([1, 2], True)
    assert "/ferry/3" not in site.server.paths()


def test_a_single_page_is_read_in_place_of_all(site: Web) -> None:
    site.put("/ferry", part(1, "/ferry/2", "/ferry?view=all"))
    site.put("/ferry?view=all", b"".join(map(part, (1, 2, 3))))
    record = run(site)
    assert (parts_in(record), record["url"]) == ([1, 2, 3], site.url("/ferry"))
    assert [(one["page"], one["url"]) for one in record["joined_pages"]] == [(1, site.url("/ferry?view=all"))]
    assert "/ferry/2" not in site.server.paths()


def test_an_article_without_end_is_cut_and_says_so(site: Web) -> None:
    def endless(handler: Any, rest: str) -> None:
        number = int(rest or 1)
        handler.give(part(1, f"/ferry/{number + 1}").replace(b"page 1", f"page {number}".encode()))

    site.answer("ferry", endless)
    record = run(site)
    assert (record["status"], len(record["joined_pages"])) == ("partial", MAX_PAGES - 1)
    assert f"page {MAX_PAGES + 1} " in record["reason"]


def test_the_archive_gives_the_same_record_again(site: Web, tmp_path: Path) -> None:
    first = run(site)
    site.again()
    again = run(site, from_archive=True)
    assert site.asked() == []
    for one in (first, again):
        del one["processing"]
    assert again == first
    # read by others as a WARC file on the web, it is the same article, and is kept so by them
    (archive,) = (site.output / ARCHIVE).glob("*.warc.gz")
    site.put("/old.warc.gz", archive.read_bytes())
    table = f'name = "old"\nkind = "warc"\naddress = "{site.url("/old.warc.gz")}"'
    for options in ({}, {"from_archive": True}):
        ingest(source_list(tmp_path, [site.server], table), tmp_path / "theirs", **options)
        (theirs,) = records(tmp_path / "theirs")
        assert (theirs["text"], theirs["joined_pages"]) == (first["text"], first["joined_pages"])
    # an archive that lost a further page never passes a part for the whole
    data = archive.read_bytes()
    archive.write_bytes(data[data.index(b"\x1f\x8b\x08", 1) :])
    (page,) = read_pages((str(archive),))
    assert page.cut_short == "its further pages are not in the archive"  # type: ignore[union-attr]


def test_clean_joins_pages_of_addresses(site: Web, invoke: Copydesk) -> None:
    arguments = ("clean", site.url("/ferry"), "--allow-private", site.server.netloc)
    plain, whole = invoke(*arguments), invoke(*arguments, "--join-pages")
    assert parts_in(json.loads(plain.stdout)) == [1]
    assert parts_in(json.loads(whole.stdout)) == [1, 2, 3]
