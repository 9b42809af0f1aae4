"""A phrase rule from words of a page (``copydesk teach`` and ``try``): proposed, tried on the page, and appended to the
settings file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.lexicon.words import fold
from copydesk.cleaners.rules.user_rules import read_user_rule
from copydesk.cleaners.schema import Record
from copydesk.cleaners.sites import host_of
from copydesk.cleaners.types import KEPT, Label, UserRule
from copydesk.cleaners.user_tables import table_of
from copydesk.flows.config.settings import FILE_NAME, RULE_KEY, read_file, settings_in
from copydesk.flows.config.settings_tables import rules_in
from copydesk.flows.config.toml_places import append_table, read_toml, toml_lines
from copydesk.flows.errors import SettingsError, setting_errors

# of the text, in a name: set by hand, enough to distinguish rules and short enough for tables
_NAME_WORDS = 4


class Proposal(Struct, frozen=True):
    """The text that a rule should find, its label, and its name; None: the name is made from the text.

    ``is_everywhere``: for all sites, not only for that of the page.
    """

    text: str
    label: Label = Label.OTHER
    name: str | None = None
    is_everywhere: bool = False


class Trial(Struct, frozen=True):
    """A rule, the page's records with it and without it, and the blocks that it removes from the text and brings back
    to it.
    """

    rule: UserRule
    record: Record
    before: Record
    removed: list[str]
    kept: list[str]


async def try_rule(
    wish: Proposal, own: Sequence[UserRule], clean: Callable[[Sequence[UserRule]], Awaitable[Record]]
) -> Trial | None:
    """The narrowest rule that does what is wished for, after the user's ``own``; None if none does.

    ``clean`` makes the record of the page with some rules. Raises SettingsError for a text without letters.
    """
    before = await clean(own)
    for rule in _candidates(wish, before, {rule.name for rule in own}):
        after = await clean((*own, rule))
        was, is_now = (Counter(one.text for one in record.removed) for record in (before, after))
        trial = Trial(rule, after, before, [*(is_now - was).elements()], [*(was - is_now).elements()])
        if trial.kept if wish.label in KEPT else trial.removed:
            return trial
    return None


def _candidates(wish: Proposal, record: Record, taken: set[str]) -> Iterator[UserRule]:
    if wish.label in KEPT:
        places = [[one.text for one in record.removed]]
    else:
        # a paragraph of the text is a block with line breaks, or several blocks
        places = [record.text.split("\n"), record.text.split("\n\n")]
    tried = set()
    phrase = fold(wish.text)
    for texts in places:
        # who selects a block means it alone
        exact = [text for text in texts if fold(text) == phrase]
        rule = _phrase_rule(wish, exact or texts, record, taken)
        if rule is None:
            continue
        if rule not in tried:
            yield rule
        tried.add(rule)
        lines = tuple(filter(None, map(fold, wish.text.split("\n"))))
        if len(lines) > 1 and rule.whole:
            yield replace(rule, whole=lines)


def _phrase_rule(
    proposal: Proposal, blocks: Sequence[str], record: Record, names: Collection[str]
) -> UserRule | None:
    """The narrowest phrase rule that finds the proposed text in blocks of the record; None if no block contains it.

    ``names``: of the other rules.
    """
    phrase = fold(proposal.text)
    if not phrase:
        raise SettingsError(f"{proposal.text!r} has no letters; give words of the page")
    matching = [folded for folded in map(fold, blocks) if contains_words(folded, phrase)]
    if not matching:
        return None
    host = host_of(record.url or record.canonical_url or "").removeprefix("www.")
    rule = UserRule(
        name=proposal.name or _name(phrase, names),
        label=proposal.label,
        reason=f"taught from {record.url or record.source.name or 'a page without a URL'}",
        sites=() if proposal.is_everywhere or not host else (host,),
    )
    if all(text == phrase for text in matching):
        return replace(rule, whole=(phrase,))
    if all(text.startswith(f"{phrase} ") for text in matching):
        return replace(rule, start=(phrase,))
    return replace(rule, contains=(phrase,))


def contains_words(text: str, phrase: str) -> bool:
    """Whether a folded text contains a folded phrase as whole words: "party" does not contain "art"."""
    return f" {phrase} " in f" {text} "


def _name(phrase: str, names: Collection[str]) -> str:
    """A new name from the words of a phrase."""
    name = "-".join([word for word in phrase.split() if word.isalpha()][:_NAME_WORDS]) or "taught"
    candidates = (name, *(f"{name}-{number}" for number in range(2, len(names) + 2)))
    return next(one for one in candidates if one not in names)


def as_toml(rule: UserRule, *, header: str = RULE_KEY) -> str:
    """The rule as a table of the settings file. Raises SettingsError if it cannot be read back."""
    table = table_of(rule)
    written = "\n".join((*toml_lines(header, table), ""))
    with setting_errors("no valid rule: "):
        read_user_rule(table)
        read_toml(written)
    return written


def append_rules(folder: Path, rules: Sequence[UserRule]) -> str:
    """Appends rules to the settings file, which is created if missing; returns the name of the file.

    Raises SettingsError if the file is wrong, or has inline rules, EnvironmentFault if it cannot be written; the file
    is unchanged then.
    """
    settings = read_file(folder)
    rules_in(settings)
    path = folder / (settings.name if settings else FILE_NAME)

    def check(_: bytes, after: bytes) -> None:
        text = after.decode("utf-8")
        try:
            read_toml(text)
        except ValueError as error:
            raise SettingsError(f"{path}: its rules are written inline; make them tables [[rule]]") from error
        rules_in(settings_in(path.name, text))

    header = settings.header(RULE_KEY) if settings else RULE_KEY
    append_table(path, "\n".join(as_toml(rule, header=header) for rule in rules), check)
    return path.name
