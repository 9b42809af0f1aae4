"""Pages that are no article are distinguished from articles that look like them; every sentence composed for this."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from phrase_files import not_found, repeated

from copydesk.cleaners import clean, clean_page
from copydesk.cleaners.errors import BadData
from copydesk.cleaners.judge.judgement import PACKAGED, Judge
from copydesk.cleaners.lexicon.words import languages, lexicon
from copydesk.cleaners.page_kind.page_evidence import declared_types, page_words, read_address
from copydesk.cleaners.page_kind.page_features import packaged_weights, probabilities, read_weights
from copydesk.cleaners.page_kind.page_type import PageKind
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Page

SITE = "https://courier.example"
IDS = (
    "not-found",
    "error",
    "captcha",
    "needs-javascript",
    "consent",
    "login",
    "search",
    "category",
    "cart",
    "thread",
)

FOLDER = """<html><head><title>{head}</title></head><body><h1>{head}</h1><table><tr><th><a href="?C=N;O=D">Name</a></th>
<th>Last modified</th><th>Size</th></tr><tr><td><a href="/pub/">Parent Directory</a></td><td> </td><td>-</td></tr>
<tr><td><a href="ferry-2024.txt">ferry-2024.txt</a></td><td>2025-02-11 10:12</td><td>120K</td></tr>
<tr><td><a href="ferry-2025.txt">ferry-2025.txt</a></td><td>2026-02-11 10:12</td><td>125K</td></tr></table>
<address>Server at files.example Port 443</address></body></html>"""

# language: (title, text of the page)
NOT_FOUND = {
    "en": ("Page not found", "The page you are looking for may have been moved or deleted."),
    "de": ("Seite nicht gefunden", "Die gesuchte Seite existiert nicht oder wurde verschoben."),
    "fr": ("Page introuvable", "La page que vous recherchez n'existe pas ou plus."),
    "es": ("Página no encontrada", "Lo sentimos, la página que buscas no existe en este sitio."),
    "pt": ("Página não encontrada", "A página que você procura não existe ou mudou de lugar."),
    "it": ("Pagina non trovata", "La pagina che stai cercando non esiste su questo sito."),
    "nl": ("Pagina niet gevonden", "De pagina die je zoekt bestaat niet of is verplaatst."),
    "pl": ("Nie znaleziono strony", "Strona, której szukasz, nie istnieje albo zmieniła adres."),
    "sv": ("Sidan hittades inte", "Sidan du letar efter finns inte eller har fått en ny adress."),
    "tr": ("Sayfa bulunamadı", "Aradığınız sayfa mevcut değil veya başka bir adrese taşındı."),
    "ru": ("Страница не найдена", "Запрашиваемая страница была удалена или перемещена."),
    "ar": ("الصفحة غير موجودة", "الصفحة التي تبحث عنها غير موجودة، ربما تم نقلها أو حذفها."),
    "hi": ("पेज नहीं मिला", "आप जिस पेज को खोज रहे हैं वह हटा दिया गया है या उसका पता बदल गया है।"),
    "ja": ("ページが見つかりません", "お探しのページは削除されたか移動した可能性があります。"),
    "ko": ("페이지를 찾을 수 없습니다", "요청하신 페이지가 삭제되었거나 주소가 변경되었습니다."),
    "zh": ("页面不存在", "抱歉，您访问的页面不存在，请检查您输入的网址。"),
}
OTHER_NOTICES = [
    ("captcha", "en", "Just a moment...", "Verify you are human by completing the action below."),
    ("captcha", "de", "Sicherheitsprüfung", "Bitte bestätigen Sie, dass Sie ein Mensch sind."),
    ("captcha", "es", "Verificación de seguridad", "Por favor, confirma que no eres un robot."),
    ("captcha", "zh", "安全验证", "请完成安全验证，以确认您不是机器人。"),
    ("captcha", "ja", "セキュリティチェック", "続行するには、ロボットではないことを確認してください。"),
    ("error_page", "en", "Service unavailable", "The server is temporarily unable to service your request."),
    ("error_page", "it", "Errore del server", "Si è verificato un errore. Riprova più tardi."),
    ("error_page", "ko", "서비스 점검 중", "시스템 점검으로 인해 잠시 이용하실 수 없습니다. 잠시 후 다시 시도해 주세요."),
    ("error_page", "ru", "Доступ запрещён", "У вас нет прав для просмотра этой страницы."),
    ("error_page", "pl", "Przerwa techniczna", "Trwają prace techniczne. Spróbuj ponownie później."),
    ("consent", "en", "Before you continue", "We and our 412 partners store and access information on a device."),
    ("consent", "de", "Willkommen bei uns", "Besuchen Sie uns wie gewohnt mit Werbung und Tracking."),
    ("consent", "fr", "Avant de continuer", "Accepter les cookies pour continuer, ou s'abonner."),
    ("consent", "sv", "Innan du fortsätter", "Vi och våra partner lagrar information på en enhet."),
    ("login", "en", "Sign in to your account", "New here? Create an account in a minute and keep stories for later."),
    ("login", "pl", "Zaloguj się", "Nie masz jeszcze konta? Załóż je i czytaj bez ograniczeń."),
    ("login", "tr", "Giriş yapın", "Hesabınız yok mu? Hemen üye olun, haberleri kaydedin."),
    ("login", "ar", "تسجيل الدخول", "ليس لديك حساب؟ أنشئ حسابا مجانيا واقرأ كل المقالات."),
    ("login", "ja", "ログイン", "アカウントをお持ちでない方は新規登録をお願いします。"),
    ("error_page", "nl", "Je browser is verouderd", "Update je browser om deze site te lezen."),
    ("error_page", "hi", "आपका ब्राउज़र समर्थित नहीं है", "कृपया अपना ब्राउज़र अपडेट करें।"),
    ("error_page", "sv", "Inte tillgängligt i ditt land", "Vi kan inte visa det här innehållet i din region."),
    ("error_page", "zh", "您所在的地区无法访问", "我们无法在您所在的国家显示此内容。"),
    ("error_page", "es", "Aviso", "Desactive su bloqueador de anuncios y vuelva a cargar la página."),
    ("error_page", "de", "Altersprüfung", "Bitte bestätigen Sie Ihr Alter, bevor Sie weitergehen."),
    ("error_page", "da", "Besked", "Du bruger en adblocker. Slå den fra for at se siden."),
    ("error_page", "tr", "Bilgi", "Bu içerik ülkenizde kullanılamıyor."),
    ("consent", "ja", "クッキーの設定", "当社とパートナーは、お使いの端末にCookieを保存します。"),
]  # fmt: skip

LOG_IN_FORM = '<form><input name="name"><input type="password" name="word"></form>'

SENTENCES = (
    "The ferry left the pier at six, as it had on every morning since the war.",
    "Nobody on the council could say who had ordered the second bell, or why it hung there without a rope.",
    "Mrs Alder keeps the key in a tin, and the tin in a drawer that sticks when it rains.",
    "By noon the tide had taken the sandbags, two bicycles and most of the mayor's patience.",
    "The engineer drew the valve on a napkin and said it would hold until spring, if spring was early.",
    "Children counted the herons, and the herons, it seemed, counted the children.",
)


def prose(paragraphs: int) -> str:
    """Paragraphs of about 250 characters."""
    return "".join(
        f"<p>{' '.join(SENTENCES[(place + step) % len(SENTENCES)] for step in range(3))}</p>"
        for place in range(paragraphs)
    )


def page(main: str, *, title: str, language: str = "en", head: str = "", body: str = "") -> str:
    """A page with the menus and the footer every page of a site has."""
    links = "".join(f'<li><a href="/{place}">Part {place}</a></li>' for place in range(8))
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8"><title>{title} | Harbour Courier</title>'
        f'{head}</head><body class="{body}"><nav><ul>{links}</ul></nav><main>{main}</main>'
        f"<footer><ul>{links}</ul><p>&copy; 2026 Harbour Courier</p></footer></body></html>"
    )


def cards(count: int, *, subject: str = "How the {} came back to the harbour after a long winter") -> str:
    """Teasers: a linked heading, a picture, an excerpt."""
    things = ("bell", "ferry", "heron", "market", "library", "tram", "choir", "lighthouse", "mill", "bakery")
    return "".join(
        f'<div class="teaser card"><img src="/{place}.jpg"><h3><a href="/news/{place}">'
        f"{subject.format(things[place % len(things)])} {place}</a></h3><p>What we know so far about number {place} …</p></div>"
        for place in range(count)
    )


def kind(record: Record) -> str | None:
    """The page type in the reason of a record."""
    return record.reason.partition(":")[0] if record.reason else None


DATED = (
    '<meta property="og:type" content="article">'
    '<meta property="article:published_time" content="2026-04-02T07:00:00Z">'
)


@pytest.mark.parametrize(
    ("expected", "language", "title", "sentence"),
    [*(("not_found", language, *texts) for language, texts in NOT_FOUND.items()), *OTHER_NOTICES],
)
def test_a_notice_is_rejected_by_its_name(expected: str, language: str, title: str, sentence: str) -> None:
    body = page(f"<h1>{title}</h1><p>{sentence}</p>", title=title, language=language)
    record = clean(body, url=f"{SITE}/2019/old-story")
    assert (record.status, kind(record), record.text) == ("rejected", expected, "")


def test_a_page_that_was_not_found_under_stories_of_the_day_is_no_article_of_them() -> None:
    title, sentence = NOT_FOUND["en"]
    body = page(f"<h1>{title}</h1><p>{sentence}</p><h2>Most read</h2>{cards(9)}", title=title)
    record = clean(body, url=f"{SITE}/gone")
    assert kind(record) == "not_found"
    assert record.text == ""
    assert sum("came back to the harbour" in removed.text for removed in record.removed) >= 9


def test_a_field_for_a_password_below_the_headline_makes_a_page_to_log_in_in_any_language() -> None:
    main = f"<h1>Přihlášení</h1>{LOG_IN_FORM}<p>Nemáte účet? Založte si ho zdarma a čtěte dál, co se děje v kraji.</p>"
    assert kind(clean(page(main, title="Přihlášení", language="cs"))) == "login"


def test_what_a_form_says_above_its_field_for_a_password_is_no_article() -> None:
    hint = "Adja meg e-mail címét és a titkos szót, amelyet a tavaszi levelünkben kapott, hogy beléphessen a szobájába."
    main = f"<h1>Olvasói szoba</h1><form><p>{hint}</p><input type='password'></form>"
    assert kind(clean(page(main, title="Olvasói szoba", language="hu"))) == "login"


@pytest.mark.parametrize(
    "main",
    [
        f"<header>{LOG_IN_FORM}<a href='/r'>Forgot your password?</a></header><h1>The second bell</h1><p>{SENTENCES[1]}</p>",
        f"<h1>The second bell</h1><p>{SENTENCES[1]}</p><section><h2>Log in to comment</h2>{LOG_IN_FORM}</section>",
        (
            f"<h1>The second bell</h1><p>{SENTENCES[1]}</p><section><h2>Create an account or sign in to comment</h2>"
            "<p>You need to be a member to leave a comment</p><div><h3>Create an account</h3><p>Sign up for a new account"
            " in our community. It's easy!</p><a href='/r'>Register a new account</a></div></section>"
        ),
    ],
)
def test_a_brief_beside_a_form_to_log_in_stays(main: str) -> None:
    assert clean(page(main, title="The second bell")).text == SENTENCES[1]


def test_a_notice_in_flattened_text_is_known_too() -> None:
    record = clean(
        "Harbour Courier\n\nPage not found\n\nThe page you are looking for does not exist.\n\nHome"
    )
    assert (record.status, kind(record)) == ("rejected", "not_found")


LISTS = {
    "results of a search in English": ("search", "en", "Search results for “ferry”", "<h1>Search results for “ferry”</h1>" + cards(10), "", "/search?q=ferry"),
    "in Swedish": ("search", "sv", "Sökresultat", "<h1>Sökresultat</h1>" + cards(10), "", "/sok?q=f%C3%A4rja"),
    "in Portuguese": ("search", "pt", "Resultados da busca", "<h1>Resultados da busca</h1>" + cards(10), "", "/?s=balsa"),
    "in Japanese": ("search", "ja", "検索結果", "<h1>検索結果</h1>" + cards(10), "", "/search?keyword=%E8%88%B9"),
    "in German": ("search", "de", "Suchergebnisse", "<h1>Suchergebnisse</h1>" + cards(10), "", "/suche?query=Boot"),
    "a front page": ("index", "en", "Harbour Courier", f'<section class="top">{cards(24)}</section>', "home", "/"),
    "a section of a paper": ("category", "en", "Culture", "<h1>Culture</h1>" + cards(20), "archive category", "/category/culture"),
}  # fmt: skip


@pytest.mark.parametrize("case", LISTS)
def test_lists_of_teasers_are_rejected(case: str) -> None:
    expected, language, title, main, body, address = LISTS[case]
    record = clean(page(main, title=title, language=language, body=body), url=f"{SITE}{address}")
    assert (record.status, kind(record), record.text) == ("rejected", expected, "")


def test_headlines_with_a_sentence_below_each_are_no_article() -> None:
    teasers = "".join(
        f"<div class=story><h2><a href='/town/{n}'>The ferry sails again, part {n}</a></h2>"
        f"<p>Boats leave the quay at {n}, the port said on Monday, and nobody needs a ticket.</p></div>"
        for n in range(12)
    )
    record = clean(f"<html lang=en><title>Town</title><body><h1>Town</h1>{teasers}</body></html>")
    assert (record.status, record.text) == ("rejected", "")
    assert (record.reason or "").startswith("index: 12 cards")


def shop_cards(count: int) -> str:
    return "".join(
        f'<li class="product-card"><a class="product-title" href="/p/{place}">Oilskin jacket for the quay, number {place}</a>'
        f'<span class="price">€ {40 + place},95</span><button class="add-to-cart">In winkelwagen</button></li>'
        for place in range(count)
    )


def test_a_shelf_of_a_shop_is_rejected() -> None:
    filters = '<div class="filters"><button>Sorteren op</button><button>Filteren</button></div>'
    body = page(f"<h1>Jassen</h1>{filters}<ul>{shop_cards(24)}</ul>", title="Jassen", language="nl")
    record = clean(body, url="https://winkel.example/collections/jassen")
    assert kind(record) == "category"
    assert record.status == "rejected"


def test_a_product_keeps_its_description_and_has_its_type_as_reason() -> None:
    description = "<p>Tejida a mano con lana de la sierra, esta manta pesa dos kilos y abriga como una casa entera en enero.</p>"
    main = (
        f'<h1>Manta de la sierra</h1><span class="price">€ 89,00</span><button class="add-to-cart">Añadir al carrito</button>'
        f"<p>En stock</p>{description * 1}<p>Se lava en frío, se seca al sol y no se plancha nunca, porque la lana guarda memoria de quien la teje.</p>"
    )
    head = '<meta property="og:type" content="product">'
    record = clean(
        page(main, title="Manta de la sierra", language="es", head=head, body="single-product"),
        url="https://tienda.example/producto/manta",
    )
    assert (record.status, kind(record)) == ("partial", "product")
    assert "Tejida a mano" in record.text


POSTS = {
    "en": SENTENCES,
    "de": (
        "Ich nehme seit Jahren ein geschlagenes Seil, weil es sich nach jedem Winter noch von Hand spleißen lässt.",
        "Für ein so kleines Boot reicht dir die Leine aus dem Baumarkt, wenn du sie nicht in der Sonne liegen lässt.",
        "Mir ist im letzten Herbst eine neue gerissen, und der Händler wollte davon nichts wissen.",
    ),
    "tr": (
        "Ben yıllardır pamuk halat kullanıyorum, çünkü her kıştan sonra elimle yeniden örebiliyorum.",
        "Bu kadar küçük bir tekne için pahalı bir halata gerek yok, yeter ki güneşin altında bırakma.",
        "Geçen sonbaharda yeni aldığım halat koptu ve satıcı bunu duymak bile istemedi.",
    ),
}


def thread(language: str, words: tuple[str, str, str]) -> str:
    """Six posts, each with what a forum shows of who wrote it."""
    joined, reply, quote = words
    posts = POSTS[language]
    posts = "".join(
        f'<article class="post message"><div class="user"><b>sailor{place}</b><span>{joined}: 2019</span></div>'
        f"<p>{posts[place % len(posts)]} {posts[(place + 1) % len(posts)]}</p>"
        f"<button>{quote}</button><button>{reply}</button></article>"
        for place in range(6)
    )
    return page(f'<h1>1204</h1><div class="thread">{posts}</div>', title="1204", language=language)


@pytest.mark.parametrize(("language", "words", "address"), [
    ("en", ("Joined", "Reply", "Quote"), "/threads/which-rope.1204/"),
    ("de", ("Registriert seit", "Antworten", "Zitieren"), "/forum/viewtopic.php?t=1204"),
    ("tr", ("Katılım", "Cevapla", "Alıntı"), "/forum/konu/1204"),
])  # fmt: skip
def test_a_thread_keeps_its_posts(language: str, words: tuple[str, str, str], address: str) -> None:
    record = clean(thread(language, words), url=f"https://boats.example{address}")
    assert (record.status, kind(record)) == ("partial", "forum")
    assert POSTS[language][0] in record.text


# what must stay an article


def stays(body: str, url: str = f"{SITE}/2026/04/the-second-bell") -> Record:
    record = clean(body, url=url)
    assert record.status == "ok", record.reason
    return record


def linked(node: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


INGREDIENTS = "<li>200 g of flour</li><li>3 eggs</li><li>a pinch of salt</li><li>half a litre of milk</li>"
STEPS = "".join(f"<li>{sentence}</li>" for sentence in SENTENCES[:4])
LETTERS = "".join(
    f'<p><a href="https://other.example/{place}">A letter from the estuary, part {place}</a> is worth your evening: {SENTENCES[place % 6]} '
    f'There is <a href="https://other.example/more/{place}">more of it here</a>. {SENTENCES[(place + 3) % 6]}</p>'
    for place in range(8)
)
ROBOT = (
    "<p>“Verify you are human” is what the harbour's new ticket site tells its oldest customers, who have been human "
    f"since 1941 and have no patience for photographs of buses.</p>{prose(6)}"
)
FLASH = (
    "<p>The morning ferry is out of service, the harbour office said on Tuesday: a valve in the lock had failed overnight. "
    "Passengers saw the words “something went wrong, please try again later” on every ticket machine.</p>"
)
WIRE = (
    '<p class="byline">By Nora Quill, 2 April 2026</p>'
    "<p>The council sold the old mill on Thursday for one symbolic coin and a promise: the buyer, a choir from the next valley, must open it "
    "to the public on Sundays and keep the wheel turning. The vote was nine to eight after two hours of debate.</p>"
)
ENTRIES = "".join(
    f'<section class="entry"><h3>{9 + place}:15</h3><p>{SENTENCES[place % 6]} {SENTENCES[(place + 1) % 6]}</p></section>'
    for place in range(9)
)
WALKS = "".join(
    f'<h2><a href="/walks/{place}">{place + 1}. The walk along the dyke number {place}</a></h2>'
    f"<p>{SENTENCES[place % 6]} {SENTENCES[(place + 1) % 6]}</p>"
    for place in range(10)
)
LIVE = {
    "@type": "LiveBlogPosting",
    "headline": "The flood, hour by hour",
    "datePublished": "2026-04-02T07:00:00Z",
}
STAYING = {
    "about captchas, dated": ("Are you a robot?", ROBOT, DATED, "2026/04/the-second-bell", "since 1941"),
    "about captchas": ("Are you a robot?", ROBOT, "", "2026/04/the-second-bell", "since 1941"),
    "a short news flash": ("Ferry out of service after error in the lock", FLASH, DATED, "2026/04/the-second-bell", "valve in the lock"),
    "a wire story of one paragraph under long lists of teasers": ("Council sells the old mill", WIRE, DATED, "2026/04/council-sells-the-old-mill", "one symbolic coin"),
    "a live blog": ("The flood, hour by hour", ENTRIES, linked(LIVE), "2026/04/the-second-bell", "The ferry left"),
    "a list of things with linked headings": ("Ten walks for a wet Sunday", prose(1) + WALKS, DATED, "2026/04/the-second-bell", "as it had on every morning"),
    "on pages that were not found": ("404: the strange life of the page not found", prose(7), "", "2026/04/the-second-bell"),
    "a recipe": ("Pancakes of the lock keeper", f"{prose(2)}<ul>{INGREDIENTS}</ul><ol>{STEPS}</ol>", linked({"@type": "Recipe", "name": "Pancakes of the lock keeper", "datePublished": "2026-04-02"}), "recipes/pancakes-of-the-lock-keeper"),
    "a newsletter full of links": ("Seven things we read this week", prose(1) + LETTERS, DATED, "letters/seven-things-we-read-this-week"),
    "a review of a product": ("A jacket that outlives its owner", f'{prose(6)}<p>Price: € 89.</p><p><a href="https://shop.example/1">Buy now</a></p>', linked({"@type": "Review", "datePublished": "2026-04-02", "itemReviewed": {"@type": "Thing", "name": "Oilskin jacket"}}), "reviews/a-jacket-that-outlives-its-owner"),
    "a story of a forum": ("Reply, quote, repeat: twenty years of one forum", prose(6), DATED, "culture/twenty-years-of-one-forum"),
    "at an address of threads": ("Bells", prose(6), "", "topic/bells"),
}  # fmt: skip
"""Headline, markup below it, head, path of the URL, and words of the text."""
WRAPPERS = {
    "a newsletter full of links": "<article>{}</article>",
    "a list of things with linked headings": "<article>{}</article>",
    "a wire story of one paragraph under long lists of teasers": f"<article>{{}}</article><h2>More stories</h2>{cards(30)}",
    "at an address of threads": '<div class="topic-box"><div class="topic-content">{}</div></div>',
}


@pytest.mark.parametrize("case", STAYING)
def test_an_article_that_looks_like_another_type_stays(case: str) -> None:
    title, below, head, path, *words = STAYING[case]
    main = WRAPPERS.get(case, "{}").format(f"<h1>{title}</h1>{below}")
    record = stays(page(main, title=title, head=head), f"{SITE}/{path}")
    assert all(part in record.text for part in words)


# the parts


def test_a_series_of_pictures_stays_and_its_captions_are_its_text() -> None:
    pictures = "".join(
        f'<h2>{heading}</h2><figure><img src="/{place}.jpg"><figcaption>{SENTENCES[place]} {SENTENCES[place - 1]}'
        "</figcaption></figure>"
        for place, heading in enumerate(("The bell", "The key", "The tide", "The valve"))
    )
    series = f"<article><h1>Four pictures of the harbour</h1>{pictures}</article>"
    record = stays(page(series, title="Four pictures of the harbour"))
    assert all(sentence in record.text for sentence in SENTENCES[:4])
    among = page(f"<article><h1>The second bell</h1>{prose(5)}{pictures}</article>", title="The second bell")
    assert SENTENCES[3] + " " + SENTENCES[2] in " ".join(image.caption or "" for image in stays(among).images)


# an entry of a wiki, in its first sentence and in all of them
STUBS = {
    "ja": ("浜名別駅は北海道浜名町にあった鉄道の駅である。2014年に廃止された。",
           "駅舎は木造の平屋で、現在は町の集会所として使われている。", "毎月第三日曜日には朝市が開かれる。ホームは一面一線であった。"),
    "en": ("Hamana was a station in Hamana, a town of the north, and was closed in 2014, as few people used it.",
           "Its house is the meeting hall of the town now.", "On every third Sunday there is a market in it."),
}  # fmt: skip
AROUND_A_STUB = {
    "ja": ("メインページ 最近の出来事 新しいページ 最近の更新 おまかせ表示 練習用ページ アップロード 関連ページの更新状況",
           "最終更新 2025年3月4日 (火) 10:21 （日時は個人設定で未設定ならばUTC）。", "テキストは表示-継承ライセンスのもとで利用できます。"),
    "en": ("Main_page Recent_events New_pages Recent_changes Random_page Sandbox Upload Related_changes",
           "This page was last edited on 4 March 2025, at 10:21.", "Content is available under Attribution-ShareAlike."),
}  # fmt: skip


@pytest.mark.parametrize("path", ["/?curid=7", "/index.php?title=Hamana", "/wiki/Hamana"])
@pytest.mark.parametrize("sentences", [1, 2, 3])
@pytest.mark.parametrize("language", STUBS)
def test_a_stub_of_a_wiki_is_an_article_however_short(language: str, sentences: int, path: str) -> None:
    menu, edited, licence = AROUND_A_STUB[language]
    entries = "".join(f'<li><a href="/wiki/{one}">{one}</a></li>' for one in menu.split())
    text = "".join(STUBS[language][:sentences]) if language == "ja" else " ".join(STUBS[language][:sentences])
    body = (
        f'<html lang="{language}"><head><title>浜名別 - 北浜百科</title><meta name="generator" content="MediaWiki 1.43.0">'
        '</head><body class="skin-vector mediawiki ns-0"><div id="content" class="mw-body" role="main">'
        '<h1 id="firstHeading">浜名別</h1><div id="mw-content-text"><div class="mw-parser-output">'
        f'<p>{text}</p></div></div></div><div id="mw-navigation"><nav class="vector-menu"><ul>{entries}</ul></nav></div>'
        f'<footer class="mw-footer"><ul id="footer-info"><li>{edited}</li><li>{licence}</li></ul></footer></body></html>'
    )
    record = clean_page(Page(body, f"https://kitahama.example{path}"))
    assert (record.status, record.reason, record.text) == ("ok", None, text)


def test_a_short_article_the_network_thinks_nothing_of_stays_if_trafilatura_finds_its_paragraph() -> None:
    network = PACKAGED.html()
    doubting = Judge(lambda: replace(network, keep_bias=network.keep_bias - 7), PACKAGED.lines)

    def judged(main: str) -> Record:
        body = page(f"<h1>The bell is back</h1>{main}", title="The bell is back")
        return clean_page(Page(body, f"{SITE}/2026/08/the-bell-is-back"), judge=doubting)

    found = judged(f"<p>{SENTENCES[1]} {SENTENCES[2]}</p>")
    assert (found.status, found.text) == ("ok", f"{SENTENCES[1]} {SENTENCES[2]}")
    # its vote on what is no prose does not count
    assert (
        kind(judged(f"<ul>{''.join(f'<li>{word}</li>' for word in SENTENCES[0].split())}</ul>"))
        == "no_article"
    )


def test_what_is_taken_for_a_correction_of_nothing_is_the_text() -> None:
    network = PACKAGED.html()
    bias = network.label_bias.copy()
    bias[network.labels.index("correction")] += 20
    text = " ".join(SENTENCES[1:3])
    body = page(f"<h1>The bell is back</h1><p>{text}</p>", title="The bell is back")
    record = clean_page(
        Page(body, f"{SITE}/2026/08/the-bell-is-back"),
        judge=Judge(lambda: replace(network, label_bias=bias), PACKAGED.lines),
    )
    assert (record.status, record.text) == ("ok", text)


@pytest.mark.parametrize(("markup", "script", "open_graph", "types"), [
    ('<div itemscope itemtype="https://schema.org/Product http://schema.org/Offer/">', '{"@type": ["NewsArticle"], "author": {"@type" : "schema:Person"}}', ["Article"], {"og:article", "product", "offer", "newsarticle", "person"}),
    ("", '{"@type": [ "WebPage" , "NewsArticle","https://schema.org/Thing" ], "author": ["Ann Poe"]}', [], {"webpage", "newsarticle", "thing"}),
    ("", '{"@type": "WebPage", "product": "Oilskin jacket", "offer": "Ten days"}', [], {"webpage"}),
    ("", '{"@type": ["WebPage"], "product": "Oilskin jacket", "offer": "Ten days"}', [], {"webpage"}),
], ids=["all three places", "several in a list", "a key behind a type", "a key behind a list"])  # fmt: skip
def test_declared_types(markup: str, script: str, open_graph: list[str], types: set[str]) -> None:
    assert declared_types(markup=markup, scripts=[script], open_graph=open_graph) == types


@given(st.text(max_size=120))
def test_any_address_can_be_read(url: str) -> None:
    assert "" not in read_address(url).words


def test_an_address_is_cut_into_its_words() -> None:
    address = read_address("https://forum.example.org/Threads/old-rope.12.html?q=rope")
    assert address.folders == ("threads", "old-rope.12.html")
    assert {"threads", "old-rope.12", "forum"} == address.words
    assert address.queries == {"q"}


def test_probabilities_add_up_and_know_every_kind() -> None:
    weights = packaged_weights()
    chances = probabilities(dict.fromkeys(weights.measures, 0.5), weights)
    assert sum(chances.values()) == pytest.approx(1)
    assert set(chances) - {"list"} <= {str(item) for item in PageKind}


@pytest.mark.parametrize(("change", "named"), [
    ({"kinds": ["product"]}, "expected kinds"), ({"bias": [0.0]}, "a bias for each"),
    ({"measures": {"is_dated": {"mean": 0, "scale": 0, "weights": [1, 2]}}}, "is_dated"),
    ({"measures": {"colour": {"mean": 0, "scale": 1, "weights": [1, 2]}}}, "colour"),
])  # fmt: skip
def test_a_wrong_weights_file_is_named_with_what_is_wrong(change: dict[str, object], named: str) -> None:
    good: dict[str, object] = {"kinds": ["article", "list"], "bias": [0.0, 0.0], "measures": {}}
    read_weights(good, where="weights.toml")
    with pytest.raises(BadData, match=r"weights\.toml") as caught:
        read_weights(good | change, where="weights.toml")
    assert named in str(caught.value)


def test_the_words_are_lower_case() -> None:
    for table in page_words().values():
        assert all(word == word.lower() for words in table.values() for word in words)


@pytest.mark.parametrize("code", languages())
def test_every_language_has_phrases_for_every_kind_of_page(code: str) -> None:
    ids = [f"page.{name}" for name in IDS]
    assert set(ids) <= set(lexicon(code).phrases)
    assert repeated(code, ids) == []


@pytest.mark.parametrize("code", languages())
def test_every_phrase_of_a_page_is_found_where_it_should_be(code: str) -> None:
    assert not_found(code, [f"page.{name}" for name in IDS]) == []


@pytest.mark.parametrize("head", [
    "Index of /pub/reports", "Index of /", "Index of /my files/of 2026", "Directory listing for /pub/",
    "Directory listing for /a b/",
])  # fmt: skip
def test_a_folder_of_a_server_is_no_article(head: str) -> None:
    found = clean(Page(FOLDER.format(head=head), url="https://files.example/pub/"))
    assert (found.status, found.text) == ("rejected", "")
    assert found.reason == f"index: the headline “{head}” of a folder"
    for other in ("Index of prices", "Index of / for all prices", f"Index of /{'my files ' * 20}"):
        assert "of a folder" not in (clean(Page(FOLDER.format(head=other))).reason or ""), other


@pytest.mark.parametrize(
    ("offer", "kind"), [("Have a look at all ferries", "product"), ("Already a paid subscriber?", "article")]
)
def test_a_paywall_hides_the_prose_of_an_article_at_a_shops_address(offer: str, kind: str) -> None:
    page = (
        "<html><head><title>The ferry that waits</title></head><body><h1>The ferry that waits</h1>"
        "<h3>Why the boat to Gull Island leaves four minutes late</h3>"
        "<div><p>The timetable says that the ferry leaves at ten past eight.</p></div>"
        f'<div><h2>Keep reading</h2><button>Start trial</button><a href="#">{offer} <b>Sign in</b></a></div>'
        "<p>Add to cart</p><footer><p>© 2026 Orla Pennyfeather</p><a>Privacy</a> ∙ <a>Terms</a></footer></body></html>"
    )
    assert clean(page, url="https://harbour.example/p/the-ferry-that-waits").page_kind == kind
