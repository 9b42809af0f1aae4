"""The learned judgement: what it sees of a page, its labels, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_blocks import html_blocks
from made_trees import trees, written
from msgspec.structs import replace

from copydesk import Page, explain
from copydesk.cleaners.errors import BadData
from copydesk.cleaners.facts.page_facts import facts_of
from copydesk.cleaners.judge.features import NAMES, measure
from copydesk.cleaners.judge.judged_page import judged_page
from copydesk.cleaners.judge.judgement import KEEP_AT, PACKAGED, Opinions, labels_of
from copydesk.cleaners.judge.link_features import TARGETS, measure_targets, quoted_of_link
from copydesk.cleaners.judge.network import Network, Vocabulary, element_words, judge, packaged, read
from copydesk.cleaners.judge.reasons import JudgedBlocks, reasons
from copydesk.cleaners.lexicon.block_phrases import find_phrases
from copydesk.cleaners.segment.layout import lay_out
from copydesk.cleaners.segment.page_table import PageTable
from copydesk.cleaners.types import Block, Kind, Label

ARTICLE = (
    "<p>The ferry sailed at noon with the whole band on board, and nobody on the quay had paid for a ticket.</p>"
    "<p>It came back at six, said the harbour master, with the same band, a goat and two new songs.</p>"
    "<p>The goat has since been given to the lighthouse, where it keeps the grass short and the keeper awake.</p>"
)
SEEDS = Path(__file__).resolve().parents[3] / "seeds" / "pages"
PAGE = f"""<html><head><title>Ferry sails with band</title></head><body>
<nav class="menu"><a href="/">Home</a> <a href="/town">Town</a></nav>
<main><article class="post"><h1>Ferry sails with band</h1>{ARTICLE}</article></main>
<aside class="related"><ul><li><a href="/1">Bells to ring</a></li><li><a href="/2">Why so late</a></li></ul></aside>
</body></html>"""


@given(trees)
def test_an_element_holds_the_blocks_whose_path_names_it(tree: object) -> None:
    blocks = html_blocks(f"<body>{written(tree)}</body>")
    layout = lay_out(blocks)
    for at, block in enumerate(blocks):
        element = layout.holders[at]
        for step in reversed(block.path):
            assert layout.names[layout.named[element]] == (step.tag, step.words)
            assert layout.starts[element] <= at < layout.ends[element]
            element = layout.parents[element]
        assert element == 0


@pytest.mark.slow
@given(trees)
def test_measures_are_finite_whatever_the_page(tree: object) -> None:
    blocks = html_blocks(f"<body>{written(tree)}</body>")
    rows = measure(PageTable(tuple(blocks)), find_phrases(blocks, "en")).rows
    assert rows.shape == (len(blocks), len(NAMES))
    assert np.isfinite(rows).all()


def test_every_measure_has_a_name_of_its_own() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_siblings_that_differ_in_numbers_are_alike() -> None:
    blocks = html_blocks(
        "<div id=item-1><p>a</p></div><div id=item-2><p>b</p></div><div id=other><p>c</p></div>"
    )
    layout = lay_out(blocks)
    first, second, third = layout.template_group[layout.holders].tolist()
    assert first == second != third


LINKS = """<nav><a href="/">Home</a></nav><p><a href="https://www.quay.example/town/the-goat-is-back">Goat</a></p>
<p><a href="https://quay.example/sea/2">Sea</a></p><p><a href="https://www.facebook.com/sharer?u=1">Tell it</a></p>
<p><a href="#top">Up</a></p><p><a href="mailto:quay@quay.example">Write</a></p><p>No link at all</p>"""


def test_where_a_link_leads_is_recognized_by_the_page_alone() -> None:
    rows = measure_targets(html_blocks(LINKS))

    def names(row: int) -> set[str]:
        return {name.removeprefix("link_") for name in np.array(TARGETS)[rows[row] > 0]}

    shown = (
        {"to_own_site", "to_front_page"}, {"to_own_site", "slug_words", "depth"}, {"to_own_site", "digits"},
        {"to_other_site", "has_query", "social"}, {"to_fragment"}, {"to_no_page"},
    )  # fmt: skip
    assert all(names(row) >= kinds for row, kinds in enumerate(shown))
    assert names(6) == set()


@given(st.lists(st.text(max_size=40) | st.just("http://["), min_size=1, max_size=8))
def test_any_address_is_measured(urls: list[str]) -> None:
    rows = measure_targets([Block(at, Kind.PARAGRAPH, "x", link_url=url) for at, url in enumerate(urls)])
    assert np.isfinite(rows).all()
    assert rows.shape == (len(urls), len(TARGETS))


def test_unknown_words_of_elements_are_known_in_parts() -> None:
    vocabulary = Vocabulary(["<div", "post", "posts", "related"])
    assert element_words("div", "relatedposts x-1") == ["<div", "relatedposts"]
    assert vocabulary.find("div", "relatedposts") == (0, 2, 3)
    assert vocabulary.find("div", "unheardof") == (0,)


def test_probabilities_are_probabilities() -> None:
    blocks = html_blocks(PAGE)
    judged = judge(packaged("html"), measure(PageTable(tuple(blocks)), find_phrases(blocks, "en")))
    assert ((judged.keep >= 0) & (judged.keep <= 1)).all()
    assert judged.labels.sum(axis=1) == pytest.approx(1, abs=1e-4)


def reasons_of(network: Network, blocks: Sequence[Block]) -> list[str]:
    phrased = find_phrases(blocks, "en")
    measures = measure(PageTable(tuple(blocks)), phrased)
    return reasons(network, judge(network, measures), measures, JudgedBlocks(blocks, phrased.hits))


def test_reasons_name_measures_and_places_with_their_direction() -> None:
    blocks = html_blocks(PAGE)
    shown = reasons_of(packaged("html"), blocks)
    assert len(shown) == len(blocks)
    for line in shown:
        assert re.fullmatch(r"(?:for|against): [^;]+(?:; (?:for|against): [^;]+)?", line), line


@pytest.fixture
def worded() -> Network:
    """The packaged network, for which two words weigh more than all else."""
    network = packaged("html")
    measures = network.enter.shape[0] - network.own_embedding.shape[1]
    chance = np.random.default_rng(0)
    return replace(
        network,
        own_languages=frozenset({"en"}),
        own_words={"goat": 0, "lighthouse": 1},
        own_embedding=np.array([[1.0], [-1.0]], dtype=np.float32),
        enter=np.concatenate(
            (network.enter[:measures], chance.normal(0, 9, (1, network.enter.shape[1]))), dtype=np.float32
        ),
    )


def test_words_count_once_each_over_the_root_of_those_that_are_known(worded: Network) -> None:
    texts = ["A goat", "The goat! A goat", "Goat, goat and lighthouse", "No such word", "A lighthouse"]
    blocks = html_blocks("".join(f"<p>{text}</p>" for text in texts))
    own = judge(worded, measure(PageTable(tuple(blocks)), find_phrases(blocks, "en"))).rows[:, -1]
    assert own == pytest.approx([1, 1, 0, 0, -1])
    # in German, of which this network knows no words, they weigh nothing
    assert not judge(worded, measure(PageTable(tuple(blocks)), find_phrases(blocks, "de"))).rows[:, -1].any()


def test_words_that_moved_a_judgement_are_a_reason(worded: Network) -> None:
    with_goat, without = reasons_of(worded, html_blocks("<p>The goat is back.</p><p>The band is back.</p>"))
    assert "its words “goat”" in with_goat
    assert "its words “" not in without


QUOTES = {"c-box--sponsored", "site-footer__links", "sponsored content", "facebook", "facebook.com", "login"}
QUOTES |= {"<li>", "<a>", "<nav>", "<footer>"}
"""All that may be quoted of the page below: no name of its body, and none without a meaning."""


def test_reasons_quote_the_name_phrase_or_site_they_speak_of() -> None:
    page = """<body class="has-footer"><nav><a href="/login">In</a></nav>
        <p>The bell of the lighthouse was cast again, the harbour master said.</p>
        <div class="c-box c-box--sponsored"><div><p>Sponsored content</p></div></div>
        <footer class="nothing site-footer__links"><ul><li><a href="https://facebook.com/x">Facebook</a></li></ul></footer>"""
    shown = " ".join(reasons_of(packaged("html"), html_blocks(page)))
    quoted = set(re.findall("“([^”]*)”", shown))
    assert quoted <= QUOTES, shown
    assert len(quoted) > 1


def test_what_is_quoted_stays_short_whatever_a_page_holds() -> None:
    long = f"{'x' * 50_000} {'footer' * 300} {'nav-' * 400}"
    page = (
        f'<div class="{long}"><ul class="{long}"><li class="{long}"><a href="/{long}">Home</a></li></ul></div>'
        * 9
    )
    for why in reasons_of(packaged("html"), html_blocks(page)):
        assert len(why) < 400
        assert "\n" not in why


def test_a_page_cannot_write_evidence_into_the_addresses_of_its_links() -> None:
    hosts = ("paper.example", "straße.example", "x”; for: its words (it is prose", "x\u202e.example")
    quoted = [quoted_of_link(f"http://{host}/1", "link_to_other_site") for host in hosts]
    assert quoted == [*hosts[:2], None, None]


def test_weights_that_know_no_words_of_texts_are_called_old() -> None:
    with pytest.raises(BadData, match=r"^old\.npz: made for other measures; make it anew with"):
        read({"measures": np.array("\n".join(NAMES))}, where="old.npz")


def test_the_evidence_of_a_learned_verdict_is_its_probability_and_reasons() -> None:
    for item in explain(Page(body=PAGE)).labelled:
        first = item.verdicts[0]
        assert first.rule in ("learned.keep", "learned.drop")
        likely, _, facts = first.evidence.partition(": ")
        assert re.fullmatch(r"\d\.\d\d for keeping, \d\.\d\d for \w+", likely), first.evidence
        assert not (facts and first.rule == "learned.keep"), first.evidence


@pytest.mark.parametrize(
    ("name", "quoted"),
    [
        ("cookie-bar", "element “cookie-bar”; "),
        # quoted is what 40 letters hold of a name
        ("editorial-gallery-action-bar__position-cookie", ""),
    ],
)
def test_the_evidence_of_a_removal_quotes_what_the_page_has(name: str, quoted: str) -> None:
    page = PAGE.replace("<aside", f'<div class="{name}"><button>Accept all</button></div><aside')
    (bar,) = [item for item in explain(Page(body=page)).labelled if item.block.text == "Accept all"]
    assert f"phrase “accept all”; {quoted}in <button>" in bar.verdicts[0].evidence


def test_entries_of_a_drop_down_list_do_not_make_the_article_look_small() -> None:
    choices = "".join(f"<option>Town {number}</option>" for number in range(3_000))
    page = PAGE.replace("<aside", f"<form><select>{choices}</select></form><aside")
    assert explain(Page(body=page)).record.text == explain(Page(body=PAGE)).record.text


@pytest.mark.parametrize(("kind", "label"), [(Kind.CAPTION, Label.CAPTION), (Kind.PARAGRAPH, Label.BYLINE)])
def test_a_photo_credit_is_a_caption_inside_one_and_a_byline_elsewhere(kind: Kind, label: Label) -> None:
    opinions = Opinions([0.1], [Label.PARAGRAPH], [0.9], [Label.BYLINE], [0.8], [Label.BYLINE], [0.0])
    table = PageTable((Block(0, kind, "Photo: Ada Quill"),))
    assert labels_of(table, opinions, [0.1], keep_at=KEEP_AT) == ([label], [0.8])


@pytest.mark.parametrize(
    ("beside", "label"),
    [
        ([], Label.PARAGRAPH), ([(0.9, Label.PARAGRAPH)], Label.CORRECTION), ([(0.9, Label.LIST_ITEM)], Label.CORRECTION),
        ([(0.9, Label.HEADING)], Label.PARAGRAPH), ([(0.1, Label.PARAGRAPH)], Label.PARAGRAPH),
    ],
)  # fmt: skip
def test_a_correction_is_of_a_text(beside: list[tuple[float, Label]], label: Label) -> None:
    outline = [(0.9, Label.CORRECTION), *beside]
    count, (keep, kept_as) = len(outline), zip(*outline, strict=True)
    nav, sure = [Label.NAV] * count, [0.9] * count
    opinions = Opinions(keep, kept_as, sure, nav, sure, nav, [0.0] * count)
    blocks = tuple(
        Block(at, Kind.HEADING if kept_as is Label.HEADING else Kind.LIST_ITEM, "The clock struck noon.")
        for at, (_, kept_as) in enumerate(outline)
    )
    judged = judged_page(facts_of(PageTable(blocks), language="en", is_html=True), opinions, PACKAGED)
    assert judged.labels[0] is label


def test_reasons_can_be_checked_on_the_page() -> None:
    """They are in words, and numbers are those of the block."""
    pages = [html_blocks(path.read_text("utf-8")) for path in sorted(SEEDS.glob("en-html-*.html"))]
    blocks = list(chain.from_iterable(pages))
    shown = list(chain.from_iterable(reasons_of(packaged("html"), page) for page in pages))
    found = 0
    # what is quoted is the page's
    assert not [why for why in shown if re.search(r"[_*#]|\blog\b", re.sub("“[^”]*”", "", why))]
    for block, why in zip(blocks, shown, strict=True):
        for count in re.findall(r"(?<!of )(?<![\d,])(\d[\d,]*) characters(?! of)", why):
            assert int(count.replace(",", "")) == len(block.raw.strip())
            found += 1
        for share in re.findall(r"\bshare of links (\d\.\d\d)", why):
            assert abs(float(share) - block.link_chars / len(block.raw)) < 0.01
            found += 1
    assert found
