"""What the weights of names in bylines are learned from."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from copydesk.cleaners.metadata.signatures import LIKELY, SIGNS, WEIGHTS, probability_of
from training.signature_odds import articles, is_one_of, layouts

PAGE = b"<html><head><title>Ferry</title></head><body><h1>Ferry</h1><p>By <b>Una Platt</b></p></body></html>"


def signs(**values: float) -> tuple[float, ...]:
    return tuple(values.get(sign.replace(" ", "_"), 0.0) for sign in SIGNS)


def test_each_sign_has_a_weight_and_speaks_for_a_name_or_against_it() -> None:
    assert WEIGHTS.keys() == {"bias", *SIGNS}
    author = signs(introduced=1.0, usual_length=1.0, labelled_byline=1.0, in_first_byline=1.0, with_date=1.0)
    other = signs(common_words=1.0)
    assert probability_of(author) > LIKELY > probability_of(signs()) > probability_of(other)
    assert probability_of(author, {**WEIGHTS, "bias": -9.0}) < LIKELY


@pytest.mark.parametrize(
    ("name", "authors", "is_one"),
    [
        ("Una Platt", ("Una Platt",), True), ("Dr. Una Platt", ("Una Platt",), True),
        ("Platt", ("Carl Ode", "Una Platt"), True), ("Carl Platt", ("Una Platt",), False),
        ("Harbour Post", ("Una Platt",), False),
    ],
)  # fmt: skip
def test_a_name_is_an_authors_by_its_words(name: str, authors: tuple[str, ...], *, is_one: bool) -> None:
    assert is_one_of(name, authors) == is_one


def test_articles_are_flattened_in_two_ways(tmp_path: Path) -> None:
    rows = {
        "wcxb": {"id": "1", "url": "https://a.example/1", "page_type": "article", "author": "Una Platt"},
        "fundus": {"file": "xx/2.html.gz", "url": "https://b.example/2", "authors": ["Una Platt", "Carl Ode"]},
    }  # fmt: skip
    for name, file in (("wcxb", "wcxb/html/1.html.gz"), ("fundus", "fundus/xx/2.html.gz")):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_bytes(gzip.compress(PAGE))
        (tmp_path / name / "truth.jsonl").write_text(json.dumps(rows[name]) + "\n", "utf-8")
    pages = list(articles(tmp_path))
    assert [authors for _, authors in pages] == [("Una Platt",), ("Una Platt", "Carl Ode")]
    by_texts, by_blocks = layouts(pages[0][0])
    assert by_texts.split("\n")[-2:] == ["By", "Una Platt"]
    assert by_blocks.split("\n")[-1] == "By Una Platt"
