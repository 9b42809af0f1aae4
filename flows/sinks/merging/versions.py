"""Pages whose text has changed: the record of the new text is a version of its own, beside that of the old one.

A version is a reading of an article whose text differs from the one before. Readings that are ``partial`` or no
article make none: what they replace, if ``record_rank`` lets them, they replace in place.

Text that is on the page as before, and only judged or cut otherwise, or in another order, is no change: neither a
newer copydesk nor a page that shuffles its blocks makes versions. Nor is a clock.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType

import msgspec
from msgspec import Struct
from msgspec.structs import asdict

from copydesk.cleaners.schema import Change, Masked, Overridden
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.word_count import count_words, words
from copydesk.flows.sinks.identity import Reading
from copydesk.flows.sinks.merging.merge import MergePlan, PlannedRecord
from copydesk.flows.sinks.record_rank import moment_of
from copydesk.flows.sinks.store_backend import OpenBackend
from copydesk.flows.sinks.stored_content import REASON as RESERVED

# set by hand: more is left of most edits, and less is common to two articles by chance
MOST_OF_EDITS = 0.5
"""Share of words up to which a file without an address is an edit of the one of the same name and headline."""


# set by hand: a shorter line may occur in another by chance ("15" in "2015")
_FEWEST_LETTERS = 25
"""A line of so many letters is found on a page in whatever blocks it is cut."""
_CLOCK = re.compile(r"(?<!\d)[0-2]?\d[:.h][0-5]\d(?:[:.][0-5]\d)?(?!\d)")
# set by hand: "Updated 12:03", "12:03:54 CET"; a sentence that gives a time has more
_WORDS_BESIDE_CLOCK = 2
# as in the rule `wording.correction`: "Correction" alone heads a list and corrects nothing
_NOTICE_CHARS = 25


class _Removed(Struct, frozen=True):
    """A part of the page that is not in its text."""

    text: str = ""


class _Processing(Struct, frozen=True):
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
    removed: tuple[_Removed, ...] = ()
    content_hash: str | None = None
    fetched_at: str | None = None
    date_modified: str | None = None
    language: str = "und"
    reason: str | None = None
    version: int = 1
    previous: str | None = None
    change: Change | None = None
    processing: _Processing = _Processing()

    @property
    def masked_kinds(self) -> frozenset[str]:
        """The kinds of data that are masked in the text, whether or not there was any."""
        counts = asdict(self.processing.masked).items() if self.processing.masked else ()
        return frozenset(kind for kind, count in counts if count is not None)

    @property
    def policy(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Overridden, ...]]:
        """The labels that options put into the text, those they took out of it, and manual decisions."""
        return self.processing.keep, self.processing.drop, self.processing.overrides

    @property
    def has_removed_texts(self) -> bool:
        """Whether the removals are there with their texts."""
        return any(one.text for one in self.removed)


_decode = msgspec.json.Decoder(ReadText).decode


def _take_up(plan: MergePlan, backend: OpenBackend, *, keep_all: bool) -> None:
    """Gives every record that was read its version."""
    for new in plan.added:
        _begin_again(plan, new)
    # of all others neither the old record nor the new one need be looked at
    numbers = [
        number for number, entry in plan.entries.items() if entry and _may_be_another(plan, number, entry)
    ]
    for number, line in backend.lines(numbers):
        _take_up_one(plan, number, line, keep_all=keep_all)
    # in the order they were read, be they pages or versions
    plan.added.sort(key=lambda entry: -1 if entry.page is None else entry.page)


VERSIONS: Mapping[str, Callable[[MergePlan, OpenBackend], None]] = MappingProxyType(
    {
        # the record of a changed text follows all others; the one before stays where it is, and names it
        "all": partial(_take_up, keep_all=True),
        # it takes the old one's place, as its next version; past ones that there are stay
        "last": partial(_take_up, keep_all=False),
    }
)
"""The values of ``--versions``, each a ``Step``."""


def _may_be_another(plan: MergePlan, number: int, entry: PlannedRecord) -> bool:
    """Whether what was read for a record may be another version than the first."""
    held = plan.held.get(number)
    if held is None or entry.page is None:
        return False
    return entry.id != held.id or held.version > 1 or _has_other_text(entry, held)


def _has_other_text(entry: PlannedRecord, held: Reading) -> bool:
    return entry.text is not None and held.text is not None and entry.text != held.text


def _take_up_one(plan: MergePlan, number: int, line: bytes, *, keep_all: bool) -> None:
    """Gives one that was read its version; ``line``: the record that it replaces as yet."""
    entry, held = plan.entries[number], plan.held[number]
    assert entry is not None  # noqa: S101 - only such are looked up
    assert entry.page is not None  # noqa: S101 - as above
    if entry.id != held.id:
        # a page in the place of an alias: that one's versions are none of its own
        _begin_again(plan, entry)
        return
    if _has_other_text(entry, held):
        old, new = _decode(line), _decode(plan.read(entry.page))
        # where both times are known
        before, now = moment_of(old.fetched_at), moment_of(new.fetched_at)
        if before is not None and now is not None and now < before:
            # an old page that is read once more, as from an archive: nothing new is known of it
            plan.entries[number] = PlannedRecord(id=held.id, text=held.text, old_id=held.id)
            return
        change = _change(old, new)
        has_no_address = new.url is None and new.canonical_url is None
        # a file that has no more than the name and headline of one read before is another article
        if change and new.id != held.id and has_no_address and change.share > MOST_OF_EDITS:
            plan.entries[number] = PlannedRecord(id=held.id, text=held.text, old_id=held.id)
            plan.added.append(PlannedRecord(id=new.id, text=entry.text, page=entry.page))
            return
        if change:
            entry.fields |= {"version": held.version + 1, "previous": old.content_hash, "change": change}
            plan.versions += 1
            if keep_all:
                plan.added.append(
                    PlannedRecord(id=entry.id, text=entry.text, page=entry.page, fields=entry.fields)
                )
                # without a text: only newest versions are anybody's duplicate
                plan.entries[number] = PlannedRecord(
                    id=entry.id, text=None, old_id=entry.id, fields={"next": new.content_hash}
                )
            return
    if held.version > 1:
        _carry_over(plan, entry, _decode(plan.read(entry.page)), _decode(line))


def _change(old: ReadText, new: ReadText) -> Change | None:
    """How the text of a page has changed; None where that makes no version."""
    if old.status != "ok" or new.status != "ok":
        return None
    # the same answer of its server, cleaned by other rules
    if old.fetched_at is not None and old.fetched_at == new.fetched_at:
        return None
    # the page is the same, and the record that is replaced may hold what is to be masked
    if old.masked_kinds != new.masked_kinds:
        return None
    # what another choice of labels moved cannot be distinguished from what changed, where removals are not stored
    if old.policy != new.policy and not (old.has_removed_texts and new.has_removed_texts):
        return None
    return change_of(old, new)


def _carry_over(plan: MergePlan, entry: PlannedRecord, read: ReadText, was: ReadText) -> None:
    """Has a record that is renewed in place stay the version it was."""
    entry.fields |= {"version": was.version, "previous": was.previous, "change": was.change}
    if (read.reason or "").partition(":")[0] == RESERVED:
        # what a publisher reserves it reserves in all states of the page
        entry.fields |= {"previous": None, "change": None}
        plan.entries.update((past.number, None) for past in plan.past.get(entry.id, ()))


def _begin_again(plan: MergePlan, entry: PlannedRecord) -> None:
    """Has a record follow the past versions that there are under its id, which lost their newest to another page."""
    if past := plan.past.get(entry.id):
        last = max((one.key for one in past), key=lambda key: key.version)
        entry.fields |= {"version": last.version + 1, "previous": last.content_hash}


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
    gone, arrived = (Counter(word for line in lines for word in words(line)) for lines in (went, came))
    differing = (gone - arrived).total() + (arrived - gone).total()
    total = len(words(old.text)) + len(words(new.text))
    # a notice of a correction is among the new lines, and among what came with another date of change
    candidates = [*came]
    if new.date_modified != old.date_modified:
        candidates += _not_on(old, [line for one in new.removed for line in one.text.split("\n")])
    is_correction = any(_is_notice(line, new.language) for line in candidates)
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
    apart = frozenset(letters(line) for one in record.removed for line in one.text.split("\n"))
    # what was removed is held apart: a line may be cut in other places, but not out of two blocks
    whole = "\n".join((letters(record.text), *(letters(one.text) for one in record.removed)))
    return [
        line
        for line in lines
        if (found := letters(line)) not in apart and (len(found) < _FEWEST_LETTERS or found not in whole)
    ]


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
