"""The language files: that they are complete, agree with the rules, and distinguish residue from prose."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from phrase_files import not_found, phrases_of, repeated

from copydesk.cleaners.errors import BadData
from copydesk.cleaners.judge.features import PHRASE_RULES
from copydesk.cleaners.lexicon.wall_words import PARTS, find_wall_words
from copydesk.cleaners.lexicon.words import (
    Grammar,
    Mode,
    PhraseEntry,
    PhraseHit,
    PhraseMatcher,
    fold,
    lexicon,
    lexicon_without_tables,
    matcher,
    phrase_languages,
    read_lexicon,
    site_phrases,
)
from copydesk.cleaners.rules.catalogue import RULES

CODES = ("ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "nl", "pl", "pt", "ru", "sv", "tr", "zh")
WORDING = (
    "ad", "author-bio", "byline", "caption", "comment-form", "cookie", "copyright", "correction", "nav",
    "newsletter", "paywall", "related", "social", "source-note", "tags",
)  # fmt: skip
PAGES = frozenset({"page.not-found", "page.error", "page.captcha", "page.consent", "page.login"})
WALLS = frozenset(f"wall.{part}" for part in PARTS)
FILES = Path(__file__).parents[3] / "cleaners" / "lexicon" / "languages"


def found(code: str, text: str) -> set[str]:
    return {rule_id for rule_id in matcher(code).find(text) if rule_id.startswith("wording.")}


@pytest.mark.parametrize("code", CODES)
def test_a_language_is_complete(code: str) -> None:
    words = lexicon(code)
    assert words.code == code
    assert len(words.function_words) >= 40
    assert len(words.months) == 12
    assert words.byline
    assert {f"wording.{name}" for name in WORDING} <= set(words.phrases)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("zh", "3条评论"),
        ("zh", "3 条评论"),
        ("ja", "コメント3件"),
        ("ja", "コメント 3 件"),
        ("ko", "3개의 댓글"),
    ],
)
def test_a_number_may_stand_beside_letters_without_a_space(code: str, text: str) -> None:
    assert found(code, text) == {"wording.comment-form"}


@pytest.mark.parametrize("code", CODES)
def test_without_its_tables_a_language_has_all_but_phrases_and_grammar(code: str) -> None:
    assert lexicon_without_tables(code) == replace(lexicon(code), phrases={}, grammar=Grammar())


@pytest.mark.parametrize("code", CODES)
def test_every_wording_section_belongs_to_a_rule_or_a_measure(code: str) -> None:
    known = {*PHRASE_RULES, *(rule.id for rule in RULES)}
    assert {rule_id for rule_id in lexicon(code).phrases if rule_id.startswith("wording.")} <= known


@pytest.mark.parametrize("code", CODES)
def test_words_are_lower_case_and_stated_once(code: str) -> None:
    data = tomli.loads((FILES / f"{code}.toml").read_text("utf-8"))
    months = " ".join(data["months"]).split()
    for words in (data["function_words"], months, data["byline"]):
        assert [word for word in words if word != word.lower()] == []
        assert sorted(set(words)) == sorted(words)


@pytest.mark.parametrize("code", CODES)
def test_no_phrase_is_repeated_in_one_list(code: str) -> None:
    """Compared as the matcher compares, so that a twin in other spelling shows up too."""
    ids = [rule_id for rule_id in lexicon(code).phrases if rule_id.startswith("wording.")]
    assert repeated(code, ids) == []


def test_no_list_of_words_has_an_entry_twice() -> None:
    """Of all data files: words of AI notes, names of elements, cues."""
    files = sorted((FILES.parents[1]).rglob("*.toml"))
    assert [
        place for file in files for place in _entries_twice(file, tomli.loads(file.read_text("utf-8")))
    ] == []


def _entries_twice(file: Path, data: Any, *keys: str) -> Iterator[tuple[str, ...]]:
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _entries_twice(file, value, *keys, key)
    elif isinstance(data, list):
        twice = [entry for entry, times in Counter(filter(_is_text, data)).items() if times > 1]
        yield from ((file.name, *keys, entry) for entry in twice)


def _is_text(entry: object) -> bool:
    return isinstance(entry, str)


@pytest.mark.parametrize("code", CODES)
def test_a_phrase_that_matches_anywhere_is_no_single_everyday_word(code: str) -> None:
    """A word of prose in ``start`` or ``contains`` would cut articles."""
    words = lexicon(code)
    for name in WORDING:
        modes = words.phrases[f"wording.{name}"]
        for mode in ("start", "contains"):
            for phrase in modes.get(mode, ()):
                assert fold(phrase) not in words.function_words, (name, mode, phrase)


@pytest.mark.parametrize("code", CODES)
def test_every_phrase_is_found_where_it_should_be(code: str) -> None:
    assert not_found(code, [f"wording.{name}" for name in WORDING]) == []


PORTS: tuple[tuple[Mode, str], ...] = (
    ("start", "harbour"), ("start", "harbour news"), ("start", "harbour news daily"), ("contains", "ship news"),
    ("start", "港口"), ("start", "港口新闻"), ("contains", "船讯"), ("contains", "船讯报"),
)  # fmt: skip


@pytest.mark.parametrize(("text", "found"), [
    ("Harbour", ("start", "harbour")), ("Harbour lights", ("start", "harbour")),
    ("Harbour news", ("start", "harbour news")), ("Harbour news daily, ship news", ("start", "harbour news daily")),
    ("Our harbour news", None), ("Harbours", None), ("The ship news", ("contains", "ship news")),
    ("港口新闻今日船讯", ("start", "港口新闻")), ("港口今日船讯", ("start", "港口")), ("本地港口新闻", None),
    ("本地港口新闻船讯报", ("contains", "船讯报")),
])  # fmt: skip
def test_of_several_phrases_the_first_and_longest_is_reported(
    text: str, found: tuple[Mode, str] | None
) -> None:
    entries = [PhraseEntry(phrase, "wording.nav", PhraseHit(mode, phrase, "zh")) for mode, phrase in PORTS]
    hit = PhraseMatcher(entries).find(text).get("wording.nav")
    assert (hit and (hit.mode, hit.phrase)) == found


def test_a_lead_needs_its_colon() -> None:
    assert "wording.related" in found("en", "Also read: The last ferry")
    assert "wording.related" not in found("en", "Also read aloud were the names of the drowned")


def test_spellings_that_differ_only_in_form_are_one() -> None:
    assert fold("  Editor’s\u00a0NOTE – 3.400 views ") == fold("editor's note: 12 views")
    assert fold("İLGİLİ") == fold("ilgili")
    assert fold("की") != fold("के"), "vowel signs distinguish Hindi words"


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    for rule_id, hit in matcher("en", "ja").find(text).items():
        assert rule_id in lexicon(hit.language).phrases


@given(st.lists(st.sampled_from(["river", "stone", "bell", "Friday", "quietly", "old"]), max_size=8))
def test_a_phrase_anywhere_is_found_whatever_is_around_it(words: list[str]) -> None:
    one = matcher("en")
    for place in range(len(words) + 1):
        assert "wording.newsletter" in one.find(" ".join([*words[:place], "in your inbox", *words[place:]]))


GOOD: dict[str, Any] = {"code": "xx", "name": "Test", "function_words": ["und"]}


def test_a_file_defines_how_sentences_are_built() -> None:
    table = {"verb_final": True, "noun_compounds": True}
    found = read_lexicon(GOOD | {"grammar": table}, where="xx.toml")
    assert (found.function_words, found.grammar) == ({"und"}, Grammar(verb_final=True, noun_compounds=True))


@pytest.mark.parametrize(("change", "named"), [
    ({"name": ""}, "length >= 1 - at `$.name`"), ({"function_words": []}, "length >= 1 - at `$.function_words`"),
    ({"colour": "red"}, "unknown field `colour`"), ({"months": ["jan"]}, "1 instead of twelve"),
    ({"phrases": {"wording.ad": {"whole": ["–"]}}}, "phrases.wording.ad.whole: '–' is no phrase"),
    ({"phrases": {"wording.ad": {"anywhere": ["ad"]}}}, "Invalid enum value 'anywhere' - at `key` in `$.phrases"),
    ({"phrases": {"wording.ad": {"start": ["the Kiosk"]}}}, "phrases.wording.ad.start: 'the Kiosk' has capital letters; write it in lower case"),
    ({"phrases": {"cue.made": {"contains": ["ma* by"]}}}, "phrases.cue.made.contains: 'ma* by' has fewer than 3 letters before a star"),
    ({"phrases": {"cue.made": {"contains": ["made u*"]}}}, "'made u*' has fewer than 2 letters"),
    ({"grammar": {"verb_last": True}}, "unknown field `verb_last` - at `$.grammar`"),
    ({"grammar": {"verb_final": 1}}, "Expected `bool`, got `int` - at `$.grammar.verb_final`"),
])  # fmt: skip
def test_a_wrong_file_is_named_with_the_key_at_fault(change: dict[str, Any], named: str) -> None:
    with pytest.raises(BadData, match=r"xx\.toml") as caught:
        read_lexicon(GOOD | change, where="xx.toml")
    assert named in re.sub(r"has (\d+) entries", r"\1", str(caught.value))


@pytest.mark.parametrize(("scripts", "phrase"), [
    ("Hani", "由AI写"), ("Hang", "써*"), ("Latn", "mad* by"), ("Latn", "write up*"), ("Latn", "links with *"),
])  # fmt: skip
def test_what_its_script_writes_so_is_a_phrase(scripts: str, phrase: str) -> None:
    data = GOOD | {"scripts": [scripts], "phrases": {"cue.made": {"contains": [phrase]}}}
    assert read_lexicon(data, where="xx.toml").phrases["cue.made"]["contains"] == (phrase,)


SITES = sorted(phrase_languages() - set(CODES))


@pytest.mark.parametrize("code", SITES)
def test_phrases_of_sites_in_a_language_without_a_lexicon_are_found_once_each(code: str) -> None:
    ids = site_phrases(code).phrases.keys()
    assert site_phrases(code).code == code
    assert {"wording.related", "wording.social", "wording.nav", "wording.cookie"} <= ids
    assert ids <= {*PHRASE_RULES, *(rule.id for rule in RULES), *PAGES, *WALLS}
    assert repeated(code, ids) == []
    assert not_found(code, ids - WALLS) == []


@pytest.mark.parametrize("code", sorted(phrase_languages()))
def test_each_phrase_of_a_wall_is_found_and_says_one_thing(code: str) -> None:
    assert repeated(code, WALLS) == []
    for part in PARTS:
        phrases = phrases_of(code)[f"wall.{part}"]["contains"]
        texts = [fold(phrase.replace("*", "x").replace("#", "7")) for phrase in phrases]
        hits = find_wall_words(texts, code)
        assert [phrase for at, phrase in enumerate(phrases) if part not in hits.get(at, {})] == []


def test_an_unknown_language_names_the_known_ones() -> None:
    with pytest.raises(BadData, match="ar, de, en"):
        lexicon("qq")
