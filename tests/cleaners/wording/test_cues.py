"""Cues of one language in a sentence, and the cheap look that shows whether there may be any."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from copydesk.cleaners.lexicon.phrase_gates import Folded
from copydesk.cleaners.lexicon.words import Lexicon, languages, lexicon, read_lexicon
from copydesk.cleaners.wording.cues import (
    MAX_CHARS,
    TRIGGERS,
    VENDOR,
    CueFinder,
    candidate_cues,
    codes_for,
    finder,
)


def words_of(
    phrases: Mapping[str, object], code: str = "en", scripts: str = "Latn", **grammar: bool
) -> Lexicon:
    data = {
        "code": code, "name": "x", "function_words": ["the"], "scripts": [scripts], "phrases": phrases,
        "grammar": grammar,
    }  # fmt: skip
    return read_lexicon(data, where="xx.toml")


def found(cues: CueFinder, text: str, *starts: int) -> list[tuple[str, str]]:
    return [(cue.id, cue.phrase) for cue in cues.find(cues.fold(text), clause_starts=frozenset({0, *starts}))]


EN = CueFinder(words_of(
    {
        "cue.ai": {"contains": ["robot*", "machine learning"]}, "cue.made": {"contains": ["made by"]},
        "cue.press-release": {"start": ["press release"]}, "cue.sponsored": {"whole": ["sponsored"]},
        "cue.self": {"start": ["article"]},
    }
))  # fmt: skip


@pytest.mark.parametrize(("text", "cues"), [
    ("Made by robots", [("cue.made", "made by"), ("cue.ai", "robots")]),
    ("A robotic arm", [("cue.ai", "robotic")]), ("Unmade by", []),
    ("Machine learning", [("cue.ai", "machine learning")]),
    ("Machine, learning!", [("cue.ai", "machine learning")]),
    ("Press release", [("cue.press-release", "press release")]),
    ("A press release", []), ("Sponsored", [("cue.sponsored", "sponsored")]), ("Sponsored by us", []),
    ("Article made by us", [("cue.self", "article"), ("cue.made", "made by")]),
    # inside a clause it names no page, but still a thing
    ("The article", [("cue.thing", "article")]), ("", []),
])  # fmt: skip
def test_where_each_kind_counts(text: str, cues: list[tuple[str, str]]) -> None:
    assert found(EN, text) == cues


def test_a_clause_begins_at_the_given_place() -> None:
    assert found(EN, "Chur press release", 5) == [("cue.press-release", "press release")]


@pytest.mark.parametrize(("text", "ids"), [
    ("Made by robots", {"cue.ai"}), ("A robotic arm", {"cue.ai"}), ("Roboats", set()),
    # all words are there, but not in a row
    ("Learning a machine", set()), ("Sponsored by us", {"cue.sponsored"}), ("", set()),
])  # fmt: skip
def test_the_cheap_look(text: str, ids: set[str]) -> None:
    assert EN.gate(TRIGGERS).present(Folded([text])).get(0, set()) == ids


def test_it_knows_its_phrases_by_id() -> None:
    assert "cue.ai" in EN.by_id
    assert EN.phrases("cue.ai") == {"robot", "machine learning"}
    assert EN.phrases_anywhere("cue.press-release") == EN.phrases("cue.unknown") == frozenset()
    assert EN.phrases_anywhere("cue.made") == {"made by"}
    assert [entry.mode for entry in EN.by_id["cue.sponsored"]] == ["whole"]
    assert EN.mentions("Made by robots", "cue.made")
    assert not EN.mentions("Made by robots", "cue.sponsored")


ZH = CueFinder(words_of({"cue.ai": {"contains": ["人工智能", "ai生成"]}}, "zh", "Hans"))
AR = CueFinder(
    words_of(
        {"cue.ai": {"contains": ["ذكاء"]}, "cue.chat-you": {"contains": ["نص"]}},
        "ar",
        "Arab",
        proclitics=True,
    )
)


@pytest.mark.parametrize(("cues", "text", "phrases"), [
    (ZH, "本文由人工智能生成", ["人工智能"]), (ZH, "由AI生成", ["ai生成"]), (ZH, "openai生成", []), (AR, "الذكاء", ["ذكاء"]),
    (AR, "وبالذكاء", ["ذكاء"]), (AR, "مذكاء", []),
    # cues of chats end where a word ends
    (AR, "النص", ["نص"]), (AR, "نصوص", []),
])  # fmt: skip
def test_scripts_that_write_words_together(cues: CueFinder, text: str, phrases: list[str]) -> None:
    assert [phrase for _, phrase in found(cues, text)] == phrases


@pytest.mark.parametrize(("text", "language", "ids"), [
    ("本文由chatgpt写成", "zh", {VENDOR}), ("本文由人工智能生成", "zh", {"cue.ai-sure"}), ("大钟", "zh", set()),
    ("Ask ChatGPT", "en", {VENDOR}), ("The clock struck noon.", "en", set()),
])  # fmt: skip
def test_cues_and_names_of_tools_are_looked_for_in_every_script(
    text: str, language: str, ids: set[str]
) -> None:
    found = dict(candidate_cues(text, language)).get(language, frozenset())
    assert found & {VENDOR, "cue.ai-sure"} == ids


@pytest.mark.parametrize("code", languages())
def test_the_cheap_look_misses_no_cue(code: str) -> None:
    for cue_id in TRIGGERS & finder(code).by_id.keys():
        for phrases in lexicon(code).phrases[cue_id].values():
            for phrase in phrases:
                here = dict(candidate_cues(phrase.replace("*", "").replace("#", "12"), code))
                assert cue_id in here[code], phrase


@pytest.mark.parametrize(("text", "language", "codes"), [
    ("The clock struck noon.", "en", ("en",)), ("Die Uhr schlug zwölf.", "de", ("de", "en")),
    ("Die Uhr schlug zwölf.", "de-AT", ("de", "en")), ("Die Uhr schlug zwölf.", "und", ("en",)),
    ("時計台の鐘が鳴った。", "und", ("ja", "en")), ("大钟敲响正午。", "eo", ("zh", "en")),
    ("Dieser Text wurde aus dem Englischen übersetzt und von der Redaktion der Zeitung geprüft, bevor er erschien.", "en", ("de", "en")),
    ("Una Platt, Carl Ode, Dora Finn, Ed Fox, Flo Hay, Gus Kay, Ida May, Jo Lee", "en", ("en",)),
])  # fmt: skip
def test_languages_of_a_block(text: str, language: str, codes: tuple[str, ...]) -> None:
    assert codes_for(text, language) == codes


def test_long_blocks_are_articles_without_a_check() -> None:
    note = "Written by artificial intelligence. "
    assert candidate_cues(note, "en")
    assert candidate_cues(note * (MAX_CHARS // len(note) + 1), "en") == ()
    assert candidate_cues("The clock struck noon.", "en") == ()
