"""``copydesk teach``: proposes a rule that removes a text, shows its effect, and writes it to the settings file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners import Explanation, clean_page, explain
from copydesk.cleaners.lexicon.words import fold
from copydesk.cleaners.rules.user_rules import PREFIX, find_own
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Block, Kind, Options, Page, UserRule
from copydesk.flows.commands.named_pages import HowToRead, NamedPages
from copydesk.flows.commands.streams import warn
from copydesk.flows.config.override_file import Overrides, with_overrides
from copydesk.flows.config.rule_proposals import Proposal, as_toml, contains_words, phrase_rule
from copydesk.flows.errors import SettingsError
from copydesk.flows.shortening import counted, shortened
from copydesk.flows.sinks.catalogue import store_at
from copydesk.flows.sinks.record_lines import decoded
from copydesk.flows.sinks.stored_content import is_reserved
from copydesk.flows.terminal import echo

# set by hand: as many examples as convince a reader
_SHOWN = 3


class Effect(Struct):
    """What a rule removes from texts: the number of blocks and of texts concerned, of all texts, and examples."""

    blocks: int = 0
    texts: int = 0
    of: int = 0
    first: list[str] = []

    def add(self, found: list[str]) -> None:
        """Counts the blocks that it removes from one more text."""
        self.of += 1
        self.blocks += len(found)
        self.texts += bool(found)
        self.first += found[: _SHOWN - len(self.first)]


def proposed_rule(page: Page, options: Options, wish: Proposal) -> UserRule:
    """The narrowest phrase rule that removes the text from the page.

    Raises SettingsError, in a line, if no kept block of the page contains the text.
    """
    explanation = explain(page, options)
    kept = (one.block.text for one in explanation.labelled if one.is_kept)
    rule = phrase_rule(wish, kept, explanation.record, {rule.name for rule in options.user_rules})
    if rule is None:
        raise SettingsError(_why_none(explanation, wish.text))
    return rule


def effect_on_page(page: Page, options: Options, rule: UserRule) -> Effect:
    """What the rule removes from the text that is kept without it."""
    before = {one.block.index for one in explain(page, options).labelled if one.is_kept}
    after = explain(page, replace(options, user_rules=(rule, *options.user_rules)))
    found = Effect()
    found.add(
        [
            one.block.text
            for one in after.labelled
            if one.block.index in before and one.verdict.rule == PREFIX + rule.name and not one.is_kept
        ]
    )
    return found


class _Stored(Struct, frozen=True):
    id: str
    text: str = ""
    url: str | None = None
    canonical_url: str | None = None
    title: str | None = None
    content_hash: str | None = None

    def is_of(self, page: Record) -> bool:
        """Whether the record of a page: by its id, or by its content if the page was stored under another name."""
        same = (self.url, self.title, self.content_hash) == (page.url, page.title, page.content_hash)
        return self.id == page.id or (page.content_hash is not None and same)


_decode = msgspec.json.Decoder(_Stored).decode


def effect_on_store(output: Path, rule: UserRule, *, besides: Record) -> tuple[str, Effect] | None:
    """The place of the store, and what the rule would remove from its texts except ``besides``; None: no store."""
    backend = store_at(output)
    if backend is None:
        return None
    found = Effect()
    for record in decoded(backend.lines(), _decode, backend.where, warn):
        if record.text and not record.is_of(besides):
            # a stored text has lines, not blocks; a block of several lines is missed
            lines = [line for line in record.text.split("\n") if line.strip()]
            blocks = [Block(at, Kind.PARAGRAPH, line) for at, line in enumerate(lines)]
            matches = find_own((rule,), blocks, root=None, url=record.url or record.canonical_url)
            found.add([lines[at] for at in matches])
    return backend.where, found


def _why_none(explanation: Explanation, text: str) -> str:
    removed = (one for one in explanation.labelled if not one.is_kept)
    gone = next((one for one in removed if contains_words(fold(one.block.text), fold(text))), None)
    if gone is not None:
        return f"{text!r} is already removed: {gone.label}, by {gone.verdict.rule}"
    name = explanation.record.source.name
    return f"{text!r}: no block of the page contains it; copydesk explain --all {name} shows the blocks"


def teach(
    name: str, wish: Proposal, options: Options, how: HowToRead, overrides: Overrides
) -> tuple[UserRule, Iterator[str]]:
    """The rule, and the lines that show what it would remove; ``overrides``: manual decisions, which overrule it.

    Raises SettingsError if no rule can be proposed.
    """
    page = one_page(name, how, options, overrides)
    rule = proposed_rule(page, options, wish)
    return rule, _lines(page, rule, options, how)


def one_page(name: str, how: HowToRead, options: Options, overrides: Overrides) -> Page:
    """The one page of an input, with manual decisions. Raises SettingsError where there is none or several, and where
    its publisher, by its record with ``options``, reserves it.
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
    if named.of_the_web.popleft() and is_reserved(clean_page(page, options)):
        raise SettingsError(f"{name}: its publisher reserves text and data mining; its content is not shown")
    return page


def _lines(page: Page, rule: UserRule, options: Options, how: HowToRead) -> Iterator[str]:
    yield as_toml(rule)
    yield from _effect("this page", "block", effect_on_page(page, options, rule))
    stored = effect_on_store(how.output, rule, besides=clean_page(page, options))
    if stored is None:
        yield f"{how.output}: contains no records to test the rule on"
        return
    where, effect = stored
    yield from _effect(f"{effect.of:,} other records in {where}", "line", effect)


def _effect(what: str, unit: str, effect: Effect) -> Iterator[str]:
    inside = f", in {effect.texts:,} of them" if effect.of > 1 else ""
    yield f"of {what} it cuts {counted(effect.blocks, unit)}{inside}"
    for text in effect.first:
        yield f"  “{shortened(' '.join(text.split()))}”"
    if effect.blocks > len(effect.first):
        yield click.style(f"  and {effect.blocks - len(effect.first):,} more", dim=True)
