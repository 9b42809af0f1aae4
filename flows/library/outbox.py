"""What a webhook is still to be told of a library's records: noted in the transaction that brings the record, and
deleted once the receiver has it. So a killed run loses nothing, and what is sent twice has the same id.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from itertools import accumulate, takewhile
from typing import Any, Final

import msgspec
import sqlalchemy as sa
from msgspec import Struct

from copydesk.cleaners.schema import Record
from copydesk.flows.io.databases import execute_all
from copydesk.flows.library.library import Library
from copydesk.flows.library.records.plan import Outcome
from copydesk.flows.library.records.record_table import RecordTable
from copydesk.flows.library.tables import count, count_up, find_count, is_stored, record, webhook_event

MOST_EVENTS = 100
"""Of a message; of records with more than ``MOST_BYTES`` together fewer, but one at least."""
MOST_BYTES = 1_000_000
_COUNT: Final = "webhook"


class Event(Struct, frozen=True, omit_defaults=True):
    """What happened to a record: ``record.new``, ``record.changed``, or ``record.failed`` of one that is new or changed
    and has no article, because its page could not be read. ``data``: the record's line.
    """

    id: str
    type: str
    timestamp: str
    data: msgspec.Raw


class Message(Struct, frozen=True):
    """Some events, sent in one request. ``id``: the same in all tries; ``refusals``: how often it was refused."""

    id: str
    events: Sequence[Event]
    refusals: int

    @property
    def body(self) -> bytes:
        """The JSON that is sent. ``timestamp``: of the last event."""
        content = {"type": "records", "timestamp": self.events[-1].timestamp, "data": self.events}
        return msgspec.json.encode(content)


def note_receiver(library: Library, connection: sa.Connection, *, has_one: bool | None) -> bool:
    """Notes whether the runs of a library have a receiver, None: as it is noted. Whether events are to be noted.

    Makes the table in a library of an earlier copydesk. Raises EnvironmentFault where another's has its name.
    """
    known = find_count(connection, _COUNT)
    if has_one is None or (known is None and not has_one):
        return bool(known)
    library.add_table(connection, webhook_event, count=_COUNT, advice="leave --webhook out")
    if bool(known) != has_one:
        count_up(connection, _COUNT, 1 if has_one else -1)
    return has_one


def note_events(
    connection: sa.Connection,
    run: int,
    settled: Iterable[tuple[Record, Outcome]],
    *,
    now: datetime | None = None,
) -> None:
    """Notes what became of records, in the transaction that brings them."""
    common = {"at": now or datetime.now(UTC), "run": run, "tried_by": 0, "tries": 0, "refusals": 0}
    rows = [
        common
        | {
            "record": outcome.number,
            "type": "record.failed" if one.status == "failed" else f"record.{outcome.became}",
        }
        for one, outcome in settled
        if outcome.became in ("new", "changed") and outcome.number is not None
    ]
    execute_all(connection, sa.insert(webhook_event), rows)


class Outbox:
    """The messages that a run sends: one after the other, each once. Raises as ``Library`` does.

    What was never sent comes first: a message that its receiver does not take keeps no other back.
    """

    def __init__(self, library: Library, run: int) -> None:
        self._library = library
        self._run = run
        with library.writing() as connection:
            # of records that are no more, or are set aside, there is nothing to tell
            stored = sa.select(record.c.number).where(record.c.number == webhook_event.c.record, is_stored)
            connection.execute(sa.delete(webhook_event).where(~stored.exists()))
            self._of = f"evt_{count(connection, 'id'):016x}"

    def next(self, others: Callable[[sa.Connection], Sequence[int]]) -> Message | None:
        """The next message, noted as tried by this run; None where there is no more. ``others``: gives the runs that go
        on, whose events wait for their end.
        """
        event = webhook_event.c
        with self._library.writing() as connection:
            while (row := self._taken(connection, others(connection))) is not None:
                is_it = event.message == row.message
                if events := self._events(connection, is_it):
                    tried = {"tried_by": self._run, "tries": event.tries + 1}
                    connection.execute(sa.update(webhook_event).where(is_it).values(tried))
                    return Message(row.message, events, row.refusals)
                connection.execute(sa.delete(webhook_event).where(is_it))
        return None

    def _taken(self, connection: sa.Connection, others: Sequence[int]) -> sa.Row[Any] | None:
        event = webhook_event.c
        waiting = sa.select(event.message, event.refusals).order_by(event.tries, event.number).limit(1)
        packed = waiting.where(event.message.is_not(None), event.tried_by != self._run)
        # of a run that was killed before it could send it
        found = connection.execute(packed.where(event.tries == 0)).first()
        if found is None and (id_ := self._pack(connection, others)) is not None:
            found = connection.execute(waiting.where(event.message == id_)).first()
        return found or connection.execute(packed).first()

    def _pack(self, connection: sa.Connection, others: Sequence[int]) -> str | None:
        """Puts the first events that are in no message into one; its id."""
        event = webhook_event.c
        query = (
            sa.select(event.number, record.c.size)
            .join(record, record.c.number == event.record)
            .where(event.message.is_(None), event.run.not_in(others))
            .order_by(event.number)
            .limit(MOST_EVENTS)
        )
        rows = connection.execute(query).all()
        sums = accumulate(row.size for row in rows)
        fitting = sum(1 for _ in takewhile(lambda size: size <= MOST_BYTES, sums))
        numbers = [row.number for row in rows[: max(1, fitting)]]
        if not numbers:
            return None
        id_ = f"msg_{secrets.token_hex(12)}"
        connection.execute(sa.update(webhook_event).where(event.number.in_(numbers)).values(message=id_))
        return id_

    def _events(self, connection: sa.Connection, is_it: sa.ColumnElement[bool]) -> list[Event]:
        rows = connection.execute(
            sa.select(webhook_event).where(is_it).order_by(webhook_event.c.number)
        ).all()
        lines = dict(RecordTable(connection).lines({row.record for row in rows}))
        return [
            Event(
                id=f"{self._of}_{row.number}",
                type=row.type,
                timestamp=row.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                data=msgspec.Raw(lines[row.record].strip()),
            )
            for row in rows
            # another run may have taken it out just now
            if row.record in lines
        ]

    def remove(self, message: Message) -> None:
        """Deletes what the receiver has, or has refused for good."""
        with self._library.writing() as connection:
            connection.execute(sa.delete(webhook_event).where(webhook_event.c.message == message.id))

    def note_refusal(self, message: Message) -> None:
        """Notes that the receiver has refused a message once more."""
        event = webhook_event.c
        with self._library.writing() as connection:
            refused = sa.update(webhook_event).where(event.message == message.id)
            connection.execute(refused.values(refusals=event.refusals + 1))


def count_waiting(connection: sa.Connection) -> int:
    """How many events are still to be sent."""
    # without the note there is no table, or it is somebody else's
    if find_count(connection, _COUNT) is None:
        return 0
    return int(connection.execute(sa.select(sa.func.count()).select_from(webhook_event)).scalar_one())
