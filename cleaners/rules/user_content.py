"""What a user's rules select on a page: the element that holds its text, and where fields of its record are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lxml import etree
from msgspec import Struct

from copydesk.cleaners.metadata.selected import FIELDS, MAX_NODES, Selected
from copydesk.cleaners.rules.user_rules import PREFIX, rules_of
from copydesk.cleaners.rules.user_selectors import compiled, element_of, evaluate, named
from copydesk.cleaners.segment.elements import numbers_of
from copydesk.cleaners.types import Block, UserRule, Verdict


class Content(Struct, frozen=True):
    """The part of a page that a rule names as its content. ``inside``: the numbers of its blocks; ``verdict``: of what
    is outside; ``selector``: the one that found it, as evidence names it.
    """

    inside: frozenset[int]
    verdict: Verdict
    selector: str


def left_empty(content: Content) -> str:
    """What is said of a page without text, whose content a rule names."""
    return f"rule {content.verdict.rule.removeprefix(PREFIX)} left no text (outside of {content.selector})"


def find_fields(
    rules: tuple[UserRule, ...], root: etree._Element, url: str | None
) -> dict[str, tuple[Selected, ...]]:
    """What the rules for the page at ``url`` select for fields of its record. Raises as ``find_content`` does."""
    found: dict[str, list[Selected]] = {}
    for rule in rules_of(rules, url):
        for key, field in FIELDS.items():
            for selector in getattr(rule, key):
                if nodes := evaluate(compiled(selector), root):
                    found.setdefault(field, []).append(Selected(PREFIX + rule.name, tuple(nodes[:MAX_NODES])))
    return {field: tuple(selected) for field, selected in found.items()}


def find_content(
    rules: tuple[UserRule, ...], blocks: Sequence[Block], root: etree._Element | None, url: str | None
) -> tuple[Content | None, tuple[str, ...]]:
    """The content that the first rule finds, and the names of the rules before it that find none.

    Raises BadKey if a path cannot be evaluated on this page.
    """
    missed: list[str] = []
    if root is None:
        return None, ()
    for rule in rules_of(rules, url):
        for selector in rule.content:
            if inside := _blocks_in(evaluate(compiled(selector), root), blocks, root):
                how = named(selector)
                outside = Verdict(rule.label, PREFIX + rule.name, f"{rule.reason} (outside of {how})")
                return Content(inside, outside, how), tuple(missed)
        if rule.content:
            missed.append(rule.name)
    return None, tuple(missed)


def _blocks_in(nodes: Sequence[Any], blocks: Sequence[Block], root: etree._Element) -> frozenset[int]:
    """The numbers of the blocks in these nodes."""
    elements = {element_of(node) for node in nodes}
    numbers = {*numbers_of(root, elements).values()} if elements else set[int]()
    return frozenset(block.index for block in blocks if any(step.number in numbers for step in block.path))
