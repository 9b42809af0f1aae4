"""What cleaning makes of a page: its record, and how it came to it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from copydesk.cleaners.page_kind.page_evidence import PageEvidence
from copydesk.cleaners.pipeline.assembly import DescribedPage
from copydesk.cleaners.rules.disclosures.assessment import Disclosure
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import Labelled, Metadata


class Explanation(Struct, frozen=True):
    """A record, and every block of its page with all verdicts given; of an article on several pages those of all."""

    record: Record
    labelled: tuple[Labelled, ...] = ()
    metadata: Metadata = field(default_factory=Metadata)
    seen: PageEvidence | None = None
    """What the page's type was told by; None where there was nothing to look at."""
    disclosures: Mapping[int, Disclosure] = {}
    """What blocks disclose of the page's making, by their number."""


class CleanedPage(Struct, frozen=True):
    """A page by itself, before anything is masked. ``text``: all of the page's; ``described`` is None of a page that
    could not be read or shows nothing.
    """

    explanation: Explanation
    described: DescribedPage | None = None
    text: str = ""
