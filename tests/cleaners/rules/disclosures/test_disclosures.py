"""What a page admits is read as it is on real pages: over wrapped lines, in quotations, under marks of
Markdown; what a page only shows, it does not admit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
import tomli
from articles import ARTICLES

from copydesk import Page, clean_page
from copydesk.cleaners.schema import Record

_TESTS = Path(__file__).resolve().parents[3]
_SAMPLES = _TESTS / "cleaners" / "residue" / "ai_notes"
_TOPICS = {path.stem: tomli.loads(path.read_text("utf-8")) for path in sorted(_SAMPLES.glob("*.toml"))}
_TITLES = {
    code: article["title"]
    for code, article in tomli.loads((_TESTS / "articles.toml").read_text("utf-8")).items()
}
_UNSPACED = ("ja", "zh")
_COLUMNS = 40


def _wrapped(text: str) -> str:
    """The text over two lines, the first as long as wrapped lines are; the second is indented."""
    if " " not in text:
        return f"{text[: _COLUMNS // 2]}\n    {text[_COLUMNS // 2 :]}"
    at = text.find(" ", _COLUMNS)
    return f"{text[:at]}\n    {text[at + 1 :]}"


_FORMS: dict[str, Callable[[str], str]] = {
    "wrapped": _wrapped,
    "quoted": "> {}".format,
    "emphasised": "_({})_".format,
    "bold": "**{}**".format,
    "pictograph": "⚠️ {}".format,
    "tags": '<p align="right">{}</p>'.format,
    "dash": "- {}".format,
}


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _as_text(*parts: str) -> Record:
    return clean_page(Page(body="\n\n".join(parts), media="text"))


def _ends_in(record: Record, *paragraphs: str) -> bool:
    """Whether the text is these paragraphs, the headline aside."""
    head, *rest = "\n\n".join(paragraphs).split("\n")
    lines = record.text.split("\n")
    return lines[-len(rest) - 1 :] == [head, *rest] and len(lines) <= len(rest) + 3


def _as_html(language: str, *elements: str) -> Record:
    body = f"<html lang='{language}'><article><h1>Noon</h1>{''.join(elements)}</article></html>"
    return clean_page(Page(body=body, media="html"))


def _paragraphs(texts: Sequence[str]) -> list[str]:
    return [f"<p>{text}</p>" for text in texts]


@pytest.mark.parametrize("form", _FORMS)
@pytest.mark.parametrize("code", sorted(_TOPICS))
def test_notes_are_found_despite_marks_and_line_breaks(code: str, form: str) -> None:
    least = _COLUMNS // 2 if code in _UNSPACED else _COLUMNS
    notes = [one for one in _TOPICS[code]["note"] if len(one["text"]) > least + 8 and "\n" not in one["text"]]
    first, second, third = ARTICLES[code]
    kept = []
    for note in notes[:2]:
        record = _as_text(_TITLES[code], first, second, _FORMS[form](note["text"]), third)
        if not _letters(record.text).endswith(_letters(first + second + third)):
            kept.append(note["text"])
        elif (note["role"], note["medium"]) not in {(use.role, use.medium) for use in record.provenance.ai}:
            kept.append(f"no claim: {note['text']}")
    # an entry of a list amid the text often speaks of its own subject
    assert len(kept) <= (1 if form == "dash" else 0), kept


def test_a_sentence_is_removed_with_all_its_lines_and_the_others_stay() -> None:
    first, second, third = ARTICLES["en"]
    before, after = (
        "The ferry leaves at nine in the morning.",
        "Dogs travel free, and bicycles cost two crowns.",
    )
    note = "This timetable page was translated by\n    an AI system from the Danish."
    record = _as_text(_TITLES["en"], first, second, f"{before}\n{note}\n{after}", third)
    assert before in record.text
    assert after in record.text
    assert "timetable page" not in record.text
    assert "the Danish" not in record.text
    gone = [one for one in record.removed if one.label == "ai_disclaimer"]
    assert [one.evidence.startswith("continues") for one in gone] == [False, True]
    assert [use.role for use in record.provenance.ai] == ["translated"]


def test_a_chatbots_line_goes_over_wrapped_lines() -> None:
    lines = "As of my last knowledge update in March 2022, the weir\n    below the mill was closed, and the town had not yet\n    decided."
    record = _as_text(_TITLES["en"], *ARTICLES["en"], lines)
    assert _ends_in(record, *ARTICLES["en"])


def test_a_chat_is_recognized_by_its_turns() -> None:
    """Below "You said:" is a prompt, below the model's turn the answer, which is text."""
    first, second, third = ARTICLES["en"]
    prompt = "You said:\nmake me a page about the bridge, with a\nbutton for the ferry"
    record = _as_text(_TITLES["en"], first, prompt, "ChatGPT said:", second, third)
    assert _ends_in(record, first, second, third)
    assert {one.label for one in record.removed if "button" in one.text} == {"leaked_prompt"}
    council = "You said: the bus is late.\nWe did: ask the firm, and it now leaves at eight, as the driver had wished."
    assert "it now leaves at eight" in _as_text(_TITLES["en"], first, council, second, third).text


@pytest.mark.parametrize("between", ["\n", "\n\n"])
def test_a_chat_is_read_with_and_without_blank_lines(between: str) -> None:
    first, second, third = ARTICLES["en"]
    chat = ("You said:", "Write a short report on the bridge and the ferry for our local paper.", "ChatGPT said:",
            "Certainly! Here is a short report on the bridge and the ferry:")  # fmt: skip
    offer = "Would you like me to adjust the tone or add a quote from the mayor?"
    page = between.join((_TITLES["en"], first, *chat, second, offer, third))
    record = clean_page(Page(body=page, media="text"))
    assert _ends_in(record, first, second, third)
    assert {one.text: one.label for one in record.removed} == dict(
        zip((*chat, offer), ("chatbot_meta", "leaked_prompt", *["chatbot_meta"] * 3), strict=True)
    )


def test_a_label_between_lines_needs_more_to_be_a_note() -> None:
    first, second, third = ARTICLES["en"]
    label = "💥 Generative AI Use Cases for Ferries"
    card = (
        "💰 Price:",
        "Twelve euros a month",
        label,
        "Yes, in every plan",
        "⛴ Good for:",
        "Small firms on the quay",
    )
    lines = (_TITLES["en"], f"{first} {second}", *card, f"{third} {second}", *card, first, third)
    record = clean_page(Page(body="\n".join(lines), media="text"))
    assert label in record.text
    assert not record.provenance.ai


def test_labels_of_an_interface_in_a_row_are_removed_together() -> None:
    first, second, third = ARTICLES["en"]
    rows = ("code", "Markdown", "download", "content_copy", "expand_less")
    assert _ends_in(_as_text(_TITLES["en"], first, second, third, "\n".join(rows)), first, second, third)
    html = _as_html("en", *_paragraphs((first, second, *rows, third)))
    assert not [row for row in rows if row in html.text.split("\n\n")]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("pt", 'Claro! Aqui está uma seção "Como chegar" que você pode adicionar ao seu texto:'),
        ("pt", "Claro! Aqui está uma sugestão de texto para o capítulo: O que é uma balsa? com linguagem clara:"),
        ("en", "Unfortunately, as an AI language model, I do not have access to the timetable. However, I can tell you more."),
        ("en", "Just tell me “short” or “long” — and I’ll start writing the full document in the next reply."),
        ("en", "ChatGPT said: I just wrote it. Here's what you need to do next:"),
        ("fr", "### Bien sûr ! Voici la version formatée en Markdown. Vous pouvez la copier-coller directement."),
    ],
)  # fmt: skip
def test_a_chatbots_line_is_quoted_whole(language: str, text: str) -> None:
    parts = (*ARTICLES[language], text)
    for record in (_as_text(_TITLES[language], *parts), _as_html(language, *_paragraphs(parts))):
        assert _ends_in(record, *ARTICLES[language])
    quotes = {one.quote for one in record.provenance.evidence if one.field == "ai"}
    assert quotes
    assert all(quote in text for quote in quotes)


@pytest.mark.parametrize("code", sorted(_TOPICS))
def test_a_quotation_amid_the_text_is_a_note_where_it_names_the_page_and_nobody_announces_it(
    code: str,
) -> None:
    first, second, third = ARTICLES[code]
    for note in [one for one in _TOPICS[code]["note"] if one["medium"] == "text"]:
        quoted = f"<blockquote><p>{note['text']}</p></blockquote>"
        own = _as_html(code, *_paragraphs([first] * 4), quoted, *_paragraphs([second, third] * 2))
        announced = [*_paragraphs([first] * 3), f"<p>{first}:</p>", quoted, *_paragraphs([second, third] * 2)]
        assert not _as_html(code, *announced).provenance.ai
        if own.provenance.ai:
            assert note["text"] not in own.text
            return
    pytest.fail("no note in a quotation is found")


_PROMPT = "You are a journalist. Rewrite the following article in your own words, in 100 words, and reply with nothing but the article."


@pytest.mark.parametrize(
    "elements",
    [
        f"<p>An example of a prompt:</p><p>{_PROMPT}</p>",
        f"<ul><li>{_PROMPT}</li><li>Fix the grammar of this letter and keep the names.</li></ul>",
        f"<p>“{_PROMPT}”</p>",
        "<p>For example:</p><p>As an AI language model, I do not have opinions on the ferry.</p>",
        "<ul><li>The marks are real. The text is generated by AI from the marks.</li><li>The firms are not.</li></ul>",
        "<p>The comments were generated by AI.</p>",
    ],
)
def test_examples_on_a_page_are_no_disclosures(elements: str) -> None:
    first, second, third = ARTICLES["en"]
    record = _as_html("en", *_paragraphs((first, second)), elements, f"<p>{third}</p>")
    assert not record.provenance.ai
    assert not {"leaked_prompt", "chatbot_meta", "ai_disclaimer"} & {one.label for one in record.removed}


ADVICE = (
    "Wer im Winter mit der Fähre fährt, hat oft wenig Zeit und kalte Finger, und beides macht unruhig. Oft hilft es, früh zu "
    "packen. Welche Taschen kannst du schon am Abend packen? Schreibe sie auf, dann suchst du am Morgen weniger und kommst "
    "ruhiger aus dem Haus. Um die Wartezeit zu verkürzen, kannst du auch ein Buch mitnehmen."
)
ABOUT_AI = (
    "Chatbots such as ChatGPT and Gemini answer questions in whole sentences.",
    "How artificial intelligence counts birds was the question of our test of language models.",
    "ChatGPT and Gemini were given the same photographs by the researchers of the institute for AI.",
)
EVENING = "Am Abend saß sie in der Küche und wollte wissen, wann die Fähre fährt."
GULLS = "I rowed over the fjord and counted the gulls on the pier."
DRIVER = "The first crossing leaves at six in the morning and is free for everybody who brings a bicycle, said the driver."
ANSWERED = ("ChatGPT said:", "In 1912, by two sisters.")
STAYING = {
    "advice with questions and orders": ("de", ADVICE, (ADVICE, *ARTICLES["de"])),
    "a paragraph above the model's turn": ("de", EVENING, (*ARTICLES["de"], EVENING, "ChatGPT hat gesagt:", "Um acht Uhr.")),
    "between turns of several models": ("en", GULLS, (*ARTICLES["en"], "You said:", GULLS, "ChatGPT said:", "Gulls are birds.", "Gemini said:", "Yes.")),
    "between turns far apart": ("en", GULLS, (*ARTICLES["en"], "You said:", *[GULLS] * 9, "ChatGPT said:", "Twelve.")),
    "a chat in an article about AI": ("en", GULLS, (*ABOUT_AI, "You said:", GULLS, "ChatGPT said:", "Twelve.", *ARTICLES["en"])),
    "a sentence before an answer": ("en", DRIVER, (*ARTICLES["en"], DRIVER, *ANSWERED)),
    "a question that a writer reports": ("en", "So I asked it when the bakery was founded.", (*ARTICLES["en"], "So I asked it when the bakery was founded.", *ANSWERED)),
    "a reporter's question": ("en", "Our reporter put the question to a chatbot.", (*ARTICLES["en"], "Our reporter put the question to a chatbot.", *ANSWERED)),
}  # fmt: skip
"""What people write as well leaves no paragraph that is surely the article's."""


@pytest.mark.parametrize("case", STAYING)
def test_text_of_the_article_stays_beside_a_chat(case: str) -> None:
    language, paragraph, paragraphs = STAYING[case]
    assert paragraph in _as_html(language, *_paragraphs(paragraphs)).text


def test_a_question_in_a_line_of_its_own_above_the_answer_is_the_prompt() -> None:
    record = _as_html("en", *_paragraphs(("What does the mayor earn?", *ANSWERED, *ARTICLES["en"])))
    assert "What does the mayor earn?" not in record.text


def test_a_prompt_leaves_whole_and_the_article_stays() -> None:
    alone = _as_html("en", f"<p>{_PROMPT}</p>", *_paragraphs(ARTICLES["en"]))
    assert ([use.role for use in alone.provenance.ai], _PROMPT in alone.text) == (["generated"], False)
    prompt = (
        "You are a seasoned travel writer.",
        "Write an engaging introduction of 80 words about the ferry in a friendly tone.",
        "Do not mention prices. Use British spelling.",
        "Avoid clichés.",
    )
    record = _as_html("en", *_paragraphs((*prompt, *ARTICLES["en"])))
    assert _ends_in(record, *ARTICLES["en"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("We asked both for a pizza.", "ChatGPT said:", "Go to Luigi's.", "Gemini said:", "Try the station."), ()),
        (("I asked it about my garden, and wrote it down.", "You said:", "When?", "ChatGPT said:", "In April."), ()),
        (("Great question! Let me break this down for you.",), ("I hope this helps! Let me know of any questions.",)),
        (
            ("A sample letter.", "Certainly! Here is the revised version of the proposal you asked for.", "Then close:"),
            ("Let me know if you would like any changes to the text.", "So much for letters."),
        ),
        (("Of course! Here is the shortened version of the speech you requested:",), ()),
        (("I am an AI. I cannot feel the wind, but I can count it.",), ()),
        (("As an AI, I cannot feel, the robot says in the novel.",), ()),
        ((), ("If you want, I can write you a letter for the bank.",)),
    ],
)  # fmt: skip
def test_what_people_write_about_chatbots_claims_nothing(
    before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    record = _as_html("en", *_paragraphs((*before, *ARTICLES["en"], *after)))
    assert not record.provenance.ai
    assert all(text in record.text for text in ARTICLES["en"])


@pytest.mark.parametrize(
    "above", [(), ("Mayor Opens New Bridge",), ("Mayor Opens New Bridge", "OSLO, March 12")]
)
def test_what_is_above_an_answer_that_is_handed_over_may_be_its_headline(above: tuple[str, ...]) -> None:
    line = "Certainly! Here is the rewritten version of the article you requested:"
    record = _as_text(*above, line, *ARTICLES["en"])
    assert [use.role for use in record.provenance.ai] == ["generated"]


def test_a_human_offer_stays_amid_a_text_and_a_chatbots_leaves_the_end_of_one() -> None:
    person, chatbot = (
        "If you want, I can write you a letter for the bank, the clockmaker said.",
        "If you want, I can shorten the second paragraph.",
    )
    paragraphs = [*ARTICLES["en"], *ARTICLES["en"]]
    paragraphs.insert(3, person)
    assert person in _as_html("en", *_paragraphs(paragraphs)).text
    assert chatbot not in _as_html("en", *_paragraphs((*ARTICLES["en"], chatbot))).text


def test_a_sentence_that_introduces_a_quotation_stays() -> None:
    line = "Here is the full text of the letter, in the spelling of its time:"
    first, *others = _paragraphs(ARTICLES["en"])
    letter = "<blockquote><p>Sir, the flood hath taken three wheels and the bridge, and we beg for flour.</p></blockquote>"
    assert line in _as_html("en", "".join((first, *_paragraphs((line,)), letter, *others))).text


def test_what_is_copied_around_the_turns_of_a_chat_leaves_and_the_answer_stays() -> None:
    prompt = ("Warum fährt die Fähre im Winter nicht?", "Schreib es kürzer, und ohne Fremdwörter.")
    offer = "Wenn du möchtest, kann ich den Fahrplan auch als Tabelle ausgeben."
    turns = ("Du hast gesagt:", *prompt, "ChatGPT hat gesagt:")
    record = _as_html("de", *_paragraphs((*ARTICLES["de"][:1], offer, *turns, *ARTICLES["de"][1:])))
    assert all(text in record.text for text in ARTICLES["de"])
    assert not any(text in record.text for text in (*turns, *prompt, offer))
    labels = {removed.text: removed.label for removed in record.removed}
    assert [labels[text] for text in (*prompt, offer)] == ["leaked_prompt", "leaked_prompt", "chatbot_meta"]


@pytest.mark.parametrize(
    "text",
    [
        "This article is about texts written by AI, and about those who read them at the ferry.",
        "Interview questions were written by AI for the test that the council held in May.",
        "As an AI editor, I cannot write on Sundays, says the poster at the pier.",
        f"{'Note: ' * 5_000}this text was read at the pier.",
    ],
)
def test_statements_about_ai_claim_nothing(text: str) -> None:
    assert not _as_html("en", *_paragraphs((*ARTICLES["en"], text, *ARTICLES["en"]))).provenance.ai
