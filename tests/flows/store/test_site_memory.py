"""Sites as the state remembers them."""

from pathlib import Path

from copydesk.flows.sinks.merging.recurring_blocks import SeenPage
from copydesk.flows.store.site_memory import StateMemory
from copydesk.flows.store.state import State


def test_pages_of_a_site_are_remembered_for_that_site(tmp_path: Path) -> None:
    seen = SeenPage("1", b"headline", b"text", b"blocks..")
    with State.open(tmp_path) as state:
        StateMemory(state).note("courier.example", [seen], journal=b"1")
    with State.open(tmp_path) as state:
        sites = StateMemory(state)
        assert sites.pages_of("courier.example", journal=b"2") == (seen,)
        assert sites.pages_of("other.example", journal=b"2") == ()
