"""A rule for a block of a page: proposed from its words, and tried on the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from copydesk.cleaners.lexicon.words import fold
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import KEPT, Label, UserRule
from copydesk.flows.config.rule_proposals import Proposal, phrase_rule
from copydesk.flows.errors import SettingsError

Clean = Callable[[Sequence[UserRule]], Awaitable[Record]]
"""Makes the record of the page with some rules."""


class Trial(Struct, frozen=True):
    """A rule, the page's record with it, and the blocks that it removes from the text and brings back to it."""

    rule: UserRule
    record: Record
    removed: list[str]
    kept: list[str]


async def try_rule(wish: Proposal, own: Sequence[UserRule], clean: Clean) -> Trial:
    """The narrowest rule that does what is wished for, after the user's ``own``. Raises SettingsError if none does."""
    before = await clean(own)
    for rule in _candidates(wish, before, {rule.name for rule in own}):
        after = await clean((*own, rule))
        was, is_now = (Counter(one.text for one in record.removed) for record in (before, after))
        trial = Trial(rule, after, [*(is_now - was).elements()], [*(was - is_now).elements()])
        if trial.kept if wish.label in KEPT else trial.removed:
            return trial
    done = "removed" if wish.label in KEPT else "kept"
    raise SettingsError(f"no rule by these words changes the page: give words of a block that is {done}")


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
        rule = phrase_rule(wish, exact or texts, record, taken)
        if rule is None:
            continue
        if rule not in tried:
            yield rule
        tried.add(rule)
        lines = tuple(filter(None, map(fold, wish.text.split("\n"))))
        if len(lines) > 1 and rule.whole:
            yield replace(rule, whole=lines)


def label_of(name: str) -> Label:
    """The label of this name. Raises SettingsError where there is none."""
    if name not in list(Label):
        raise SettingsError(f"label: there is no {name[:40]!r}")
    return Label(name)
