"""``copydesk teach``: proposes a rule that cuts a text, tells what it would cut, and writes it where asked to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from copydesk.cleaners import clean_page
from copydesk.cleaners.types import Options, Page, UserRule
from copydesk.flows.commands.named.named_pages import HowToRead, NamedPages
from copydesk.flows.commands.teaching.proposal import (
    Effect,
    Wish,
    effect_on_page,
    effect_on_store,
    proposed_rule,
)
from copydesk.flows.commands.teaching.written_rule import append_rule, as_toml
from copydesk.flows.config.override_file import Overrides, with_overrides
from copydesk.flows.errors import SettingsError
from copydesk.flows.shortening import shortened
from copydesk.flows.sinks.reservations import is_reserved


def teach(
    name: str, wish: Wish, options: Options, how: HowToRead, overrides: Overrides
) -> tuple[UserRule, Iterator[str]]:
    """The rule, and the lines that tell what it would cut; ``overrides``: what persons decided, which holds against it.

    Raises SettingsError where no rule can be proposed.
    """
    page = _one_page(name, how, options, overrides)
    rule = proposed_rule(page, options, wish)
    return rule, _told(page, rule, options, how)


def write(rule: UserRule) -> str:
    """Adds the rule to the settings file of the current folder; returns the file's name. Raises as ``append_rule``."""
    return append_rule(Path.cwd(), rule)


def _one_page(name: str, how: HowToRead, options: Options, overrides: Overrides) -> Page:
    named = NamedPages((name,), how)
    pages = iter(named)
    first = next(pages, None)
    page = None if first is None else with_overrides(first, overrides)
    if not isinstance(page, Page):
        told = f"{page.reason}: {page.message}" if page is not None else "no page found"
        raise SettingsError(f"{name}: {told}")
    if next(pages, None) is not None:
        raise SettingsError(f"{name}: several pages; give the one that says it")
    if named.of_the_web.popleft() and is_reserved(clean_page(page, options)):
        raise SettingsError(f"{name}: its publisher reserves text and data mining; nothing of it is shown")
    return page


def _told(page: Page, rule: UserRule, options: Options, how: HowToRead) -> Iterator[str]:
    yield as_toml(rule)
    yield from _effect("this page", "block", effect_on_page(page, options, rule))
    stored = effect_on_store(how.output, rule, besides=clean_page(page, options))
    if stored is None:
        yield f"{how.output}: holds no records that it could cut anything from"
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
