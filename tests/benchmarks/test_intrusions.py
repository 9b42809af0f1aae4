"""Pieces of other pages in pages: which, where, and what the truth is then, on pages composed for it."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import html

from benchmarks import intrusions, splicing
from benchmarks.intruders import WANTED, article, pieces, questions
from benchmarks.page_trees import PageTree, as_page, read_tree, shown_text
from benchmarks.sets import Case, GoldBlock, all_blocks

LINES = [
    "The ferry across the sound was taken out of service on Tuesday morning.",
    "Divers found a crack as long as an arm in the housing of its screw.",
    "Until the spare part comes from Stavanger, two smaller boats will run instead.",
    "They take no cars, so that the baker of the island has to row his flour.",
    "The mayor has asked the county for a bridge eleven times in as many years.",
    "Each time the county has answered that a bridge would cost more than the island.",
    "Nobody on the quay expected the boat to be mended before the first storm.",
]
BOX = "Every Friday we send you the best stories of the week, free of charge."
CARD = "A summer without rain has left the wells of the northern farms all but dry."
BIO = "Tove Lind has written about the coast and those who live from it since 1998."
PAGE = """<!DOCTYPE html><html><head><meta charset="iso-8859-1"><title>No ferry</title></head><body>
<nav><a href="/">Home</a></nav><div class="story"><h1>Island without a ferry{number}</h1>{paragraphs}</div>
<div class="box"><h3>Our letter</h3><p>{box}</p><button>Sign up</button></div>
<ul><li><a href="https://news.example.com/dry">Dry wells</a><p>{card}</p></li></ul>
<aside><p>{bio}</p><script>var page = 1</script></aside><footer><p>Imprint</p></footer></body></html>"""


def case_of(folder: Path, number: int) -> Case:
    """A composed page as a set has it: labelled texts beside a file."""
    lines = [f"{line[:-1]}, said witness {number}." for line in LINES]
    paragraphs = "".join(f"<p>{line}</p>" for line in lines)
    paragraphs = paragraphs.replace("<p>They", "<h2>Who waits?</h2><p>They")
    file = folder / f"page-{number}.html.gz"
    body = PAGE.format(number=number, paragraphs=paragraphs, box=BOX, card=CARD, bio=BIO)
    file.write_bytes(gzip.compress(body.encode()))
    labelled = [("nav", "Home"), ("title", f"Island without a ferry{number}")]
    labelled += [*(("paragraph", line) for line in lines), ("heading", "Who waits?")]
    labelled += [("newsletter", text) for text in ("Our letter", BOX, "Sign up")]
    labelled += [("related", "Dry wells"), ("related", CARD), ("author_bio", BIO), ("nav", "Imprint")]
    return Case(
        id=f"page-{number}",
        file=file,
        truth="\n".join([*lines, "Who waits?"]),
        url=f"https://news{number}.example/ferry",
        blocks=tuple(GoldBlock(label, text) for label, text in labelled),
    )


def page_of(case: Case) -> PageTree:
    page = read_tree(case)
    assert page is not None
    return page


def test_a_tree_knows_the_article_and_the_element_around_it(tmp_path: Path) -> None:
    page = page_of(case_of(tmp_path, 1))
    assert page.container.get("class") == "story"
    assert [step.tag for step in page.steps] == ["p"] * len(LINES)
    assert {leaf.text: leaf.label for leaf in page.leaves}[BIO] == "author_bio", "a script is no text of it"
    assert splicing.is_fit(page)
    assert 'charset="utf-8"' in as_page(page.root)


def test_pieces_are_the_largest_elements_of_nothing_but_what_is_wanted(tmp_path: Path) -> None:
    page = page_of(case_of(tmp_path, 1))
    found = {name: [piece.text for piece in pieces(page, wanted)] for name, wanted in WANTED.items()}
    assert found["newsletter"] == [f"Our letter\n{BOX}\nSign up"]
    assert found["call"] == [BOX], "a text alone, long enough to be a sentence"
    assert found["bios"] == [BIO]
    assert found["boilerplate"] == found["comments"] == []
    [teaser] = pieces(page, WANTED["teasers"])
    assert teaser.text == f"Dry wells\n{CARD}"
    assert [question for question, _ in questions(page)] == ["Who waits?"]
    whole = article(page)
    assert whole is not None
    assert whole.text.startswith("Island without a ferry1")
    assert BOX not in whole.text


@pytest.mark.parametrize("kind", list(splicing.KINDS))
def test_an_intrusion_is_the_same_each_time_and_the_truth_has_its_origin(tmp_path: Path, kind: str) -> None:
    material = splicing.Material()
    for number in range(2, 7):
        material.add(page_of(case_of(tmp_path, number)))
    case = case_of(tmp_path, 1)
    intruded = splicing.intrude(case, kind, material)
    if kind in ("boilerplate", "comments"):
        assert intruded is None, "no page has any"
        return
    assert intruded == splicing.intrude(case, kind, material)
    assert intruded is not None
    assert intruded.untouched.truth == case.truth
    shown, before = (shown_text(html.fromstring(page.read())) for page in (intruded.case, intruded.untouched))
    assert all(line in before and line in shown for line in case.truth.split("\n")), "nothing of it is lost"
    assert intruded.case.truth == case.truth
    if kind in ("live-blog", "faq"):
        assert len(intruded.case.alternatives) == 1
    if kind == "live-blog":
        assert shown.count(":") > before.count(":"), "entries have their times"
    elif kind == "faq":
        assert all(line in case.truth for line in intruded.inserted.split("\n")), "answers are the page's own"
        assert "?" in intruded.case.alternatives[0], "questions are another's"
    else:
        assert "page-1" not in intruded.origin.split(", ")
        assert len(shown) > len(before) + len(intruded.inserted) / 2


def data_of(folder: Path, count: int) -> Path:
    """A data folder whose labelled pages are composed; the other sets are empty."""
    (folder / "blocks").mkdir()
    rows = []
    for number in range(count):
        case = case_of(folder, number)
        blocks = [{"label": block.label, "text": block.text} for block in case.blocks]
        row = {"id": case.id, "file": case.file.name, "url": case.url, "source": "s", "page_type": "article"}
        rows.append(json.dumps({**row, "blocks": blocks}))
    (folder / "blocks" / "pages.jsonl.gz").write_bytes(gzip.compress("\n".join(rows).encode()))
    for name in ("wcxb", "fundus"):
        (folder / name).mkdir()
        (folder / name / "truth.jsonl").write_text("")
    return folder


def test_pages_have_kinds_in_turn_and_pieces_of_their_own_fold(tmp_path: Path) -> None:
    data = data_of(tmp_path, 24)
    folds = {case.id: intrusions.fold(case) for case in all_blocks(data)}
    found = intrusions.intruded_pages(data, intrusions.Plan([0, 1], pages=6, rounds=2))
    assert len(found) == 12
    assert len({intruded.case.id for intruded in found}) == 6
    assert len({intruded.kind for intruded in found}) >= 6
    plan = intrusions.Plan([0, 1], pages=1, rounds=3, kinds=["comments", "faq"])
    assert [page.kind for page in intrusions.intruded_pages(data, plan)] == ["faq"], "no page has comments"
    for intruded in found:
        assert folds[intruded.case.id] in (0, 1)
        assert all(folds[name] == folds[intruded.case.id] for name in intruded.origin.split(", ") if name)


@pytest.mark.slow
def test_the_table_shows_what_each_kind_costs(tmp_path: Path) -> None:
    options = ["--pages", "4", "--extractors", "copydesk", "--show", "1"]
    arguments = ["--data", str(data_of(tmp_path, 12)), *options]
    result = CliRunner().invoke(intrusions.main, [*arguments, "--jobs", "1", "--timeout", "60"])
    assert result.exit_code == 0, result.output
    rows = [line.split() for line in result.stdout.splitlines()]
    assert rows[0][:2] == ["intrusion", "extractor"]
    assert rows[-2][:3] == ["all", "copydesk", "4"]
    assert rows[-1][0] == "copydesk"
    unknown = CliRunner().invoke(intrusions.main, [*arguments, "--kinds", "faqs"])
    assert unknown.exit_code == 2
    assert "there is no intrusion 'faqs'" in unknown.output
    missing = CliRunner().invoke(intrusions.main, ["--data", str(tmp_path / "none")])
    assert missing.exit_code == 2
