"""Chatbots' lines, kind by kind: limits, openers, offers, goodbyes, turns and labels of an interface."""

from __future__ import annotations

import pytest

from copydesk.cleaners.residue.chatbots.around_answers import goodbye, offer, opened, own_work
from copydesk.cleaners.residue.chatbots.interface import (
    crumb,
    turns,
    with_marks_blanked,
    without_marks,
)
from copydesk.cleaners.residue.chatbots.limits import limits
from copydesk.cleaners.residue.chatbots.line import clauses, is_followed_by_mark, overlap
from copydesk.cleaners.residue.talk_words import talk_finder, talk_sentences
from copydesk.cleaners.wording.cues import Cue
from copydesk.cleaners.wording.sentences import Sentence


def sentence(text: str, code: str = "en") -> Sentence:
    (part,) = talk_sentences(text, code)
    return part


@pytest.mark.parametrize(
    ("text", "code", "is_sure"),
    [
        ("As an AI language model, I cannot browse the internet.", "en", True),
        ("As a large language model, I don't have personal opinions.", "en", True),
        ("My knowledge cutoff is September 2021.", "en", True),
        ("I'm sorry, but I can't assist with that request.", "en", False),
        ("Als KI-Sprachmodell kann ich keine persönlichen Meinungen äußern.", "de", True),
    ],
)
def test_what_a_speaker_lacks_being_a_model(text: str, code: str, *, is_sure: bool) -> None:
    line = limits(sentence(text, code))
    assert line is not None
    assert (line.kind, line.is_sure, line.quote) == ("limits", is_sure, text)
    assert line.cues


NO_LINES = {
    "limits": (
        lambda text: limits(sentence(text)),
        "The clock of the town hall struck noon.",
        "The robot says: as an AI language model, I cannot sing.",
        "As an AI language model, I cannot sing, wrote the mayor in her column.",
        "She asked whether a model can have opinions.",
    ),
    "opener": (
        lambda text: opened(talk_sentences(text, "en")),
        *("", "Sure signs of spring are here.", "Here is the clock of the town hall."),
        *("Here is the song my father sang.", "Certainly! The clock struck noon."),
        "Sure! Here is the rewritten article, wrote the mayor.",
    ),
    "offer": (
        lambda text: offer(sentence(text)),
        *("Would you like to dance?", "Let me know if you'd like a shorter version, dear readers."),
        *("The clock struck noon.", f"If you want, I can rewrite it {'and the clock strikes noon ' * 9}"),
    ),
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, (_, *texts) in NO_LINES.items() for text in texts])  # fmt: skip
def test_what_people_write_is_no_line_of_a_chatbot(kind: str, text: str) -> None:
    assert NO_LINES[kind][0](text) is None


@pytest.mark.parametrize(
    ("text", "kind", "is_sure"),
    [
        ("Sure! Here is the rewritten article you asked for:", "opener", True),
        ("Certainly! Here is a revised version of your article:", "opener", True),
        ("Here is the rewritten article you requested:", "handed", True),
    ],
)
def test_what_announces_an_answer(text: str, kind: str, *, is_sure: bool) -> None:
    found = opened(talk_sentences(text, "en"))
    assert found is not None
    line, count = found
    assert (line.kind, line.is_sure) == (kind, is_sure)
    assert 1 <= count <= len(talk_sentences(text, "en"))


@pytest.mark.parametrize(
    "text",
    [
        "Would you like me to write a summary of the article?",
        "If you want, I can rewrite it in a shorter form.",
        "Let me know if you'd like a shorter version.",
        "Feel free to adjust it to your needs.",
    ],
)
def test_an_offer_of_more(text: str) -> None:
    line = offer(sentence(text))
    assert line is not None
    assert (line.kind, line.is_sure, line.is_faint) == ("offer", False, False)


def test_a_hope_is_a_goodbye_only_with_an_offer_of_more() -> None:
    alone = talk_sentences("I hope this helps!", "en")
    more = talk_sentences("I hope this helps! Let me know if you need anything else.", "en")
    assert goodbye(alone[0], alone) is None
    line = goodbye(more[0], more)
    assert line is not None
    assert (line.kind, line.is_sure) == ("goodbye", False)
    long = talk_sentences(f"I hope this helps! {'Noon. ' * 5}Let me know if you need anything else.", "en")
    assert goodbye(long[0], long) is None


def test_a_note_on_what_was_changed() -> None:
    line = own_work(sentence("I kept the tone of the original article."))
    assert line is not None
    assert (line.kind, line.is_sure) == ("own-work", False)
    assert own_work(sentence("The clock struck noon.")) is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("- **Noon** at last", "Noon** at last"),
        ("> Noon\nat last", "at last"),
        ("– Noon\n— at last", ""),
        ("🎉 Noon", "Noon"),
        ("“Noon” at last", "“Noon” at last"),
        ("1. Noon", "1. Noon"),
        ("###\nNoon", "Noon"),
        ("", ""),
    ],
)
def test_lines_without_marks_and_quotations(text: str, left: str) -> None:
    assert without_marks(text) == left
    blanked = with_marks_blanked(text)
    assert len(blanked) == len(text)
    assert blanked.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("Copy code", True),
        ("pythonCopyEdit", True),
        ("ChatGPT can make mistakes. Check important info.", True),
        ("Copy", False),
        ("The clock struck noon.", False),
        (f"ChatGPT can make mistakes. {'The clock struck noon. ' * 8}", False),
    ],
)
def test_labels_of_an_interface_and_its_notices(text: str, *, is_one: bool) -> None:
    line = crumb(text, "en")
    assert (line is not None) == is_one
    if line is not None:
        assert (line.kind, line.quote, line.is_sure) == ("crumb", text, False)


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


@pytest.mark.parametrize(
    ("one", "other", "is_shared"),
    [
        ((0, 4), (4, 8), False),
        ((0, 5), (4, 8), True),
        ((4, 8), (0, 5), True),
        ((0, 9), (4, 8), True),
        ((0, 1), (4, 8), False),
    ],
)
def test_cues_that_share_letters(one: tuple[int, int], other: tuple[int, int], *, is_shared: bool) -> None:
    first, second = (Cue("cue.x", "x", *place) for place in (one, other))
    assert overlap(first, second) == is_shared


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("Noon", ["noon"]),
        ("Noon, at last", ["noon", " at last"]),
        ("Noon; 1,000 at last – one", ["noon", " # at last", " one"]),
    ],
)
def test_clauses_of_a_folded_sentence(text: str, spans: list[str]) -> None:
    folded = talk_finder("en").fold(text)
    assert [folded[start:end] for start, end in clauses(Sentence(text, "en", (), ()))] == spans


@pytest.mark.parametrize(
    ("text", "is_followed"),
    [("Sure, it is", True), ("Sure!", True), ("Sure", True), ("Sure signs", False)],
)
def test_an_opener_is_a_clause_of_its_own(text: str, *, is_followed: bool) -> None:
    part = Sentence(text, "en", (), ())
    assert is_followed_by_mark(Cue("cue.chat-opener", "sure", 0, 4), part, 80) == is_followed
