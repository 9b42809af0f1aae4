"""Pages nested deeper than any parser holds: read in order and whole, in time that grows with their size."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk import Options, Record, clean, restore
from copydesk._core.walk import page_text
from copydesk.cleaners import text_forms
from copydesk.cleaners.decode.html_tree import parse
from copydesk.cleaners.segment.nesting import MAX_LEVELS, flattened
from copydesk.cleaners.types import Label

SENTENCE = "The clock of the town hall struck noon on Friday for the first time in eleven years, and a crowd had come."
ARTICLE = f"<h1>Clock strikes noon</h1><p>{SENTENCE}</p><p>{SENTENCE.replace('Friday', 'Saturday')}</p>"
INSIDE = f"<p>{SENTENCE.replace('Friday', 'Sunday')}</p>"
AFTER = f"<p>{SENTENCE.replace('Friday', 'Monday')}</p>"
DEEPEST = 9_900
NESTED = (
    "div", "b", "span", "blockquote", "section", "ul li", "table tr td", "dl dd", "article", "font", "custom-tag",
)  # fmt: skip


def nested(names: str, levels: int, inside: str, *, is_closed: bool = True) -> str:
    each = names.split()
    times = levels // len(each)
    opened = "".join(f"<{name}>" for name in each)
    closed = "".join(f"</{name}>" for name in reversed(each))
    return f"{opened * times}{inside}{closed * times if is_closed else ''}"


def holds_all(record: Record, *texts: str) -> None:
    """Every text is in the record, in this order."""
    whole, at = text_forms.letters(restore(record)), 0
    for text in texts:
        at = whole.find(text_forms.letters(text), at)
        assert at >= 0, text


@pytest.mark.parametrize("is_closed", [True, False])
@pytest.mark.parametrize(("names", "levels"), [("div", 1_000), *((names, DEEPEST) for names in NESTED)])
def test_a_page_nested_deep_is_read_whole(names: str, levels: int, *, is_closed: bool) -> None:
    record = clean(ARTICLE + nested(names, levels, INSIDE, is_closed=is_closed) + AFTER)
    assert record.status == "ok"
    holds_all(record, "struck noon on Friday", "noon on Saturday", "noon on Sunday", "noon on Monday")
    assert "noon on Saturday" in record.text


@pytest.mark.parametrize("name", ["div", "b"])
def test_text_at_every_level_is_in_order(name: str) -> None:
    """What follows an inner element belongs to the outer one again, and only block elements part words."""
    levels = 1_000
    words = [f"down{level}" for level in range(levels)] + [f"up{level}" for level in range(levels)]
    down, up = words[:levels], words[levels:]
    markup = "".join(f"<{name}>{word} " for word in down) + "".join(f"{word} </{name}>" for word in up)
    record = clean(ARTICLE + markup)
    assert [word for word in restore(record).split() if word.startswith(("down", "up"))] == words
    pieces = [*record.text.splitlines(), *(gone.text for gone in record.removed)]
    assert (len([piece for piece in pieces if piece in set(words)]) > levels) == (name == "div")


def test_words_parted_by_an_empty_element_stay_apart() -> None:
    record = clean(ARTICLE + nested("div", 2_000, "<i>bell</i>s ring<div></div>often"))
    assert "bells ring" in restore(record)
    assert "ringoften" not in restore(record)


def test_what_is_below_unclosed_inline_elements_keeps_its_containers() -> None:
    """The usual way to be deep: an element of style opened in every line and closed in none."""
    texts = ("First! What a clock.", "I never heard it strike.", "Nor did I, and I live next door.")
    items = "".join(
        f"<div class=comment><a href=/u{at}>Gull{at}</a> <time>2 hours ago</time><p>{text}</p><a href=#r>Reply</a></div>"
        for at, text in enumerate(texts)
    )
    comments = f"<section class=comments><h2>Comments</h2>{items}</section>"
    body = f"{ARTICLE}<ul><li>Two bells of bronze, cast in the town.</li><li>Four hands of iron, painted white.</li></ul><table><tr><th>Year<th>Strikes<tr><td>2015<td>none</table>"
    plain, deep = clean(body + comments), clean("<font>" * 3_000 + body + comments)
    assert plain.status == deep.status == "ok"
    assert deep.text == plain.text
    assert [gone.text for gone in deep.removed] == [gone.text for gone in plain.removed]
    labels = {gone.text: gone.label for gone in deep.removed}
    assert {labels[text] for text in texts} <= {Label.COMMENT, Label.COMMENT_FORM}


def test_hidden_and_silent_elements_stay_so_however_deep() -> None:
    inside = (
        "<div style='display:none'><div><p>Nobody reads this line of words at all.</p></div></div>"
        f"<svg><g><text>Drawn</text></g></svg><script>if (a<b) document.write('<div>')</script>{INSIDE}"
    )
    record = clean(ARTICLE + nested("div", 5_000, inside))
    holds_all(record, "noon on Saturday", "Nobody reads this line", "noon on Sunday")
    assert "Nobody reads" not in record.text
    assert "Drawn" not in restore(record)
    assert "document" not in restore(record)


def test_nothing_after_a_deep_drawing_is_lost() -> None:
    """libxml2 ends a page where it nests more than 2,048 elements, inside of drawings too."""
    record = clean(ARTICLE + "<svg>" + "<g>" * 3_000 + "</g>" * 3_000 + "</svg>" + AFTER)
    assert record.status == "ok"
    holds_all(record, "noon on Saturday", "noon on Monday")


@pytest.mark.parametrize("names", ["div", "b", "ul li"])
def test_deeper_than_the_limit_is_refused(names: str) -> None:
    record = clean(ARTICLE + nested(names, 10_200, INSIDE))
    assert (record.status, record.reason) == (
        "rejected",
        "too_complex: the page nests more than 10,000 elements",
    )
    assert clean(ARTICLE + nested(names, 600, INSIDE)).status == "ok"
    refused = clean(ARTICLE + nested(names, 600, INSIDE), options=Options(max_depth=500))
    assert refused.reason == "too_complex: the page nests more than 500 elements"


@pytest.mark.slow
@pytest.mark.parametrize("names", ["div", "b", "ul li"])
def test_time_grows_with_depth_not_with_its_square(names: str) -> None:
    def seconds(levels: int) -> float:
        markup = ARTICLE + "".join(f"<{name}>word " for name in names.split()) * (
            levels // len(names.split())
        )
        started = time.process_time()
        holds_all(clean(markup), "noon on Saturday", "word" * (levels // len(names.split())))
        return time.process_time() - started

    seconds(600)  # models and phrases are read once
    before, deep, after = seconds(1_200), seconds(9_600), seconds(1_200)
    # eight times as deep; 64 would be its square. Processor time costs not at every moment alike
    assert deep < 24 * max(before, after, 0.05)


@pytest.mark.parametrize("kind", ["list", "object"])
def test_structured_data_nested_deep_is_read_above_its_depths(kind: str) -> None:
    opened, closed = ("[", "]") if kind == "list" else ('{"about": ', "}")
    data = json.dumps(
        {"@type": "NewsArticle", "description": "Clock ]} strikes \\", "datePublished": "2025-03-01"}
    )
    script = (
        f'{data[:-1]}, "comment": {opened * 10_000}"x"{closed * 10_000}, "author": {{"name": "Ada Brandt"}}}}'
    )
    record = clean(f"<script type='application/ld+json'>{script}</script>{ARTICLE}")
    assert (record.date_published, record.description) == ("2025-03-01", "Clock ]} strikes \\")
    assert [author.name for author in record.authors] == ["Ada Brandt"]


TAGS = (
    "div", "p", "b", "a", "ul", "li", "table", "tr", "td", "blockquote", "h2", "span", "form", "option", "x-y",
    "div hidden",
)  # fmt: skip
PIECE = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] * 4 + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from(
        ["<br>", "<i/>", "<!-- <div> -->", "<script>'<b>'</script>", "<svg><g>drawn</g></svg>", "<a href=x/>"]
    ),
    st.sampled_from(["noon ", "bells", "1 < 2 ", "&lt;p>"]),
)


@given(st.lists(PIECE, max_size=60), st.integers(1, 12))
def test_flattening_changes_no_text_and_bounds_the_tree(pieces: list[str], times: int) -> None:
    markup = "<div>x" + "".join(pieces) * times
    tree = parse(flattened(markup, max_depth=10_000), Options())
    assert text_forms.letters(page_text(tree)) == text_forms.letters(page_text(parse(markup, Options())))
    assert max(sum(1 for _ in element.iterancestors()) for element in tree.iter()) < MAX_LEVELS
