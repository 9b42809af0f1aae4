"""A phrase rule from words of a page, and a rule's place in the settings file."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.lexicon.words import fold
from copydesk.cleaners.rules.user_rules import BadRuleError, read_user_rule
from copydesk.cleaners.schema import Record
from copydesk.cleaners.sites import host_of
from copydesk.cleaners.types import KEPT, Label, UserRule
from copydesk.flows.config.settings import FILE_NAME, RULE_KEY, read_file, settings_in
from copydesk.flows.config.settings_tables import rules_in
from copydesk.flows.config.source_entry import as_rule_table
from copydesk.flows.config.toml_places import append_table, read_toml, toml_lines
from copydesk.flows.errors import SettingsError
from copydesk.flows.suggestions import suggestion

# set by hand: enough to distinguish rules, short enough for counts and records
_NAME_WORDS = 4


class Proposal(Struct, frozen=True):
    """The text that a rule is to find, its label and its name; without a name it is made from the text.

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


def phrase_rule(
    wish: Proposal, texts: Iterable[str], record: Record, taken: Collection[str]
) -> UserRule | None:
    """The narrowest phrase rule for the text, which some of ``texts`` contain; None: none of them does.

    ``record``: of the page with the texts; ``taken``: the names of other rules. Raises SettingsError for a text without
    letters.
    """
    phrase = fold(wish.text)
    if not phrase:
        raise SettingsError(f"{wish.text!r} has no letters; give words of the page")
    meant = [folded for folded in map(fold, texts) if contains_words(folded, phrase)]
    host = host_of(record.url or record.canonical_url or "").removeprefix("www.")
    rule = UserRule(
        name=wish.name or _name(phrase, taken),
        label=wish.label,
        reason=f"taught from {record.url or record.source.name}",
        sites=() if wish.is_everywhere or not host else (host,),
    )
    if not meant:
        return None
    if all(text == phrase for text in meant):
        return replace(rule, whole=(phrase,))
    if all(text.startswith(f"{phrase} ") for text in meant):
        return replace(rule, start=(phrase,))
    return replace(rule, contains=(phrase,))


def contains_words(text: str, phrase: str) -> bool:
    """Whether a folded text contains a folded phrase; by words: "party" does not contain "art"."""
    return f" {phrase} " in f" {text} "


def _name(phrase: str, taken: Collection[str]) -> str:
    words = [word for word in phrase.split() if word.isalpha()][:_NAME_WORDS]
    name = "-".join(words) or "taught"
    numbered = (f"{name}-{number}" for number in range(2, len(taken) + 3))
    return name if name not in taken else next(one for one in numbered if one not in taken)


def as_toml(rule: UserRule, *, header: str = RULE_KEY) -> str:
    """The rule as a table of the settings file. Raises SettingsError if it cannot be read back."""
    table = as_rule_table(rule)
    written = "\n".join((*toml_lines(header, table), ""))
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
    rules_in(found)
    path = folder / (found.name if found else FILE_NAME)

    def check(_: bytes, after: bytes) -> None:
        text = after.decode("utf-8")
        try:
            read_toml(text)
        except ValueError as error:
            raise SettingsError(f"{path}: its rules are written inline; make them tables [[rule]]") from error
        rules_in(settings_in(path.name, text))

    append_table(path, as_toml(rule, header=found.rule_header if found else RULE_KEY), check)
    return path.name
