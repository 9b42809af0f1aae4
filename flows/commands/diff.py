"""``copydesk diff``: which pages have changed, and a word-level diff of the text of a page between two versions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from heapq import nlargest
from itertools import chain

import click
import msgspec

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.schema import Change
from copydesk.cleaners.text_forms import letters
from copydesk.cleaners.word_count import UNSPACED
from copydesk.flows.commands.streams import table
from copydesk.flows.errors import SettingsError
from copydesk.flows.fetching.wire.addresses import spellings_of
from copydesk.flows.library.reading import LibraryRecords, StoredRecords
from copydesk.flows.library.records.line_key import LineKey
from copydesk.flows.library.records.record_lines import key_of
from copydesk.flows.shortening import SHOWN_ID_CHARS, counted

# set by hand: fewer common characters are chance
_LEAST_COMMON = 6
_COLUMNS = ("ID", "READ", "VERSION", "CHANGE", "PAGE")
# set by hand: more would bury the advice
_IDS_SHOWN = 10
# of a changed paragraph; set by hand: two of them take half a second
_MANY_WORDS = 1_000
# a word with the space before it; scripts without spaces letter by letter
_TOKEN = lazy_pattern(rf"([^\S\n]*)(\n|{UNSPACED.pattern}|(?:(?!{UNSPACED.pattern})\S)+)")
_Parts = list[tuple[str, str, str]]
"""The parts of a text in order: ``same`` or ``changed``, with the words before and after."""


class Version(LineKey, frozen=True):
    """The fields of a version that are shown; a line that is no whole record may have them, too."""

    text: str = ""
    change: Change | None = None

    @property
    def named(self) -> str:
        """Its number and time."""
        return f"version {self.version}" + (f" ({self.fetched_at})" if self.fetched_at else "")

    @property
    def changed(self) -> str:
        """How it differs from the version before, where that is known."""
        return f"{self.change.kind}, {self.change.share:.1%} of the words" if self.change else ""


_decode = msgspec.json.Decoder(Version).decode


def diff_lines(backend: StoredRecords, name: str, *, first: int | None, last: int | None) -> Iterator[str]:
    """The lines of a word-level diff between two versions of a page; by default the last two.

    ``name``: the id of the page, the beginning of the id, its URL (as it was requested, or canonical), or the name of
    its source. Raises SettingsError if there is no such page or version.
    """
    found = _versions(backend, name)
    numbers = sorted(found)
    page = found[numbers[-1]]
    if len(numbers) == 1:
        yield f"{page.id} {page.url or page.source.name}" + f": there is only one version, {page.named}"
        return
    to = _chosen(numbers, last, "--to", numbers[-1])
    start = _chosen(numbers, first, "--from", max((one for one in numbers if one < to), default=to))
    old, new = found[start], found[to]
    yield f"{page.id} {page.url or page.source.name}"
    # it compares with the version before
    change = new.changed if to == start + 1 else ""
    yield f"{old.named} to {new.named}" + (f": {change}" if change else "")
    if old.title != new.title:
        yield from ("", "title: " + _shown(_compared(old.title or "", new.title or "")))
    for line in _changed_lines(
        *([line for line in text.split("\n") if line.strip()] for text in (old.text, new.text))
    ):
        yield from ("", line)


def changed_pages(backend: StoredRecords, *, limit: int) -> Iterator[str]:
    """The lines of a table of the pages that have changed, at most so many of them, the newest change first."""
    library = backend if isinstance(backend, LibraryRecords) else None
    keys = library.keys() if library else filter(None, map(key_of, backend.lines()))
    changed = [key for key in keys if key.version > 1 and not key.is_past]
    if not changed:
        yield "no page has changed: there is one version of each"
        return
    newest = nlargest(limit, changed, key=lambda one: one.fetched_at or "")
    rows: dict[tuple[str, int], tuple[str, ...]] = dict.fromkeys(
        ((key.id, key.version) for key in newest), ()
    )
    # of a library only their lines are read
    few = (library.lines_called(id_) for id_, _ in rows) if library else (backend.lines(),)
    for line in chain.from_iterable(few):
        if (key := key_of(line)) is not None and (key.id, key.version) in rows:
            page = _decode(line)
            about = (page.id[:SHOWN_ID_CHARS], page.fetched_at or "-", f"{page.version}", page.changed)
            rows[key.id, key.version] = (*about, page.url or page.source.name)
    yield from table((_COLUMNS, *filter(None, rows.values())), right={2})
    if further := len(changed) - len(newest):
        yield f"… and {counted(further, 'more page')}; --limit lists more"
    yield "copydesk diff ID shows what has changed in a page"


def _versions(backend: StoredRecords, name: str) -> dict[int, Version]:
    """The versions of the page with this name."""
    found: dict[str, dict[int, Version]] = {}
    nearest, most = "", _LEAST_COMMON - 1
    names = frozenset(spellings_of(name))
    # the usual case: only what is not found is looked for by likeness
    called = [*backend.lines_called(name)] if isinstance(backend, LibraryRecords) else ()
    for line in called or backend.lines():
        key = key_of(line)
        if key is None:
            continue
        if key.id.startswith(name) or not names.isdisjoint((key.url, key.canonical_url, key.source.name)):
            found.setdefault(key.id, {})[key.version] = _decode(line)
        for known in (key.id, key.url or "", key.canonical_url or "", key.source.name):
            # a typing error leaves beginning and end
            if (common := _common(known, name) + _common(known[::-1], name[::-1])) > most:
                nearest, most = known, common
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        ids, further = sorted(found)[:_IDS_SHOWN], len(found) - _IDS_SHOWN
        listed = ", ".join(ids) + (f" and {further:,} more" if further > 0 else "")
        raise SettingsError(f"{name}: {len(found):,} pages match; choose one by its id: {listed}")
    hint = (
        f"did you mean {nearest}?"
        if nearest
        else "a page is named by its id, its URL or its whole source name"
    )
    raise SettingsError(f"{name}: no such page in {backend.where}; {hint}")


def _common(one: str, other: str) -> int:
    return next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _chosen(numbers: Sequence[int], number: int | None, option: str, otherwise: int) -> int:
    if number is None:
        return otherwise
    if number not in numbers:
        known = ", ".join(map(str, numbers))
        raise SettingsError(f"{option} {number}: no such version; there are {known}")
    return number


def _changed_lines(old: Sequence[str], new: Sequence[str]) -> Iterator[str]:
    """The changed lines, word by word, with the number of equal lines between them."""
    # compared by letters, as versions are: white space is no change
    matcher = SequenceMatcher(None, [*map(letters, old)], [*map(letters, new)], autojunk=False)
    for what, start, end, new_start, new_end in matcher.get_opcodes():
        if what == "equal":
            yield click.style(f"… {counted(end - start, 'paragraph')} unchanged", dim=True)
        else:
            yield _shown(_compared("\n".join(old[start:end]), "\n".join(new[new_start:new_end])))


def _compared(old: str, new: str) -> _Parts:
    """Two texts, word by word; the space before a change is outside it."""
    before, after = (_TOKEN.findall(text) for text in (old, new))
    # without spaces: there are so many that comparing them would take the time by the square of their number
    old_words, new_words = ([word for _, word in tokens] for tokens in (before, after))
    # so would frequent words of a long paragraph: there they find no place by themselves
    is_long = max(len(old_words), len(new_words)) > _MANY_WORDS
    matcher = SequenceMatcher(None, old_words, new_words, autojunk=is_long)
    parts: _Parts = []
    for what, start, end, new_start, new_end in matcher.get_opcodes():
        left, right = before[start:end], after[new_start:new_end]
        space = next((space for space, _ in (*right[:1], *left[:1]) if space), "")
        parts.append(("same", space, space))
        kind = "same" if what == "equal" else "changed"
        # without the space before the first word
        old_text, new_text = (
            "".join(chain(*side))[len(side[0][0]) if side else 0 :] for side in (left, right)
        )
        parts.append((kind, old_text, new_text))
    return parts


def _shown(parts: _Parts) -> str:
    # marks as of wdiff, so that changes are visible without colours, too
    return "".join(
        right
        if kind == "same"
        else _each_line(left, "[-", "-]", "red") + _each_line(right, "{+", "+}", "green")
        for kind, left, right in parts
    )


def _each_line(text: str, before: str, after: str, colour: str) -> str:
    return "\n".join(
        click.style(f"{before}{line}{after}", fg=colour) if line.strip() else line
        for line in text.split("\n")
    )
