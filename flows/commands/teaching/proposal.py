"""A rule that cuts a text, and what it would cut: on the page it was proposed from, and in what is stored."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners import Explanation, explain
from copydesk.cleaners.lexicon.words import fold
from copydesk.cleaners.rules.user_rules import PREFIX, find_own
from copydesk.cleaners.schema import Record
from copydesk.cleaners.sites import host_of
from copydesk.cleaners.types import KEPT, Block, Kind, Label, Labelled, Options, Page, UserRule
from copydesk.flows.commands.telling.talk import warn
from copydesk.flows.errors import SettingsError
from copydesk.flows.sinks.catalogue import store_at
from copydesk.flows.sinks.record_lines import decoded
from copydesk.flows.suggestions import suggestion

# set by hand: enough to tell one rule from another, short enough for counts and records
_NAME_WORDS = 4
# set by hand: as many as are read before they are believed
_SHOWN = 3


class Wish(Struct, frozen=True):
    """What is to be cut, and what the rule is to say of it; ``name``: one that is made of the text if None.

    ``is_everywhere``: on all sites, not on the page's alone.
    """

    text: str
    label: Label = Label.OTHER
    name: str | None = None
    is_everywhere: bool = False


def label_of_cut(name: str) -> Label:
    """The label of this name. Raises SettingsError where there is none, or its blocks are kept."""
    known = [label.value for label in Label if label not in KEPT]
    if name not in known:
        raise SettingsError(f"--label {name}: no label of what is cut; {suggestion(name, known)}")
    return Label(name)


class Effect(Struct):
    """What a rule cuts of texts that are kept today: how many blocks, in how many texts, and the first of them."""

    blocks: int = 0
    texts: int = 0
    of: int = 0
    first: list[str] = []

    def add(self, found: list[str]) -> None:
        """Counts what it cuts of one more text."""
        self.of += 1
        self.blocks += len(found)
        self.texts += bool(found)
        self.first += found[: _SHOWN - len(self.first)]


def proposed_rule(page: Page, options: Options, wish: Wish) -> UserRule:
    """The narrowest rule of a phrase that cuts the text from the page.

    Raises SettingsError, in a line, where the page does not say it, or not in what is kept.
    """
    explanation, phrase = explain(page, options), fold(wish.text)
    if not phrase:
        raise SettingsError(f"{wish.text!r} has no letter to look for; give words of the page")
    meant = [fold(one.block.text) for one in _kept_with(explanation, phrase)]
    if not meant:
        raise SettingsError(_why_none(explanation, wish.text, phrase))
    record = explanation.record
    host = host_of(record.url or record.canonical_url or "").removeprefix("www.")
    rule = UserRule(
        name=wish.name or _name(phrase, {rule.name for rule in options.user_rules}),
        label=wish.label,
        reason=f"taught from {record.url or record.source.name}",
        sites=() if wish.is_everywhere or not host else (host,),
    )
    if all(text == phrase for text in meant):
        return replace(rule, whole=(phrase,))
    if all(text.startswith(f"{phrase} ") for text in meant):
        return replace(rule, start=(phrase,))
    return replace(rule, contains=(phrase,))


def effect_on_page(page: Page, options: Options, rule: UserRule) -> Effect:
    """What the rule cuts of what is kept of the page without it."""
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
        """Whether a page's record: by its id, or by what it says where the page was stored under another name."""
        if self.id == page.id:
            return True
        said = (page.url, page.title, page.content_hash)
        return page.content_hash is not None and (self.url, self.title, self.content_hash) == said


_decode = msgspec.json.Decoder(_Stored).decode


def effect_on_store(output: Path, rule: UserRule, *, besides: Record) -> tuple[str, Effect] | None:
    """Where the store is, and what the rule would cut of its texts, but for one page's record; None: no store."""
    backend = store_at(output)
    if backend is None:
        return None
    found = Effect()
    for record in decoded(backend.lines(), _decode, backend.where, warn):
        if record.text and not record.is_of(besides):
            found.add([*_cut_of(record, rule)])
    return backend.where, found


def _cut_of(record: _Stored, rule: UserRule) -> Iterator[str]:
    """The lines of a text that the rule finds: its blocks, but for those that have several lines."""
    lines = [line for line in record.text.split("\n") if line.strip()]
    blocks = [Block(at, Kind.PARAGRAPH, line) for at, line in enumerate(lines)]
    for at in find_own((rule,), blocks, root=None, url=record.url or record.canonical_url):
        yield lines[at]


def _kept_with(explanation: Explanation, phrase: str) -> list[Labelled]:
    return [one for one in explanation.labelled if one.is_kept and _says(one, phrase)]


def _says(one: Labelled, phrase: str) -> bool:
    # by words: "art" is not said by "party"
    return f" {phrase} " in f" {fold(one.block.text)} "


def _why_none(explanation: Explanation, text: str, phrase: str) -> str:
    cut = next((one for one in explanation.labelled if not one.is_kept and _says(one, phrase)), None)
    if cut is not None:
        return f"{text!r} is cut already: {cut.label}, by {cut.verdict.rule}"
    name = explanation.record.source.name
    return f"{text!r}: no block of the page says so; copydesk explain --all {name} shows them"


def _name(phrase: str, taken: Collection[str]) -> str:
    words = [word for word in phrase.split() if word.isalpha()][:_NAME_WORDS]
    name = "-".join(words) or "taught"
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in numbered if one not in taken)
