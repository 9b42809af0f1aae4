"""Sources on the web, run end to end against a real server on loopback: every new page, nothing twice, nothing lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLE, Copydesk, clean_environment
from faulty_server import ANSWERS, PAGE, FaultyServer, faulty_server

from flows.batches import IngestOptions, IngestResult, ingest_plainly
from flows.errors import SettingsError

TITLES = ("Old clock strikes again", "The harbour opens late", "A bridge for the valley")


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with faulty_server() as running:
        yield running


class Paper:
    """A small paper on the server: pages, a feed and a sitemap of them, each with validators."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> None:
        self.server = server
        self.pages = {
            str(number): ARTICLE.replace("Old clock strikes again", title)
            for number, title in enumerate(TITLES)
        }
        self.version = 1
        monkeypatch.setitem(ANSWERS, "paper", self._answer)

    def _answer(self, handler: Any, rest: str) -> None:
        body = self._body(rest)
        etag = f'"{rest}-{self.version if rest.endswith("xml") else len(body)}"'
        if handler.headers.get("If-None-Match") == etag:
            handler.give(b"", status=304)
        elif rest.endswith("xml"):
            handler.give(body.encode(), kind="application/xml", ETag=etag)
        elif body:
            handler.give(body.encode(), ETag=etag)
        else:
            handler.give(b"", status=404)

    def _body(self, rest: str) -> str:
        url = self.server.url("/paper/")
        if rest == "feed.xml":
            items = "".join(
                f"<item><title>t</title><link>{url}{name}</link><guid>{url}{name}</guid></item>"
                for name in self.pages
            )
            return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Paper</title>{items}</channel></rss>"
        if rest == "sitemap.xml":
            places = "".join(f"<url><loc>{url}{name}</loc></url>" for name in self.pages)
            return f"<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{places}</urlset>"
        if rest == "":
            return f"<html><head><link rel='alternate' type='application/rss+xml' href='{url}feed.xml'></head><body><p>Paper</p></body></html>"
        return self.pages.get(rest, "")


@pytest.fixture
def paper(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> Paper:
    return Paper(monkeypatch, server)


def source_list(folder: Path, server: FaultyServer, *tables: str) -> Path:
    file = folder / "sources.toml"
    common = f'allow_private = ["{server.netloc}"]\npace_seconds = 0\n'
    file.write_text("".join(f"[[source]]\n{table}\n{common}\n" for table in tables), "utf-8")
    return file


def ingest(file: Path, output: Path, **options: Any) -> IngestResult:
    return ingest_plainly(IngestOptions(sources=(str(file),), output=output, jobs=1, **options))


def records(output: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (output / "records.jsonl").read_text("utf-8").split("\n") if line]


@pytest.mark.parametrize("kind", ["feed", "sitemap", "site"])
def test_every_page_of_a_source_once(paper: Paper, tmp_path: Path, kind: str) -> None:
    address = paper.server.url("/paper/" + {"feed": "feed.xml", "sitemap": "sitemap.xml", "site": ""}[kind])
    file = source_list(tmp_path, paper.server, f'name = "paper"\nkind = "{kind}"\naddress = "{address}"')
    result = ingest(file, tmp_path / "out")
    assert (result.ok, result.failed) == (3, 0)
    found = records(tmp_path / "out")
    assert {record["title"] for record in found} == set(TITLES)
    assert {record["source"]["name"] for record in found} == {"paper"}
    assert {record["url"] for record in found} == {paper.server.url(f"/paper/{name}") for name in paper.pages}


def test_an_unchanged_feed_costs_one_request(paper: Paper, tmp_path: Path) -> None:
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"',
    )
    ingest(file, tmp_path / "out")
    before = (tmp_path / "out" / "records.jsonl").read_bytes()
    paper.server.asked.clear()
    assert ingest(file, tmp_path / "out").records == 0
    assert paper.server.paths() == ["/paper/feed.xml"]
    assert (tmp_path / "out" / "records.jsonl").read_bytes() == before


def test_a_second_run_asks_conditionally_for_what_it_knows(paper: Paper, tmp_path: Path) -> None:
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "sitemap"\naddress = "{paper.server.url("/paper/sitemap.xml")}"',
    )
    ingest(file, tmp_path / "out")
    paper.server.asked.clear()
    assert ingest(file, tmp_path / "out").records == 0
    assert paper.server.paths() == ["/paper/sitemap.xml"]
    paper.version = 2  # another sitemap, which does not say when its pages changed
    paper.server.asked.clear()
    assert ingest(file, tmp_path / "out").records == 0
    assert [one.path for one in paper.server.asked] == ["/paper/sitemap.xml", *map("/paper/{}".format, "012")]
    assert all("if-none-match" in one.headers for one in paper.server.asked)
    assert [one.status for one in paper.server.asked] == [200, 304, 304, 304]


def test_a_new_entry_brings_that_page_alone(paper: Paper, tmp_path: Path) -> None:
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"',
    )
    ingest(file, tmp_path / "out")
    paper.server.asked.clear()
    paper.pages["new"] = ARTICLE.replace("Old clock strikes again", "The new one")
    paper.version = 2
    assert ingest(file, tmp_path / "out").ok == 1
    assert paper.server.paths() == ["/paper/feed.xml", "/paper/new"]
    assert len(records(tmp_path / "out")) == 4


def test_a_run_cut_short_loses_no_entry(paper: Paper, tmp_path: Path) -> None:
    """What a limit, or an end by force, left out is fetched next time, though the feed has not changed."""
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"',
    )
    assert ingest(file, tmp_path / "out", limit=1).ok == 1
    assert ingest(file, tmp_path / "out").ok == 2
    assert {record["title"] for record in records(tmp_path / "out")} == set(TITLES)


def test_three_kinds_of_sources_in_one_list(paper: Paper, tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "page.html").write_bytes(PAGE)
    file = tmp_path / "sources.toml"
    web = f'allow_private = ["{paper.server.netloc}"]\npace_seconds = 0\n'
    file.write_text(
        f'[[source]]\nname = "paper"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"\n{web}'
        f'[[source]]\nname = "one-page"\nkind = "url"\naddress = "{paper.server.url("/page")}"\n{web}'
        '[[source]]\nname = "saved"\nkind = "folder"\naddress = "saved"\n',
        "utf-8",
    )
    assert ingest(file, tmp_path / "out").ok == 5
    assert sorted({record["source"]["kind"] for record in records(tmp_path / "out")}) == [
        "feed",
        "file",
        "url",
    ]


def test_the_list_in_the_readme_works_as_shown(paper: Paper, tmp_path: Path) -> None:
    readme = (Path(__file__).resolve().parents[1] / "README.md").read_text("utf-8")
    shown = readme.split("<!-- sources -->")[1].split("```toml\n")[1].split("```")[0]
    assert shown.count("[[source]]") == 3
    (tmp_path / "saved-pages").mkdir()
    (tmp_path / "saved-pages" / "page.html").write_bytes(PAGE)
    allowed = f'allow_private = ["{paper.server.netloc}"]\n'
    for host in ("https://courier.example/", "https://gazette.example/"):
        shown = shown.replace(f'"{host}', f'"{paper.server.url("/paper/")}')
    shown = shown.replace('kind = "feed" ', allowed + 'kind = "feed" ').replace(
        'kind = "sitemap"\n', allowed + 'kind = "sitemap"\n'
    )
    file = tmp_path / "papers.toml"
    file.write_text(shown.replace("pace_seconds = 2 ", "pace_seconds = 0 "), "utf-8")
    ingest(file, tmp_path / "out")
    found = records(tmp_path / "out")
    assert {record["source"]["name"] for record in found} == {"courier", "gazette", "page.html"}
    assert {record["status"] for record in found} == {"ok"}


def test_faults_are_records_and_the_run_goes_on(server: FaultyServer, tmp_path: Path) -> None:
    paths = (
        "/page",
        "/short",
        "/status/404",
        "/loop",
        "/packed/gzip-cut",
        "/reset",
        "/redirect/to/http://169.254.169.254/",
        "/page?2",
    )
    (tmp_path / "urls.txt").write_text("".join(server.url(path) + "\n" for path in paths), "utf-8")
    file = source_list(tmp_path, server, 'name = "list"\nkind = "urls"\naddress = "urls.txt"')
    result = ingest(file, tmp_path / "out")
    assert (result.records, result.ok, result.rejected, result.failed) == (8, 2, 1, 5)
    reasons = {record["url"]: record["reason"] for record in records(tmp_path / "out")}
    assert reasons[server.url("/short")].startswith("truncated: ")
    assert reasons[server.url("/status/404")].startswith("http_404: ")
    assert any((reason or "").startswith("forbidden: ") for reason in reasons.values())


def test_a_page_that_failed_is_left_alone_for_a_while(server: FaultyServer, tmp_path: Path) -> None:
    file = source_list(
        tmp_path, server, f'name = "one"\nkind = "url"\naddress = "{server.url("/status/404")}"'
    )
    ingest(file, tmp_path / "out")
    server.asked.clear()
    ingest(file, tmp_path / "out")
    assert server.pages() == []


def test_what_the_feed_itself_says_stands_in_for_a_page_that_is_gone(
    monkeypatch: pytest.MonkeyPatch, server: FaultyServer, tmp_path: Path
) -> None:
    text = ARTICLE[ARTICLE.index("<h1>") : ARTICLE.index("</article>")]
    feed = (
        "<?xml version='1.0'?><rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>P</title>"
        f"<item><link>{server.url('/status/404')}</link><content:encoded><![CDATA[{text}]]></content:encoded></item></channel></rss>"
    )
    monkeypatch.setitem(
        ANSWERS, "full.xml", lambda handler, _: handler.give(feed.encode(), kind="application/rss+xml")
    )
    file = source_list(
        tmp_path, server, f'name = "full"\nkind = "feed"\naddress = "{server.url("/full.xml")}"'
    )
    assert ingest(file, tmp_path / "out").ok == 1
    (record,) = records(tmp_path / "out")
    assert "struck noon on Friday" in record["text"]


def test_signals_of_the_answer_reach_the_record(server: FaultyServer, tmp_path: Path) -> None:
    file = source_list(tmp_path, server, f'name = "one"\nkind = "url"\naddress = "{server.url("/signals")}"')
    ingest(file, tmp_path / "out")
    (record,) = records(tmp_path / "out")
    assert record["provenance"]["usage"]["ai_training"] == "deny"


def test_what_was_fetched_is_cleaned_again_without_fetching(paper: Paper, tmp_path: Path) -> None:
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"',
    )
    ingest(file, tmp_path / "out")
    before = {record["url"]: record for record in records(tmp_path / "out")}
    paper.server.asked.clear()
    (tmp_path / "out" / "records.jsonl").unlink()
    assert ingest(file, tmp_path / "out", from_archive=True).ok == 3
    assert paper.server.asked == []
    for record in records(tmp_path / "out"):
        known = before[record["url"]]
        for one in (record, known):
            one["processing"].pop("duration_ms")
        assert record == known


def test_without_an_archive_there_is_nothing_to_clean_again(paper: Paper, tmp_path: Path) -> None:
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"',
    )
    ingest(file, tmp_path / "out", keep_raw=False)
    assert not (tmp_path / "out" / "archive").exists()
    with pytest.raises(SettingsError, match="there is no archive in"):
        ingest(file, tmp_path / "out", from_archive=True)


def test_a_source_that_is_not_due_is_not_asked(paper: Paper, tmp_path: Path) -> None:
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "feed"\nevery = "1h"\naddress = "{paper.server.url("/paper/feed.xml")}"',
    )
    assert ingest(file, tmp_path / "out").ok == 3
    paper.server.asked.clear()
    assert ingest(file, tmp_path / "out").records == 0
    assert paper.server.asked == []


def test_a_source_has_rules_and_a_language_of_its_own(
    monkeypatch: pytest.MonkeyPatch, server: FaultyServer, tmp_path: Path
) -> None:
    page = ARTICLE.replace('<html lang="en">', "<html>").replace(
        "</article>", "<p class='kiosk'>Buy this issue at the kiosk by the station.</p></article>"
    )
    monkeypatch.setitem(ANSWERS, "kiosk", lambda handler, _: handler.give(page.encode()))
    rule = '\n[[source.rule]]\nname = "kiosk"\nlabel = "ad"\nreason = "the kiosk"\ncss = ["p.kiosk"]\n'
    file = source_list(
        tmp_path, server, f'name = "one"\nkind = "url"\nlanguage = "en"\naddress = "{server.url("/kiosk")}"'
    )
    file.write_text(file.read_text("utf-8") + rule, "utf-8")
    ingest(file, tmp_path / "out")
    (record,) = records(tmp_path / "out")
    assert "kiosk" not in record["text"]
    assert (record["language"], record["language_source"]) == ("en", "both")


@pytest.mark.parametrize(("key", "word"), [('fetch = "browser"', "browser"), ('cron = "0 6 * * *"', "cron")])
def test_what_is_not_acted_upon_yet_is_said(
    server: FaultyServer, tmp_path: Path, key: str, word: str
) -> None:
    file = source_list(
        tmp_path, server, f'name = "one"\nkind = "url"\naddress = "{server.url("/page")}"\n{key}'
    )
    with pytest.raises(SettingsError, match=rf"sources\.toml:1: .*{word}"):
        ingest(file, tmp_path / "out")
    assert server.asked == []


def test_a_host_is_left_its_pace_in_a_whole_run(paper: Paper, tmp_path: Path) -> None:
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"',
    )
    file.write_text(file.read_text("utf-8").replace("pace_seconds = 0", "pace_seconds = 0.2"), "utf-8")
    ingest(file, tmp_path / "out")
    assert min(later.at - earlier.at for earlier, later in pairwise(paper.server.asked)) >= 0.2


def test_a_private_address_is_refused_unless_its_source_names_it(
    server: FaultyServer, copydesk: Copydesk
) -> None:
    done = copydesk("ingest", "--dry-run", server.url("/page"))
    assert done.returncode == 1
    assert b"forbidden" in done.stderr
    assert server.asked == []


def test_a_killed_run_loses_nothing(paper: Paper, tmp_path: Path) -> None:
    """Killed while it waits for a page; the next run brings all."""
    file = source_list(
        tmp_path,
        paper.server,
        f'name = "paper"\nkind = "feed"\naddress = "{paper.server.url("/paper/feed.xml")}"',
    )
    file.write_text(file.read_text("utf-8").replace("pace_seconds = 0", "pace_seconds = 0.5"), "utf-8")
    code = (
        "import sys; from pathlib import Path; from flows.batches import IngestOptions, ingest_plainly\n"
        "if __name__ == '__main__': ingest_plainly(IngestOptions(sources=(sys.argv[1],), output=Path(sys.argv[2]), jobs=1))"
    )
    script = tmp_path / "run.py"
    script.write_text(code, "utf-8")
    process = subprocess.Popen(
        [sys.executable, script, file, tmp_path / "out"], env=clean_environment(), start_new_session=True
    )
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=2.2)
    finally:
        process.kill()
        process.wait()
    ingest(file, tmp_path / "out")
    assert {record["title"] for record in records(tmp_path / "out")} == set(TITLES)
