"""Runs that fell due while nobody could begin them: they do not pile up."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from prefect.client.orchestration import PrefectClient
    from prefect.client.schemas.objects import FlowRun

MOST_RUNS = 200
"""As many as the server gives at once."""


async def fold_overdue(client: PrefectClient, deployments: Collection[UUID]) -> None:
    """Keeps runs that fell due while another was under way from piling up: of each deployment the latest stays.

    Where none is, nothing is touched: the runner is about to begin one of them.
    """
    for deployment_id in deployments:
        for run in (await _overdue(client, deployment_id))[1:]:
            # looked up before each: once that one has ended, the runner chooses the next as soon as its process is gone
            if not await _is_under_way(client, deployments):
                return
            await _delete(client, run)


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


async def drop_overdue(client: PrefectClient, deployment_id: UUID) -> None:
    """Deletes runs that are due but have not begun."""
    for run in await _overdue(client, deployment_id):
        await _delete(client, run)


async def _overdue(client: PrefectClient, deployment_id: UUID) -> list[FlowRun]:
    """Runs that are due but have not begun, the latest first."""
    from prefect.client.schemas import filters
    from prefect.client.schemas.objects import StateType
    from prefect.client.schemas.sorting import FlowRunSort

    now = datetime.now(UTC)  # any datetime will do, whatever the annotation is
    scheduled = filters.FlowRunFilterStateType(any_=[StateType.SCHEDULED])
    return await client.read_flow_runs(
        deployment_filter=filters.DeploymentFilter(id=filters.DeploymentFilterId(any_=[deployment_id])),
        flow_run_filter=filters.FlowRunFilter(
            state=filters.FlowRunFilterState(type=scheduled),
            expected_start_time=filters.FlowRunFilterExpectedStartTime(before_=now),  # type: ignore[arg-type]
        ),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=MOST_RUNS,  # left out it is sent as null, which fastapi from 0.151 on refuses
    )


async def _delete(client: PrefectClient, run: FlowRun) -> None:
    from prefect.exceptions import ObjectNotFound

    # somebody else has deleted it meanwhile
    with suppress(ObjectNotFound):
        await client.delete_flow_run(run.id)
