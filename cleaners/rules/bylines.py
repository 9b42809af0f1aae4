"""Lines of authors: bylines, datelines, names that are a line of their own, and the author boxes below them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from itertools import takewhile

from copydesk.cleaners.dates.written_dates import around_dates, is_date_word, parse_date
from copydesk.cleaners.lexicon.agencies import find_dateline_agency
from copydesk.cleaners.metadata.authors import is_signed, split_byline
from copydesk.cleaners.metadata.date_witnesses import is_of_something_else
from copydesk.cleaners.metadata.dated_entries import entry_lines
from copydesk.cleaners.metadata.person_names import has_cjk, is_common, is_joint, split_opener
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.rules.parts.elements import COMMENT, WHOLE_PAGE
from copydesk.cleaners.rules.rule import RuleContext, rule
from copydesk.cleaners.sentence_ends import ends_in_abbreviation
from copydesk.cleaners.types import Kind, Label
from copydesk.cleaners.word_count import count_words

# set by hand: author and date stand within so many kept blocks of an end; larger reaches into the text
_EDGE = 3
_MAX_BYLINES = 2  # author and date
_MAX_PIECES = 5  # of a byline in several lines: three names
# of such lines above it 44 of 52 are the article's (docs/decisions/0010-an-article-alone.md)
_SURE_OF_LINE = 0.6
# learned probability: of the dated lines with tags that are taken for bylines two had more, a term and a deadline that
# the truth keeps (`python -m benchmarks.rule_record --show shape.byline`); a signed line is a byline all the same
_SURE_OF_DATED_LINE = 0.95
# blocks; set by hand: standfirst, credits and buttons stand between a dateline and the surely kept text
_ABOVE_TEXT = 8
# place, date and agency: the longest of four labelled ones has 21;
# what is longer goes on into the report
_MAX_DATELINE_CHARS = 80
# of 1,163 labelled bylines 3 are longer
_MAX_BYLINE_CHARS = 160
# "Published on Tuesday, 4 March 2025 at 9:30 am, last updated …"; larger takes sentences with a year
_MAX_DATE_WORDS = 12
_LETTERS_OF_WORD = 4  # Han, kana, Hangul: at least, of what is no single word; set by hand
_MAX_WORDS_BESIDE_DATE = 2  # "Updated", the name of a desk
_BELOW_HEADLINE = 5  # blocks; set by hand: standfirst, byline, date and place
_MAX_SIGNATURE_CHARS = 80  # two names with their roles; set by hand
# log-odds, by its words, that a line is none of the article's own: rather than not; its record on real pages is in
# docs/decisions/0035-kinds-of-short-texts.md
_SIGNED_FROM = 0.0
# headings with a year are a chronicle's, rows with one a table's
_NEVER_BYLINES = (Kind.HEADING, Kind.TABLE_ROW, Kind.CODE, Kind.TITLE)
_UNSPACED_STOP = "。"  # ends a sentence where words are not parted, so that they cannot be counted; no date
# no part of a longer number, such as a telephone's
_YEAR = lazy_pattern(r"(?<!\d)\d{4}(?!\d)")  # of any calendar
_MIN_BYLINE_KEEP = 0.02  # below, the learned judgement has placed the block far from the article
# learned probability of a neighbour that is surely the article's; set by hand: smaller trusts neighbours
# that may be teasers themselves, larger asks for more than short paragraphs get
_SURE_BESIDE = 0.8
# what the learned judgement calls the texts of author boxes, which look like readers' comments
PEOPLE_LABELS = frozenset({Label.AUTHOR_BIO, Label.BYLINE, Label.COMMENT})
# set by hand, like the words below: larger lets headlines in which each word has a capital pass for names
MAX_NAME_CHARS = 60
_MAX_NAME_WORDS = 5


@rule("shape.dateline", Label.DATELINE, "Place, date and agency on a line of their own open a report.")
def datelines(context: RuleContext) -> Mapping[int, str]:
    """Place, date and agency, and nothing else, above and at the beginning of the text."""
    table = context.page.table
    # where the text surely begins; the page's beginning where nothing is sure
    sure = [at for at, keep in enumerate(context.judged.keep) if keep > _SURE_BESIDE]
    first = sure[0] if sure else 0
    found = {}
    for block in table.blocks[max(0, first - _ABOVE_TEXT) : first + _EDGE]:
        if len(block.raw) <= _MAX_DATELINE_CHARS:
            text = table.texts[block.index]
            named = find_dateline_agency(text)
            if named and named.quote == text:
                found[block.index] = f"names {named.agency.name}, and nothing else"
    return found


def edges_of_text(context: RuleContext) -> Set[int]:
    """The places of bylines: just below the headline, where the learned judgement is not sure of keeping the line, and
    where it does not know what it left out; of pages with tags among the first and last kept blocks.

    Of 52 dated or signed lines of the labelled pages, flattened, that it would keep with more than
    ``_SURE_OF_LINE``, 44 belong to the article: programmes, time lines, quoted posts. Of 45 below, 6.
    """
    judged = context.judged
    if context.page.is_html:
        # with tags a signed line amid the text is rather a quoted post's or a list's
        ordered = sorted(judged.kept)
        return {*ordered[:_EDGE], *ordered[-_EDGE:]} | judged.vague
    below = set[int]()
    if context.title:
        count = len(context.page.table.blocks)
        first = (*context.headlines, count)[0] + 1
        below = {*range(first, min(count, first + _MAX_BYLINES))}
    if judged.is_article_alone:
        return below
    return {at for at in judged.kept if judged.keep[at] <= _SURE_OF_LINE} | judged.vague | below


@rule("shape.byline", Label.BYLINE, "Author and date have fields of their own.")
def bylines(context: RuleContext) -> Mapping[int, str]:
    """Lines that open like a byline and hold names, or hold a date and little else."""
    page, keep = context.page, context.judged.keep
    found = {}
    for at in edges_of_text(context):
        text = page.table.texts[at]
        if (
            len(text) > _MAX_BYLINE_CHARS
            or keep[at] < _MIN_BYLINE_KEEP
            or page.table.kinds[at] in _NEVER_BYLINES
            or _is_amid_comments(at, context)
        ):
            continue
        ends = at in page.table.sentences
        # "By the time they came it was over." opens like a byline and is a sentence
        names = (
            split_byline(text, language=page.language) if not ends and is_signed(text, page.language) else ()
        )
        if names:
            found[at] = f"reads like a byline and names {', '.join(names)}"
        # from the cheapest to the dearest: reading a date tries many forms in many languages
        elif (
            not (page.is_html and keep[at] >= _SURE_OF_DATED_LINE)
            and _YEAR.search(text)
            and (count_words(text) if has_cjk(text) else len(text.split())) <= _MAX_DATE_WORDS
            and not text.endswith(_UNSPACED_STOP)
            # "14 March 1911 or 1912?" is the article's
            and (not ends or ends_in_abbreviation(text))
            and (date := parse_date(text, language=page.language))
            and _is_mostly_date(text, page.language)
            # "When: 4 March 2026"
            and not is_of_something_else(around_dates(text, language=page.language)[0], page.language)
        ):
            found[at] = f"a line with a date: {date}"
    entries = _heads_of_entries(context) if found else frozenset[int]()
    return {at: said for at, said in (_in_several_lines(context) | found).items() if at not in entries}


def _in_several_lines(context: RuleContext) -> dict[int, str]:
    """Of flattened text the lines of a byline of which each piece has one: "By", "Una Platt", "and", "Carl Holm"."""
    found: dict[int, str] = {}
    texts, language = context.page.table.texts, context.page.language
    for at in edges_of_text(context) if not context.page.is_html else ():
        opener, rest = split_opener(texts[at], language)
        pieces = texts[at + 1 : at + 1 + _MAX_PIECES] if opener and not rest else ()
        if pieces and is_name(pieces[0]):
            some = takewhile(lambda text: is_name(text) or is_joint(text, language), pieces)
            found |= {at + 1 + place: f"behind “{opener}”" for place, _ in enumerate(some)}
    return found


def _heads_of_entries(context: RuleContext) -> Set[int]:
    """The lines that date an entry of the text, right above its first sentence."""
    table = context.page.table
    kept, language = context.judged.kept, context.page.language
    entries = entry_lines(table.texts, table.kinds, table.sentences, kept, language)
    return {at for at in entries if at + 1 in table.sentences}


def _is_amid_comments(at: int, context: RuleContext) -> bool:
    """Whether a block is in an element named after comments, or between two: who wrote one, and when."""
    verdicts, steps = context.verdicts, context.page.table.blocks[at].path
    if any(COMMENT.search(step.words) for step in steps if step.tag not in WHOLE_PAGE):
        return True
    return 0 < at < len(verdicts) - 1 and verdicts[at - 1].label is verdicts[at + 1].label is Label.COMMENT


@rule(
    "worded.signature",
    Label.BYLINE,
    "A line below the headline, or the last of the text, is a person's name by its words.",
)
def signatures(context: RuleContext) -> Mapping[int, str]:
    """Short lines between the headline and the text, or the last line of it, that are bylines by their words, without a
    word such as "by": a name alone, or with a role, a place or an agency. Of several names in lines of their own none
    is the author's: they are a list.
    """
    asked = {at: names for at in _below_headline(context) if (names := _names_in_line(at, context))}
    found = _signed(asked, context)
    last = _last_line(context)
    return (found if len(found) == 1 else {}) | _signed(last, context)


def _signed(asked: Mapping[int, Sequence[str]], context: RuleContext) -> dict[int, str]:
    """Of lines with names those that are bylines by their words."""
    page, table = context.page, context.page.table
    if not asked:
        return {}
    classifier = context.judged.text_classifier()
    words = classifier.words.odds([page.words[at] for at in asked], page.language)
    kinds = classifier.classify([table.texts[at] for at in asked], [page.phrases[at] for at in asked], words)
    return {
        at: f"by its words (log-odds {kind.odds:.1f}) a byline of {', '.join(names)}"
        for (at, names), kind in zip(asked.items(), kinds, strict=True)
        if kind.label is Label.BYLINE and kind.odds >= _SIGNED_FROM
    }


def _last_line(context: RuleContext) -> dict[int, tuple[str, ...]]:
    """The last kept line, right below a sentence, with the names that it is all of."""
    kept, table = context.judged.kept, context.page.table
    last = max(kept, default=0)
    if last - 1 not in kept & table.sentences or last in table.sentences or not is_name(table.texts[last]):
        return {}
    names = _names_in_line(last, context)
    return {last: names} if names == (table.texts[last],) else {}


def _below_headline(context: RuleContext) -> list[int]:
    """The lines between a headline and the first sentence of the text, or the second below a standfirst."""
    table = context.page.table
    # of flattened text the headline may not be known
    headlines = context.headlines or ((0,) if not context.page.is_html else ())
    found: dict[int, None] = {}
    for headline in headlines:
        below = range(headline + 1, min(len(table.blocks) - 1, headline + 1 + _BELOW_HEADLINE))
        sentences = [at for at in below if at in table.sentences][:2]
        found |= dict.fromkeys(at for at in below if at < max(sentences, default=0) and at not in sentences)
    return [*found]


def _names_in_line(at: int, context: RuleContext) -> tuple[str, ...]:
    """The people whom a line names that may be a byline; none where it is something else by its form."""
    judged, table = context.judged, context.page.table
    block, text = table.blocks[at], table.texts[at]
    # a line with a date is told by `bylines`; another with figures is of events: "Tours May – June 2026, Oldenau"
    is_other = (
        block.kind is not Kind.PARAGRAPH or block.quote or block.is_hidden or any(map(str.isdigit, text))
    )
    if is_other or len(text) > _MAX_SIGNATURE_CHARS or not (at in judged.kept or at in judged.nameless):
        return ()
    return split_byline(text, language=context.page.language)


def _is_mostly_date(text: str, language: str) -> bool:
    """Whether little is left beside digits, separators and words that go with dates."""
    # of three letters and more: "at", "de", "am" and "pm" stand beside dates in many languages
    beside = text if has_cjk(text) else " ".join(around_dates(text, language=language))
    rest = [word for word in re.findall(r"[^\W\d_]{3,}", beside) if not is_date_word(word, language=language)]
    # scripts that part no words: "《传统民居修缮登记规定》，2019年11月20日修订" names a rule
    words = sum(-(-len(word) // _LETTERS_OF_WORD) if has_cjk(word) else 1 for word in rest)
    return words <= _MAX_WORDS_BESIDE_DATE


@rule("shape.doubled-name", Label.BYLINE, "Author boxes say the name twice.")
def doubled_names(context: RuleContext) -> Mapping[int, str]:
    """A name twice in a row, the picture's alternative text and the name beside it, above a sentence on its bearer."""
    table = context.page.table
    found: dict[int, str] = {}
    for first, letters in enumerate(table.letters[:-2] if not context.page.is_html else ()):
        about = table.blocks[first + 2]
        if letters != table.letters[first + 1] or about.gap or about.index not in table.sentences:
            continue
        # both are bylines
        for at in (first, first + 1):
            text = table.texts[at]
            if (
                is_name(text)
                and not is_common(text, context.page.language)
                # initials and particles are in any sentence: "J.", "de"
                and (
                    any(part in about.text for part in text.split() if len(part) > 2)
                    or _is_box_of_author(about.index, context)
                )
            ):
                found[at] = "a name twice in a row"
    return found


def _is_box_of_author(about: int, context: RuleContext) -> bool:
    """Whether a text below a doubled name is a person's, at the article's end, where the comments have not begun.

    It need not name its bearer: many are written in the first person. Readers' names are doubled, too, but
    below the heading of the comments. Of 130 other lines that stand twice in a row on labelled pages (menus,
    tags, captions) this takes none.
    """
    # words that head or fill the form for comments
    comments = context.page.hits.get("wording.comment-form", {})
    if next(iter(comments), about) < about or context.judged.last_kept > about:
        return False
    return context.judged.labels[about] in PEOPLE_LABELS or about + 1 in comments


def is_name(text: str) -> bool:
    """Whether a line has the shape of a person's name: two to five capitalised words and nothing else."""
    words = text.split()
    return (
        len(text) <= MAX_NAME_CHARS
        and 2 <= len(words) <= _MAX_NAME_WORDS
        and all(word[0].isalpha() for word in words)
        # two words may be small: "Ludwig van der Berg"
        and sum(word[0].isupper() for word in words) >= max(2, len(words) - 2)
        # a full stop before a space is an initial's: "J. K. Moss"
        and not any(char in ".!?:;,|0123456789" for char in text.replace(". ", " "))
    )


@rule(
    "shape.bio-after-name",
    Label.AUTHOR_BIO,
    "What follows the name in an author box is about the author.",
)
def bios_after_names(context: RuleContext) -> Mapping[int, str]:
    """The text about a person, below the name that is there twice."""
    if context.page.is_html:
        return {}
    blocks = context.page.table.blocks
    names = {at for at, verdict in enumerate(context.verdicts) if verdict.rule == doubled_names.id}
    return {
        at + 2: "follows a doubled name"
        for at in names
        if at + 1 in names
        and at + 2 < len(blocks)
        and not blocks[at + 2].gap
        # fewer words than a name may have are another name, not a sentence on this one
        and count_words(blocks[at + 2].raw) >= _MAX_NAME_WORDS
    }
