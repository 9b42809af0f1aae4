"""Names of AI tools in a text: which they are, how sure it is, and names that only look like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.lexicon.vendors import _tools, find_sole_tool, find_tool, find_vendors, tool_probes
from copydesk.cleaners.lexicon.words import fold


def named(text: str) -> list[tuple[str, str | None, str | None, bool]]:
    return [(hit.quote, hit.vendor, hit.model, hit.is_sure) for hit in find_vendors(text)]


@pytest.mark.parametrize(("text", "quote", "vendor", "model", "is_sure"), [
    ("Written with ChatGPT.", "ChatGPT", "OpenAI", "ChatGPT", True),
    ("Written with chat gpt.", "chat gpt", "OpenAI", "ChatGPT", True),
    ("Written with ChatGPT-4o.", "ChatGPT-4o", "OpenAI", "ChatGPT-4o", True),
    ("Made by OpenAI.", "OpenAI", "OpenAI", None, True),
    ("Written with Gemini.", "Gemini", "Google", "Gemini", False),
    ("Written with Gemini 1.5 Pro.", "Gemini 1.5 Pro", "Google", "Gemini 1.5 Pro", True),
    ("Written with Gemini  Pro.", "Gemini", "Google", "Gemini", False),
    ("Written with Google Gemini.", "Google Gemini", "Google", "Gemini", True),
    ("Written with Claude.", "Claude", "Anthropic", "Claude", False),
    ("Written with Claude 3.5 Sonnet.", "Claude 3.5 Sonnet", "Anthropic", "Claude 3.5 Sonnet", True),
    ("Written with Claude v2.1.", "Claude v2.1", "Anthropic", "Claude v2.1", True),
    ("Translated by Google Translate.", "Google Translate", "Google", "Google Translate", True),
    ("本文由ChatGPT生成。", "ChatGPT", "OpenAI", "ChatGPT", True),
    ("この記事はチャットGPTで書かれました。", "チャットGPT", "OpenAI", "ChatGPT", True),
    ("كتب بواسطة شات جي بي تي", "شات جي بي تي", "OpenAI", "ChatGPT", True),
    ("यह चैटजीपीटी से लिखा गया", "चैटजीपीटी", "OpenAI", "ChatGPT", True),
])  # fmt: skip
def test_a_tool_its_vendor_and_version(
    text: str, quote: str, vendor: str | None, model: str | None, is_sure: bool
) -> None:
    assert named(text) == [(quote, vendor, model, is_sure)]


@pytest.mark.parametrize("text", [
    "", "The clock struck noon.", "Claude Martin heard the clock.", "Sora Tanaka heard the clock.",
    "bard of the harbour", "MyChatGPTs", "egpt and GPTs", "éClaude", "The llama kept the grass short.",
])  # fmt: skip
def test_people_animals_and_parts_of_words_are_no_tools(text: str) -> None:
    assert named(text) == []


def test_the_company_beside_its_product_makes_it_sure() -> None:
    assert [hit[3] for hit in named("Gemini, a model by Google, and Claude")] == [True, True, False]
    assert [hit[3] for hit in named("Claude, by Anthropic; Gemini")] == [True, True, False]


def test_a_tool_is_followed_by_capitals_or_nothing() -> None:
    assert named("Claude AI wrote it")[0][3]
    assert named("Asked Claude A question")[0][0] == "Claude"
    assert [hit[0] for hit in named("Claude")] == ["Claude"]


def test_a_company_known_for_other_things_is_marked() -> None:
    (google,) = find_vendors("Found by Google")
    (openai,) = find_vendors("Found by OpenAI")
    (midjourney,) = find_vendors("A picture by Midjourney")
    assert (google.is_general, openai.is_general) == (True, False)
    assert (openai.medium, midjourney.medium) == (None, "image")


@pytest.mark.parametrize(("name", "tool"), [
    ("gemini-1.5-pro", ("Google", "gemini-1.5-pro")), ("gpt_4o", ("OpenAI", "gpt_4o")), ("openai", ("OpenAI", None)),
    ("harbour-writer", (None, "harbour-writer")), ("", (None, None)),
])  # fmt: skip
def test_a_name_given_alone_is_kept_as_declared(name: str, tool: tuple[str | None, str | None]) -> None:
    assert find_tool(name) == tool


@pytest.mark.parametrize(("name", "is_program", "tool"), [
    ("ChatGPT", False, ("OpenAI", "ChatGPT")), ("chatgpt-4o", False, ("OpenAI", "chatgpt-4o")),
    ("OpenAI", False, ("OpenAI", None)),
    ("Microsoft DALL-E", False, ("OpenAI", "Microsoft DALL-E")),
    # may be a person; declared a program it is none
    ("Claude", False, None), ("Claude", True, ("Anthropic", "Claude")), ("Marie-Claude", False, None),
    ("Marie-Claude", True, None),
    # a word left over makes a sentence, unless a sure name is declared a program
    ("ChatGPT writer", False, None), ("ChatGPT writer", True, ("OpenAI", "ChatGPT writer")),
    ("Una Platt", True, None), ("", True, None),
])  # fmt: skip
def test_whole_names_of_tools(
    name: str, is_program: bool, tool: tuple[str | None, str | None] | None
) -> None:
    assert find_sole_tool(name, is_program=is_program) == tool


def test_every_name_of_the_table_is_found_alone_and_seen_by_its_probe() -> None:
    # a single name in small letters may be a word of a language, so names are tried with capitals
    probes = [probe for some in tool_probes().values() for probe in some]
    for name in _tools():
        assert find_vendors(name.upper()), name
        folded = f" {fold(name)} "
        assert any(probe in folded for probe in probes), name


@given(st.text(max_size=60), st.sampled_from(["ChatGPT", "DALL-E", "챗GPT"]), st.text(max_size=60))
def test_a_hit_is_at_its_place(before: str, name: str, after: str) -> None:
    text = f"{before} {name} {after}"
    hits = find_vendors(text)
    assert any(name in hit.quote for hit in hits)
    for hit in hits:
        assert text[hit.start :].startswith(hit.quote)
    starts = [hit.start for hit in hits]
    assert starts == sorted(starts)
