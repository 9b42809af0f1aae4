"""The server behind the page: cleans what is pasted, tries rules on it, and writes them to the settings file."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from secrets import token_urlsafe
from typing import Any

import click
import msgspec
from markupsafe import Markup
from msgspec import Struct
from msgspec.structs import replace
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from copydesk.cleaners import encode
from copydesk.cleaners.errors import CopydeskError
from copydesk.cleaners.schema import Record
from copydesk.cleaners.types import KEPT, Label, Override, Page, UserRule
from copydesk.flows.config.override_file import append_override, read_overrides, with_overrides
from copydesk.flows.config.rule_proposals import Proposal, append_rules, as_toml, try_rule
from copydesk.flows.config.settings_tables import user_rules
from copydesk.flows.errors import SettingsError
from copydesk.flows.review.cut_page import cut_page
from copydesk.flows.review.page import as_json, content_policy, label_names, part, template
from copydesk.flows.servers.access import Access, Address
from copydesk.flows.servers.answers import BadRequest, Json, answer_to
from copydesk.flows.servers.requests import CleanRequest, body_of, item_of, requested
from copydesk.flows.servers.server import run_server
from copydesk.flows.servers.service import Service, ServiceSettings
from copydesk.flows.sources.catalogue import Unreadable

_PACKAGE = "copydesk.flows.servers"
_HOST = "127.0.0.1"
# set by hand: of some open tabs
_PAGES = 16
_RULE_BYTES = 1_000_000


class Wish(Struct, frozen=True, forbid_unknown_fields=True):
    """A block to keep or to remove, as ``label`` says, by its words: by a rule, or by a decision on this page.
    ``everywhere``: by a rule for all sites; ``save``: adds the rule to the settings file.
    """

    page: int
    text: str
    label: str
    everywhere: bool = False
    save: bool = False


class Playground:
    """The answers of the server. Rules and decisions of ``folder`` apply, as they are at each request. ``first``: the
    page that is shown at the beginning.
    """

    def __init__(self, settings: ServiceSettings, folder: Path, first: CleanRequest | Page | None) -> None:
        self._service = Service(settings)
        self._folder = folder
        self._first = first
        self._numbers = count(1)
        self._pages: dict[int, Page] = {}

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/", self.page),
                Route("/first", self.first, methods=["POST"]),
                Route("/clean", self.clean, methods=["POST"]),
                Route("/rule", self.rule, methods=["POST"]),
                Route("/decision", self.decide, methods=["POST"]),
            ],
            exception_handlers={BadRequest: _refuse, CopydeskError: _refuse},
            lifespan=lambda _: self._service,
        )

    async def page(self, _: Request) -> Response:
        """The page itself; nothing of anybody's is in it."""
        style = part("review.css") + part("try.css", _PACKAGE)
        script = part("elements.js") + part("try.js", _PACKAGE)
        html = template("try.html.jinja", _PACKAGE).render(
            style=Markup(style),  # noqa: S704 - our own
            script=Markup(script),  # noqa: S704 - our own
            data=as_json(label_names() | {"first": self._first is not None}),
        )
        policy = f"{content_policy(style, script)}; connect-src 'self'; frame-ancestors 'none'"
        headers = {
            "content-security-policy": policy,
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
            "cache-control": "no-store",
        }
        return HTMLResponse(html, headers=headers)

    async def first(self, _: Request) -> Response:
        """What is kept and removed of the page to begin with, and what the form has of it."""
        if self._first is None:
            raise BadRequest(404, "no page was named: copydesk try FILE")
        with self._service.place():
            return Json(await self._cleaned(self._first) | {"given": _given(self._first)})

    async def clean(self, request: Request) -> Response:
        """What is kept and removed of a page."""
        with self._service.place():
            wanted = await requested(request, self._service.settings.page_bytes)
            return Json(await self._cleaned(wanted))

    async def _cleaned(self, wanted: CleanRequest | Page) -> dict[str, Any]:
        page = await item_of(wanted, self._service)
        if isinstance(page, Unreadable):
            raise BadRequest(502, f"{page.reason}: {page.message}")
        record = await self._record(page, user_rules(self._folder))
        number = next(self._numbers)
        self._pages[number] = page
        self._pages.pop(number - _PAGES, None)
        return _shown(number, record)

    async def rule(self, request: Request) -> Response:
        """The rule that would keep or remove a block, and what it changes."""
        with self._service.place():
            wanted = await _decoded(request)
            page, label = self._page(wanted.page), _label_of(wanted.label)
            trial = await try_rule(
                Proposal(wanted.text, label, is_everywhere=wanted.everywhere),
                user_rules(self._folder),
                lambda rules: self._record(page, rules),
            )
            if trial is None:
                done = "removed" if label in KEPT else "kept"
                raise SettingsError(
                    f"no rule by these words changes the page: give words of a block that is {done}"
                )
            answer: dict[str, Any] = {
                "name": trial.rule.name,
                "toml": as_toml(trial.rule),
                "sites": trial.rule.sites,
                "removed": trial.removed,
                "kept": trial.kept,
            }
            if wanted.save:
                answer["file"] = await asyncio.to_thread(append_rules, self._folder, (trial.rule,))
                answer["page"] = _shown(wanted.page, trial.record)
            return Json(answer)

    async def decide(self, request: Request) -> Response:
        """Adds a decision on a block to the file of decisions, and shows the page as it is with it."""
        with self._service.place():
            wanted = await _decoded(request)
            page, label = self._page(wanted.page), _label_of(wanted.label)
            # as it is written, where it is kept as a paragraph: a heading stays one
            named = None if label is Label.PARAGRAPH else label
            override = Override(wanted.text, "keep" if label in KEPT else "remove", named)
            record = await self._record(page, user_rules(self._folder), override)
            if record.processing.overrides[-1].blocks == 0:
                raise SettingsError("these words are no whole block of the page")
            file = await asyncio.to_thread(append_override, self._folder, record, override)
            return Json({"file": file, "page": _shown(wanted.page, record)})

    def _page(self, number: int) -> Page:
        page = self._pages.get(number)
        if page is None:
            raise BadRequest(410, "this page is no longer in memory: clean it again")
        return page

    async def _record(self, page: Page, rules: Sequence[UserRule], *overrides: Override) -> Record:
        decided = with_overrides(page, read_overrides(None, self._folder))
        decided = replace(decided, overrides=(*decided.overrides, *overrides))
        return await self._service.record(
            decided, replace(self._service.settings.options, user_rules=tuple(rules))
        )


async def _refuse(_: Request, error: Exception) -> Response:
    return answer_to(error if isinstance(error, BadRequest) else BadRequest(422, str(error)))


async def _decoded(request: Request) -> Wish:
    try:
        return msgspec.json.decode(await body_of(request, _RULE_BYTES), type=Wish)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise BadRequest(400, str(error)) from error


def _label_of(name: str) -> Label:
    if name not in list(Label):
        raise SettingsError(f"label: there is no {name[:40]!r}")
    return Label(name)


def _given(first: CleanRequest | Page) -> dict[str, str]:
    """What a person would have put into the form; no content of a page that is no UTF-8."""
    if isinstance(first, CleanRequest):
        return {"content": first.url or "", "url": ""}
    try:
        content = first.body if isinstance(first.body, str) else first.body.decode()
    except UnicodeDecodeError:
        content = ""
    return {"content": content, "url": first.url or ""}


def _shown(number: int, record: Record) -> dict[str, Any]:
    about = {
        "number": number,
        "title": record.title or record.url or "(no title)",
        "language": record.language,
        "record": msgspec.json.format(encode(record), indent=2).decode(),
    }
    return about | cut_page(record)


def serve_playground(
    settings: ServiceSettings,
    folder: Path,
    *,
    first: CleanRequest | Page | None,
    port: int,
    opens_browser: bool,
) -> None:
    """Serves the page until SIGINT or SIGTERM, and opens it; ``first`` as for ``Playground``. Raises EnvironmentFault
    where it cannot listen.
    """
    token = token_urlsafe()
    app = Access(Playground(settings, folder, first).app(), token)
    run_server(
        app,
        # pages of other sites are refused before anything, whatever they know
        Address(_HOST, port),
        at_once=settings.at_once,
        path=f"/?token={token}",
        visit=click.launch if opens_browser else None,
    )
