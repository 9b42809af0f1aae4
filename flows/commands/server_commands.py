"""``copydesk api``, ``mcp`` and ``try``: cleaning as a service."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from copydesk.flows.commands.command_options import EPILOG, options_for
from copydesk.flows.io.extras import install

if TYPE_CHECKING:
    from copydesk.cleaners.types import Page
    from copydesk.flows.commands.named_pages import HowToRead
    from copydesk.flows.servers.requests import CleanRequest
    from copydesk.flows.servers.service import ServiceSettings

_MB = 1_000_000


@click.command(epilog=EPILOG, short_help="Serve records of pages over HTTP.")
@options_for("api")
def api(host: str, port: int, api_token: str | None, output: Path | None, **options: Any) -> None:
    """Serve records over HTTP: POST /clean takes HTML, text or a URL, POST /clean/batch JSON Lines.

    /docs describes it. Pages are cleaned in worker processes and fetched politely, robots.txt first. POST /ingest
    stores a page in the folder of --output.
    """
    from copydesk.flows.servers.access import Address

    at = Address(host, port, api_token)
    settings = service_settings(options)
    store = None
    if output is not None:
        from copydesk.flows.config.run_options import IngestOptions
        from copydesk.flows.run.page_store import PageStore

        store = PageStore(IngestOptions(**options | {"output": output, "removed": settings.removed}))
    from copydesk.flows.servers.api import Api
    from copydesk.flows.servers.server import run_server

    run_server(Api(settings, store).app(), at, at_once=settings.at_once)


@click.command(epilog=EPILOG, short_help="Serve tools for agents (Model Context Protocol).")
@click.option(
    "--store",
    "stores",
    type=click.Path(path_type=Path),
    multiple=True,
    default=(Path("output"),),
    show_default=True,
    metavar="DIR",
    help="Output folder of runs whose records may be searched; may be repeated.",
)
@click.option("--http", "is_http", is_flag=True, help="Over HTTP, instead of standard input and output.")
@options_for("mcp")
def mcp(
    stores: tuple[Path, ...], *, is_http: bool, host: str, port: int, api_token: str | None, **options: Any
) -> None:
    """Serve the tools clean, explain, search and record for agents, over standard input and output.

    An agent's program starts it by itself: copydesk mcp is the command to name there.
    """
    from copydesk.flows.errors import EnvironmentFault
    from copydesk.flows.servers.access import Address

    at = Address(host, port, api_token) if is_http else None
    settings = service_settings(options)
    try:
        from copydesk.flows.servers.mcp_server import serve_http, serve_stdio
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("mcp", "mcp_types"):
            raise
        raise EnvironmentFault(f"copydesk mcp needs the MCP SDK: {install('mcp')}") from error
    if at is None:
        serve_stdio(settings, stores)
    else:
        serve_http(settings, stores, at)


@click.command("try", epilog=EPILOG, short_help="Try it on a page, in your browser.")
@click.argument("name", required=False, metavar="[FILE|URL|ID|-]")
@options_for("try")
def try_(name: str | None, *, port: int, no_browser: bool, **options: Any) -> None:
    """Open a local page: paste HTML, text or a URL, and see what is kept and removed, and why. A page that you name is
    shown at once.

    Select a block to see the rule that would keep or remove it, and add the rule to copydesk.toml in the current
    folder. Only this computer can open the page; only a URL that you enter is fetched.
    """
    limits = {"jobs": 1, "max_page": 10, "max_batch": 10, "max_requests": 16, "timeout": 20}
    settings = service_settings({**options, **limits, "removed": "full"})
    from copydesk.flows.commands.named_pages import HowToRead
    from copydesk.flows.servers.playground import serve_playground

    how = HowToRead(
        contact=options["contact"], allow_private=options["allow_private"], cleaning=settings.options
    )
    first = None if name is None else _first_page(name, how)
    serve_playground(settings, Path.cwd(), first=first, port=port, opens_browser=not no_browser)


def _first_page(name: str, how: HowToRead) -> CleanRequest | Page:
    """The page of an input, or the request for one that is to be fetched. Raises SettingsError."""
    from copydesk.flows.commands.teach import one_page
    from copydesk.flows.config.given_urls import named_place
    from copydesk.flows.fetching.wire.addresses import is_web_url
    from copydesk.flows.servers.requests import CleanRequest
    from copydesk.flows.sources.file_names import with_scheme

    place = with_scheme(name)
    if is_web_url(place):
        return CleanRequest(url=named_place(place))
    # decisions are applied by the server, at each request
    return one_page(place, how, {})


def service_settings(options: dict[str, Any]) -> ServiceSettings:
    """How a service is to work, by the options of its command, which are taken out of them. Raises SettingsError."""
    from copydesk.flows.config.settings_tables import cleaning_options
    from copydesk.flows.fetching.http.outcomes import user_agent
    from copydesk.flows.fetching.wire.addresses import allowed_hosts
    from copydesk.flows.servers.service import ServiceSettings
    from copydesk.flows.workers.pool import usual_jobs

    return ServiceSettings(
        page_bytes=_MB * options.pop("max_page"),
        batch_bytes=_MB * options.pop("max_batch"),
        seconds=options.pop("timeout"),
        at_once=options.pop("max_requests"),
        jobs=options.pop("jobs") or usual_jobs(),
        user_agent=user_agent(options.pop("contact")),
        allowed=allowed_hosts(options.pop("allow_private")),
        removed=options.pop("removed"),
        options=cleaning_options(Path.cwd(), options),
    )
