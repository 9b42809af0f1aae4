"""What a page's metadata is extracted from, and the values found so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from operator import itemgetter
from types import MappingProxyType
from typing import Final, Literal

from msgspec import field
from msgspec.structs import replace

from copydesk.cleaners.dates.timestamps import (
    DATE_FIELDS,
    MAX_REJECTED,
    REJECTED,
    DateBounds,
    as_rejected,
    bounds_of,
)
from copydesk.cleaners.markup.declared import Declared
from copydesk.cleaners.markup.headers import known_at
from copydesk.cleaners.memoization import MemoizedStruct
from copydesk.cleaners.metadata.selected import Selected
from copydesk.cleaners.sites import bare
from copydesk.cleaners.types import Candidate, Labelled, Metadata, Page

# set by hand, against keywords that hold a whole text or a site's every subject
_MOST: Final = {"tag": 50, "image": 10}


class Evidence(MemoizedStruct, frozen=True, dict=True):
    """All that a page's metadata is extracted from.

    ``declared``: what its markup declares; None for flattened text. ``early``: title and language as they were
    found before the page was judged (``origins.find_early``). ``labelled``: its blocks with their labels.
    ``headline``: the line of flattened text that is its headline, or ``""``. ``language``: of the blocks.
    ``selected``: by field, what a user's rules select for it. ``has_lines``: whether its lines are read as those of
    flattened text, as those of Markdown are.
    """

    page: Page
    declared: Declared | None = None
    early: Metadata = field(default_factory=Metadata)
    labelled: Sequence[Labelled] = ()
    headline: str = ""
    language: str = "und"
    selected: Mapping[str, Sequence[Selected]] = {}
    has_lines: bool = False

    @cached_property  # asked for by each origin
    def markup(self) -> Declared:
        """What the markup declares. Raises TypeError for flattened text, for which it is never called."""
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


Precedence = Literal["append", "fallback", "prepend", "replace"]
"""How the values of an origin join those of the origins before it. ``fallback``: only where nothing was found so far,
else the origin is not searched; ``replace``: in place of all that was found so far, where the origin has a value.
"""


class Found:
    """The values found so far, best first, each once a field."""

    def __init__(self, bounds: DateBounds) -> None:
        self._bounds = bounds
        # a dict keeps the order in which values came, which is their rank
        self._values: dict[str, dict[str, Candidate]] = {}
        # the origins that give a value, also those whose value was known before
        self._given: dict[str, set[tuple[str, str]]] = {}
        self.fields = self._values.keys()
        """Those that have a value."""

    def first(self, field: str) -> str | None:
        """The best value of a field."""
        return next(iter(self._values.get(field, ())), None)

    def all(self, field: str) -> tuple[str, ...]:
        """All values of a field, best first."""
        return tuple(self._values.get(field, ()))

    def add(self, field: str, precedence: Precedence, values: Iterable[Candidate]) -> None:
        """Takes in the values an origin has for a field."""
        new: dict[str, Candidate] = {}
        for one in self._possible(field, values) if field in DATE_FIELDS else values:
            if one.value:
                self._given.setdefault(field, set()).add((one.value, one.origin))
                new.setdefault(one.value, one)  # of the same value the first origin holds
        if new:
            known = {} if precedence == "replace" else self._values.get(field, {})
            # the first to come keep their place, the last their candidate
            self._values[field] = new | known | new if precedence == "prepend" else known | new | known

    def confirm(self, field: str, value: str, origins: Iterable[str]) -> None:
        """Counts origins that give a value, without listing the value."""
        self._given.setdefault(field, set()).update((value, origin) for origin in origins)

    # what cannot be is kept beside the field, as it was written
    def _possible(self, field: str, values: Iterable[Candidate]) -> list[Candidate]:
        """The dates that can be; the others are set aside."""
        possible: list[Candidate] = []
        for one in values:
            written = as_rejected(one.written)
            if one.value and self._bounds.admits(one.value):
                possible.append(replace(one, written=written))
            elif written:
                rejected = self._values.setdefault(REJECTED + field, {})
                if len(rejected) < MAX_REJECTED:
                    rejected.setdefault(written, Candidate(written, one.origin))
        return possible

    def metadata(self) -> Metadata:
        """All of it."""
        found = {field: tuple(values.values())[: _MOST.get(field)] for field, values in self._values.items()}
        agreement = {field: self._agreeing(field, values[0].value) for field, values in found.items()}
        return Metadata(MappingProxyType(found), MappingProxyType(agreement))

    def _agreeing(self, field: str, best: str) -> int:
        """How many origins give the value: the same day of a date, else the same letters and digits."""
        given = self._given.get(field, set())
        compare = itemgetter(slice(10)) if field in DATE_FIELDS else bare
        same = compare(best) or best
        return len({origin for value, origin in given if value == best or (compare(value) or value) == same})
