"""What is within a sentence and no part of it: concealed words, and cards."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk import Record, clean, restore
from copydesk.cleaners.text_forms import letters

SENTENCE = (
    "The harbour of the old town was rebuilt by Jane Doe after the storm, and the ships came back in May."
)
BEFORE, AFTER = (
    "The harbour of the old town was rebuilt by Jane Doe",
    " after the storm, and the ships came back in May.",
)
MORE = (
    "Fishermen had asked for a second pier for years, and the council voted for it on Monday evening.",
    "The pier is forty metres long and is made of oak that was felled in the hills behind the town.",
    "Work begins in March, when the ice is gone, and is to be done before the herring comes.",
)


def cleaned(first: str) -> Record:
    paragraphs = "".join(f"<p>{text}</p>" for text in MORE)
    return clean(
        f"<html><head><title>A harbour</title></head><body><article><h1>A harbour is built</h1>{first}"
        f"{paragraphs}</article></body></html>"
    )


def removed(record: Record) -> list[tuple[str, str]]:
    return [(gone.label, gone.text) for gone in record.removed]


@pytest.mark.parametrize("attribute", [
    "hidden", 'style="display: none"', 'class="sr-only"',
    'style="position:absolute;clip:rect(0 0 0 0);height:1px"', 'style="clip-path: inset(50%);overflow:hidden"', 'class="visually-hidden"', 'class="screen-reader-text"',
])  # fmt: skip
@pytest.mark.parametrize(
    "around",
    ["<p>{}</p>", "<div>{}<p>More of it.</p></div>", "<p><em>{}</em></p>", "<div>{}<br><br>On.</div>"],
)
def test_what_is_concealed_within_a_paragraph_leaves_it_whole(attribute: str, around: str) -> None:
    record = cleaned(
        around.format(f"{BEFORE}<a href='/jane'><b {attribute}>(in a new window)</b></a>{AFTER}")
    )
    assert SENTENCE in record.text.split("\n\n")
    assert ("hidden", "(in a new window)") in removed(record)


@pytest.mark.parametrize("card", [
    '<span role="tooltip" id="n1">{}</span>', '<span class="tip tooltip">{}</span>',
    '<i class="hovercard"><img src="jane.png" alt=""><b>{}</b></i>',
    '<span class="popover__content"><div><p>{}</p></div></span>',
])  # fmt: skip
def test_a_card_within_a_paragraph_is_a_block_of_its_own(card: str) -> None:
    text = "Jane Doe writes about ports for this newspaper."
    record = cleaned(f"<p>{BEFORE}{card.format(text)}{AFTER}</p>")
    assert SENTENCE in record.text.split("\n\n")
    assert text in restore(record).split("\n")


def test_a_card_is_distinguished_from_the_words_that_open_it() -> None:
    text = "Follow Jane Doe on Facebook and Instagram."
    card = f'<span class="tooltip">Jane Doe<span class="tooltip-text">{text}</span></span>'
    explained = f'<abbr title="{text}">Jane Doe<span aria-hidden="true">{text}</span></abbr>'
    for within in (card, explained):
        record = cleaned(f"<p>{BEFORE.removesuffix('Jane Doe')}{within}{AFTER}</p>")
        assert SENTENCE in record.text.split("\n\n")
        assert text in [gone.text for gone in record.removed]


def test_concealed_words_leave_a_subhead_and_are_hidden() -> None:
    record = cleaned(f"<p>{SENTENCE}</p><h2><span class='sr-only'>Section:</span> Oak</h2>")
    assert "Oak" in record.text.split("\n\n")
    assert ("hidden", "Section:") in removed(record)


@pytest.mark.parametrize(("link", "sign"), [
    ('<a class="headerlink" href="#oak" title="Link to this heading">¶</a>', "¶"),
    ('<a class="anchor" href="#oak">#</a>', "#"),
    ('<a href="#oak">\U0001f517</a>', "\U0001f517"),
])  # fmt: skip
def test_the_link_of_a_heading_to_itself_is_none_of_its_words(link: str, sign: str) -> None:
    record = cleaned(f"<h2>The clock{link}</h2><p>{SENTENCE}</p><h2>{link} Oak</h2><p>{SENTENCE}</p>")
    assert {"The clock", "Oak"} <= {*record.text.split("\n\n")}
    assert removed(record).count(("hidden", sign)) == 2


def test_signs_and_links_that_are_words_stay_in_a_heading() -> None:
    subheads = ('C <a href="#c">sharp #1</a>', 'Oak <a href="/oak">#</a>')
    record = cleaned("".join(f"<h2>{one}</h2><p>{SENTENCE}</p>" for one in subheads))
    assert {"C sharp #1", "Oak #"} <= {*record.text.split("\n\n")}


@pytest.mark.parametrize("within", [
    '<span aria-hidden="true">in the year of the flood</span>',  # shown to all who see
    '<span class="sr-only"> \u2013 </span>',
    '<span style="display:none"><math><mi>x</mi></math></span>',
    '<span id="more" style="display:none">, who lives by the sea,</span>',
    '<a class="tooltip" href="/jane">who lives by the sea</a>',
    '<span class="tooltip" data-content="A port.">who lives by the sea there</span>',
    '<span class="tooltip">by the sea</span>',
    '<span class="popover-link">who lives by the sea with others</span>',
])  # fmt: skip
def test_what_is_shown_within_a_sentence_stays(within: str) -> None:
    record = cleaned(f"<p>{BEFORE}{within}{AFTER}</p>")
    assert letters(BEFORE + re.sub("<[^<>]*>", "", within) + AFTER) in letters(record.text)


def test_cells_code_and_short_entries_are_read_in_place() -> None:
    aside = "<span hidden>aside</span>"
    table = f"<table><tr><th>Pier</th><th>Year</th></tr><tr><td>{BEFORE}{aside}{AFTER}</td><td>1901</td></tr></table>"
    record = cleaned(f"<ul><li>Home {aside} page</li></ul>{table}<pre>{BEFORE}{aside}{AFTER}</pre>")
    assert letters(restore(record)).count(letters(f"{BEFORE}aside{AFTER}")) == 2
    assert letters("Home aside page") in letters(restore(record))


pieces = st.lists(
    st.tuples(
        st.booleans(),
        st.sampled_from(
            ("The old clock ", "strikes", " at noon, and ", "x", " of the town hall was bought ")
        ),
    ),
    min_size=1,
    max_size=8,
)


@given(pieces, st.sampled_from(("p", "div", "h2", "blockquote")))
def test_asides_follow_their_text(parts: list[tuple[bool, str]], tag: str) -> None:
    markup = "".join(f"<span hidden>{text}</span>" if is_aside else text for is_aside, text in parts)
    record = clean(f"<body><{tag}>{SENTENCE} {markup}</{tag}>{MORE[0]}</body>")
    shown = SENTENCE + "".join(text for is_aside, text in parts if not is_aside)
    asides = "".join(text for is_aside, text in parts if is_aside)
    assert letters(restore(record)) == letters(shown + asides + MORE[0])


def test_no_aside_is_lost_however_many_there_are() -> None:
    markup = "".join(f"ship <span hidden>number {number}</span>" for number in range(6_000))
    assert letters(restore(clean(f"<body><p>{SENTENCE} {markup}</p></body>"))).count("number") == 6_000


def test_what_is_concealed_within_sentences_changes_no_judgement_of_the_rest() -> None:
    def page(concealed: str) -> Record:
        around = "<ul><li><a href='/a'>Harbours</a></li><li><a href='/b'>Ships</a></li></ul>{}<p>More on this: storms</p>"
        return cleaned(around.format("".join(f"<p>{text} {concealed}</p>" for text in (SENTENCE, *MORE))))

    bare, record = page(""), page("<a href='/c'><b class='sr-only'>(opens in a new window)</b></a>")
    assert record.text == bare.text
    assert [gone for gone in record.removed if gone.label != "hidden"] == list(bare.removed)
