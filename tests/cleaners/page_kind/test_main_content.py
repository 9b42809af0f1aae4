"""What is kept of pages that are no article by who wants all pages; every sentence composed for this."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import lines
from made_blocks import html_blocks
from msgspec.structs import replace

from copydesk import Options, Page, clean, clean_page, explain, restore
from copydesk.cleaners.facts.page_facts import facts_of
from copydesk.cleaners.judge.judgement import PACKAGED, Judge
from copydesk.cleaners.page_kind.main_content import with_main_content
from copydesk.cleaners.page_kind.page_evidence import PageEvidence
from copydesk.cleaners.page_kind.page_type import PageKind, PageType
from copydesk.cleaners.schema import Record
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import KEPT, Label, Labelled, UserRule, Verdict

ALL = Options(pages="all")
SENTENCES = (
    "The ferry left the pier at six, as it had on every morning since the war.",
    "Nobody on the council could say who had ordered the second bell, or why it hung there without a rope.",
    "Mrs Alder keeps the key in a tin, and the tin in a drawer that sticks when it rains.",
    "By noon the tide had taken the sandbags, two bicycles and most of the mayor's patience.",
    "The engineer drew the valve on a napkin and said it would hold until spring, if spring was early.",
)
THINGS = ("bell", "ferry", "heron", "market", "library", "tram", "choir", "lighthouse", "mill", "bakery")


def page(main: str, title: str, *, head: str = "", body: str = "") -> str:
    links = "".join(f'<li><a href="/{place}">Part {place}</a></li>' for place in range(8))
    return (
        f'<!DOCTYPE html><html lang="en"><head><title>{title} | Harbour Courier</title>{head}</head>'
        f'<body class="{body}"><nav><ul>{links}</ul></nav><main>{main}</main>'
        f"<footer><ul>{links}</ul><p>&copy; 2026 Harbour Courier</p></footer></body></html>"
    )


def prose(paragraphs: int) -> str:
    return "".join(
        f"<p>{' '.join(SENTENCES[(place + step) % 5] for step in range(3))}</p>"
        for place in range(paragraphs)
    )


def headlines(count: int) -> Iterator[str]:
    return (
        f"How the {THINGS[place % 10]} came back to the harbour after a long winter {place}"
        for place in range(count)
    )


def cards(count: int) -> str:
    return "".join(
        f'<div class="teaser card"><h3><a href="/news/{place}">{headline}</a></h3>'
        f"<p>What the harbour master says of it on page {place}, and who is to pay for it.</p></div>"
        for place, headline in enumerate(headlines(count))
    )


FRONT = (page(cards(20), "Harbour Courier", body="home"), "https://courier.example/")


def of(given: tuple[str, str], options: Options = ALL) -> Record:
    record = clean(given[0], given[1], options=options)
    # the law holds whatever is wanted
    assert letters(restore(record)) == letters(restore(clean(*given)))
    return record


def test_a_front_page_gives_its_cards_in_order_and_no_menu() -> None:
    default, wanted = clean(*FRONT), of(FRONT)
    assert (default.status, default.page_kind, default.text) == ("rejected", "listing", "")
    assert (wanted.status, wanted.reason, wanted.page_kind) == ("ok", None, "listing")
    places = [wanted.text.index(headline) for headline in headlines(20)]
    assert places == sorted(places)
    assert wanted.text.count("who is to pay for it") == 20
    assert "Part 3" not in wanted.text
    assert "2026 Harbour" not in wanted.text


@pytest.mark.parametrize("around", ["<nav>{}</nav>", "<footer>{}</footer>", '<div role="dialog">{}</div>'])
def test_what_is_in_a_menu_or_a_dialog_is_no_card_of_the_list(around: str) -> None:
    aside = around.format(
        '<div class="teaser"><h3><a href="/offers">Ride with us all winter long</a></h3></div>'
    )
    given = page(cards(20) + aside, "Harbour Courier", body="home"), "https://courier.example/"
    wanted = of(given)
    assert wanted.text.count("who is to pay for it") == 20
    assert "Ride with us" not in wanted.text


def kept_of(
    kind: PageKind, *outline: tuple[str, Label, int], declared: frozenset[str] = frozenset(), found: str = ""
) -> set[str]:
    """What is kept of a page of a kind whose blocks have these words, labels and repetitions of their words."""
    blocks = lines(*(f"{word} " * count for word, _, count in outline))
    labelled = tuple(
        Labelled(block, (Verdict(label, "learned.keep" if label in KEPT else "learned.drop", ""),))
        for block, (_, label, _) in zip(blocks, outline, strict=True)
    )
    seen = PageEvidence(facts_of(PageTable(blocks), language="en", is_html=True), labelled, declared)
    votes = [word in found.split() for word, _, _ in outline]
    shown = with_main_content(seen, PageType(kind, ""), lambda: votes)
    return {item.block.text.split()[0] for item in shown if item.is_kept}


def test_cards_beside_a_text_of_a_shop_are_left_out_unless_they_are_more() -> None:
    shelf = ("own", Label.PARAGRAPH, 20), ("menu", Label.NAV, 99)
    few, many = ("cards", Label.RELATED, 20), ("cards", Label.RELATED, 21)
    assert kept_of(PageKind.CATEGORY, *shelf, few) == {"own"}
    assert kept_of(PageKind.CATEGORY, *shelf, many) == {"own", "cards"}
    # on a front page nothing else is the content
    assert kept_of(PageKind.INDEX, *shelf, few) == kept_of(PageKind.SEARCH, *shelf, few) == {"own", "cards"}
    # below a product they lead to others
    assert kept_of(PageKind.PRODUCT, *shelf, many) == {"own"}


def test_comments_on_a_question_are_no_answers_unless_they_are_most_of_it() -> None:
    question, reply = ("question", Label.PARAGRAPH, 20), ("reply", Label.COMMENT, 39)
    qa_page = frozenset({"qapage"})
    assert kept_of(PageKind.FORUM, question, reply) == {"question", "reply"}
    assert kept_of(PageKind.FORUM, question, reply, declared=qa_page) == {"question"}
    longer = ("reply", Label.COMMENT, 40)
    assert kept_of(PageKind.FORUM, question, longer, declared=qa_page) == {"question", "reply"}
    assert kept_of(PageKind.SERVICE, question, reply) == {"question"}


def test_trafilatura_is_believed_where_it_finds_more_than_twice_what_was_kept() -> None:
    own, other = ("own", Label.PARAGRAPH, 20), ("other", Label.AD, 21)
    assert kept_of(PageKind.PRODUCT, own, other, found="own other") == {"own", "other"}
    assert kept_of(PageKind.PRODUCT, own, ("other", Label.AD, 20), found="own other") == {"own"}


def test_an_article_is_the_same_whatever_is_wanted() -> None:
    given = page(f"<article><h1>The second bell</h1>{prose(6)}</article>{cards(9)}", "The second bell")
    default, wanted = clean(given), clean(given, options=ALL)
    assert (default.status, default.page_kind) == ("ok", "article")
    made = replace(default.processing, options=wanted.processing.options)
    assert replace(default, processing=made) == wanted
    assert default.processing.options != wanted.processing.options


def test_what_the_user_named_stays_out() -> None:
    rule = UserRule(name="winter", label=Label.RELATED, reason="old news", contains=("the heron came back",))
    wanted = of(FRONT, replace(ALL, user_rules=(rule,)))
    assert "heron came back" not in wanted.text
    assert wanted.text.count("market came back") == 2


def test_a_notice_is_no_content_and_has_its_own_type() -> None:
    gone = page("<h1>Page not found</h1><p>The page you are looking for was moved.</p>", "Page not found")
    record = of((gone, "https://courier.example/gone"))
    assert (record.status, record.page_kind, record.text) == ("rejected", "not_found", "")
    assert clean("", options=ALL).page_kind is None
    assert clean(b"%PDF-1.7 \x00\x01", options=ALL).page_kind is None


def thread(kind: str) -> tuple[str, str]:
    """A first post, and below it what the network takes for comments on an article."""
    replies = "".join(
        f'<li class="comment"><b>sailor{place}</b> <time>2 years ago</time>'
        f"<p>{SENTENCES[place % 5]} {SENTENCES[(place + 2) % 5]}</p><button>Reply</button></li>"
        for place in range(12)
    )
    main = (
        f'<div itemscope itemtype="https://schema.org/{kind}"><article><h1>Which rope?</h1>{prose(1)}'
        f'</article><section id="comments"><h2>12 comments</h2><ol class="comment-list">{replies}</ol></section></div>'
    )
    return page(main, "Which rope?"), "https://boats.example/forum/thread/1204"


def test_replies_are_the_text_of_a_thread() -> None:
    given = thread("DiscussionForumPosting")
    default, wanted = clean(*given), of(given)
    assert (default.page_kind, default.status) == ("forum", "partial")
    left_out = [removed for removed in default.removed if removed.label == "comment"]
    assert sum("herons" in removal.text or "Mrs Alder" in removal.text for removal in left_out) >= 3
    assert wanted.status == "ok"
    assert wanted.text.count("Mrs Alder") > default.text.count("Mrs Alder") + 3
    assert {item.verdict.rule for item in explain(Page(*given), ALL).labelled if item.is_kept} >= {
        "page.replies"
    }


@pytest.mark.parametrize(("body", "url"), [
    ("discussion isdesktop", "https://boats.example/d/1204"),
    ("", "https://boats.example/threads/which-rope.1204"),
    ("phpbb section-viewtopic", "https://boats.example/1204"),
])  # fmt: skip
def test_replies_are_kept_where_only_the_template_or_the_address_is_a_forums(body: str, url: str) -> None:
    replies = "".join(
        f'<li class="Item ItemComment"><span class="Author">sailor{place}</span><time>May {place + 1}</time>'
        f'<div class="Message">{SENTENCES[place % 5]} {SENTENCES[(place + 2) % 5]}</div></li>'
        for place in range(12)
    )
    main = (
        f'<h1>Which rope?</h1><div class="Item ItemDiscussion"><div class="Message">{prose(1)}</div></div>'
        f'<h2>Comments</h2><ul class="Comments">{replies}</ul>'
    )
    wanted = of((page(main, "Which rope?", body=body), url))
    assert (wanted.status, wanted.page_kind) == ("ok", "forum")
    assert wanted.text.count("Mrs Alder") >= 4


def test_comments_on_an_article_make_it_no_thread() -> None:
    main = thread("Article")[0]
    assert clean(main, "https://courier.example/town/1204").page_kind == "article"


def test_what_is_said_under_each_post_of_a_thread_is_no_reply() -> None:
    lists = ("reply", "reply", "note", "note")
    markup = "".join(
        f'<div class="{kind}"><div class="comments"><p>{kind}</p></div></div>'
        if kind == "note"
        else f"<p>{kind}</p>"
        for kind in lists
    )
    blocks = html_blocks(f"<html><body>{markup}</body></html>")
    labelled = tuple(Labelled(block, (Verdict(Label.COMMENT, "learned.drop", ""),)) for block in blocks)
    seen = PageEvidence(facts_of(PageTable(blocks), language="en", is_html=True), labelled)
    shown = with_main_content(seen, PageType(PageKind.FORUM, ""), lambda: [False] * len(blocks))
    assert [item.block.text for item in shown if item.is_kept] == ["reply", "reply"]


def test_a_thread_that_is_built_by_scripts_is_read_from_what_is_there_for_others() -> None:
    held = "".join(
        f'<div class="post"><b>sailor{place}</b><p>{SENTENCES[place]} {SENTENCES[place - 1]}</p></div>'
        for place in range(5)
    )
    body = (
        '<html lang="en"><head><title>Which rope? - Boats</title><meta property="og:type" content="forum"></head>'
        f'<body><noscript><header><a href="/">Boats</a></header><h1>Which rope?</h1>{held}</noscript></body></html>'
    )
    given = body, "https://boats.example/t/which-rope/1204"
    default, wanted = clean(*given), of(given)
    assert (default.status, default.text) == ("rejected", "")
    assert (wanted.status, wanted.page_kind, wanted.field_origins["text"]) == ("partial", "forum", "noscript")
    assert all(sentence in wanted.text for sentence in SENTENCES)


def _careless(by: float) -> Judge:
    """The packaged judge, which keeps the less the larger ``by``."""
    network = PACKAGED.html()
    return Judge(lambda: replace(network, keep_bias=network.keep_bias - by), PACKAGED.lines)


def test_trafilatura_votes_where_little_was_kept() -> None:
    main = f'<h1>Bell rope</h1><p>In stock</p><div class="description">{prose(4)}</div>'
    head = '<meta property="og:type" content="product">'
    given = Page(page(main, "Bell rope", head=head), "https://courier.example/product/rope")
    judge = _careless(30.0)
    default, wanted = clean_page(given, judge=judge), clean_page(given, ALL, judge=judge)
    assert (default.status, default.page_kind) == ("partial", "product")
    assert (wanted.status, wanted.page_kind) == ("ok", "product")
    assert all(sentence in record.text for record in (default, wanted) for sentence in SENTENCES)


def test_only_known_choices_are_taken() -> None:
    with pytest.raises(ValueError, match="pages: unknown 'lists'; known are articles, all"):
        clean("A page.", options=Options(pages="lists"))  # type: ignore[arg-type]
    assert clean_page(Page(*FRONT, options={"pages": "all"})) == of(FRONT)
    assert clean_page(Page(*FRONT, options={"pages": "articles"}), ALL) == clean(*FRONT)
