"""Answers that all servers give: JSON in a line, and errors in a line of it."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from copydesk.cleaners.schema import encode_value

CLOSE: Mapping[str, str] = {"connection": "close"}
"""The header of an answer after which the rest of the body is of no use."""
_CLOSING = frozenset({401, 408, 413, 415, 503})


class Json(JSONResponse):
    """JSON in a line, with its end: for terminals."""

    def render(self, content: object) -> bytes:
        return encode_value(content) + b"\n"


class BadRequest(HTTPException):
    """A request at fault; ``status`` is that of HTTP, the message one line for its sender. ``headers``: of the answer,
    beside those that its status has.
    """

    def __init__(self, status: int, message: str, headers: Mapping[str, str] = {}) -> None:
        own = CLOSE if status in _CLOSING else {}
        # seconds
        again = {"retry-after": "1"} if status == 503 else {}
        super().__init__(status, message, {**own, **again, **headers})

    def __str__(self) -> str:
        return self.detail


class Busy(BadRequest):
    """As many requests as may be are under way."""

    def __init__(self, at_once: int) -> None:
        super().__init__(503, f"{at_once:,} requests are under way, as many as may be; try again in a second")


def answer_to(error: HTTPException) -> Json:
    """The answer to a request at fault, which is an ASGI application."""
    return Json({"error": error.detail}, error.status_code, error.headers)
