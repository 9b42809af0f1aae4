"""What a new user tries first, on the command line and in Python: each works, or one line says exactly what to do."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import ARTICLE
from made_files import CLOCK, docx, epub, zipped

import copydesk
from copydesk.flows.commands.cli import cli

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
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


WORKS = [
    ("help", r"^Usage: \w+ \[OPTIONS\] COMMAND"), ("help clean", r"^Usage: \w+ clean"), ("help sources add", r"^Usage: \w+ sources add"),
    ("clean page.html", f'"title":"{HEADLINE}"'), ("clean page.html --format text", "^Old clock strikes again\n\nThe clock of the town hall"),
    ("clean page.html --format markdown", "The clock of the town hall"), ("clean story.txt", f'"title":"{HEADLINE}"'),
    ("clean scraped.csv", f'"url":"{URL}"'), ("clean dump.csv --field html=dump", f'"title":"{HEADLINE}"'), ("clean dump.csv -q", f'"title":"{HEADLINE}"'), ("clean posts.json --jobs 1", f'"url":"{URL}".*\n.*"url":"{URL}"'),
    ("clean answer.json --field html=result.page.source", f'"title":"{HEADLINE}"'),
    ("clean letter.eml", '"site_name":"The Almanac"'), ("clean book.epub", '"name":"Hetty Quarles"'),
    ("clean pages.zip --jobs 1", "pages.zip!/a.html.*\n.*pages.zip!/b.html"), ("explain page.html", r"\nKept: 3 blocks"),
    ("clean page.html story.txt --jobs 1", "page.html.*\n.*story.txt"), ("clean page.html --max-bytes 40000000", f'"title":"{HEADLINE}"'), ("clean page.html --url " + URL, f'"url":"{URL}"'),
]  # fmt: skip
SAYS = [
    ("help claen", 2, r"no such command: claen; did you mean clean\?$"),
    ("clean localhost:8000/x", 1, r"^http://localhost:8000/x: .*use --allow-private localhost:8000, to reach it$"),
    ("clean courier.example/clock", 2, r"did you mean https://courier\.example/clock\?$"),
    ("clean page.htm", 2, r"no such file or folder; did you mean page\.html\?$"),
    ("clean names.csv", 2, "name the one of pages with --field html=NAME, or the one of addresses with --field url=NAME$"),
    ("clean dump.csv", 0, r"^dump\.csv: .*; the pages are read from dump, which holds HTML \(--field html=NAME names another\)$"),
    ("explain dump.csv", 0, "the pages are read from dump"),
    ("clean copies.csv", 2, r"^Error: copies\.csv: .*HTML is in dump, copy; name the one of pages: --field html=dump$"),
    ("clean answer.json", 3, r"there are result\.page\b|JSON without a page"),
    ("clean package.json", 3, r"there are name \(name them with --field FIELD=NAME\)$"),
    ("clean sheet.xlsx", 3, r"a spreadsheet \(Excel\); save it as \.csv$"),
    ("clean photo.jpg", 3, r"a picture \(JPEG\); copydesk reads text; run OCR on it first \(tesseract\)$"),
    ("clean song.mp3", 3, r"a sound recording \(MP3\); .*; transcribe it first \(whisper\)$"),
    ("clean report", 3, r"its content is that of a \.pdf file; give it such a name$"),
    ("clean page.html --max-bytes 300", 3, "has more than 300 bytes; cut it, or allow it: copydesk clean --max-bytes N$"),
    ("clean subscriptions.opml", 3, "add its feeds to a list: copydesk sources add FILE.opml$"),
    ("sources add subscriptions.opml", 0, r"^seeds/sources\.toml: added 1 feeds of subscriptions\.opml$"),
    ("sources add courier", 2, "an address is missing: copydesk sources add NAME courier$"),
    ("sources add page.opml", 2, "page.opml: no such file or directory$"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("command", "found"), WORKS, ids=[command for command, _ in WORKS])
@pytest.mark.usefixtures("folder")
def test_what_works(command: str, found: str) -> None:
    done = CliRunner().invoke(cli, command.split(), catch_exceptions=False)
    assert (done.exit_code, done.stderr) == (0, "")
    assert re.search(found, done.stdout), done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("command", "code", "line"), SAYS, ids=[command for command, _, _ in SAYS])
@pytest.mark.usefixtures("folder")
def test_what_is_answered_in_one_line(command: str, code: int, line: str) -> None:
    done = CliRunner().invoke(cli, command.split(), catch_exceptions=False)
    *usage, last = [one for one in done.stderr.splitlines() if one]
    assert all(one.startswith(("Usage: ", "Try ")) for one in usage)
    assert re.search(line, last), last
    assert done.exit_code == code


PYTHON = [
    ("page.html", ValueError, r"'page\.html' .* is the name of a file, .*clean\(Path\(name\)\.read_bytes\(\)\), or run: copydesk clean FILE$"),
    ("pages/a.html", ValueError, "is the name of a file"), ("clock.pdf", ValueError, "is the name of a file"),
    (URL, ValueError, r"is a URL, and clean fetches nothing: give the page's content, clean\(content, url\), or run: copydesk clean URL$"),
    (Path("page.html"), TypeError, r"of a file: its read_bytes\(\)"), (None, TypeError, "expected the page as bytes or str"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "error", "line"), PYTHON, ids=[str(given) for given, _, _ in PYTHON])
@pytest.mark.parametrize("timeout", [None, 60.0])
def test_what_python_is_told(given: object, error: type[Exception], line: str, timeout: float | None) -> None:
    with pytest.raises(error, match=line) as caught:
        copydesk.clean(given, timeout=timeout)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "page", [ARTICLE, ARTICLE.encode(), copydesk.Page(ARTICLE), copydesk.Page(ARTICLE.encode(), url=URL)]
)
def test_what_works_in_python(page: str | bytes | copydesk.Page) -> None:
    assert copydesk.clean(page, url=URL).title == HEADLINE


@pytest.mark.parametrize(
    "text", ["Read on at https://courier.example/clock", "See page.html for more.", "example.com", ""]
)
def test_a_short_text_is_no_name(text: str) -> None:
    assert copydesk.clean(text).status == "rejected"
