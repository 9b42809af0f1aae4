"""The compiled reading of names and addresses gives what the plain one gives, whatever they are."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk._core import compiled
from copydesk.cleaners.judge.element_kinds import kinds_of, plain_kinds_of
from copydesk.cleaners.judge.link_features import _FILL, TARGETS, plain_fill
from copydesk.cleaners.judge.network import Vocabulary, _summed, packaged

CORE = compiled("names")
if CORE is None and os.environ.get("REQUIRE_CORE") != "1":
    pytest.skip("copydesk was installed without a compiler", allow_module_level=True)

PAGES = sorted((Path(__file__).parents[3] / "seeds" / "pages").rglob("*.html"))
ATTRIBUTE = re.compile(r"""<([a-z]\w*)[^>]*?\b(?:class|id|role)=["']?([^"'>]*)""")
ADDRESS = re.compile(r"""\bhref=["']?([^"'>]*)""")

text = st.text(st.characters(), max_size=60)  # lone surrogates as well
word = st.sampled_from(
    ("nav", "relatedposts", "posts", "q", "x" * 24, "x" * 25, "nav" * 14, "\ud800nav", "shareposterstorytagadlistgrid", "é", "Nav")
)  # fmt: skip
words = text | st.lists(word | text, max_size=6).map(" ".join) | st.lists(word, max_size=6).map("-".join)
tag = st.sampled_from(("", "div", "x-ü", "t" * 39, "t" * 40)) | text
part = st.sampled_from(
    ("http:", "https:", "\ud800", "//", "/", "?", "#", "@", ":", ".", "a", "Share", "facebook.com", "4711", "mailto:", "news",
     "one-two-three", "\0", "\n", " ", "ü", "\u212a", "٣", "www.quay.co.uk", "_", "x" * 500)
)  # fmt: skip
address = st.lists(part, max_size=12).map("".join) | text


def both_tables(urls: list[str]) -> tuple[bytes, bytes]:
    """What the two make of the addresses of a page, to the last bit."""
    tables = np.zeros((2, len(urls), len(TARGETS)))
    _FILL(urls, tables[0])
    plain_fill(urls, tables[1])
    return tables[0].tobytes(), tables[1].tobytes()


@given(words)
def test_words_are_of_the_same_kinds(words: str) -> None:
    assert kinds_of(words) == plain_kinds_of(words)


@given(tag, words)
def test_words_have_the_same_numbers(tag: str, words: str) -> None:
    network = packaged("html")
    vocabulary = network.vocabulary
    assert vocabulary.find(tag, words) == vocabulary._find_in(words, tag)
    sums = vocabulary.embedded([(tag, words), ("", words)], network.embedding)
    numbers = vocabulary._find_in(words, tag) if tag else ()
    assert sums.tolist() == _summed(network.embedding, [numbers, ()])[0].tolist()


@given(st.lists(address, max_size=8))
def test_addresses_have_the_same_measures(urls: list[str]) -> None:
    compiled, plain = both_tables([*urls, *urls[::2]])
    assert compiled == plain


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_are_read_alike(page: Path) -> None:
    source = page.read_text("utf-8", "replace")
    compiled, plain = both_tables(ADDRESS.findall(source))
    assert compiled == plain
    vocabulary = packaged("html").vocabulary
    for tag, words in ATTRIBUTE.findall(source):
        assert kinds_of(words.lower()) == plain_kinds_of(words.lower())
        assert vocabulary.find(tag, words.lower()) == vocabulary._find_in(words.lower(), tag)


def test_more_words_than_are_remembered_are_told_apart() -> None:
    asked = []

    def look_up(word: str) -> tuple[int, ...]:
        asked.append(word)
        return (ord(word[0]) - 97, ord(word[-1]) - 97)

    letters = "abcdefghijklmnopqrstuvwxyz"
    some = [a + b + c + d for a in letters for b in letters for c in letters for d in letters[:4]]
    numbers = CORE.WordNumbers(look_up, 26, 4)
    for word in some:
        assert numbers.find(word) == tuple(sorted(set(look_up(word))))
    asked.clear()
    assert numbers.find(" ".join(some)) == tuple(range(26))
    assert asked  # some words have lost their places to others
    asked.clear()
    assert numbers.find("abcd 1 efgh") == numbers.find("efgh abcd") == (0, 3, 4, 7)
    assert len(asked) <= 2


def test_a_word_of_many_numbers_has_them_all() -> None:
    numbers = CORE.WordNumbers(lambda _: range(100), 100, 40)
    assert numbers.find("word") == numbers.find("word") == tuple(range(100))


def test_what_is_beyond_the_tables_is_refused() -> None:
    with pytest.raises(IndexError):
        CORE.WordNumbers(lambda _: (-1,), 8, 40).find("word")
    with pytest.raises(IndexError):
        CORE.WordNumbers(lambda _: (8,), 8, 40).find("word")
    with pytest.raises(ValueError, match="at most"):
        CORE.WordNumbers(lambda _: (), CORE.MOST_NUMBERS + 1, 40)
    with pytest.raises(ValueError, match="at most"):
        CORE.WordNumbers(lambda _: (), -100, 40)
    with pytest.raises(ValueError, match="a row for each"):
        _FILL(["/a"], np.zeros((2, len(TARGETS))))


def test_a_larger_vocabulary_is_left_to_the_plain_one() -> None:
    known = [f"<{number}" for number in range(CORE.MOST_NUMBERS)]
    assert Vocabulary([*known, "nav"]).find("7", "nav") == (7, CORE.MOST_NUMBERS)
