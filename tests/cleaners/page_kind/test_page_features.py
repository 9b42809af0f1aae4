"""What a whole page looks like in numbers: each measure moves with what it measures, and with nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
from conftest import rule_context
from hypothesis import given
from hypothesis import strategies as st
from made_blocks import html_blocks

from copydesk.cleaners.page_kind.page_evidence import PageEvidence
from copydesk.cleaners.page_kind.page_features import measure
from copydesk.cleaners.types import Candidate, Kind, Label, Labelled, Metadata, Verdict

PROSE = "The clock of the town hall struck noon on Friday for the first time in eleven years, people said."


def measured(
    body: str, *, declared: Iterable[str] = (), url: str | None = None, body_class: str = "", **metadata: str
) -> dict[str, float]:
    """The measures of a page whose headings and paragraphs are kept, and whose lists and controls are menus."""
    blocks = html_blocks(f"<html><body class='{body_class}'>{body}</body></html>")
    kinds = {Kind.HEADING: Label.HEADING, Kind.LIST_ITEM: Label.NAV, Kind.CONTROL: Label.NAV}
    labels = [kinds.get(block.kind, Label.PARAGRAPH) for block in blocks]
    context = rule_context(blocks, labels)
    labelled = [
        Labelled(block, (Verdict(label, "", ""),)) for block, label in zip(blocks, labels, strict=True)
    ]
    candidates = Metadata({name: (Candidate(value, "json-ld"),) for name, value in metadata.items()})
    return measure(PageEvidence(context.page, labelled, frozenset(declared), candidates, url))


def test_an_empty_page_measures_nothing() -> None:
    found = measured("")
    assert {name for name, value in found.items() if value} == set()
    assert all(map(math.isfinite, found.values()))


@pytest.mark.parametrize(("kind", "name"), [
    ("newsarticle", "article"), ("product", "product"), ("discussionforumposting", "forum"), ("itemlist", "list"),
])  # fmt: skip
def test_what_is_declared(kind: str, name: str) -> None:
    found = measured("", declared=[kind])
    assert [name for name in ("article", "product", "forum", "list") if found[f"declares_{name}"]] == [name]


def test_a_date_and_an_author_are_signs() -> None:
    bare, full = measured(""), measured("", date_published="2026-03-14", author="Una Platt")
    assert (bare["is_dated"], bare["is_signed"], full["is_dated"], full["is_signed"]) == (0, 0, 1, 1)


@pytest.mark.parametrize(("url", "name", "value"), [
    ("https://a.example/2026/03/clock-strikes-noon", "address_article", 1),
    ("https://a.example/clock-2026", "address_article", 0), ("https://forum.example.org/12", "address_forum", 1),
    ("https://a.example/2026/03/clock-strikes_noon.html", "slug_words", 3),
    (f"https://a.example/{'-'.join(['x'] * 40)}", "slug_words", 10),
    ("https://a.example/", "slug_words", 0), ("https://a.example/a/b/c", "address_depth", 3),
    (f"https://a.example/{'/'.join(['x'] * 40)}", "address_depth", 6),
])  # fmt: skip
def test_the_address(url: str, name: str, value: float) -> None:
    assert measured("", url=url)[name] == value
    # a saved page may have no other address than the one it declares
    assert measured("", canonical_url=url)[name] == value


def test_no_address_and_a_malformed_one_give_nothing() -> None:
    assert "slug_words" not in measured("")
    assert measured("", url="http://[")["address_depth"] == 0


def test_shares_of_prose_links_and_headings() -> None:
    found = measured(f"<h1>Noon at last</h1><p>{PROSE}</p><p>{PROSE}</p><p>Short.</p>")
    size = len("Noon at last") + 2 * len(PROSE) + len("Short.")
    assert found["prose_share"] == pytest.approx(2 * len(PROSE) / size)
    assert found["chars_prose"] == 2 * len(PROSE)
    assert (found["kept_share"], found["heading_share"]) == (1.0, 0.25)
    assert (found["short_share"], found["link_share"]) == (pytest.approx((size - 2 * len(PROSE)) / size), 0)
    linked = measured(f"<p><a href=/>{PROSE}</a></p><p>{PROSE}</p>")
    assert (linked["link_share"], linked["chars_prose"]) == (0.5, len(PROSE))


def test_hidden_blocks_and_the_title_do_not_count() -> None:
    assert measured(f"<p>{PROSE}</p><p hidden>{PROSE * 3}</p>") == measured(f"<p>{PROSE}</p>")


@pytest.mark.parametrize("price", ["$ 12", "€5", "12 €", "12 zł", "300円", "₹ 99", "1.200 руб"])
def test_prices_of_every_currency(price: str) -> None:
    assert measured(f"<p>{price}</p><p>Noon</p>")["count_prices"] == 1
    assert measured(f"<p>{price}</p><p>Noon</p>")["price_share"] == 0.5
    # a sum in a sentence is no price
    assert measured(f"<p>{PROSE} {price} were paid for it, all told.</p>")["count_prices"] == 0


@pytest.mark.parametrize("no_price", ["12 dollars", "kr", "$", "12 krokodile", "US$"])
def test_what_is_no_price(no_price: str) -> None:
    assert measured(f"<p>{no_price}</p>")["count_prices"] == 0


CARD = "<div class=card><a href=/{0}>Ferry {0} sails again today</a></div>"


@pytest.mark.parametrize(("body", "count"), [
    ("".join(map(CARD.format, range(4))), 4),
    ("".join(map(CARD.format, range(3))), 0),
    ("".join(CARD.format(number).replace("card", f"card{number}") for number in range(8)), 0),
    ("".join(f"<div class=card><a href=/{number}>Ferry {number}</a></div>" for number in range(8)), 0),
    ("".join(f"<div class=card><a href=/{number}>{PROSE * 2}</a></div>" for number in range(8)), 0),
    ("".join(f"<div class=card><a href=/{n}>Ferry</a> sails again today</div>" for n in range(8)), 0),
    (f"<ul>{''.join(f'<li><a href=/{n}>Ferry {n} sails again today</a>' for n in range(8))}</ul>", 0),
])  # fmt: skip
def test_cards_are_links_of_a_headlines_length_that_look_alike(body: str, count: float) -> None:
    found = measured(body)
    assert found["count_cards"] == count
    assert (found["card_share"] > 0) == (count > 0)


def test_prose_in_one_container_or_in_many() -> None:
    one = measured(f"<main><div>{f'<p>{PROSE}</p>' * 4}</div></main>")
    many = measured(f"<main>{f'<div><p>{PROSE}</p></div>' * 4}</main>")
    assert (one["parent_share"], one["chars_parent"]) == (1.0, 4 * len(PROSE))
    assert (many["parent_share"], many["grandparent_share"]) == (0.25, 1.0)


@given(st.lists(st.sampled_from(["<p>Noon</p>", f"<p>{PROSE}</p>", "<h2>Noon</h2>", "<p><a href=/>Home</a></p>", "<p>$ 5</p>"]), max_size=12))  # fmt: skip
def test_shares_are_shares_and_parts_add_up(parts: list[str]) -> None:
    found = measured("".join(parts))
    for name, value in found.items():
        assert value >= 0
        assert not name.endswith("_share") or value <= 1
    assert found["prose_share"] <= found["kept_share"] + 1e-9
