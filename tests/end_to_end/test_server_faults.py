"""Runs over hosts that misbehave, in all the ways of ``server_faults``: each page is accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import httpx2
import pytest
from conftest import HANG_SECONDS
from misbehaving_hosts import Host, certificate, page, running
from server_faults import FAULTS, Fault
from web_runs import read

from copydesk.cleaners.types import Page
from copydesk.flows.fetching.http.politeness import FetchLimits
from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.fetching.wire import transport

PATIENT = FetchLimits(seconds=HANG_SECONDS, robots_seconds=HANG_SECONDS, attempts=1, bytes=1_000_000)
SHORT = FetchLimits(seconds=5.0, robots_seconds=5.0, attempts=1)
WELL = 3
"""Hosts of each layer that do not misbehave, among the others."""
STALLS = tuple(fault for fault in FAULTS if "timeout" in fault.comes_to)
OTHERS = tuple(fault for fault in FAULTS if fault not in STALLS)
Outcomes = dict[tuple[int, str], str | bytes]


@pytest.fixture
def certified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hosts' certificate, which is trusted."""
    file = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    return file


def outcomes(folder: Path, certified: Path, hosts: Sequence[Host], limits: FetchLimits) -> Outcomes:
    """What came of ``/fault`` and then ``/page`` of each host: the body, or the reason why there is none."""
    with running(hosts, certified) as places:
        urls = {
            f"{host.scheme}://{place}{path}": (number, path)
            for number, (host, place) in enumerate(zip(hosts, places, strict=True))
            for path in ("/fault", "/page")
        }
        source = WebSource("p", "url", tuple(urls), allowed=frozenset(places), pace_seconds=0.0)
        items = [arrival.item for arrival in read(folder, source, limits=limits).arrivals]
    assert sorted(str(item.url) for item in items) == sorted(urls)
    return {
        urls[str(item.url)]: bytes(item.body) if isinstance(item, Page) else item.reason  # type: ignore[arg-type]
        for item in items
    }


def is_expected(fault: Fault, outcome: str | bytes) -> bool:
    return ("whole" if isinstance(outcome, bytes) else outcome) in fault.comes_to


def hosts_of(faults: Sequence[Fault]) -> list[Host]:
    """A host for each fault, and some that misbehave late, on a connection that is kept."""
    late = [fault for fault in faults if fault.layer != "http1"][::3]
    return [Host(one.layer, one) for one in faults] + [Host(one.layer, one, is_late=True) for one in late]


@pytest.mark.slow
def test_a_run_survives_every_way_in_which_a_server_misbehaves(
    tmp_path: Path, certified: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is a connection that has failed used again: the next page of the same host is whole."""
    # two hundred hosts in one process: on a busy machine an answer may take longer than a silence is borne
    monkeypatch.setattr(transport, "_TIMEOUT", httpx2.Timeout(HANG_SECONDS))
    hosts = hosts_of(OTHERS) + [Host(layer) for layer in ("http1", "tls", "http2")] * WELL
    found = outcomes(tmp_path, certified, hosts, PATIENT)
    wrong = []
    for number, host in enumerate(hosts):
        first, second = found[number, "/fault"], found[number, "/page"]
        is_well = second == page("/page")
        if host.fault is None:
            is_right = is_well and first == page("/fault")
        else:
            is_right = is_expected(host.fault, first) and is_well is (host.layer != "handshake")
        if not is_right:
            wrong.append((host.fault and host.fault.name, host.layer, host.is_late, first[:60], second[:40]))
    assert not wrong, "\n".join(map(str, wrong))


@pytest.mark.slow
def test_a_run_survives_every_way_in_which_a_server_stalls(tmp_path: Path, certified: Path) -> None:
    hosts = hosts_of(STALLS)
    found = outcomes(tmp_path, certified, hosts, SHORT)
    came = [(host.fault, host.is_late, found[number, "/fault"]) for number, host in enumerate(hosts)]
    assert [one for one in came if one[0] is None or not is_expected(one[0], one[2])] == []


def test_there_are_many_ways_and_each_has_its_name() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 60
    assert {fault.layer for fault in FAULTS} == {"http1", "tls", "handshake", "http2"}
