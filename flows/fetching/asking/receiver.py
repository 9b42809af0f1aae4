"""Who takes a body as it comes, where it is too large to be held."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # loads what speaks HTTP; whoever names a page has to do with outcomes, too
    from copydesk.flows.fetching.wire.transport import Answer


class Receiver(Protocol):
    """Takes the body of an answer in place of the outcome, which is then without one."""

    def headers(self) -> Mapping[str, str]:
        """What it asks for beside the address, at each request anew."""
        ...

    async def receive(self, answer: Answer) -> None:
        """Reads the body of an answer with a status of success, 206 too. Raises BadBody where it is none to be taken,
        and as ``Answer.parts`` does.
        """
        ...
