"""What the sources that a run names are: files, URLs, lists; and which of them have nothing to read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from copydesk.flows.config.source_plan import SourcePlan, plan_archive, plan_sources
from copydesk.flows.errors import SettingsError
from copydesk.flows.sources.catalogue import DiskSource, Input

NOW = datetime(2026, 11, 8, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def planned(*names: str, environment: dict[str, str] | None = None, **options: Any) -> SourcePlan:
    return plan_sources(names, now=NOW, environment=environment or {}, **options)


def source(name: str, kind: str, address: str, more: str = "") -> str:
    return f'[[source]]\nname = "{name}"\nkind = "{kind}"\naddress = "{address}"\n{more}\n'


def test_duplicate_names_are_read_once_in_the_order_named() -> None:
    Path("pages").mkdir()
    urls = ("HTTPS://Paper.Example:443/a#top", "https://paper.example/a", "http://paper.example/a")
    found = planned("b.html", urls[0], "pages", "b.html", *urls[1:])
    assert found.local == ["b.html", "pages"]
    assert [(source.kind, source.addresses) for source in found.web] == [("url", (url,)) for url in urls[1:]]
    assert found.folders_of_lists == set()


def test_an_address_with_credentials_is_reported_without_them() -> None:
    with pytest.raises(SettingsError, match="URL: holds a user or password") as caught:
        planned("https://user:hunter2@paper.example/")
    assert "hunter2" not in str(caught.value)


def test_a_source_of_the_web_is_as_its_list_says() -> None:
    more = (
        'every = "1h"\nlimit = 5\nsince = "2d"\nlanguage = "de"\npolicy = "record"\ncookies = true\nfetch = "browser"\n'
        'allow_private = ["LOCALHOST:8080"]\npace_seconds = 2.5\nheaders = { Authorization = "Bearer ${TOKEN}" }'
    )
    Path("list.toml").write_text(source("courier", "feed", "https://paper.example/feed#x", more))
    (one,) = planned("list.toml", environment={"TOKEN": "secret"}).web
    assert (one.name, one.kind, one.addresses) == ("courier", "feed", ("https://paper.example/feed",))
    assert (one.limit, one.since, one.language) == (5, NOW - timedelta(days=2), "de")
    assert (one.respects_denials, one.cookies, one.uses_browser, one.pace_seconds) == (False, True, True, 2.5)
    assert one.allowed == frozenset({"localhost:8080"})
    assert one.headers == {"Authorization": "Bearer secret"}
    assert one.plan is not None
    assert one.plan.every_seconds == 3_600


def test_sources_that_only_record_are_named_and_disabled_ones_reported() -> None:
    Path("list.toml").write_text(
        source("one", "url", "https://a.example/", 'policy = "record"')
        + source("two", "url", "https://b.example/")
        + source("three", "url", "https://c.example/", "enabled = false")
    )
    Path("empty.toml").write_text("# nothing yet\n")
    found = planned("list.toml", "empty.toml")
    assert found.recording == {"one"}
    assert [(one.name, one.kind, one.is_intended) for one in found.skipped] == [
        ("three", "url", True),
        ("empty.toml", "list", False),
    ]
    assert [one.name for one in found.web] == ["one", "two"]


def test_sources_on_the_disk_are_read_by_their_kind_relative_to_the_list() -> None:
    Path("lists/pages").mkdir(parents=True)
    for name in ("lists/b.jsonl", "lists/a.jsonl", "lists/x.warc"):
        Path(name).write_text("")
    Path("lists/list.toml").write_text(
        source("lines", "jsonl", "*.jsonl", 'limit = 3\nfields = { html = "content" }')
        + source("crawl", "warc", "x.warc")
        + source("saved", "folder", "pages", 'language = "fr"')
        + source("none", "file", "missing-*.html")
    )
    lines, crawl, saved, none = planned("lists/list.toml").local
    assert isinstance(lines, DiskSource)
    assert isinstance(crawl, DiskSource)
    assert isinstance(saved, DiskSource)
    assert isinstance(none, DiskSource)
    assert (lines.paths, lines.limit) == (("lists/a.jsonl", "lists/b.jsonl"), 3)
    assert (lines.reading.input, lines.reading.fields.html) == (Input.JSONL, "content")
    assert (crawl.reading.input, crawl.kind, crawl.folder) == (Input.WARC, "warc", "lists/")
    assert (saved.paths, saved.language, saved.reading.input) == (("lists/pages",), "fr", Input.AUTO)
    assert none.paths == ()


def test_a_file_of_addresses_is_one_source_of_pages() -> None:
    Path("list.toml").write_text(source("many", "urls", "*.txt"))
    Path("a.txt").write_text(
        "\ufeffHTTPS://A.Example/1#x\n\n # a remark\n  https://a.example/2  \nhttps://a.example/1\n", "utf-8"
    )
    Path("b.txt").write_text("https://a.example/3\r\n")
    (one,) = planned("list.toml").web
    assert (one.kind, one.addresses) == ("url", tuple(f"https://a.example/{number}" for number in (1, 2, 3)))


def test_a_wrong_line_is_skipped_and_reported_with_its_place() -> None:
    Path("list.toml").write_text(source("many", "urls", "a.txt"))
    Path("a.txt").write_text("https://a.example/\nftp://a.example/\n\nhttps://b.example/\n")
    plan = planned("list.toml")
    assert [one.addresses for one in plan.web] == [("https://a.example/", "https://b.example/")]
    (left_out,) = plan.skipped
    assert (left_out.name, left_out.is_failure) == ("a.txt:2", True)
    assert left_out.why == "skipped: 'ftp://a.example/' is no URL; did you mean https://a.example/?"


@pytest.mark.parametrize(
    ("content", "shown"),
    [(b"no address\nnor this\n", "no address"), (b"\xff\xfe\n", "\N{REPLACEMENT CHARACTER}" * 2)],
)
def test_a_file_without_any_url_is_refused(content: bytes, shown: str) -> None:
    Path("list.toml").write_text(source("many", "urls", "a.txt"))
    Path("a.txt").write_bytes(content)
    with pytest.raises(SettingsError, match=f"a.txt:1: '{shown}' is no URL"):
        planned("list.toml")


RULE = '[[source.rule]]\nname = "kiosk"\nlabel = "ad"\nreason = "its kiosk"\ncss = ["aside"]\n'


def test_rules_of_a_source_are_for_its_site_unless_they_name_others() -> None:
    Path("list.toml").write_text(
        source("one", "feed", "https://paper.example/feed", RULE)
        + source("two", "folder", "pages", RULE.replace("kiosk", "mast") + 'sites = ["a.example"]\n')
        + source("off", "url", "https://off.example/", "enabled = false\n" + RULE.replace("kiosk", "off"))
    )
    assert [(rule.name, rule.sites) for rule in planned("list.toml").rules] == [
        ("kiosk", ("paper.example",)),
        ("mast", ("a.example",)),
    ]
    # in an archive are pages of those that are switched off now, too
    archive = plan_archive(Path("archive"), ["list.toml", "https://a.example/", "page.html"])
    assert [rule.name for rule in archive.rules] == ["kiosk", "mast", "off"]
    assert (archive.local, archive.web, archive.recording) == (["archive"], [], set())


def test_a_rule_needs_a_site() -> None:
    Path("list.toml").write_text(source("saved", "folder", "pages", RULE))
    problem = r"list.toml:1: rule 'kiosk': which sites is it for\? give it sites"
    with pytest.raises(SettingsError, match=problem):
        planned("list.toml")


def test_a_folder_is_read_for_its_pages_and_its_lists() -> None:
    Path("seeds").mkdir()
    assert planned("seeds").folders_of_lists == set()
    Path("seeds/papers.toml").write_text(source("one", "url", "https://a.example/", 'policy = "record"'))
    found = planned("seeds")
    assert found.local == ["seeds"]
    assert [one.name for one in found.web] == ["one"]
    assert found.folders_of_lists == {"seeds"}
    assert plan_archive(Path("archive"), ["seeds"]).recording == {"one"}
