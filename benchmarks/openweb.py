"""What must not happen on pages without a truth, and how often it does.

Four measures: ``PAGES`` (real pages written before chatbots existed), ``PROSE`` (real sentences as pages),
``CLEAN_TEXT`` (copydesk's own texts, cleaned again) and ``TRUTHS`` (true bodies of articles as plain text). No figure
here shows that a page was read well; each counts how often something happened that hardly ever should.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path

from ftfy import fix_encoding

from benchmarks.cleaning import explained
from benchmarks.measures import Measure, Outcome, Share, counted
from benchmarks.sets import KEPT_LABELS, Case, MissingDataError, as_paragraphs, json_lines, load, pick
from benchmarks.text_loss import OtherTextError, claims_in, letters, losses
from benchmarks.words import without_leading, words
from copydesk.cleaners.pipeline.cleaning import clean_page
from copydesk.cleaners.types import Page

BY_MACHINES = ("ai_disclaimer", "leaked_prompt", "chatbot_meta")
OF_AI = ("ai", "digital_source_type")
OF_WORDS = ("worded.", "wording.", "residue.")
SENTENCES = 20  # a page
SETS = ("wcxb", "fundus", "blocks")
_ARTICLES = ("article", "unknown")  # of pages labelled block by block, most have no type


def _read_pages(data: Path, sample: int | None) -> Sequence[Case]:
    folder = data / "openweb"
    cases = [
        Case(row["id"], folder / "html" / f"{row['id']}.html.gz", "", row["url"], group=row["source"])
        for row in json_lines(folder / "pages.jsonl")
    ]
    return pick(cases, sample)


def page_outcomes(case: Case) -> list[Outcome]:
    """Whether a page is without any claim that no mark declares, without one of AI, without a block named as left by
    machines or as a note on sources; of the blocks the network keeps, those that no rule of wording takes.
    """
    found = explained(case)
    claims = claims_in(found.record.provenance)
    kept, taken, labels, wrong = 0, 0, set(), [f"claim  {case.id}  {claim}" for claim in claims]
    for item in found.labelled:
        first, last = item.verdicts[0], item.verdict
        is_taken = first.label in KEPT_LABELS and not item.is_kept and last.rule.startswith(OF_WORDS)
        kept += first.label in KEPT_LABELS
        taken += is_taken
        labels.add(str(last.label))
        if is_taken or last.label in (*BY_MACHINES, "source_note"):
            kind = "taken" if is_taken else "note"
            why = f"{last.label} by {last.rule} ({last.evidence}; before: {first.label}, {first.evidence})"
            wrong.append(f"{kind}  {case.id}  {why}  {item.block.text!r}")
    shares: dict[str, Share] = {
        "no_claim": (not claims, 1),
        "no_ai_claim": (not any(claim.field in OF_AI for claim in claims), 1),
        "no_machine_note": (labels.isdisjoint(BY_MACHINES), 1),
        "no_source_note": ("source_note" not in labels, 1),
        "blocks_left": (kept - taken, kept),
    }
    return [Outcome("openweb.pages", shares, (case.group,), wrong)]


def _read_prose(data: Path, sample: int | None) -> list[Case]:
    """Pages of twenty sentences of one treebank in the order of the file, each once as HTML and once as text;
    ``sample`` of each language.
    """
    files = sorted((data / "prose").glob("*.jsonl"))
    if not files:
        raise MissingDataError(f"{data / 'prose'} has no sentences; name the data folder with --data")
    return [
        page
        for file in files
        for one in pick(list(sentence_pages(json_lines(file), language=file.stem)), sample)
        for page in (one, replace(one, body=as_paragraphs(one.truth), media="text/html"))
    ]


def sentence_pages(rows: Iterable[dict[str, str]], *, language: str) -> Iterator[Case]:
    """The pages as flattened text, sentences parted by a blank line. What is left of a treebank, less than a page, is
    left out.
    """
    for treebank, group in groupby(rows, key=lambda row: row["treebank"]):
        sentences = [" ".join(row["text"].split()) for row in group]
        for number in range(len(sentences) // SENTENCES):
            page = sentences[number * SENTENCES : (number + 1) * SENTENCES]
            name, body = f"{language}/{treebank}/{number}", "\n\n".join(page)
            yield Case(name, Path(), "\n".join(page), body=body, media="text/plain", group=language)


def prose_outcomes(case: Case) -> list[Outcome]:
    """Share of the sentences that are whole in the text, and of the pages without a claim."""
    record = clean_page(Page(body=case.read(), content_type=f"{case.media}; charset=utf-8"))
    sentences = case.truth.split("\n")
    claims = claims_in(record.provenance)
    found = list(zip(sentences, losses(sentences, record), strict=True))
    shares: dict[str, Share] = {
        "sentences_kept": counted(loss.is_whole for _, loss in found),
        "no_claim": (not claims, 1),
    }
    wrong = [f"sentence  {case.id}  {loss}  {text!r}" for text, loss in found if not loss.is_whole]
    wrong += [f"claim  {case.id}  {claim}" for claim in claims]
    media = "html" if case.media == "text/html" else "text"
    return [Outcome(f"openweb.prose.{media}", shares, (case.group,), wrong)]


def _read_articles(data: Path, sample: int | None) -> list[Case]:
    """The articles of the sets, or ``sample`` of each."""
    return [
        replace(case, group=name)
        for name in SETS
        for case in pick([case for case in load(name, data) if case.page_type in _ARTICLES], sample)
    ]


def _again_outcomes(case: Case) -> Iterator[Outcome]:
    """Cleans a page, then its text, alone and below its title."""
    first = explained(case).record
    for title in (None, first.title) if first.title else (None,):
        if first.text:
            table = f"openweb.clean_text.{'titled' if title else 'alone'}"
            yield given_back(first.text, table, case, title=title)


def _read_truths(data: Path, sample: int | None) -> list[Case]:
    """The true bodies of WCXB's articles, without the title where they begin with it.

    A few were copied out with their letters garbled, which copydesk mends: they are mended before, for they
    are not clean.
    """
    cases = pick(load("wcxb", data), sample)
    bodies = (without_leading(case.truth, case.title).strip() for case in cases)
    mended = ("\n".join(map(fix_encoding, body.split("\n"))) for body in bodies)
    return [replace(case, truth=body) for case, body in zip(cases, mended, strict=True)]


def given_back(text: str, table: str, case: Case, *, title: str | None = None) -> Outcome:
    """Cleans a text as text/plain: whether it comes back whole, which of its letters do, and, below a title, whether
    that is found.

    A text has no title of its own: a first line that is taken for one is lost. Where it comes back with other letters,
    nothing else that is lost is counted.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    above = [title] if title else []
    record = clean_page(Page(body="\n\n".join((*above, text)), content_type="text/plain; charset=utf-8"))
    try:
        found = losses([*above, *lines], record)[len(above) :]
    except OtherTextError as error:
        total = len(letters(text))
        shares: dict[str, Share] = {"whole": (0, 1), "letters": (total, total)}
        wrong = [f"altered  {case.id}  {error}"]
    else:
        total = sum(loss.letters for loss in found)
        shares = {
            "whole": (all(loss.is_whole for loss in found), 1),
            "letters": (total - sum(loss.lost for loss in found), total),
        }
        pairs = zip(lines, found, strict=True)
        wrong = [f"line  {case.id}  {loss}  {line!r}" for line, loss in pairs if not loss.is_whole]
    if title:
        shares["title_found"] = words(record.title or "") == words(title), 1
    return Outcome(table, shares, (case.group,), wrong)


PAGES = Measure(_read_pages, page_outcomes)
PROSE = Measure(_read_prose, prose_outcomes, 25)
CLEAN_TEXT = Measure(_read_articles, _again_outcomes, 150)
TRUTHS = Measure(_read_truths, lambda case: [given_back(case.truth, "openweb.truths.alone", case)], 150)
