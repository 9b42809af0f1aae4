"""Which of the titles on a page is the headline; every page composed for this."""

from __future__ import annotations

import pytest

from copydesk.cleaners import clean

TEXT = (
    "<p>The weavers of the lower quay met on Monday evening and agreed on a price for the cloth of the winter.</p>"
    "<p>Two of them had walked from the hills, and both said that the road was closed above the second bridge.</p>"
)

# what it is about: (headline, the head, the body, the address)
PAGES = {
    "a blog has its own name as h1, and declares the headline": (
        "Ein Abend am Webstuhl",
        (
            "<title>Notizen vom Fluss: Ein Abend am Webstuhl</title>"
            '<meta property="og:title" content="Ein Abend am Webstuhl">'
        ),
        (
            '<div class="kopf"><h1>Notizen vom Fluss</h1></div><div class="beitrag">'
            f'<h3><a href="/abend">Ein Abend am Webstuhl</a></h3>{TEXT}</div>'
        ),
        "https://blog.example/abend",
    ),
    "a blog has its own name as h1, and the headline leads to itself": (
        "Une soirée au métier",
        "<title>Une soirée au métier | Carnet du quai</title>",
        (
            '<div id="tete"><h1>Carnet du quai</h1></div><div class="billet">'
            f'<h2><a rel="bookmark" href="/soiree">Une soirée au métier</a></h2>{TEXT}</div>'
        ),
        "https://blog.example/soiree",
    ),
    "a section is named as h1 before the headline": (
        "De wevers staken",
        '<title>Nieuws - Kadeblad</title><meta property="og:title" content="De wevers staken">',
        f'<section><h1 class="rubriek">Nieuws</h1><div><h1>De wevers staken</h1>{TEXT}</div></section>',
        "https://kade.example/wevers",
    ),
    "no h1 that counts, and an element called the entry's title": (
        "Un paño para el invierno",
        "<title>Un paño para el invierno : Archivo del muelle | Apuntes de un oficio | Desde 2004</title>",
        (
            '<h1 class="vcard"><a href="/">Archivo del muelle</a></h1><div class="hentry">'
            f'<h3 class="entry-title">Un paño para el invierno</h3>{TEXT}</div>'
        ),
        "https://archivo.example/pano",
    ),
    "a heading of two words more is no title with a kicker": (
        "Nine Rules for Winter Cloth",
        '<title>Rules for Winter Cloth - Loomfair</title><meta property="og:title" content="Rules for Winter Cloth">',
        f"<article><h1>Nine Rules for Winter Cloth</h1>{TEXT}</article>",
        "https://loomfair.example/rules",
    ),
    "a heading of a part of the page": (
        "Guild:Quay/Members",
        "<title>Guild:Quay/Members – Loomwiki</title>",
        f"<h1>Guild:Quay/Members</h1><div><h1>Members</h1>{TEXT}</div>",
        "https://wiki.example/guild",
    ),
    "a subheading that ends as the head's title does": (
        "Four Patterns Our Grandmothers Knew: Sit Down at the Loom!",
        "<title>Easy Loom Patterns</title>",
        (
            "<article><h1>Four Patterns Our Grandmothers Knew: Sit Down at the Loom!</h1>"
            f"{TEXT}<h2>Where to look for Easy Loom Patterns:</h2><p>The guild lends a drawer of them to members.</p></article>"
        ),
        "https://patterns.example/easy-loom-patterns-beginners/",
    ),
    "two spellings of one sentence have no kickers": (
        "Norhaven has let its weavers down: who pays when the looms stand still all winter",
        (
            "<title>Port Norhaven has let its weavers down: who pays when the looms stand still all winter</title>"
            '<meta property="og:title" content="Port Norhaven has let its weavers down: who pays when the looms stand still'
            ' all winter">'
        ),
        f"<h1>Norhaven has let its weavers down: who pays when the looms stand still all winter</h1>{TEXT}",
        "https://norhaven.example/weavers",
    ),
    "a menu that is never closed": (
        "Може ли тъкачът да живее от труда си?",
        "<title>Може ли тъкачът да живее от труда си? – Дневник на Лозан</title>",
        (
            '<nav><ul><li><a href="/">Начало</a></ul><div><main><article>'
            f"<h1>Може ли тъкачът да живее от труда си?</h1>{TEXT}</article></main></div>"
        ),
        "https://lozan.example/tkach",
    ),
    "a part that begins with the site's name in the genitive": (
        "A Look Back: Weaverpost's Best Five Photos",
        "<title>Best Five Photos | Weaverpost</title>",
        f"<article><h1>A Look Back: Weaverpost's Best Five Photos</h1>{TEXT}</article>",
        "https://weaverpost.example/photos",
    ),
    "a kicker in an element of its own": (
        "The cloth stays",
        '<title>The cloth stays | Quay Gazette</title><meta property="og:title" content="The cloth stays">',
        f"<article><h1><span>From the guild</span><span>The cloth stays</span></h1>{TEXT}</article>",
        "https://gazette.example/cloth",
    ),
    "the site's name shown as a subheading": (
        "The dyers stay away",
        "<title>The dyers stay away | Lower Quay Times</title>",
        f'<div class="top"><h2 class="title">Lower Quay Times</h2></div><article><h1>The dyers stay away</h1>{TEXT}</article>',
        "https://lqt.example/dyers",
    ),
}


@pytest.mark.parametrize("what", PAGES)
def test_the_headline_is_told_from_other_titles(what: str) -> None:
    headline, head, body, address = PAGES[what]
    record = clean(f"<html><head>{head}</head><body>{body}</body></html>", url=address)
    assert record.title == headline
