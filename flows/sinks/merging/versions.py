"""Pages whose text has changed: the record of the new text is a version of its own, beside that of the old one.

A version is a reading of an article whose text differs from the one before. Readings that are ``partial`` or no
article make none: what they replace, if ``record_rank`` lets them, they replace in place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import msgspec
from msgspec import Struct

from copydesk.cleaners.schema import Change
from copydesk.flows.sinks.identity import Reading
from copydesk.flows.sinks.merging.merge import MergePlan, PlannedRecord
from copydesk.flows.sinks.merging.text_change import ReadText, change_of
from copydesk.flows.sinks.record_rank import moment_of
from copydesk.flows.sinks.store_backend import OpenBackend
from copydesk.flows.sinks.stored_content import REASON as RESERVED

_decode = msgspec.json.Decoder(ReadText).decode
# set by hand: more is left of most edits, and less is common to two articles by chance
MOST_OF_EDITS = 0.5
"""Share of words up to which a file without an address is an edit of the one of the same name and headline."""


class _Version(Struct, frozen=True):
    """The fields of a line about its version."""

    version: int = 1
    previous: str | None = None
    change: Change | None = None


class _Outcome(Struct, frozen=True):
    status: str
    reason: str | None = None


_decode_version = msgspec.json.Decoder(_Version).decode
_decode_outcome = msgspec.json.Decoder(_Outcome).decode


def keep_all_versions(plan: MergePlan, backend: OpenBackend) -> None:
    """Has the record of a changed text follow all others; the one before stays where it is, and names it."""
    _take_up(plan, backend, _follow)


def keep_last_version(plan: MergePlan, backend: OpenBackend) -> None:
    """Has the record of a changed text take the old one's place, as its next version; past ones that there are stay."""
    _take_up(plan, backend, _replace)


VERSIONS: Mapping[str, Callable[[MergePlan, OpenBackend], None]] = MappingProxyType(
    {"all": keep_all_versions, "last": keep_last_version}
)
"""The values of ``--versions``."""


def _take_up(
    plan: MergePlan, backend: OpenBackend, put: Callable[[MergePlan, int, PlannedRecord, ReadText], None]
) -> None:
    """Gives every record that was read its version; ``put`` places one that is new, given what it follows."""
    for new in plan.added:
        _begin_again(plan, new)
    # of all others neither the old record nor the new one need be looked at
    numbers = [
        number for number, entry in plan.entries.items() if entry and _may_be_another(plan, number, entry)
    ]
    for number, line in backend.lines(numbers):
        _take_up_one(plan, number, line, put)
    # in the order they were read, be they pages or versions
    plan.added.sort(key=lambda entry: -1 if entry.page is None else entry.page)


def _may_be_another(plan: MergePlan, number: int, entry: PlannedRecord) -> bool:
    """Whether what was read for a record may be another version than the first."""
    held = plan.held.get(number)
    if held is None or entry.page is None:
        return False
    return entry.id != held.id or held.version > 1 or _has_other_text(entry, held)


def _has_other_text(entry: PlannedRecord, held: Reading) -> bool:
    return entry.text is not None and held.text is not None and entry.text != held.text


def _take_up_one(
    plan: MergePlan, number: int, line: bytes, put: Callable[[MergePlan, int, PlannedRecord, ReadText], None]
) -> None:
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
        if _is_earlier(new, old):
            # an old page that is read once more, as from an archive: nothing new is known of it
            plan.entries[number] = PlannedRecord(id=held.id, text=held.text, old_id=held.id)
            return
        change = _change(old, new)
        if change and new.id != held.id and _is_of_another_page(new, change):
            plan.entries[number] = PlannedRecord(id=held.id, text=held.text, old_id=held.id)
            plan.added.append(PlannedRecord(id=new.id, text=entry.text, page=entry.page))
            return
        if change:
            entry.fields |= {"version": held.version + 1, "previous": old.content_hash, "change": change}
            plan.versions += 1
            put(plan, number, entry, new)
            return
    if held.version > 1:
        _carry_over(plan, entry, plan.read(entry.page), _decode_version(line))


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


def _is_of_another_page(new: ReadText, change: Change) -> bool:
    """Whether a file that names no address, and has no more than the name and headline of one read before, is another
    article.
    """
    return new.url is None and new.canonical_url is None and change.share > MOST_OF_EDITS


def _is_earlier(new: ReadText, old: ReadText) -> bool:
    """Whether a record was read before the one that is there; not where one of the times is unknown."""
    times = [moment_of(record.fetched_at) for record in (new, old)]
    return times[0] is not None and times[1] is not None and times[0] < times[1]


def _follow(plan: MergePlan, number: int, entry: PlannedRecord, new: ReadText) -> None:
    plan.added.append(PlannedRecord(id=entry.id, text=entry.text, page=entry.page, fields=entry.fields))
    # without a text: only newest versions are anybody's duplicate
    plan.entries[number] = PlannedRecord(
        id=entry.id, text=None, old_id=entry.id, fields={"next": new.content_hash}
    )


def _replace(_: MergePlan, __: int, ___: PlannedRecord, ____: ReadText) -> None:
    """It has its place already."""


def _carry_over(plan: MergePlan, entry: PlannedRecord, read: bytes, was: _Version) -> None:
    """Has a record that is renewed in place stay the version it was."""
    entry.fields |= {"version": was.version, "previous": was.previous, "change": was.change}
    if (_decode_outcome(read).reason or "").partition(":")[0] == RESERVED:
        # what a publisher reserves it reserves in all states of the page
        entry.fields |= {"previous": None, "change": None}
        plan.entries.update((past.number, None) for past in plan.past.get(entry.id, ()))


def _begin_again(plan: MergePlan, entry: PlannedRecord) -> None:
    """Has a record follow the past versions that there are under its id, which lost their newest to another page."""
    if past := plan.past.get(entry.id):
        last = max((one.key for one in past), key=lambda key: key.version)
        entry.fields |= {"version": last.version + 1, "previous": last.content_hash}
