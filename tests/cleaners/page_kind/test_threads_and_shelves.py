"""Threads, shelves and lists in the markup of several boards and shops, and in none of theirs; all of it composed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk import Options, Page, clean, explain, restore
from copydesk.cleaners.text_forms import letters

pytestmark = pytest.mark.slow
ALL = Options(pages="all")
LINKS = "".join(
    f'<li><a href="/s{at}">{name}</a></li>' for at, name in enumerate(("Home", "Tides", "Shop", "Contact"))
)

TALK = {
    "de": (
        "Welcher Anker hält im Schlick?",
        "Das Boot treibt ab, sobald der Wind dreht, und die Kette kommt jedes Mal voller grauem Schlick nach oben.",
        "Ein Pflugscharanker hat mich im Fluss noch nie im Stich gelassen, braucht aber viel Kette hinter sich.",
        "Niemand schreibt hier über den Grund: im Kraut rutschen alle, im Lehm halten alle, die ich kenne.",
    ),
    "es": (
        "¿Qué ancla agarra mejor en el fango?",
        "El barco garrea en cuanto cambia el viento y la cadena sube siempre llena de fango gris.",
        "El ancla de arado nunca me ha fallado en el río, pero necesita mucha cadena por detrás.",
        "Nadie habla aquí del fondo: en las algas resbalan todas y en la arcilla agarran todas.",
    ),
    "ja": (
        "泥に効く錨はどれですか",
        "風が変わるとすぐに船が流されて、鎖は毎回灰色の泥だらけで上がってきます。",
        "川ではプラウ型の錨が一度も抜けたことがありませんが、鎖をたくさん出す必要があります。",
        "海底の話を誰もしていませんが、海草の上ではどれも滑り、粘土ではどれも効きます。",
    ),
    "ru": (
        "Какой якорь держит в иле?",
        "Лодку сносит, как только меняется ветер, и цепь каждый раз поднимается вся в сером иле.",
        "Плуговой якорь меня в реке ещё ни разу не подводил, но ему нужно очень много цепи позади.",
        "Никто не пишет о грунте: в водорослях ползут все, а в глине держат все якоря, какие я знаю.",
    ),
}  # fmt: skip
MOTTO = "Seven feet below every keel, as the old pilot used to say to whoever paid for his rum."


def page(main: str, title: str, language: str = "en", body: str = "", above: str = "") -> str:
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><title>{title}</title></head><body class="{body}">'
        f"<header><nav><ul>{LINKS}</ul></nav></header>{above}<main><h1>{title}</h1>{main}</main>"
        f"<footer><ul>{LINKS}</ul><p>&copy; 2026 Harbour House</p></footer></body></html>"
    )


def _phpbb(at: int, text: str) -> str:
    return (
        f'<div id="p{at}" class="post bg{at % 2}"><dl class="postprofile"><dt><a href="/u{at}">pilot{at}</a></dt>'
        f"<dd>Matrose</dd></dl><div class=postbody><p class=author>pilot{at} » 3. 3. 2024, 10:1{at}</p>"
        f'<div class="content">{text}</div><div class="signature">{MOTTO}</div></div></div>'
    )


def _vbulletin(at: int, text: str) -> str:
    return (
        f'<li class="postbit" id="post_{at}"><div class="posthead"><span>03/03/2024, 10:1{at}</span></div>'
        f'<div class="userinfo"><a href="/m/{at}">pilot{at}</a></div><div><blockquote class="postcontent">{text}'
        f'</blockquote></div><blockquote class="signature restore">{MOTTO}</blockquote></li>'
    )


def _nameless(at: int, text: str) -> str:
    return f"<div><div><b>pilot{at}</b> <span>2024.03.0{at + 1}</span></div><p>{text}</p></div>"


@pytest.mark.parametrize(("language", "post", "url", "body"), [
    ("de", _phpbb, "https://boats.example/viewtopic.php?t=4711", "nojs section-viewtopic ltr"),
    ("es", _vbulletin, "https://boats.example/foro/showthread.php?t=991", ""),
    ("ja", _nameless, "https://boats.example/board/thread/4711", ""),
    ("ru", _nameless, "https://boats.example/index.php?topic=589.0", ""),
])  # fmt: skip
def test_a_thread_is_known_by_posts_that_look_alike(
    language: str, post: Callable[[int, str], str], url: str, body: str
) -> None:
    title, *said = TALK[language]
    posts = "".join(post(at, f"{said[at % 3]} {said[(at + 1) % 3]}") for at in range(7))
    given = page(posts, title, language, body)
    record = clean(given, url, options=ALL)
    assert (record.page_kind, record.status) == ("forum", "ok")
    assert all(record.text.count(sentence) >= 3 for sentence in said)
    # what one has below each post is no part of it
    assert MOTTO not in record.text
    assert letters(restore(record)) == letters(restore(clean(given, url)))


SHORT = {
    "en": ("The boat drags as soon as the wind turns.", "Take more chain and the old one will hold as well."),
    "fr": ("Le bateau dérape dès que le vent tourne.", "Mets plus de chaîne et la vieille tiendra aussi."),
    "ru": ("Лодку сносит, как только меняется ветер.", "Возьми больше цепи, и старый тоже удержит."),
}


def _smf(at: int, text: str) -> str:
    return (
        f'<div class="windowbg" id="msg{at}"><div class="poster"><h4><a href="/profile/{at}">pilot{at}</a></h4></div>'
        f'<div class="keyinfo">3.3.2024, 10:1{at}</div><div class="post"><div class="inner">{text}</div></div></div>'
    )


def _xenforo(at: int, text: str) -> str:
    return (
        f'<article class="message message--post"><div class="message-user"><h4><a href="/members/{at}">pilot{at}</a></h4>'
        f'</div><div class="message-content"><time>3.3.2024</time><div class="bbWrapper">{text}</div></div></article>'
    )


@pytest.mark.parametrize(("language", "post", "url", "count"), [
    ("en", _xenforo, "https://boats.example/threads/anchor.58/", 2),
    ("en", _phpbb, "https://boats.example/viewtopic.php?t=47", 3),
    ("fr", _smf, "https://boats.example/index.php?topic=58.0", 2),
    ("fr", _phpbb, "https://boats.example/viewtopic.php?f=2&t=47", 2),
    ("ru", _smf, "https://boats.example/index.php?topic=58.0", 3),
])  # fmt: skip
def test_a_thread_may_be_a_question_and_an_answer(
    language: str, post: Callable[[int, str], str], url: str, count: int
) -> None:
    said = SHORT[language]
    posts = "".join(post(at, said[at % 2]) for at in range(count))
    record = clean(page(posts, TALK["de"][0], language), url, options=ALL)
    assert record.page_kind == "forum"
    assert all(sentence in record.text for sentence in said)
    assert "Tides" not in record.text


def test_an_article_at_a_boards_address_has_no_posts() -> None:
    title, *said = TALK["de"]
    text = "".join(f"<p>{' '.join(said)}</p>" for _ in range(5))
    assert (
        clean(page(f"<article>{text}</article>", title, "de"), "https://news.example/topic/anker").page_kind
        == "article"
    )


def test_a_list_of_threads_gives_their_titles() -> None:
    titles = (
        "Chain of ten or of twelve?",
        "Windlass dead again",
        "Buoy on the anchor or not?",
        "Two boats, one hook",
    )
    rows = "".join(
        f'<tr class="topic"><td><a href="/forum/anchors/{at}">{title}</a></td><td>{at + 2} replies</td></tr>'
        for at, title in enumerate(titles)
    )
    record = clean(
        page(f"<table>{rows}</table>", "Anchors"), "https://boats.example/forum/anchors/", options=ALL
    )
    assert all(title in record.text for title in titles)


@pytest.mark.parametrize("comments", ["comments", "post-comments"])
def test_answers_are_kept_and_comments_on_them_are_not(comments: str) -> None:
    title, asked, first, second = TALK["ru"]
    below = f'<div class="{comments}"><div>Спасибо, хороший ответ. <a href="/u">ivan</a></div></div>'
    post = '<div class="post {}"><div class="body"><p>{}</p></div>{}</div>'
    posts = post.format("question", asked, below) + "".join(
        post.format("answer", text, below) for text in (first, second)
    )
    main = f'<div itemscope itemtype="https://schema.org/QAPage">{posts}</div>'
    record = clean(page(main, title, "ru"), "https://words.example/questions/47", options=ALL)
    assert all(text in record.text for text in (asked, first, second))
    assert "Спасибо" not in record.text


LAMPS = (
    "Skär hjälmlampa",
    "Holm baklykta",
    "Fjord framlampa",
    "Udde klämlampa",
    "Sund dynamolampa",
    "Vall pannlampa",
)


def shelf(card: str, around: str = "<div>{}</div>") -> str:
    return around.format(
        "".join(card.format(at=at, name=name, price=199 + at) for at, name in enumerate(LAMPS))
    )


CARDS = (
    '<li class="product post-{at}"><h2><a href="/vara/{at}">{name}</a></h2><p>{price} kr</p><button>Lägg i korgen</button></li>',
    '<div class="x9k2"><a href="/p/{at}-lampa">{name}</a><div class="w3">Räckvidd: {at}0 m</div><div>{price} kr</div></div>',
    '<article><a href="/vara/{at}">{name}</a><p>{price} kr</p><p><a href="?add={at}">Lägg i korgen</a></p></article>',
)
BESIDE = (
    '<div class="mega"><p>Var med när vi lagar gamla lampor i verkstaden och gör varje resa säkrare.</p></div>',
    '<div role="dialog"><p>Skriv upp dig för vårt brev och få tio procent på den första lampan du köper.</p></div>',
)


@pytest.mark.parametrize("card", CARDS)
@pytest.mark.parametrize("above", BESIDE)
def test_a_shelf_gives_every_name_and_price_and_nothing_beside_it(card: str, above: str) -> None:
    given = page(shelf(card), "Lampor", "sv", above=above)
    record = clean(given, "https://cykel.example/kategori/lampor", options=ALL)
    assert (record.page_kind, record.status) == ("collection", "ok")
    assert all(name in record.text and f"{199 + at} kr" in record.text for at, name in enumerate(LAMPS))
    assert "Lägg i korgen" not in record.text
    assert "verkstaden" not in record.text
    assert "tio procent" not in record.text


def test_a_row_of_what_was_seen_before_is_not_on_the_shelf() -> None:
    seen = shelf('<div class="slide"><a href="/gammal/{at}">Gammal {name}</a><p>9{at} kr</p></div>')
    given = page(
        shelf(CARDS[1]) + f'<section class="carousel"><h2>Senast visade</h2>{seen}</section>', "Lampor", "sv"
    )
    record = clean(given, "https://cykel.example/kategori/lampor", options=ALL)
    assert all(name in record.text for name in LAMPS)
    assert "Gammal" not in record.text


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.sampled_from((*CARDS, *BESIDE, _nameless(1, MOTTO), "<h1>Lampor</h1>")), max_size=8),
    st.booleans(),
)
def test_nothing_is_lost_whatever_stands_on_the_page(parts: list[str], is_board: bool) -> None:
    given = page("".join(shelf(part) if "{at}" in part else part * 3 for part in parts), "Lampor", "sv")
    url = "https://boats.example/forum/4711" if is_board else "https://cykel.example/kategori/lampor"
    everything = explain(Page(given, url), ALL)
    assert letters(restore(everything.record)) == letters(restore(clean(given, url)))
    assert all(
        item.verdict.rule and item.verdict.evidence for item in everything.labelled if not item.is_kept
    )
