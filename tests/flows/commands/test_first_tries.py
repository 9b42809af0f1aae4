"""What users try first: each works, or gives one line that names what to do."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from conftest import ARTICLE, Copydesk
from each_case import hold
from faulty_server import FaultyServer
from made_files import CLOCK, docx, epub, zipped
from web_runs import feed, sitemap

from copydesk import Page, clean_page
from copydesk.cleaners.types import Source
from copydesk.flows.commands.advice import line_about
from copydesk.flows.commands.cli import cli

SENTENCE = "The clock of the town hall struck noon on Friday"
HEADLINE, URL = "Old clock strikes again", "https://courier.example/clock"
TEXT = "\n\n".join(CLOCK)
POST = {
    "link": URL,
    "title": {"rendered": HEADLINE},
    "content": {"rendered": ARTICLE},
    "date_gmt": "2026-11-20T09:30:00",
}
OPML = '<opml version="2.0"><body><outline text="Harbour Courier" xmlUrl="https://courier.example/feed.xml"/></body></opml>'
FILES: dict[str, bytes] = {
    "page.html": ARTICLE.encode(),
    "story.txt": f"{HEADLINE}\n\n{TEXT}".encode(),
    "scraped.csv": b'url,raw_html\nhttps://courier.example/clock,"' + ARTICLE.replace('"', '""').encode() + b'"\n',
    "dump.csv": b'address,dump\nclock,"' + ARTICLE.replace('"', '""').encode() + b'"\n',
    "copies.csv": b'link,dump,copy\nx,"{0}","{0}"\n'.replace(b"{0}", ARTICLE.replace('"', '""').encode()),
    "names.csv": b"name,price\nFerry,12\nDog,2\n",
    "posts.json": json.dumps([POST, POST]).encode(),
    "answer.json": json.dumps({"result": {"page": {"source": ARTICLE}}}).encode(),
    "package.json": b'{"name": "noon"}',
    "letter.eml": f"From: A B from The Almanac <a@b.example>\nDate: Fri, 20 Nov 2026 09:30:00 +0100\nSubject: {HEADLINE}\n"
    f"Content-Type: text/html\n\n{ARTICLE}".encode(),
    "book.epub": epub({"1.xhtml": ARTICLE}, {"dc:creator": "Hetty Quarles"}),
    "clock.docx": docx(HEADLINE, CLOCK),
    "pages.zip": zipped({"a.html": ARTICLE, "b.html": ARTICLE}),
    "sheet.xlsx": zipped({"xl/workbook.xml": ""}),
    "photo.jpg": b"\xff\xd8\xff\xe0",
    "song.mp3": b"ID3\x04",
    "report": b"%PDF-1.4\n",
    "subscriptions.opml": OPML.encode(),
}  # fmt: skip


@pytest.fixture
def site(server: FaultyServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyServer]:
    """A server with two pages, a feed without a name of one, a sitemap, and files about them in the current folder."""
    pages = (server.url("/one"), server.url("/two"))
    server.files["/updates"] = feed(*pages)
    server.files["/map"] = sitemap(*pages)
    server.files["/denied"] = ARTICLE.encode()
    server.robots = (200, b"User-agent: *\nDisallow: /denied\n")
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "urls.txt").write_text(f"# to read\n{pages[0]}\n\n{pages[1]}\n")
    (tmp_path / "urls.csv").write_text(f'id;URL;note\n1;{pages[0]};"a; b"\n2;{pages[1]};\n')
    (tmp_path / "sources.toml").write_text("")
    (tmp_path / "bad.jsonl").write_text("[1]\n")
    (tmp_path / "untyped.jsonl").write_text('{"html": 1}\n')
    (tmp_path / "cut.jsonl").write_text('{"html": "<p>A\n')
    return server


def ran(command: str, site: FaultyServer) -> Result:
    host = site.netloc
    arguments = command.format(at=f"http://{host}", host=host, ok=f"--allow-private {host}").split()
    return CliRunner().invoke(cli, arguments, catch_exceptions=False)


PRINTED = [
    ("help", r"^Usage: \w+ \[OPTIONS\] COMMAND"), ("help sources add", r"^Usage: \w+ sources add"),
    ("clean page.html --format text", "^Old clock strikes again\n\nThe clock of the town hall"), ("clean story.txt", f'"title":"{HEADLINE}"'),
    ("clean scraped.csv", f'"url":"{URL}"'), ("clean dump.csv --field html=dump", f'"title":"{HEADLINE}"'), ("clean posts.json --jobs 1", f'"url":"{URL}".*\n.*"url":"{URL}"'),
    ("clean answer.json --field html=result.page.source", f'"title":"{HEADLINE}"'),
    ("clean letter.eml", '"site_name":"The Almanac"'), ("clean book.epub", '"name":"Hetty Quarles"'),
    ("clean pages.zip --jobs 1", "pages.zip!/a.html.*\n.*pages.zip!/b.html"), ("explain page.html", r"\nKept: 3 blocks"),
    ("clean page.html story.txt --jobs 1", "page.html.*\n.*story.txt"), ("clean page.html --url " + URL, f'"url":"{URL}"'),
]  # fmt: skip
FETCHED = [
    ("clean {at}/one {ok}", "/one"),
    ("clean HTTP://{host}/./one#top {ok}", "/one"),
    ("clean {at}/updates {ok}", "/one /two"),
    ("clean {at}/map {ok} --limit 1", "/one"),
    ("clean {at}/two page.html {at}/one {ok}", "/two - /one"),
    ("clean urls.txt {ok}", "/one /two"),
    ("clean urls.csv {ok}", "/one /two"),
]


@pytest.mark.slow
def test_a_bad_line_of_a_list_is_skipped_alone(copydesk: Copydesk, site: FaultyServer) -> None:
    listed = f"{site.url('/one')}\n{site.url('/two')}\n{site.netloc}/one\n"
    Path("bad.txt").write_text(listed)
    allowed = ("--allow-private", site.netloc)
    for name, done in (
        ("bad.txt", copydesk("clean", "bad.txt", *allowed)),
        ("-", copydesk("clean", *allowed, stdin=listed.encode())),
    ):
        assert (done.returncode, len(done.stdout.splitlines())) == (1, 2), name
        assert f"{name}:3: skipped: '{site.netloc}/one' is no URL" in done.stderr.decode()
    explained = copydesk("explain", "bad.txt", *allowed)
    assert (explained.returncode, b"bad.txt:3: skipped: " in explained.stderr) == (1, True)


@pytest.mark.slow
def test_what_is_printed(site: FaultyServer) -> None:
    def is_printed(command: str, found: str) -> None:
        done = ran(command, site)
        assert (done.exit_code, done.stderr) == (0, "")
        assert re.search(found, done.stdout), done.stdout

    hold(is_printed, PRINTED)


@pytest.mark.slow
def test_what_is_fetched(site: FaultyServer) -> None:
    def is_fetched(command: str, paths: str) -> None:
        site.asked.clear()
        done = ran(f"{command} --no-cache", site)
        records = [json.loads(line) for line in done.stdout.splitlines()]
        assert (done.exit_code, done.stderr) == (0, "")
        assert all(SENTENCE in record["text"] for record in records)
        urls = [record["url"] or "-" for record in records]
        assert " ".join(url.removeprefix(f"http://{site.netloc}") for url in urls) == paths
        # robots.txt comes first, and no page is requested twice
        requested = [path for path in site.paths() if not path.startswith("/.well-known")]
        assert requested[:1] in ([], ["/robots.txt"])
        assert len(requested) == len({*requested})

    hold(is_fetched, FETCHED)


REPORTED = [
    ("help claen", 2, r"no such command: claen; did you mean clean\?$"),
    ("sources ad", 2, r"no such command: ad; did you mean add\?$"),
    ("sources run courier", 2, r"no such command: run; known are add, check, list$"),
    ("clean localhost:8000/x", 1, r"^http://localhost:8000/x: .*use --allow-private localhost:8000, to reach it$"),
    ("clean courier.example/clock", 2, r"did you mean https://courier\.example/clock\?$"),
    ("clean page.htm", 2, r"no such file or folder; did you mean page\.html\?$"),
    ("clean names.csv", 2, "name the one of pages with --field html=NAME, or the one of addresses with --field url=NAME$"),
    ("clean dump.csv", 0, r"^dump\.csv: .*; the pages are read from dump, which holds HTML \(--field html=NAME names another\)$"),
    ("explain dump.csv", 0, "the pages are read from dump"),
    ("clean copies.csv", 2, r"^Error: copies\.csv: .*HTML is in dump, copy; name the one of pages: --field html=dump$"),
    ("clean answer.json", 3, r"there are result\.page\b|JSON without a page"),
    ("clean package.json", 3, r"it has name \(name them with --field FIELD=NAME\)$"),
    ("clean sheet.xlsx", 3, r"a spreadsheet \(Excel\); save it as \.csv$"),
    ("clean photo.jpg", 3, r"a picture \(JPEG\); copydesk reads text; run OCR on it first \(tesseract\)$"),
    ("clean song.mp3", 3, r"a sound recording \(MP3\); .*; transcribe it first \(whisper\)$"),
    ("clean report", 3, r"its content is that of a \.pdf file; give it such a name$"),
    ("clean page.html --max-bytes 300", 3, "has more than 300 bytes; cut it, or allow it: copydesk clean --max-bytes N$"),
    ("clean subscriptions.opml", 3, "add its feeds to a list: copydesk sources add FILE.opml$"),
    ("sources add subscriptions.opml", 0, r"^seeds/sources\.toml: added 1 feed of subscriptions\.opml$"),
    ("clean page.html page.html page.html", 0, r"\A(?:page\.html: the same as page\.html, which is read once\n)?(?!.*\n.*the same)"),
    ("sources add courier", 2, "an address is missing: copydesk sources add NAME courier$"),
    ("sources add page.opml", 2, "page.opml: no such file or directory$"),
    ("sources add subscriptions.opml --allow-private a.example:80", 2, "--allow-private is for one source; add the feed by its URL$"),
    ("sources add paper {at}/updates --allow-private localhost", 2, "^Error: allow_private: 'localhost': expected a host and its port"),
    ("clean {at}/one", 1, r"127\.0\.0\.1:\d+ is 127\.0\.0\.1, a loopback address; .*--allow-private 127\.0\.0\.1:\d+"),
    ("clean {at}/denied {ok}", 3, r"rejected \(robots_denied\): .*; ask the site for permission"),
    ("explain {at}/status/404 {ok}", 1, r"failed \(http_404\): status 404; check the URL$"),
    ("clean sources.toml", 2, "a list of sources; read it with: copydesk ingest sources.toml$"),
    ("explain ftp://paper.example/1", 2, "a URL begins with https:// or http://, one of files elsewhere "),
    ("clean bad.jsonl", 1, r"bad\.jsonl:1: failed \(broken_line\): line 1: a page is an object, and here a list; mend the "),
    ("clean untyped.jsonl", 1, r"line 1: html is a text, and here a number; mend the line; the others were read$"),
    ("clean cut.jsonl", 1, r"cut\.jsonl:1: .*: line 1: no JSON: .*(?<! at) at character \d+; mend the line; the others were read$"),
    ("explain 0123456789abcdef", 2, "no such file or folder; nor are there records in output"),
    ("clean page.html -o records.jsonl", 2, "copydesk clean … > records.jsonl$"),
    ("clean page.html --output out", 2, "copydesk clean … > records.jsonl$"),
    ("clean page.html -q -v", 2, "give one of the two$"),
    ("clean {at}/one --allow-private localhost", 2, "expected a host and its port, such as localhost:8080$"),
    ("clean {at}/one --url https://paper.example/", 2, "this one has it$"),
    ("try gone.html", 2, "gone.html: no such file or folder$"),
    ("try bad.jsonl", 2, r"bad\.jsonl: broken_line: line 1: a page is an object"),
    ("try urls.txt {ok}", 2, "several pages; give one of them$"),
    ("try http://user@/", 2, "^Error: URL: "),
    ("page.html", 2, r"did you mean copydesk clean page\.html\?$"),
    ("{at}/one", 2, r"did you mean copydesk clean http://127\.0\.0\.1:\d+/one\?$"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "name"),
    [("https://Kürier.invalid/", "kurier.invalid"), ("https://курьер.invalid/", "xn--e1ajsbm9c.invalid")],
)
def test_a_source_of_an_international_host_needs_no_name(invoke: Copydesk, url: str, name: str) -> None:
    done = invoke("sources", "add", url)
    assert (done.returncode, done.stderr.decode().split(",")[0]) == (0, f"seeds/sources.toml: added {name}")


@pytest.mark.slow
def test_what_is_reported_in_one_line(site: FaultyServer) -> None:
    def is_reported(command: str, code: int, message: str) -> None:
        done = ran(command, site)
        [line] = done.stderr.splitlines()
        assert re.search(message, line), line
        assert done.exit_code == code

    hold(is_reported, REPORTED)


def test_one_page_without_an_article_is_no_failure_of_others(site: FaultyServer) -> None:
    folder = Path("both")
    folder.mkdir()
    (folder / "article.html").write_text(ARTICLE)
    (folder / "empty.html").touch()
    for command in ("clean both", "explain both"):
        assert ran(command, site).exit_code == 0
    (folder / "article.html").unlink()
    for command in ("clean both", "explain both"):
        assert ran(command, site).exit_code == 3


def test_a_name_that_is_empty_is_named_so(site: FaultyServer) -> None:
    done = CliRunner().invoke(cli, ["clean", ""])
    assert (done.exit_code, done.stderr) == (2, "Error: an empty name: is a variable of the shell unset?\n")
    assert site.paths() == []


def test_files_are_not_joined_and_that_is_reported(site: FaultyServer) -> None:
    done = ran("clean page.html --join-pages", site)
    assert (done.exit_code, done.stdout.count("\n")) == (0, 1)
    assert done.stderr == "--join-pages applies to URLs only: each file is a page of its own\n"


def test_urls_may_be_piped_in(copydesk: Copydesk, site: FaultyServer) -> None:
    piped = f"{site.url('/one')}\n{site.url('/two')}\n".encode()
    done = copydesk("clean", "--allow-private", site.netloc, stdin=piped)
    assert [json.loads(line)["url"] for line in done.stdout.splitlines()] == piped.decode().split()
    # a page that was copied with its URL above it is a page
    url = "https://paper.example/1"
    page = f"{url}\n\n" + "The harbour froze over on Monday, and the ferry stayed in port. " * 9
    (record,) = map(json.loads, copydesk("clean", "--url", url, stdin=page.encode()).stdout.splitlines())
    assert (record["source"]["kind"], record["status"]) == ("stdin", "ok")


@pytest.mark.slow
def test_json_of_a_server_is_read_as_a_file_of_it(site: FaultyServer) -> None:
    posts = [POST, POST | {"link": f"{URL}-2"}, {"name": "no page"}]
    for path, terms in (("/posts", {}), ("/reserved", {"tdm_reservation": "1"})):
        site.files[path] = json.dumps(posts).encode()
        site.headers[path] = {"kind": "application/json; charset=UTF-8", **terms}
    done = ran("clean {at}/posts {ok}", site)
    first, second, third = map(json.loads, done.stdout.splitlines())
    assert [first["url"], second["url"]] == [URL, f"{URL}-2"]
    assert (first["title"], first["date_published"]) == (HEADLINE, "2026-11-20T09:30:00+00:00")
    assert (first["source"]["kind"], first["fetched_at"] is None) == ("url", False)
    assert third["reason"].startswith("no_page: entry 3: ")
    # what the publisher states of the answer holds for each of its pages
    reserved = map(json.loads, ran("clean {at}/reserved {ok}", site).stdout.splitlines())
    assert {(record["text"], record["reason"].partition(":")[0]) for record in list(reserved)[:2]} == {
        ("", "tdm_reserved")
    }


@pytest.mark.slow
def test_a_source_is_added_with_the_private_host_that_it_may_reach(site: FaultyServer) -> None:
    site.files["/feed.xml"] = site.files["/updates"]
    assert ran("sources add paper {at}/feed.xml {ok}", site).exit_code == 0
    checked = ran("sources check", site)
    assert (checked.exit_code, "a feed of 2 entries" in checked.stdout) == (0, True)


SITE_REMARK = "it is read as a site, by its feeds and sitemaps; for this page alone, add it with --kind url"


@pytest.mark.parametrize(
    ("added", "remark"),
    [
        ("{at}", SITE_REMARK),
        ("{at}/", SITE_REMARK),
        ("{at}/ --kind url", None), ("{at}/ --kind site", None), ("{at}/one", None), ("{at}/?p=1", None),
        (
            "http://wiki.internal/feed.xml",
            (
                "wiki.internal:80 is 10.0.0.5, a private address; name wiki.internal:80 under allow_private of its "
                "[[source]], or use --allow-private wiki.internal:80, to reach it"
            ),
        ),
        ("http://wiki.internal/feed.xml --allow-private wiki.internal:80", None),
        (
            "https://nowhere.invalid/feed.xml",
            "nowhere.invalid has no address now: runs fail (exit code 1) until it has one, or the source is removed",
        ),
    ],
)  # fmt: skip
def test_what_may_not_be_expected_of_a_source_is_said_as_it_is_added(
    site: FaultyServer, added: str, remark: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(host: str, *_: object, **__: object) -> list[object]:
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        if host.endswith(".internal"):
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.5", 0))]
        raise socket.gaierror(socket.EAI_AGAIN, "no resolver answers")  # of which nothing is said

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    done = ran(f"sources add paper {added}", site)
    assert done.exit_code == 0
    assert done.stderr.splitlines()[1:] == ([f"paper: {remark}"] if remark else [])


def test_the_first_page_of_a_site_is_added_as_the_site_by_the_name_of_its_host(site: FaultyServer) -> None:
    done = ran("sources add {at}/", site)
    assert (done.exit_code, "added 127.0.0.1, kind site: http" in done.stderr) == (0, True)


@pytest.mark.slow
def test_the_page_of_a_stored_record_is_found_by_its_id(site: FaultyServer, tmp_path: Path) -> None:
    (tmp_path / "papers.toml").write_text(
        f'[[source]]\nname = "paper"\nkind = "feed"\naddress = "{site.url("/updates")}"\n'
        f'allow_private = ["{site.netloc}"]\npace_seconds = 0\n'
    )
    done = ran("ingest papers.toml page.html --jobs 1 --json", site)
    counts: dict[str, Any] = json.loads(done.stdout)
    assert (done.exit_code, counts["ok"], counts["failed"]) == (0, 3, 0)
    stored = [json.loads(line) for line in (tmp_path / "output" / "records.jsonl").read_text().splitlines()]
    requests = len(site.asked)
    fetched = next(record for record in stored if record["url"] == site.url("/two"))
    (again,) = map(json.loads, ran(f"clean {fetched['id'][:12]}", site).stdout.splitlines())
    assert (again["id"], again["text"]) == (fetched["id"], fetched["text"])
    assert SENTENCE in ran(f"explain --all {fetched['id']}", site).stdout
    assert len(site.asked) == requests
    of_file = next(record for record in stored if record["url"] is None)
    assert json.loads(ran(f"clean {of_file['id']}", site).stdout)["text"] == of_file["text"]
    (page := tmp_path / "page.html").write_text("<p>Another page.</p>")
    assert "Another page." in ran(f"explain --all {of_file['id']}", site).stdout
    page.unlink()
    assert f"read from {page}, which is gone" in ran(f"clean {of_file['id']}", site).stderr
    # what was archived before its publisher reserved it is not brought back
    site.files["/two"] = ARTICLE.replace("<head>", '<head><meta name="tdm-reservation" content="1">').encode()
    assert ran("ingest papers.toml --refetch --jobs 1 -q", site).exit_code == 0
    refused = ran(f"clean {fetched['id']}", site)
    assert (refused.stdout, "reserves text and data mining" in refused.stderr) == ("", True)
    other = next(record for record in stored if record["url"] == site.url("/one"))
    (tmp_path / "output" / "archive").rename(tmp_path / "elsewhere")
    assert f"give its URL: {site.url('/one')}" in ran(f"explain {other['id']}", site).stderr


TABLE = "name;price\nFerry ticket;12\nDog ticket;2\n"


def test_a_table_is_no_page_and_empty_input_was_never_fetched(empty_folder: Path) -> None:
    (pages := empty_folder / "pages").mkdir()
    (pages / "prices.csv").write_text(TABLE)
    # what only its name calls a table
    (pages / "text.csv").write_text(f"{SENTENCE}\n\n{SENTENCE}, and again, and again.")
    done = CliRunner().invoke(cli, ["clean", "pages", "--jobs", "1"])
    found = {record["source"]["name"]: record for record in map(json.loads, done.stdout.splitlines())}
    assert found["prices.csv"]["reason"].startswith("no_page: a table, and no page; ")
    assert SENTENCE in found["text.csv"]["text"] + str(found["text.csv"]["title"])
    assert "prices.csv: rejected (no_page): a table, and no page; where it has" in done.stderr
    nothing = clean_page(Page("", source=Source("stdin", "-")))
    assert line_about(nothing) == "-: rejected (empty): nothing came in; pipe a page to it"
    no_text = clean_page(Page("<p></p>", source=Source("stdin", "-")))
    assert "the page has no text" in str(line_about(no_text))


def test_of_an_unknown_rule_the_closest_are_reported_and_how_to_list_all() -> None:
    assert CliRunner().invoke(cli, ["rules", "nosuch"]).stderr == (
        "Error: there is no rule 'nosuch'; families are alike, comments, faq, learned, live, neighbours, page, paywall, "
        "platform, residue, script, shape, sidebar, structure, together, worded, wording; copydesk rules lists all\n"
    )
