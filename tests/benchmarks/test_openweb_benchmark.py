"""The bench of what must not happen: that it counts rightly, on sets made here."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from benchmarks import all_floors, composed, openweb, real_residue, residue, text_loss
from benchmarks.measures import Outcome
from benchmarks.sets import Case, MissingDataError
from copydesk import clean
from copydesk.cleaners.schema import (
    AiUse,
    DerivedFrom,
    Provenance,
    ProvenanceEvidence,
    Record,
    Removed,
    SourceRef,
)

BLOCKS = st.lists(st.tuples(st.text("abcé1 -", min_size=1, max_size=12), st.booleans()), max_size=12)


def record_of(blocks: Iterable[tuple[str, bool]]) -> Record:
    """A record as it would be written of these blocks, each in the text or not."""
    kept: list[str] = []
    removed = []
    for text, is_kept in blocks:
        if is_kept and text.strip():
            kept.append(text)
        else:
            removed.append(Removed(after=len(kept), label="nav", rule="some.rule", evidence="why", text=text))
    of_page = {"text": "\n\n".join(kept), "removed": tuple(removed), "source": SourceRef(kind="memory", name="")}  # fmt: skip
    return structs.replace(clean(""), status="ok", **of_page)


# what of a page is out of its text


@given(BLOCKS)
def test_what_a_part_lost_is_what_of_it_was_removed(blocks: list[tuple[str, bool]]) -> None:
    found = text_loss.losses([text for text, _ in blocks], record_of(blocks))
    expected = [0 if is_kept else len(text_loss.letters(text)) for text, is_kept in blocks]
    assert [loss.lost for loss in found] == (expected if blocks else [])
    assert all(loss.label == ("nav" if loss.lost else "") for loss in found)


def test_a_part_is_followed_over_blocks_that_are_cut_otherwise() -> None:
    record = record_of([("The ferry is late. So is", True), ("the train.", False), ("Buses wait.", True)])
    found = text_loss.losses(["The ferry is late.", "So is the train. Buses wait."], record)
    assert [(loss.lost, loss.letters) for loss in found] == [(0, 14), (8, 21)]
    assert [(loss.is_whole, loss.is_gone) for loss in found] == [(True, False), (False, False)]


def test_a_page_of_which_nothing_is_recorded_is_all_lost() -> None:
    (loss,) = text_loss.losses(["The ferry is late."], record_of([]))
    assert (loss.is_gone, loss.label) == (True, "nothing")


def test_another_text_is_no_loss_but_an_error() -> None:
    with pytest.raises(text_loss.OtherTextError, match="letter 3"):
        text_loss.losses(["The ferry"], record_of([("The train", True)]))


# claims


def evidence_of(field: str, where: str) -> ProvenanceEvidence:
    return ProvenanceEvidence(field=field, where=where, quote=f"{field} {where}", strength="strong")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("places", "expected"),
    [((), ["ai"]), (("text",), ["ai"]), (("text", "meta"), []), (("header",), [])],
)
def test_a_claim_is_what_no_mark_declares(places: Sequence[str], expected: list[str]) -> None:
    evidence = (*(evidence_of("ai", where) for where in places), evidence_of("derived_from", "text"))
    provenance = Provenance(ai=(AiUse(role="generated"),), evidence=evidence)
    assert [claim.field for claim in text_loss.claims_in(provenance)] == expected


def test_a_source_named_by_the_text_is_a_claim_with_its_words() -> None:
    evidence = (evidence_of("derived_from", "text"),)
    provenance = Provenance(derived_from=(DerivedFrom(title="Ferry"),), evidence=evidence)
    (claim,) = text_loss.claims_in(provenance)
    assert (claim.field, claim.quotes) == ("derived_from", ("derived_from text",))
    assert "Ferry" in claim.value


# figures, of pages made here


def shares(outcomes: Iterable[Outcome]) -> dict[str, float]:
    """The figures of a case in one table, each as a share."""
    (outcome,) = outcomes
    return {name: good / of for name, (good, of) in outcome.shares.items() if of}


def test_of_real_pages_claims_of_ai_and_what_rules_of_wording_take_are_counted() -> None:
    note, page = "<p>This article was written by ChatGPT.</p><p>", composed.compose_page(paragraphs=8, seed=1)
    case = Case(id="one", file=Path(), truth="", body=page.replace("<p>", note, 1))
    (outcome,) = openweb.page_outcomes(case)
    found = shares([outcome])
    assert (found["no_claim"], found["no_ai_claim"], found["no_machine_note"]) == (0, 0, 0)
    assert found["no_source_note"] == 1
    assert {line.split()[0] for line in outcome.wrong} >= {"claim", "taken"}
    untouched = shares(openweb.page_outcomes(Case(id="two", file=Path(), truth="", body=page)))
    assert set(untouched.values()) == {1.0}


def test_sentences_are_pages_of_twenty_of_one_treebank_in_their_order() -> None:
    rows = [{"text": f"Train {number}\n is late.", "treebank": "ab"[number >= 45]} for number in range(70)]
    pages = list(openweb.sentence_pages(rows, language="en"))
    assert [page.id for page in pages] == ["en/a/0", "en/a/1", "en/b/0"]
    assert pages[1].truth.split("\n")[0] == "Train 20 is late."
    assert pages[2].truth.split("\n")[-1] == "Train 64 is late."
    assert pages[0].body == "\n\n".join(pages[0].truth.split("\n"))


def test_a_sentence_of_which_a_word_is_gone_is_lost() -> None:
    sentences = [f"The ferry of {hour} o'clock was late because of the ice." for hour in range(1, 4)]
    texts = [*sentences, "Sign up for our free newsletter to get the latest news every morning."]
    page = Case("en/a/0", Path(), "\n".join(texts), body="\n\n".join(texts), media="text/plain", group="en")
    (outcome,) = openweb.prose_outcomes(page)
    assert shares([outcome]) == {"sentences_kept": 0.75, "no_claim": 1.0}
    assert [line.split()[0] for line in outcome.wrong] == ["sentence"]


def setting(label: str, text: str, media: str = "html", **fields: str | None) -> residue.Setting:
    around = {"before": "The tower is older than the hall.", "after": "It weighs two tonnes.", "form": "md"}
    item = residue.Item(**{"id": "rd", "language": "en", "label": label, "text": text, **around, **fields})
    return residue.Setting("real_residue", item, media)


NOTE = "This article was written by ChatGPT."
BELL = "The bell was cast by Claude Morel, whose son still lives in the town."


def test_residue_is_to_be_gone_with_the_right_claim_and_body_to_be_whole() -> None:
    rest = {"article_kept": 1.0, "neighbours_kept": 1.0}
    note = {"role": "generated", "medium": "text"}
    right = shares(real_residue.outcomes(setting("ai_disclaimer", NOTE, **note)))
    assert right == {"residue_out": 1, "right_claim": 1, **rest}
    wrong = shares(real_residue.outcomes(setting("ai_disclaimer", NOTE, role="translated")))
    assert wrong["right_claim"] == 0
    assert shares(real_residue.outcomes(setting("body", BELL))) == {
        "traps_unclaimed": 1,
        "body_kept": 1,
        **rest,
    }
    trap = shares(real_residue.outcomes(setting("body", NOTE)))
    assert (trap["traps_unclaimed"], trap["body_kept"]) == (0, 0)
    assert shares(real_residue.outcomes(setting("chatbot_meta", BELL)))["residue_out"] == 0


def test_of_a_block_that_says_more_its_residue_is_to_be_gone() -> None:
    mark = ":contentReference[oaicite:0]{index=0}"
    ferry = f"The ferry leaves the old harbour at noon on every Friday.{mark}"
    assert shares(real_residue.outcomes(setting("chatbot_meta", ferry)))["residue_out"] == 0
    assert shares(real_residue.outcomes(setting("chatbot_meta", ferry, span=mark)))["residue_out"] == 1


def test_a_claim_that_rests_on_the_words_of_neighbours_is_not_the_traps() -> None:
    item = setting("ui", "Was it any help to you in the harbour?", before=NOTE).item
    assert not real_residue.is_claimed([text_loss.Claim("ai", "", ("written by ChatGPT",))], item)
    assert real_residue.is_claimed([text_loss.Claim("ai", "", ("any help",))], item)
    assert real_residue.is_claimed([text_loss.Claim("ai", "", ())], item)
    assert not real_residue.is_claimed([], item)


def test_of_the_closed_half_nothing_is_listed() -> None:
    listed = [real_residue.outcomes(setting("chatbot_meta", BELL, half=half)) for half in ("open", "closed")]
    assert [(one.table.rpartition(".")[2], len(one.wrong)) for (one,) in listed] == [
        ("open", 1),
        ("closed", 0),
    ]


@pytest.mark.parametrize(
    ("text", "form", "expected"),
    [
        ("*Written by ChatGPT.*", "md", "<p><em>Written by ChatGPT.</em></p>"), ("## Notes", "md", "<h2>Notes</h2>"),
        ("L&apos;IA <b>a écrit", "html", "<p>L'IA <b>a écrit</b></p>"), ("<div>open", "md", "<div>open</div>"),
        ("1 < 2", "plain", "<p>1 &lt; 2</p>"),
    ],
)  # fmt: skip
def test_a_block_as_a_browser_shows_it(text: str, form: str, expected: str) -> None:
    assert real_residue.as_elements(text, form).replace("\n", "") == expected


def test_of_clean_text_every_letter_counts() -> None:
    case, lines = Case("a", Path(), "", group="wcxb"), BELL + " It rang for an hour, and nobody minded."
    text = "\n\n".join(f"{lines} That was in {year}." for year in range(1990, 1996))
    whole = openweb.given_back(text, "table", case, title="The bell of the old town hall")
    assert shares([whole]) == {"whole": 1.0, "letters": 1.0, "title_found": 1.0}
    cut = openweb.given_back(f"{text}\n\nSign up for our free newsletter!", "table", case)
    assert shares([cut])["whole"] == 0
    assert 0.9 < shares([cut])["letters"] < 1
    assert [line.split()[0] for line in cut.wrong] == ["line"]


# the command, over a set of each kind


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a page of each set."""
    write_lines(
        tmp_path / "openweb" / "pages.jsonl",
        [{"id": "0", "url": "https://courier.example/", "source": "here"}],
    )
    page = tmp_path / "openweb" / "html" / "0.html.gz"
    page.parent.mkdir()
    page.write_bytes(gzip.compress(composed.compose_page(paragraphs=8, seed=1).encode()))
    sentences = [f"The ferry of {hour} o'clock was late because of the ice." for hour in range(1, 23)]
    write_lines(tmp_path / "prose" / "en.jsonl", [{"text": text, "treebank": "T"} for text in sentences])
    return tmp_path


def write_lines(file: Path, rows: Iterable[object]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


@pytest.mark.slow
def test_the_command_counts_by_group_and_lists(data: Path) -> None:
    options = ["openweb.pages", "openweb.prose", "--data", str(data), "--jobs", "1", "--groups", "--show"]
    ended = CliRunner().invoke(all_floors.main, options)
    assert ended.exit_code == 0, ended.output
    assert "openweb.pages no_claim: 1.0000 (1 of 1), floor 0.9640" in ended.output
    assert "openweb.prose.text sentences_kept: 1.0000 (20 of 20)" in ended.output
    assert "  en: sentences_kept 1.0000 (20 of 20), no_claim 1.0000 (1 of 1)" in ended.output


@pytest.mark.parametrize("name", [name for name in all_floors.MEASURES if name.startswith("openweb")])
def test_a_set_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="--data"):
        all_floors.MEASURES[name].cases(tmp_path / "none", None)
