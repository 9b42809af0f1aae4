"""``copydesk teach``: proposes a rule that removes a text, shows its effect, and writes it to the settings file."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Collection, Iterator
from pathlib import Path

import click
import msgspec
from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners import Explanation, clean_page, explain
from copydesk.cleaners.lexicon.words import fold
from copydesk.cleaners.rules.user_rules import PREFIX, BadRuleError, find_own, read_user_rule
from copydesk.cleaners.schema import Record
from copydesk.cleaners.sites import host_of
from copydesk.cleaners.types import KEPT, Block, Kind, Label, Labelled, Options, Page, UserRule
from copydesk.flows.commands.named_pages import HowToRead, NamedPages
from copydesk.flows.commands.streams import warn
from copydesk.flows.config.override_file import Overrides, with_overrides
from copydesk.flows.config.settings import FILE_NAME, RULE_KEY, read_file
from copydesk.flows.config.settings_tables import user_rules
from copydesk.flows.config.toml_places import read_toml
from copydesk.flows.errors import EnvironmentFault, SettingsError
from copydesk.flows.shortening import shortened
from copydesk.flows.sinks.catalogue import store_at
from copydesk.flows.sinks.record_lines import decoded
from copydesk.flows.sinks.reservations import is_reserved
from copydesk.flows.suggestions import suggestion
from copydesk.flows.terminal import echo

# set by hand: enough to distinguish rules, short enough for counts and records
_NAME_WORDS = 4
# set by hand: as many examples as convince a reader
_SHOWN = 3


class Proposal(Struct, frozen=True):
    """The text to remove, and label and name of the rule; without a name it is made from the text.

    ``is_everywhere``: for all sites, not only for that of the page.
    """

    text: str
    label: Label = Label.OTHER
    name: str | None = None
    is_everywhere: bool = False


def label_of_cut(name: str) -> Label:
    """The label of this name. Raises SettingsError where there is none, or its blocks are kept."""
    known = [label.value for label in Label if label not in KEPT]
    if name not in known:
        raise SettingsError(f"--label {name}: not a label of removed text; {suggestion(name, known)}")
    return Label(name)


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
    explanation, phrase = explain(page, options), fold(wish.text)
    if not phrase:
        raise SettingsError(f"{wish.text!r} has no letters; give words of the page")
    meant = [fold(one.block.text) for one in explanation.labelled if one.is_kept and _contains(one, phrase)]
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


def _contains(one: Labelled, phrase: str) -> bool:
    # by words: "party" does not contain "art"
    return f" {phrase} " in f" {fold(one.block.text)} "


def _why_none(explanation: Explanation, text: str, phrase: str) -> str:
    gone = next((one for one in explanation.labelled if not one.is_kept and _contains(one, phrase)), None)
    if gone is not None:
        return f"{text!r} is already removed: {gone.label}, by {gone.verdict.rule}"
    name = explanation.record.source.name
    return f"{text!r}: no block of the page contains it; copydesk explain --all {name} shows the blocks"


def _name(phrase: str, taken: Collection[str]) -> str:
    words = [word for word in phrase.split() if word.isalpha()][:_NAME_WORDS]
    name = "-".join(words) or "taught"
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def teach(
    name: str, wish: Proposal, options: Options, how: HowToRead, overrides: Overrides
) -> tuple[UserRule, Iterator[str]]:
    """The rule, and the lines that show what it would remove; ``overrides``: manual decisions, which overrule it.

    Raises SettingsError if no rule can be proposed.
    """
    page = _one_page(name, how, options, overrides)
    rule = proposed_rule(page, options, wish)
    return rule, _lines(page, rule, options, how)


def _one_page(name: str, how: HowToRead, options: Options, overrides: Overrides) -> Page:
    named = NamedPages((name,), how)
    pages = iter(named)
    first = next(pages, None)
    page = None if first is None else with_overrides(first, overrides)
    if not isinstance(page, Page):
        problem = f"{page.reason}: {page.message}" if page is not None else "no page found"
        raise SettingsError(f"{name}: {problem}")
    if next(pages, None) is not None:
        raise SettingsError(f"{name}: several pages; give the page that contains it")
    if notice := named.cache_notice():
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
    yield f"of {what} it cuts {effect.blocks:,} {unit}{'s' * (effect.blocks != 1)}{inside}"
    for text in effect.first:
        yield f"  “{shortened(' '.join(text.split()))}”"
    if effect.blocks > len(effect.first):
        yield click.style(f"  and {effect.blocks - len(effect.first):,} more", dim=True)


def as_toml(rule: UserRule, *, header: str = RULE_KEY) -> str:
    """The rule as a table of the settings file. Raises SettingsError if it cannot be read back."""
    table = {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in msgspec.to_builtins(rule).items()
        if value
    }
    # JSON strings and lists of strings are TOML, except for this control character
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()]
    written = "\n".join((f"[[{header}]]", *lines, "")).replace("\x7f", "\\u007f")
    try:
        read_user_rule(table)
        read_toml(written)
    except (BadRuleError, ValueError) as error:
        raise SettingsError(f"no valid rule: {error}") from error
    return written


def append_rule(folder: Path, rule: UserRule) -> str:
    """Appends a rule to the settings file, which is created if missing; returns the name of the file.

    Raises SettingsError if the file is wrong, or has inline rules, EnvironmentFault if it cannot be written; the file
    is unchanged then.
    """
    found = read_file(folder)
    path = folder / (found.name if found else FILE_NAME)
    added = as_toml(rule, header=found.rule_header if found else RULE_KEY)
    before = user_rules(folder)
    try:
        # appended, not rewritten: comments, order and line breaks stay
        with path.open("a+b") as file:
            # two commands may append at once
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            content = file.read()
            gap = b"" if not content else b"\n" if content.endswith(b"\n") else b"\n\n"
            try:
                read_toml((content + gap + added.encode()).decode("utf-8"))
            except ValueError as error:
                raise SettingsError(
                    f"{path}: its rules are written inline; make them tables [[rule]]"
                ) from error
            try:
                file.write(gap + added.encode())
                file.flush()
                os.fsync(file.fileno())
                if len(user_rules(folder)) <= len(before):
                    raise SettingsError(f"{path}: the rule cannot be read back from it; add it by hand")
            except (OSError, SettingsError):
                # half a table would leave the settings unreadable
                os.ftruncate(file.fileno(), len(content))
                if found is None:
                    path.unlink()
                raise
    except OSError as error:
        problem = (error.strerror or str(error)).lower()
        raise EnvironmentFault(f"{path}: cannot be written: {problem}; nothing was added") from error
    return path.name
