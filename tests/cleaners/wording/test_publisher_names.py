"""Names of publishers in a line of text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk.cleaners.wording.publisher_names import MAX_WORDS, first_name, is_talk, whole_name


@pytest.mark.parametrize(("text", "code", "name"), [
    ("in The Ashford Post", "en", "The Ashford Post"),
    ("by the Harbour Times on 3 May 2026", "en", "Harbour Times"),
    ("on 2026-03-04 12:30 in Harbour Times", "en", "Harbour Times"),
    ("in May in the Harbour Times", "en", "Harbour Times"), ("in der Süddeutschen Post", "de", "Süddeutschen Post"),
    ("dans Le Courrier de la Mer", "fr", "Le Courrier de la Mer"),
    ("in Post & Times", "en", "Post & Times"), ("в газете Известия", "ru", "Известия"), ("《海港日报》报道", "zh", "海港日报"),
    ("「港新聞」が報じた", "ja", "港新聞"), ("in a paper of the town", "en", None), ("", "en", None), ("12:30", "en", None),
    ("am 06/01/2026 - 14:02 MEZ", "de", None), ("12:30 GMT on Harbour Times", "en", "Harbour Times"),
])  # fmt: skip
def test_the_first_name_of_a_text(text: str, code: str, name: str | None) -> None:
    assert first_name(text, code) == name


@pytest.mark.parametrize(("text", "code", "name"), [
    ("from the Guardian", "en", "Guardian"),
    ("The Ashford Post, 3 May 2026", "en", "The Ashford Post"),
    ("The Ashford Post –", "en", "The Ashford Post"), ("“Harbour Times”", "en", "Harbour Times"),
    ("朝日新聞が", "ja", "朝日新聞"), ("新华社于2026年3月4日", "zh", "新华社"), ("연합뉴스는", "ko", "연합뉴스"),
    ("صحيفة الأهرام", "ar", "الأهرام"), ("газета Известия", "ru", "Известия"), ("ashford post", "en", None),
    ("The Ashford Post and all of the Harbour Times", "en", None),
    ("A", "en", None), ("", "en", None), ("3 May 2026", "en", None),
])  # fmt: skip
def test_a_text_that_is_a_name(text: str, code: str, name: str | None) -> None:
    assert whole_name(text, code) == name


@pytest.mark.parametrize(("name", "is_one"), [
    ("The article", True), ("This article", True), ("Article", True), ("Morning Article Post", False),
    ("The Ashford Post", False),
])  # fmt: skip
def test_words_that_speak_of_the_page_are_no_publisher(name: str, *, is_one: bool) -> None:
    assert is_talk(name, "en") == is_one
    assert (first_name(name, "en") is None) == is_one


@given(
    st.sampled_from(["en", "de", "ru", "ja", "zh", "ar"]),
    st.text(alphabet="The Post of 12.:《》「」が新ا", max_size=40),
)
def test_a_name_is_of_the_text(code: str, text: str) -> None:
    for name in (first_name(text, code), whole_name(text, code)):
        if name is not None:
            assert name == name.strip()
            assert len(name.split()) <= max(MAX_WORDS, len(text.split()))
            assert all(word in text for word in name.split())
