"""The loaders of each framework that is installed: documents of articles, and a word on what is left out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ARTICLE

pytestmark = pytest.mark.slow
WEIGHT = "not among the development packages, where it would weigh 150 MB; with it installed, this runs"
FACTS = {"title": "Old clock strikes again", "language": "en", "says_ai": False}


def with_langchain(*places: Path) -> list[tuple[str, dict[str, Any]]]:
    from copydesk.flows.loaders.langchain import CopydeskLoader

    return [(one.page_content, one.metadata) for one in CopydeskLoader(*places).load()]


def with_llama_index(*places: Path) -> list[tuple[str, dict[str, Any]]]:
    pytest.importorskip("llama_index.core", reason=WEIGHT)
    from copydesk.flows.loaders.llama_index import CopydeskReader

    return [(one.text, one.metadata) for one in CopydeskReader().load_data(*places)]


def with_haystack(*places: Path) -> list[tuple[str, dict[str, Any]]]:
    haystack = pytest.importorskip("haystack", reason=WEIGHT)
    from copydesk.flows.loaders.haystack import CopydeskConverter

    pipeline = haystack.Pipeline()
    pipeline.add_component("clean", CopydeskConverter())
    found = pipeline.run({"clean": {"sources": [str(place) for place in places]}})["clean"]["documents"]
    return [(one.content, one.meta) for one in found]


@pytest.mark.parametrize("load", [with_langchain, with_llama_index, with_haystack])
def test_articles_of_files_and_folders(
    load: Callable[..., list[tuple[str, dict[str, Any]]]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "clock.html").write_text(ARTICLE)
    (tmp_path / "pages" / "menu.html").write_text("<nav><a href=/>Home</a></nav>")
    (tmp_path / "other.html").write_text(ARTICLE.replace("Friday", "Sunday"))
    with caplog.at_level(logging.WARNING, "copydesk.loaders"):
        found = load(tmp_path / "pages", tmp_path / "other.html", tmp_path / "gone.html")
    assert [text[:62] for text, _ in found] == [
        f"The clock of the town hall struck noon on {day} for the first" for day in ("Friday", "Sunday")
    ]
    other = str(tmp_path / "other.html")
    assert [metadata for _, metadata in found] == [
        FACTS | {"source": "clock.html"},
        FACTS | {"source": other},
    ]
    left_out = [record.getMessage().split(": left out: ") for record in caplog.records]
    # what cannot be read is known before the pages ahead of it are cleaned
    assert sorted((name, why[:12]) for name, why in left_out) == [
        (str(tmp_path / "gone.html"), "no such file"),
        ("menu.html", "rejected (in"),
    ]


def test_streams_of_haystack_keep_their_metadata() -> None:
    pytest.importorskip("haystack", reason=WEIGHT)
    from haystack.dataclasses import ByteStream

    from copydesk.flows.loaders.haystack import CopydeskConverter

    stream = ByteStream(ARTICLE.encode(), meta={"url": "https://paper.example/clock", "crawl": 7})
    (document,) = CopydeskConverter().run([stream])["documents"]
    assert document.meta == FACTS | {
        "source": "https://paper.example/clock", "url": "https://paper.example/clock", "crawl": 7,
    }  # fmt: skip
