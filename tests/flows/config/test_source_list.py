"""Lists of sources: what they may hold, how mistakes are reported, and that adding one changes nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from conftest import HANG_SECONDS, Copydesk

from copydesk.cleaners.types import Label, UserRule
from copydesk.flows.commands.sources import guess_kind, listing
from copydesk.flows.config.source_entry import (
    KINDS,
    SourceEntry,
    read_entry,
)
from copydesk.flows.config.source_list import append_source, read_source_list, read_source_lists
from copydesk.flows.config.source_plan import plan_sources
from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.schedule import Plan

EXAMPLE = Path(__file__).parents[3] / "seeds" / "sources.example.toml"
COURIER = '[[source]]\nname = "courier"\nkind = "feed"\naddress = "https://courier.example/feed.xml"\n'
NOW = datetime(2026, 11, 21, 6, tzinfo=UTC)


@pytest.fixture
def list_file(tmp_path: Path) -> Path:
    return tmp_path / "sources.toml"


def error_of(path: Path, text: str) -> str:
    """The error message for a list, without the name of the folder."""
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_source_list(path)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message.removeprefix(f"{path.parent}/")


def test_the_example_shows_every_kind_and_is_not_read_unless_named() -> None:
    listed = read_source_list(EXAMPLE)
    assert {entry.kind for entry in listed.sources} == set(KINDS)
    shown = {
        field.name
        for entry in listed.sources
        for field in msgspec.structs.fields(entry)
        if getattr(entry, field.name) != field.default
    }
    assert shown == set(SourceEntry.__struct_fields__)
    assert read_source_lists([EXAMPLE.parent]) == ()


@pytest.mark.parametrize(
    ("since", "moment"),
    [
        ('"24h"', NOW - timedelta(hours=24)),
        ('"7d"', NOW - timedelta(days=7)),
        ('"999999d"', datetime.min.replace(tzinfo=UTC)),
        ('"2026-11-01"', datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01", datetime(2026, 11, 1, tzinfo=UTC)),
        ("2026-11-01T06:00:00+02:00", datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ],
)
def test_since_is_a_span_or_a_date(list_file: Path, since: str, moment: datetime | None) -> None:
    list_file.write_text(f"{COURIER}since = {since}\n")
    assert read_source_list(list_file).sources[0].since_at(NOW) == moment


WRONG_KEYS = [
    ('fields = "body"', 'fields: expected a table, such as { body = "html_content", url = "link" }'),
    ("fields = {}", "fields: expected a table"),
    ('fields = { bdoy = "x" }', "fields: unknown field 'bdoy'; did you mean body?"),
    ('fields = { body = "x" }', "fields: pages of kind feed have none; it is for folder, jsonl, file"),
    ('colour = "x"', "colour: unknown key; known are name, kind, address"),
    ('langauge = "x"', "langauge: unknown key; did you mean language?"),
    ('schedule = "1h"', "schedule: unknown key; write every = \"1h\" or cron = "),
    ("language = 3", 'language: expected a text; write "3"'),
    ('language = "English"', "language: 'English' is no code of a language (BCP 47); expected one like en, "),
    ("limit = 0", "limit: expected a number of pages, 1 or more; "),
    ('limit = "50"', "limit: expected a number of pages, 1 or more; "),
    ('every = "soon"', "every: 'soon': expected a number and s, m, h or d, such as 30s, 15m, 1h, 1d"),
    ('every = "1s"', "every: '1s': a run takes about 5 s to start; the shortest interval is 5s"),
    ('since = "yesterday"', "since: 'yesterday': expected a span such as 24h or 7d, or a date such as "),
    ("since = 06:00:00", "since: expected a text"),
    ('policy = "respekt"', "policy: unknown policy 'respekt'; did you mean respect?"),
    ('allow_private = "localhost:80"', 'allow_private: expected a list, such as ["localhost:8080"]'),
    ('allow_private = ["http://wiki/"]', "allow_private: 'http://wiki/': expected a host and its port, such as wiki:"),
    ("pace_seconds = nan", "pace_seconds: expected a number of seconds, 0 or more"),
    ("pace_seconds = true", "pace_seconds: expected a number of seconds, 0 or more"),
    ("pace = 2", "pace: unknown key; did you mean pace_seconds?"),
    ('headers = ["A: b"]', "headers: expected a table, such as { Authorization = "),
    ('fetch = "curl"', "fetch: unknown way to fetch 'curl'; known are http, browser"),
    ('enabled = "no"', "enabled: expected true or false, without quotation marks"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "problem"), WRONG_KEYS)
def test_a_wrong_key_is_reported_with_its_line(list_file: Path, line: str, problem: str) -> None:
    before = '# [[source]]\n[[source]]\nname = "other"\nkind = "folder"\naddress = "pages"\n\n'
    message = error_of(list_file, f"{before}{COURIER}\n# {line}\n{line}\n")
    assert message.startswith(f"sources.toml:13: source 'courier': {problem}")
    assert "secret" not in message


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('kind = "feed"\n', "", ":1: source 'courier': kind is missing; required: name, kind, address"),
        ('name = "courier"\n', "", ":1: source 1: name is missing; "),
        ('"courier"', '"The Courier"', ":2: source 'The Courier': name: 'The Courier': expected small letters "),
        ('"courier"', "7", ":2: source 1: name: expected a text; write \"7\""),
        ('"feed"', '"fed"', ":3: source 'courier': kind: unknown kind 'fed'; did you mean feed?"),
        ('"feed"', '"RSS"', ":3: source 'courier': kind: unknown kind 'RSS'; did you mean feed?"),
        ('"feed"', '"folder"', ":4: source 'courier': address: 'https://courier.example/feed.xml' is a URL, and "),
        ("https://c", "c", ":4: source 'courier': address: 'courier.example/feed.xml' is no URL; did you mean https://courier.example/feed.xml?"),
        ("https://c", "feed://c", ":4: source 'courier': address: 'feed://courier.example/feed.xml' is no URL; did you mean https://courier.example/feed.xml?"),
        ("/feed", ":port/feed", ":4: source 'courier': address: 'https://courier.example:port/feed.xml' is no URL: "),
        ("/feed", "/my feed", ":4: source 'courier': address: 'https://courier.example/my feed.xml' is no URL: it has a space"),
        ("courier.example/", "/", ":4: source 'courier': address: 'https:///feed.xml' is no URL: it names no host; "),
        ("https://", "https://me:secret@", ":4: source 'courier': address: holds a user or password; put it into headers"),
        ("https://c", "ftp://me:secret@c", ":4: source 'courier': address: holds a user or password; "),
        ("[[source]]", "[[sources]]", ":1: unknown tables [[sources]]; did you mean [[source]]?"),
        ("[[source]]", "[source]", ":1: source: expected tables [[source]]"),
        ("[[source]]", "jobs = 4\n[[source]]", ":1: unknown key 'jobs'; a list holds tables [[source]] and one [schedule] alone"),
        ('kind = ', '"ki\\nd" = ', ":3: source 'courier': ki d: unknown key; did you mean kind?"),
        ('"feed"', "feed", ":3: invalid value"),
    ],
)  # fmt: skip
def test_a_wrong_list_is_reported_with_its_line(list_file: Path, old: str, new: str, problem: str) -> None:
    message = error_of(list_file, COURIER.replace(old, new, 1))
    assert message.startswith(f"sources.toml{problem}")
    assert "secret" not in message


RULE = '\n[[source.rule]]\nname = "kiosk"\nlabel = "ad"\nreason = "kiosk"\ncss = ["aside"]\n'
TWO_LISTS = COURIER.replace("courier", "other", 1) + COURIER + "\n"
FOLDER = '[[source]]\nname = "a"\nkind = "folder"\naddress = "pages"\n'
WARC = '[[source]]\nname = "a"\nkind = "warc"\naddress = "crawl.warc"\n'
WHEN = "sets when servers are requested, and files are read in every run; leave it out"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (FOLDER + '[source.headers]\nA = "b"\n', ":5: source 'a': headers: sets how pages are fetched, and those of kind folder are on the disk"),
        (COURIER + 'cron = "soon"\n', ":5: source 'courier': cron: 'soon': expected five fields"),
        (TWO_LISTS + RULE.replace('"ad"', '"adv"'), ":13: source 'courier': rule 'kiosk': label: unknown label 'adv'; did you mean ad?"),
        (TWO_LISTS + RULE.replace('label = "ad"\n', ""), ":11: source 'courier': rule 'kiosk': label is missing"),
        (TWO_LISTS + RULE.replace('["aside"]', '["aside["]'), ":15: source 'courier': rule 'kiosk': css: 'aside[' is no selector: "),
        (TWO_LISTS + RULE.replace("css", '"cs\\ns"'), ":15: source 'courier': rule 'kiosk': cs s: unknown key; did you mean css?"),
        (COURIER + RULE + RULE, ":13: source 'courier': rule 'kiosk': name: is already used"),
        (COURIER + 'rule = [{ name = "a" }]\n', ":5: source 'courier': rule 'a': label is missing"),
        ('source = [{ name = "a" }]\n', ":1: source 'a': kind is missing"),
        (COURIER + COURIER, ":5: source 'courier': the name is already used"),
        (COURIER + '[schedule]\nevery = "1h"\ncorn = "0 6 * * *"\n', ":7: schedule: corn: unknown key; did you mean cron?"),
        (COURIER + '[schedule]\ncron = "0 6 * * *"\ntimezone = "Paris"\n', ":7: schedule: timezone: 'Paris': expected the name"),
        (COURIER + '[[schedule]]\nevery = "1h"\n', ":5: schedule: expected one table [schedule]"),
        (WARC + 'every = "1h"\n', f":5: source 'a': every: {WHEN}"),
        (WARC + 'cron = "0 6 * * *"\n', f":5: source 'a': cron: {WHEN}"),
        (COURIER + 'every = "1h"\ncron = "0 6 * * *"\n', ":6: source 'courier': cron: there is every as well; give one of the two"),
        (COURIER + 'timezone = "Europe/Paris"\n', ":5: source 'courier': timezone: is that of cron, and there is none"),
        (COURIER + 'cron = "0 6 * * *"\ntz = "Europe/Paris"\n', ":6: source 'courier': tz: unknown key; did you mean timezone?"),
    ],
)  # fmt: skip
def test_rules_schedules_and_keys_that_exclude_each_other(list_file: Path, text: str, problem: str) -> None:
    assert error_of(list_file, text).startswith(f"sources.toml{problem}")


def test_a_file_that_is_not_utf_8_or_missing_is_reported(list_file: Path) -> None:
    list_file.write_bytes(b"# one\n# caf\xe9\n")
    with pytest.raises(SettingsError, match=r"sources\.toml:2: no UTF-8; save the list as UTF-8"):
        read_source_list(list_file)
    with pytest.raises(SettingsError, match=r"gone\.toml: no such file or folder"):
        read_source_lists([list_file.with_name("gone.toml")])


def test_names_are_used_once_in_all_lists(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(f"\n{COURIER}")
    (tmp_path / "b.toml").write_text(COURIER)
    with pytest.raises(SettingsError) as caught:
        read_source_lists([tmp_path])
    a, b = tmp_path / "a.toml", tmp_path / "b.toml"
    assert str(caught.value) == f"{b}:1: source 'courier': the name is already used in {a}:2"


def test_of_a_folder_its_lists_are_read(tmp_path: Path) -> None:
    for name in ("b.toml", "a.toml"):
        (tmp_path / name).write_text(COURIER.replace('"courier"', f'"{name}"'))
    for name in (".hidden.toml", "x.example.toml", "copydesk.toml", "pyproject.toml", "notes.txt"):
        (tmp_path / name).write_text("no list")
    lists = read_source_lists([tmp_path / "b.toml", tmp_path])
    assert [entry.name for listed in lists for entry in listed.sources] == ["b.toml", "a.toml"]


@pytest.mark.parametrize("before", [b"", b"# mine", b"# mine\r\n\r\n"])
def test_added_sources_leave_the_rest(list_file: Path, before: bytes) -> None:
    hostile = UserRule(
        "a-1", Label.AD, 'he said "no"\n\\ \x7f \u2028 # [[source]]', start=("back\\slash", 'no """ is')
    )
    own = SourceEntry(name="own", kind="file", address='no "name"\\ of [1] # one.html', rules=(hostile,))
    # the example has every key
    entries = (*read_source_list(EXAMPLE).sources, own)
    list_file.write_bytes(before)
    for entry in entries:
        known = list_file.read_bytes()
        append_source(list_file, entry)
        assert list_file.read_bytes().startswith(known)
    listed = read_source_list(list_file)
    assert listed.sources == entries
    lines = list_file.read_text().split("\n")
    assert [lines[line - 1] for line in listed.lines if line] == ["[[source]]"] * len(entries)


def test_a_list_that_cannot_take_one_stays_as_it_is(list_file: Path) -> None:
    entry = SourceEntry(name="courier", kind="url", address="https://a.example")
    for before, problem in (
        (COURIER, "there is a source 'courier' already; choose another name"),
        ("source = []\n", "its sources are written inline; make them tables"),
        ("[[source]]\n", "name is missing"),
    ):
        list_file.write_text(before)
        with pytest.raises(SettingsError, match=problem):
            append_source(list_file, entry)
        assert list_file.read_text() == before
    with pytest.raises(EnvironmentFault, match=r"cannot be written: .*nothing was added"):
        append_source(list_file / "below.toml", entry)
    undecodable = SourceEntry(name="a", kind="file", address=os.fsdecode(b"caf\xe9"))
    with pytest.raises(SettingsError, match="no UTF-8"):
        append_source(list_file.with_name("new.toml"), undecodable)
    assert not list_file.with_name("new.toml").exists()


ADDING = """
import sys
from pathlib import Path
from copydesk.flows.config.source_entry import SourceEntry
from copydesk.flows.config.source_list import append_source
for number in range(8):
    entry = SourceEntry(name=f"{sys.argv[2]}-{number}", kind="url", address="https://a.example")
    append_source(Path(sys.argv[1]), entry)
"""


@pytest.mark.slow
def test_two_that_add_at_once_lose_nothing(list_file: Path) -> None:
    running = [subprocess.Popen([sys.executable, "-c", ADDING, str(list_file), name]) for name in ("a", "b")]
    assert [process.wait(HANG_SECONDS) for process in running] == [0, 0]
    names = {entry.name for entry in read_source_list(list_file).sources}
    assert names == {f"{name}-{number}" for name in ("a", "b") for number in range(8)}


@pytest.mark.parametrize(
    ("kind", "addresses"),
    [
        ("feed", "https://a.example/feed.xml https://a.example/blog/feed/ https://a.example/rss"),
        ("feed", "https://a.example/feed.json?x=1"),
        ("sitemap", "https://a.example/sitemap.xml https://a.example/news-sitemap-1.xml.gz"),
        ("url", "https://a.example/feeding-the-cat https://[a https://a.example/?p=1 a.example/page"),
        ("site", "https://a.example https://a.example/"),
        ("folder", "inbox"),
        ("file", "inbox/page.html inbox/*.html"),
        ("jsonl", "gone/pages.jsonl.gz"),
        ("warc", "gone/crawl-*.WARC.gz"),
    ],
)
def test_the_kind_is_guessed_where_it_is_plain(empty_folder: Path, kind: str, addresses: str) -> None:
    (empty_folder / "inbox").mkdir()
    (empty_folder / "inbox" / "page.html").write_text("<p>Noon")
    assert {address: guess_kind(address) for address in addresses.split()} == dict.fromkeys(
        addresses.split(), kind
    )


def test_sources_are_added_listed_and_checked(invoke: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    run = invoke("sources", "add", "inbox", "inbox")
    assert (run.returncode, run.stdout) == (0, b"")
    assert run.stderr == b"seeds/sources.toml: added inbox, kind folder: ../inbox\n"
    # a number, of which no resolver is asked
    invoke("sources", "add", "courier", "https://8.8.8.8/feed.xml")
    assert invoke("sources", "list").stdout.decode().splitlines() == [
        "name     kind    address                   schedule  enabled",
        "inbox    folder  ../inbox                  -         yes",
        "courier  feed    https://8.8.8.8/feed.xml  -         yes",
    ]
    run = invoke("sources", "check", "--offline")
    assert (run.returncode, run.stderr) == (0, b"")
    assert run.stdout.decode().splitlines() == [
        "ok   inbox: seeds/../inbox",
        "ok   courier: https://8.8.8.8/feed.xml is well formed; it was not requested",
    ]
    assert invoke("ingest", "--dry-run", "inbox").returncode == 0


def test_missing_files_and_variables_are_reported(invoke: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>Noon")
    (tmp_path / "[page].html").write_text("<p>Noon")
    (tmp_path / "list.toml").write_text(
        COURIER + 'headers.A = "${NO_SUCH_TOKEN}"\n'
        '[[source]]\nname = "gone"\nkind = "jsonl"\naddress = "*.jsonl"\nenabled = false\n'
        '[[source]]\nname = "page"\nkind = "folder"\naddress = "page.html"\n'
        '[[source]]\nname = "pages"\nkind = "file"\naddress = "*.html"\n'
        '[[source]]\nname = "signs"\nkind = "file"\naddress = "[page].html"\n'
    )
    run = invoke("sources", "check", "list.toml")
    assert (run.returncode, run.stderr) == (1, b"")
    assert run.stdout.decode().splitlines() == [
        "FAIL courier: its headers use NO_SUCH_TOKEN, which is not set",
        "FAIL gone (not enabled): *.jsonl: nothing matches",
        "FAIL page: page.html: not a folder, which kind folder expects",
        "ok   pages: *.html: 2 files",
        "ok   signs: [page].html",
    ]


def test_as_json_with_file_and_line_and_without_values_of_headers(invoke: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "list.toml").write_text(COURIER + 'headers.A = "hush"\nevery = "1h"\n' + RULE)
    run = invoke("sources", "list", "--format", "json", "list.toml")
    shown: list[dict[str, Any]] = json.loads(run.stdout)
    assert [(one["name"], one["schedule"], one["headers"], one["where"]) for one in shown] == [
        ("courier", "every 1h", ["A"], "list.toml:1")
    ]
    assert shown[0]["rule"] == [{"name": "kiosk", "label": "ad", "reason": "kiosk", "css": ["aside"]}]
    assert b"hush" not in run.stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["list", "gone"], "gone: no such file or folder"),
        (["check", "wrong.toml"], "wrong.toml:2: source 1: nam: unknown key; did you mean name?"),
        (["list", "."], "wrong.toml:2: source 1: nam: unknown key; did you mean name?"),
        (["add", "a", "a.example/x"], "address: 'a.example/x' is no URL; did you mean https://a.example/x?"),
        (["add", "A b", "https://a.example"], "name: 'A b': expected small letters a to z, digits, dot, "),
        (["add", "a", "https://a.example", "--kind", "rss"], "kind: unknown kind 'rss'; did you mean feed?"),
        (["add", "a", "https://a.example", "--list", "x"], "--list x: expected a file x.toml: "),
        (["add", "a", "https://a.example", "--list", "new.toml"], "wrong.toml:2: source 1: nam: unknown key"),
    ],
)
def test_faults_in_one_line(invoke: Copydesk, tmp_path: Path, arguments: list[str], problem: str) -> None:
    (tmp_path / "wrong.toml").write_text('[[source]]\nnam = "a"\n')
    run = invoke("sources", *arguments)
    assert (run.returncode, run.stdout) == (2, b"")
    assert len(run.stderr.splitlines()) == 1
    assert run.stderr.decode().startswith(f"Error: {problem}")


def test_a_name_is_used_once_in_the_folder(invoke: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "list.toml").write_text(COURIER)
    run = invoke("sources", "add", "courier", "https://a.example", "--list", "other.toml")
    assert (
        run.stderr
        == b"Error: list.toml:1: there is a source 'courier' already; choose another name, or change that line\n"
    )
    assert not (tmp_path / "other.toml").exists()


def test_the_setting_of_the_same_name_still_holds(invoke: Copydesk, tmp_path: Path) -> None:
    (tmp_path / "copydesk.toml").write_text('sources = ["gone.html"]\n')
    assert invoke("ingest", "--dry-run").stderr == b"Error: gone.html: no such file or folder\n"
    (tmp_path / "copydesk.toml").write_text('[sources]\nlist = "a"\n')
    assert invoke("ingest", "--dry-run").stderr == (
        b"Error: copydesk.toml:2: sources: unknown key 'list'; there are no settings of this command\n"
    )


def test_a_schedule_is_that_of_the_list_and_its_zone_that_of_its_sources(list_file: Path) -> None:
    own = COURIER.replace("courier", "gazette") + 'cron = "0 7 * * *"\ntimezone = "Asia/Tokyo"\n'
    list_file.write_text(
        f'{COURIER}cron = "0 6 * * *"\n{own}\n[schedule]\nevery = "1h"\ntimezone = "Europe/Paris"\n'
    )
    listed = read_source_list(list_file)
    assert listed.schedule.plan == Plan(every_seconds=3_600)
    assert [listed.plan_of(source) for source in listed.sources] == [
        Plan(cron="0 6 * * *", timezone="Europe/Paris"),
        Plan(cron="0 7 * * *", timezone="Asia/Tokyo"),
    ]
    (first, _) = plan_sources([str(list_file)], now=NOW, environment={}).web
    assert first.plan == Plan(cron="0 6 * * *", timezone="Europe/Paris")
    # one more source does not move it
    append_source(list_file, read_entry({"name": "post", "kind": "url", "address": "https://post.example/"}))
    assert read_source_list(list_file).schedule == listed.schedule
    shown = listing([list_file], as_json=False)
    assert "cron 0 6 * * * (Europe/Paris)" in shown
    assert shown.endswith("sources.toml is served every 1h")
