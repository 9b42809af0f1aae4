"""The sections of a page: runs of blocks that an article fills, or another one does."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from copydesk.cleaners.judge.cohesion.terms import Bools, Floats, Ints
from copydesk.cleaners.judge.layout import Layout

_MAIN_SHARE = 0.6  # of the page's prose in the main element, as in `features._elements`; set by hand
_BOX_PROSE = 2  # blocks of prose from which an element is a section; a paragraph's own is none
_BETWEEN, _OUTSIDE = -1, -2


class Sections(Struct, frozen=True):
    """A page cut into runs of blocks: per block ``of``, its section; per section ``starts`` and ``ends``."""

    of: Ints
    starts: Ints
    ends: Ints


def under_headings(headings: Bools) -> Sections:
    """A section from each of these headings to the next; the first is what comes before them all."""
    return _sections(np.cumsum(headings))


def of_main_element(layout: Layout, is_prose: Bools, prose_chars: Floats) -> Sections:
    """Sections by elements: each in the main element that holds prose, what is between these, and what is
    outside. The main element is the deepest that holds most of the prose.
    """
    held = _under(layout, prose_chars)
    holds_most = held >= _MAIN_SHARE * max(1.0, float(prose_chars.sum()))
    main = int(np.argmax(np.where(holds_most, layout.depths, -1)))
    around = np.arange(len(layout.parents)) == main
    return _by_elements(layout, is_prose, around)


def apart_from(layout: Layout, is_prose: Bools, at: int) -> Sections:
    """Sections by elements: the outermost ones that hold prose and not block ``at``, and what is between them. A
    second article is one, however long it is and whatever it is divided into.
    """
    return _by_elements(layout, is_prose, (layout.starts <= at) & (at < layout.ends))


def _by_elements(layout: Layout, is_prose: Bools, around: Bools) -> Sections:
    """Sections that are elements right inside one of those ``around``."""
    holds_prose = _under(layout, is_prose) >= _BOX_PROSE
    # of each element the section it is in, by the number of an element; else whether it is in one of those around
    section = np.where(around, _BETWEEN, _OUTSIDE)
    for here, above in layout.levels:
        begun = np.where(holds_prose[here], here, _BETWEEN)
        section[here] = np.where(around[here], _BETWEEN, np.where(around[above], begun, section[above]))
    found = section[layout.holders]
    return _sections(np.concatenate(([0], np.cumsum(found[1:] != found[:-1]))))


def _under(layout: Layout, values: Floats | Bools) -> Floats:
    sums = np.concatenate(([0.0], np.cumsum(values)))
    under: Floats = sums[layout.ends] - sums[layout.starts]
    return under


def _sections(of: Ints) -> Sections:
    # headings number from 1 where a page begins with one: an empty section 0 is a section all the same
    starts = np.searchsorted(of, np.arange(int(of[-1]) + 1))
    return Sections(of, starts, np.append(starts[1:], len(of)))
