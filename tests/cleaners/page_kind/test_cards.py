"""Fronts and sections consist of cards; a brief stands above as many. Every sentence composed for this."""

from __future__ import annotations

import pytest
from conftest import rule_context
from made_blocks import html_blocks

from copydesk import clean
from copydesk.cleaners.page_kind.page_evidence import PageEvidence
from copydesk.cleaners.page_kind.page_notices import find_teasers
from copydesk.cleaners.types import Labelled

LEAD = "The ferry sails again, and nobody on the quay complains of the price."
MENU = "<p><a href='/'>Home</a></p>"
UNSURE = "unsure"


def found(body: str) -> str | None:
    blocks = html_blocks(f"<html><body>{body}</body></html>")
    context = rule_context(blocks)
    labelled = [Labelled(block, (verdict,)) for block, verdict in zip(blocks, context.verdicts, strict=True)]
    teasers = find_teasers(PageEvidence(context.page, labelled))
    return teasers and (teasers[0] if teasers[1] else UNSURE)


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


def cards(count: int) -> str:
    return "".join(
        f"<div class='item item-{number}'><a href='/a/{number}'><h4>Ferry {number} sails</h4></a><p>{LEAD}</p></div>"
        for number in range(count)
    )


@pytest.mark.parametrize("body", [
    teasers(8),
    teasers(30),
    cards(8),
    f"<main><h1>Town</h1>{cards(20)}</main>",
    "<table>" + "".join(f"<tr><td><a href=/a/{number}>Ferry {number} sails</a><br>{LEAD}</td></tr>" for number in range(9)) + "</table>",
    f"<main><h1>Town</h1><section><h2><a href=/top>Bell falls</a></h2><p>{LEAD * 2}</p></section>{cards(20)}</main>",
    MENU + teasers(8) + "<footer>All rights reserved</footer>",
    teasers(8, below=f"<p>{LEAD}</p><p>{LEAD}</p>"),
    teasers(8, address="https://www.harbourpost.example/{}") + "<p><a href=https://harbourpost.example/>Home</a></p>",
])  # fmt: skip
def test_a_list_of_teasers(body: str) -> None:
    assert "cards that lead elsewhere" in (found(body) or "")


@pytest.mark.parametrize("body", [
    teasers(3),
    cards(3),
    f"<main><h1>Town</h1><p>{LEAD * 2}</p>{cards(20)}</main>",
    f"<main><h1>Town</h1><p>{LEAD * 2}</p><ul>" + "".join(
        f"<li><a href='/a/{number}'>Ferry {number} sails again</a> {LEAD}</li>" for number in range(5)
    ) + "</ul></main>",
])  # fmt: skip
def test_few_teasers_or_introduced_ones_are_in_doubt(body: str) -> None:
    assert found(body) == UNSURE


@pytest.mark.parametrize(("body", "why"), [
    (teasers(2), "too few"), (teasers(20, address="/town"), "all lead to one page"),
    (teasers(8, address="#part-{}"), "a table of contents"),
    (teasers(8, head="Ferry {1} sails <a href='{0}'>more</a>"), "the headings themselves are no links"),
    (f"<p>{LEAD * 4}</p>" + teasers(8), "an article is above them"),
    (f"<div><h1>Ferry</h1><p>{LEAD * 2}</p></div><div>{cards(20)}</div>", "a brief is above them"),
    (f"<main><h1>Ferry</h1><p>{LEAD * 2}</p><h2>More</h2>{cards(20)}</main>", "the same under one roof"),
    (teasers(8, below=f"<p>{LEAD * 6}</p>"), "an article that lists things"),
    (f"<main><h1>Piers</h1><p>{LEAD}</p>{teasers(4)}<p>The fifth: {LEAD}</p></main>", "a sentence closes what another opens"),
    (teasers(8) + f"<h3>More</h3><p>{LEAD * 30}</p>", "most of the text is elsewhere"),
    (f"<div hidden>{teasers(8)}</div>", "nobody sees them"), ("", "nothing"),
])  # fmt: skip
def test_what_is_no_list_of_teasers(body: str, why: str) -> None:
    assert found(body or "<p>x</p>") is None, why


def test_headlines_that_lead_to_other_sites_are_an_articles() -> None:
    own = "".join(f"<p><a href='/town/{number}'>Home {number}</a></p>" for number in range(12))
    assert found(own + teasers(8, address="https://site{}.example/town")) is None


# language: headline, two paragraphs, what stands above the cards, the button in each, cards: headline and sentence
BRIEFS = {
    "en": (
        "Salt barn to become a theatre",
        "The district of Orlow agreed on Wednesday to turn the salt barn by the lock into a theatre with ninety seats.",
        "The roof will be mended first. Plays are to be shown from the autumn of next year, if the money lasts until then.",
        "More from the district", "Read on",
        (("Swans close the towpath", "Walkers are asked to take the upper road."),
         ("Baker wins the oar race", "She needed nine minutes for the mile."),
         ("Clock stops at noon", "A spring had worn out. A new one is on its way.")),
    ),
    "pl": (
        "Stara szopa solna będzie teatrem",
        "Rada gminy Orłów zgodziła się w środę, by szopa solna przy śluzie stała się teatrem na dziewięćdziesiąt miejsc.",
        "Najpierw zostanie naprawiony dach. Sztuki mają być grane od jesieni przyszłego roku, o ile wystarczy pieniędzy.",
        "Więcej z gminy", "Czytaj dalej",
        (("Łabędzie zamykają ścieżkę", "Spacerowicze mają iść górną drogą."),
         ("Piekarka wygrywa regaty", "Na milę potrzebowała dziewięciu minut."),
         ("Zegar stanął w południe", "Zużyła się sprężyna. Nowa jest w drodze.")),
    ),
    "tr": (
        "Eski tuz ambarı tiyatro oluyor",
        "Orlova ilçe meclisi çarşamba günü, su kapısının yanındaki tuz ambarının doksan kişilik bir tiyatro olmasına karar verdi.",
        "Önce çatı onarılacak. Para yeterse oyunların gelecek yılın sonbaharından başlayarak burada sahnelenmesi bekleniyor.",
        "İlçeden haberler", "Devamını oku",
        (("Kuğular yolu kapattı", "Yürüyenlerin üst yoldan gitmesi isteniyor."),
         ("Fırıncı kürek yarışını kazandı", "Bir mil için dokuz dakika yetti."),
         ("Saat öğlen durdu", "Bir yay aşınmıştı. Yenisi yolda.")),
    ),
    "zh": (
        "旧盐仓将改建为剧场",
        "奥洛区议会星期三同意把水闸旁边的旧盐仓改建成一座有九十个座位的剧场，此前这座建筑已经空置了整整十一年。",
        "工程将先修屋顶。如果经费足够，明年秋天起这里就会上演戏剧，头一出戏将由本区的居民自己来写、自己来演。",
        "本区更多消息", "阅读全文",
        (("天鹅挡住了纤道", "请行人改走上面的路。"), ("面包师赢得划船赛", "她划一里只用了九分钟。"),
         ("大钟中午停摆", "发条磨损，新的正在路上。")),
    ),
}  # fmt: skip
SHAPES = {
    "boxes": '<div class="box"><h3><a href="{url}">{head}</a></h3><p>{lead}</p></div>',
    "whole": '<a class="tile" href="{url}"><div class="head">{head}</div><div class="sum">{lead}</div></a>',
    "posts": '<article class="post post-{number}"><h2><a href="{url}">{head}</a></h2><div><p>{lead}</p></div>'
    '<a href="{url}">{button}</a></article>',
    "flat": '<h3><a href="{url}">{head}</a></h3><p>{lead}</p>',
    "buttons": '<div class="cell"><h3>{head}</h3><p>{lead}</p><a href="{url}">{button}</a></div>',
}


def some_cards(language: str, shape: str, count: int) -> str:
    *_, button, some = BRIEFS[language]
    return "".join(
        SHAPES[shape].format(
            url=f"/n/{number}",
            number=number,
            button=button,
            head=some[number % 3][0],
            lead=some[number % 3][1],
        )
        for number in range(count)
    )


def page(language: str, title: str, body: str) -> str:
    menu = "".join(f'<li><a href="/s{number}">{number}</a></li>' for number in range(5))
    return (
        f'<html lang="{language}"><head><title>{title}</title></head><body><nav><ul>{menu}</ul></nav>{body}'
        "<footer><p>© 2026</p></footer></body></html>"
    )


@pytest.mark.parametrize("language", BRIEFS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [5, 15, 25])
@pytest.mark.parametrize("paragraphs", [1, 2])
def test_a_brief_above_cards_is_an_article(language: str, shape: str, count: int, paragraphs: int) -> None:
    head, *texts = BRIEFS[language][:3]
    more = BRIEFS[language][3]
    text = "".join(f"<p>{text}</p>" for text in texts[:paragraphs])
    below = f"<section><h2>{more}</h2>{some_cards(language, shape, count)}</section>"
    for body in (
        f"<main><article><h1>{head}</h1>{text}</article></main>{below}",
        f'<div class="page"><div class="text"><h1>{head}</h1>{text}</div>{below}</div>',
    ):
        record = clean(page(language, head, body), "https://orlow.example/district/4711")
        assert (record.status, record.reason, record.page_kind) == ("ok", None, "article")
        assert texts[0] in record.text


@pytest.mark.parametrize("language", BRIEFS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("count", [5, 10, 20])
def test_the_same_cards_without_an_article_are_a_front(language: str, shape: str, count: int) -> None:
    for above in ("", "<h1>Orlow</h1>"):
        body = f"<main>{above}{some_cards(language, shape, count)}</main>"
        record = clean(page(language, "Orlow", body), "https://orlow.example/district")
        assert record.status in ("rejected", "partial"), record.text
