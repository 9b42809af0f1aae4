"""What is in the text is a choice; what a block is, is none."""

from __future__ import annotations

import markdown_it
import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk import clean, explain, restore
from copydesk.cleaners.options import Options, labels_in_text
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.types import KEPT, OPTIONAL, SHAPES, Kind, Label, Page, UserRule

PARTS = {
    "standfirst": "<p class='standfirst'>Eleven years of silence are over: the tower is heard again.</p>",
    "faq": "<h2 class='faq'>Who winds it?</h2><ul class='faq'><li>The guard, each Monday.</li></ul>",
    "live": "<h3 class='live'>10.42</h3><blockquote class='live'>The hand moves, said the guard.</blockquote>",
    "embed": "<p class='embed'>We heard it in the harbour too, and all the gulls went up at once.</p>",
    "sidebar": "<table class='sidebar'><tr><td>Height</td><td>41 m</td></tr><tr><td>Bells</td><td>3</td></tr></table>",
    "infobox": "<table class='infobox'><tr><td>Built</td><td>1871</td></tr><tr><td>Hands</td><td>2</td></tr></table>",
    "hatnote": "<p class='hatnote'>For the clock of the same name in the harbour, see the other article.</p>",
    "reference": "<ol class='reference'><li>The Dunmarsh Almanac, volume 4, page 11.</li></ol>",
}
PROSE = "<p>The clock on the town hall struck noon on Friday for the first time in nine years, said the mayor.</p>"
PAGE = f"<article><h1>The clock struck noon</h1>{PROSE * 2}{PROSE.join(PARTS.values())}{PROSE}</article>"
RULES = tuple(UserRule(label, Label(label), "a part", css=(f".{label}",)) for label in PARTS)
CHOICES = st.sets(st.sampled_from([str(label) for label in OPTIONAL]))


@given(CHOICES, CHOICES)
def test_an_option_moves_blocks_and_changes_no_label(keep: set[str], drop: set[str]) -> None:
    keep -= drop
    options = Options(user_rules=RULES, keep=tuple(sorted(keep)), drop=tuple(sorted(drop)))
    usual, found = explain(Page(PAGE), Options(user_rules=RULES)), explain(Page(PAGE), options)
    assert [item.verdicts for item in found.labelled] == [item.verdicts for item in usual.labelled]
    in_text = (KEPT | {Label(label) for label in keep}) - {Label(label) for label in drop}
    record = found.record
    for item in found.labelled:
        assert item.is_kept == (item.label in in_text)
        assert (letters(item.block.text) in letters(record.text)) == item.is_kept or item.label is Label.TITLE
    gone = {removed.label for removed in record.removed}
    assert gone.isdisjoint(in_text)
    assert drop <= gone
    assert letters(restore(record)) == letters(restore(usual.record))
    assert (record.processing.keep, record.processing.drop) == (options.keep, options.drop)
    assert (record.content_hash == usual.record.content_hash) == (in_text == KEPT)
    assert (record.processing.options == usual.record.processing.options) == (not keep and not drop)


def test_parts_of_a_page_keep_their_structure_in_markdown() -> None:
    record = clean(PAGE, options=Options(user_rules=RULES, keep=("sidebar",)))
    kinds = [token.type for token in markdown_it.MarkdownIt().enable("table").parse(record.markdown)]
    assert kinds.count("heading_open") == 2  # of the questions and of the live entry
    assert {"bullet_list_open", "blockquote_open", "table_open"} <= set(kinds)
    assert "Height\t41 m\nBells\t3" in record.text  # rows of one table stay together


def test_every_shape_of_a_kind_is_a_label_of_the_text() -> None:
    assert set(SHAPES.values()) < KEPT
    assert Kind.PARAGRAPH not in SHAPES


@pytest.mark.parametrize(("options", "message"), [
    ({"keep": ("nav",)}, "keep: nav is always outside the text; labels with a choice are standfirst, faq, .*, reference"),
    ({"drop": ("faqs",)}, "drop: unknown label 'faqs'; labels with a choice are .*"),
    ({"keep": ("faq",), "drop": ("faq",)}, "keep and drop: faq is in both"),
])  # fmt: skip
def test_a_label_without_a_choice_is_reported(options: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(ValueError, match=f"^{message}$"):
        Options(**options)  # type: ignore[arg-type]
    assert labels_in_text(Options()) == KEPT


def test_a_page_that_is_nothing_without_its_parts_is_rejected() -> None:
    page = "<h1>The clock struck noon</h1>" + PARTS["embed"] * 2
    record = clean(page, options=Options(user_rules=RULES, drop=("embed",)))
    reason = "no_article: what reads like an article is dropped by its label (embed)"
    assert (record.status, record.reason) == ("rejected", reason)


def test_what_a_page_keeps_or_drops_itself_holds() -> None:
    options = Options(keep=("sidebar", "infobox"), drop=("faq",))
    own = options.with_own({"drop": ("sidebar",), "pages": "all"})
    assert (own.keep, own.drop, own.pages) == (("infobox",), ("sidebar",), "all")
    both = options.with_own({"keep": ("faq",), "drop": ("infobox",)})
    assert (both.keep, both.drop) == (("faq",), ("infobox",))
    for wrong in ({"keep": "faq"}, {"max_bytes": "1"}, {"blocks": "yes"}):
        with pytest.raises(TypeError, match=f"{next(iter(wrong))}: expected"):
            Options(**wrong)
