"""Benchmarks of time: who is compared."""

from __future__ import annotations

import click
import pytest

from benchmarks.speed import PEERS, chosen_peers

_OPTION = click.Option(["--peers"])


def test_peers_are_named_once_and_known() -> None:
    context = click.Context(click.Command("speed"))
    assert chosen_peers(context, _OPTION, "trafilatura,trafilatura-fast,trafilatura") == PEERS[1:3]
    for wrong in ("", "copydesk", "trafilatura,boilerpipe"):
        with pytest.raises(click.UsageError):
            chosen_peers(context, _OPTION, wrong)
