"""What the net takes out of a page and claims, where the grammar of notes reads nothing, and where it
keeps what grammar and lists would take out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import tomli

from benchmarks.residue import as_html, as_lines
from copydesk import Page, Record, clean_page

TESTS = Path(__file__).resolve().parents[3]
ARTICLES: dict[str, Any] = tomli.loads((TESTS / "articles.toml").read_text("utf-8"))
NOTE = "Hats off to Claude Code, which wrote most of this page while we slept."


def cleaned(text: str, language: str = "en", *, media: str = "html", at: int = 3) -> Record:
    """The record of an article with a paragraph more."""
    article = ARTICLES[language]
    paragraphs = list(article["paragraphs"])
    paragraphs.insert(at, text)
    compose = as_html if media == "html" else as_lines
    return clean_page(Page(body=compose(article["title"], paragraphs), media=media))


@pytest.mark.parametrize("media", ["html", "text"])
@pytest.mark.parametrize(
    ("text", "language", "role", "medium"),
    [
        ("Ce texte a été rédigé par Claude Code, puis relu.", "fr", "generated", "text"),
        ("Die Bilder auf dieser Seite stammen von Midjourney und wurden mit KI erzeugt.", "de", "generated", "image"),
        ("この記事はAIを使用して執筆しています。", "ja", None, "text"),
        ("本文由 AI 辅助整理，作者已校对。", "zh", "assisted", "text"),
        ("Эта страница переведена с помощью Cloud Translation API.", "ru", "translated", "text"),
    ],
)  # fmt: skip
def test_a_note_leaves_the_text_and_is_claimed(
    text: str, language: str, role: str | None, medium: str, media: str
) -> None:
    record = cleaned(text, language, media=media)
    assert text not in record.text
    assert [gone.label for gone in record.removed if gone.text == text] == ["ai_disclaimer"]
    (use,) = record.provenance.ai
    assert use.medium == medium
    assert role in (None, use.role)


def test_what_may_be_a_note_is_one_where_the_text_ends_and_is_not_about_ai() -> None:
    note = "Claude chose the headings of this page."
    record = cleaned(note)
    assert note not in record.text
    (gone,) = [gone for gone in record.removed if gone.text == note]
    assert (gone.evidence or "").startswith("where the text begins or ends; reads as a note (log-odds 0.")
    assert not record.provenance.ai
    assert note in cleaned(note, at=2).text
    article = ARTICLES["en"]
    paragraphs = [
        "Half of the town's schools now use ChatGPT in class, the council says.",
        *article["paragraphs"],
        note,
    ]
    about_ai = clean_page(Page(body=as_html(article["title"], paragraphs), media="html"))
    assert note in about_ai.text


def test_a_text_ends_before_what_leaves_it() -> None:
    article = ARTICLES["en"]
    notes = (
        "The drawing of the tower: Midjourney.",
        "Proofread by Gemini.",
    )
    record = clean_page(Page(body=as_html(article["title"], [*article["paragraphs"], *notes])))
    assert not any(note in record.text for note in notes)


def html_with(elements: str) -> Record:
    """The record of an article that ends with these elements."""
    article = ARTICLES["en"]
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in article["paragraphs"])
    return clean_page(Page(body=f"<article><h1>{article['title']}</h1>{paragraphs}{elements}</article>"))


OFFER = "If you want, I can turn this article into:"
OFFERED = "<ul><li>a letter to the council</li><li>a table of the clocks</li></ul>"
OWN = "<ol><li>The tower was built of brick in 1712.</li><li>The clock came thirty years later.</li></ol>"


@pytest.mark.parametrize(
    ("elements", "leaves"),
    [
        (f"<p>{OFFER}</p>{OFFERED}<p>Just let me know.</p>", True),
        # another list, of the article's own or of the site, is not of it
        (f"<p>{OFFER}</p>{OFFERED}{OWN}", True),
        (
            f"<p>{OFFER}</p>{OFFERED}</article><footer><ul>{'<li><a href=/a>Home</a></li>' * 10}</ul></footer>",
            True,
        ),
        # a list without end is the article
        (f"<p>{OFFER}</p><ul>{'<li>a letter to the council</li>' * 10}</ul>", False),
        (f"<p>In May the council means to write:</p>{OFFERED}", False),
    ],
)
def test_a_list_leaves_with_the_offer_that_announces_it(elements: str, leaves: bool) -> None:
    record = html_with(elements)
    assert ("a letter to the council" not in record.text) == leaves
    assert ("thirty years later" in record.text) == ("thirty years later" in elements)
    assert not [gone for gone in record.removed if gone.text == "Home" and gone.label == "chatbot_meta"]
    assert ARTICLES["en"]["paragraphs"][-1] in record.text


WRAPPED = "If you want, I can turn this article about the\nclock of the town hall into:"


@pytest.mark.parametrize("offer", [OFFER, WRAPPED])
def test_a_list_in_plain_text_leaves_with_its_offer_and_the_next_one_stays(offer: str) -> None:
    article = ARTICLES["en"]
    offered = "- a letter to the council\n- a table of the clocks"
    own = "- The tower was built of brick in 1712.\n- The clock came thirty years later."
    text = "\n\n".join(
        (
            article["title"],
            *article["paragraphs"],
            offer,
            offered,
            own,
            article["paragraphs"][0].replace("noon", "one"),
        )
    )
    record = clean_page(Page(body=text, media="text"))
    assert "a letter to the council" not in record.text
    assert "a table of the clocks" not in record.text
    assert "thirty years later" in record.text


def test_a_headline_above_a_note_stays() -> None:
    note = "<p>This text was translated from German by DeepL.</p>"
    body = "".join(f"<p>{paragraph}</p>" for paragraph in ARTICLES["en"]["paragraphs"])
    record = clean_page(
        Page(body=f"<article><h2>The old clock</h2>{note}<h2>How it began</h2>{body}</article>")
    )
    assert "The old clock" in record.text
    assert "translated from German" not in record.text


def test_the_evidence_of_a_removal_is_its_words() -> None:
    (gone,) = [gone for gone in cleaned(NOTE).removed if gone.text == NOTE]
    assert "product 'claude code'" in (gone.evidence or "")
    assert "written 'wrote'" in (gone.evidence or "")


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("Authors must say in their cover letter whether a chatbot wrote any part of their article.", 2),
        ("The council wants every picture that was made by AI to carry a label from May.", 2),
        ("The answers were generated by ChatGPT and rated by three teachers, who did not know it.", 2),
        ("If you want, I can come by on Friday, the clockmaker had told her.", 2),
        ("Rewrite the letter in a friendlier tone before you send it.", 2),
        # a denial
        ("No AI was used to write this article.", 3),
    ],
)
def test_an_article_about_machines_stays(text: str, at: int) -> None:
    record = cleaned(text, at=at)
    assert text in record.text
    assert not record.provenance.ai


def test_what_a_footer_lets_readers_do_is_no_chatbots_talk() -> None:
    footer = "最終更新 2026年1月5日 (月) 12:03 (日時は個人設定で未設定ならばUTC)。テキストは表示ライセンスのもとで利用できます。"
    note = '<h2>脚注</h2><ol class="references"><li id="cite_note-1">『北浜町史』1972年、44頁。</li></ol>'
    record = clean_page(Page(body=f"{note}<footer>{footer}</footer>"))
    assert "chatbot_meta" not in [gone.label for gone in record.removed]
    assert record.provenance.evidence == ()


def test_the_lines_of_a_wrapped_note_leave_together() -> None:
    lines = "Ein Hinweis: An diesem Artikel hat eine KI mitgeschrieben,\nund unsere Redaktion hat ihn vor dem Druck geprüft."
    record = cleaned(lines, "de", media="text")
    assert "mitgeschrieben" not in record.text
    assert "Redaktion hat ihn" not in record.text


def test_an_example_in_a_table_stays() -> None:
    note = "This article was written with ChatGPT"
    assert note not in cleaned(note).text
    record = cleaned(f"| Letters | {note} |")
    assert note in record.text
    assert not record.provenance.ai


WITHOUT_LISTS = {
    "cs": (
        "Hodiny na radnici znovu bijí",
        "Hodiny na radnici v pátek poprvé po jedenácti letech odbily poledne a na náměstí přišlo asi dvě stě lidí.",
        "Stály od chvíle, kdy bouře ohnula hřídel velké ručičky. Loni v zimě je dva učni rozebrali.",
        "Městská rada zaplatila jen materiál. Hodinář říká, že se hodiny za měsíc zpozdí o méně než minutu.",
    ),
    "id": (
        "Jam balai kota berdentang lagi",
        "Jam di balai kota berdentang tengah hari pada hari Jumat untuk pertama kalinya dalam sebelas tahun.",
        "Jam itu berhenti sejak badai membengkokkan poros jarumnya. Musim dingin lalu dua murid membongkarnya.",
        "Dewan kota hanya membayar bahannya. Tukang jam mengatakan bahwa jam itu kini jarang meleset.",
    ),
}


@pytest.mark.parametrize(
    ("language", "text", "label"),
    [
        # a phrase that English lists find does not make it English
        ("cs", "Text vznikl pomocí umělé inteligence (Text AI).", "ai_disclaimer"),
        ("id", "Mau saya lanjutkan ke bagian berikutnya?", "chatbot_meta"),
        ("id", "Jika Anda ingin, kami bisa mengirim jadwal loket lewat pos.", None),
    ],
)
def test_a_language_without_lists_is_read_by_its_concepts(
    language: str, text: str, label: str | None
) -> None:
    title, *paragraphs = WITHOUT_LISTS[language]
    record = clean_page(Page(body=as_lines(title, [*paragraphs, text]), media="text"))
    assert [gone.label for gone in record.removed if gone.text == text] == ([label] if label else [])
    assert (text in record.text) == (label is None)
    assert bool(record.provenance.ai) == (label == "ai_disclaimer")


PROMPT = (
    "Write a 600-word SEO-optimized article about hidden beaches in Portugal. Use a friendly tone, include H2 headings, "
    'and use the keyword "hidden beaches" at least five times. Do not mention competitors.'
)
BEACHES = (
    "Portugal has more than 800 kilometres of coast. The hidden beaches in this list ask for a walk or a small boat.",
    "Below the westernmost cape of the continent, two stone towers stand in the surf, and the path down is steep.",
    "A tunnel cut through the rock leads to the sand. Come in the morning, when the arch throws its shadow on the water.",
)


@pytest.mark.parametrize("compose", [as_html, as_lines])
def test_a_prompt_above_the_text_leaves_it(compose: Callable[[str, Sequence[str]], str]) -> None:
    media = "html" if compose is as_html else "text"
    record = clean_page(Page(body=compose("Hidden beaches", [PROMPT, *BEACHES]), media=media))
    (gone,) = [gone for gone in record.removed if gone.text == PROMPT]
    assert gone.label == "leaked_prompt"
    assert (gone.evidence or "").startswith("an order to write")
    assert all(paragraph in record.text for paragraph in BEACHES)
