"""Which articles are new in a store: those that come into it for the first time, and no others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from prefect_runs import ARTICLE, BROKEN_LINE

from copydesk.flows.config.run_options import IngestOptions
from copydesk.flows.library.records.new_articles import NewArticles
from copydesk.flows.run.batches import Ingestion


def new_in(folder: Path, *lines: str, most: int = 100) -> tuple[int, list[str]]:
    """How many articles a run over these lines finds new, and the addresses of those it names."""
    (folder / "pages.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    news = NewArticles(most)
    options = IngestOptions(sources=(str(folder / "pages.jsonl"),), output=folder / "out", jobs=1)
    with Ingestion(options, news=news) as run:
        while not run.is_done:
            run.clean_batch()
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
