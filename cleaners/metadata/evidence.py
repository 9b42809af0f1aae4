"""What may tell a page's metadata, and what was found of it so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final, NamedTuple

from msgspec import field

from copydesk.cleaners.dates.timestamps import MAX_REJECTED, REJECTED, DateBounds, as_rejected, bounds_of
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.headers import known_at
from copydesk.cleaners.memoization import MemoizedStruct
from copydesk.cleaners.types import Candidate, Labelled, Metadata, Page

DATES: Final = frozenset({"date_published", "date_modified"})
"""Fields whose values are held against the time of the fetch; what cannot be is kept beside them as it was written."""
# set by hand, against keywords that hold a whole text or a site's every subject
_MOST: Final = {"tag": 50, "image": 10}


class Evidence(MemoizedStruct, frozen=True, dict=True):
    """All that may tell a page's metadata.

    ``declared``: what its markup declares; None for flattened text. ``early``: title and language as they were
    asked for before the page was judged (``origins.find_early``). ``labelled``: its blocks with their labels.
    ``headline``: the line of flattened text that is its headline, or ``""``. ``language``: of the blocks.
    """

    page: Page
    declared: Declared | None = None
    early: Metadata = field(default_factory=Metadata)
    labelled: Sequence[Labelled] = ()
    headline: str = ""
    language: str = "und"

    @property
    def markup(self) -> Declared:
        """What the markup declares. Raises TypeError for flattened text, which is never asked."""
        if self.declared is None:
            raise TypeError("flattened text declares nothing")
        return self.declared

    @property
    def title(self) -> str | None:
        """The title that the markup declares, near whose heading bylines and dates are looked for."""
        best = self.early.best("title")
        return best.value if best else None

    @cached_property
    def bounds(self) -> DateBounds:
        """What dates are held against."""
        return bounds_of(known_at(self.page.fetched_at, self.page.headers))


class Said(NamedTuple):
    """A value of a field and where it was found. ``written``: of a date, what it was read from, which is all there is
    of a date that cannot be; ``clock``: see ``Candidate``. ``url``: of an author, where one may read about them.
    """

    value: str
    origin: str
    written: str = ""
    url: str = ""
    clock: str = ""


class Way(StrEnum):
    """How what an origin says joins what the origins before it said."""

    BEHIND = "behind"
    ELSE = "else"
    """Only where nothing was found so far; else the origin is not even asked."""
    BEFORE = "before"
    INSTEAD = "instead"
    """In place of all that was found so far, where the origin says anything."""


class Found:
    """The values found so far, best first, each once a field."""

    def __init__(self, bounds: DateBounds) -> None:
        self._bounds = bounds
        # a dict keeps the order in which values came, which is their rank
        self._said: dict[str, dict[str, Said]] = {}

    def has(self, field: str) -> bool:
        return field in self._said

    def first(self, field: str) -> str | None:
        """The best value of a field."""
        return next(iter(self._said.get(field, ())), None)

    def all(self, field: str) -> tuple[str, ...]:
        """All values of a field, best first."""
        return tuple(self._said.get(field, ()))

    def add(self, field: str, way: Way, said: Iterable[Said]) -> None:
        """Takes in what an origin says of a field."""
        offered = self._possible(field, said) if field in DATES else said
        new = [one for one in offered if one.value]
        if not new:
            return
        known = [] if way is Way.INSTEAD else [*self._said.get(field, {}).values()]
        joined: dict[str, Said] = {}
        for one in (*new, *known) if way is Way.BEFORE else (*known, *new):
            joined.setdefault(one.value, one)  # of the same value the first origin holds
        self._said[field] = joined

    def _possible(self, field: str, said: Iterable[Said]) -> Iterable[Said]:
        """The dates that can be; the others are set aside."""
        for one in said:
            if one.value and self._bounds.admits(one.value):
                yield one
            elif written := as_rejected(one.written):
                rejected = self._said.setdefault(REJECTED + field, {})
                if len(rejected) < MAX_REJECTED:
                    rejected.setdefault(written, Said(written, one.origin))

    def metadata(self) -> Metadata:
        """All of it; ``author_url`` has an entry for each author, empty where none is known."""
        found = {
            field: tuple(Candidate(one.value, one.origin, one.clock) for one in said.values())[
                : _MOST.get(field)
            ]
            for field, said in self._said.items()
        }
        authors = self._said.get("author", {}).values()
        if any(one.url for one in authors):
            found["author_url"] = tuple(Candidate(one.url, one.origin) for one in authors)
        return Metadata(MappingProxyType(found))
