"""Sources: one item a page, under stable names, and never an exception or a wait."""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import zipfile
from contextlib import chdir
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from source_items import Items, only_page, only_unreadable, pages, pipe, unreadable
from source_items import contents as bodies

from copydesk.cleaners.types import Page
from copydesk.flows.sources.catalogue import Input, Unreadable, read_pages
from copydesk.flows.sources.opening.field_names import parse_field_names
from copydesk.flows.sources.opening.inflating import MAX_LINE_BYTES


def read(*names: str | Path, input_: Input = Input.AUTO) -> Items:
    return list(read_pages(map(str, names), input_=input_))


def names(items: Items) -> list[str]:
    return [item.source.name for item in items]


def reasons(items: Items) -> dict[str, str]:
    return {item.source.name: item.reason for item in unreadable(items)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with pages and with everything that is none."""
    root = tmp_path / "pages"
    (root / "b" / "deep").mkdir(parents=True)
    (root / "b" / "deep" / "z.txt").write_text("deep")
    (root / "b" / "a.htm").write_text("in b")
    (root / "c.html").write_text("c")
    (root / "a.md").write_text("a")
    (root / "lines.jsonl").write_text('{"id": "one", "text": "1"}\n{"text": "2"}\n')
    (root / ".hidden.html").write_text("hidden")
    (root / ".git").mkdir()
    (root / ".git" / "page.html").write_text("hidden")
    return root


def test_a_folder_is_read_in_order_of_names(folder: Path) -> None:
    items = read(folder)
    assert names(items) == ["a.md", "b/a.htm", "b/deep/z.txt", "c.html", "one", "lines.jsonl:2"]
    assert bodies(items) == [b"a", b"in b", b"deep", b"c", "1", "2"]
    assert [item.source.kind for item in items] == ["file"] * 4 + ["jsonl"] * 2


def test_names_do_not_depend_on_the_path_of_the_folder_and_a_file_keeps_the_name_it_was_given(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = read(folder)
    monkeypatch.chdir(folder.parent)
    (folder.parent / "link").symlink_to("pages")
    for name in ("pages", "./pages/", "link", str(folder / "b" / "..")):
        assert read(name) == expected
    monkeypatch.chdir(folder)
    assert names(read("./c.html", "b/../c.html")) == ["./c.html", "b/../c.html"]


def test_links_lead_nowhere_else(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.html").write_text("secret")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "page.html").write_text("secret")
    (folder / "out.html").symlink_to(tmp_path / "secret.html")
    (folder / "out").symlink_to(tmp_path / "elsewhere")
    (folder / "up").symlink_to(tmp_path)
    (folder / "inside.html").symlink_to("c.html")
    (folder / "b" / "self").symlink_to("..")
    (folder / "loop.html").symlink_to("loop.html")
    (folder / "broken.html").symlink_to("nowhere")
    items = read(folder)
    assert b"secret" not in bodies(items)
    assert bodies(items).count(b"c") == 1
    assert reasons(items) == {
        "out.html": "outside", "out": "outside", "up": "outside", "loop.html": "unreadable",
        "broken.html": "missing",
    }  # fmt: skip


def test_links_to_hidden_files_inside_are_followed(tmp_path: Path) -> None:
    # the way orchestrators mount files: visible links to a hidden, versioned folder
    (tmp_path / "..v1").mkdir()
    (tmp_path / "..v1" / "page.html").write_text("mounted")
    (tmp_path / "..data").symlink_to("..v1")
    (tmp_path / "page.html").symlink_to("..data/page.html")
    items = read(tmp_path)
    assert (names(items), bodies(items)) == (["page.html"], [b"mounted"])


def test_what_is_no_file_or_cannot_be_read_is_named_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.html")
    os.mkfifo(tmp_path / "pipe.jsonl")
    with socket.socket(socket.AF_UNIX) as unix, chdir(tmp_path):  # its path may be too long for a socket
        unix.bind("socket.html")
    (tmp_path / "cut.html.gz").write_bytes(gzip.compress(os.urandom(5000))[:-900])
    (tmp_path / "fake.html.gz").write_bytes(b"<p>never packed</p>")
    oddities = {
        "pipe.html": "not_a_file", "pipe.jsonl": "not_a_file", "socket.html": "not_a_file",
        "cut.html.gz": "truncated", "fake.html.gz": "damaged",
    }  # fmt: skip
    assert reasons(read(tmp_path)) == oddities
    # the last is a regular file by its mode; reading its first bytes is an error
    others = {
        "/dev/null": "not_a_file",
        "gone.html": "missing",
        "gone.jsonl": "missing",
        "nul\0.html": "missing",
    }
    others |= {"x" * 300: "unreadable"} | (
        {memory: "unreadable"} if Path(memory := "/proc/self/mem").exists() else {}
    )
    items = unreadable(read(*(tmp_path / name for name in (*oddities, *others))))
    assert [item.reason for item in items] == [*oddities.values(), *others.values()]
    named = [item.message for item in items if item.reason == "not_a_file"]
    assert named == [f"a {what}, not a file" for what in ("named pipe", "named pipe", "socket", "device")]


def test_folders_may_nest_deeper_than_calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(1100):
        Path("d").mkdir()
        os.chdir("d")
    Path("page.html").write_text("deep")
    assert bodies(read(tmp_path)) == [b"deep"]
    Path("page.html").unlink()
    for _ in range(1100):  # the usual ways of removing folders do not reach so deep either
        os.chdir("..")
        Path("d").rmdir()


def test_a_line_beyond_the_limit_costs_itself_only(tmp_path: Path) -> None:
    with (tmp_path / "long.jsonl").open("wb") as file:
        file.write(b'{"id": "before", "text": "1"}\n')
        file.seek(MAX_LINE_BYTES + 5_000_000, io.SEEK_CUR)
        file.write(b'\n{"id": "after", "text": "2"}\n')
    items = read(tmp_path)
    assert names(items) == ["before", "long.jsonl:2", "after"]
    assert reasons(items) == {"long.jsonl:2": "broken_line"}


def test_every_key_of_a_line_arrives(tmp_path: Path) -> None:
    line = {
        "id": 7, "body": "<p>b</p>", "html": "ignored", "url": "https://example.org/a",
        "headers": {"Content-Type": "text/html; charset=utf-8"}, "fetched_at": "2026-11-01T10:00:00Z",
        "unknown": [1, 2],
    }  # fmt: skip
    (tmp_path / "a.jsonl").write_text(json.dumps(line) + "\n" + json.dumps({"html": "<p>h</p>"}))
    first, second = pages(read(tmp_path / "a.jsonl"))
    assert (first.source.kind, first.source.name, first.body, first.media) == ("jsonl", "7", "<p>b</p>", None)
    assert (first.url, first.fetched_at) == ("https://example.org/a", "2026-11-01T10:00:00Z")
    assert first.content_type == "text/html; charset=utf-8"
    assert (second.body, second.media) == ("<p>h</p>", "html")


@pytest.mark.parametrize(
    "broken",
    [b"{", b"[]", b"null", b'{"body": 5}', b'{"text": "t", "url": 1}', b'{"text": "\xff"}', b"[" * 5000],
)  # fmt: skip
def test_a_broken_line_costs_itself_only(tmp_path: Path, broken: bytes) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"text": "1"}\r\n\n' + broken + b'\n{"text": "2"}')
    items = read(tmp_path / "a.jsonl")
    assert bodies(items) == ["1", "2"]
    assert reasons(items) == {f"{tmp_path}/a.jsonl:3": "broken_line"}


ANY_TEXT = st.text(st.characters(exclude_categories=[]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.fixed_dictionaries({"text": ANY_TEXT, "id": ANY_TEXT.filter(bool)}), max_size=8),
    st.booleans(),
)
def test_any_text_is_read_from_json_lines(
    tmp_path: Path, lines: list[dict[str, str]], ascii_only: bool
) -> None:
    file = tmp_path / "any.jsonl"
    text = "".join(json.dumps(line, ensure_ascii=ascii_only) + "\n" for line in lines)
    file.write_bytes(text.encode("utf-8", "strict" if ascii_only else "replace"))
    items = read(file)
    expected = [line["text"] for line in lines]
    if not ascii_only:
        expected = [text.encode("utf-8", "replace").decode() for text in expected]
    assert bodies(items) == expected
    for item in items:
        item.source.name.encode()  # fit for a record


@pytest.mark.parametrize(
    ("content", "input_", "expected"),
    [
        (b'\xef\xbb\xbf{"text": "1"}\n{"text": "2"}\n', Input.AUTO, ["1", "2"]),
        (b'{"name": "no page"}\nrest', Input.AUTO, [b'{"name": "no page"}\nrest']),
        (b'{"text": "1"}\n', Input.HTML, [b'{"text": "1"}\n']),
        (b"", Input.AUTO, [b""]),
        (b"", Input.JSONL, []),
    ],
)
def test_standard_input(
    content: bytes, input_: Input, expected: list[bytes | str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pipe(monkeypatch, content)
    assert bodies(read("-", input_=input_)) == expected


@pytest.mark.parametrize(
    ("input_", "media", "kind"),
    [(Input.AUTO, "text", "jsonl"), (Input.HTML, "html", "file"), (Input.TEXT, "text", "file"), (Input.JSONL, "text", "jsonl")],
)  # fmt: skip
def test_the_option_input_is_followed(tmp_path: Path, input_: Input, media: str | None, kind: str) -> None:
    (tmp_path / "a.html").write_text('{"text": "1"}\n')
    page = only_page(read(tmp_path, input_=input_))
    assert (page.media, page.source.kind) == (media, kind)
    fault = only_unreadable(read(tmp_path, input_=Input.WARC))
    assert (fault.source.kind, fault.reason) == ("warc", "damaged")


LINE = {"html_content": "<p>b</p>", "link": "https://a/", "body": {"any": 1}, "html": 5, "text": "t", "id": "one"}  # fmt: skip


MESSAGE = (
    b"From: Hetty Quarles <hetty@courier.example>\nSubject: Ferry resumes\n"
    b"Date: Fri, 6 Nov 2026 10:00:00 +0000\n\nThe ferry sails.\n"
)
MAILBOX = b"From hetty@courier.example Fri Nov  6 10:00:00 2026\n" + MESSAGE
DOCUMENT = b"<!-- saved -->\n<!DOCTYPE html>\n<html><head><title>Ferry</title></head><body><p>It sails.</p></body></html>\n"


@pytest.mark.parametrize(("name", "content", "kinds"), [
    ("a.html", MESSAGE, ["mail"]), ("a.txt", MAILBOX + b"\n" + MAILBOX, ["mail", "mail"]), ("a", MESSAGE, ["mail"]),
    ("a.txt", b'[{"html": "<p>one</p>"}, {"html": "<p>two</p>"}]', ["json", "json"]),
    ("a.html", b'\xef\xbb\xbf {"html":\n "<p>one</p>"}', ["json"]),
    ("a.md", b'{"html": "<p>one</p>"}\n{"html": "<p>two</p>"}\n', ["jsonl", "jsonl"]),
    # texts that begin with markup, JSON or the headers of a memo
    ("a.txt", b'{"ferry": true} is how our story begins.', ["file"]), ("a.txt", b"[1] A footnote comes first.", ["file"]),
    ("a.txt", b"From: the port\nDate: Friday\nSubject: ferry\n\nThe ferry sails.\n", ["file"]),
    ("a.txt", b"From the port, with love\nOdo: The ferry sails.\n\nHetty: It does.\n", ["file"]),
    ("a.txt", b"From: Odo Marsh\nTo: all (staff@port.example)\nDate: 6 November\n\nThe ferry sails.\n", ["file"]),
])  # fmt: skip
def test_what_a_file_is_its_beginning_says(
    tmp_path: Path, name: str, content: bytes, kinds: list[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    found = [page.source for page in pages(read(tmp_path))]
    assert [source.kind for source in found] == kinds
    many = [f"{name}:{number}" for number in range(1, len(kinds) + 1)]
    assert [source.name for source in found] == (many if len(kinds) > 1 else [name])
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(name, content)
    assert [page.source.kind for page in pages(read(tmp_path / "all.zip"))] == kinds


@pytest.mark.parametrize(("content", "is_html"), [
    (DOCUMENT, True), (DOCUMENT.decode().encode("utf-16"), True), (b"\xef\xbb\xbf" + DOCUMENT, True),
    (b"<html> is the element around all others.\nFew write it by hand.", False),
    (DOCUMENT + b"This is the smallest page there is.", False), (b"", False),
])  # fmt: skip
def test_an_html_document_in_a_text_file_is_html(tmp_path: Path, content: bytes, is_html: bool) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    assert only_page(read(tmp_path)).content_type == ("text/html" if is_html else "text/plain")


@pytest.mark.parametrize("name", ["a.md", "a.txt", "a.mdown", "-"])
def test_a_text_with_front_matter_is_markdown(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = b"---\ntitle: Ferry\nurl: https://courier.example/ferry\n---\nIt sails.\n"
    pipe(monkeypatch, content)
    (tmp_path / "a.md").write_bytes(content)
    (tmp_path / "a.md").rename(tmp_path / name)
    page = only_page(read("-" if name == "-" else tmp_path / name))
    assert (page.content_type, page.url) == ("text/markdown", "https://courier.example/ferry")
    assert only_page(read(tmp_path / name, input_=Input.TEXT)).url is None


def test_fields_may_have_other_names(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(LINE) + "\n" + json.dumps({"body": "no page"}) + "\n")
    fields = parse_field_names(["body=html_content", "url=link"])
    page, without = read_pages([str(tmp_path / "a.jsonl")], fields=fields)
    assert isinstance(page, Page)
    assert (page.body, page.url, page.source.name) == ("<p>b</p>", "https://a/", "one")
    assert isinstance(without, Unreadable)
    assert (without.reason, without.message) == (
        "no_page",
        "line 2: the object has none of html_content; it has body (name them with --field FIELD=NAME)",
    )


def test_a_page_in_markdown_is_read_as_such_and_where_there_is_none_in_html(tmp_path: Path) -> None:
    lines = (
        {"raw_markdown": "# Ferries stop"},
        {"markdown": "*Ferries* stop", "content_type": "text/html", "url": "https://a/"},
        {"html": "<p>b</p>", "markdown": {"raw_markdown": "b"}},
    )
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "b.csv").write_text(f"url,markdown\nhttps://b/,# Trams {'stop ' * 60}\n")
    (tmp_path / "c").write_text("# Trains stop")
    pages = [*read_pages([str(tmp_path / "a.jsonl"), str(tmp_path / "b.csv")])]
    pages += read_pages([str(tmp_path / "c")], input_=Input.MARKDOWN)
    found = [(page.content_type, page.media) for page in pages if isinstance(page, Page)]
    assert found == [("text/markdown", None)] * 2 + [(None, "html")] + [("text/markdown", None)] * 2


def test_fields_of_a_line_without_a_page_are_reported(tmp_path: Path) -> None:
    lines = ({f"f{n}": n for n in range(12)}, {"one": "x"}, {})
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, lines)))
    many, single, none = (item.message for item in unreadable(read(tmp_path)))
    assert (
        "html, text, markdown; it has f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, … (name them with --field"
        in many
    )
    assert "none of body, html, text, markdown; it has one (name them with --field" in single
    assert none == "line 3: the object has none of body, html, text, markdown"


def test_a_line_of_too_many_values_costs_itself_only(tmp_path: Path) -> None:
    nested = b'{"text": "\\ud800", "x": [' + b"[]," * 5_000_000 + b"[]]}"
    (tmp_path / "a.jsonl").write_bytes(nested + b'\n{"text": "2"}')
    items = read(tmp_path)
    assert names(items) == ["a.jsonl:1", "a.jsonl:2"]
    assert reasons(items) == {"a.jsonl:1": "broken_line"}


def test_standard_input_may_have_other_names(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe(monkeypatch, json.dumps(LINE).encode() + b"\n")
    page = only_page(read_pages(["-"], fields=parse_field_names(["text=html_content"])))
    assert (page.body, page.media) == ("<p>b</p>", "text")


@pytest.mark.parametrize(("name", "content", "place"), [
    ("a.jsonl", '{"text": "one"}\n{"text": "zwölf"}\n', "line 2: not UTF-8, as JSON has to be, at byte 13"),
    ("a.json", '[\n{"text": "zwölf"}]', "not UTF-8, as JSON has to be, at byte 13 of line 2"),
])  # fmt: skip
def test_json_in_another_encoding_says_so(tmp_path: Path, name: str, content: str, place: str) -> None:
    (tmp_path / name).write_bytes(content.encode("cp1252"))
    (fault,) = unreadable(read(tmp_path / name))
    assert (fault.message, fault.status) == (f"{place}; convert it to UTF-8", "failed")
