"""A page's provenance in sentences: every claim with its words, and silence, too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from articles import ARTICLES
from conftest import Copydesk

from copydesk import Page, clean_page
from copydesk.cleaners.provenance.ai_vocabulary import SOURCE_TYPES
from copydesk.cleaners.provenance.narrate import describe_provenance
from copydesk.cleaners.schema import AiUse, DerivedFrom, Provenance, ProvenanceEvidence, Record
from copydesk.cleaners.types import SiteSignal

BODY = "".join(f"<p>{paragraph}</p>" for paragraph in ARTICLES["en"])


def story(
    *paragraphs: str, head: str = "", headers: dict[str, str] | None = None, url: str | None = None
) -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    page = f"<html><head><title>Noon</title>{head}</head><body><article><h1>Noon</h1>{BODY}{body}</article></body></html>"
    return "\n".join(describe_provenance(clean_page(Page(body=page, headers=headers or {}, url=url))))


def test_without_any_sign_nothing_is_claimed() -> None:
    assert story() == "No statement was found that AI was used; that does not show that none was."


@pytest.mark.parametrize(("head", "headers", "sentence"), [
    (
        '<meta name="ai-disclosure" content="ai-generated">', {},
        'By its own word, the text was written by an AI (in a meta tag: “<meta name="ai-disclosure"',
    ),
    (
        "",
        {"AI-Disclosure": 'mode=ai-modified; model="gpt-4o"; provider="OpenAI"'},
        "By its own word, the text was made with the help of gpt-4o (OpenAI) (in the headers it was sent with: “",
    ),
    ("", {"Content-Usage": "train-ai=n"}, "Its publisher forbids its use for the training of AI (in the headers"),
    ("", {"tdm-reservation": "1"}, "Its publisher reserves the right to text and data mining, which is automated analysis (in the headers"),
    (
        '<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">',
        {},
        "Its licence is https://creativecommons.org/licenses/by/4.0/.",
    ),
    (
        '<meta name="digital-source-type" content="trainedAlgorithmicMedia">',
        {},
        "The page declares that the text was made by a trained AI model (digital source type trainedAlgorithmicMedia) (in a",
    ),
    (
        '<meta name="ai-assistant" content="ChatGPT">', {},
        "From what it declares, the text may have been made with the help of ChatGPT (OpenAI) (in a meta tag: “",
    ),
])  # fmt: skip
def test_declarations_are_reported(head: str, headers: dict[str, str], sentence: str) -> None:
    assert sentence in story(head=head, headers=headers)


def test_what_a_file_of_the_site_says_is_reported() -> None:
    page = Page(
        body=f"<article>{BODY}</article>",
        signals=(SiteSignal("robots.txt", "content-signal", "ai-train=no", 3),),
    )
    first, *_ = describe_provenance(clean_page(page))
    assert first.startswith(
        "Its publisher forbids its use for the training of AI (in a file of its site: “robots.txt: "
    )


NEWS = '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Noon", %s}</script>'


@pytest.mark.parametrize(("head", "headers", "place"), [
    ('<meta name="ai-disclosure" content="none">', {}, "in a meta tag"),
    ('<meta name="ai-disclosure" content="Human-only">', {}, "in a meta tag"),
    ("", {"AI-Disclosure": "mode=none"}, "in the headers it was sent with"),
    ("", {"AI-Disclosure": "mode=none, date=@1735689600"}, "in the headers it was sent with"),
    (NEWS % '"aiDisclosure": "none"', {}, "in its structured data"),
    (NEWS % '"aiDisclosure": {"tool": "quill", "level": "none"}', {}, "in its structured data"),
])  # fmt: skip
def test_a_declaration_that_no_ai_was_used(head: str, headers: dict[str, str], place: str) -> None:
    sentence = story(head=head, headers=headers)
    assert sentence.startswith(f"The page declares that no AI was used ({place}: “")
    assert "\n" not in sentence
    with_claim = story(head=f'{head}<meta name="ai-generated" content="true">', headers=headers).split("\n")
    assert with_claim[0].startswith("By its own word, the text was written by an AI (in a meta tag")
    assert with_claim[1].startswith(
        f"The page contradicts itself: elsewhere it declares that no AI was used ({place}: “"
    )
    with_signs = story(
        "As an AI language model, I cannot browse the internet.", head=head, headers=headers
    ).split("\n")
    assert with_signs[1].startswith(f"Against that, the page declares that no AI was used ({place}: “")


def record_with(ai: Sequence[AiUse] = (), *evidence: tuple[str, str, str], **more: Any) -> Record:
    """A record whose provenance is given; ``evidence`` on AI: its place, quote and strength."""
    quotes = tuple(
        ProvenanceEvidence(field="ai", where=where, quote=quote, strength=strength)  # type: ignore[arg-type]
        for where, quote, strength in evidence
    )
    empty = clean_page(Page(body=f"<article><h1>Noon</h1>{BODY}</article>"))
    provenance = Provenance(ai=tuple(ai), evidence=(*quotes, *more.pop("evidence", ())), **more)
    return msgspec.structs.replace(empty, provenance=provenance)


@pytest.mark.parametrize(
    "quote", ["Of all that machines wrote here, the answer is: none", "The editor set mode=none"]
)
def test_the_last_words_of_a_text_are_no_declaration(quote: str) -> None:
    (sentence,) = describe_provenance(record_with((), ("text", f"AI? {quote}", "weak")))
    assert sentence == f"AI is mentioned without a claim about this text (in its text: “AI? {quote}”)."


def test_a_mark_on_a_part_of_the_page_speaks_of_that_part() -> None:
    (sentence,) = describe_provenance(record_with((), ("attribute", '<aside ai-disclosure="none">', "weak")))
    assert sentence.startswith("For a part of the page it is declared that no AI was used (in an attribute")
    (sentence,) = describe_provenance(record_with((), ("attribute", '<body ai-disclosure="none">', "weak")))
    assert sentence.startswith("The page declares that no AI was used (in an attribute")


def test_each_use_has_its_own_words() -> None:
    notes = (
        "The picture at the top was made with Midjourney.",
        "The text was translated from Norwegian by DeepL.",
        "A first draft of the text was written by ChatGPT.",
    )
    uses = (
        AiUse(role="generated", vendor="OpenAI", model="ChatGPT"),
        AiUse(role="translated", model="DeepL", vendor="DeepL"),
        AiUse(role=None, medium="image", model="Midjourney"),
    )
    sentences = describe_provenance(record_with(uses, *(("text", note, "strong") for note in notes)))
    for sentence, note in zip(sentences, reversed(notes), strict=True):
        assert f"“{note}”" in sentence


def test_a_medium_decides_whose_words_they_are_and_none_is_repeated() -> None:
    notes = ("The picture comes from a machine.", "This article was drafted by AI.", "So was this one.")
    uses = (AiUse(role="generated"), AiUse(role=None, medium="image"))
    sentences = describe_provenance(record_with(uses, *(("text", note, "strong") for note in notes)))
    assert notes[1] in sentences[0]
    assert notes[0] in sentences[1]
    both = describe_provenance(record_with(uses, ("text", notes[0], "strong")))
    assert all(notes[0] in sentence for sentence in both), (
        "where there are fewer words than uses, they serve twice"
    )


def test_each_source_has_its_own_words() -> None:
    sources = (
        DerivedFrom(publisher="Harbour Post"),
        DerivedFrom(publisher="Valley Courier", language="pt-BR"),
    )
    quotes = ("Based on a report of the Valley Courier.", "Based on a report of the Harbour Post.")
    evidence = tuple(
        ProvenanceEvidence(field="derived_from", where="text", quote=quote, strength="strong")
        for quote in quotes
    )
    sentences = describe_provenance(record_with(derived_from=sources, evidence=evidence))
    assert sentences[:2] == (
        f"It is based on a text from Harbour Post (in its text: “{quotes[1]}”).",
        f"It is based on a text from Valley Courier in Portuguese (Brazil) (in its text: “{quotes[0]}”).",
    )


def test_signs_are_reported_as_signs_and_a_conclusion_as_one() -> None:
    line = "As an AI language model, I cannot browse the internet."
    signs, conclusion = story(line).split("\n")
    assert signs == (
        f"There are signs that the text was written by an AI (in its text: “{line}”); "
        "the page does not say so itself."
    )
    assert conclusion == (
        "If so, it follows that the text was made by a trained AI model (digital source type trainedAlgorithmicMedia); "
        "that is a conclusion, not declared."
    )
    sure = story("This text was written by Google Gemini.").split("\n")
    assert sure[0].startswith("By its own word, the text was written by Gemini (Google)")
    assert sure[1].startswith("It follows that the text was made by a trained AI model")


def test_a_mark_only_machines_leave_is_no_mention_of_ai() -> None:
    (sentence,) = describe_provenance(
        record_with((), ("text", "The bell is cast from bronze [cite: 3].", "weak"))
    )
    assert sentence.startswith("Something in it looks left by a machine, without a claim about this text")


def test_every_digital_source_type_has_plain_words() -> None:
    for term in SOURCE_TYPES:
        sentence, *_ = describe_provenance(record_with(digital_source_type=term))
        assert "made in another way" not in sentence
        assert f"(digital source type {term})" in sentence


def test_languages_are_named() -> None:
    assert "It is a translation of a text in Norwegian (" in story("Translated from Norwegian by DeepL.")


def test_a_prompt_names_the_source() -> None:
    account = story(
        "Vindposten published ‘Vindmøller blir svarte’ at 2025-06-11 13:40. Please write a long, polite article about "
        "this news in English, article only."
    )
    assert "It was rewritten from “Vindmøller blir svarte” from Vindposten of 2025-06-11T13:40" in account


def test_explain_ends_with_it(invoke: Copydesk) -> None:
    shown = invoke("explain", "-", stdin=f"<article>{BODY}</article>".encode()).stdout.decode()
    assert shown.rstrip().endswith(
        "No statement was found that AI was used; that does not show that none was."
    )


def test_what_a_machine_left_does_not_contradict_the_pages_own_note() -> None:
    left = "As an AI language model, I cannot browse the internet."
    account = story(left, "This article was written with the help of ChatGPT and checked by an editor.")
    assert account.index("By its own word, the text was made with the help of ChatGPT") < account.index(left)
    assert "does not say so" not in account
    assert "a sign that the text was written by an AI, beyond what the page says" in account
