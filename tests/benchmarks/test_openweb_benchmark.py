"""The bench of what must not happen: that it counts rightly, on sets made here."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from benchmarks import (
    claims,
    clean_text,
    composed,
    open_pages,
    openweb,
    prose,
    real_residue,
    residue,
    text_loss,
)
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
    assert [claim.field for claim in claims.claims_in(provenance)] == expected


def test_a_source_named_by_the_text_is_a_claim_with_its_words() -> None:
    evidence = (evidence_of("derived_from", "text"),)
    provenance = Provenance(derived_from=(DerivedFrom(title="Ferry"),), evidence=evidence)
    (claim,) = claims.claims_in(provenance)
    assert (claim.field, claim.quote) == ("derived_from", "derived_from text")
    assert "Ferry" in claim.value


# each part's figures, of outcomes made here


def block(label: str, rule: str, first: str) -> open_pages.TakenBlock:
    return open_pages.TakenBlock(label, rule, 0.5, first, 4, "The ferry is late.", "why")


def test_of_real_pages_only_what_the_network_kept_counts_as_taken() -> None:
    taken = (
        block("chatbot_meta", "residue.chatbot-meta", "paragraph"),
        block("newsletter", "wording.newsletter", "ad"),
        block("source_note", "learned.drop", "source_note"),
    )
    claim = claims.Claim("ai", "generated", ("words",))
    source = claims.Claim("derived_from", "a paper", ("words",))
    pages = [
        open_pages.PageSeen("one", "ok", None, (claim,), 10, taken),
        open_pages.PageSeen("two", "rejected", "index: a list", (source,), 10, ()),
    ]
    assert open_pages.figures(pages, faults=2) == {
        "read": 0.5, "no_claim": 0.0, "no_ai_claim": 0.5, "no_machine_note": 0.5, "no_source_note": 0.5,
        "blocks_left": 0.95,
    }  # fmt: skip
    kinds = [incident.kind for incident in open_pages.report(pages, faults=2).incidents]
    assert kinds == ["claim", "note", "taken", "named", "note", "rejected", "claim"]


def test_sentences_are_pages_of_twenty_of_one_treebank_in_their_order() -> None:
    rows = [{"text": f"Train {number}\n is late.", "treebank": "ab"[number >= 45]} for number in range(70)]
    pages = list(prose.compose(rows, language="en"))
    assert [page.id for page in pages] == ["en/a/0/text", "en/a/1/text", "en/b/0/text"]
    assert pages[1].truth.split("\n")[0] == "Train 20 is late."
    assert pages[2].truth.split("\n")[-1] == "Train 64 is late."
    assert pages[0].body == "\n\n".join(pages[0].truth.split("\n"))


def test_a_sentence_of_which_a_word_is_gone_is_lost() -> None:
    whole, cut = text_loss.Loss(10), text_loss.Loss(10, 2, "nav", "some.rule", "why")
    claim = claims.Claim("ai", "generated", ("words",))
    pages = [
        prose.PageOutcome("en/a/0/text", "en", "text", ("one", "two"), (whole, cut), ()),
        prose.PageOutcome("en/a/1/text", "en", "text", ("three", "four"), (whole, whole), (claim,)),
    ]
    assert prose.figures(pages) == {"sentences_kept": 0.75, "no_claim": 0.5}
    assert [incident.kind for incident in prose.report(pages).incidents] == ["sentence", "sentence-claim"]


def item(label: str, **fields: str | None) -> residue.Item:
    return residue.Item("id", "en", "*Written by ChatGPT.*", "# Notes", "", label, **fields)


def outcome(
    label: str, *, lost: int, half: str = "open", uses: tuple[AiUse, ...] = (), **fields: str | None
) -> real_residue.ItemOutcome:
    """Of a block of ten letters; one line of the article around it is whole, its neighbour is lost."""
    return real_residue.ItemOutcome(
        case=real_residue.Setting(item(label, **fields), "md", half, "text"),
        loss=text_loss.Loss(10, lost),
        article=(("The ferry.", text_loss.Loss(8)),),
        context=(("# Notes", text_loss.Loss(5, 5)),),
        uses=uses,
        claimed=("ai",) if uses else (),
        quotes="",
        is_claim_of_others=False,
        is_out=lost == 10,
    )


def test_of_a_block_that_says_more_its_residue_is_to_be_gone() -> None:
    mark = ":contentReference[oaicite:0]{index=0}"
    ferry = residue.Item(
        "id", "en", f"The ferry leaves the old harbour at noon on every Friday.{mark}", "", "", "chatbot_meta"
    )
    setting = real_residue.Setting(ferry, "md", "open", "html")
    whole, part = (real_residue.set_block(replace(setting, span=span)) for span in ("", mark))
    assert not part.loss.is_gone
    assert (whole.is_out, part.is_out) == (False, True)
    assert part.loss.lost == len("contentReferenceoaicite0index0")


def test_a_claim_that_rests_on_the_words_of_neighbours_is_not_the_traps() -> None:
    note, question = "This summary was generated by AI.", "Was it any help to you in the harbour?"
    ferry = residue.Item("id", "en", question, note, "", "ui")
    beside = real_residue.set_block(real_residue.Setting(ferry, "md", "open", "html"))
    assert beside.claimed[0] == "ai"
    assert not beside.is_trap_claimed
    own = replace(beside, is_claim_of_others=False)
    assert own.is_trap_claimed
    assert real_residue.figures([beside, own])["traps_unclaimed"] == 0.5


def test_residue_is_to_be_gone_and_body_to_be_whole() -> None:
    use = AiUse(role="translated", medium="image")
    outcomes = [
        outcome("chatbot_meta", lost=10),
        outcome("ai_disclaimer", lost=9, uses=(use,), role="generated", medium="image"),
        outcome("ai_disclaimer", lost=10, uses=(use,), role=None, medium="image"), outcome("ai_disclaimer", lost=10),
        outcome("body", lost=1, uses=(use,)), outcome("body", lost=0), outcome("ui", lost=10),
        outcome("credit", lost=10),
    ]  # fmt: skip
    assert real_residue.figures(outcomes) == {
        "residue_out": 0.75, "right_claim": pytest.approx(1 / 3), "body_kept": 0.5, "traps_unclaimed": 0.75,
        "article_kept": 1.0, "neighbours_kept": 0.0,
    }  # fmt: skip


def test_of_the_closed_half_nothing_is_listed() -> None:
    closed = [outcome("body", lost=10, half="closed"), outcome("chatbot_meta", lost=0, half="closed")]
    report = real_residue.report([*closed, outcome("body", lost=10)])
    assert [incident.kind for incident in report.incidents] == ["body-lost", "neighbour-lost"]
    assert report.figures["openweb.real_residue.text.closed"]["residue_out"] == 0.0
    assert report.figures["openweb.real_residue.text.open"]["residue_out"] == 1.0


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
    lost = (("Ferry", text_loss.Loss(5, 5, "title", "shape.headline", "why")),)
    outcome, returned = clean_text.TextOutcome, clean_text.Returned
    texts = [
        outcome("a", "wcxb", returned(95, lost), returned(95, (), False)),
        outcome("b", "fundus", returned(5, ()), returned(5, (), True)), outcome("c", "fundus", None),
        outcome("d", "blocks", returned(100, (), altered="Ã became ä")), outcome("e", "blocks", returned(0, ())),
    ]  # fmt: skip
    report = clean_text.report(texts, of="clean_text")
    assert report.figures == {
        "openweb.clean_text.alone": {"whole": 0.5, "letters": 0.975},
        "openweb.clean_text.titled": {"whole": 1.0, "letters": 1.0, "title_found": 0.5},
    }
    kinds = [incident.kind.removeprefix("clean_text-") for incident in report.incidents]
    assert kinds == ["line", "title", "altered"]


# the command, over a set of each kind


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a page or two of each set; one page has the note that it was written by a machine."""
    write_lines(tmp_path / "openweb" / "pages.jsonl", [page_row("0000"), page_row("0001")])
    note = "<p>This article was written by ChatGPT.</p><p>"
    bodies = [composed.compose_page(paragraphs=8, seed=seed) for seed in (1, 2)]
    write_page(tmp_path / "openweb" / "html" / "0000.html.gz", bodies[0].replace("<p>", note, 1))
    write_page(tmp_path / "openweb" / "html" / "0001.html.gz", bodies[1])
    sentences = [f"The ferry of {hour} o'clock was late because of the ice." for hour in range(1, 23)]
    write_lines(tmp_path / "prose" / "en.jsonl", [{"text": text, "treebank": "T"} for text in sentences])
    rows = [residue_row("first", "open"), residue_row("second", "closed")]
    write_lines(tmp_path / "labelled" / "real_residue.jsonl", rows)
    write_lines(tmp_path / "wcxb" / "truth.jsonl", [wcxb_row()])
    write_page(tmp_path / "wcxb" / "html" / "w1.html.gz", bodies[0])
    write_lines(tmp_path / "fundus" / "truth.jsonl", [])
    (tmp_path / "blocks").mkdir()
    (tmp_path / "blocks" / "pages.jsonl.gz").write_bytes(gzip.compress(b""))
    return tmp_path


def write_lines(file: Path, rows: Iterable[object]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")


def write_page(file: Path, body: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(gzip.compress(body.encode()))


def page_row(name: str) -> dict[str, str]:
    return {"id": name, "url": f"https://courier.example/{name}", "source": "here"}


def residue_row(name: str, half: str) -> dict[str, str | None]:
    text = f"The {name} bell was cast by Claude Morel, whose son still lives in the town."
    around = {"context_before": "The tower is older than the hall.", "context_after": "It weighs two tonnes."}
    fields = {"role": None, "medium": None, "vendor": None, "model": None, "form": "md", "half": half}
    return {"id": f"rd-{name}", "language": "en", "text": text, "label": "body", **around, **fields}


def wcxb_row() -> dict[str, str | None]:
    text = "Night train\n\nThe night train was late. Nobody minded, for the bar was open and a band played."
    row = {"id": "w1", "url": "https://courier.example/w1", "page_type": "article", "title": "Night train"}
    return {**row, "author": None, "published": None, "text": text}


@pytest.mark.slow
def test_the_command_counts_lists_and_writes(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "all.json"
    shown = [word for kind in openweb.SHOWN_KINDS for word in ("--show", kind)]
    options = ["--data", str(data), "--jobs", "1", "--json", str(file), *shown]
    ended = CliRunner().invoke(openweb.main, options)
    assert ended.exit_code == 0, ended.output
    written = json.loads(file.read_text("utf-8"))
    kinds = [(incident["kind"], incident["page"]) for incident in written["incidents"]]
    assert ("claim", "0000") in kinds
    assert ("note", "0000") in kinds
    assert ("claim", "0001") not in kinds
    assert written["figures"]["openweb.pages"]["no_claim"] == 0.5
    assert "fault" not in [kind for kind, _ in kinds]
    assert "This article was written by ChatGPT." in ended.output
    rows = [line.split() for line in ended.output.splitlines()]
    assert [row[:4] for row in rows if row[:1] == ["en"]] == [["en", "html", "1", "20"], ["en", "text", "1", "20"]]  # fmt: skip
    assert ["truths", "given"] in [row[:2] for row in rows]
    assert "second" not in ended.output + file.read_text("utf-8")


@pytest.mark.parametrize("part", list(openweb.PARTS))
def test_a_set_that_is_not_there_is_named(part: str, tmp_path: Path) -> None:
    ended = CliRunner().invoke(openweb.main, [part, "--data", str(tmp_path / "none")])
    assert ended.exit_code == 2
    assert "--data" in ended.output
