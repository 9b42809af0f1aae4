"""Stores a new version of a page when its text has changed.

Only ``ok`` records have versions; other records replace one another in place (``line_key.py``).

Text that is on the page in both readings is no change, even if it is judged or split differently or in another order:
neither an update of copydesk nor a page that shuffles its blocks makes versions. Clock times are no change, either.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from msgspec.structs import asdict

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.schema import Change, Record
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.word_count import count_words, words
from copydesk.flows.library.records.identity import Reading
from copydesk.flows.library.records.line_key import moment_of
from copydesk.flows.library.records.plan import BatchPlan, PlannedRecord
from copydesk.flows.library.records.record_lines import decode_record
from copydesk.flows.library.records.record_table import RecordTable
from copydesk.flows.stored_content import REASON as RESERVED

MAX_EDIT_SHARE = 0.5
"""Set by hand: if more words have changed, a file without URL is another article, not an edit of the one with the same
name and headline.
"""
# set by hand: shorter lines may be part of others by chance ("15" in "2015")
_LEAST_LETTERS = 25
"""Lines of so many letters are looked for within other lines: a page may be split differently."""
_CLOCK = lazy_pattern(r"(?<!\d)[0-2]?\d[:.h][0-5]\d(?:[:.][0-5]\d)?(?!\d)")
# set by hand: "Updated 12:03", "12:03:54 CET"; a sentence that gives a time has more
_WORDS_BESIDE_CLOCK = 2
# as in the rule `wording.correction`: "Correction" alone heads a list and corrects nothing
_NOTICE_CHARS = 25


def set_versions(plan: BatchPlan, table: RecordTable, *, keep_all: bool) -> None:
    """Sets the version of every record that was read. ``keep_all``: the new version is appended, and the past one stays
    with the hash of the next; else it replaces the last one, and earlier ones stay.
    """
    for new in plan.added:
        _continue_versions(plan, new)
    # the lines of all other records need not be decoded
    may_be_versions = {
        number: entry
        for number, entry in plan.entries.items()
        if entry is not None
        and entry.page is not None
        and (held := plan.held.get(number)) is not None
        and (entry.id != held.id or held.version > 1 or _has_other_text(entry, held))
    }
    for number, line in table.lines(may_be_versions):
        _set_version(plan, number, may_be_versions[number], line, keep_all=keep_all)
    # in the order in which they were read, pages and versions together
    plan.added.sort(key=lambda entry: -1 if entry.page is None else entry.page)


def _has_other_text(entry: PlannedRecord, held: Reading) -> bool:
    return None not in (entry.reading.text, held.text) and entry.reading.text != held.text


def _set_version(plan: BatchPlan, number: int, entry: PlannedRecord, line: bytes, *, keep_all: bool) -> None:
    """Sets the version of a record that was read; ``line``: the stored record at its number."""
    held, page = plan.held[number], entry.page or 0
    if entry.id != held.id:
        # it replaces an alias, whose versions are of another page
        _continue_versions(plan, entry)
        return
    if _has_other_text(entry, held):
        old, new = decode_record(line), decode_record(plan.pages[page].line)
        if plan.is_of_this_run(number):
            # a page that was read twice in a run has no version between
            _keep_version(plan, entry, new, old)
            return
        before, now = moment_of(old.fetched_at), moment_of(new.fetched_at)
        if before is not None and now is not None and now < before:
            # an older page, perhaps from an archive: the stored record stays
            plan.entries[number] = PlannedRecord(held.id, held, number, None)
            return
        change = _change(old, new)
        has_no_url = new.url is None and new.canonical_url is None
        # a file with the same name and headline, but another text, is another article
        if change and new.id != held.id and has_no_url and change.share > MAX_EDIT_SHARE:
            plan.entries[number] = PlannedRecord(held.id, held, number, None)
            plan.added.append(PlannedRecord(new.id, entry.reading, None, page))
            return
        if change:
            entry.fields |= {"version": held.version + 1, "previous": old.content_hash, "change": change}
            plan.stored.versions += 1
            if keep_all:
                plan.added.append(PlannedRecord(entry.id, entry.reading, None, page, entry.fields))
                fields = {"next": new.content_hash}
                plan.entries[number] = PlannedRecord(entry.id, held, number, None, fields)
            return
    if held.version > 1:
        _keep_version(plan, entry, decode_record(plan.pages[page].line), decode_record(line))


def _change(old: Record, new: Record) -> Change | None:
    """How the text of a page has changed; None if that makes no new version."""
    if old.status != "ok" or new.status != "ok":
        return None
    # the same response, cleaned by other rules
    if old.fetched_at is not None and old.fetched_at == new.fetched_at:
        return None
    # a version would keep data that is to be masked now
    if _masked_kinds(old) != _masked_kinds(new):
        return None
    # without stored removals (--removed full), text that options moved looks like a change
    has_removals = all(any(one.text for one in record.removed) for record in (old, new))
    return change_of(old, new) if has_removals or _policy(old) == _policy(new) else None


def _masked_kinds(record: Record) -> frozenset[str]:
    """The kinds of data that were masked, whether or not the text had any."""
    counts = asdict(record.processing.masked) if record.processing.masked else {}
    return frozenset(kind for kind, count in counts.items() if count is not None)


def _policy(record: Record) -> tuple[object, ...]:
    """The options that decide what is in the text, and manual decisions."""
    made = record.processing
    return made.keep, made.drop, made.overrides, made.favor


def _keep_version(plan: BatchPlan, entry: PlannedRecord, new: Record, old: Record) -> None:
    """Keeps the version of a record that is replaced in place."""
    entry.fields |= {"version": old.version, "previous": old.previous, "change": old.change}
    if (new.reason or "").partition(":")[0] == RESERVED:
        # the reservation is for all versions of the page
        entry.fields |= {"previous": None, "change": None}
        plan.entries.update((past.number, None) for past in plan.past.get(entry.id, ()))


def _continue_versions(plan: BatchPlan, entry: PlannedRecord) -> None:
    """Makes a record follow past versions with its id, whose newest version was replaced by another page."""
    if past := plan.past.get(entry.id):
        last = max(past, key=lambda row: row.key.version)
        entry.fields |= {"version": last.key.version + 1, "previous": last.content_hash}


def change_of(old: Record, new: Record) -> Change | None:
    """How the text of a page has changed from one reading to a later one; None if it has not.

    The share is that of words in deleted and added lines, whatever their order, among all words of both texts. Without
    the texts of ``removed``, text that is judged differently counts as changed.
    """
    before, after = _lines(old.text), _lines(new.text)
    # regardless of white space and Unicode forms
    forms_before, forms_after = (frozenset(map(letters, lines)) for lines in (before, after))
    only_before = [line for line in before if letters(line) not in forms_after]
    only_after = [line for line in after if letters(line) not in forms_before]
    deleted, added = _not_on(new, only_before), _not_on(old, only_after)
    if not deleted and not added:
        return None
    gone = _words_of(only_before, deleted, new.text)
    new_words = _words_of(only_after, added, old.text)
    differing = (gone - new_words).total() + (new_words - gone).total()
    total = len(words(old.text)) + len(words(new.text))
    # a notice of a correction is in an added line, or in a removed one if the page has a new date of change
    candidates = [*added]
    if new.date_modified != old.date_modified:
        candidates += _not_on(old, [line for one in new.removed for line in one.text.split("\n")])
    is_correction = any(_is_notice(line, new.language) for line in candidates)
    # at least one word: perhaps only punctuation has changed
    share = round(max(differing, 1) / max(total, 1), 4)
    return Change(kind="correction" if is_correction else "update", share=min(share, 1.0))


def _words_of(lines: Sequence[str], differing: Sequence[str], other: str) -> Counter[str]:
    """The words of the lines that differ, and of those that are now part of a longer line: it differs by the rest."""
    text, differs = letters(other), frozenset(differing)
    return Counter(
        word
        for line in lines
        if line in differs or (len(found := letters(line)) >= _LEAST_LETTERS and found in text)
        for word in words(line)
    )


def _lines(text: str) -> list[str]:
    """The lines of a text, without times of day, which change with each reading."""
    lines = filter(str.strip, text.split("\n"))
    return [
        line
        for line in lines
        if not (_CLOCK.search(line) and count_words(_CLOCK.sub(" ", line)) <= _WORDS_BESIDE_CLOCK)
    ]


def _not_on(record: Record, lines: Sequence[str]) -> list[str]:
    """The lines that are nowhere on the page of a record: neither in its text nor in the removals."""
    if not lines:
        return []
    removed_lines = frozenset(letters(line) for one in record.removed for line in one.text.split("\n"))
    # "\n" between the blocks: a line may be part of a block, but not of two
    page = "\n".join((letters(record.text), *(letters(one.text) for one in record.removed)))
    return [
        line
        for line in lines
        if (found := letters(line)) not in removed_lines
        and (len(found) < _LEAST_LETTERS or found not in page)
    ]


def _is_notice(line: str, language: str) -> bool:
    """Whether a line would be labelled a correction, by its words."""
    # imported here: they load the language files, which most runs do not need in this process
    from copydesk.cleaners.lexicon.words import matcher
    from copydesk.cleaners.wording.cues import codes_for

    if len(line) < _NOTICE_CHARS:
        return False
    hits = (matcher(code).find(line).get("wording.correction") for code in codes_for(line, language))
    # not "contains": prose reports corrections of others, a notice begins with the word
    return any(hit is not None and hit.mode != "contains" for hit in hits)
