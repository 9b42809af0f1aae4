"""A page's provenance in sentences: every claim with its words, and silence said too."""

from __future__ import annotations

import pytest
from articles import ARTICLES
from conftest import Copydesk

from cleaners.story import tell_provenance
from copydesk import Page, clean_page

BODY = "".join(f"<p>{paragraph}</p>" for paragraph in ARTICLES["en"])


def story(
    *paragraphs: str, head: str = "", headers: dict[str, str] | None = None, url: str | None = None
) -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    page = f"<html><head><title>Noon</title>{head}</head><body><article><h1>Noon</h1>{BODY}{body}</article></body></html>"
    return "\n".join(tell_provenance(clean_page(Page(body=page, headers=headers or {}, url=url))))


def test_silence_is_no_claim() -> None:
    assert story() == "Nothing on the page says that AI was used; that does not show that none was."


@pytest.mark.parametrize(
    ("head", "headers", "told"),
    [
        (
            '<meta name="ai-disclosure" content="ai-generated">',
            {},
            'By its own word, the text was written by an AI it does not name (in a meta tag: “<meta name="ai-disclosure"',
        ),
        (
            "",
            {"AI-Disclosure": 'mode=ai-modified; model="gpt-4o"; provider="OpenAI"'},
            "By its own word, the text was made with the help of gpt-4o (OpenAI) (in the headers it was sent with: “",
        ),
        (
            "",
            {"Content-Usage": "train-ai=n"},
            "Its publisher forbids its use for the training of AI (in the headers",
        ),
        ("", {"tdm-reservation": "1"}, "Its publisher reserves the right to mine it (in the headers"),
        (
            '<link rel="license" href="https://creativecommons.org/licenses/by/4.0/">',
            {},
            "Its licence is https://creativecommons.org/licenses/by/4.0/.",
        ),
        (
            '<meta name="ai-disclosure" content="none">',
            {},
            "AI is mentioned without a claim about this text (in a meta",
        ),
        (
            '<meta name="ai-disclosure" content="none"><meta name="ai-generated" content="true">',
            {},
            "The page contradicts itself: elsewhere it declares that no AI was used.",
        ),
    ],
)
def test_what_is_declared_is_told_with_its_place(head: str, headers: dict[str, str], told: str) -> None:
    assert told in story(head=head, headers=headers)


def test_a_prompt_tells_the_source() -> None:
    told = story(
        "Vindposten published ‘Vindmøller blir svarte’ at 2025-06-11 13:40. Please write a long, polite article about "
        "this news in English, article only."
    )
    assert "It was rewritten from “Vindmøller blir svarte” from Vindposten of 2025-06-11T13:40" in told


def test_explain_ends_with_it(copydesk: Copydesk) -> None:
    shown = copydesk("explain", "-", stdin=f"<article>{BODY}</article>".encode()).stdout.decode()
    assert shown.rstrip().endswith(
        "Nothing on the page says that AI was used; that does not show that none was."
    )
