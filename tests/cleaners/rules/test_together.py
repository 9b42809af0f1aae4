"""Removed blocks that have their name from a box or list: what is kept, and what others have decided, stays."""

from __future__ import annotations

import pytest

from copydesk import Options, Page
from copydesk.cleaners.facts.page_facts import facts_of
from copydesk.cleaners.judge.judged_page import JudgedPage
from copydesk.cleaners.pipeline.reading import read_page
from copydesk.cleaners.pipeline.verdicts import named_together
from copydesk.cleaners.types import Label, Labelled, Verdict

WALL = "<p>{kept}</p><div class='paywall'><h3>{heading}</h3><p>{price}</p><a href='/login'>{button}</a></div>"
GRID = "<p>{kept}</p><ul><li><b>{one}</b><p>{price}</p></li><li><b>{two}</b><p>{price}</p></li></ul>"


def named(html: str, kept: str, *, rule: str = "learned.drop", is_article: bool = True) -> dict[str, Label]:
    """Text of each block to its label, where all but one are removed as ``related`` by a rule."""
    read = read_page(Page(body=html, media="html"), Options())
    facts = facts_of(read.table, language="en", is_html=True)
    given = [
        Labelled(block, (Verdict(Label.PARAGRAPH if block.text == kept else Label.RELATED, rule, ""),))
        for block in read.table.blocks
    ]
    judged = JudgedPage(facts, [0.0] * len(given))
    return {item.block.text: item.label for item in named_together(judged, given, is_article=is_article)}


@pytest.mark.parametrize(
    ("kept", "heading", "price", "button"),
    [
        ("Der Zug fährt wieder.", "Weiterlesen", "Ein Monat für 3 €", "Anmelden"),
        ("Le train roule de nouveau.", "Lire la suite", "3 € par mois", "Se connecter"),
        ("Pociąg znowu jeździ.", "Czytaj dalej", "12 zł na miesiąc", "Zaloguj się"),
        ("列車は再び走る。", "続きを読む", "月300円", "ログイン"),
    ],
)
def test_a_wall_is_one_in_every_language(kept: str, heading: str, price: str, button: str) -> None:
    html = WALL.format(kept=kept, heading=heading, price=price, button=button)
    walls = dict.fromkeys((heading, price, button), Label.PAYWALL)
    assert named(html, kept) == {kept: Label.PARAGRAPH} | walls


def test_a_box_of_which_something_is_kept_is_no_wall() -> None:
    html = "<div class='paywall'><p>Der Zug fährt wieder.</p><p>Weiterlesen</p><p>Anmelden</p></div>"
    labels = named(html, "Der Zug fährt wieder.")
    assert set(labels.values()) == {Label.PARAGRAPH, Label.RELATED}


@pytest.mark.parametrize("rule", ["user.kiosk", "override", "platform.ghost", "page.index"])
def test_what_others_have_decided_stays(rule: str) -> None:
    html = WALL.format(kept="A", heading="B", price="C", button="D")
    assert Label.PAYWALL not in named(html, "A", rule=rule).values()


def test_what_has_a_price_is_for_sale_beside_an_article_alone() -> None:
    html = GRID.format(kept="Toget kører igen.", one="Kaffekande", two="To kopper", price="120 kr")
    assert named(html, "Toget kører igen.")["Kaffekande"] is Label.AD
    assert named(html, "Toget kører igen.", is_article=False)["Kaffekande"] is Label.RELATED
