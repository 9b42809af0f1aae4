"""A line about a page without an article: the problem, its place, and what to do."""

from __future__ import annotations

from copydesk.cleaners.errors import TOO_LARGE
from copydesk.cleaners.schema import Record
from copydesk.flows.library.records.line_key import LineKey
from copydesk.flows.sources.kinds.json_lines import CONVERT_IT, MEND_IT
from copydesk.flows.sources.standard_input import KIND as STANDARD_INPUT_KIND
from copydesk.flows.web_kinds import WEB_KINDS

_SAVE_AGAIN = "save it again from its source, or leave it out"
WHAT_TO_DO = {
    # codes of pages: the content, then the type
    **dict.fromkeys(("empty", "not_found", "error_page"), _SAVE_AGAIN),
    "wrong_type": "give pages only",
    "undecodable": CONVERT_IT,
    "too_large": "cut it or leave it out",
    "too_complex": "leave it out",
    "no_article": "copydesk explain shows what each block was taken for",
    **dict.fromkeys(("index", "category", "search"), "give the pages it leads to instead"),
    "captcha": "save the page from your browser once it is shown, or leave it out",
    "consent": "save the page from your browser once consent is given, or leave it out",
    "login": "save the page from your browser once you are logged in, or leave it out",
    "needs_javascript": "save the page as a browser shows it",
    # codes of a worker that failed
    "timeout": "it took too long; report it if it is an ordinary page",
    "memory": "it took too much memory; report it if it is an ordinary page",
    "crashed": "it took its worker process down; please report it",
    **dict.fromkeys(("error", "broken_law"), "a fault of copydesk; please report it with the page"),
    # codes of files and archives, before there is a page to clean
    "missing": "check the name",
    "not_a_file": "pipe it to standard input (-) instead",
    "outside": "name its target to have it read",
    **dict.fromkeys(("cut_short", "truncated", "damaged", "bad_status"), _SAVE_AGAIN),
    "broken_line": MEND_IT,
}
"""Reason code to advice, for pages on the disk."""
WHAT_TO_DO_WITH_A_URL = {
    **dict.fromkeys(("empty", "cut_short", "truncated", "damaged"), "fetch it again"),
    "not_found": "take it off the list, or check the URL",
    "error_page": "fetch it again later",
    "captcha": "fetch it in another way",
    "consent": "fetch it with the consent given",
    "login": "fetch it with a log-in, or take it off the list",
    "needs_javascript": 'build it with --browser, or in a list of sources with fetch = "browser"',
}
"""The same for web pages, if it differs."""
WHAT_TO_DO_ON_THE_WEB = {
    "robots_denied": "ask the site for permission, or save the page from your browser and give the file",
    "http_401": "it needs a login: set its headers in a list of sources",
    "http_403": "save the page from your browser and give the file, or identify yourself with --contact",
    **dict.fromkeys(("http_404", "dns", "tls", "bad_redirect", "downgrade", "no_feed"), "check the URL"),
    "http_410": "leave it out",
    "too_many_redirects": "check the URL, or set cookies = true in a list of sources",
    **dict.fromkeys(("connect", "timeout", "truncated", "retry_later", "over_budget"), "try again later"),
    **dict.fromkeys(("http_429", "http_500", "http_502", "http_503", "http_504"), "try again later"),
}
"""Reason code to advice, for pages that could not be fetched."""


def line_about(record: Record) -> str | None:
    """The line for a rejected or failed record, None for a usable one."""
    if record.status in ("ok", "partial"):
        return None
    code, _, _ = (record.reason or "unknown").partition(": ")
    where = record.source.name or record.url or record.id
    is_of_the_web = record.source.kind in WEB_KINDS
    # a list has many URLs
    if is_of_the_web and record.url and record.url != where:
        where = f"{where}: {record.url}"
    # nothing was fetched: nobody has piped anything in
    if code == "empty" and record.source.kind == STANDARD_INPUT_KIND:
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
    not_fetched = WHAT_TO_DO_ON_THE_WEB.get(code) if detail else None
    return not_fetched or WHAT_TO_DO_WITH_A_URL.get(code) or WHAT_TO_DO.get(code)
