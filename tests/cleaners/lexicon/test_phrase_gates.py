"""The looks that decide which blocks are read for what machines left: nothing that is read is kept from it,
and they cost little.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from types import CodeType, FrameType

import pytest
import tomli
from articles import ARTICLES
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk import clean
from copydesk.cleaners.lexicon.language_files import read_language_file
from copydesk.cleaners.lexicon.phrase_gates import Folded, PhraseGate
from copydesk.cleaners.lexicon.phrase_index import GluedIndex, SpacedIndex, UnspacedIndex
from copydesk.cleaners.lexicon.string_index import WordIndex
from copydesk.cleaners.lexicon.words import languages
from copydesk.cleaners.residue import chatbot_lines, prompt_lines
from copydesk.cleaners.residue import note_words as note_words_module
from copydesk.cleaners.residue.ai_notes import read_notes
from copydesk.cleaners.residue.chatbots import cue_ids
from copydesk.cleaners.residue.note_words import may_hold_note, note_words
from copydesk.cleaners.residue.talk_words import talk_finder, talk_gate
from copydesk.cleaners.rules import classifier_rules
from copydesk.cleaners.rules.disclosures import block_disclosures

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = {
    path.stem: [item["text"] for kind in tomli.loads(path.read_text("utf-8")).values() for item in kind]
    for path in sorted((ROOT / "tests" / "cleaners" / "residue" / "ai_notes").glob("*.toml"))
}
LOOKED_FOR = cue_ids.LOOKED_FOR | prompt_lines.LOOKED_FOR
CODES = st.sampled_from(sorted(languages()))
MARKS = st.sampled_from([" ", ", ", ". ", "! ", ": ", ".\n", "? "])
TOGETHER = (
    ("can", "make", "reworked"), ("can", "make", "of-text"), ("want", "can", "make"), ("want", "i-make"), ("shall-i", "make"),
    ("opener", "can", "make", "text"), ("opener", "handing", "text", "request"), ("handing", "reworked", "request"),
)  # fmt: skip
"""Cues that make a line together, as few others do."""


@st.composite
def talk(draw: st.DrawFn) -> tuple[str, str]:
    """Phrases of chatbots' lines and of prompts, any or some that go together, in one language."""
    cues = talk_finder(draw(CODES))
    any_cue = st.sampled_from(
        sorted(id_ for id_ in cues.by_id if id_.startswith(("cue.chat-", "cue.prompt-")))
    )
    some_together = st.sampled_from(TOGETHER).map(lambda names: [f"cue.chat-{name}" for name in names])
    ids = draw(some_together | st.lists(any_cue, min_size=1, max_size=6))
    phrases = [draw(st.sampled_from(cues.by_id[id_])).text for id_ in ids]
    glue = draw(MARKS if len(ids) > 4 else st.sampled_from([" ", ", "]) | MARKS)
    return glue.join(phrases) + draw(MARKS), cues.code


@pytest.mark.slow
@given(talk())
@settings(max_examples=40)
def test_what_is_read_as_talk_is_let_through(drawn: tuple[str, str]) -> None:
    text, code = drawn
    cues = talk_gate(code, LOOKED_FOR).present(Folded([text])).get(0, frozenset())
    if chatbot_lines.read_chatbot_lines(text, code):
        assert chatbot_lines.need_be_read(text, code, cues), sorted(cues)
    if prompt_lines.read_prompt(text, code):
        assert prompt_lines.may_hold_prompt(cues, text), sorted(cues)


@pytest.mark.parametrize("code", sorted(SAMPLES))
def test_what_is_read_as_a_note_is_let_through_alone_and_among_others(code: str) -> None:
    texts = SAMPLES[code]
    read = {at for at, text in enumerate(texts) if read_notes(text, code)}
    together = may_hold_notes(texts, code)
    assert read <= together == {at for at, text in enumerate(texts) if may_hold_notes([text], code)}


def may_hold_notes(texts: Sequence[str], code: str) -> set[int]:
    present = note_words(code).gate.present(Folded(texts))
    return {at for at, ids in present.items() if may_hold_note(ids, texts[at])}


@pytest.mark.parametrize("code", languages())
def test_every_phrase_passes_its_gate(code: str) -> None:
    cues = talk_finder(code)
    phrases = [phrase for cue_id in sorted(LOOKED_FOR) for phrase in cues.by_id[cue_id]]
    present = talk_gate(code, LOOKED_FOR).present(Folded([phrase.text for phrase in phrases]))
    assert all(phrase.id in present[at] for at, phrase in enumerate(phrases))
    written = read_language_file(Path(note_words_module.__file__).parent / "notes", code)
    makers = [phrase for part in ("ai", "ai_made", "automation") for phrase in written[part]]
    texts = [f"{phrase.replace('*', '')} 1" for phrase in makers if len(phrase.split()[0]) > 1]
    assert note_words(code).texts_naming_makers(Folded(texts)) == set(range(len(texts)))


@pytest.mark.parametrize("code", ["de", "zh", "ar"])
def test_joined_gates_find_the_same(code: str) -> None:
    gates = (note_words(code).gate, talk_gate(code, LOOKED_FOR))
    folded = Folded(SAMPLES[code])
    apart = [gate.present(folded) for gate in gates]
    joined = [gate.present(folded) for gate in PhraseGate.joined(gates)]
    for at in range(len(SAMPLES[code])):
        assert set().union(*(note.get(at, ()) for note in joined)) == set().union(
            *(note.get(at, ()) for note in apart)
        )


WORDS = st.sampled_from(["a", "ab", "abc", "b", "bab", "c"])
PHRASES = st.lists(st.tuples(WORDS, st.sampled_from(["", "*"])).map("".join), min_size=1, max_size=3)


@given(st.lists(PHRASES, max_size=6), st.lists(WORDS, max_size=12))
def test_phrases_are_words_in_a_row(phrases: list[list[str]], text: list[str]) -> None:
    starts = list(accumulate((len(word) + 1 for word in text), initial=0))
    expected = [
        (starts[at], number, starts[at + len(phrase)] - 1)
        for at in range(len(text))
        for number, phrase in enumerate(phrases)
        if len(phrase) <= len(text) - at
        and all(
            word.startswith(wanted[:-1]) if wanted[-1] == "*" else word == wanted
            for wanted, word in zip(phrase, text[at:], strict=False)
        )
    ]
    assert WordIndex(list(map(" ".join, phrases))).places(" ".join(text)) == expected


def test_all_searches_for_phrases_give_the_same_places() -> None:
    (place,) = WordIndex(["bell"]).places("the bell")
    assert [place] == list(SpacedIndex(["bell"]).find("the bell"))
    assert [place] == list(GluedIndex(["bell"]).find("the bell"))
    assert [place] == list(UnspacedIndex(["bell"], ["bell"]).find("the bell"))
    assert (place.start, place.end, place.number) == (4, 8, 0)


def test_a_block_that_begins_with_much_white_space_is_read_to_its_end() -> None:
    note = "This article was written by ChatGPT."
    first, second, _ = ARTICLES["en"]
    record = clean(
        f"<article><h1>Noon</h1><p>{first}</p><p>{'&nbsp;' * 500}{note}</p><p>{second}</p></article>"
    )
    assert note not in record.text
    assert [use.model for use in record.provenance.ai] == ["ChatGPT"]


def calls_of(action: Callable[[], object], within: frozenset[CodeType] = frozenset()) -> tuple[int, int]:
    """How many functions are called by an action, and how many of them within some others."""
    whole = part = depth = 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal whole, part, depth
        if event in ("call", "c_call"):
            whole += 1
            part += depth > 0
        if frame.f_code in within and event in ("call", "return"):
            depth += 1 if event == "call" else -1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(before)
    return whole, part


def share_of_reading() -> float:
    """The share of all calls, on small pages, of the rules that look for what machines left."""
    stages = frozenset(
        rule.__code__
        for rule in (
            block_disclosures._disclosures, classifier_rules._classified, classifier_rules._speaking_to_visitors,
        )
    )  # fmt: skip
    counts = []
    for page in sorted((ROOT / "seeds" / "pages").glob("*.html")):
        body = page.read_bytes()
        clean(body)  # loads what is loaded once
        counts.append(calls_of(lambda body=body: clean(body + b"\n"), stages))  # type: ignore[misc]
    return sum(part for _, part in counts) / sum(whole for whole, _ in counts)


@pytest.mark.slow
def test_looking_for_what_machines_left_is_a_small_part_of_the_work() -> None:
    """Of small pages, a third of which hold some, it was a quarter of all calls when each block was read by itself;
    a ninth before what is found was read anew (decision 22).
    """
    code = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import share_of_reading as share; print(share())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(told.stdout) < 0.18, told.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("code", "glue"), [("en", ", "), ("de", " "), ("zh", ", "), ("ar", ". ")])
def test_a_hostile_text_is_read_for_notes_in_work_that_grows_with_its_size(code: str, glue: str) -> None:
    unit = glue.join(text.rstrip(".。!?") for text in SAMPLES[code][:4]) + f"{glue}ChatGPT{glue}"
    read_notes(unit, code)  # loads what is loaded once
    small, large = (calls_of(lambda size=size: read_notes(unit * size, code))[0] for size in (8, 32))  # type: ignore[misc]
    assert large < 6 * small
