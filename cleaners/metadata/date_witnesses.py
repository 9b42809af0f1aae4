"""Which lines with a date say when a page was published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Set

from copydesk.cleaners.dates.calendar_names import weekdays
from copydesk.cleaners.dates.written_dates import around_dates, parse_date
from copydesk.cleaners.lexicon.agencies import agency_called
from copydesk.cleaners.lexicon.byline_words import is_modified_note
from copydesk.cleaners.lexicon.language_files import primary
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.metadata.authors import fields_of, is_signed
from copydesk.cleaners.metadata.evidence import Evidence
from copydesk.cleaners.metadata.person_names import has_cjk, names_nobody
from copydesk.cleaners.metadata.text_bylines import NOT_OF_PAGE, entry_places
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.sites import bare_name
from copydesk.cleaners.word_count import count_words

MAX_DATE_LINE = 40
"""Characters of a line that is a date and hardly more."""
_MAX_CHARS_BESIDE = 120  # of a line with a date, a name, a section; set by hand
_SIGNS, _LONG_WORD = ".,;:()", 16  # characters of a word; set by hand: Thai writes a sentence without spaces
_BORN, _UNTIL = ("*", "†", "✝", "✞"), ("-", "–", "—", "†", "✝", "✞")
_MAX_LABEL = 80  # characters before a date, of which its label is the end
_MAX_SAID_BESIDE = 2  # words beside a date in its part of a line: a name, a section
_PARTS = lazy_pattern(r"\s*[|·•/,،、｜]\s*|\s[–—-]\s")
# "Next hearing: 12 March 2027", "Next hearing: Friday, 12 March 2027", "Quando: 14 e 15 ottobre 2023"; not
# "Essay - Published: 12 March 2027"
_LABEL = lazy_pattern(
    r"([^|·•/,،、｜:：]*[:：])(?:\s*[^\W\d_]*[\s.,،、]*$|(?<!\d[:：])\s*\d{1,2}[.º°]?\s*(?:[–—-]|[^\W\d_]{1,3})\s*$)"
)


def is_witness(text: str, page: Declared, *, is_beside: bool) -> bool:
    """Whether a line with a date says when the page was published: by a word for it, or since it says nothing else and
    stands ``is_beside`` the headline, perhaps with a name or a section.
    """
    # "2024-05-03 来源：光明网": what another field says is not said of the date
    if has_cjk(text):
        text = next((field for field in fields_of(text) if any(map(str.isdigit, field))), text)
    before, *others = around_dates(text, language=page.date_language)
    if is_of_something_else(before, page.language) or is_of_life(text, page.date_language):
        return False
    head = _PARTS.split(before)[-1].strip()
    tail = _PARTS.split(others[0])[0] if others else ""
    outlets = [*map(bare_name, page.outlets)]
    said = ["" if _LABEL.search(before[-_MAX_LABEL:]) else head, tail]
    words = [word for part in said if bare_name(part) not in outlets for word in part.split()]
    others_said = " ".join(word for word in words if not names_nobody(word))
    if (head and names_nobody(head)) or is_modified_note(head) or is_signed(text, page.language):
        return True
    # "The keeper left on 3 June 1988.", "botanist, born 2 May 1921; died 20 November 2014"
    is_told = any(one.islower() and not names_nobody(one) for one in head.split())
    if is_told and (ends_sentence(text) or len(others) > 1):
        return False
    # "Built on 1 May 1987, the ferry sails again."
    # "วันพุธที่ 14 กุมภาพันธ์ พ.ศ. 2567 เวลา 09:20 น.", "2025 m. kovo 27 d., ketvirtadienis, 8:30 val." are all date
    is_told_of = (
        len(text) > MAX_DATE_LINE and ends_sentence(text) and _says_more((before, *others), page.language)
    )
    is_sentence = len(text) > _MAX_CHARS_BESIDE or is_told_of
    return not is_sentence and count_words(others_said) <= (_MAX_SAID_BESIDE if is_beside else 0)


def _says_more(beside: Iterable[str], language: str) -> bool:
    """Whether there is more beside a date than its day of the week and a word for its time of day."""
    names = weekdays(primary(language))
    words = [word.strip(_SIGNS).lower() for part in beside for word in part.split()]
    words = [word for word in words if sum(map(str.isalpha, word)) > 1 and word not in names]
    return len(words) > 1 or sum(map(len, words)) > _LONG_WORD


def is_of_life(text: str, language: str) -> bool:
    """Whether a line begins with the days of a birth and a death, or the first and last day of something: "* 3 May 1921
    † 7 June 2008", "3 May 2026 – 7 June 2026".
    """
    before, *others = around_dates(text, language=language)
    # around two dates there are three texts
    if len(others) <= 1 or others[0].strip() not in _UNTIL:
        return False
    sign = before.strip()
    is_in_brackets = sign.endswith("(") and others[-1].lstrip().startswith(")")
    if not (is_in_brackets or sign in ("", *_BORN)):
        return False
    head, _, rest = text.partition(others[0])
    return bool(sign) or parse_date(head, language=language) != parse_date(rest, language=language)


def is_of_something_else(before: str, language: str) -> bool:
    """Whether a label before a date says neither that something was published nor by whom: "Next hearing:"."""
    label = _LABEL.search(before[-_MAX_LABEL:])
    if label is None:
        return False
    said = _PARTS.split(label[1])[-1].rstrip(" :：")
    # "Anna Berg Published:"
    is_published = names_nobody(said) or names_nobody(said.rpartition(" ")[2])
    return not (is_published or agency_called(said) is not None or is_signed(label[0], language))


def says_only_published(text: str, language: str) -> bool:
    """Whether nothing but words for publishing stands before the date: "Published: Thursday 3rd November 2022"."""
    before, *others = around_dates(text, language=language)
    return bool(others) and bool(before.strip()) and names_nobody(before)


def is_of_others_alone(text: str, evidence: Evidence) -> bool:
    """Whether a text stands in comments, cards of other articles or lines that date entries, and nowhere else on the
    page.
    """
    if not any(map(str.isdigit, text)):
        return False  # "Yesterday"; no other texts are looked at
    elsewhere, of_others = evidence.memoized(_texts_by_writer)
    # "4 March" is not in "14 March"
    whole = re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
    return whole.search(of_others) is not None and whole.search(elsewhere) is None


def _texts_by_writer(evidence: Evidence) -> tuple[str, str]:
    """The texts with figures in them: those of the page, those of its readers, of other articles and entries; a line
    each.
    """
    texts: tuple[list[str], list[str]] = [], []
    of_others = evidence.memoized(places_of_others) | evidence.memoized(entry_places)
    for at, item in enumerate(evidence.labelled):
        if any(map(str.isdigit, item.block.text)):
            texts[at in of_others].append(item.block.text)
    return "\n".join(texts[0]), "\n".join(texts[1])


def places_of_others(evidence: Evidence) -> Set[int]:
    """The places of what readers and other articles say, and of what stands beside it below the text, where a day of
    theirs may have been taken for a byline: in elements that hold none of the text; of flattened text all from the
    second block on.
    """
    labelled = evidence.labelled
    found = {at for at, item in enumerate(labelled) if item.label in NOT_OF_PAGE}
    kept = [at for at, item in enumerate(labelled) if item.is_kept]
    below = [at for at in found if not kept or at > kept[-1]]
    if evidence.declared is None:
        return found.union(range(min(below, default=len(labelled)) + 2, len(labelled)))
    of_text = {step.number for at in kept for step in labelled[at].block.path}
    boxes = {step.number for at in below for step in labelled[at].block.path} - of_text
    last = kept[-1] + 1 if kept else 0
    return found | {
        at
        for at in range(last, len(labelled))
        if any(step.number in boxes for step in labelled[at].block.path)
    }
