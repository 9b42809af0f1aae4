"""What the pages of one article say of its origin, taken together: what one of them says, the article says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from copydesk.cleaners.schema import Provenance, Syndication, Usage

T = TypeVar("T")


def provenance_of_all(pages: Sequence[Provenance]) -> Provenance:
    """The provenance of an article on these pages, in their order.

    Of contradictions what claims or forbids more; of kinds of origin and of agencies the first that is named.
    """
    usages = [one.usage for one in pages]
    return Provenance(
        digital_source_type=_first(one.digital_source_type for one in pages),
        ai=_each_once(use for one in pages for use in one.ai),
        derived_from=_each_once(source for one in pages for source in one.derived_from),
        syndication=_first(one.syndication for one in pages if one.syndication != Syndication())
        or Syndication(),
        sponsored=_any_true([one.sponsored for one in pages]),
        press_release=_any_true([one.press_release for one in pages]),
        machine_translated=_any_true([one.machine_translated for one in pages]),
        usage=Usage(
            crawling=_strictest(one.crawling for one in usages),
            ai_training=_strictest(one.ai_training for one in usages),
            search=_strictest(one.search for one in usages),
            tdm_reserved=_any_true([one.tdm_reserved for one in usages]),
        ),
        content_credentials=any(one.content_credentials for one in pages),
        evidence=_each_once(found for one in pages for found in one.evidence),
    )


def _first(values: Iterable[T | None]) -> T | None:
    return next((value for value in values if value is not None), None)


def _each_once(values: Iterable[T]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(values))


def _any_true(values: Sequence[bool | None]) -> bool | None:
    return True if True in values else _first(values)


def _strictest(values: Iterable[T | None]) -> T | None:
    # "deny" before "allow": the order of the alphabet turned round
    said = sorted({value for value in values if value is not None}, key=str, reverse=True)
    return said[0] if said else None
