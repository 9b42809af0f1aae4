"""Chatbots' lines, kind by kind: limits, openers, offers, goodbyes, turns and labels of an interface."""

from __future__ import annotations

import pytest

from copydesk.cleaners.residue.chatbot_lines import read_chatbot_lines
from copydesk.cleaners.residue.chatbots.interface import turns, with_marks_blanked, without_marks
from copydesk.cleaners.residue.chatbots.line import clauses
from copydesk.cleaners.residue.talk_words import talk_finder
from copydesk.cleaners.wording.sentences import Sentence


@pytest.mark.parametrize(("text", "kind", "is_sure"), [
    ("As an AI language model, I cannot browse the internet.", "limits", True),
    ("As a large language model, I don't have personal opinions.", "limits", True),
    ("My knowledge cutoff is September 2021.", "limits", True),
    ("I'm sorry, but I can't assist with that request.", "limits", False),
    ("Sure! Here is the rewritten article you asked for:", "opener", True),
    ("Certainly! Here is a revised version of your article:", "opener", True),
    ("Here is the rewritten article you requested:", "handed", True),
    ("Would you like me to write a summary of the article?", "offer", False),
    ("If you want, I can rewrite it in a shorter form.", "offer", False),
    ("Let me know if you'd like a shorter version.", "offer", False),
    ("Feel free to adjust it to your needs.", "offer", False),
    ("I kept the tone of the original article.", "own-work", False),
    ("I hope this helps! Let me know if you need anything else.", "goodbye", False),
    (f"I hope this helps! {'Noon. ' * 5}Let me know if you need anything else.", "offer", False),
    ("Copy code", "crumb", False), ("pythonCopyEdit", "crumb", False),
    ("ChatGPT can make mistakes. Check important info.", "crumb", False),
])  # fmt: skip
def test_each_kind_of_line(text: str, kind: str, *, is_sure: bool) -> None:
    line = read_chatbot_lines(text, "en")[0]
    assert (line.kind, line.is_sure, line.is_faint) == (kind, is_sure, "assist" in text)
    assert (line.cues != (), line.quote) == (True, text[line.start : line.end])


@pytest.mark.parametrize("text", [
    "The clock of the town hall struck noon.", "The robot says: as an AI language model, I cannot sing.",
    "As an AI language model, I cannot sing, wrote the mayor in her column.",
    "She asked whether a model can have opinions.", "", "Sure signs of spring are here.",
    "Here is the clock of the town hall.", "Here is the song my father sang.", "Certainly! The clock struck noon.",
    "Sure! Here is the rewritten article, wrote the mayor.", "Would you like to dance?",
    "Let me know if you'd like a shorter version, dear readers.",
    f"If you want, I can rewrite it {'and the clock strikes noon ' * 9}", "I hope this helps!",
    "Copy",
    f"ChatGPT can make mistakes. {'The clock struck noon. ' * 8}",
])  # fmt: skip
def test_what_people_write_is_no_line_of_a_chatbot(text: str) -> None:
    assert read_chatbot_lines(text, "en") == ()


@pytest.mark.parametrize(("text", "left"), [
    ("- **Noon** at last", "Noon** at last"), ("> Noon\nat last", "at last"), ("– Noon\n— at last", ""),
    ("🎉 Noon", "Noon"), ("“Noon” at last", "“Noon” at last"), ("1. Noon", "1. Noon"), ("###\nNoon", "Noon"), ("", ""),
])  # fmt: skip
def test_lines_without_marks_and_quotations(text: str, left: str) -> None:
    assert without_marks(text) == left
    blanked = with_marks_blanked(text)
    assert (len(blanked), blanked.count("\n")) == (len(text), text.count("\n"))


def test_turns_are_beyond_doubt_where_both_speak() -> None:
    text = "You said:\nmake it shorter\nChatGPT said:\nHere it is."
    found, left = turns(text, "en")
    assert [(line.is_users, line.is_sure) for line in found] == [(True, True), (False, True)]
    assert text[found[0].start : found[0].until] == "You said:\nmake it shorter"
    assert (len(left), left.split("\n")[-1].strip()) == (len(text), "Here it is.")
    assert "shorter" not in left
    alone, _ = turns("You said:\nmake it shorter", "en")
    assert [line.is_sure for line in alone] == [False]
    assert turns("The clock struck noon.", "en") == ([], "The clock struck noon.")


def test_two_models_side_by_side_are_a_test_of_them() -> None:
    found, _ = turns("You said:\nwho?\nChatGPT said:\nMe.\nGemini said:\nMe.", "en")
    assert [line.is_users for line in found] == [True, False, False]
    assert not any(line.is_sure for line in found)
    assert all(line.is_faint for line in found)


@pytest.mark.parametrize(("text", "spans"), [
    ("Noon", ["noon"]), ("Noon, at last", ["noon", " at last"]),
    ("Noon; 1,000 at last – one", ["noon", " # at last", " one"]),
])  # fmt: skip
def test_clauses_of_a_folded_sentence(text: str, spans: list[str]) -> None:
    folded = talk_finder("en").fold(text)
    assert [folded[start:end] for start, end in clauses(Sentence(text, "en", (), ()))] == spans
