"""The description of the server for programs (OpenAPI 3.1), and a page of it for people that asks no other server."""

from __future__ import annotations

from functools import cache
from html import escape
from typing import Any

import msgspec

from copydesk.cleaners.record.records import VERSION
from copydesk.cleaners.schema import Record
from copydesk.flows.servers.ingesting import Ingested, IngestRequest
from copydesk.flows.servers.requests import FORMATS, CleanRequest

_COMPONENT = "#/components/schemas/{name}"
_TEXT = {"schema": {"type": "string"}}
_FAULTS = {
    "400": "the request asks for nothing that there is",
    "401": "the token is missing or wrong",
    "403": "the page may not be fetched: a private address, or robots.txt denies it; or this server stores nothing",
    "408": "the body did not come",
    "413": "the body is larger than the limit",
    "415": "the content type is none of these",
    "422": "the page gave no article, or went beyond its limits of time or memory",
    "502": "the page could not be fetched",
    "503": "too many requests are under way, or a run is writing to the folder: try again after the seconds in "
    "Retry-After; or the server is stopping",
}
_STYLE = """:root{color-scheme:light dark}body{font:1rem/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;
padding:0 1rem}pre{overflow:auto;padding:.75rem;border:1px solid #8888;border-radius:.25rem}dt{font-weight:600}"""
_EXAMPLES = {
    "/clean": "curl -H 'content-type: text/html' -H 'accept: text/markdown' --data-binary @page.html {base}/clean",
    "/clean/batch": "curl -N -T pages.jsonl -X POST {base}/clean/batch",
    "/ingest": "curl -H 'content-type: text/html' --data-binary @page.html '{base}/ingest?url=https://example.org/1'",
    "/health": "curl {base}/health",
    "/metrics": "curl {base}/metrics",
}


@cache
def description() -> dict[str, Any]:
    """The OpenAPI document."""
    refs, schemas = msgspec.json.schema_components(
        [CleanRequest, Record, IngestRequest, Ingested], ref_template=_COMPONENT
    )
    request, record, page_to_store, ingested = refs
    schemas["Error"] = {
        "type": "object",
        "properties": {
            "error": {"type": "string", "description": "in a line: what is wrong, where, and what to do"}
        },
        "required": ["error"],
    }
    content = dict.fromkeys(FORMATS.values(), _TEXT) | {FORMATS["json"]: {"schema": record}}
    answer = {"description": "the record, or the article alone", "content": content}
    lines = {"description": "a record a line, in order", "content": {"application/jsonl": {"schema": record}}}
    became = {"description": "what became of it", "content": {FORMATS["json"]: {"schema": ingested}}}
    format_ = {"name": "format", "in": "query", "schema": {"enum": list(FORMATS)}}
    url = {
        "name": "url",
        "in": "query",
        "schema": {"type": "string"},
        "description": "of a page that is sent as it is",
    }
    fetched_at = {"name": "fetched_at", "in": "query", "schema": {"type": "string", "format": "date-time"}}
    as_it_is = {"text/html": _TEXT, "text/plain": _TEXT}
    bodies = {"application/json": {"schema": request}} | as_it_is
    stored = {"application/json": {"schema": page_to_store}} | as_it_is
    return {
        "openapi": "3.1.0",
        "info": {"title": "copydesk", "version": VERSION, "description": "Article records of web pages."},
        "paths": {
            "/clean": {"post": _operation("Clean a page", answer, bodies, format_, url)},
            "/clean/batch": {
                "post": _operation("Clean many pages", lines, {"application/jsonl": {"schema": request}})
            },
            "/ingest": {"post": _operation("Store a page", became, stored, url, fetched_at)},
            "/health": {
                "get": {"summary": "Whether it is there", "responses": {"200": {"description": "it is"}}}
            },
            "/metrics": {
                "get": {"summary": "Figures for Prometheus", "responses": {"200": {"description": "text"}}}
            },
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}, {}],
    }


def _operation(
    summary: str, answer: dict[str, Any], bodies: dict[str, Any], *parameters: dict[str, Any]
) -> dict[str, Any]:
    error = {"application/json": {"schema": {"$ref": _COMPONENT.format(name="Error")}}}
    faults = {status: {"description": what, "content": error} for status, what in _FAULTS.items()}
    return {
        "summary": summary,
        "parameters": list(parameters),
        "requestBody": {"required": True, "content": bodies},
        "responses": {"200": answer, **faults},
    }


def page(base: str) -> str:
    """The page for people; ``base``: the URL of the server."""
    parts = [
        f"<h2><code>{method.upper()} {path}</code></h2><p>{escape(operation['summary'])}.</p>"
        f"<pre><code>{escape(_EXAMPLES[path].format(base=base))}</code></pre>"
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
    ]
    faults = "".join(f"<dt>{status}</dt><dd>{escape(what)}</dd>" for status, what in _FAULTS.items())
    fields = "".join(f"<li><code>{name}</code></li>" for name in CleanRequest.__struct_fields__)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>copydesk API</title><style>{_STYLE}</style>'
        '<meta name="viewport" content="width=device-width"><main><h1>copydesk API</h1>'
        '<p>The description for programs: <a href="/openapi.json">openapi.json</a>.</p>'
        f"{''.join(parts)}<h2>Fields of a request in JSON</h2><ul>{fields}</ul>"
        f"<h2>Statuses of an error</h2><dl>{faults}</dl></main></html>"
    )
