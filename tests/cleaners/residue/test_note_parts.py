"""The grammar of notes on AI, step by step: sentences, deeds, roles, grounds, and what speaks against a note."""

from __future__ import annotations

import pytest

from copydesk.cleaners.residue.note_acts import act_of, is_modifier
from copydesk.cleaners.residue.note_grounds import Core, ground_of, is_nearly_all, is_said, is_told_by_others
from copydesk.cleaners.residue.note_roles import medium_of, role_of, telling_word
from copydesk.cleaners.residue.note_sentences import (
    NoteSentence,
    clause_end,
    clause_start,
    is_one_clause,
    parse_sentence,
    says_little,
    stand_near,
)
from copydesk.cleaners.residue.note_vetoes import is_announced, veto_of
from copydesk.cleaners.residue.note_words import Part, Word, note_words

AGENTS = (Part.AI, Part.TOOL, Part.AI_MADE, Part.AI_TRANSLATED)
WHATS = (Part.THIS, Part.KIND, Part.IMAGE, Part.VIDEO, Part.KIND_TRANSLATED, Part.KIND_SUMMARISED)


def parse(raw: str, code: str = "en") -> NoteSentence:
    return parse_sentence(raw, note_words(code))


def first(sentence: NoteSentence, *parts: Part) -> Word | None:
    return next((word for word in sentence.words if word.part in parts), None)


def named(sentence: NoteSentence, *parts: Part) -> Word:
    word = first(sentence, *parts)
    assert word is not None, [(one.part, one.phrase) for one in sentence.words]
    return word


def act_in(raw: str, code: str = "en") -> str | None:
    """What the first maker of a sentence is named for."""
    sentence = parse(raw, code)
    act = act_of(named(sentence, *AGENTS), sentence, note_words(code))
    return act.phrase if act else None


def core_of(sentence: NoteSentence, code: str = "en") -> Core:
    agent = named(sentence, *AGENTS)
    act = act_of(agent, sentence, note_words(code))
    assert act is not None
    return Core(agent, act, first(sentence, *WHATS))


class TestSentences:
    def test_what_is_covered_is_counted_without_spaces(self) -> None:
        sentence = parse("This article was written by AI for xyzzy")
        assert len(sentence.covered) == len(sentence.folded)
        assert sentence.share(0, sentence.folded.index("xyzzy")) == 1.0
        at = sentence.folded.index("xyzzy")
        assert (sentence.share(at, at + 5), sentence.is_close(at, at + 5)) == (0.0, False)
        assert sentence.share(3, 3) == 1.0

    def test_addresses_and_figures_say_nothing_of_the_world(self) -> None:
        sentence = parse("Translated with www.deepl.test/translator on 12 May 2026 xyzzy")
        at = sentence.folded.index("www")
        assert sentence.covered[at : at + 3] == b"\1\1\1"

    def test_names_of_languages_belong_to_a_translation_alone(self) -> None:
        translated, written = parse("Translated from Norwegian by AI"), parse("Written on Norwegian by AI")
        for sentence, share in ((translated, 1.0), (written, 0.0)):
            at = sentence.folded.index("norwegian")
            assert sentence.share(at, at + 9) == share

    @pytest.mark.parametrize(
        ("raw", "clauses", "breaks"),
        [
            ("Written by AI", [], 0),
            ("Written by AI, checked by us", ["written by ai"], 0),
            ("Written by AI; checked by us", ["written by ai"], 1),
            ("Note: written by AI – checked", ["note", "note written by ai"], 2),
            ("AI-written", [], 0),
        ],
    )
    def test_where_clauses_end(self, raw: str, clauses: list[str], breaks: int) -> None:
        sentence = parse(raw)
        assert [sentence.folded[:end] for end in sentence.clause_ends] == clauses
        assert len(sentence.breaks) == breaks

    def test_words_know_their_clause(self) -> None:
        sentence = parse("Written by AI, edited by our staff")
        agent, made, edited = (
            named(sentence, Part.AI),
            named(sentence, Part.MADE),
            named(sentence, Part.ASSISTED),
        )
        assert is_one_clause(agent, made, sentence)
        assert not is_one_clause(agent, edited, sentence)
        assert (clause_start(edited.start, sentence), clause_end(made.start, sentence)) == (13, 13)
        assert clause_end(edited.start, sentence) == len(sentence.folded)
        assert stand_near(agent, edited, sentence)

    @pytest.mark.parametrize(
        ("sentence", "code", "is_little"),
        [
            ("It may contain errors.", "en", True),
            ("Checked by our editors before publication.", "en", True),
            ("The clock of the town hall struck noon.", "en", False),
            ("Die Redaktion hat ihn geprüft.", "de", True),
            ("Die Uhr am Rathaus schlug zwölf.", "de", False),
        ],
    )
    def test_what_stands_beside_a_note_and_belongs_to_it(
        self, sentence: str, code: str, *, is_little: bool
    ) -> None:
        assert says_little(sentence, code) == is_little


class TestActs:
    @pytest.mark.parametrize(
        ("raw", "code", "act"),
        [
            ("This article was written by AI", "en", "written"),
            ("This article was translated with the help of DeepL", "en", "translated"),
            ("AI-generated", "en", "generated"),
            # the deed that stands nearest, in the maker's own clause
            ("Written by AI, edited by our staff", "en", "written"),
            ("Written by our staff, translated by AI", "en", "translated"),
            ("Translation: DeepL", "en", "translation"),
            ("Dieser Text wurde mit KI übersetzt", "de", "übersetzt"),
            # what was made for AI, about AI, or by somebody who uses it
            ("Written for AI", "en", None),
            ("A text about AI was written by a poet", "en", None),
            ("AI is a tool", "en", None),
            ("The article was written by a nurse who uses AI", "en", None),
        ],
    )
    def test_what_a_maker_is_named_for(self, raw: str, code: str, act: str | None) -> None:
        assert act_in(raw, code) == act

    @pytest.mark.parametrize(
        ("raw", "code", "is_one"),
        [("Written by an AI expert", "en", True), ("Written by an AI", "en", False), ("Written by AI, experts say", "en", False),
         ("Écrit par une IA experte", "fr", False)],
    )  # fmt: skip
    def test_a_maker_that_only_says_what_kind_of_thing_is_meant(
        self, raw: str, code: str, *, is_one: bool
    ) -> None:
        sentence = parse(raw, code)
        assert is_modifier(named(sentence, *AGENTS), sentence, note_words(code)) == is_one


class TestRoles:
    @pytest.mark.parametrize(
        ("raw", "role", "medium"),
        [
            ("This article was generated by AI", Part.MADE, "text"),
            ("This article was translated by AI", Part.TRANSLATED, "text"),
            ("This article was summarised by AI", Part.SUMMARISED, "text"),
            ("This article was written with the help of AI", Part.ASSISTED, "text"),
            ("This article was edited by AI", Part.ASSISTED, "text"),
            ("The image was generated by AI", Part.MADE, "image"),
            ("The video was created by AI", Part.MADE, "video"),
            ("This summary was generated by AI from customer reviews", Part.SUMMARISED, "text"),
        ],
    )
    def test_what_was_done_and_to_what(self, raw: str, role: Part, medium: str) -> None:
        sentence, words = parse(raw), note_words("en")
        core = core_of(sentence)
        start, end = min(core.agent.start, core.act.start), max(core.agent.end, core.act.end)
        assert role_of(start, end, core.act, sentence, words) is role
        assert medium_of(core.what, start, end, sentence, words) == medium

    def test_the_word_that_says_it_is_the_one_shown(self) -> None:
        sentence = parse("Translated and edited by AI")
        act = named(sentence, Part.ASSISTED)
        told = telling_word(Part.TRANSLATED, act, 0, len(sentence.folded), sentence)
        assert told.phrase == "translated"
        assert telling_word(Part.ASSISTED, act, 0, len(sentence.folded), sentence) is act
        assert telling_word(Part.SUMMARISED, act, 0, len(sentence.folded), sentence) is act


class TestGrounds:
    @pytest.mark.parametrize(
        ("raw", "ground"),
        [
            ("This article was written by AI", "self"),
            ("Written by AI, this article was checked by us", "self"),
            ("The text was generated by AI", "subject"),
            ("Written by AI", "label"),
            ("AI-generated image", "label"),
            ("Illustrations generated with AI; no photographs of real houses", "subject"),
            ("Written by AI from the minutes of the meeting", "label"),
            # what goes on about what was made, or says it of all such things
            ("Texts, which were made by AI, must say so", None),
            ("The speech was written by AI, and the senator read it aloud", None),
            ("Images made by AI mislead voters", None),
            ("Texts written by AI have become common", None),
            # what another sentence named, what others wrote, what is news
            ("It was written by AI", None),
            ("The song was made by AI", None),
            ("The comments were made by AI", None),
            ("AI has written a novel", None),
            # a tool, AI that was made itself, a word that only says what kind of thing is meant
            ("This page generates images with AI", None),
            ("Our AI was created by people", None),
            ("Interview questions were written by AI", None),
            ("Made with AI for busy dentists", None),
            # another's text, another's deed, a colon that leads to it
            ("Their article was written by AI", None),
            ("This article is about texts written by AI", None),
            ("The text on the plaque in the park was written by AI", None),
            ("On the wall somebody has sprayed: this text was written by AI", None),
        ],
    )
    def test_what_makes_a_sentence_a_note_of_this_page(self, raw: str, ground: str | None) -> None:
        sentence, words = parse(raw), note_words("en")
        assert (
            ground_of(core_of(sentence), sentence, sentence.share(0, len(sentence.folded)), words) == ground
        )

    @pytest.mark.parametrize(
        ("raw", "is_told"),
        [("Some people think this article was written by AI", True), ("Please note that this article was written by AI", False),
         ("It is a silly myth that this article was written by AI", True), ("In May this article was written by AI", False)],
    )  # fmt: skip
    def test_who_tells_it(self, raw: str, *, is_told: bool) -> None:
        sentence = parse(raw)
        assert is_told_by_others(named(sentence, Part.THIS), sentence, note_words("en")) == is_told

    def test_a_sentence_that_says_so_and_goes_on(self) -> None:
        said, rule = (
            parse("The text was generated by AI and must be checked"),
            parse("Texts generated by AI must be labelled"),
        )
        assert is_said(first(said, Part.KIND), core_of(said).act, said)
        assert not is_said(first(rule, Part.KIND), core_of(rule).act, rule)
        assert not is_said(None, core_of(rule).act, rule)

    @pytest.mark.parametrize(
        ("raw", "is_all"),
        [("Written by AI", True), ("Written by AI from the minutes of the meeting", True),
         ("Poems written by AI fill the shelves of the shop", False)],
    )  # fmt: skip
    def test_next_to_nothing_else(self, raw: str, *, is_all: bool) -> None:
        sentence = parse(raw)
        assert is_nearly_all(core_of(sentence), sentence, note_words("en")) == is_all


class TestVetoes:
    @pytest.mark.parametrize(
        ("raw", "veto"),
        [
            ("This article was written by AI", ""),
            ("This article was not written by AI", "not: not"),
            ("Was this article written by AI?", "a question"),
            ("This article was written by AI and not checked", ""),
        ],
    )
    def test_what_speaks_against_a_note(self, raw: str, veto: str) -> None:
        sentence = parse(raw)
        core = core_of(sentence)
        assert (
            veto_of("self", max(core.agent.end, core.act.end), sentence, note_words("en"), is_said=False)
            == veto
        )

    @pytest.mark.parametrize(
        "raw", ["This article will be written by AI", "Parts of this article could be written by AI"]
    )
    def test_what_leaves_it_open(self, raw: str) -> None:
        sentence = parse(raw)
        core = core_of(sentence)
        assert veto_of(
            "self", max(core.agent.end, core.act.end), sentence, note_words("en"), is_said=False
        ).startswith("open: ")

    @pytest.mark.parametrize(
        ("raw", "is_one"),
        [
            ("Please note: this text was written by AI", False),
            ("On the wall somebody has sprayed: this text was written by AI", True),
            ("This text was written by AI", False),
            (f"{'Note: ' * 5_000}this text was written by AI", False),
        ],
    )
    def test_a_colon_that_no_note_has_leads_elsewhere(self, raw: str, *, is_one: bool) -> None:
        sentence = parse(raw)
        assert is_announced(named(sentence, Part.THIS).start, sentence, note_words("en")) == is_one
