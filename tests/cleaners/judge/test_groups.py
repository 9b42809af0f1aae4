"""What belongs together: groups of blocks by tags and words, and what is measured and judged of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_blocks import html_blocks

from copydesk._core.layout import Around
from copydesk.cleaners.judge.features import NAMES, measure
from copydesk.cleaners.judge.layout import lay_out
from copydesk.cleaners.judge.network import SPAN_LEVELS, WINDOW
from copydesk.cleaners.lexicon.block_phrases import find_phrases
from copydesk.cleaners.segment.line_blocks import segment_lines
from copydesk.cleaners.types import Block, Options

CARDS = """<article><h1>The ferry sails again</h1><p>The ferry to Brimholm sails again, the council said on Monday.</p>
<p>It had been out of service since the storm, and twelve people had moved to the mainland.</p></article>
<section><h2>More news</h2>
<div class=card><h3><a href="/a/goat-elected-mayor">Goat elected</a></h3><p>A goat is mayor of Ostmere since Sunday.</p></div>
<div class=card><h3><a href="/b/lamp-is-out">Lamp is out</a></h3><p>The lighthouse keeper looks for a bulb.</p></div>
<div class=card><h3><a href="/c/bread-is-dear">Bread is dear</a></h3><p>A loaf costs nine crowns, two more than in May.</p></div>
</section>"""


def column(blocks: tuple[Block, ...], name: str) -> list[float]:
    found: list[float] = measure(blocks, find_phrases(blocks, "en")).rows[:, NAMES.index(name)].tolist()
    return found


def test_cards_are_units_of_one_group_and_their_parts_are_alike() -> None:
    blocks = html_blocks(CARDS)
    found = lay_out(blocks)
    cards = [at for at, block in enumerate(blocks) if "card" in " ".join(step.words for step in block.path)]
    units = found.units[found.holders][cards]
    assert len(set(units.tolist())) == 3
    assert len(set(found.sibling_group[units].tolist())) == 1
    headings, sentences = cards[::2], cards[1::2]
    parts = found.sibling_group[found.holders]
    assert len(set(parts[headings].tolist())) == len(set(parts[sentences].tolist())) == 1
    assert parts[headings[0]] != parts[sentences[0]]


def test_two_siblings_are_no_group_and_other_containers_are_others() -> None:
    two = html_blocks(
        "<ul><li>One</ul><ol><li>Two</ol><ul class=long><li>a<li>b<li>c</ul><ul class=tall><li>d<li>e<li>f</ul>"
    )
    found = lay_out(two)
    units = found.units[found.holders].tolist()
    assert units[:2] == [-1, -1]
    assert -1 not in units[2:]
    assert len(set(found.sibling_group[found.holders][2:].tolist())) == 2


def test_each_block_is_told_of_its_group() -> None:
    blocks = html_blocks(CARDS)
    last = len(blocks) - 1
    assert column(blocks, "group_linked")[last] == 1.0
    assert column(blocks, "group_headed")[last] == 1.0
    assert column(blocks, "group_members_log")[last] == pytest.approx(np.log1p(3))
    assert column(blocks, "group_after_headline")[last] == 1.0
    assert column(blocks, "headline_article_is_elsewhere")[last] == 1.0
    assert column(blocks, "headline_article_is_here")[1] == 1.0
    # the sentence has no link of its own; what belongs to it has
    assert column(blocks, "link_is_linked")[last] == 0.0
    assert column(blocks, "group_unit_linked")[last] > 0.0


def test_lines_of_one_shape_are_a_group_between_two_paragraphs() -> None:
    text = "\n".join(
        ("Ferry", "Goat", "The " + "long paragraph goes on and on " * 10 + "and ends.", "Lamp", "Bread")
    )
    blocks = segment_lines(text, Options())
    lines, shapes, between = measure(blocks, find_phrases(blocks, "en")).groups
    assert lines[0] == lines[1] == lines[3] != lines[2]
    assert shapes[0] == shapes[3]
    assert between[0] == between[1] != between[3]


@given(st.lists(st.floats(0.015625, 0.984375, width=32), min_size=1, max_size=12))
def test_verdicts_are_means_and_highest_of_groups_and_shares_of_the_page(keep: list[float]) -> None:
    blocks = tuple(
        html_blocks("".join(f"<p>{at}</p>" if at % 2 else f"<div>{at}</div>" for at in range(len(keep))))
    )
    page = measure(blocks, find_phrases(blocks, "en"))
    around = Around(page.layout, page.groups, SPAN_LEVELS, WINDOW)
    told = around.verdicts(np.array(keep, dtype=np.float32))
    for at, row in enumerate(told.tolist()):
        assert row[0] == pytest.approx(keep[at])
        for kind, group in enumerate(page.groups):
            members = [keep[other] for other in np.flatnonzero(group == group[at]).tolist()]
            assert row[1 + 2 * kind] == pytest.approx(np.mean(members), abs=1e-5)
            assert row[2 + 2 * kind] == pytest.approx(max(members))
        assert row[-2] == pytest.approx(sum(keep[:at]) / sum(keep), abs=1e-5)
        assert row[-1] == pytest.approx(sum(keep[at + 1 :]) / sum(keep), abs=1e-5)
