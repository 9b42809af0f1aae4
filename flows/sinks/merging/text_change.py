"""Whether the text of a page has changed between two readings of it, and how: the ``change`` of a new version.

Text that is on the page as before, and only judged or cut otherwise, or in another order, is no change: neither a
newer copydesk nor a page that shuffles its blocks makes versions. Nor is a clock.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import asdict

from copydesk.cleaners.schema import Change, Masked, Overridden
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.word_count import count_words, words

# set by hand: a shorter line may occur in another by chance ("15" in "2015")
_FEWEST_LETTERS = 25
"""A line of so many letters is found on a page in whatever blocks it is cut."""
_CLOCK = re.compile(r"(?<!\d)[0-2]?\d[:.h][0-5]\d(?:[:.][0-5]\d)?(?!\d)")
# set by hand: "Updated 12:03", "12:03:54 CET"; a sentence that gives a time has more
_WORDS_BESIDE_CLOCK = 2
# as in the rule `wording.correction`: "Correction" alone heads a list and corrects nothing
_NOTICE_CHARS = 25


class Removed(Struct, frozen=True):
    """A part of the page that is not in its text."""

    text: str = ""


class Made(Struct, frozen=True):
    """How a record was made, as far as its text depends on it."""

    masked: Masked | None = None
    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    overrides: tuple[Overridden, ...] = ()


class ReadText(Struct, frozen=True):
    """The fields of a record by which its page is compared."""

    id: str
    status: str
    url: str | None = None
    canonical_url: str | None = None
    text: str = ""
    removed: tuple[Removed, ...] = ()
    content_hash: str | None = None
    fetched_at: str | None = None
    date_modified: str | None = None
    language: str = "und"
    processing: Made = Made()

    @property
    def masked_kinds(self) -> frozenset[str]:
        """The kinds of data that are masked in the text, whether or not there was any."""
        masked = self.processing.masked
        return (
            frozenset(kind for kind, count in asdict(masked).items() if count is not None)
            if masked
            else frozenset()
        )

    @property
    def policy(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Overridden, ...]]:
        """The labels that options put into the text, those they took out of it, and manual decisions."""
        return self.processing.keep, self.processing.drop, self.processing.overrides

    @property
    def has_removed_texts(self) -> bool:
        """Whether the removals are there with their texts."""
        return any(one.text for one in self.removed)


def change_of(old: ReadText, new: ReadText) -> Change | None:
    """How the text of a page has changed from one reading to a later one; None where it has not.

    The share is of the words in lines that went or came, counted without their order, among all words of both texts.
    Without ``removed`` (``--removed``) what is judged otherwise cannot be distinguished from what has changed.
    """
    before, after = _lines(old.text), _lines(new.text)
    went = _not_on(new, _beyond(before, after))
    came = _not_on(old, _beyond(after, before))
    if not went and not came:
        return None
    gone, arrived = Counter(_words(went)), Counter(_words(came))
    differing = (gone - arrived).total() + (arrived - gone).total()
    total = len(words(old.text)) + len(words(new.text))
    is_correction = any(_is_notice(line, new.language) for line in _candidates(old, new, came))
    # punctuation alone has changed: some share it is
    share = round(max(differing, 1) / max(total, 1), 4)
    return Change(kind="correction" if is_correction else "update", share=min(share, 1.0))


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip() and not _is_clock(line)]


def _is_clock(line: str) -> bool:
    """Whether a line is a time of day: it may differ at each reading."""
    found = _CLOCK.search(line)
    return found is not None and count_words(_CLOCK.sub(" ", line)) <= _WORDS_BESIDE_CLOCK


def _beyond(lines: Sequence[str], others: Sequence[str]) -> list[str]:
    """The lines that are not among others, white space and Unicode's forms aside."""
    known = frozenset(map(letters, others))
    return [line for line in lines if letters(line) not in known]


def _not_on(record: ReadText, lines: Sequence[str]) -> list[str]:
    """The lines that are nowhere on the page of a record, be it in other blocks or in what was removed."""
    if not lines:
        return []
    removed = [letters(line) for one in record.removed for line in one.text.split("\n")]
    apart = frozenset(removed)
    # what was removed is held apart: a line may be cut in other places, but not out of two blocks
    whole = "\n".join((letters(record.text), *(letters(one.text) for one in record.removed)))
    return [line for line in lines if not _is_on_page(letters(line), apart, whole)]


def _is_on_page(line: str, apart: frozenset[str], whole: str) -> bool:
    return line in apart or (len(line) >= _FEWEST_LETTERS and line in whole)


def _words(lines: Iterable[str]) -> list[str]:
    return [word for line in lines for word in words(line)]


def _candidates(old: ReadText, new: ReadText, came: Sequence[str]) -> list[str]:
    """What may be a notice of a correction: new lines, and what came with another date of change."""
    if new.date_modified == old.date_modified:
        return list(came)
    return [*came, *_not_on(old, [line for one in new.removed for line in one.text.split("\n")])]


def _is_notice(line: str, language: str) -> bool:
    """Whether a line is labelled a correction where a page is read, as far as its words show."""
    # here: they read the language files, which most runs need not do in this process
    from copydesk.cleaners.lexicon.words import matcher
    from copydesk.cleaners.wording.cues import codes_for

    if len(line) < _NOTICE_CHARS:
        return False
    hits = (matcher(code).find(line).get("wording.correction") for code in codes_for(line, language))
    # prose reports corrections of others; a notice begins with the word
    return any(hit is not None and hit.mode != "contains" for hit in hits)
