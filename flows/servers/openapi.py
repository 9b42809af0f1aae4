"""The description of the server for programs (OpenAPI 3.1), and a page of it for people that asks no other server."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec
import yaml

from copydesk.cleaners.record.records import VERSION
from copydesk.cleaners.schema import Record
from copydesk.flows.review.page import part, template
from copydesk.flows.servers.ingesting import Ingested, IngestRequest
from copydesk.flows.servers.requests import CleanRequest

_PACKAGE = "copydesk.flows.servers"
_COMPONENT = "#/components/schemas/{name}"


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document."""
    document: dict[str, Any] = yaml.safe_load(part("openapi.yaml", _PACKAGE))
    _, schemas = msgspec.json.schema_components(
        [CleanRequest, Record, IngestRequest, Ingested], ref_template=_COMPONENT
    )
    document["info"]["version"] = VERSION
    document["components"]["schemas"] |= schemas
    return document


def page(base: str) -> str:
    """The page for people; ``base``: the URL of the server."""
    paths, fields = description()["paths"], CleanRequest.__struct_fields__
    return template("docs.html.jinja", _PACKAGE).render(base=base, paths=paths, fields=fields)
