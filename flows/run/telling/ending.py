"""How a run ended, in the words of Prefect's states: a type, a name and a message of one line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from copydesk.flows.run.source_lines import name_of
from copydesk.flows.run.summary import one_line
from copydesk.flows.run.telling.markdown_text import counted
from copydesk.flows.sources.source_tally import SourceTally

_CAPITALS = re.compile(r"(?<=[a-z])(?=[A-Z])")
# set by hand: what a list of runs shows of a message without being opened, several times over
_MESSAGE_CHARS = 500
# set by hand: the first few tell whether it is one site or the network
_NAMED = 3


class Name(StrEnum):
    """The names of final states, as Prefect shows them, and as events of its own have them."""

    COMPLETED = "Completed"
    WITH_FAILURES = "CompletedWithFailures"
    NOTHING_READ = "NothingRead"
    FAILURE_LIMIT = "FailureLimit"
    NOT_WRITTEN = "NotWritten"
    FAILED = "Failed"
    CANCELLED = "Cancelled"


FAILED = frozenset({Name.NOTHING_READ, Name.FAILURE_LIMIT, Name.NOT_WRITTEN, Name.FAILED})
"""Names of states whose type is Failed."""


class Ending(Struct, frozen=True):
    """How a run ended. ``message``: one line."""

    name: Name
    message: str

    @property
    def label(self) -> str:
        """The name as events have it: ``completed-with-failures``."""
        return _CAPITALS.sub("-", self.name).lower()


def ending_of(
    headline: str,
    sources: Sequence[SourceTally],
    *,
    is_interrupted: bool = False,
    is_stopped: bool = False,
    unwritten: Sequence[str] = (),
) -> Ending:
    """How a run ended that came to what the headline says. ``is_stopped``: at the failure limit; ``unwritten``: a line
    for each view that could not be written.
    """
    troubled = [one for one in sources if one.failed or one.list_problem]
    said = "; ".join(filter(None, (headline, _what_failed(troubled))))
    if is_interrupted:
        return _ending(Name.CANCELLED, f"Interrupted after {headline}")
    if is_stopped:
        return _ending(Name.FAILURE_LIMIT, f"Stopped at the failure limit after {said}")
    if unwritten:
        return _ending(Name.NOT_WRITTEN, "; ".join((headline, *unwritten)))
    if not troubled:
        return _ending(Name.COMPLETED, headline)
    return _ending(Name.NOTHING_READ if _is_in_vain(sources) else Name.WITH_FAILURES, said)


def _ending(name: Name, message: str) -> Ending:
    return Ending(name, one_line(message, most=_MESSAGE_CHARS))


def _is_in_vain(sources: Sequence[SourceTally]) -> bool:
    """Whether nothing at all was read: no page, be it an article or none, and no list that is as it was."""
    return not any(one.read or one.rejected or one.has_nothing_new for one in sources)


def _what_failed(troubled: Sequence[SourceTally]) -> str:
    """``courier: 3 failed (http_500), gazette: its list could not be read``, and how many sources more."""
    if not troubled:
        return ""
    named = ", ".join(f"{name_of(one)}: {_of_one(one)}" for one in troubled[:_NAMED])
    further = len(troubled) - _NAMED
    return f"{named} and {counted(further, 'more source')}" if further > 0 else named


def _of_one(one: SourceTally) -> str:
    if not one.failed:
        return "its list could not be read"
    codes = Counter(one.failed_for).most_common(_NAMED)
    return f"{one.failed:,} failed ({', '.join(code for code, _ in codes)})"
