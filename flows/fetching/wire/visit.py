"""A visit: one page of which the parts are asked for as well, so that it can be built."""

from __future__ import annotations

from copydesk.flows.fetching.wire.bodies import BadBody


class Visit:
    """What the requests for a page and its parts share: a host's turn, and so many bytes as they come over
    the network.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self.is_open = False
        """Whether the page itself has come: from then on the visit's requests to a host keep no pause between them."""

    def weigh(self, size: int) -> None:
        """Counts bytes that have come. Raises BadBody where the visit's are used up."""
        self._bytes += size
        # at every call from then on: what of the visit still runs ends as well
        if self.is_too_large:
            raise BadBody("too_large", f"the page and its parts are more than {self._most_bytes:,} bytes")

    @property
    def is_too_large(self) -> bool:
        """Whether more has come than the visit may cost."""
        return self._bytes > self._most_bytes
