"""What runs over the web keep: records as long as they hold, and pages as they came, which give the same
records again.
"""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLE
from faulty_server import ANSWERS, PAGE, FaultyServer
from web_runs import make_older

from copydesk.cleaners.types import Announced, Page, SiteSignal, Source
from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.run.batches import IngestResult, ingest_plainly
from copydesk.flows.sources.opening.page_context import (
    CONTEXT_HEADER,
    MAX_CONTEXT_BYTES,
    context_of,
    read_context,
)

# whole runs over sources on the web, each with workers of its own
pytestmark = pytest.mark.slow

RULE = '[[source.rule]]\nname = "kiosk"\nlabel = "ad"\nreason = "the kiosk"\ncss = ["p.kiosk"]\n'
KIOSK = "Buy this issue at the kiosk by the station, where it has been sold for years."


class Story:
    """A page at /story that changes: its body, status and headers."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.body = ARTICLE
        self.status = 200
        self.headers: dict[str, str] = {}
        monkeypatch.setitem(ANSWERS, "story", self._answer)

    def _answer(self, handler: Any, _: str) -> None:
        handler.give(self.body.encode(), status=self.status, **self.headers)

    def reserve(self, *, is_reserved: bool = True) -> None:
        self.headers = {"tdm_reservation": "1"} if is_reserved else {}


@pytest.fixture
def story(monkeypatch: pytest.MonkeyPatch) -> Story:
    return Story(monkeypatch)


def ingest(
    server: FaultyServer,
    folder: Path,
    path: str = "/story",
    *,
    kind: str = "url",
    more: str = "",
    **options: Any,
) -> IngestResult:
    file = folder / "sources.toml"
    file.write_text(
        f'[[source]]\nname = "paper"\nkind = "{kind}"\naddress = "{server.url(path)}"\n'
        f'allow_private = ["{server.netloc}"]\npace_seconds = 0\n{more}',
        "utf-8",
    )
    options = {"output": folder / "out", "jobs": 1} | options
    return ingest_plainly(IngestOptions(sources=(str(file),), **options))


def again(server: FaultyServer, folder: Path, **options: Any) -> IngestResult:
    """Cleans what is kept, and asks nobody."""
    server.asked.clear()
    result = ingest(server, folder, from_archive=True, **options)
    assert server.asked == []
    return result


def records(folder: Path) -> list[dict[str, Any]]:
    lines = (folder / "out" / "records.jsonl").read_text("utf-8").split("\n")
    found = [json.loads(line) for line in lines if line]
    for one in found:
        one["processing"].pop("duration_ms")
    return found


def statuses(folder: Path) -> list[str]:
    return [(one["reason"] or one["status"]).partition(":")[0] for one in records(folder)]


def forget(folder: Path) -> None:
    (folder / "out" / "records.jsonl").unlink()


def kept(folder: Path) -> bytes:
    """All that the archive holds."""
    return b"".join(
        gzip.decompress(file.read_bytes()) for file in sorted((folder / "out" / "archive").iterdir())
    )


def test_rules_of_the_list_hold_again(server: FaultyServer, story: Story, tmp_path: Path) -> None:
    story.body = ARTICLE.replace("</article>", f"<p class='kiosk'>{KIOSK}</p></article>")
    ingest(server, tmp_path, more=RULE)
    before = records(tmp_path)
    assert KIOSK not in before[0]["text"]
    again(server, tmp_path, more=RULE)
    assert records(tmp_path) == before
    again(server, tmp_path, more="enabled = false\n" + RULE)
    assert records(tmp_path) == before
    again(server, tmp_path)  # without the rule: it was the rule
    assert KIOSK in records(tmp_path)[0]["text"]


def test_what_a_person_decides_later_holds_for_what_is_kept(server: FaultyServer, tmp_path: Path) -> None:
    ingest(server, tmp_path)
    (before,) = records(tmp_path)
    decided = tmp_path / "decided.toml"
    line = before["removed"][-1]["text"]
    decided.write_text(
        f'[[override]]\npage = "{before["url"]}"\ndecision = "keep"\ntext = {json.dumps(line)}\n', "utf-8"
    )
    again(server, tmp_path, overrides=str(decided))
    (after,) = records(tmp_path)
    assert after["text"].endswith(line)
    assert (after["id"], after["version"], after["processing"]["overrides"][0]["blocks"]) == (
        before["id"],
        1,
        1,
    )


def test_a_list_need_not_be_ready_to_fetch(
    server: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = 'headers = { X-Reader = "${PAPER_READER}" }\n'
    monkeypatch.setenv("PAPER_READER", "desk")
    ingest(server, tmp_path, more=header)
    monkeypatch.delenv("PAPER_READER")
    assert again(server, tmp_path, more=header).ok == 1


@pytest.mark.parametrize("status", [404, 410, 403])
def test_a_page_that_is_gone_keeps_its_article(
    server: FaultyServer, story: Story, tmp_path: Path, status: int
) -> None:
    ingest(server, tmp_path)
    before = records(tmp_path)
    story.status, story.body = status, "<p>gone</p>"
    told = ingest(server, tmp_path, refetch=True)
    assert (told.ok, told.rejected) == (1, 0)  # what stands in the file
    assert f"http_{status}" in told.summary
    assert "1 page could not be had this time; what was read before stays" in told.summary
    assert records(tmp_path) == before
    again(server, tmp_path)
    assert records(tmp_path) == before


def test_a_page_that_robots_deny_later_keeps_its_article(server: FaultyServer, tmp_path: Path) -> None:
    ingest(server, tmp_path)
    before = records(tmp_path)
    server.robots = (200, b"User-agent: *\nDisallow: /\n")
    (tmp_path / "out" / "state.sqlite").unlink()  # robots.txt is asked once a day
    assert "robots_denied" in ingest(server, tmp_path).summary
    assert records(tmp_path) == before


@pytest.mark.parametrize("has_canonical", [True, False])
@pytest.mark.parametrize("keep_raw", [True, False])
def test_a_page_that_was_reserved_since_is_not_brought_back(
    server: FaultyServer, story: Story, tmp_path: Path, has_canonical: bool, keep_raw: bool
) -> None:
    if has_canonical:  # under which the article is known, and the reserved page is not
        story.body = ARTICLE.replace(
            "<head>", '<head><link rel="canonical" href="https://courier.example/clock">'
        )
    ingest(server, tmp_path)
    assert statuses(tmp_path) == ["ok"]
    story.body = ARTICLE
    story.reserve()
    assert ingest(server, tmp_path, keep_raw=keep_raw, refetch=True).rejected == 1
    before = records(tmp_path)
    assert statuses(tmp_path) == ["tdm_reserved"]
    again(server, tmp_path)
    assert records(tmp_path) == before
    forget(tmp_path)
    again(server, tmp_path)
    assert records(tmp_path) == before
    assert "clock" not in json.dumps([one["text"] for one in before])


def test_a_reservation_taken_back_gives_the_newest_text(
    server: FaultyServer, story: Story, tmp_path: Path
) -> None:
    ingest(server, tmp_path)
    story.reserve()
    ingest(server, tmp_path, refetch=True)
    time.sleep(1.1)  # what is kept is dated by the second
    story.reserve(is_reserved=False)
    story.body = ARTICLE.replace("struck noon", "struck one")
    ingest(server, tmp_path, refetch=True)
    before = records(tmp_path)
    assert "struck one" in before[0]["text"]
    forget(tmp_path)
    again(server, tmp_path)
    assert records(tmp_path) == before


def test_who_only_records_reservations_gets_all_again(
    server: FaultyServer, story: Story, tmp_path: Path
) -> None:
    story.reserve()
    recording = 'policy = "record"\n'
    ingest(server, tmp_path, more=recording)
    before = records(tmp_path)
    assert (before[0]["status"], before[0]["provenance"]["usage"]["tdm_reserved"]) == ("ok", True)
    again(server, tmp_path, more=recording)
    assert records(tmp_path) == before
    again(server, tmp_path)
    assert statuses(tmp_path) == ["tdm_reserved"]


@pytest.mark.parametrize("is_canonical_new", [True, False])
def test_of_a_page_kept_twice_the_newest_holds(
    server: FaultyServer, story: Story, tmp_path: Path, is_canonical_new: bool
) -> None:
    ingest(server, tmp_path)
    make_older(tmp_path / "out" / "records.jsonl")
    story.body = ARTICLE.replace("struck noon", "struck one")
    if is_canonical_new:
        story.body = story.body.replace(
            "<head>", '<head><link rel="canonical" href="https://courier.example/clock">'
        )
    ingest(server, tmp_path, refetch=True)
    # a changed text is a version of its own
    _, newest = records(tmp_path)
    assert "struck one" in newest["text"]
    forget(tmp_path)
    assert again(server, tmp_path).ok == 1
    # of versions before it the archive knows nothing
    assert records(tmp_path) == [newest | {"version": 1, "previous": None, "change": None}]


@pytest.mark.parametrize("kind", ["html", "text"])
def test_a_text_of_the_feed_is_kept_where_its_page_was_not_to_be_had(
    server: FaultyServer, tmp_path: Path, kind: str
) -> None:
    body = ARTICLE[ARTICLE.index("<h1>") : ARTICLE.index("</article>")].replace("noon", "“noon”")
    if kind == "text":
        body = body.replace("<p>", "\n").replace("</p>", "\n").replace("<h1>", "").replace("</h1>", "\n")
    item = {"id": "1", "url": server.url("/status/404"), f"content_{kind}": body, "title": "The clock"}
    server.files["/feed.json"] = json.dumps(
        {"version": "https://jsonfeed.org/version/1.1", "title": "P", "items": [item]}
    ).encode()
    ingest(server, tmp_path, "/feed.json", kind="feed")
    before = records(tmp_path)
    assert before[0]["status"] == "ok"
    assert before[0]["fetched_at"] is not None
    forget(tmp_path)
    again(server, tmp_path)
    assert records(tmp_path) == before


def test_a_list_that_failed_is_not_stated_to_fail_once_it_is_read(
    server: FaultyServer, tmp_path: Path
) -> None:
    assert ingest(server, tmp_path, "/status/404/feed.xml", kind="feed").failed == 1
    server.files["/status/404/feed.xml"] = feed_of(server, "/page")
    ingest(server, tmp_path, "/status/404/feed.xml", kind="feed", refetch=True)
    assert statuses(tmp_path) == ["ok"]


def feed_of(server: FaultyServer, *paths: str) -> bytes:
    items = "".join(f"<item><title>t</title><link>{server.url(path)}</link></item>" for path in paths)
    return (
        f"<?xml version='1.0'?><rss version='2.0'><channel><title>P</title>{items}</channel></rss>".encode()
    )


def test_a_page_that_failed_is_stated_to_until_it_was_tried_again(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    is_moved = False

    def answer(handler: Any, _: str) -> None:
        if is_moved:
            handler.give(b"", status=302, Location="/page?moved")
        else:
            handler.raw(b"SSH-2.0-OpenSSH_9.6\r\n")

    monkeypatch.setitem(ANSWERS, "moving", answer)
    server.files["/feed.xml"] = feed_of(server, "/moving", "/page?1")
    ingest(server, tmp_path, "/feed.xml", kind="feed")
    assert sorted(statuses(tmp_path)) == ["ok", "protocol"]
    server.files["/feed.xml"] = feed_of(server, "/moving", "/page?1", "/page?2")
    ingest(server, tmp_path, "/feed.xml", kind="feed")  # what failed lately is left alone for now
    assert sorted(statuses(tmp_path)) == ["ok", "ok", "protocol"]
    is_moved = True
    ingest(server, tmp_path, "/feed.xml", kind="feed", refetch=True)
    assert statuses(tmp_path) == ["ok", "ok", "ok"]


def test_headers_are_kept_as_they_came(
    server: FaultyServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    head = b'X-Note: gr\xc3\xbc\xc3\x9fe\r\nLink: <a>; title="100% \xe2\x82\xac"\r\n'
    answer = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + head + b"Content-Length: %d\r\n\r\n" % len(PAGE)
    )
    monkeypatch.setitem(ANSWERS, "greeting", lambda handler, _: handler.raw(answer + PAGE))
    ingest(server, tmp_path, "/greeting")
    assert b'x-note: gr\xc3\xbc\xc3\x9fe\r\nlink: <a>; title="100% \xe2\x82\xac"\r\n' in kept(tmp_path)
    before = records(tmp_path)
    assert again(server, tmp_path).ok == 1
    assert records(tmp_path) == before


@pytest.mark.parametrize("char", ["é", "\ufffd", "字"])
def test_however_much_a_robots_txt_says_the_page_is_read_again(
    server: FaultyServer, tmp_path: Path, char: str
) -> None:
    terms = server.url("/license.xml")
    lines = [
        f"Content-Usage: {char * 1900}{number}" for number in range(500_000 // len(char.encode()) // 1950)
    ]
    server.robots = (200, "\n".join(["User-agent: *", *lines, f"License: {terms}", ""]).encode())
    ingest(server, tmp_path)
    before = records(tmp_path)
    assert before[0]["status"] == "ok"
    forget(tmp_path)
    assert again(server, tmp_path).ok == 1
    assert records(tmp_path) == before


@pytest.mark.parametrize("char", ["a", "\x01", "é", "\U0001f600", "\ud800", '"'])
def test_a_context_is_never_longer_than_what_is_read(char: str) -> None:
    signals = tuple(SiteSignal("robots.txt", "content-usage", f"{n} " + char * 2_000) for n in range(300))
    announced = Announced("feed", title=char * 1_000_000, authors=(char * 1_000,) * 100)
    page = Page(b"", source=Source("feed", "paper"), signals=signals, announced=announced)
    written = context_of(page)
    assert len(written.encode()) <= MAX_CONTEXT_BYTES
    read = read_context({CONTEXT_HEADER.lower(): written})
    assert len(read.signals) >= 60
    assert [one.value[:2] for one in read.signals] == [one.value[:2] for one in signals[: len(read.signals)]]
    assert (
        read.announced is None or char == "\ud800"
    )  # half characters are dropped, and nothing is left to be long
