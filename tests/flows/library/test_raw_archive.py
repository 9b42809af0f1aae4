"""Records and pages that runs over the web keep: an archived page gives the same record again, without a request."""

from __future__ import annotations

import gzip
import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLE
from faulty_server import ANSWERS, PAGE, FaultyServer
from web_runs import feed, make_older

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.io.output_folder import LIBRARY
from copydesk.flows.run.batches import IngestResult, ingest_plainly

# whole runs over sources on the web, each with workers of its own
pytestmark = pytest.mark.slow

RULE = '[[source.rule]]\nname = "kiosk"\nlabel = "ad"\nreason = "the kiosk"\ncss = ["p.kiosk"]\n'
KIOSK = "Buy this issue at the kiosk by the station, where it has been sold for years."
CANONICAL = '<head><link rel="canonical" href="https://courier.example/clock">'
STRUCK_ONE = ARTICLE.replace("struck noon", "struck one")


class Paper:
    """A source with a page at /story that changes: its body, status and headers; and runs over it."""

    def __init__(self, server: FaultyServer, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.body = ARTICLE
        self.status = 200
        self.headers: dict[str, str] = {}

    def answer(self, handler: Any, _: str) -> None:
        handler.give(self.body.encode(), status=self.status, **self.headers)

    def reserve(self, *, is_reserved: bool = True) -> None:
        self.headers = {"tdm_reservation": "1"} if is_reserved else {}

    def ingest(
        self, path: str = "/story", *, kind: str = "url", more: str = "", **options: Any
    ) -> IngestResult:
        file = self.folder / "sources.toml"
        file.write_text(
            f'[[source]]\nname = "paper"\nkind = "{kind}"\naddress = "{self.server.url(path)}"\n'
            f'allow_private = ["{self.server.netloc}"]\npace_seconds = 0\n{more}',
            "utf-8",
        )
        return ingest_plainly(
            IngestOptions(sources=(str(file),), output=self.folder / "out", jobs=1, **options)
        )

    def feed(self, path: str = "/feed.xml", **options: Any) -> IngestResult:
        return self.ingest(path, kind="feed", **options)

    def reclean(self, **options: Any) -> IngestResult:
        """Cleans the archived pages, without a request."""
        self.server.asked.clear()
        result = self.ingest(from_archive=True, **options)
        assert self.server.asked == []
        return result

    def records(self) -> list[dict[str, Any]]:
        lines = (self.folder / "out" / "records.jsonl").read_text("utf-8").split("\n")
        found = [json.loads(line) for line in lines if line]
        for record in found:
            record["processing"].pop("duration_ms")
        return found

    def statuses(self) -> list[str]:
        return [(record["reason"] or record["status"]).partition(":")[0] for record in self.records()]

    def forget(self) -> None:
        """Deletes the library, and with it the records."""
        for file in (self.folder / "out").glob(f"{LIBRARY}*"):
            file.unlink()
        (self.folder / "out" / "records.jsonl").unlink()

    def library(self, statement: str) -> None:
        """Changes the library by hand."""
        with closing(sqlite3.connect(self.folder / "out" / LIBRARY)) as library, library:
            library.execute(statement)


@pytest.fixture
def paper(server: FaultyServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Paper:
    made = Paper(server, tmp_path)
    monkeypatch.setitem(ANSWERS, "story", made.answer)
    return made


def test_archived_pages_are_cleaned_by_the_rules_and_decisions_of_now(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = 'headers = { X-Reader = "${PAPER_READER}" }\n' + RULE
    monkeypatch.setenv("PAPER_READER", "desk")
    paper.body = ARTICLE.replace("</article>", f"<p class='kiosk'>{KIOSK}</p></article>")
    paper.ingest(more=rule)
    monkeypatch.delenv("PAPER_READER")  # a list need not be ready to fetch
    before = paper.records()
    assert KIOSK not in before[0]["text"]
    for disabled in ("", "enabled = false\n"):
        paper.reclean(more=disabled + rule)
        assert paper.records() == before
    paper.reclean()  # without the rule: it was the rule
    assert KIOSK in paper.records()[0]["text"]
    decisions, line = paper.folder / "decisions.toml", before[0]["removed"][-1]["text"]
    table = f'[[override]]\npage = "{before[0]["url"]}"\ndecision = "keep"\ntext = {json.dumps(line)}\n'
    decisions.write_text(table, "utf-8")
    paper.reclean(overrides=str(decisions))
    (after,) = paper.records()
    assert after["text"].endswith(line)
    assert (after["id"], after["version"]) == (before[0]["id"], 1)
    assert after["processing"]["overrides"][0]["blocks"] == 1


def test_a_page_that_is_gone_or_denied_later_keeps_its_article(paper: Paper) -> None:
    paper.ingest()
    before = paper.records()
    paper.status, paper.body = 404, "<p>gone</p>"
    result = paper.ingest(refetch=True)
    assert (result.ok, result.rejected) == (1, 0)  # of the stored record
    assert "http_404" in result.summary
    assert "1 page could not be had this time; what was read before stays" in result.summary
    assert paper.records() == before
    paper.reclean()
    assert paper.records() == before
    paper.server.robots = (200, b"User-agent: *\nDisallow: /\n")
    paper.library("DELETE FROM site_files")  # robots.txt is fetched once a day
    assert "robots_denied" in paper.ingest(refetch=True).summary
    assert paper.records() == before


def test_a_page_that_waits_is_stored_from_the_archive_once_its_source_lets_it_pass(paper: Paper) -> None:
    strict, waiting = "gate = { least_words = 100000 }\n", paper.folder / "out" / "quarantine.jsonl"
    assert paper.ingest(more=strict).records == 0
    (line,) = waiting.read_text("utf-8").splitlines()
    assert (json.loads(line)["gate"]["name"], json.loads(line)["status"]) == ("least_words", "ok")
    # by the source's name, which the archive keeps
    assert (paper.reclean(more=strict).records, waiting.exists()) == (0, True)
    assert (paper.reclean().ok, waiting.exists(), len(paper.records())) == (1, False, 1)


@pytest.mark.parametrize(("has_canonical", "keep_raw"), [(True, False), (False, True)])
def test_a_page_that_was_reserved_since_is_not_restored(
    paper: Paper, has_canonical: bool, keep_raw: bool
) -> None:
    if has_canonical:  # under which the article is known, and the reserved page is not
        paper.body = ARTICLE.replace("<head>", CANONICAL)
    paper.ingest()
    assert paper.statuses() == ["ok"]
    paper.body = ARTICLE
    paper.reserve()
    assert paper.ingest(keep_raw=keep_raw, refetch=True).rejected == 1
    before = paper.records()
    assert paper.statuses() == ["tdm_reserved"]
    paper.reclean()
    assert paper.records() == before
    paper.forget()
    paper.reclean()
    assert paper.records() == before
    assert "clock" not in json.dumps([record["text"] for record in before])
    if keep_raw:  # and once it is taken back, the newest text
        time.sleep(1.1)  # what is archived and what is reserved is dated by the second
        paper.reserve(is_reserved=False)
        paper.body = STRUCK_ONE
        paper.ingest(refetch=True)
        before = paper.records()
        assert "struck one" in before[0]["text"]
        paper.forget()
        paper.reclean()
        assert paper.records() == before


def test_a_source_that_only_records_reservations_gets_all_again(paper: Paper) -> None:
    paper.reserve()
    recording = 'policy = "record"\n'
    paper.ingest(more=recording)
    before = paper.records()
    assert (before[0]["status"], before[0]["provenance"]["usage"]["tdm_reserved"]) == ("ok", True)
    paper.reclean(more=recording)
    assert paper.records() == before
    paper.reclean()
    assert paper.statuses() == ["tdm_reserved"]


def test_the_newest_of_two_archived_pages_counts(paper: Paper) -> None:
    paper.ingest()
    make_older(paper.folder / "out")
    paper.body = STRUCK_ONE.replace("<head>", CANONICAL)
    paper.ingest(refetch=True)
    # a changed text is a version of its own
    _, newest = paper.records()
    assert "struck one" in newest["text"]
    paper.forget()
    assert paper.reclean().ok == 1
    # of versions before it the archive knows nothing
    assert paper.records() == [newest | {"version": 1, "previous": None, "change": None}]


def test_a_text_of_the_feed_is_kept_where_its_page_is_missing(paper: Paper) -> None:
    body = ARTICLE[ARTICLE.index("<h1>") : ARTICLE.index("</article>")].replace("noon", "“noon”")
    body = body.replace("<p>", "\n").replace("</p>", "\n").replace("<h1>", "").replace("</h1>", "\n")
    item = {"id": "1", "url": paper.server.url("/status/404"), "content_text": body, "title": "The clock"}
    listed = {"version": "https://jsonfeed.org/version/1.1", "title": "P", "items": [item]}
    paper.server.files["/feed.json"] = json.dumps(listed).encode()
    paper.feed("/feed.json")
    before = paper.records()
    assert (before[0]["status"], before[0]["fetched_at"] is None) == ("ok", False)
    paper.forget()
    paper.reclean()
    assert paper.records() == before


def test_a_failure_is_reported_until_the_page_is_retried(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_moved = False

    def answer(handler: Any, _: str) -> None:
        if is_moved:
            handler.give(b"", status=302, Location="/page?moved")
        else:
            handler.raw(b"SSH-2.0-OpenSSH_9.6\r\n")

    monkeypatch.setitem(ANSWERS, "moving", answer)
    moving, one, two = map(paper.server.url, ("/moving", "/page?1", "/page?2"))
    paper.server.files["/feed.xml"] = feed(moving, one)
    paper.feed()
    assert sorted(paper.statuses()) == ["ok", "protocol"]
    paper.server.files["/feed.xml"] = feed(moving, one, two)
    paper.feed()  # what failed lately is not retried yet
    assert sorted(paper.statuses()) == ["ok", "ok", "protocol"]
    is_moved = True
    paper.feed(refetch=True)
    assert paper.statuses() == ["ok", "ok", "ok"]


def test_headers_and_a_long_robots_txt_are_kept_as_they_came(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    note, link = b"gr\xc3\xbc\xc3\x9fe\r\n", b'<a>; title="100% \xe2\x82\xac"\r\n'
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Note: " + note + b"Link: " + link
    answer = head + b"Content-Length: %d\r\n\r\n" % len(PAGE) + PAGE
    monkeypatch.setitem(ANSWERS, "greeting", lambda handler, _: handler.raw(answer))
    usages = [f"Content-Usage: {'é' * 1900}{number}" for number in range(128)]
    license_ = f"License: {paper.server.url('/license.xml')}"
    paper.server.robots = (200, "\n".join(["User-agent: *", *usages, license_, ""]).encode())
    paper.ingest("/greeting")
    files = sorted((paper.folder / "out" / "archive").iterdir())
    archived = b"".join(gzip.decompress(file.read_bytes()) for file in files)
    assert b"x-note: " + note + b"link: " + link in archived
    before = paper.records()
    assert before[0]["status"] == "ok"
    paper.forget()
    assert paper.reclean().ok == 1
    assert paper.records() == before
