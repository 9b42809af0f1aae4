"""Fronts and sections: headlines that lead to other pages of the site, with a line or two below each."""

from __future__ import annotations

import pytest
from conftest import rule_context
from made_blocks import html_blocks

from copydesk.cleaners.page_kind.page_evidence import PageEvidence
from copydesk.cleaners.page_kind.page_notices import find_teasers
from copydesk.cleaners.types import Labelled

LEAD = "The ferry sails again, and nobody on the quay complains of the price."
MENU = "<p><a href='/'>Home</a></p>"


def found(body: str) -> str | None:
    blocks = html_blocks(f"<html><body>{body}</body></html>")
    context = rule_context(blocks)
    labelled = [Labelled(block, (verdict,)) for block, verdict in zip(blocks, context.verdicts, strict=True)]
    return find_teasers(PageEvidence(context.page, labelled))


def teasers(
    count: int,
    *,
    below: str = f"<p>{LEAD}</p>",
    address: str = "/town/{}",
    head: str = "<a href='{}'>Ferry {} sails</a>",
) -> str:
    return "".join(
        f"<h2>{head.format(address.format(number), number)}</h2>{below}" for number in range(count)
    )


@pytest.mark.parametrize("body", [
    teasers(8),
    teasers(30),
    MENU + teasers(8) + "<footer>All rights reserved</footer>",
    teasers(8, below=f"<p>{LEAD}</p><p>{LEAD}</p>"),
    teasers(8, address="https://www.harbourpost.example/{}") + "<p><a href=https://harbourpost.example/>Home</a></p>",
])  # fmt: skip
def test_a_list_of_teasers(body: str) -> None:
    assert "headlines that lead elsewhere" in (found(body) or "")


@pytest.mark.parametrize(("body", "why"), [
    (teasers(7), "too few"), (teasers(20, address="/town"), "all lead to one page"),
    (teasers(8, address="#part-{}"), "a table of contents"),
    (teasers(8, head="Ferry {1} sails <a href='{0}'>more</a>"), "the headings themselves are no links"),
    (f"<p>{LEAD * 4}</p>" + teasers(8), "an article is above them"),
    (teasers(8, below=f"<p>{LEAD * 6}</p>"), "an article that lists things"),
    (teasers(8) + f"<h3>More</h3><p>{LEAD * 30}</p>", "most of the text is elsewhere"),
    (f"<div hidden>{teasers(8)}</div>", "nobody sees them"), ("", "nothing"),
])  # fmt: skip
def test_what_is_no_list_of_teasers(body: str, why: str) -> None:
    assert found(body or "<p>x</p>") is None, why


def test_headlines_that_lead_to_other_sites_are_an_articles() -> None:
    own = "".join(f"<p><a href='/town/{number}'>Home {number}</a></p>" for number in range(12))
    assert found(own + teasers(8, address="https://site{}.example/town")) is None
