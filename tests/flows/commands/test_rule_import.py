"""``copydesk rules import``: site files of FiveFilters and wallabag, a hundred composed here, and faulty ones."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import Copydesk
from processor_time import bounded
from site_file_layouts import Site, sites

from copydesk.flows.config.site_files import read_site_files

SITES = {site.host: site for site in sites()}


def write_files(folder: Path) -> None:
    folder.mkdir()
    for number, site in enumerate(SITES.values()):
        # as they are called: with www. and capitals, too
        name = f"www.{site.host.upper()}" if number % 10 == 0 else site.host
        (folder / f"{name}.txt").write_text(site.file)


@pytest.mark.slow
def test_a_hundred_site_files_give_what_they_say(invoke: Copydesk, tmp_path: Path) -> None:
    write_files(tmp_path / "files")
    run = invoke("rules", "import", "files", "--write")
    assert run.returncode == 0, run.stderr
    assert b"100 rules of site files" in run.stderr
    named = run.stderr.decode().splitlines()
    expected = sum(len(site.refused) for site in SITES.values())
    assert sum(".txt:" in line for line in named) == expected
    for site in SITES.values():
        for number, why in site.refused:
            start = f"{site.host}.txt:{number}: ".lower()
            assert any(start in line.lower() and why in line for line in named), (start, why)
    (tmp_path / "pages").mkdir()
    for site in SITES.values():
        (tmp_path / "pages" / f"{site.host}.html").write_text(site.page)
    run = invoke("clean", "pages", "--format", "jsonl")
    records = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(records) == len(SITES), run.stderr
    wrong = [
        difference
        for record in records
        for difference in differences(
            SITES[record["canonical_url"].split("/")[2].removeprefix("www.")], record
        )
    ]
    assert not wrong, wrong


def differences(site: Site, record: dict[str, Any]) -> list[str]:
    """What of a record is not what its site has."""
    own = f"own.{site.host.replace('.', '-')}"
    removed = {one["text"] for one in record["removed"]}
    is_right = {
        "title": record["title"] == site.title,
        "authors": [author["name"] for author in record["authors"]] == list(site.authors),
        "date_published": record["date_published"] == site.date,
        "text": record["text"] == "\n\n".join(site.inside),
        "field_origins": {record["field_origins"][key] for key in ("title", "authors", "date_published")}
        == {own},
        "removed": removed.issuperset(site.outside),
    }
    return [f"{site.host}: {key}: {record.get(key)!r}" for key, right in is_right.items() if not right]


def test_files_that_cannot_be_read_are_named_and_the_others_imported(
    invoke: Copydesk, tmp_path: Path
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "ferry.example.txt").write_text("\ufeffbody: //main\r\nstrip: //div[\r\n", "utf-8")
    (files / "latin.example.txt").write_bytes(b"body: //caf\xe9")
    (files / "folder.example.txt").mkdir()
    (files / "large.example.txt").write_bytes(b"#" * 300_000)
    (files / "gone.example.txt").symlink_to("nowhere")
    (files / "README.md").write_text("Site files")
    (files / "empty.example.txt").write_text("# nothing\n")
    os.mkfifo(files / "pipe.example.txt")
    run = invoke("rules", "import", "files")
    assert [line for line in run.stderr.decode().splitlines() if "; nothing is written" not in line] == [
        "README.md: is no site file, whose name is a host: example.org.txt",
        "empty.example.txt: says nothing that becomes a rule",
        "ferry.example.txt:2: strip: '//div[' is no path: Invalid expression",
        "folder.example.txt: cannot be read: is a directory",
        "gone.example.txt: cannot be read: no such file or directory",
        "large.example.txt: has 300,000 bytes; a site file has at most 200,000",
        "latin.example.txt: is not in UTF-8",
        "pipe.example.txt: cannot be read: is a named pipe, a socket or a device, and no file",
    ]
    [rule] = tomllib.loads(run.stdout.decode())["rule"]
    assert (rule["name"], rule["sites"], rule["content"]) == ("ferry-example", ["ferry.example"], ["//main"])
    assert not (tmp_path / "copydesk.toml").exists()


def test_as_json_errors_are_for_programs_too(invoke: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "ferry.example.txt").write_text("body: //main\ntidy: no\ntest_url: https://ferry.example/\n")
    for options in (("rules", "--json", "import"), ("rules", "import", "--json")):
        shown = json.loads(invoke(*options, "ferry.example.txt").stdout)
        assert [rule["name"] for rule in shown["rules"]] == ["ferry-example"]
        assert [(one["file"], one["line"]) for one in shown["unsupported"]] == [("ferry.example.txt", 2)]
        assert (shown["notes"], shown["known"]) == (1, 0)


def test_a_second_import_adds_what_is_new(invoke: Copydesk, tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / ".ferry.example.txt").write_text("body: //main\n")
    assert invoke("rules", "import", "files", "--write").returncode == 0
    (files / "quay.ferry.example.txt").write_text("body: //article\n")
    run = invoke("rules", "import", "files", "--write")
    assert (
        run.stderr == b"1 rule of site files; 1 left out, whose names the settings have already; "
        b"added to copydesk.toml\n"
    )
    names = [rule["name"] for rule in tomllib.loads((tmp_path / "copydesk.toml").read_text())["rule"]]
    assert names == ["ferry-example", "quay-ferry-example"]
    assert b"own.quay-ferry-example" in invoke("rules", "own").stdout


@pytest.mark.parametrize(("files", "message"), [
    ((), "folder: has no site files, such as example.org.txt"),
    (None, "folder: no such file or folder"),
])  # fmt: skip
def test_nothing_to_import_is_an_error(
    invoke: Copydesk, tmp_path: Path, files: tuple[str, ...] | None, message: str
) -> None:
    if files is not None:
        (tmp_path / "folder").mkdir()
    run = invoke("rules", "import", "folder")
    assert run.returncode == 2
    assert message in run.stderr.decode()


def test_of_two_files_that_find_something_the_narrower_wins(tmp_path: Path) -> None:
    for name in ("ferry.example", "quay.ferry.example", "a-b.example", "a.b.example"):
        (tmp_path / f"{name}.txt").write_text("body: //main\n")
    read = read_site_files(tmp_path)
    assert [(rule.name, rule.sites) for rule in read.rules] == [
        ("a-b-example-2", ("a.b.example",)),
        ("quay-ferry-example", ("quay.ferry.example",)),
        ("a-b-example", ("a-b.example",)),
        ("ferry-example", ("ferry.example",)),
    ]


@pytest.mark.parametrize(("line", "content"), [
    ("body: html/body/div | html/body/p", "/html/body/div | /html/body/p"),
    ("body://main|//p[a | b or . = 'a | b']", "//main | //p[a | b or . = 'a | b']"),
    ("  body : (//main | //article)[1] ", "(//main | //article)[1]"),
])  # fmt: skip
def test_each_half_of_a_union_is_from_the_document(tmp_path: Path, line: str, content: str) -> None:
    (tmp_path / "ferry.example.txt").write_text(line)
    [rule] = read_site_files(tmp_path).rules
    assert rule.content == (content,)


@pytest.mark.parametrize(
    "line", ["strip: aside.promo", "body: //main | p", "body: div | p", "title: html.hed"]
)
def test_what_finds_nothing_from_the_document_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "ferry.example.txt").write_text(f"body: //article\n{line}\n")
    [problem] = read_site_files(tmp_path).unsupported
    assert problem.line == 2
    assert "is no path of XPath from the document" in problem.problem


@pytest.mark.parametrize("line", [
    f"a{' ' * 180_000}b", f"a({') ' * 90_000}", f"a{'()' * 90_000}", f"body: {'a' * 49_000}",
])  # fmt: skip
def test_the_time_of_a_line_grows_with_its_length(tmp_path: Path, line: str) -> None:
    (tmp_path / "ferry.example.txt").write_text(line)
    with bounded(50):
        assert read_site_files(tmp_path).unsupported
