"""What a run reports of its sources: each has a line, and one that yields nothing is a warning with its reason."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLE, Copydesk
from faulty_server import FaultyServer
from hypothesis import given, settings
from hypothesis import strategies as st
from web_runs import Site, feed, index, sitemap, titled

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.run.batches import Ingestion
from copydesk.flows.run.reporting.source_lines import SHOWN_SOURCES, as_lines, as_markdown
from copydesk.flows.source_tally import SourceTally


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, server: FaultyServer) -> Site:
    return Site(monkeypatch, server)


def lines_of(folder: Path, *sources: str, **options: Any) -> list[str]:
    """The lines of a run about its sources."""
    chosen = IngestOptions(sources=sources, output=folder / "out", jobs=1, **options)
    with Ingestion(chosen) as run:
        while not run.is_done:
            run.clean_batch()
    table = run.as_markdown()
    lines = [line for line in run.result().summary.split("\n") if line.startswith(("source ", "warning: "))]
    assert all(f"| `{tally.name}` |" in table for tally in run.sources)
    for tally in run.sources:
        assert tally.requested == tally.read + tally.spared + tally.rejected + tally.failed
        assert tally.listed == tally.requested + tally.left_out.total()
        assert tally.became.total() <= tally.requested
    return lines


def pages(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_text(ARTICLE.replace("clock", name.partition(".")[0]), "utf-8")
    return folder


def written(folder: Path, server: FaultyServer, *tables: str) -> str:
    file = folder / "sources.toml"
    network = f'allow_private = ["{server.netloc}"]\npace_seconds = 0\n'
    of_web = [network if "http" in table or "urls" in table else "" for table in tables]
    file.write_text(
        "".join(f"[[source]]\n{table}\n{more}\n" for table, more in zip(tables, of_web, strict=True))
    )
    return str(file)


@pytest.mark.slow
def test_every_source_has_a_line_and_one_without_pages_a_warning(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    server = site.server
    server.robots = (200, b"User-agent: *\nDisallow: /closed\n")
    dated = site.put("/art/dated", titled("dated"))
    courier = [site.put(f"/art/{n}", titled(f"{n}")) for n in range(5)]
    valley = (site.put("/art/v", titled("valley")), server.url("/status/404"))
    parts = [site.put(f"/map/{n}", sitemap(server.url(f"/page?{n}"))) for n in "ab"]
    lists = {
        "courier": site.put("/map/courier", sitemap(*courier)),
        "valley": site.put("/map/valley", feed(*valley)),
        "silent": site.put("/map/silent", feed()),
        "gone": server.url("/status/410"),
        "closed": server.url("/closed/feed"),
        "old": site.put("/map/old", sitemap(server.url("/page?old"), lastmod="2020-01-01")),
        "river": site.put("/map/river", sitemap(site.put("/art/river", titled("river")))),
        "parts": site.put("/map/parts", index(*parts)),
        "daily": site.put("/map/daily", sitemap(dated, lastmod="2026-01-01")),
    }
    kinds = {"valley": "feed", "silent": "feed", "gone": "feed", "closed": "feed"}
    more = {
        "parts": "limit = 1",
        "courier": "limit = 2",
        "old": 'since = "2021-01-01"',
        "daily": 'every = "1d"',
    }
    tables = [
        f'name = "{name}"\nkind = "{kinds.get(name, "sitemap")}"\naddress = "{url}"\n{more.get(name, "")}'
        for name, url in lists.items()
    ]
    (tmp_path / "none.txt").write_text("# none yet\n")
    tables += [
        'name = "urls"\nkind = "urls"\naddress = "none.txt"',
        f'name = "off"\nkind = "folder"\naddress = "{pages(tmp_path / "off", "a.html")}"\nenabled = false',
        f'name = "kept"\nkind = "folder"\naddress = "{pages(tmp_path / "kept", "b.html", "c.html")}"\nlimit = 1',
    ]
    file = written(tmp_path, server, *tables)
    (tmp_path / "empty.toml").write_text("")
    pages(tmp_path / "disk", "d.html"), pages(tmp_path / "bare")
    # short names: those of a table are cut
    local = tuple(map(Path, ("disk", "bare", "missing.html")))
    names = (file, str(tmp_path / "empty.toml"), *map(str, local))
    where = {name: str(path) for name, path in zip(("disk", "bare", "missing"), local, strict=True)}
    robots = "robots_denied: robots.txt: Disallow: /closed (line 2)"
    assert lines_of(tmp_path, *names) == [
        f"warning: nothing from {where['missing']} (file): 1 listed, 1 requested, 1 failed (1 missing); no such file or folder",
        "source valley (feed): 2 listed, 2 requested, 1 read, 1 failed (1 http_404), 2 new",
        "warning: nothing from gone (feed): its list could not be read: http_410: status 410",
        f"warning: nothing from closed (feed): its list could not be read: {robots}",
        f"warning: nothing from {where['bare']} (folder): it holds no page",
        "warning: nothing from silent (feed): its list holds no page",
        "warning: nothing from old (sitemap): 1 listed, 1 left out (1 older than since)",
        "warning: nothing from urls (url): its list holds no address",
        "warning: nothing from empty.toml (list): it holds no source",
        "source kept (folder): 1 listed, 1 requested, 1 read, 1 new; its limit of 1 was reached",
        f"source {where['disk']} (folder): 1 listed, 1 requested, 1 read, 1 new",
        "source courier (sitemap): 5 listed, 2 requested, 2 read, 3 left out (3 beyond the limit), 2 new",
        "source river (sitemap): 1 listed, 1 requested, 1 read, 1 new",
        "source parts (sitemap): 1 listed, 1 requested, 1 read, 1 new; not read further, as the limit was reached",
        "source daily (sitemap): 1 listed, 1 requested, 1 read, 1 new",
        "source off (folder): switched off (enabled = false)",
    ]
    site.put("/art/river", titled("river, changed"))
    site.bodies["/map/river"] += b"\n"
    second = lines_of(tmp_path, file)
    assert "source river (sitemap): 1 listed, 1 requested, 1 read, 1 changed" in second
    (due,) = (line for line in second if "daily" in line)
    assert due.startswith("source daily (sitemap): not due until 2")
    # as usual: no warning in every run of a schedule
    assert "source old (sitemap): its list has not changed" in second


def test_a_source_that_a_limit_keeps_from_being_read_is_reported(site: Site, tmp_path: Path) -> None:
    one, two = pages(tmp_path / "one", "a.html", "b.html"), pages(tmp_path / "two", "c.html")
    news = site.put("/news.xml", feed(site.put("/art/1", titled("one"))))
    file = written(tmp_path, site.server, f'name = "news"\nkind = "feed"\naddress = "{news}"')
    assert lines_of(tmp_path, str(one), str(two), file, limit=1) == [
        f"warning: nothing from {two} (folder): not read, as --limit 1 was reached before",
        "warning: nothing from news (feed): not read, as --limit 1 was reached before",
        f"source {one} (folder): 1 listed, 1 requested, 1 read, 1 new; not read further, as --limit 1 was reached",
    ]


def test_the_command_and_standard_input_report_it_too(invoke: Copydesk, tmp_path: Path) -> None:
    pages(tmp_path / "bare")
    run = invoke("ingest", "-", "bare", "--dry-run", stdin=ARTICLE.encode())
    lines = run.stderr.decode().splitlines()
    assert "warning: nothing from bare (folder): it holds no page" in lines
    assert "source - (stdin): 1 listed, 1 requested, 1 read" in lines


def _tally(name: str, listed: int, read: int, failed: int) -> SourceTally:
    tally = SourceTally(name, "feed")
    tally.is_begun = tally.is_ended = True
    tally.listed, tally.read = listed + read + failed, read
    tally.failed_for["timeout"] = failed
    tally.requested = read + failed
    tally.left_out["known"] = listed
    return tally


few = st.integers(0, 3)
tallies = st.builds(_tally, st.text(min_size=1, max_size=20), few, few, few)


@pytest.mark.slow
@settings(max_examples=40)
@given(st.lists(tallies, max_size=3 * SHOWN_SOURCES))
def test_many_sources_stay_readable_and_all_are_in_the_table(found: list[SourceTally]) -> None:
    lines, table = as_lines(found, ended_by="the run ended"), as_markdown(found, ended_by="the run ended")
    assert len(lines) <= 2 * SHOWN_SOURCES + 3
    assert all("\n" not in line for line in lines)
    rows = [line for line in table.split("\n") if line.startswith("| `")]
    assert len(rows) == len(found)
    assert all(row.count("|") == 13 for row in rows)
    order = [
        0 if "failed" in line or "failures" in line else 1 if line.startswith("warning") else 2
        for line in lines
    ]
    assert order[:-1] == sorted(order[:-1])  # the last may be the sum of all that are as usual
