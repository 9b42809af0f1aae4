"""``copydesk teach``: proposes a rule that removes a text, shows its effect, and writes it to the settings file."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import click
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners import Explanation, clean_page, explain
from copydesk.cleaners.lexicon.words import fold
from copydesk.cleaners.rules.user_rules import find_own
from copydesk.cleaners.schema import Record
from copydesk.cleaners.suggestions import suggestion
from copydesk.cleaners.types import KEPT, Block, Kind, Label, Page, UserRule
from copydesk.flows.commands.named_pages import HowToRead, NamedPages
from copydesk.flows.config.override_file import Overrides, with_overrides
from copydesk.flows.config.rule_proposals import Proposal, Trial, as_toml, contains_words, try_rule
from copydesk.flows.errors import SettingsError
from copydesk.flows.library.reading import StoredRecords, records_at
from copydesk.flows.library.records.record_lines import decoded
from copydesk.flows.shortening import counted, shortened
from copydesk.flows.stored_content import is_reserved
from copydesk.flows.terminal import echo, tell

# set by hand: as many examples as convince a reader
_SHOWN = 3


class _Stored(Struct, frozen=True):
    """The fields of a record that are looked at; a line that is no whole record may have them, too."""

    id: str
    text: str = ""
    url: str | None = None
    canonical_url: str | None = None
    title: str | None = None
    content_hash: str | None = None

    def is_of(self, page: Record) -> bool:
        """Whether it is that of a page: by its id, or by its content if the page was stored under another name."""
        same = (self.url, self.title, self.content_hash) == (page.url, page.title, page.content_hash)
        return self.id == page.id or (page.content_hash is not None and same)


_decode_stored = msgspec.json.Decoder(_Stored).decode


def _removed_from_store(
    backend: StoredRecords, rule: UserRule, *, besides: Record
) -> Iterator[Sequence[str]]:
    """What the rule would remove from each of the texts of a store except ``besides``."""
    for record in decoded(backend.lines(), _decode_stored, backend.where, tell):
        if record.text and not record.is_of(besides):
            # a stored text has lines, not blocks; a block of several lines is missed
            lines = [line for line in record.text.split("\n") if line.strip()]
            blocks = [Block(at, Kind.PARAGRAPH, line) for at, line in enumerate(lines)]
            matches = find_own((rule,), blocks, root=None, url=record.url or record.canonical_url)
            yield [lines[at] for at in matches]


def _why_none(explanation: Explanation, text: str) -> str:
    removed = (one for one in explanation.labelled if not one.is_kept)
    gone = next((one for one in removed if contains_words(fold(one.block.text), fold(text))), None)
    if gone is not None:
        return f"{text!r} is already removed: {gone.label}, by {gone.verdict.rule}"
    name = explanation.record.source.name
    kept = (one.block.text for one in explanation.labelled if one.is_kept)
    if whole := next((block for block in kept if text.lower() in block.lower()), None):
        # elements side by side without a space between them
        return f"{text!r} is glued to other letters, and rules compare whole words; give all of {shortened(whole)!r}"
    return f"{text!r}: no block of the page contains it; copydesk explain --all {name} shows the blocks"


def removed_label(name: str) -> Label:
    """The label of this name, whose blocks are removed. Raises SettingsError for any other name."""
    known = [label.value for label in Label if label not in KEPT]
    if name not in known:
        raise SettingsError(f"--label {name}: not a label of removed text; {suggestion(name, known)}")
    return Label(name)


def teach(name: str, wish: Proposal, how: HowToRead, overrides: Overrides) -> tuple[UserRule, Iterator[str]]:
    """The rule, and the lines that show what it would remove; ``overrides``: manual decisions, which overrule it.

    Raises SettingsError if no rule can be proposed.
    """
    page, options = one_page(name, how, overrides), how.cleaning

    async def cleaned(rules: Sequence[UserRule]) -> Record:
        return clean_page(page, replace(options, user_rules=tuple(rules)))

    trial = asyncio.run(try_rule(wish, options.user_rules, cleaned))
    if trial is None:
        raise SettingsError(_why_none(explain(page, options), wish.text))
    return trial.rule, _lines(trial, how.output)


def one_page(name: str, how: HowToRead, overrides: Overrides) -> Page:
    """The one page of an input, with manual decisions. Raises SettingsError where there is none or several, and where
    its publisher, by its record, reserves it.
    """
    named = NamedPages((name,), how)
    # freed at once, and with it what fetches the pages
    found = list(islice(named, 2))
    page = with_overrides(found[0], overrides) if found else None
    if not isinstance(page, Page):
        problem = f"{page.reason}: {page.message}" if page is not None else "no page found"
        raise SettingsError(f"{name}: {problem}")
    if len(found) > 1:
        raise SettingsError(f"{name}: several pages; give one of them")
    for notice in named.closing_notices():
        echo(notice, err=True)
    if named.of_the_web.popleft() and is_reserved(clean_page(page, how.cleaning)):
        raise SettingsError(f"{name}: its publisher reserves text and data mining; its content is not shown")
    return page


def _lines(trial: Trial, output: Path) -> Iterator[str]:
    yield as_toml(trial.rule)
    yield from _effect([trial.removed], where=None)
    backend = records_at(output)
    if backend is None:
        yield f"{output}: contains no records to test the rule on"
        return
    removed = _removed_from_store(backend, trial.rule, besides=trial.before)
    yield from _effect(removed, where=backend.where)


def _effect(removed: Iterable[Sequence[str]], *, where: str | None) -> Iterator[str]:
    """What is removed from the page, or from each of the texts of a store: how much, and examples."""
    blocks = texts = of = 0
    first: list[str] = []
    for found in removed:
        of, blocks, texts = of + 1, blocks + len(found), texts + bool(found)
        first += found[: _SHOWN - len(first)]
    inside = f", in {texts:,} of them" if of > 1 else ""
    what = "this page" if where is None else f"{of:,} other records in {where}"
    yield f"of {what} it cuts {counted(blocks, 'block' if where is None else 'line')}{inside}"
    for text in first:
        yield f"  “{shortened(' '.join(text.split()))}”"
    if blocks > len(first):
        yield click.style(f"  and {blocks - len(first):,} more", dim=True)
