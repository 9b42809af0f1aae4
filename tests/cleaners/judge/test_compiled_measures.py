"""The compiled measures are those of the plain code, bit for bit, whatever the page."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_blocks import html_blocks, lines

from copydesk._core import compiled
from copydesk.cleaners.decode.encoding import decode
from copydesk.cleaners.judge import features, layout, network
from copydesk.cleaners.judge.cohesion import measures
from copydesk.cleaners.judge.cohesion.measures import NAMES as COHESION
from copydesk.cleaners.judge.features import NAMES, Measures
from copydesk.cleaners.lexicon.block_phrases import find_phrases
from copydesk.cleaners.types import Block, Page, PathStep

if (compiled("layout") is None or compiled("cohesion") is None) and os.environ.get("REQUIRE_CORE") != "1":
    pytest.skip("copydesk was installed without a compiler", allow_module_level=True)

SEEDS = sorted((Path(__file__).parents[3] / "seeds" / "pages").glob("*.html"))
TAGS = (
    "article",
    "main",
    "section",
    "div",
    "ul",
    "li",
    "p",
    "h1",
    "h2",
    "h3",
    "blockquote",
    "nav",
    "aside",
    "a",
)
WORDS = ("", "post", "post item-4711", "post item-4712", "sidebar widget", "comment byline", "42", "Über")
TEXTS = (
    "Last ferry crosses the harbour",
    "The old ferry crossed the harbour for the last time, with the captain and a brass band on board.",
    "Captain Halvorsen had steered the ferry for thirty winters, and the harbour never once froze over.",
    "Flour prices doubled within a year, and the bakery on Mill Lane bakes half as many loaves.",
    "By Ada Brown",
    "Read more",
    "1,000 ferries and 20 captains",
    "Die Bäckerei in der Mühlgasse backt seit Jahren weniger Brote, denn Größe und Preis müssen stimmen.",
    "船長は三十年の冬をこの連絡船で過ごし、港は一度も凍らなかったと語った。楽隊も頷いた。",
    "船 abc船 ferry船長",
    "ขนมปังขายดีที่สุดในตลาดเช้าวันนี้",
)  # fmt: skip


def both(
    monkeypatch: pytest.MonkeyPatch, blocks: tuple[Block, ...], language: str = "en"
) -> tuple[Measures, Measures]:
    """The measures of blocks by the compiled core, and by the plain code."""
    phrased = find_phrases(blocks, language)
    found = features.measure(blocks, phrased)
    with monkeypatch.context() as patch:
        for module in (features, layout, measures):
            assert module._CORE is not None
            patch.setattr(module, "_CORE", None)
        return found, features.measure(blocks, phrased)


def assert_alike(monkeypatch: pytest.MonkeyPatch, blocks: tuple[Block, ...], language: str = "en") -> None:
    core, plain = both(monkeypatch, blocks, language)
    for name in layout.Layout.__struct_fields__:
        one, other = getattr(core.layout, name), getattr(plain.layout, name)
        if isinstance(one, np.ndarray):
            assert one.dtype == other.dtype, name
        assert msgspec.to_builtins(one, enc_hook=_listed) == msgspec.to_builtins(other, enc_hook=_listed), (
            name
        )
    differing = (core.rows != plain.rows).any(axis=0)
    assert [name for name, differs in zip(NAMES, differing, strict=True) if differs] == []
    seen = network.judge(network.packaged("html"), core).seen
    with monkeypatch.context() as patch:
        patch.setattr(network, "_CORE", None)
        seen_plainly = network.judge(network.packaged("html"), core).seen
    assert all(map(np.array_equal, seen, seen_plainly))


def _listed(array: object) -> list[object]:
    assert isinstance(array, np.ndarray)
    listed: list[object] = array.tolist()
    return listed


def element(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    tags, words = st.sampled_from(TAGS), st.sampled_from(WORDS)
    return st.builds(
        lambda tag, words, inside: f'<{tag} class="{words}">{inside}</{tag}>', tags, words, inside
    )


markup = st.recursive(
    st.sampled_from(TEXTS), lambda inside: element(st.lists(inside, max_size=6).map("".join)), max_leaves=60
)
pages = st.builds(
    "<html><head>{}</head><body>{}</body></html>".format,
    st.sampled_from(("", *(f"<title>{text}</title>" for text in TEXTS))),
    st.lists(markup, min_size=1, max_size=6).map("".join),
)


@settings(max_examples=100)
@given(page=pages, language=st.sampled_from(("en", "de", "ja", "zxx")))
def test_any_page_is_measured_alike(page: str, language: str) -> None:
    blocks = html_blocks(page)
    if blocks:
        with pytest.MonkeyPatch.context() as patch:
            assert_alike(patch, blocks, language)


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.name)
def test_pages_are_measured_alike(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = decode(Page(body=path.read_bytes(), media="html")).text
    assert_alike(monkeypatch, html_blocks(page))


def test_flattened_text_is_measured_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    assert_alike(monkeypatch, lines(*TEXTS))


def test_a_page_deeper_and_longer_than_first_made_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tuple(PathStep(number, "div", f"box{number % 7}") for number in range(1, 301))
    texts = [
        f"Paragraph {at} tells of {' '.join(f'thing{at * 9 + more}' for more in range(9))}."
        for at in range(2_000)
    ]
    blocks = lines(*texts)
    paths = [(*deep[: at % 300], PathStep(1_000 + at, "p", "")) for at in range(len(blocks))]
    moved = [msgspec.structs.replace(block, path=path) for block, path in zip(blocks, paths, strict=True)]
    assert_alike(monkeypatch, tuple(moved))


def test_half_characters_are_measured_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    (block,) = html_blocks("<p>A ferry</p>")
    broken = msgspec.structs.replace(
        block, raw="ferry\ud800harbour captain " * 4, path=(PathStep(1, "p", "post\udfff 1"),)
    )
    assert_alike(monkeypatch, (block, broken))


def test_measures_of_other_blocks_are_refused() -> None:
    blocks = html_blocks("<h1>Ferry</h1><p>The captain.")
    own, phrased = features.measure_own(blocks), find_phrases(blocks, "en")
    title = (0, np.zeros((2, 2)))
    arguments = [own, phrased.words, layout.lay_out(blocks), title, np.zeros(2), frozenset(), None]
    assert measures._CORE is not None
    assert measures._CORE.measure(*arguments).shape == (2, len(COHESION))
    others = {
        0: features.measure_own(blocks[:1]),
        1: [],
        2: layout.lay_out(blocks[:1]),
        3: (2, title[1]),
        4: np.zeros(3),
    }
    for place, other in others.items():
        with pytest.raises((ValueError, IndexError)):
            measures._CORE.measure(*arguments[:place], other, *arguments[place + 1 :])
