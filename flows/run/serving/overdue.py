"""Runs that fell due while nobody could begin them: they do not pile up."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient

MOST_RUNS = 200
"""As many as the server gives at once."""


async def fold_overdue(client: PrefectClient, deployments: Collection[UUID]) -> None:
    """Keeps runs that fell due while another was under way from piling up: of each deployment the latest stays.

    Where none is, nothing is touched: the runner is about to begin one of them.
    """
    if await _is_under_way(client, deployments):
        for deployment_id in deployments:
            await drop_overdue(client, deployment_id, keep=1)


async def _is_under_way(client: PrefectClient, deployments: Collection[UUID]) -> bool:
    """Whether a run of any of them goes on: as long as it does, no other is begun."""
    from prefect.client.schemas import filters
    from prefect.client.schemas.objects import StateType

    running = filters.FlowRunFilterStateType(any_=[StateType.RUNNING])
    return bool(
        await client.read_flow_runs(
            deployment_filter=filters.DeploymentFilter(id=filters.DeploymentFilterId(any_=list(deployments))),
            flow_run_filter=filters.FlowRunFilter(state=filters.FlowRunFilterState(type=running)),
            limit=1,
        )
    )


async def drop_overdue(client: PrefectClient, deployment_id: UUID, *, keep: int) -> None:
    """Deletes runs that are due but have not begun, all but the latest ``keep``."""
    from prefect.client.schemas import filters
    from prefect.client.schemas.objects import StateType
    from prefect.client.schemas.sorting import FlowRunSort
    from prefect.exceptions import ObjectNotFound

    now = datetime.now(UTC)  # any datetime will do, whatever the annotation says
    scheduled = filters.FlowRunFilterStateType(any_=[StateType.SCHEDULED])
    overdue = await client.read_flow_runs(
        deployment_filter=filters.DeploymentFilter(id=filters.DeploymentFilterId(any_=[deployment_id])),
        flow_run_filter=filters.FlowRunFilter(
            state=filters.FlowRunFilterState(type=scheduled),
            expected_start_time=filters.FlowRunFilterExpectedStartTime(before_=now),  # type: ignore[arg-type]
        ),
        # latest first, so that the first `keep` are those that stay
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=MOST_RUNS,  # left out it is sent as null, which fastapi from 0.151 on refuses
    )
    for run in overdue[keep:]:
        # somebody else has deleted it meanwhile
        with suppress(ObjectNotFound):
            await client.delete_flow_run(run.id)
