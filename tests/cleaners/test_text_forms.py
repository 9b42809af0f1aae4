"""The texts of a page are normalised together, with the same result as one by one."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from copydesk.cleaners.text_forms import letters, letters_of, prose, prose_of

CHARACTERS = st.sampled_from(
    "aé e\u0301\u0302\u0327\t\n\r\xa0\xad\u200b\u2028\ufeff가\u1100\u1161\u11a8\x1c\ud800"
)


@given(st.lists(st.text(CHARACTERS, max_size=12), max_size=4))
@example(["Cafe \u0301", "plain"])
@example(["e" + "\u0301\u0327" * 120])
def test_texts_are_normalised_as_each_is_alone(texts: list[str]) -> None:
    assert prose_of(texts) == [*map(prose, texts)]
    assert letters_of(texts) == [*map(letters, texts)]
