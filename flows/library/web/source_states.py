"""How the sources of a run are doing, for its reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from copydesk.flows.library.web.urls import Known


class NewestArticle(Struct, frozen=True):
    """The article of a source that came into the store last. ``url``: without secrets."""

    title: str | None
    url: str | None
    entered_at: datetime


class SourceStates(Struct, frozen=True):
    """By the names of sources: the last article, and how many URLs fail. ``urls``: these, without secrets, lists first,
    then what fails for longest; ``for_good``: the first few of them that this run has shown once more not to be helped
    by retries.
    """

    newest: Mapping[str, NewestArticle] = {}
    failing: Mapping[str, int] = {}
    urls: Sequence[Known] = ()
    for_good: Sequence[Known] = ()


NO_STATES = SourceStates()
"""Where nothing on the web was read."""
