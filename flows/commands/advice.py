"""A line about a page without an article: the problem, its place, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import tomli

from copydesk.cleaners.errors import IS_EMPTY, TOO_LARGE
from copydesk.cleaners.schema import Record
from copydesk.flows.library.records.line_key import LineKey
from copydesk.flows.sources.kinds.json_lines import CONVERT_IT
from copydesk.flows.sources.standard_input import KIND as STANDARD_INPUT_KIND
from copydesk.flows.web_kinds import WEB_KINDS

_TABLES = tomli.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
WHAT_TO_DO: Mapping[str, str] = _TABLES["disk"]
"""Reason code to advice, for pages on the disk."""
WHAT_TO_DO_WITH_A_URL: Mapping[str, str] = _TABLES["url"]
"""The same for web pages, if it differs."""


def line_about(record: Record) -> str | None:
    """The line for a rejected or failed record, None for a usable one."""
    if record.status in ("ok", "partial"):
        return None
    code, _, detail = (record.reason or "unknown").partition(": ")
    where = record.source.name or record.url or record.id
    is_of_the_web = record.source.kind in WEB_KINDS
    # a list has many URLs
    if is_of_the_web and record.url and record.url != where:
        where = f"{where}: {record.url}"
    # nothing was fetched: nobody has piped anything in
    if detail == IS_EMPTY and record.source.kind == STANDARD_INPUT_KIND:
        return f"{where}: {record.status} ({code}): nothing came in; pipe a page to it"
    text = what_is_wrong(record)
    return f"{where}: {record.status} ({code})" + (f": {text}" if text else "")


def what_is_wrong(record: Record | LineKey) -> str:
    """What is wrong with the page of a rejected or failed record, and what to do."""
    # `code: what happened`; of a code alone there is the advice only
    code, _, detail = (record.reason or "unknown").partition(": ")
    is_of_the_web = record.source.kind in WEB_KINDS
    advice = _what_to_do(record.reason, is_of_the_web)
    if code == "too_large" and detail.startswith(TOO_LARGE) and not is_of_the_web:
        advice = "cut it, or allow it: copydesk clean --max-bytes N"
    # some messages contain the advice
    if advice is not None and (
        detail.endswith((advice, CONVERT_IT)) or (code in ("wrong_type", "broken_line") and "; " in detail)
    ):
        advice = None
    return "; ".join(part for part in (detail, advice) if part)


def _what_to_do(reason: str | None, is_of_the_web: bool) -> str | None:
    """The advice for the reason of a rejected or failed record, if there is one."""
    code, _, detail = (reason or "").partition(": ")
    if not is_of_the_web:
        return WHAT_TO_DO.get(code)
    # `timeout` alone is a worker's; a server's has details
    not_fetched = _TABLES["not_fetched"].get(code) if detail else None
    return not_fetched or WHAT_TO_DO_WITH_A_URL.get(code) or WHAT_TO_DO.get(code)
