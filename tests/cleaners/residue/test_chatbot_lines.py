"""What chatbots write around their answers, and prompts, in every language with a file: composed lines and traps."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomli
from each_case import hold
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.lexicon.phrase_gates import Folded
from copydesk.cleaners.lexicon.words import languages
from copydesk.cleaners.residue import prompt_lines
from copydesk.cleaners.residue.chatbot_lines import may_hold_chatbot_lines, read_chatbot_lines
from copydesk.cleaners.residue.chatbots import cue_ids
from copydesk.cleaners.residue.chatbots.interface import interface_labels
from copydesk.cleaners.residue.prompt_lines import may_hold_prompt, read_prompt
from copydesk.cleaners.residue.talk_words import talk_finder, talk_gate

_FOLDER = Path(__file__).parent / "chatbot_lines"
_PROMPTS = {"sure_prompts": True, "unsure_prompts": False}
_LINES = {"sure": True, "unsure": False}


_FILES = {path.stem: tomli.loads(path.read_text("utf-8")) for path in sorted(_FOLDER.glob("*.toml"))}


def _written(code: str, *kinds: str) -> list[tuple[str, str, str]]:
    return [(code, kind, text) for kind in kinds for text in _FILES[code].get(kind, [])]


def present(text: str, code: str) -> frozenset[str]:
    looked_for = frozenset(cue_ids.LOOKED_FOR | prompt_lines.LOOKED_FOR)
    return frozenset(talk_gate(code, looked_for).present(Folded([text])).get(0, ()))


def test_every_language_has_lines_and_traps() -> None:
    assert {path.stem for path in _FOLDER.glob("*.toml")} == set(languages())


@pytest.mark.parametrize("code", _FILES)
def test_chatbot_line(code: str) -> None:
    hold(is_chatbot_line, _written(code, *_LINES))


def is_chatbot_line(code: str, kind: str, text: str) -> None:
    found = read_chatbot_lines(text, code)
    assert found
    assert any(line.is_sure for line in found) is _LINES[kind]
    assert may_hold_chatbot_lines(present(text, code)), (
        "the look that decides which blocks are read must let it pass"
    )


@pytest.mark.parametrize("code", _FILES)
def test_prompt(code: str) -> None:
    hold(is_prompt, _written(code, *_PROMPTS))


def is_prompt(code: str, kind: str, text: str) -> None:
    found = read_prompt(text, code)
    assert found is not None
    assert found.is_sure is _PROMPTS[kind]
    assert may_hold_prompt(present(text, code), text)


@pytest.mark.parametrize("code", _FILES)
def test_trap(code: str) -> None:
    hold(is_neither, _written(code, "traps"))


def is_neither(code: str, _kind: str, text: str) -> None:
    assert not read_chatbot_lines(text, code)
    assert read_prompt(text, code) is None


@pytest.mark.parametrize("marks", ["“{}”, read the sign.", "> {}", "– {}"])
@pytest.mark.parametrize("code", sorted(languages()))
def test_a_quotation_is_no_line_of_a_chatbot(code: str, marks: str) -> None:
    for _, _, text in (one for one in _written(code, "sure") if "ChatGPT" not in one[2]):
        assert not any(line.is_sure for line in read_chatbot_lines(marks.format(text), code))


@st.composite
def _talk(draw: st.DrawFn) -> tuple[str, str]:
    """A language, and a text of cues of its talk with marks, line breaks and other letters between them."""
    code = draw(st.sampled_from(sorted(languages())))
    cues = sorted(
        {entry.text for cue_id in talk_finder(code).by_id for entry in talk_finder(code).by_id[cue_id]}
    )
    between = st.sampled_from(
        [" ", ", ", ". ", "! ", ": ", "? ", "\n", "\n> ", "\n- **", "“", "” ", " (", ") ", "#### ", "<b>"]
    )
    parts = draw(st.lists(st.tuples(st.sampled_from(cues) | st.text(max_size=8), between), max_size=12))
    return code, "".join(part for pair in parts for part in pair)


@pytest.mark.slow
@given(_talk())
def test_what_is_reported_of_any_text_is_quoted_from_it(talk: tuple[str, str]) -> None:
    code, text = talk
    for line in read_chatbot_lines(text, code):
        assert line.cues
        assert line.quote in text
        assert 0 <= line.start <= line.end <= line.until <= len(text)
    read_prompt(text, code)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("en", "If you'd like, I can also write a script for the tide table."),
        ("en", "If you want, I can add `ferry.json` to the folder."),
        ("en", "If you'd like, I can also write:"),
        ("de", "Wenn du möchtest, kann ich dir eine Vorlage für den Fahrplan schreiben."),
        ("it", "Se vuoi, posso preparare un modello per la bacheca."),
        ("pl", "Jeśli chcesz, mogę przygotować szablon ogłoszenia."),
    ],
)
def test_an_offer_of_a_file_or_of_choices(code: str, text: str) -> None:
    (line,) = read_chatbot_lines(text, code)
    assert (line.kind, line.is_sure) == ("offer", False)


def test_labels_of_an_interface_are_removed_together_or_not_at_all() -> None:
    assert [label.phrase for label in interface_labels("pythonCopyEdit", "en")] == ["python", "copy edit"]
    assert not interface_labels("python copy of the edit", "en")


def test_every_language_has_every_kind() -> None:
    """A kind that a language lacks is a gap nobody sees."""
    kinds = {code: talk_finder(code).by_id.keys() for code in languages()}
    for code, here in kinds.items():
        missing = kinds["en"] - here
        assert not missing, (code, missing)


def test_doubled_quotation_marks_do_not_end_the_reading() -> None:
    text = "Lay the board so that its ''smiling side'' is up, or it wont lie flat and rocks at you."
    assert not read_chatbot_lines(text, "en")
