"""Real disclosures, chatbots' lines and traps, each set into a short article: what is taken out, lost, claimed.

Half of the blocks may be read by who mends a rule; the *closed* half is only counted: it is in no list and in no file,
and nothing is learned from it. The packaged reading has learned from the open halves; ``UNSEEN`` measures readings that
have seen no line of the block's source (``python -m training.residue --folds build/nets``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, partial
from html import escape
from pathlib import Path

from lxml import html
from markdown_it import MarkdownIt
from msgspec.structs import replace

from benchmarks.measures import Measure, Outcome, Share, counted
from benchmarks.residue import Item, Setting, as_lines, composed_articles, html_page, read_items, set_in
from benchmarks.text_loss import Claim, claims_in, losses
from copydesk.cleaners.decode.markdown_page import is_marked
from copydesk.cleaners.judge.judgement import PACKAGED, Judge
from copydesk.cleaners.pipeline.cleaning import clean_page
from copydesk.cleaners.residue.reading.residue_reading import read_net
from copydesk.cleaners.sentence_ends import split_sentences
from copydesk.cleaners.types import Page
from copydesk.cleaners.words.text_net import TextNet
from training.pages import fold_of

SETS = ("real_residue", "real_residue2")
RESIDUE = ("ai_disclaimer", "chatbot_meta", "leaked_prompt")
NETS = Path("build/nets")
_MARKUP = (
    "html"  # the form whose text is HTML; all others are Markdown, or text that reads the same as Markdown
)


def outcomes(case: Setting, judge: Judge = PACKAGED) -> list[Outcome]:
    """Shares of the residue that is out of the text, of the disclaimers claimed with the right role and medium, of the
    article's own lines among the traps that are whole, of all traps without a claim, of the lines around that are
    whole.
    """
    name, item, media = case
    article = composed_articles()[item.code]
    paragraphs = set_in(item, article)
    body, parts = compose(article["title"], paragraphs, item, media)
    record = clean_page(Page(body=body, media=media), judge=judge)
    found = list(zip(paragraphs, losses(parts, record)[-len(paragraphs) :], strict=True))
    loss = next(loss for text, loss in found if text == item.text)
    claims = claims_in(record.provenance)
    uses = [(use.role, use.medium) for use in record.provenance.ai]
    # where the set leaves role or medium open, any will do
    is_right = any(item.role in (None, role) and item.medium in (None, medium) for role, medium in uses)
    shares: dict[str, Share] = {
        "article_kept": counted(lost.is_whole for text, lost in found if text in article["paragraphs"]),
        "neighbours_kept": counted(
            lost.is_whole for text, lost in found if text in (item.before, item.after)
        ),
    }
    if item.label in RESIDUE:
        shares["residue_out"] = loss.is_gone or is_span_gone(item.span or "", record.text), 1
    else:
        shares["traps_unclaimed"] = not is_claimed(claims, item), 1
    if item.label == RESIDUE[0]:
        shares["right_claim"] = is_right, 1
    if item.is_body:
        shares["body_kept"] = loss.is_whole, 1
    why = f"{item.id}/{media} {item.label} now {loss.label or 'kept'} by {loss.rule} {uses} {claims} {item.text!r} {loss.evidence}"
    wrong = [f"{figure}  {why}" for figure, (good, of) in shares.items() if good < of and item.half == "open"]
    table = f"openweb.{name}.{media}.{item.half}"
    return [Outcome(table, shares, (item.code, item.label), wrong)]


def is_claimed(claims: Sequence[Claim], item: Item) -> bool:
    """Whether a claim rests on the block; one that rests on the words of its neighbours alone may be true."""
    beside = [_letters(text) for text in (item.before, item.after) if text]
    quotes = [[_letters(quote) for quote in claim.quotes] for claim in claims]
    return any(not some or any(not any(one in text for text in beside) for one in some) for some in quotes)


def is_span_gone(span: str, text: str) -> bool:
    """Whether no sentence of a span is left in a text."""
    parts = [_letters(part) for part in split_sentences(span)]
    return bool(span) and not any(part and part in _letters(text) for part in parts)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def compose(title: str, paragraphs: Sequence[str], item: Item, media: str) -> tuple[str, list[str]]:
    """The page, and its text part by part. As text, blocks are as they were written, or in Markdown; as HTML, as a
    browser shows them.
    """
    if media == "text":
        body, parts = as_lines(title, paragraphs), [title, *paragraphs]
        # whole READMEs among them: addresses are no text of Markdown
        return body, [_shown(as_elements(part, "")) for part in parts] if is_marked(body) else parts
    foreign = {item.text, item.before, item.after}
    elements = [
        as_elements(text, item.form) if text in foreign else f"<p>{escape(text)}</p>" for text in paragraphs
    ]
    return html_page(title, elements), [title, title, *map(_shown, elements)]


def _shown(markup: str) -> str:
    return str(html.fragment_fromstring(markup, create_parent="div").text_content())


def as_elements(text: str, form: str) -> str:
    """The block as elements of HTML that are all closed: Markdown rendered as CommonMark, HTML as one paragraph."""
    rendered = f"<p>{text}</p>" if form == _MARKUP else MarkdownIt("commonmark").render(text)
    return "".join(html.tostring(element, encoding="unicode") for element in _elements(rendered))


def _elements(rendered: str) -> Iterator[html.HtmlElement]:
    holder = html.fragment_fromstring(rendered, create_parent="div")
    if holder.text and holder.text.strip():
        yield html.fragment_fromstring(escape(holder.text), create_parent="p")
    yield from holder


def _cases(data: Path, _: int | None) -> list[Setting]:
    """All blocks of languages in which there is an article to set them into, each in either setting."""
    return [
        Setting(name, item, media)
        for name in SETS
        for item in read_items(name, data)
        # "【4†source】" is taken out of its sentence, and is elsewhere among what is removed
        if item.code in composed_articles() and "†" not in item.text
        for media in ("html", "text")
    ]


def _unseen_outcomes(case: Setting) -> list[Outcome]:
    file = NETS / f"net_{fold_of(str(case.item.source or ''))}.npz"
    found = outcomes(case, replace(PACKAGED, readings=partial(_net, file)))
    return [one._replace(table=one.table.replace("openweb", "unseen")) for one in found]


@cache
def _net(file: Path) -> TextNet:
    if not file.exists():
        raise FileNotFoundError(f"{file}: make it with python -m training.residue --folds {NETS}")
    return read_net(file)


MEASURE = Measure(_cases, outcomes)
UNSEEN = Measure(
    lambda data, _: [
        one for one in _cases(data, None) if one.set_name == SETS[1] or one.item.half == "closed"
    ],
    _unseen_outcomes,
)
