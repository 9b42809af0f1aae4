"""Leases of hosts, for runs that share a library on a server: a row for each host, which a run has for one request.

The lease of a run that is over, however it ended, has lapsed. All times are of the server's clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from copydesk.flows.errors import EnvironmentFault
from copydesk.flows.io.databases import RUN_AGAIN
from copydesk.flows.library.library import Library
from copydesk.flows.library.tables import Key, Moment, stored_key

_hosts = sa.Table(
    "host",
    # of its own: no file of SQLite has the table
    sa.MetaData(),
    sa.Column("host", Key, primary_key=True),
    # that had it last, and has it still where there is no end
    sa.Column("run", sa.Integer, nullable=False),
    # of its last request, and the earliest moment of the next one
    sa.Column("ended", Moment),
    sa.Column("due", Moment, nullable=False),
)
_TAKE = sa.text(
    """INSERT INTO host (host, run, due) VALUES (:host, :run, clock_timestamp())
    ON CONFLICT (host) DO UPDATE SET run = excluded.run, ended = NULL
    WHERE (host.run = excluded.run AND (:goes_on OR host.ended IS NULL))
    OR (host.due <= clock_timestamp() AND host.ended + make_interval(secs => :gap) <= clock_timestamp())"""
)
_LOOK = sa.text(
    """SELECT run, ended IS NULL AS is_leased,
    extract(epoch FROM greatest(due, ended + make_interval(secs => :gap)) - clock_timestamp())::float8 AS wait
    FROM host WHERE host = :host"""
)
_LAPSE = sa.text(
    "UPDATE host SET ended = clock_timestamp() WHERE host = :host AND run = :run AND ended IS NULL"
)
_GIVE_BACK = sa.text(
    """UPDATE host SET ended = clock_timestamp(),
    due = greatest(due, clock_timestamp() + make_interval(secs => :pause))
    WHERE host = :host AND run = :run AND ended IS NULL"""
)
_FORGET = sa.text(
    """DELETE FROM host WHERE due < clock_timestamp()
    AND coalesce(ended, due) < clock_timestamp() - make_interval(days => :days)"""
)
_REMEMBERED_DAYS = 2
"""Longer than a request takes, and than a host may ask for a pause. Set by hand."""
_LOOK_SECONDS = 1.0
"""Between two looks, at least, for a host that another run has: a download may take hours. Set by hand."""
_SHORTEST_WAIT_SECONDS = 0.05
"""For a host that nobody has: short, since the run that had it last waits so long, too."""


class HostLeases:
    """The leases of a ``run``; see ``politeness.HostLeases``. Raises as ``Library`` does, and EnvironmentFault where
    others must take the run for dead: they request its hosts.
    """

    def __init__(self, library: Library, run: int) -> None:
        self._library = library
        self._run = run
        # each statement is a transaction: none waits for the batch of another run
        self._engine = library.engine.execution_options(isolation_level="AUTOCOMMIT")
        with library.writing() as connection:
            # no library has it before the first run that shares it
            library.add_table(connection, _hosts, advice="name another database")
        with self._connection() as connection:
            connection.execute(_FORGET, {"days": _REMEMBERED_DAYS})

    def take(self, host: str, gap_seconds: float, *, goes_on: bool) -> float:
        key = stored_key(host)
        row = {"host": key, "run": self._run, "gap": gap_seconds, "goes_on": goes_on}
        with self._connection() as connection:
            if self._library.is_over(connection, self._run):
                raise EnvironmentFault(f"{self._library.where}: the connection was lost; {RUN_AGAIN}")
            if connection.execute(_TAKE, row).rowcount:
                return 0.0
            found = connection.execute(_LOOK, {"host": key, "gap": gap_seconds}).one_or_none()
            if found is None:  # another run has just forgotten it
                return _SHORTEST_WAIT_SECONDS
            if found.is_leased and self._library.is_over(connection, found.run):
                connection.execute(_LAPSE, {"host": key, "run": found.run})
        if found.is_leased:
            # it is free for a gap after each request: who asks once a gap finds it so
            return max(gap_seconds, _LOOK_SECONDS)
        return max(float(found.wait), _SHORTEST_WAIT_SECONDS)

    def give_back(self, host: str, pause_seconds: float) -> None:
        with self._connection() as connection:
            connection.execute(
                _GIVE_BACK, {"host": stored_key(host), "run": self._run, "pause": pause_seconds}
            )

    @contextmanager
    def _connection(self) -> Iterator[sa.Connection]:
        with self._library.map_errors(), self._engine.connect() as connection:
            yield connection
