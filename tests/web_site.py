"""A small web site on loopback and runs over sources on it: what the tests of fetching share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from faulty_server import FaultyServer, faulty_server
from web_runs import Read, Site, execute, ingest, read, records, source

from copydesk.flows.fetching.lists.web_source import WebSource
from copydesk.flows.run.batches import IngestResult


class Web(Site):
    """Pages by their paths on one server, and runs over sources on it, all with one state.

    Addresses that begin with a slash are on this server.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, server: FaultyServer, folder: Path) -> None:
        super().__init__(monkeypatch, server)
        self.folder, self.output, self.file = folder, folder / "out", folder / "sources.toml"

    def url(self, path: str) -> str:
        return self.server.url(path) if path[:1] in ("", "/") else path

    def give(self, name: str, body: bytes | str, **more: Any) -> str:
        """Answers all paths that begin with a name with the same body; the URL."""
        data = body.encode() if isinstance(body, str) else body
        self.answer(name, lambda handler, _: handler.give(data, **more))
        return self.url(f"/{name}")

    def source(self, kind: str, *addresses: str, name: str = "p", **more: Any) -> WebSource:
        return source(name, kind, *map(self.url, addresses), **{"servers": [self.server]} | more)

    def read(self, *sources: WebSource, **options: Any) -> Read:
        """A run that fetches without cleaning; its state is in ``folder``."""
        return read(self.folder, *sources, **options)

    def table(
        self, kind: str, address: str, *lines: str, name: str = "p", also: FaultyServer | None = None
    ) -> str:
        """A source in a list of sources. ``also``: a second server that it may request."""
        places = [one.netloc for one in (self.server, also) if one is not None]
        common = (f"allow_private = {places}", *(() if "pace" in str(lines) else ("pace_seconds = 0",)))
        values = (f'name = "{name}"', f'kind = "{kind}"', f'address = "{self.url(address)}"', *common, *lines)
        return "\n".join(("[[source]]", *values, ""))

    def use_sources(self, *tables: str) -> Path:
        """Writes a list of sources."""
        self.file.write_text("".join(tables), "utf-8")
        return self.file

    def use_source(self, kind: str, address: str, *lines: str) -> Path:
        return self.use_sources(self.table(kind, address, *lines))

    def urls(self, *paths: str, lines: tuple[str, ...] = (), also: FaultyServer | None = None) -> Path:
        """Writes a list of sources with one source: a file of URLs."""
        (self.folder / "urls.txt").write_text("".join(f"{self.url(path)}\n" for path in paths), "utf-8")
        return self.use_sources(self.table("urls", "urls.txt", *lines, also=also))

    def ingest(self, **options: Any) -> IngestResult:
        """A whole run over the list of sources."""
        return ingest(self.file, self.output, **options)

    def records(self) -> list[dict[str, Any]]:
        return records(self.output)

    def record(self) -> dict[str, Any]:
        """The only record."""
        (record,) = self.records()
        return record

    def execute(self, statement: str, *values: object) -> list[Any]:
        """Reads or changes the state of the whole runs."""
        return execute(self.output, statement, *values)

    def requests(self) -> list[str]:
        """The paths requested since the last call, all of them."""
        found = self.server.paths()
        self.server.asked.clear()
        return found


def web_site(monkeypatch: pytest.MonkeyPatch, server: FaultyServer, tmp_path: Path) -> Web:
    """To be made a fixture: ``web = pytest.fixture(web_site)``."""
    return Web(monkeypatch, server, tmp_path)


def second_server() -> Iterator[FaultyServer]:
    """To be made a fixture: ``other = pytest.fixture(second_server)``."""
    with faulty_server() as running:
        yield running
