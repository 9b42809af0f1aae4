"""Pages that a browser has to build are called so, and nothing else is; every sentence composed for this."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from processor_time import bounded

from copydesk import Page, clean, explain, restore
from copydesk.cleaners.lexicon.words import languages
from copydesk.cleaners.page_kind.page_shell import find_shell

URL = "https://courier.example/2026/04/the-second-bell"
ASK = "You need to enable JavaScript to run this app."
NAV = "<header><nav><ul>{}</ul></nav></header>".format(
    "".join(
        f'<li><a href="/{name.lower()}">{name}</a></li>' for name in ("News", "Sport", "Culture", "Weather")
    )
)
FOOTER = "<footer><p>© 2026 Harbour Courier. All rights reserved.</p><a href=/terms>Terms</a></footer>"
MODULE = '<script type="module" crossorigin src="/assets/index-1f.js"></script>'
SCRIPT = '<script defer src="/static/js/main.1f.js"></script>'
STORY = (
    "The ferry left the pier at six, as it had on every morning since the war, and came back with eleven goats.",
    "Nobody on the council could say who had ordered the second bell, or why it hung there without a rope.",
    "Mrs Alder keeps the key in a tin, and the tin in a drawer that sticks when it rains from the east.",
    "By noon the tide had taken the sandbags, two bicycles and most of the mayor's patience with engineers.",
)
PROSE = "".join(f"<p>{sentence}</p>" for sentence in STORY)


def page(body: str, *, head: str = "<title>The second bell | Harbour Courier</title>", html: str = "") -> str:
    return f'<!doctype html><html lang="en"{html}><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'


SHELLS = {
    "create-react-app": page(f'<noscript>{ASK}</noscript><div id="root"></div>{SCRIPT}'),
    "vite": page('<div id="app"></div>', head=f"<title>Courier</title>{MODULE}"),
    "vue-cli": page(
        "<noscript><strong>We're sorry but courier doesn't work properly without JavaScript enabled. "
        f"Please enable it to continue.</strong></noscript><div id=app></div>{SCRIPT}"
    ),
    "angular": page('<app-root></app-root><script src="main.js" type="module"></script>'),
    "angular with a placeholder": page(f"<app-root>Loading...</app-root>{SCRIPT}"),
    "angularjs": page(
        '<div ng-controller="Story"><h1>{{ story.title }}</h1><p>{{ story.lead | translate }}</p><div ng-view></div></div>',
        head="<title>Courier</title><script src='/angular.min.js'></script>",
        html=' ng-app="courier"',
    ),
    "nuxt without a server": page(
        '<div id="__nuxt"><style>#nuxt-loading{color:red}</style><div id="nuxt-loading" role="status"><div>Loading...</div></div></div>'
        '<script>window.__NUXT__={config:{}}</script><script src="/_nuxt/1.js"></script>'
    ),
    "gatsby without a server": page(
        '<noscript id="gatsby-noscript">This app works best with JavaScript enabled.</noscript>'
        f'<div id="___gatsby"></div>{SCRIPT}',
        head="<title></title>",
    ),
    "flutter": page(
        '<script src="flutter_bootstrap.js" async></script>', head='<base href="/"><title>courier</title>'
    ),
    "next without an article": page(
        '<div id="__next"></div><script id="__NEXT_DATA__" type="application/json">'
        f"{json.dumps({'props': {'pageProps': {}}, 'page': '/[slug]'})}</script>{SCRIPT}"
    ),
    "svelte": page(
        '<div style="display: contents"><script>{ import("/_app/immutable/entry/start.js") }</script></div>'
    ),
    "blazor": page(
        '<div id="app"><svg class="loading-progress"><circle/></svg></div><div id="blazor-error-ui">An unhandled error '
        'has occurred. <a href="">Reload</a></div><script src="_framework/blazor.webassembly.js"></script>'
    ),
    "an element of one's own": page(f"<courier-app unresolved>COURIER</courier-app>{SCRIPT}"),
    "an amp list": page(
        '<amp-list width="auto" src="/stories.json"></amp-list><script async src="https://cdn.example/v0.js"></script>'
    ),
    "menus and a footer around it": page(f'{NAV}<main><div id="app"></div></main>{FOOTER}{MODULE}'),
    "declared as an article": page(
        f'{NAV}<div id="app"></div>{FOOTER}{MODULE}',
        head='<title>The second bell</title><meta property="og:type" content="article"><meta property="og:title" '
        'content="The second bell"><meta property="article:published_time" content="2026-04-02T07:00:00Z">',
    ),
    "no title at all": page('<div id="root"></div>', head=MODULE),
    "a sentence in the mount": page(f'<div id="root"><p>{ASK}</p></div>{SCRIPT}'),
    "a sentence that is hidden": page(
        f'<div id="root"></div><div style="display:none">Please enable JavaScript.</div>{SCRIPT}'
    ),
    "a spinner": page(f'<div class="spinner">One moment</div>{SCRIPT}'),
    "dots": page(f"<p>Fetching the news…</p>{SCRIPT}"),
    "a test whether there are scripts": page(
        '<script>document.cookie="js=1";location.reload()</script>',
        head='<noscript><meta http-equiv="refresh" content="0; url=/nojs.html"></noscript>',
    ),
    "scripts taken out, noscript not": page(f"<noscript>{ASK}</noscript><div id=root></div>"),
    "a sentence alone": page(f"<p>{ASK}</p>"),
}


def code(markup: str, *, url: str | None = URL) -> tuple[str, str]:
    """Status and reason code of a page."""
    record = clean(markup, url=url)
    return record.status, (record.reason or "").partition(":")[0]


@pytest.mark.parametrize("name", SHELLS)
def test_a_page_that_a_browser_has_to_build_is_called_so(name: str) -> None:
    record = clean(SHELLS[name], url=URL)
    assert (record.status, (record.reason or "").partition(":")[0]) == ("rejected", "needs_javascript")
    assert (record.text, record.markdown) == ("", "")
    restore(record)


def test_the_evidence_names_what_was_seen() -> None:
    reason = clean(SHELLS["create-react-app"], url=URL).reason
    assert reason == (
        f'needs_javascript: nothing in <div id="root">, 1 script, noscript says “{ASK}”; 0 characters shown besides'
    )


def test_what_it_declares_of_itself_is_kept() -> None:
    record = clean(SHELLS["declared as an article"], url=URL)
    assert (record.title, record.date_published) == ("The second bell", "2026-04-02T07:00:00+00:00")


def test_blocks_that_were_kept_are_left_out_by_the_rule_of_the_page() -> None:
    explanation = explain(Page(body=SHELLS["a sentence alone"], url=URL))
    (sentence,) = [item for item in explanation.labelled if item.block.text == ASK]
    assert not sentence.is_kept
    assert {removed.text for removed in explanation.record.removed} >= {ASK}


REQUESTS = {
    "en": ASK,
    "de": "Sie müssen JavaScript aktivieren, um diese Anwendung zu nutzen.",
    "fr": "Vous devez activer JavaScript pour utiliser cette application.",
    "es": "Necesitas habilitar JavaScript para ejecutar esta aplicación.",
    "pt": "Você precisa habilitar o JavaScript para executar este aplicativo.",
    "it": "Devi abilitare JavaScript per eseguire questa applicazione.",
    "nl": "Je moet JavaScript inschakelen om deze app te gebruiken.",
    "pl": "Musisz włączyć JavaScript, aby uruchomić tę aplikację.",
    "sv": "Du måste aktivera JavaScript för att köra den här appen.",
    "tr": "Bu uygulamayı çalıştırmak için JavaScript'i etkinleştirmeniz gerekiyor.",
    "ru": "Для работы приложения необходимо включить JavaScript.",
    "ar": "يجب تفعيل JavaScript لتشغيل هذا التطبيق.",
    "hi": "इस ऐप को चलाने के लिए आपको JavaScript सक्षम करना होगा।",
    "ja": "このアプリを実行するにはJavaScriptを有効にする必要があります。",
    "ko": "이 앱을 실행하려면 JavaScript를 활성화해야 합니다.",
    "zh": "您需要启用JavaScript来运行此应用。",
}


def test_there_is_a_sentence_of_every_language() -> None:
    assert sorted(REQUESTS) == list(languages())


IN_NOSCRIPT = "<noscript>{}</noscript><div></div><script src=a.js></script>"


@pytest.mark.parametrize(("language", "shape"), [
    ("en", "<html><body><p>{}</p></body></html>"), ("en", IN_NOSCRIPT), ("ja", IN_NOSCRIPT),
    *((language, "{}") for language in REQUESTS),
])  # fmt: skip
def test_a_page_with_such_a_notice_alone_is_a_shell_in_every_language(language: str, shape: str) -> None:
    assert code(shape.format(REQUESTS[language]), url=None) == ("rejected", "needs_javascript")


def test_a_flattened_text_with_its_title_and_menu_is_called_so() -> None:
    assert code(f"Harbour Courier\n\nNews\nSport\nCulture\n\n{ASK}\n") == ("rejected", "needs_javascript")


# what is none of them


@pytest.mark.parametrize("around", [
    f"<noscript>Please enable JavaScript</noscript>{{}}{SCRIPT}",
    f'<div id="root"></div>{{}}{MODULE}',
    f'{NAV}<app-root></app-root><noscript>{ASK}</noscript>{{}}<p class="loading">Loading…</p>{SCRIPT}{FOOTER}',
    f'<div id="root"><noscript>{ASK}</noscript>{{}}</div>{SCRIPT}',
    f"{{}}<p>{ASK}</p>{SCRIPT}",
    f'<div id="root"></div><div hidden id="S:1">{{}}</div><script>$RC("B:1","S:1")</script>{SCRIPT}',
])  # fmt: skip
def test_an_article_beside_all_this_is_untouched(around: str) -> None:
    record = clean(page(around.format(f"<article><h1>The second bell</h1>{PROSE}</article>")), url=URL)
    assert (record.status, record.reason) == ("ok", None)
    assert all(sentence in record.text for sentence in STORY)


@pytest.mark.slow
@given(
    st.lists(st.sampled_from(STORY), min_size=2, max_size=8, unique=False),
    st.sampled_from(["root", "app", "__next", "___gatsby"]),
    st.booleans(),
    st.booleans(),
)
def test_no_story_is_a_shell(sentences: list[str], mount: str, is_inside: bool, has_noscript: bool) -> None:
    story = "<h1>The second bell</h1>" + "".join(f"<p>{sentence}</p>" for sentence in sentences)
    inside, outside = (story, "") if is_inside else ("", story)
    noscript = f"<noscript>{ASK}</noscript>" if has_noscript else ""
    markup = page(f'{noscript}{NAV}<div id="{mount}">{inside}</div>{outside}{MODULE}{FOOTER}')
    bare = page(f"{NAV}{story}{FOOTER}")
    assert code(markup)[1] != "needs_javascript"
    assert code(markup)[0] == code(bare)[0]


@pytest.mark.parametrize("language", ["html", "text"])
def test_a_stub_of_two_sentences_is_untouched(language: str) -> None:
    text = "The morning ferry is cancelled today, the port said. The next one leaves the pier at noon."
    markup = page(f"<h1>No ferry</h1><p>{text}</p>{SCRIPT}") if language == "html" else f"No ferry\n\n{text}"
    record = clean(markup, url=URL)
    assert record.status == "ok"
    assert text in record.text


def test_a_short_report_on_such_a_page_is_untouched() -> None:
    text = f"“{ASK}” was all that the town's new website had to tell its oldest reader on Monday. She went fishing."
    assert code(page(f"<h1>Site without words</h1><p>{text}</p>{SCRIPT}"))[1] != "needs_javascript"
    assert code(f"Site without words\n\n{text}")[1] != "needs_javascript"


def test_an_article_in_a_script_goes_on_being_found() -> None:
    body = " ".join(STORY * 3)
    data = json.dumps({"props": {"pageProps": {"article": {"title": "The second bell", "body": body}}}})
    next_js = page(
        f'<div id="__next"></div><script id="__NEXT_DATA__" type="application/json">{data}</script>{SCRIPT}'
    )
    ld = json.dumps({"@type": "NewsArticle", "headline": "The second bell", "articleBody": body})
    declared = page(
        f'<div id="root"></div><script type="application/ld+json">{ld}</script>{SCRIPT}<noscript>{ASK}</noscript>'
    )
    for markup in (next_js, declared):
        record = clean(markup, url=URL)
        assert (record.status, (record.reason or "").partition(":")[0]) == ("partial", "script_body")
        assert STORY[0] in record.text


CARDS = "".join(
    f'<div class="card"><h3><a href="/news/{place}">How the bell number {place} came back to the harbour</a></h3></div>'
    for place in range(24)
)
OTHERS = {
    "a check of the browser": ("captcha", page(f"<h1>Checking your browser before you go on</h1><noscript>Please enable JavaScript.</noscript>{SCRIPT}", head="<title>Just a moment...</title>")),
    "a check of cookies": ("captcha", page(f"<noscript>Enable JavaScript and cookies to continue</noscript>{SCRIPT}", head="")),
    "not found, in an app": ("not_found", page(f'<div id="root"></div><h1>Page not found</h1><p>The page you are looking for may have been moved or deleted.</p>{SCRIPT}', head="<title>Page not found</title>")),
    "a list of stories beside an empty mount": ("index", page(f'{NAV}{CARDS}<div id="app"></div>{MODULE}{FOOTER}')),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHERS)
def test_a_page_of_another_type_keeps_its_type(case: str) -> None:
    expected, markup = OTHERS[case]
    assert code(markup) == ("rejected", expected)


@pytest.mark.parametrize(("markup", "expected"), [
    ("<html><head></head><body></body></html>", "empty"), (page("<div></div>", head=""), "empty"),
    (page("", head='<script src="https://count.example/t.js"></script>'), "empty"),
    (page(f'<img src="/plan.png">{SCRIPT}'), "no_article"),
    (page(f'<iframe src="https://video.example/1"></iframe>{SCRIPT}'), "no_article"),
    (page('<div id="root"></div>'), "no_article"),
])  # fmt: skip
def test_a_page_without_text_and_without_signs_is_no_shell(markup: str, expected: str) -> None:
    assert code(markup, url=None)[1] == expected


def test_an_ordinary_page_is_checked_in_no_time() -> None:
    explanation = explain(Page(body=page(f"{NAV}<article>{PROSE * 40}</article>{FOOTER}"), url=URL))
    with bounded(7):
        for _ in range(100):
            assert find_shell(explanation.labelled, None) is None


ZH = "钟匠修好了市政厅的大钟。星期五它第一次敲响了正午，大约两百人来到广场上聆听。"


@pytest.mark.parametrize(
    ("body", "is_read"),
    [
        ("\n\n".join(STORY[:3]), True),  # 298 letters: a short article
        (ZH * 2, True),  # 76 letters of Han
        (STORY[0], False),  # a description
        (ZH, False),
    ],
)
def test_a_short_article_that_a_page_declares_is_read(body: str, *, is_read: bool) -> None:
    ld = json.dumps({"@type": "NewsArticle", "headline": "The second bell", "articleBody": body})
    record = clean(page(f'<div id="root"></div><script type="application/ld+json">{ld}</script>'), URL)
    assert record.status == ("partial" if is_read else "rejected")
    assert (record.text.split() == body.split()) == is_read
