"""Citation marks that copying from a chatbot leaves behind in running text, and files written out in it."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copydesk import Record, clean, restore
from copydesk.cleaners.segment.citation_marks import may_hold_marks, without_marks
from copydesk.cleaners.text_forms import letters

MARKS = (
    ":contentReference[oaicite:2]{index=2}", "[oai_citation:1‡example.org](https://example.org/a)", "【4:0†source】",
    "citeturn0search3turn0search7", "\ue200cite\ue202turn0search3\ue202turn1news0\ue201",
)  # fmt: skip
BARE = ("turn0search3", "turn0search3turn1news2")
PICTURE = f"data:image/png;base64,{'iVBORw0KGgoAAAANSUhEUg' * 5}=="
SENTENCE = "The bridge was closed to lorries after the cracks in its northern arch were found"
NEXT = "A second bridge is to be built below the mill by the autumn."
MORE = (
    "The council of the old town voted for the plan on Monday evening, after a debate of four hours.",
    "Carters had asked for a wider road for years, and the mill's owner has sold a strip of his meadow.",
    "Work begins in March, when the ice is gone, and is to be done before the herring comes.",
)


def page(*elements: str) -> Record:
    paragraphs = "".join(f"<p>{text}</p>" for text in MORE)
    return clean(
        f"<html><head><title>A bridge</title></head><body><article><h1>A bridge is closed</h1>"
        f"{''.join(elements)}{paragraphs}</article></body></html>"
    )


def lines(*texts: str) -> Record:
    return clean("\n\n".join(("A bridge is closed", *texts, *MORE)) + "\n")


def marks_removed(record: Record) -> list[str]:
    return [gone.text for gone in record.removed if gone.rule == "residue.citation-mark"]


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize(
    "around", ["<p>{}</p>", "<div>{}</div>", "<p><span>{}</span></p>", "<ul><li>{}</li></ul>"]
)
def test_a_mark_within_a_paragraph_leaves_it_whole(mark: str, around: str) -> None:
    for before, after in ((" ", "."), (". ", f" {NEXT}"), ("", f", said the mayor. {NEXT}")):
        record = page(around.format(f"{SENTENCE}{before}{escape(mark)}{after}"))
        assert f"{SENTENCE}{before.strip()}{after}" in record.text
        assert marks_removed(record) == [mark]


@pytest.mark.parametrize("mark", MARKS)
def test_of_flattened_text_marks_at_the_end_of_a_line_are_parted_from_it(mark: str) -> None:
    record = lines(f"{SENTENCE}. {mark}")
    assert f"{SENTENCE}." in record.text.split("\n\n")
    assert len(marks_removed(record)) == 1
    # nothing moves: what comes before the end of a sentence takes its full stop along
    record = lines(f"{SENTENCE} {mark}.")
    assert SENTENCE in record.text.split("\n\n")


@pytest.mark.parametrize("mark", BARE)
def test_a_bare_mark_counts_behind_the_end_of_a_sentence_alone(mark: str) -> None:
    assert without_marks(f"{SENTENCE}. {mark}") == (f"{SENTENCE}.", (mark,))
    assert without_marks(f"{SENTENCE}. {mark} {NEXT}") == (f"{SENTENCE}. {NEXT}", (mark,))
    kept = f"{SENTENCE}, as {mark} had said."
    assert without_marks(kept) == (kept, ())


@pytest.mark.parametrize("text", [
    "Editors of the encyclopaedia look for strings such as “【4†source】” in what they are sent.",
    "Editors of the encyclopaedia look for strings such as 【4†source】 or others in what they are sent.",
    "Editors of the encyclopaedia look for strings such as turn0search0 in all that they are sent.",
    "Editors of the encyclopaedia look for <code>:contentReference[oaicite:2]{index=2}</code>, and for others.",
    "Editors of the encyclopaedia look for <q>【4†source】</q>, and for others that are like it.",
    "The third turn0 is not a mark, and neither is return0search3, nor is the † beside a name.",
])  # fmt: skip
def test_what_a_sentence_speaks_of_stays_in_it(text: str) -> None:
    record = page(f"<p>{text}</p>")
    assert marks_removed(record) == []
    assert letters(
        text.replace("<code>", "").replace("</code>", "").replace("<q>", "").replace("</q>", "")
    ) in (letters(record.text))


@pytest.mark.parametrize("around", ["<p>{}</p>", "<div>{}</div>"])
@pytest.mark.parametrize(
    ("before", "after"),
    [(". ", f" {NEXT}"), (" ", " by the guard."), (", ", "."), (". ", ""), (". ", f"\n{NEXT}")],
)
def test_a_file_written_out_within_a_paragraph_leaves_it_whole(around: str, before: str, after: str) -> None:
    html = around.format(f"{SENTENCE}{before}{PICTURE}{after}")
    record = page(html)
    assert " ".join(f"{SENTENCE}{before.rstrip()}{after}".split()) in record.text
    assert [gone.text for gone in record.removed if gone.rule == "residue.data"] == [PICTURE]
    assert sorted(letters(restore(clean(html)))) == sorted(letters(f"{SENTENCE}{before}{PICTURE}{after}"))


def test_of_flattened_text_a_file_at_the_end_of_a_line_is_parted_from_it() -> None:
    text = f"{SENTENCE}. {PICTURE}"
    record = lines(text)
    assert f"{SENTENCE}." in record.text.split("\n\n")
    assert [gone.text for gone in record.removed if gone.rule == "residue.data"] == [PICTURE]
    assert letters(restore(clean(text))) == letters(text)


@pytest.mark.parametrize("text", [
    f"An address of this kind is written “{PICTURE}”, {SENTENCE}.",
    f"An address of this kind is written <code>{PICTURE}</code>, {SENTENCE}.",
    f"Of such an address, which begins with {PICTURE[:60]}, the rest is left out: {SENTENCE}.",
])  # fmt: skip
def test_an_example_of_a_file_written_out_stays_in_its_sentence(text: str) -> None:
    assert letters(text.replace("<code>", "").replace("</code>", "")) in letters(page(f"<p>{text}</p>").text)


@pytest.mark.parametrize("element", [
    "<h2>A bridge 【4†source】</h2>",
    "<pre>cite = '【4†source】'; and seven more words stand here</pre>",
    "<table><tr><td>Year</td><td>Ships</td></tr><tr><td>1998</td><td>Forty 【4†source】</td></tr></table>",
])  # fmt: skip
def test_marks_in_short_lines_cells_and_programs_stay(element: str) -> None:
    assert marks_removed(page(element)) == []
    assert marks_removed(lines("A bridge 【4†source】")) == []


def test_a_mark_is_evidence_and_no_claim() -> None:
    provenance = page(f"<p>{SENTENCE} 【4:0†source】. {NEXT}</p><p>{SENTENCE} 【5:0†source】.</p>").provenance
    assert provenance.ai == ()
    assert [(entry.field, entry.quote, entry.strength) for entry in provenance.evidence] == [
        ("ai", "【4:0†source】", "weak")
    ]


@given(
    st.lists(
        st.sampled_from([*MARKS, *BARE, PICTURE, SENTENCE, ". ", "\n", "“", "”", " and ", NEXT, ", "]),
        max_size=12,
    )
)
def test_nothing_is_lost_whatever_is_beside_marks(parts: list[str]) -> None:
    text = "".join(parts)
    rest, marks = without_marks(text)
    assert sorted(letters(rest + "".join(marks))) == sorted(letters(text))
    assert bool(marks) <= may_hold_marks(text)
    flat = f"{NEXT}\n\n{text}\n"
    # as flattened text what is kept and removed is the text as it was given
    assert letters(restore(clean(flat))) == letters(flat)
    html = "".join(f"<p>{escape(part)}</p>" for part in (NEXT, text))
    assert sorted(letters(restore(clean(f"<body>{html}</body>")))) == sorted(letters(NEXT + text))
