"""Real disclosures, chatbots' lines and traps, each set into a short article: what is taken out, lost, claimed.

Half of the blocks may be read by who mends a rule; the *closed* half is only counted: it is in no list and in no file,
and nothing is learned from it. What the packaged reading makes of the open halves it has learned from:
``benchmarks.residue_real`` uses readings that have not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from lxml import html
from markdown_it import MarkdownIt

from benchmarks.claims import claims_in
from benchmarks.incidents import Incident, Report, Value, counted
from benchmarks.residue import Item, as_lines, composed_articles, html_page, read_items, set_in
from benchmarks.text_loss import Loss, losses
from copydesk.cleaners.judge.judgement import PACKAGED, Judge
from copydesk.cleaners.pipeline.cleaning import clean_page
from copydesk.cleaners.schema import AiUse
from copydesk.cleaners.sentence_ends import split_sentences
from copydesk.cleaners.types import Page

SETS = ("real_residue", "real_residue2")
RESIDUE = ("ai_disclaimer", "chatbot_meta", "leaked_prompt")
SETTINGS = ("html", "text")
HALVES = ("open", "closed")
_MARKUP = (
    "html"  # the form whose text is HTML; all others are Markdown, or text that reads the same as Markdown
)


@dataclass(frozen=True, slots=True)
class Setting:
    """A block, how it was written, its half, as what it is set into an article (``html`` or ``text``), the set and the
    source it is of, and its sentence that is residue, where the rest of it is not.
    """

    item: Item
    form: str
    half: str
    setting: str
    set_name: str = SETS[0]
    source: str = ""
    span: str = ""

    @property
    def id(self) -> str:
        """The block's id and the setting."""
        return f"{self.item.id}/{self.setting}"


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """What became of a block and of the article around it. ``article`` and ``context``: its lines and the block's
    neighbours, each with what it has lost.
    """

    case: Setting
    loss: Loss
    article: tuple[tuple[str, Loss], ...]
    context: tuple[tuple[str, Loss], ...]
    uses: tuple[AiUse, ...]
    claimed: tuple[str, ...]
    quotes: str
    is_claim_of_others: bool
    """Whether all that is claimed rests on words of the block's neighbours."""
    is_out: bool
    """Whether the residue is out of the text: the block, or where it says more, all sentences of the span."""

    @property
    def is_residue(self) -> bool:
        """Whether machines left the block; all others are traps."""
        return self.case.item.label in RESIDUE

    @property
    def is_trap_claimed(self) -> bool:
        """Whether a claim rests on the block; one that rests on the words of its neighbours alone may be true."""
        return bool(self.claimed) and not self.is_claim_of_others

    @property
    def is_use_right(self) -> bool:
        """Whether a use of AI is claimed with the block's role and medium; where the set leaves one open, any
        will do.
        """
        item = self.case.item
        return any(item.role in (None, use.role) and item.medium in (None, use.medium) for use in self.uses)


def read_blocks(data: Path) -> tuple[Setting, ...]:
    """All blocks of languages in which there is an article to set them into, each in either setting. Raises
    MissingDataError where there are none.
    """
    return tuple(
        Setting(
            item, row["form"], row["half"], setting, name, str(row.get("source", "")), row.get("span") or ""
        )
        for name in SETS
        if name == SETS[0] or (data / "labelled" / f"{name}.jsonl").exists()
        for item, row in zip(read_items(name, data), _rows(data / "labelled" / f"{name}.jsonl"), strict=True)
        # "【4†source】" is taken out of its sentence, and is elsewhere among what is removed
        if _code(item) in composed_articles() and "†" not in item.text
        for setting in SETTINGS
    )


def _code(item: Item) -> str:
    return item.language.partition("-")[0]


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines() if line]


def set_block(case: Setting, judge: Judge = PACKAGED) -> ItemOutcome:
    """Cleans the article with the block in it."""
    article = composed_articles()[_code(case.item)]
    paragraphs = set_in(case.item, article)
    body, parts = compose(article["title"], paragraphs, case)
    record = clean_page(Page(body=body, media=case.setting), judge=judge)
    found = losses(parts, record)[-len(paragraphs) :]
    claims = claims_in(record.provenance)
    pairs = list(zip(paragraphs, found, strict=True))
    loss = next(loss for text, loss in pairs if text == case.item.text)
    return ItemOutcome(
        case=case,
        loss=loss,
        article=tuple(pair for pair in pairs if pair[0] in article["paragraphs"]),
        context=tuple(pair for pair in pairs if pair[0] in (case.item.before, case.item.after)),
        uses=record.provenance.ai,
        claimed=tuple(claim.field for claim in claims),
        quotes=" | ".join(dict.fromkeys(claim.quote for claim in claims)),
        is_claim_of_others=all(_is_quoted_from(claim.quotes, case.item) for claim in claims),
        is_out=loss.is_gone or _is_span_gone(case.span, record.text),
    )


def _is_span_gone(span: str, text: str) -> bool:
    """Whether no sentence of a span is left in a text."""
    parts = [_letters(part) for part in split_sentences(span)]
    return bool(span) and not any(part and part in _letters(text) for part in parts)


def _is_quoted_from(quotes: Sequence[str], item: Item) -> bool:
    """Whether words are those of the block's neighbours; marks and spaces are not compared."""
    beside = [_letters(text) for text in (item.before, item.after) if text]
    return bool(quotes) and all(any(_letters(quote) in text for text in beside) for quote in quotes)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def compose(title: str, paragraphs: Sequence[str], case: Setting) -> tuple[str, list[str]]:
    """The page, and its text part by part. As text, blocks are as they were written; as HTML, as a browser
    shows them.
    """
    if case.setting == "text":
        return as_lines(title, paragraphs), [title, *paragraphs]
    foreign = {case.item.text, case.item.before, case.item.after}
    elements = [
        as_elements(text, case.form) if text in foreign else f"<p>{escape(text)}</p>" for text in paragraphs
    ]
    return html_page(title, elements), [title, title, *map(_shown, elements)]


def as_elements(text: str, form: str) -> str:
    """The block as elements of HTML that are all closed: Markdown rendered as CommonMark, HTML as one paragraph."""
    rendered = f"<p>{text}</p>" if form == _MARKUP else MarkdownIt("commonmark").render(text)
    return "".join(html.tostring(element, encoding="unicode") for element in _elements(rendered))


def _elements(rendered: str) -> Iterator[html.HtmlElement]:
    holder = html.fragment_fromstring(rendered, create_parent="div")
    if holder.text and holder.text.strip():
        yield html.fragment_fromstring(escape(holder.text), create_parent="p")
    yield from holder


def _shown(element: str) -> str:
    return str(html.fragment_fromstring(element, create_parent="div").text_content())


def report(outcomes: Sequence[ItemOutcome]) -> Report:
    """Tables, figures and incidents of all blocks."""
    groups = {
        (name, setting, half): group
        for name in SETS
        for setting in SETTINGS
        for half in HALVES
        if (
            group := [
                one
                for one in outcomes
                if (one.case.set_name, one.case.setting, one.case.half) == (name, setting, half)
            ]
        )
    }
    return Report(
        head=(
            "set",
            "as",
            "half",
            "residue out",
            "right claim",
            "body lost",
            "traps claimed of",
            "article lost",
            "neighbours lost",
        ),
        rows=[(*key, *_cells(group)) for key, group in groups.items()],
        figures={f"openweb.{'.'.join(key)}": figures(group) for key, group in groups.items()},
        incidents=[one for outcome in outcomes if outcome.case.half == "open" for one in _incidents(outcome)],
    )


def figures(outcomes: Sequence[ItemOutcome]) -> dict[str, float]:
    """Shares of the residue that is out of the text, of the disclaimers claimed with the right role and
    medium, of the article's own lines among the traps that are whole, of all traps without a claim, of the
    lines around that are whole.
    """
    return {name: (count / of if of else 1.0) for name, (count, of) in _counts(outcomes).items()}


def _counts(outcomes: Sequence[ItemOutcome]) -> dict[str, tuple[int, int]]:
    return {
        "residue_out": _share(one.is_out for one in outcomes if one.is_residue),
        "right_claim": _share(one.is_use_right for one in outcomes if one.case.item.label == RESIDUE[0]),
        "body_kept": _share(one.loss.is_whole for one in outcomes if one.case.item.is_body),
        "traps_unclaimed": _share(not one.is_trap_claimed for one in outcomes if not one.is_residue),
        "article_kept": _share(loss.is_whole for one in outcomes for _, loss in one.article),
        "neighbours_kept": _share(loss.is_whole for one in outcomes for _, loss in one.context),
    }


def _share(flags: Iterable[bool]) -> tuple[int, int]:
    all_ = list(flags)
    return sum(all_), len(all_)


def _cells(outcomes: Sequence[ItemOutcome]) -> Iterator[str]:
    for name, (count, of) in _counts(outcomes).items():
        is_aim = name in ("residue_out", "right_claim")
        yield f"{counted(count if is_aim else of - count, of)} of {of}"


def _incidents(outcome: ItemOutcome) -> Iterator[Incident]:
    item, loss = outcome.case.item, outcome.loss
    uses = "; ".join(f"{use.role} {use.medium} {use.vendor} {use.model}" for use in outcome.uses)
    details: dict[str, Value] = {
        "label": item.label,
        "now": loss.label or "kept",
        "rule": loss.rule or None,
        "lost": loss.lost,
        "of": loss.letters,
        "uses": uses or None,
        "text": item.text,
        "evidence": loss.evidence or None,
    }
    if outcome.is_residue and not outcome.is_out:
        yield Incident("residue-kept", outcome.case.id, details)
    if item.label == RESIDUE[0] and not outcome.is_use_right:
        yield Incident(
            "disclaimer-unclaimed", outcome.case.id, {"role": item.role, "medium": item.medium, **details}
        )
    if item.is_body and not loss.is_whole:
        yield Incident("body-lost", outcome.case.id, details)
    if not outcome.is_residue and outcome.is_trap_claimed:
        claim: dict[str, Value] = {"claimed": ", ".join(outcome.claimed), "quotes": outcome.quotes}
        yield Incident("trap-claim", outcome.case.id, {**claim, **details})
    for kind, around in (("article-lost", outcome.article), ("neighbour-lost", outcome.context)):
        yield from (_lost(kind, outcome, text, gone) for text, gone in around if not gone.is_whole)


def _lost(kind: str, outcome: ItemOutcome, text: str, loss: Loss) -> Incident:
    details = {"label": loss.label, "rule": loss.rule, "text": text, "evidence": loss.evidence}
    return Incident(kind, outcome.case.id, details)
