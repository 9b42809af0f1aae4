"""Which lines with a date say when a page was published."""

from __future__ import annotations

from copydesk.cleaners.dates.written_dates import around_dates
from copydesk.cleaners.lexicon.agencies import agency_called
from copydesk.cleaners.lexicon.byline_words import is_modified_note
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.metadata.authors import fields_of, is_signed
from copydesk.cleaners.metadata.person_names import has_cjk, names_nobody
from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.sentence_ends import ends_sentence
from copydesk.cleaners.sites import bare_name
from copydesk.cleaners.word_count import count_words

MAX_DATE_LINE = 40
"""Characters of a line that is a date and hardly more."""
_MAX_CHARS_BESIDE = 120  # of a line with a date, a name, a section; set by hand
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
    if is_of_something_else(before, page.language):
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
    is_sentence = len(text) > _MAX_CHARS_BESIDE or (len(text) > MAX_DATE_LINE and ends_sentence(text))
    return not is_sentence and count_words(others_said) <= (_MAX_SAID_BESIDE if is_beside else 0)


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
