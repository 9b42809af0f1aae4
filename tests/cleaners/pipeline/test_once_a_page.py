"""Nothing that concerns the whole page is worked out twice."""

from __future__ import annotations

import inspect
import json
import sys
from collections import Counter
from types import FrameType
from typing import Any

import pytest
from lxml import etree
from msgspec.structs import replace

from copydesk import Options, Page
from copydesk.cleaners.facts.page_facts import PageFacts
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.judge.judgement import PACKAGED, Judge
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.metadata.evidence import Evidence, Found
from copydesk.cleaners.pipeline.cleaning import clean_page
from copydesk.cleaners.pipeline.reading import ReadPage
from copydesk.cleaners.provenance.page_provenance import ProvenanceSources
from copydesk.cleaners.rules.user_rules import read_user_rule
from copydesk.cleaners.types import Metadata

OF_PAGE = (
    Page, Options, ReadPage, Declared, PageFacts, JudgedPage, Evidence, Found, ProvenanceSources, Metadata,
)  # fmt: skip
PLAIN = (str, int, float, type(None))
LOOK_UPS = {
    # what these give is remembered, or is a look at one value
    "disclosures", "_value", "texts",
    # the same of methods: `once` itself, the line above a block, the first of what is kept in a mapping
    "memoized", "lines_near", "_around", "_has_headline_above", "markup", "title", "canonical", "has", "best", "all", "elements_where",
}  # fmt: skip
JSON_LD = {
    "@type": "NewsArticle", "headline": "The ferry sails again", "datePublished": "2026-03-14", "author": "Una Platt",
    "keywords": "harbour, ferries", "license": "https://a.example/terms", "isAccessibleForFree": True,
}  # fmt: skip
SENTENCES = [
    f"On day {day} the ferry crossed the sound with {7 * day} people aboard, and nobody on the quay complained of the price."
    for day in range(1, 13)
]
HTML = (
    f'<html lang=en><head><link rel=canonical href="https://harbourpost.example/ferry"><title>The ferry sails again - Harbour Post</title><script type="application/ld+json">'
    f"{json.dumps(JSON_LD)}</script></head><body><nav><a href=/>Home</a> <a href=/sport>Sport pages</a></nav><article>"
    f"<h1>The ferry sails again</h1><p class=byline>By Una Platt</p><time datetime=2026-03-14>14 March 2026</time>"
    f"{''.join(f'<p>{sentence}</p>' for sentence in SENTENCES)}<p>This article was written with the help of ChatGPT.</p></article>"
    f"<footer>All rights reserved by the Harbour Post, which has been printed on the quay since 1901.</footer></body></html>"
)
LINES = "\n\n".join(
    ["The ferry sails again", "By Una Platt", "14 March 2026", *SENTENCES, "Written with ChatGPT."]
)
NETWORK = PACKAGED.html()
DOUBTING = Judge(
    lambda: replace(
        NETWORK,
        keep=NETWORK.keep * 0,
        keep_bias=NETWORK.keep_bias * 0 - 1.4,
        group_keep=NETWORK.group_keep * 0,
    ),
    PACKAGED.lines,
)
"""Thinks one block as likely as another: every page is judged twice."""
PAGES = {
    "html": Page(body=HTML, url="https://harbourpost.example/2026/03/14/ferry", media="html"),
    "html of unknown address": Page(body=HTML, media="html"),
    "lines": Page(body=LINES, media="text"),
    "html in doubt": Page(body=HTML, media="html"),
}
QUAY = {
    "name": "quay",
    "label": "ad",
    "reason": "the quay",
    "sites": ["harbourpost.example"],
    "css": ["footer"],
}
OPTIONS = Options(user_rules=(read_user_rule(QUAY),))


def arguments(frame: FrameType) -> list[Any]:
    code = frame.f_code
    names = (*code.co_varnames[: code.co_argcount + code.co_kwonlyargcount], *code.co_freevars)
    return [frame.f_locals.get(name) for name in names]


def is_of_page(value: object) -> bool:
    if isinstance(value, etree._Element):
        return value.getparent() is None
    return isinstance(value, (*OF_PAGE, *PLAIN)) or inspect.isroutine(value)


@pytest.mark.parametrize("kind", PAGES)
def test_no_function_is_called_twice_with_the_same_of_a_page(kind: str) -> None:
    calls: Counter[tuple[str, tuple[int, ...]]] = Counter()
    letters: Counter[str] = Counter()
    names: Counter[str] = Counter()
    alive: list[object] = []  # so that no number of an object is given to another

    def count(frame: FrameType, event: str, _arg: object) -> None:
        code = frame.f_code
        if event != "call" or "cleaners" not in code.co_filename or code.co_flags & inspect.CO_GENERATOR:
            return
        names[code.co_qualname] += 1
        given = arguments(frame)
        if code.co_name == "letters" and given and isinstance(given[0], str):
            letters[given[0]] += 1
        elif code.co_name == "letters_of":
            letters.update(given[0])
        if code.co_name in LOOK_UPS or not all(map(is_of_page, given)):
            return
        if any(isinstance(value, (*OF_PAGE, etree._Element)) for value in given):
            alive.extend(given)
            calls[f"{code.co_filename}:{code.co_firstlineno} {code.co_name}", tuple(map(id, given))] += 1

    judge = DOUBTING if kind == "html in doubt" else PACKAGED
    clean_page(PAGES[kind], OPTIONS, judge=judge)  # loads what is loaded once a process
    before = sys.getprofile()
    sys.setprofile(count)
    try:
        record = clean_page(PAGES[kind], OPTIONS, judge=judge)
    finally:
        sys.setprofile(before)
    assert record.status == "ok"
    assert any(gone.rule == "own.quay" for gone in record.removed) == ("<footer" in str(PAGES[kind].body))
    assert len(calls) > 40  # the stages were seen
    # judged a second time only where the page is in doubt
    assert (names["with_second_opinion"], names["label"]) == (int(kind == "html in doubt"), 1)
    assert [name for (name, _), times in calls.items() if times > 1] == []
    if kind == "html in doubt":
        # of the block, and of the line of the second opinion it is held against
        assert letters[SENTENCES[0]] == 2
    else:
        assert [text for text in SENTENCES if letters[text] != 1] == []
