"""What ``--runner`` names; runs on a cluster are in ``tests/flows/run/test_cluster_runs.py``."""

from __future__ import annotations

import pytest

from copydesk.flows.errors import SettingsError
from copydesk.flows.workers.dask_cluster import Cluster, cluster_named


def test_a_runner_is_this_machine_a_cluster_of_its_own_or_one_by_its_address() -> None:
    assert cluster_named("local", 2) is None
    assert cluster_named("dask", 2) == Cluster(None, 2)
    assert cluster_named("dask=tcp://scheduler:8786", 2) == Cluster("tcp://scheduler:8786", 2)


@pytest.mark.parametrize("name", ["ray", "dask=", "", "local=4"])
def test_what_is_no_runner_is_refused(name: str) -> None:
    with pytest.raises(SettingsError, match="--runner: expected local, dask or dask=ADDRESS, not "):
        cluster_named(name, 1)
