"""What is told of a run: the articles that come into the store for the first time, and how its sources are doing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from faulty_server import FaultyServer
from prefect_runs import ARTICLE, BROKEN_LINE
from web_runs import feed, titled, wait_is_over
from web_site import Web, web_site

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.library.records.new_articles import NewArticles, SourceStates
from copydesk.flows.run.batches import Ingestion


def states_of(options: IngestOptions, news: NewArticles | None = None) -> SourceStates:
    """How the sources are doing after a run."""
    with Ingestion(options, news=news or NewArticles()) as run:
        while not run.is_done:
            run.clean_batch()
    return run.states


def new_in(folder: Path, *lines: str, most: int = 100) -> tuple[int, list[str]]:
    """How many articles a run over these lines finds new, and the addresses of those it names."""
    (folder / "pages.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    news = NewArticles(most)
    options = IngestOptions(sources=(str(folder / "pages.jsonl"),), output=folder / "out", jobs=1)
    states_of(options, news)
    return news.count, [one.address or "" for one in news.listed]


def page(number: int, *, more: str = "") -> str:
    html = ARTICLE.format(number=number).replace("</article>", f"<p>{more}</p></article>")
    return json.dumps({"url": f"https://courier.example/{number}", "html": html})


def test_what_is_reported_of_an_article_holds_no_secret(tmp_path: Path) -> None:
    secret = page(1).replace("courier.example/1", "courier.example/1?token=SECRET")
    assert new_in(tmp_path, secret) == (1, ["https://courier.example/1?token=..."])


@pytest.mark.slow
def test_what_was_there_is_not_new_nor_is_a_new_version_of_it(tmp_path: Path) -> None:
    more = (
        "The ferry sails again from Monday, the port said on Friday evening, and tickets are sold until noon."
    )
    empty = json.dumps({"url": "https://courier.example/3", "html": "<p></p>"})
    assert new_in(tmp_path, page(1), page(2), empty, BROKEN_LINE) == (
        2, ["https://courier.example/1", "https://courier.example/2"]
    )  # fmt: skip
    # unchanged, changed, and one that had no article before
    assert new_in(tmp_path, page(1), page(2, more=more), page(3)) == (1, ["https://courier.example/3"])
    assert new_in(tmp_path, page(1), page(2, more=more), page(3)) == (0, [])
    assert new_in(tmp_path, *map(page, range(4, 9)), most=2)[0] == 5


web = pytest.fixture(web_site)


def states(web: Web) -> SourceStates:
    return states_of(IngestOptions(sources=(str(web.file),), output=web.output, jobs=1))


@pytest.fixture
def papers(web: Web, server: FaultyServer) -> Web:
    """A feed with an article and two pages that fail, and one that is gone."""
    server.files["/one"] = titled("Mayor resigns")
    server.files["/feed.xml"] = feed(*map(server.url, ("/one", "/status/404", "/status/410")))
    web.use_sources(
        web.table("feed", "/feed.xml", name="courier"), web.table("feed", "/status/403", name="herald")
    )
    return web


def test_the_last_article_and_all_that_fails_are_known_from_run_to_run(
    papers: Web, server: FaultyServer
) -> None:
    first = states(papers)
    assert first.failing == {"courier": 2, "herald": 1}
    assert [(one.source, one.outcome, one.is_list, one.failures) for one in first.urls] == [
        ("herald", "http_403", True, 1), ("courier", "http_404", False, 1), ("courier", "http_410", False, 1)
    ]  # fmt: skip
    assert first.newest["courier"].title == "Mayor resigns"
    assert first.newest["courier"].url == server.url("/one")
    # nothing is new, and pages that fail rest: both stay known
    second = states(papers)
    assert second.newest == first.newest
    assert [one.failures for one in second.urls] == [2, 1, 1]
    assert [one.failing_since for one in second.urls] == [one.failing_since for one in first.urls]
    assert all(one.failing_since < one.next_attempt_at for one in second.urls)


def test_what_is_listed_no_more_does_not_fail(papers: Web, server: FaultyServer) -> None:
    states(papers)
    wait_is_over(papers.output)
    server.files["/feed.xml"] = feed(*map(server.url, ("/one", "/status/410")))
    assert [one.outcome for one in states(papers).urls if one.source == "courier"] == ["http_410"]


def test_what_failed_often_fails_for_good_in_the_runs_that_try_it(papers: Web) -> None:
    states(papers)
    papers.execute("update url set failures = 4 where failures > 0")
    (of_list,) = states(papers).for_good
    assert (of_list.source, of_list.failures) == ("herald", 5)
    papers.execute("update url set failures = 4 where failures > 0")
    wait_is_over(papers.output)
    assert [one.failures for one in states(papers).for_good] == [5, 5, 5]


def test_files_have_no_state(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(titled("Mayor resigns"))
    found = states_of(IngestOptions(sources=(str(tmp_path),), output=tmp_path / "out", jobs=1))
    assert (found.newest, found.failing, found.urls) == ({}, {}, [])
