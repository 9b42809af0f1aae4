"""A run's report brought to its Prefect server; the only module of this room that imports Prefect."""

from __future__ import annotations

from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import ArtifactCreate
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.client.schemas.sorting import ArtifactSort
from prefect.context import FlowRunContext
from prefect.events import emit_event

from copydesk.flows.run.reporting.artifacts import KEYS, RUNS_SHOWN, pages_of
from copydesk.flows.run.reporting.events import Happened, events_of
from copydesk.flows.run.reporting.report import Report, from_metadata, key_of


def show(report: Report) -> None:
    """Writes the run's artifacts, and emits its events. Raises what the client raises where the server is gone."""
    context = FlowRunContext.get()
    flow_run = context.flow_run if context is not None else None
    key = key_of(KEYS[0], report.name)
    with get_client(sync_client=True) as client:
        earlier = client.read_artifacts(
            artifact_filter=ArtifactFilter(key=ArtifactFilterKey(any_=[key])),
            sort=ArtifactSort.CREATED_DESC,
            limit=RUNS_SHOWN - 1,
            offset=0,  # left out it is sent as null, which fastapi from 0.151 on refuses
        )
        past = [from_metadata(one.metadata_) for one in earlier]
        for page in pages_of(report, past):
            client.create_artifact(
                ArtifactCreate(
                    key=page.key,
                    type="markdown",
                    description=page.description,
                    data=page.data,
                    metadata_=dict(page.metadata) if page.metadata else None,
                    flow_run_id=flow_run.id if flow_run else None,
                )
            )
    for happened in events_of(report):
        emit(happened)


def emit(happened: Happened) -> None:
    """Hands an event to Prefect, which sends it beside the run, with the flow run and its deployment as related."""
    emit_event(
        happened.event,
        resource=dict(happened.resource),
        related=[dict(one) for one in happened.related],
        payload=dict(happened.payload),
    )
