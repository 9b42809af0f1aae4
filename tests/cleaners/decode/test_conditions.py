"""The compiled conditions never say no where the plain code finds something, and white space is the same."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copydesk._core import markup as core
from copydesk.cleaners.decode import html_tree, repair
from copydesk.cleaners.decode.encoding import Decoded
from copydesk.cleaners.segment import citation_marks

SEEDS = Path(__file__).parents[3] / "seeds" / "pages"
RAW = ("script", "style", "TITLE", "textarea", "iframe", "noembed", "noframes", "xmp")
ASCII_TAGS = (
    *(f"<{name}" for name in RAW), *(f"</{name}" for name in RAW), "<", "</", "<p", "<scr", "<s", "<xmp-a", "<!", "<!--",
    "-", "--", "->", "-->", "--!>", "!", ">", "/", " ", "\n", "\x1c", "\0", "=", "= ", "='", '="', "'", '"', "a", "b=1",
    "c='2'", 'd="3>"', "x " * 4, "a=b ", '/="a b c"', "data-x",
)  # fmt: skip
# letters that are "s", "i" or "k" in another case, and white space
TAGS = (*ASCII_TAGS, "<ſcript", "<tıtle", "<İframe", "</ſtyle", "</tİtle", "<\u212a", "é", "=é", "=\u3000", "\xa0", "\u2003", "\ud800")  # fmt: skip
SPACES = tuple(chr(code) for code in range(0x110000) if chr(code).isspace())
BESIDE = tuple(chr(ord(space) + step) for space in SPACES[1:] for step in (-1, 1))
DAMAGE = (
    "\0", "\x0b", "\f", "\x7f", "\x80", "\x9f", "\xa0", "Ã©", "Ã", "é", "©", "â€™", "Ð", "ð", "─", "╤", "├ñ", "ΓÇ", "ÔÇ",
    "\ufe0f", "\ufe0f" * 13, "\U000e0110" * 13, "\ud800", "\ufffe", "\uffff", "\ufeff", "\U0001fffe", "😀", "ä", "ö",
)  # fmt: skip
MARKS = (
    "oaicite", "oai", "oai_citation", "†", "\u2021", "turn", "turn0search1", "turn٣b", "urn1", ";base64,", ";bas",
    f"data:image/png;base64,{'A' * 64}", "e", "t",
)  # fmt: skip
# texts are looked at 4,096 bytes at a time
BLOCKS = ("x" * 4_090, "x" * 4_091, "x" * 4_093, "x" * 4_095)


def texts(*parts: str, max_size: int = 30) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(parts), max_size=max_size).map("".join)


def has_many_attributes(markup: str, most: int) -> bool:
    """What ``with_few_attributes`` does with 1,000."""
    many = re.compile(html_tree._MOST_OF_A_TAG.pattern.replace("{1000}", f"{{{most}}}"))
    return any(
        tag.end("tag") - tag.start() > 2 * most and many.match(markup, tag.start(), tag.end("tag"))
        for tag in html_tree._TAG.finditer(markup)
    )


@pytest.fixture
def unconditional(monkeypatch: pytest.MonkeyPatch) -> None:
    """The patterns by themselves."""
    monkeypatch.setattr(html_tree, "may_have_many_attributes", lambda _markup, _most: True)
    monkeypatch.setattr(repair, "may_need_repair", lambda _text: True)
    monkeypatch.setattr(citation_marks, "markup", SimpleNamespace(may_hold_marks=lambda _text: True))


def check_all(text: str) -> None:
    decoded = Decoded(text, "unicode", "caller")
    assert core.may_need_repair(text) or repair.repair(decoded) == decoded
    assert core.may_hold_marks(text) or not citation_marks.may_hold_marks(text)
    assert core.may_have_many_attributes(text, 1_000) or html_tree.with_few_attributes(text) == text
    assert core.without_space(text) == "".join(text.split())


@settings(max_examples=40)
@given(st.one_of(texts(*ASCII_TAGS), texts(*TAGS)))
def test_no_tag_with_many_attributes_is_missed(markup: str) -> None:
    assert core.may_have_many_attributes(markup, 3) or not has_many_attributes(markup, 3)


@pytest.mark.usefixtures("unconditional")
@pytest.mark.parametrize("parts", [DAMAGE, MARKS, (*SPACES, *BESIDE)], ids=["damage", "marks", "spaces"])
def test_nothing_is_missed(parts: tuple[str, ...]) -> None:
    for part in parts:
        for block in ("", *BLOCKS):
            check_all(f"{block}{part}")
            check_all(f"{part}{block}{part[:1]}")

    @settings(max_examples=40)
    @given(texts(*parts, *BLOCKS, "x", " ", max_size=8))
    def check_any(text: str) -> None:
        check_all(text)

    check_any()


@pytest.mark.usefixtures("unconditional")
@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.html")), ids=lambda path: path.stem)
def test_nothing_is_missed_on_pages(path: Path) -> None:
    markup = path.read_text("utf-8", "replace")
    check_all(markup)
    for most in (3, 10):
        assert core.may_have_many_attributes(markup, most) or not has_many_attributes(markup, most)


@settings(max_examples=40)
@given(
    texts("a", "b", "é", "†", "🌀", "\ud800", *BLOCKS, max_size=12),
    texts("a", "b", "é", "†", "x", max_size=5),
)
def test_a_word_is_found_as_plain_python_finds_it(text: str, word: str) -> None:
    assert core.holds(text, word) is (word in text)
    assert core.holds(f"{text}{word}", word)


def test_most_pages_are_spared_the_patterns() -> None:
    markup = (
        "<!DOCTYPE html><!-- a > b --><script>if (a<b) return 1</script><style>p>a{}</style>"
        f"<p class='a' title=\"1 > 0\" data-a='{'b' * 3_000}'>Größe – “Ice” … ääni</p>"
    ) * 100
    assert not core.may_have_many_attributes(markup, 1_000)
    assert not core.may_hold_marks(markup)
    assert not core.may_need_repair(markup)


def test_what_is_no_text_is_refused() -> None:
    for function in (core.may_hold_marks, core.may_need_repair, core.without_space):
        with pytest.raises(TypeError):
            function(None)
