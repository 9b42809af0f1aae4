"""The status of a record by its reason code: the one table of what could not be read, and what is no article.

Whether and when a page is requested again does not depend on its status: ``is_answer`` decides by the code as well.
"""

from __future__ import annotations

from collections.abc import Mapping

from copydesk.cleaners.patterns import lazy_pattern
from copydesk.cleaners.schema import Status

REJECTED = (
    # what the page is instead of an article
    *("index", "category", "search", "not_found", "error_page", "captcha", "consent", "login"),
    "needs_javascript",
    *("no_article", "empty"),
    # it was there and read, and is nothing that can be cleaned
    *(
        "wrong_type",
        "undecodable",
        "too_large",
        "too_complex",
        "bad_page",
        "no_page",
        "cut_short",
        "bad_status",
    ),
    # another page came, or too many did
    *("redirected_away", "too_long"),
    # its publisher does not let us have it
    *("robots_denied", "tdm_reserved"),
)
PARTIAL = (
    *("product", "forum", "service", "paywall", "script_body"),
    *("continuation", "continuation_later"),
)
_STATUSES: Mapping[str, Status] = {
    **{code: "rejected" for code in REJECTED},  # noqa: C420 - for its type
    **{code: "partial" for code in PARTIAL},  # noqa: C420 - as above
}
# 4xx is a plain no, 206 a part that nobody requested; 408 and 429 ask for patience
_NO = lazy_pattern(r"http_(?!408|429)[24]\d\d")
_ANSWERS = frozenset({"robots_denied", "redirected_away", "too_long", "too_large"})


def status_by(reason: str) -> Status:
    """The status that goes with a reason, be it a code alone or with its sentence: ``failed`` (it could not be read)
    unless the table says otherwise. A ``partial`` one whose page has no text is ``rejected``.
    """
    return _STATUSES.get(_code(reason), "failed")


def is_answer(reason: str) -> bool:
    """Whether a page is not to be had because its site says so: the same is to be expected a little later, and what was
    read of it before is not spoken against.
    """
    code = _code(reason)
    return code in _ANSWERS or _NO.fullmatch(code) is not None


def _code(reason: str) -> str:
    return reason.partition(":")[0]
